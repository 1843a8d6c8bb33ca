internal import CVigil
internal import Foundation
internal import Glibc

/// The signals Vigil answers.
enum EngineSignal: Sendable {
    /// SIGTERM, SIGINT: end in order.
    case stop
    /// SIGUSR1: the kill switch.
    case kill
    /// SIGHUP: check the configuration again.
    case reload
}

/// Lets the signals that Vigil answers reach it, also where whoever started it had them blocked.
///
/// Called before any other thread is made.
package func unblockSignals() {
    vigil_signals_unblock()
}

/// A thread of its own that turns signals, and the kill file's appearance, into calls.
///
/// It waits in `poll`, holds no lock and shares no executor, so that a hung actor cannot delay a kill.
struct SignalLoop {
    private let input: Int32

    /// Installs the handlers; call it before READY; nil where the pipe cannot be made.
    init?() {
        input = vigil_signals_open()
        guard input >= 0 else { return nil }
    }

    /// Begins to listen; `killFile` is looked for every second.
    func start(
        killFile: String,
        _ handle: @escaping @Sendable (EngineSignal) -> Void,
        killFileFound: @escaping @Sendable () -> Void
    ) {
        let input = input
        let thread = Thread {
            // One thread that takes signals is enough for the whole process; this one always runs.
            vigil_signals_unblock()
            var seen = false
            while true {
                var waiting = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
                if unsafe poll(&waiting, 1, 1_000) > 0 {
                    var byte: UInt8 = 0
                    guard unsafe read(input, &byte, 1) == 1 else { continue }
                    switch Int32(byte) {
                    case SIGUSR1: handle(.kill)
                    case SIGHUP: handle(.reload)
                    default: handle(.stop)
                    }
                }
                let exists = unsafe access(killFile, F_OK) == 0
                if exists, !seen {
                    killFileFound()
                }
                seen = exists
            }
        }
        thread.name = "vigil-kill"
        thread.start()
    }
}
