package import VigilModel

/// Orders that no route works, and orders whose fate is not known.
///
/// A fate is settled by the venue's evidence alone: an order is found, or it is proven absent by three
/// complete listings over at least ten seconds that do not have it. Nothing is ever sent again for it.
extension ExecutionCore {
    /// What is known of an order whose fate is not.
    struct Unsettled: Sendable {
        let since: Instant
        /// The complete looks at the venue's lists that did not find it.
        var absences: [LookUp] = []
        /// When the lists are read again.
        var nextLook: Instant
        var isReported = false
    }

    /// How many complete listings without it prove that an order does not exist.
    private static let absencesMin = 3
    /// Over how long a time.
    private static let absenceSpan = Duration.seconds(10)
    /// Between two looks.
    static let lookInterval = Duration.seconds(5)
    /// From the loss of the answer to the first look: the venue may show an order late.
    private static let firstLook = Duration.seconds(1)
    /// How far before an order's own time the lists are read from, as the clocks may differ.
    private static let lookOverlap = Duration.seconds(60)
    /// How long a fate may be unknown before the operator hears of it.
    private static let reportAfter = Duration.seconds(60)

    // MARK: Strays

    func hasStray(_ product: ProductID, _ side: Side? = nil) -> Bool {
        strays.contains { id in
            guard let request = orders[id]?.intent.request else { return false }
            return request.product == product && (side == nil || side == request.side)
        }
    }

    /// Takes over what an earlier run left: it is ended, and nothing goes on from it.
    ///
    /// What has ended already is known again, so that what the venue tells once more is no news. A sale that was to
    /// outlive the stop rests to its age first.
    mutating func restore(_ records: [OrderRecord], at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for record in records where record.state.isFinal {
            orders[record.id] = record
            forget(record.id)
        }
        for record in records where !record.state.isFinal {
            orders[record.id] = record
            strays.insert(record.id)
            if mayRestOn(record), record.state == .open || record.state == .partiallyFilled {
                restingOn[record.id] = record.intent.createdAt + policy.cancelAfter
            }
            if record.state == .unknown {
                effects += begin(settling: record.id, at: now)
            }
        }
        return effects + endStrays(at: now)
    }

    /// Takes over an order of ours that we have no record of, as after a ledger was restored.
    mutating func adopt(_ order: VenueOrder, at now: Instant) -> [Effect] {
        let id = order.request.clientOrderID
        if let known = orders[id] {
            // One that was taken for ended and stands: asked to end until it does, also after a restart.
            let isWrong = known.state.isFinal && known.venueOrderID == nil
            return isWrong ? [.cancel(id)] + risen(known) : []
        }
        let intent = Intent(adopting: order, plan: adoption)
        orders[id] = OrderRecord(intent: intent, state: .submitting, filled: .zero)
        strays.insert(id)
        let sent = Transition(id: id, from: .intended, to: .submitting, fact: .submitted, at: now)
        return [
            .recordIntents([intent]), .recordTransition(sent, order.venueOrderID),
            .reportAnomaly(id, state: .unknown, fact: .accepted),
        ] + learn(.accepted, about: id, order.venueOrderID, at: now) + endStrays(at: now)
    }

    /// Asks for the end of every stray that stands at the venue, and again until the venue says so.
    mutating func endStrays(at now: Instant) -> [Effect] {
        let standing = strays.sorted().filter { id in
            orders[id].map { $0.state != .unknown && $0.state != .intended } ?? false
        }
        let due = standing.filter { id in
            restingOn[id].map { $0 <= now } ?? true
        }
        // Once its end is asked for, it rests on no more.
        for id in due { restingOn[id] = nil }
        let again = due.isEmpty ? nil : now + Self.cancelPatience
        strayDeadline = (standing.compactMap { restingOn[$0] } + [again]).compactMap(\.self).min()
        return due.map { .cancel($0) } + (strayDeadline.map { [.wake(at: $0)] } ?? [])
    }

    /// A stray has ended: sales that waited for it are asked for again.
    mutating func endStray(_ id: ClientOrderID) -> [Effect] {
        restingOn[id] = nil
        guard strays.remove(id) != nil, let product = orders[id]?.intent.request.product,
            !hasStray(product, .sell), waitingExits.remove(product) != nil
        else { return [] }
        return [.recordExitEnded(product)]
    }

    /// What an order may still cost, the taker fee included.
    func worstCost(of record: OrderRecord) throws(MoneyError) -> Money {
        let request = record.intent.request
        let rest =
            record.filled < record.wanted ? try record.wanted - record.filled : Quantity.zero
        let notional: Money
        switch request.terms {
        case .limit(let price, _, _, _), .stopLimit(_, let price, _, _):
            notional = try price.notional(of: rest, .up)
        case .marketQuote(let money): notional = money
        case .marketBase: notional = .zero(request.product.quote)
        }
        return try notional + notional.times(policy.fees.taker, .up)
    }

    // MARK: Unknown fates

    mutating func begin(settling id: ClientOrderID, at now: Instant) -> [Effect] {
        guard unsettled[id] == nil else { return [] }
        let due = now + Self.firstLook
        unsettled[id] = Unsettled(since: now, nextLook: due)
        return [.wake(at: due)]
    }

    mutating func settled(_ id: ClientOrderID) -> [Effect] {
        let wasReported = unsettled.removeValue(forKey: id)?.isReported == true
        return wasReported ? [.reportSettled(id)] : []
    }

    /// Looks for everything that is due in one reading of the lists.
    mutating func lookUpDue(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        let due = unsettled.keys.sorted().filter {
            unsettled[$0].map { $0.nextLook <= now } ?? false
        }
        for id in due {
            unsettled[id]?.nextLook = now + Self.lookInterval
            if let known = unsettled[id], !known.isReported, now - known.since >= Self.reportAfter {
                unsettled[id]?.isReported = true
                effects.append(.reportUnsettled(id, since: known.since))
            }
        }
        let oldest = due.compactMap { orders[$0]?.intent.createdAt }.min()
        guard let oldest else { return effects }
        lookUps += 1
        let since = oldest - Self.lookOverlap
        return effects + [
            .lookUp(number: lookUps, due, since: since), .wake(at: now + Self.lookInterval),
        ]
    }

    /// Draws what follows from a look: what is found is where it says, what is missing is not there yet.
    mutating func take(_ lookUp: LookUp, at now: Instant) -> [Effect] {
        // The ledger has no row of an order that only a fill tells of.
        let isOfOrphans = lookUp.asked.contains { orphans[$0] != nil }
        var effects: [Effect] = isOfOrphans ? [] : [.recordLookUp(lookUp)]
        guard let found = lookUp.found else {
            return effects
        }
        for id in lookUp.asked {
            guard var known = unsettled[id] else { continue }
            if let order = found[id] {
                effects += take(order, evidence: "look-up \(lookUp.number)", at: now)
                continue
            }
            known.absences.append(lookUp)
            unsettled[id] = known
            guard let first = known.absences.first, known.absences.count >= Self.absencesMin,
                lookUp.at - first.at >= Self.absenceSpan
            else { continue }
            let numbers = known.absences.map { String($0.number) }.joined(separator: ", ")
            let evidence = "look-ups \(numbers)"
            effects += learn(.provenAbsent, about: id, nil, evidence: evidence, at: now)
        }
        return effects + settleOrphans(lookUp, at: now) + endStrays(at: now)
    }
}

extension Intent {
    /// What an order of ours was meant for, as far as the venue's own word tells: a sale was an exit, and a
    /// purchase is left by the given plan.
    ///
    /// `purpose` is what something else knows of it, which counts.
    package init(adopting order: VenueOrder, plan: ExitPlan?, purpose: OrderPurpose? = nil) {
        let entry = plan.map { OrderPurpose.entry($0) } ?? .exit(.stopLoss)
        let likely = order.request.side == .buy ? entry : .exit(.stopLoss)
        let isLikely = purpose.map { $0.isEntry == (order.request.side == .buy) } ?? false
        self.init(
            request: order.request,
            purpose: isLikely ? purpose ?? likely : likely,
            parent: nil,
            cycle: nil,
            createdAt: order.createdAt
        )
    }
}
