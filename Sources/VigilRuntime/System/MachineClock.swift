internal import Dispatch
internal import Glibc
internal import VigilCore
package import VigilModel

/// The machine's time; timers run on a queue of their own.
package final class MachineClock: EngineClock {
    private let queue = DispatchQueue(label: "vigil.clock", qos: .userInitiated)

    /// Makes a clock.
    package init() {}

    package var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package func schedule(at due: Instant, _ action: @escaping @Sendable () -> Void) {
        let wait = (due - now).nanoseconds
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
