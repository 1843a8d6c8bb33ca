internal import Glibc
internal import VigilCore
package import VigilModel

/// Runs every task and actor of a simulation on the calling thread, under a virtual clock.
///
/// Ready jobs run first in, first out, or in a seeded random order; the clock moves only when none is
/// ready. `@unchecked Sendable`: all state is touched on one thread, which every entry point checks.
package final class SimulationExecutor: TaskExecutor, EngineClock, @unchecked Sendable {
    private var ready: [Ready] = []
    private var head = 0
    private var timers = TimerHeap()
    private var random: SeededRandom?
    private var time: Instant
    /// Called once, after so many more jobs: between any two of them.
    private var interruption: (jobs: Int, action: @Sendable () -> Void)?
    private let owner = pthread_self()

    @safe private struct Ready {
        let job: UnownedJob
        let serial: UnownedSerialExecutor?
    }

    /// Begins at an instant; a `shuffle` seed makes the scheduling random instead of in order.
    package init(start: Instant, shuffle: UInt64? = nil) {
        time = start
        random = shuffle.map { SeededRandom(seed: $0) }
    }

    package var now: Instant {
        requireOwnThread()
        return time
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        unsafe append(UnownedJob(job), serial: nil)
    }

    package func schedule(at due: Instant, _ action: @escaping @Sendable () -> Void) {
        requireOwnThread()
        timers.insert(due, action)
    }

    /// Has an action called between two jobs, after so many more of them.
    package func interrupt(afterJobs jobs: Int, _ action: @escaping @Sendable () -> Void) {
        requireOwnThread()
        interruption = (jobs, action)
    }

    /// An executor for actors that bring their own: in a simulation they run here as well.
    package func serialExecutor() -> any SerialExecutor {
        SimulatedSerialExecutor(owner: self)
    }

    /// Runs a task and all that it starts to its end, moving virtual time whenever all of it waits.
    ///
    /// - Throws: what the task throws, or ``SimulationStall`` where everything waits for ever.
    package func run<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) throws -> Result {
        requireOwnThread()
        let outcome = Outcome<Result>()
        // tidy-ok: task the root of a simulation, on its own executor
        Task(executorPreference: self) {
            do {
                outcome.result = .success(try await body())
            } catch {
                outcome.result = .failure(error)
            }
        }
        while outcome.result == nil {
            guard runReady() || fireNextTimer() else { throw SimulationStall(at: time) }
        }
        while runReady() {}
        guard let result = outcome.result else { throw SimulationStall(at: time) }
        return try result.get()
    }

    fileprivate func append(_ job: UnownedJob, serial: UnownedSerialExecutor?) {
        requireOwnThread()
        ready.append(unsafe Ready(job: job, serial: serial))
    }

    private func runReady() -> Bool {
        guard head < ready.count else { return false }
        if let (jobs, action) = interruption {
            interruption = jobs > 1 ? (jobs - 1, action) : nil
            if jobs <= 1 { action() }
        }
        if var source = random {
            ready.swapAt(head, source.integer(in: head...ready.count - 1))
            random = source
        }
        let next = ready[head]
        head += 1
        if head > 256, head * 2 > ready.count {
            ready.removeFirst(head)
            head = 0
        }
        if let serial = unsafe next.serial {
            unsafe next.job.runSynchronously(
                isolatedTo: serial,
                taskExecutor: asUnownedTaskExecutor()
            )
        } else {
            unsafe next.job.runSynchronously(on: asUnownedTaskExecutor())
        }
        return true
    }

    private func fireNextTimer() -> Bool {
        guard let (due, action) = timers.removeFirst() else { return false }
        if due > time {
            time = due
        }
        action()
        return true
    }

    private func requireOwnThread() {
        precondition(
            pthread_equal(owner, pthread_self()) != 0,
            "Invariant: everything in a simulation runs on its own thread"
        )
    }
}

private final class Outcome<Success: Sendable>: @unchecked Sendable {
    var result: Result<Success, any Error>?
}

private final class SimulatedSerialExecutor: SerialExecutor {
    private let owner: SimulationExecutor

    init(owner: SimulationExecutor) {
        self.owner = owner
    }

    func enqueue(_ job: consuming ExecutorJob) {
        unsafe owner.append(UnownedJob(job), serial: asUnownedSerialExecutor())
    }
}

/// Every task of a simulation waits for something that nothing will bring.
package struct SimulationStall: Error, CustomStringConvertible {
    /// The virtual time of the stall.
    package let at: Instant

    package var description: String {
        "the simulation stalled at \(at): every task waits and no timer is set"
    }
}
