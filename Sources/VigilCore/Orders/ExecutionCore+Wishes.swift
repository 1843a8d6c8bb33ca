import VigilModel

/// How a wish becomes an order, and what stands in its way.
extension ExecutionCore {
    func isHalted(_ product: ProductID) -> Bool {
        halted || haltedProducts.contains(product)
    }

    mutating func enter(
        _ approved: [RiskApproved<NewOrder>],
        _ cycle: Int,
        at now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        var count = 0
        for approval in approved {
            let order = approval.subject
            let product = order.product
            // What is to be left is not bought: its exit only waits for the venue to take it.
            guard !isHalted(product), desk.isFree(product), !refused.rests(product),
                !strays.has(product, in: orders),
                !desk.isCooling(product, for: pricer.policy.refusalCooldown, at: now)
            else { continue }
            do throws(MoneyError) {
                guard let route = try pricer.route(for: order, cycle) else { continue }
                effects += follow(desk.advance(route, &pricer, at: now))
            } catch {
                effects.append(.reportUnplanned(product, error))
            }
            count += desk.isFree(product) ? 0 : 1
        }
        return effects + [.replyPlaced(cycle: cycle, count: count)]
    }

    /// A part of a position is sold as a whole one is; while anything works on the product it waits.
    mutating func reduce(_ reduction: Reduction, at now: Instant) -> [Effect] {
        guard desk.isFree(reduction.product) else { return [] }
        let request = ExitRequest(
            product: reduction.product,
            quantity: reduction.quantity,
            reason: reduction.reason
        )
        return leave(request, at: now)
    }

    mutating func leave(_ request: ExitRequest, at now: Instant) -> [Effect] {
        let id = request.product
        guard let (product, quote) = pricer.market(of: id), !stopping else {
            return [.recordExitEnded(id)]
        }
        if strays.has(id, .sell, in: orders) {
            return strays.makeWay(for: request, in: orders, at: now)
        }
        // A purchase of unknown fate does not hold up the sell of what is there.
        if let unknown = desk.drop(unknownEntryOf: id, orders) { strays.keep(unknown) }
        let wish: (worst: Price, quantity: Quantity)
        do throws(MoneyError) {
            wish = try pricer.wish(request, quote, product)
        } catch {
            return [.recordExitEnded(id), .reportUnplanned(id, error)]
        }
        guard desk.isFree(id) else {
            return desk.giveWay(to: request, worst: wish.worst, orders, at: now)
        }
        if request.reason == .stopLoss { refused.stopComes(id) }
        let (quantity, told) = refused.sellable(wish.quantity, of: product, at: now)
        guard let quantity else { return told }
        let route = pricer.route(for: request, quantity, worst: wish.worst)
        return told + follow(desk.advance(route, &pricer, at: now))
    }

    /// What a step of a route leads to: a new order, or the route's end.
    mutating func follow(_ step: RouteDesk.Step) -> [Effect] {
        if let order = step.order { orders.add(order) }
        guard let route = step.ended else { return step.effects }
        var effects = step.effects
        if !route.remaining.isZero, route.hasFilled {
            effects.append(.reportRemainder(route.product, route.remaining))
        }
        if route.exitWaits || !(route.purpose.isEntry || refused.rests(route.product)) {
            effects.append(.recordExitEnded(route.product))
        }
        return effects
    }

    mutating func send(_ id: ClientOrderID, at now: Instant) -> [Effect] {
        guard let record = orders[id], record.state == .intended else { return [] }
        let isEntry = record.intent.purpose.isEntry
        // An intent that no route waits for, such as one from before a restart, is not sent any more.
        let abandoned = !desk.wants(record)
        if (isEntry && isHalted(record.intent.request.product)) || stopping || abandoned {
            return learn(.denied, about: id, nil, at: now)
        }
        guard case .stepped(let step) = orders.learn(.submitted, about: id, nil, at: now) else {
            return []
        }
        return [.recordTransition(step, nil), .submit(record.intent.request, isEntry: isEntry)]
    }

    /// True for a sell that stays at the venue over a stop, while nobody has asked for its end.
    func outlivesStop(_ record: OrderRecord) -> Bool {
        guard pricer.policy.letsRestOn(record), record.isStanding else { return false }
        return strays.contains(record.id) ? strays.restsOn(record.id) : desk.leavesResting(record)
    }
}
