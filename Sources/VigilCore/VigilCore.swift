// VigilCore decides what to do with facts. It never performs I/O, reads a clock, draws a random
// number, waits or logs: every core is a struct that turns one past-tense event into imperative
// effects, which the runtime carries out.
//
// Entry points: the types that conform to `DecisionCore`, one per actor.
// Invariants:
// 1. No effect submits an entry that was not `RiskApproved`, which only Risk mints.
// 2. A fill changes the portfolio once, after the ledger has recorded it.
// 3. The same events at the same times give the same effects, in every process.
// 4. A number that cannot be held leaves no core half changed, and loses no fact.
package import VigilModel

/// A decision maker: one event in, its effects out, nothing else touched.
package protocol DecisionCore: Sendable {
    /// What can happen to it; past tense.
    associatedtype Event: Sendable
    /// What it wants done; imperative.
    associatedtype Effect: Sendable

    /// Takes in one event at a time.
    ///
    /// - Throws: `MoneyError` where a number cannot be held. The core may be half changed then: only
    ///   ``Undoable`` calls this, which puts it back.
    mutating func handle(_ event: Event, at now: Instant) throws(MoneyError) -> [Effect]

    /// What becomes of an event whose numbers turn out not to be held.
    static func failureRule(of event: Event) -> FailureRule

    /// What must always hold and does not, after an event and with its effects; empty where all is well.
    ///
    /// Its cost is what the event could have touched: it is asked after every event of a debug build and of
    /// a simulation.
    func violations(after event: Event, _ effects: [Effect]) -> [String]
}

/// What becomes of an event whose numbers turn out not to be held.
package enum FailureRule: Sendable {
    /// Its handling calculates nothing that can fail, or books what happened and gives up single plans itself.
    case cannotFail
    /// It is as if it had not been: who waits for its answer gives up in time, and asks again.
    case dropped
    /// It is a fact that nobody tells again: it is handed over again until it goes through.
    case repeated
}

/// A core that an event which throws has no effect on.
package struct Undoable<Core: DecisionCore>: Sendable {
    /// The core; only to be looked at.
    package var core: Core

    /// Takes a core over.
    @inlinable
    package init(_ core: Core) {
        self.core = core
    }

    /// Handles an event wholly or not at all.
    ///
    /// The core is kept as it was until the event is through. That costs a copy of each table that the event
    /// changes, so that what comes often is written to need none: see ``FailureRule/cannotFail``.
    /// `failing` makes an event that can fail do so after all its work, for simulations.
    ///
    /// - Throws: `MoneyError`: the event had no effect, and is dealt with by its ``FailureRule``.
    @inlinable
    package mutating func handle(
        _ event: Core.Event,
        at now: Instant,
        failing: Bool = false
    ) throws(MoneyError) -> [Core.Effect] {
        guard Core.failureRule(of: event) != .cannotFail else {
            return try core.handle(event, at: now)
        }
        let before = core
        do throws(MoneyError) {
            let effects = try core.handle(event, at: now)
            guard !failing else { throw .overflow }
            return effects
        } catch {
            core = before
            throw error
        }
    }
}
