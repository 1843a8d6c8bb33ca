package import VigilModel

/// Time as the engine sees it: the machine's, or a simulation's.
package protocol EngineClock: Sendable {
    /// The time at this moment.
    var now: Instant { get }

    /// Calls `action` once `due` is reached; at once, but never before returning, where it is past.
    ///
    /// The action runs on the clock's own thread and must not block: it posts to a mailbox.
    func schedule(at due: Instant, _ action: @escaping @Sendable () -> Void)
}

/// Elapsed real time for latency figures; never part of a decision.
package protocol Stopwatch: Sendable {
    /// Nanoseconds of a clock that only goes forward.
    var elapsed: Int64 { get }
}

extension EngineClock {
    /// Waits until a time, or until the task is canceled.
    package func sleep(until due: Instant) async {
        let wait = Wait()
        schedule(at: due) { wait.end() }
        await wait.ended()
    }
}
