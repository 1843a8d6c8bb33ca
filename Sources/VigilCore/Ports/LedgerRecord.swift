package import VigilModel

/// One thing the ledger is asked to keep.
package enum LedgerRecord: Sendable {
    /// Orders that are meant; answered by ``LedgerAnswer/intentsRecorded(_:)``.
    case intents([Intent])
    /// A step of an order's life.
    case transition(Transition, VenueOrderID?)
    /// A row of the venue's fill report; answered once, when it is new.
    case fill(Fill)
    /// A row of the fill report that cannot be of its order; it is kept, and never booked.
    case quarantinedFill(QuarantinedFill)
    /// A look at the venue's lists, for orders whose fate was not known.
    case lookUp(LookUp)
    /// An exit ended; passed on behind the fills before it.
    case exitEnded(ProductID)
    /// A deposit or withdrawal.
    case flow(Money, reason: String)
    /// What the account held before us, which is not ours: one row a currency.
    case externals([Money])
    /// A cycle's decision, with its stage latencies in nanoseconds.
    case decision(DecisionRecord, latencies: [(stage: Stage, nanoseconds: Int64)])
    /// A halt began.
    case halt(ActiveHalt)
    /// A halt ended.
    case haltCleared(Halt, reason: String)
    /// An alert was delivered.
    case alert(Alert)
    /// The levels that losses are measured from.
    case references(PortfolioReferences)
}

/// What the ledger says after a commit, in commit order.
package enum LedgerAnswer: Sendable {
    /// These intents are durable.
    case intentsRecorded([ClientOrderID])
    /// These intents are not durable and will not be.
    case intentsRefused([ClientOrderID])
    /// This fill is new and durable; what its order was for.
    case fillRecorded(Fill, FillOrigin)
    /// This row is kept apart, which is news.
    case fillQuarantined(QuarantinedFill)
    /// The exit that ended.
    case exitEnded(ProductID)
    /// This flow is durable.
    case flowRecorded(Money)
}
