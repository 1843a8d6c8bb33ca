package import VigilModel

/// What the ledger's fills and flows add up to; the one derivation of positions and counters.
package struct LedgerReplay: Sendable, Equatable, Codable {
    /// Cash, positions and profit.
    package private(set) var books = PortfolioBooks()
    /// What Risk remembers.
    package private(set) var counters = RiskCounters()
    private var leaving: Set<ProductID> = []
    /// Begins with nothing.
    package init() {}

    /// The same for a clock that is known to be right: what was counted ahead of it has just happened.
    package func mended(at now: Instant) -> LedgerReplay {
        var next = self
        next.counters = counters.mended(at: now)
        return next
    }

    /// Takes in a flow.
    ///
    /// - Throws: `overflow`.
    package mutating func apply(flow: Money) throws(MoneyError) {
        try books.record(flow: flow)
    }

    /// Takes in a fill with what its order was for.
    ///
    /// - Throws: what ``PortfolioBooks/record(_:_:)`` throws; the ledger is not usable then.
    package mutating func apply(_ fill: Fill, _ origin: FillOrigin) throws(MoneyError) {
        let booking = try books.record(fill, origin)
        switch origin.purpose {
        case .entry: counters.recordEntry(fill.product, origin.key, at: fill.occurredAt)
        case .exit(let reason):
            // The fills of one exit are one exit.
            if reason.leavesWhole, leaving.insert(fill.product).inserted {
                counters.recordExit(fill.product, reason, at: fill.occurredAt)
            }
        }
        if let result = booking.closed {
            leaving.remove(fill.product)
            counters.recordClosed(fill.product, result, at: fill.occurredAt)
        }
    }
}

extension OrderPurpose {
    /// How a position that this order opens is left; an exit opens none.
    package var exits: ExitPlan {
        switch self {
        case .entry(let plan): plan
        case .exit: ExitPlan(stopLoss: .one, takeProfit: .one, holdMax: .zero)
        }
    }
}
