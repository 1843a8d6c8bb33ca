package import VigilModel

extension ExecutionCore {
    /// Takes in a report of the venue, in whatever order it comes.
    mutating func settle(_ report: VenueEvent, at now: Instant) throws(MoneyError) -> [Effect] {
        switch report {
        case .orderAccepted(let order):
            return try learn(
                .accepted,
                about: order.request.clientOrderID,
                order.venueOrderID,
                at: now
            )
        case .orderRejected(let id, .gateClosed):
            return try learn(.denied, about: id, nil, at: now)
        case .orderRejected(let id, let reason):
            if reason != .postOnlyWouldCross, let product = orders[id]?.intent.request.product {
                // Only a crossing post-only is worth another attempt; the rest would fail again.
                routes[product]?.steps = []
            }
            return try learn(.rejected, about: id, nil, at: now)
        case .fillReported(let fill): return try take(fill, at: now)
        case .orderUpdated(let order):
            let id = order.request.clientOrderID
            switch order.status {
            case .pending, .open: return []
            case .filled: return try learn(.filled, about: id, order.venueOrderID, at: now)
            case .canceled: return try learn(.canceled, about: id, order.venueOrderID, at: now)
            case .expired: return try learn(.expired, about: id, order.venueOrderID, at: now)
            case .failed: return try learn(.rejected, about: id, order.venueOrderID, at: now)
            }
        }
    }

    /// Books a fact about an order, and lets its route go on where it has ended.
    mutating func learn(
        _ fact: OrderFact,
        about id: ClientOrderID,
        _ venueOrderID: VenueOrderID?,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        guard var record = orders[id] else {
            return [.reportAnomaly(id, state: .unknown, fact: fact)]
        }
        let old = record.state
        guard let new = OrderLifecycle.next(old, fact) else {
            return [.reportAnomaly(id, state: old, fact: fact)]
        }
        guard new != old || fact == .partiallyFilled else { return [] }
        record.state = new
        orders[id] = record
        var effects: [Effect] = [
            .recordTransition(
                Transition(id: id, from: old, to: new, fact: fact, at: now),
                venueOrderID
            )
        ]
        if new.isFinal, !old.isFinal {
            forget(id)
        }
        effects += try goOn(after: record, at: now)
        return effects
    }

    private mutating func take(_ fill: Fill, at now: Instant) throws(MoneyError) -> [Effect] {
        let id = fill.clientOrderID
        var effects: [Effect] = [.recordFill(fill)]
        guard var record = orders[id], fill.kind == .fill else { return effects }
        record.filled = try record.filled + fill.quantity
        orders[id] = record
        if var route = routes[fill.product], route.last == id {
            let rest = fill.quantity < route.remaining
            route.remaining = rest ? try route.remaining - fill.quantity : .zero
            route.filled = try route.filled + fill.quantity
            routes[fill.product] = route
        }
        let whole = record.filled >= record.wanted
        effects += try learn(whole ? .filled : .partiallyFilled, about: id, nil, at: now)
        return effects
    }

    /// Goes on with the remainder once the order that was worked has ended.
    private mutating func goOn(
        after record: OrderRecord,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        guard let route = routes[record.intent.request.product], route.current == record.id else {
            return []
        }
        if record.state.isFinal {
            return try advance(route, at: now)
        }
        if record.state == .open, route.abandoned {
            // It was on its way when it was given up, and may have passed its cancel: end it now.
            return [.cancel(record.id)]
        }
        return []
    }
}

extension OrderRecord {
    /// The quantity that was asked for; a quote-sized order has none until it has filled.
    package var wanted: Quantity {
        switch intent.request.terms {
        case .limit(_, let quantity, _, _), .marketBase(let quantity),
            .stopLimit(_, _, let quantity, _):
            quantity
        case .marketQuote: filled
        }
    }
}
