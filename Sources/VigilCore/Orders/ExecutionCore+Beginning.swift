import VigilModel

/// How a wish becomes a route, and a step of it an order.
extension ExecutionCore {
    mutating func enter(
        _ approved: [RiskApproved<NewOrder>],
        _ cycle: Int,
        at now: Instant
    ) -> [Effect] {
        var effects: [Effect] = []
        var count = 0
        for approval in approved {
            let order = approval.subject
            // What is to be left is not bought: its exit only waits for the venue to take it.
            guard !isHalted(order.product), routes[order.product] == nil, !rests(order.product),
                !hasStray(order.product), !isCooling(order.product, at: now),
                let product = products[order.product]
            else { continue }
            do throws(MoneyError) {
                effects += advance(try route(for: order, product, cycle), at: now)
            } catch {
                effects.append(.reportUnplanned(order.product, error))
            }
            count += routes[order.product] == nil ? 0 : 1
        }
        return effects + [.replyPlaced(cycle: cycle, count: count)]
    }

    private func route(
        for order: NewOrder,
        _ product: Product,
        _ cycle: Int
    ) throws(MoneyError) -> Route {
        let allowance = try order.slippageBudget - policy.fees.taker
        let factor = try Rate.one + min(max(allowance, .zero), policy.slippageMax)
        let wanted = try Quantity(buying: order.notional, at: order.reference, .down)
        return Route(
            product: order.product,
            side: .buy,
            purpose: .entry(order.exits),
            cycle: cycle,
            strategy: order.proposal.strategy,
            remaining: try wanted.rounded(.down, to: product.baseIncrement),
            worst: try order.reference.scaled(by: factor, .down)
                .rounded(.down, to: product.priceIncrement),
            steps: RoutePlan.entry(policy, notional: order.notional, allowance: allowance)
        )
    }

    /// A part of a position is sold as a whole one is; while anything works on the product it waits.
    mutating func reduce(_ reduction: Reduction, at now: Instant) -> [Effect] {
        guard routes[reduction.product] == nil else { return [] }
        let request = ExitRequest(
            product: reduction.product,
            quantity: reduction.quantity,
            reason: reduction.reason
        )
        return leave(request, at: now)
    }

    mutating func leave(_ request: ExitRequest, at now: Instant) -> [Effect] {
        guard let product = products[request.product], let quote = quotes[request.product],
            !stopping
        else { return [.recordExitEnded(request.product)] }
        if hasStray(request.product, .sell) {
            // It holds the coins, or may have sold them: what is left is known when it has ended.
            waitingExits.insert(request.product)
            if request.reason == .stopLoss {
                restingOn = restingOn.filter {
                    orders[$0.key]?.intent.request.product != request.product
                }
            }
            return endStrays(at: now)
        }
        if let route = routes[request.product], route.purpose.isEntry, let id = route.current,
            orders[id]?.state == .unknown
        {
            // A purchase of unknown fate does not hold up the sale of what is there.
            strays.insert(id)
            routes[request.product] = nil
        }
        let wish: (worst: Price, quantity: Quantity)
        do throws(MoneyError) {
            wish = try self.wish(request, quote, product)
        } catch {
            return [
                .recordExitEnded(request.product), .reportUnplanned(request.product, error),
            ]
        }
        if var route = routes[request.product] {
            if route.purpose.isEntry {
                // The entry gives way; when it has ended the portfolio asks again, for all it holds.
                (route.steps, route.exitWaits) = ([], true)
            } else if request.reason == .stopLoss {
                // A resting exit gives way to the stop, which takes at today's price.
                (route.steps, route.worst) = ([.immediate], wish.worst)
                route.purpose = .exit(.stopLoss)
            } else {
                return []
            }
            routes[request.product] = route
            return abandon(request.product, at: now)
        }
        // Whatever waits for another exit's refusal, a stop comes now.
        if request.reason == .stopLoss { exitRests[request.product]?.until = nil }
        let (quantity, told) = sellable(wish.quantity, of: product, at: now)
        guard let quantity else { return told }
        let route = Route(
            product: request.product,
            side: .sell,
            purpose: .exit(request.reason),
            cycle: nil,
            strategy: "",
            remaining: quantity,
            worst: wish.worst,
            steps: RoutePlan.exit(request.reason, policy)
        )
        return told + advance(route, at: now)
    }

    /// The worst price and the quantity of an exit, on the product's grid.
    private func wish(
        _ request: ExitRequest,
        _ quote: Quote,
        _ product: Product
    ) throws(MoneyError) -> (worst: Price, quantity: Quantity) {
        let factor = try Rate.one - policy.exitSlippageTolerance
        return (
            try quote.bid.scaled(by: factor, .up).rounded(.up, to: product.priceIncrement),
            try request.quantity.rounded(.down, to: product.baseIncrement)
        )
    }

    /// Works the next step of a route, or ends it.
    ///
    /// A step whose numbers cannot be held is passed over, as one is that the venue would refuse.
    mutating func advance(_ route: Route, at now: Instant) -> [Effect] {
        var route = route
        var effects: [Effect] = []
        while !route.steps.isEmpty {
            let step = route.steps.removeFirst()
            let planned: (request: OrderRequest, patience: Duration?)
            do throws(MoneyError) {
                let patience = try patience(for: step, route)
                guard let request = try request(for: step, route, at: now) else { continue }
                planned = (request, patience)
            } catch {
                effects.append(.reportUnplanned(route.product, error))
                continue
            }
            let request = planned.request
            let intent = Intent(
                request: request,
                purpose: route.purpose,
                parent: route.last,
                cycle: route.cycle,
                strategy: route.strategy,
                createdAt: now
            )
            let id = request.clientOrderID
            orders[id] = OrderRecord(intent: intent, state: .intended, filled: .zero)
            (route.current, route.last) = (id, id)
            (route.cancelAsked, route.abandoned) = (false, false)
            effects.append(.recordIntents([intent]))
            route.deadline = planned.patience.map { now + $0 }
            if let deadline = route.deadline {
                effects.append(.wake(at: deadline))
            }
            routes[route.product] = route
            return effects
        }
        return effects + end(route)
    }

    /// How long a step rests; nil for one that takes.
    private func patience(for step: RouteStep, _ route: Route) throws(MoneyError) -> Duration? {
        guard case .postOnly(let attempt) = step else { return nil }
        let spread = quotes[route.product]?.spreadBPS ?? 0
        return try RoutePlan.timeToLive(attempt: attempt, spreadBPS: spread, policy)
    }

    mutating func request(
        for step: RouteStep,
        _ route: Route,
        at now: Instant
    ) throws(MoneyError) -> OrderRequest? {
        guard let product = products[route.product], let quote = quotes[route.product],
            now - quote.occurredAt <= policy.quoteAgeMax, product.status != .disabled
        else { return nil }
        let price: Price
        let timeInForce: TimeInForce
        switch step {
        case .postOnly:
            // The book may show prices between the product's steps: they were sent when its steps were finer.
            let (touch, away) =
                route.side == .buy ? (quote.bid, Rounding.down) : (quote.ask, Rounding.up)
            price = try touch.rounded(away, to: product.priceIncrement)
            timeInForce = .goodTillTime(now + policy.restingOrderLifetime)
        case .immediate:
            // What was planned by finer steps is sent by those of now.
            price = try route.worst.rounded(.down, to: product.priceIncrement)
            timeInForce = .immediateOrCancel
            if route.side == .buy, quote.ask > price { return nil }
        }
        let quantity = try route.remaining.rounded(.down, to: product.baseIncrement)
        let notional = try price.notional(of: quantity, .down)
        let small = try notional.isLess(than: product.quoteMin)
        // An exit is never too small for us, only for the venue. What entries are paid with is a dollar
        // or a stable coin, which counts as one here.
        let unworthy = notional.raw < policy.notionalMin.raw
        guard !small, price.raw > 0, route.side == .sell || !unworthy, quantity >= product.baseMin
        else {
            return nil
        }
        return OrderRequest(
            clientOrderID: ids.next(),
            product: route.product,
            side: route.side,
            terms: .limit(
                price: price,
                quantity: quantity,
                timeInForce: timeInForce,
                postOnly: timeInForce != .immediateOrCancel
            )
        )
    }

    mutating func end(_ route: Route) -> [Effect] {
        routes[route.product] = nil
        if let id = route.current, orders[id]?.state.isFinal == false {
            strays.insert(id)
        }
        var effects: [Effect] = []
        if !route.remaining.isZero, route.hasFilled {
            effects.append(.reportRemainder(route.product, route.remaining))
        }
        if route.exitWaits || !(route.purpose.isEntry || rests(route.product)) {
            effects.append(.recordExitEnded(route.product))
        }
        return effects
    }
}
