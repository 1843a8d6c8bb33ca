internal import CSystemd
internal import Dispatch
internal import Glibc
internal import Synchronization

/// systemd's notify socket; every call is harmless where there is none.
///
/// Words are sent from a queue of their own: a service manager that does not read must not block the
/// thread that carries out a kill.
package final class ServiceManager: Sendable {
    /// How many words may wait; beyond it they are dropped, as nobody listens.
    private static let waitingMax = 64

    private let queue = DispatchQueue(label: "vigil.notify")
    private let waiting = Atomic<Int>(0)
    private let listener: (@Sendable (String) -> Void)?

    /// The watchdog's span in microseconds; nil where it does not watch this process.
    package let watchdogMicroseconds: UInt64?

    /// Reads what the service manager told this process.
    package init() {
        var span: UInt64 = 0
        watchdogMicroseconds = unsafe sd_watchdog_enabled(0, &span) > 0 ? span : nil
        listener = nil
    }

    /// Tells somebody else, at once; for simulations.
    package init(
        watchdogMicroseconds: UInt64?,
        telling listener: @escaping @Sendable (String) -> Void
    ) {
        self.watchdogMicroseconds = watchdogMicroseconds
        self.listener = listener
    }

    /// The start is complete.
    package func ready(status: String) {
        send("READY=1\nSTATUS=\(status)")
    }

    /// What the engine is doing, in one line.
    package func status(_ text: String) {
        send("STATUS=\(text)")
    }

    /// The engine is alive.
    package func watchdog() {
        send("WATCHDOG=1")
    }

    /// A reload begins; `ready` ends it.
    package func reloading() {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)")
    }

    /// The end has begun.
    package func stopping() {
        send("STOPPING=1")
    }

    /// Waits a moment for the words that are still to be sent; for the end of the process.
    package func flush() {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .seconds(1))
    }

    private func send(_ state: String) {
        if let listener {
            return listener(state)
        }
        guard waiting.load(ordering: .relaxed) < Self.waitingMax else { return }
        waiting.wrappingAdd(1, ordering: .relaxed)
        queue.async { [self] in
            _ = unsafe sd_notify(0, state)
            waiting.wrappingSubtract(1, ordering: .relaxed)
        }
    }
}
