internal import Dispatch
internal import Glibc
internal import VigilCore
package import VigilModel

/// The machine's time, read once at start and counted on from there; timers run on a queue of their own.
///
/// Someone who sets the machine's clock back must not make a timer that has fired look early, and so
/// stop the cycle for an hour: within a run, time only goes forward, at the monotonic clock's pace.
package final class MachineClock: EngineClock {
    /// One of the machine's two times.
    package enum Hand: Sendable {
        /// What the machine takes for the time of day; someone may set it.
        case realTime
        /// What only goes forward.
        case monotonic
    }

    private let queue = DispatchQueue(label: "vigil.clock", qos: .userInitiated)
    private let origin: Int64
    private let start: Int64
    private let speed: Int64
    private let read: @Sendable (Hand) -> Int64

    /// Reads the machine's time; or begins at another and goes so many times as fast, beside a venue
    /// whose market does.
    package init(
        speed: Int = 1,
        startingAt start: Instant? = nil,
        reading read: @escaping @Sendable (Hand) -> Int64 = MachineClock.nanoseconds
    ) {
        self.read = read
        origin = read(.monotonic)
        self.start = start?.nanoseconds ?? read(.realTime)
        self.speed = Int64(max(speed, 1))
    }

    package var now: Instant {
        Instant(nanoseconds: start + (read(.monotonic) - origin) * speed)
    }

    /// Reads one of the machine's times from its kernel.
    package static func nanoseconds(_ hand: Hand) -> Int64 {
        let clock =
            switch hand {
            case .realTime: CLOCK_REALTIME
            case .monotonic: CLOCK_MONOTONIC
            }
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func schedule(at due: Instant, _ action: @escaping @Sendable () -> Void) {
        let wait = (due - now).nanoseconds / speed
        // Further ahead than ten years is never.
        guard wait < 315_360_000_000_000_000 else { return }
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(max(wait, 0))), execute: action)
    }
}

/// A thread for work that blocks, apart from Swift's cooperative pool.
package final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// Names the thread.
    package init(label: String) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }
}
