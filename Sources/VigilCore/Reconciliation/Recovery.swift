package import VigilModel

/// What start-up has to do before anything trades: make the ledger equal the venue's facts.
///
/// There is no other start-up: a clean one finds nothing to do.
package struct Recovery: Sendable, Equatable {
    /// Steps that the ledger has missed.
    package private(set) var transitions: [Transition] = []
    /// Orders that are not ended, which Execution brings to their end.
    ///
    /// They rest at the venue, rows of theirs are still to come, or their fate is not known.
    package private(set) var open: [OrderRecord] = []

    /// Compares unfinished orders of the ledger with what the venue knows of them.
    ///
    /// `reports` must come from a listing that was read to its end. An order that it lacks is proven
    /// absent where the venue `isExhaustive`; otherwise it may be on its way, and its fate is unknown.
    /// `rows` is what the venue has reported as filled of each order, the ledger's own rows among it. Of those that are
    /// `doubted` rows were kept apart, so that theirs may never be whole.
    package init(
        unfinished: [OrderRecord],
        reports: [ClientOrderID: VenueOrder],
        rows: [ClientOrderID: [EntryID: Quantity]],
        doubted: Set<ClientOrderID> = [],
        isExhaustive: Bool,
        at now: Instant
    ) throws(MoneyError) {
        for var order in unfinished {
            if doubted.contains(order.id) { order.doubtedAt = now }
            for (entry, quantity) in rows[order.id] ?? [:]
            where order.rows.insert(entry).inserted {
                order.filled = try order.filled + quantity
            }
            guard let report = reports[order.id] else {
                add(order, isExhaustive ? [.provenAbsent] : [.outcomeLost], at: now)
                continue
            }
            order.venueOrderID = report.venueOrderID
            let found: [OrderFact] =
                order.state == .intended ? [.submitted, .accepted] : [.accepted]
            switch report.status {
            case .pending, .open:
                add(order, found + (order.filled.isZero ? [] : [.partiallyFilled]), at: now)
            case _ where order.filled.raw < report.filledQuantity.raw - Self.dust:
                // Rows of what it filled are still to come: it has not ended for us before them.
                add(order, found, at: now)
            case .filled: add(order, found + [.filled], at: now)
            case .canceled: add(order, found + [.canceled], at: now)
            case .expired: add(order, found + [.expired], at: now)
            case .failed: add(order, found + [.rejected], at: now)
            }
        }
    }

    private mutating func add(_ order: OrderRecord, _ facts: [OrderFact], at now: Instant) {
        var state = order.state
        for fact in facts {
            guard let next = OrderLifecycle.next(state, fact), next != state else { continue }
            transitions.append(
                Transition(order.intent.request, from: state, to: next, fact: fact, at: now)
            )
            state = next
        }
        guard !state.isFinal else { return }
        var left = order
        left.state = state
        open.append(left)
    }

    /// A quote-sized order's own total is rounded where its rows are not.
    private static let dust: Int128 = 1_000_000
}
