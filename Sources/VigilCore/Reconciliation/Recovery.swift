package import VigilModel

/// What start-up has to do before anything trades: make the ledger equal the venue's facts.
///
/// There is no other start-up: a clean one finds nothing to do.
package struct Recovery: Sendable, Equatable {
    /// Steps that the ledger has missed.
    package private(set) var transitions: [Transition] = []
    /// Orders of ours that rest at the venue and are ended before trading begins.
    package private(set) var cancels: [ClientOrderID] = []

    /// Compares unfinished orders of the ledger with what the venue knows of them.
    ///
    /// `reports` must come from a listing that was read to its end: an order that it lacks is proven
    /// absent.
    package init(unfinished: [OrderRecord], reports: [ClientOrderID: VenueOrder], at now: Instant) {
        for order in unfinished {
            guard let report = reports[order.id] else {
                add(order, [.provenAbsent], at: now)
                continue
            }
            let found: [OrderFact] =
                order.state == .intended ? [.submitted, .accepted] : [.accepted]
            switch report.status {
            case .pending, .open:
                add(order, found, at: now)
                cancels.append(order.id)
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
                Transition(id: order.id, from: state, to: next, fact: fact, at: now)
            )
            state = next
        }
    }
}
