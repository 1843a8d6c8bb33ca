package import VigilModel

extension ExecutionCore {
    /// Takes in a report of the venue, in whatever order it comes.
    mutating func settle(_ report: VenueEvent, at now: Instant) -> [Effect] {
        switch report {
        case .orderAccepted(let order):
            return learn(
                .accepted,
                about: order.request.clientOrderID,
                order.venueOrderID,
                at: now
            )
        case .orderRejected(let id, .gateClosed):
            return learn(.denied, about: id, nil, at: now)
        case .orderRejected(let id, let reason):
            var rest: [Effect] = []
            if reason != .postOnlyWouldCross, let record = orders[id] {
                // Only a crossing post-only is worth another attempt; the rest would fail again.
                let product = record.intent.request.product
                refusedAt[product] = now
                // A stop that has taken over has terms of its own, and is not what was refused.
                let isTakenOver = routes[product].map {
                    $0.purpose == .exit(.stopLoss) && record.intent.purpose != $0.purpose
                }
                if isTakenOver != true {
                    routes[product]?.steps = []
                    if !record.intent.purpose.isEntry, !record.state.isFinal {
                        rest = self.rest(product, after: reason, at: now)
                    }
                }
            }
            return rest + learn(.rejected, about: id, nil, at: now)
        case .fillReported(let fill): return take(fill, at: now)
        case .orderUpdated(let order):
            return take(order, evidence: "", at: now)
        }
    }

    /// Takes in where the venue says that an order stands.
    ///
    /// An end counts only once all is booked that had been filled by then: what is wanted of the
    /// remainder would be too much otherwise, and be bought twice.
    mutating func take(
        _ order: VenueOrder,
        evidence: String,
        at now: Instant
    ) -> [Effect] {
        let id = order.request.clientOrderID
        let fact: OrderFact
        switch order.status {
        case .pending, .open:
            let waits: [OrderState] = [.submitting, .unknown]
            guard let record = orders[id], waits.contains(record.state) || record.state.isFinal
            else { return [] }
            guard !record.state.isFinal else {
                // What had ended by the venue's own word is old news.
                return record.venueOrderID == nil ? [.cancel(id)] + risen(record) : []
            }
            return learn(
                .accepted,
                about: id,
                order.venueOrderID,
                evidence: evidence,
                at: now
            )
        case .filled: fact = .filled
        case .canceled: fact = .canceled
        case .expired: fact = .expired
        case .failed: fact = .rejected
        }
        if var record = orders[id], !record.state.isFinal,
            order.filledQuantity.raw - Self.dust > record.filled.raw
        {
            record.ending = .init(fact: fact, filled: order.filledQuantity)
            record.venueOrderID = order.venueOrderID
            orders[id] = record
            return []
        }
        return learn(fact, about: id, order.venueOrderID, evidence: evidence, at: now)
    }

    /// A quote-sized order's own total is rounded where its rows are not.
    private static let dust: Int128 = 1_000_000

    /// An order that we believed ended is alive.
    func risen(_ record: OrderRecord) -> [Effect] {
        [.reportAnomaly(record.id, state: record.state, fact: .accepted)]
    }

    /// Books a fact about an order, and lets its route go on where it has ended.
    mutating func learn(
        _ fact: OrderFact,
        about id: ClientOrderID,
        _ venueOrderID: VenueOrderID?,
        evidence: String = "",
        at now: Instant
    ) -> [Effect] {
        guard var record = orders[id] else {
            return [.reportAnomaly(id, state: .unknown, fact: fact)]
        }
        if let known = record.venueOrderID, let venueOrderID, known != venueOrderID {
            // Two names of one order: nothing of it is believed, and the comparison shows what is.
            return [.reportAnomaly(id, state: record.state, fact: fact)]
        }
        let old = record.state
        guard let new = OrderLifecycle.next(old, fact) else {
            guard old.isFinal, fact == .accepted else {
                return [.reportAnomaly(id, state: old, fact: fact)]
            }
            // One that we believed ended and that stands at the venue is ended there; what had ended by
            // the venue's own word is old news.
            return record.venueOrderID == nil ? [.cancel(id)] + risen(record) : []
        }
        record.venueOrderID = record.venueOrderID ?? venueOrderID
        orders[id] = record
        guard new != old || fact == .partiallyFilled else { return [] }
        record.state = new
        orders[id] = record
        var effects: [Effect] = [
            .recordTransition(
                Transition(id: id, from: old, to: new, fact: fact, at: now, evidence: evidence),
                venueOrderID
            )
        ]
        if new == .unknown {
            effects += begin(settling: id, at: now)
        } else if old == .unknown {
            effects += settled(id)
        }
        if new.isFinal, !old.isFinal {
            forget(id)
            effects += endStray(id)
        }
        if old == .unknown, strays.contains(id) {
            // However it was found: what no route works has to end.
            effects += endStrays(at: now)
        }
        effects += goOn(after: record, at: now)
        return effects
    }

    mutating func take(_ fill: Fill, at now: Instant) -> [Effect] {
        let id = fill.clientOrderID
        guard var record = orders[id] else { return keep(orphan: fill, at: now) }
        var effects: [Effect] = [.recordFill(fill)]
        guard fill.kind == .fill else { return effects }
        guard record.rows.insert(fill.entryID).inserted else { return effects }
        record.filled = record.filled.saturated(with: fill.quantity)
        orders[id] = record
        if var route = routes[fill.product], route.last == id {
            route.remaining = route.remaining.less(fill.quantity)
            route.hasFilled = true
            routes[fill.product] = route
        }
        traded(fill.product, fill.side)
        let whole = record.filled >= record.wanted
        effects += learn(whole ? .filled : .partiallyFilled, about: id, nil, at: now)
        if let ending = record.ending,
            orders[id]?.state.isFinal == false,
            ending.filled.raw - Self.dust <= record.filled.raw
        {
            effects += learn(ending.fact, about: id, record.venueOrderID, at: now)
        }
        return effects
    }

    /// Goes on with the remainder once the order that was worked has ended.
    private mutating func goOn(
        after record: OrderRecord,
        at now: Instant
    ) -> [Effect] {
        guard let route = routes[record.intent.request.product], route.current == record.id else {
            return []
        }
        if record.state.isFinal {
            return advance(route, at: now)
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
