internal import CVigil
internal import Foundation
internal import Glibc
internal import VigilCrypto

/// The signals Vigil answers.
enum EngineSignal: Sendable {
    /// SIGTERM, SIGINT: end in order.
    case stop
    /// SIGUSR1: the kill switch.
    case kill
    /// SIGHUP: check the configuration again.
    case reload
}

/// Keeps this process's memory to itself and its allocator within bounds, and lets the signals that Vigil answers reach it, also where whoever
/// started it had them blocked.
///
/// Called before any other thread is made.
package func prepareProcess() {
    vigil_process_close()
    vigil_memory_bound()
    SigningKey.guardAll()
    vigil_signals_unblock()
}

/// A thread of its own that turns signals into calls, and another one for the kill file.
///
/// It waits in `read`, holds no lock and shares no executor, so that a hung actor cannot delay a kill; what it calls
/// closes the gate and cancels before it touches a file. The kill file has a thread to itself, as a disk that hangs would hold it.
struct SignalLoop {
    private let input: Int32

    /// Installs the handlers; call it before READY; nil where the pipe cannot be made.
    init?() {
        input = vigil_signals_open()
        guard input >= 0 else { return nil }
    }

    /// Begins to listen.
    func start(_ handle: @escaping @Sendable (EngineSignal) -> Void) {
        let input = input
        let thread = Thread {
            // One thread that takes signals is enough for the whole process; this one always runs.
            vigil_signals_unblock()
            while true {
                var byte: UInt8 = 0
                guard unsafe read(input, &byte, 1) == 1 else {
                    // Broken by a signal; its byte follows.
                    var waiting = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
                    _ = unsafe poll(&waiting, 1, 1_000)
                    continue
                }
                switch Int32(byte) {
                case SIGUSR1: handle(.kill)
                case SIGHUP: handle(.reload)
                default: handle(.stop)
                }
            }
        }
        thread.name = "vigil-kill"
        thread.start()
    }

    /// Looks for a file four times a second, and says when it appears.
    static func watch(_ killFile: String, _ found: @escaping @Sendable () -> Void) {
        let thread = Thread {
            var seen = false
            while true {
                let exists = unsafe access(killFile, F_OK) == 0
                if exists, !seen {
                    found()
                }
                seen = exists
                // Only a pause between two looks: nothing waits for it.
                _ = poll(nil, 0, 250)
            }
        }
        thread.name = "vigil-killfile"
        thread.start()
    }
}
