import VigilModel

/// How what the venue and the ledger say is booked, and what follows from it.
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
            return refuse(id, reason, at: now) + learn(.rejected, about: id, nil, at: now)
        case .fillReported(let fill): return book(fill, at: now)
        case .orderUpdated(let order): return settle(order, evidence: "", at: now)
        }
    }

    /// Only a crossing post-only is worth another attempt; the rest would fail again.
    private mutating func refuse(
        _ id: ClientOrderID,
        _ reason: RejectionReason,
        at now: Instant
    ) -> [Effect] {
        guard reason != .postOnlyWouldCross, let record = orders[id],
            desk.refused(record.intent, at: now),
            !record.intent.purpose.isEntry, !record.state.isFinal
        else { return [] }
        return refused.rest(record.intent.request.product, after: reason, at: now)
    }

    /// Takes in where the venue says that an order stands.
    ///
    /// An end counts only once all is booked that had been filled by then: what is wanted of the
    /// remainder would be too much otherwise, and be bought twice.
    mutating func settle(
        _ order: VenueOrder,
        evidence: String,
        at now: Instant
    ) -> [Effect] {
        let id = order.request.clientOrderID
        let fact: OrderFact
        switch order.status {
        case .pending, .open:
            if let lesson = orders.lesson(ofStanding: id) {
                return follow(lesson, .accepted, about: id, order.venueOrderID, at: now)
            }
            guard let state = orders[id]?.state, state == .submitting || state == .unknown
            else { return [] }
            fact = .accepted
        case .filled: fact = .filled
        case .canceled: fact = .canceled
        case .expired: fact = .expired
        case .failed: fact = .rejected
        }
        if fact != .accepted, orders.holds(fact, of: order, at: now) { return [] }
        return learn(fact, about: id, order.venueOrderID, evidence: evidence, at: now)
    }

    /// Books a fact about an order, and lets its route go on where it has ended.
    mutating func learn(
        _ fact: OrderFact,
        about id: ClientOrderID,
        _ venueOrderID: VenueOrderID?,
        evidence: String = "",
        at now: Instant
    ) -> [Effect] {
        guard
            let lesson = orders.learn(fact, about: id, venueOrderID, evidence: evidence, at: now)
        else { return [.reportAnomaly(id, state: .unknown, fact: fact)] }
        return follow(lesson, fact, about: id, venueOrderID, at: now)
    }

    private mutating func follow(
        _ lesson: OrderRegistry.Lesson,
        _ fact: OrderFact,
        about id: ClientOrderID,
        _ venueOrderID: VenueOrderID?,
        at now: Instant
    ) -> [Effect] {
        switch lesson {
        case .known: return []
        case .contradicted(let state): return [.reportAnomaly(id, state: state, fact: fact)]
        case .rose(let state):
            // One that we believed ended, and that stands at the venue, is ended there.
            return [.cancel(id), .reportAnomaly(id, state: state, fact: .accepted)]
        case .stepped(let step):
            var effects: [Effect] = [.recordTransition(step, venueOrderID)]
            if step.to == .unknown {
                effects += fates.begin(id, at: now)
            } else if step.from == .unknown {
                effects += fates.end(id)
            }
            if step.to.isFinal, !step.from.isFinal { effects += strays.ended(id, in: orders) }
            if step.from == .unknown, strays.contains(id) {
                // However it was found: what no route works has to end.
                effects += strays.end(in: orders, at: now)
            }
            guard let record = orders[id] else { return effects }
            return effects + follow(desk.goOn(after: record, &pricer, at: now))
        }
    }

    /// Records a row of a fill, counts it on its order, and takes it off what the order's route still wants.
    mutating func book(_ fill: Fill, at now: Instant) -> [Effect] {
        let id = fill.clientOrderID
        if let doubted = orders.doubt(fill, at: now) { return [.quarantine(doubted)] }
        switch orders.count(fill) {
        case .orphan:
            return fates.keep(fill, lifetime: pricer.policy.restingOrderLifetime, at: now)
        case .uncounted: return [.recordFill(fill)]
        case .counted(let isWhole):
            desk.traded(fill)
            refused.traded(fill.product, fill.side)
            let fact: OrderFact = isWhole ? .filled : .partiallyFilled
            let effects = [.recordFill(fill)] + learn(fact, about: id, nil, at: now)
            guard let ending = orders.dueEnding(of: id) else { return effects }
            return effects + learn(ending, about: id, orders[id]?.venueOrderID, at: now)
        }
    }

    // MARK: What no route works

    /// Takes over what an earlier run left: it is ended, and nothing goes on from it.
    ///
    /// What has ended already is known again, so that what the venue tells once more is no news. A sell that was to
    /// outlive the stop rests to its age first.
    mutating func restore(_ records: [OrderRecord], at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for record in records where record.state.isFinal {
            orders.add(record)
        }
        for record in records where !record.state.isFinal {
            orders.add(record)
            let rests = pricer.policy.letsRestOn(record) && record.isStanding
            let end = record.intent.createdAt + pricer.policy.cancelAfter
            strays.keep(record.id, restsUntil: rests ? end : nil)
            if record.state == .unknown {
                effects += fates.begin(record.id, at: now)
            }
        }
        return effects + strays.end(in: orders, at: now)
    }

    /// Takes over an order of ours that we have no record of, as after a ledger was restored.
    mutating func adopt(_ order: VenueOrder, at now: Instant) -> [Effect] {
        let id = order.request.clientOrderID
        guard orders[id] == nil else {
            // One that was taken for ended and stands: asked to end until it does, also after a restart.
            return orders.lesson(ofStanding: id).map {
                follow($0, .accepted, about: id, order.venueOrderID, at: now)
            } ?? []
        }
        let intent = Intent(adopting: order, plan: adoption)
        orders.add(OrderRecord(intent: intent, state: .submitting, filled: .zero))
        strays.keep(id)
        let sent = Transition(
            intent.request,
            from: .intended,
            to: .submitting,
            fact: .submitted,
            at: now
        )
        return [
            .recordIntents([intent]), .recordTransition(sent, order.venueOrderID),
            .reportAnomaly(id, state: .unknown, fact: .accepted),
        ] + learn(.accepted, about: id, order.venueOrderID, at: now)
            + strays.end(in: orders, at: now)
    }

    // MARK: Looks at the venue's lists

    /// Draws what follows from a look: what is found is where it says, what is missing is not there yet.
    mutating func conclude(from lookUp: LookUp, at now: Instant) -> [Effect] {
        // The ledger has no row of an order that only a fill tells of.
        var effects: [Effect] = fates.isForOrphans(lookUp) ? [] : [.recordLookUp(lookUp)]
        guard let found = lookUp.found else {
            return effects
        }
        let evidence = "look-up \(lookUp.number)"
        for id in lookUp.asked where fates.seeks(id) {
            if let order = found[id] {
                effects += settle(order, evidence: evidence, at: now)
            } else if let proof = fates.absent(id, in: lookUp) {
                effects += learn(.provenAbsent, about: id, nil, evidence: proof, at: now)
            }
        }
        for id in lookUp.asked {
            switch fates.orphaned(id, isFound: found[id] != nil) {
            case nil: continue
            case .givenUp(let fills)?: effects += fills.map { .recordFill($0) }
            case .found(let fills)?:
                guard let order = found[id] else { continue }
                effects += orders[id] == nil ? adopt(order, at: now) : []
                effects += fills.flatMap { book($0, at: now) }
                effects += settle(order, evidence: evidence, at: now)
            }
        }
        return effects + strays.end(in: orders, at: now)
    }
}
