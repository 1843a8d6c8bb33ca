internal import CSystemd
internal import Glibc

/// systemd's notify socket; every call is harmless where there is none.
package struct ServiceManager: Sendable {
    /// The watchdog's span in microseconds; nil where it does not watch this process.
    package let watchdogMicroseconds: UInt64?

    /// Reads what the service manager told this process.
    package init() {
        var span: UInt64 = 0
        watchdogMicroseconds = unsafe sd_watchdog_enabled(0, &span) > 0 ? span : nil
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

    private func send(_ state: String) {
        _ = unsafe sd_notify(0, state)
    }
}
