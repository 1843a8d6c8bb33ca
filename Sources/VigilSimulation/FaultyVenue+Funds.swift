internal import Synchronization
internal import VigilCore
internal import VigilModel

/// A coin of which a part is not free for a while, as somebody else's order holds it.
struct HeldFunds: Sendable {
    let until: Instant
    /// What may still be sold meanwhile.
    var left: Quantity
}

// Coins that are ours and not free: a sell of more than the rest is refused, as it would be at any venue.
extension FaultyVenue {
    /// True where an order is refused, as what it is to sell is not free.
    func isShort(_ order: OrderRequest, at now: Instant) -> Bool {
        guard order.side == .sell, let wanted = order.terms.quantity else { return false }
        return state.withLock { state in
            if let held = state.held[order.product], held.until <= now {
                state.held[order.product] = nil
            }
            if state.held[order.product] == nil,
                let until = state.weather?.holdsFunds(at: now),
                let half = try? Quantity(raw: wanted.raw / 2)
            {
                state.held[order.product] = HeldFunds(until: until, left: half)
            }
            guard let held = state.held[order.product] else { return false }
            guard wanted <= held.left, let rest = try? held.left - wanted else { return true }
            state.held[order.product]?.left = rest
            return false
        }
    }

    /// What the venue behind it says is free, less what is not.
    func reduced(_ said: VenueReport, at now: Instant) -> VenueReport {
        guard case .availableRead(let product, let free) = said,
            let held = state.withLock({ $0.held[product] }), held.until > now
        else { return said }
        return .availableRead(product, min(free, held.left))
    }
}

extension OrderTerms {
    /// How much of the base it is over; nil where it spends a sum.
    fileprivate var quantity: Quantity? {
        switch self {
        case .limit(_, let quantity, _, _), .marketBase(let quantity),
            .stopLimit(_, _, let quantity, _):
            quantity
        case .marketQuote: nil
        }
    }
}
