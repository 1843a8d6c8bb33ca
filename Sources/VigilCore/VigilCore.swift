// VigilCore decides what to do with facts. It never performs I/O, reads a clock, draws a random
// number, waits or logs: every core is a struct that turns one past-tense event into imperative
// effects, which the runtime carries out.
//
// Entry points: the types that conform to `DecisionCore`, one per actor.
// Invariants:
// 1. No effect submits an entry that was not `RiskApproved`, which only Risk mints.
// 2. A fill changes the portfolio once, after the ledger has recorded it.
// 3. The same events at the same times give the same effects, in every process.
package import VigilModel

/// A decision maker: one event in, its effects out, nothing else touched.
package protocol DecisionCore: Sendable {
    /// What can happen to it; past tense.
    associatedtype Event: Sendable
    /// What it wants done; imperative.
    associatedtype Effect: Sendable

    /// Takes in one event at a time.
    ///
    /// - Throws: `MoneyError` where a number cannot be held; the caller must halt entries, because
    ///   this event has had no effect.
    mutating func handle(_ event: Event, at now: Instant) throws(MoneyError) -> [Effect]
}
