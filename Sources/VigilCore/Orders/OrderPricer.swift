package import VigilModel

/// What the market and the venue's rules make of a wish: its route, and the order of each step.
package struct OrderPricer: Sendable {
    /// How orders are worked.
    package private(set) var policy: ExecutionPolicy
    private var ids: OrderIDSource
    private var quotes: [ProductID: Quote] = [:]
    private var products: [ProductID: Product] = [:]

    /// Begins without a market.
    package init(policy: ExecutionPolicy, ids: OrderIDSource) {
        self.policy = policy
        self.ids = ids
    }

    /// The venue charges other fees from now on.
    package mutating func charge(_ fees: FeeSchedule) { policy.fees = fees }

    /// A product has a new best bid and ask.
    package mutating func note(_ quote: Quote) { quotes[quote.product] = quote }

    /// A product's rules; false where they are as they were.
    package mutating func note(_ product: Product) -> Bool {
        products.updateValue(product, forKey: product.id) != product
    }

    /// A product that has a quote to sell by.
    package func market(of product: ProductID) -> (product: Product, quote: Quote)? {
        guard let known = products[product], let quote = quotes[product] else { return nil }
        return (known, quote)
    }

    // MARK: Wishes

    /// The route of an entry; nil where its product is not known.
    ///
    /// - Throws: `overflow`; the entry is given up.
    func route(for order: NewOrder, _ cycle: Int) throws(MoneyError) -> Route? {
        guard let product = products[order.product] else { return nil }
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

    /// The worst price and the quantity of an exit, on the product's grid.
    ///
    /// - Throws: `overflow`; the exit is asked for again.
    func wish(
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

    /// The route of an exit.
    func route(for request: ExitRequest, _ quantity: Quantity, worst: Price) -> Route {
        Route(
            product: request.product,
            side: .sell,
            purpose: .exit(request.reason),
            cycle: nil,
            strategy: "",
            remaining: quantity,
            worst: worst,
            steps: RoutePlan.exit(request.reason, policy)
        )
    }

    // MARK: Steps

    /// How long a step rests; nil for one that takes.
    ///
    /// - Throws: `overflow`; the step is passed over.
    func patience(for step: RouteStep, _ route: Route) throws(MoneyError) -> Duration? {
        guard case .postOnly(let attempt) = step else { return nil }
        let spread = quotes[route.product]?.spreadBPS ?? 0
        return try RoutePlan.timeToLive(attempt: attempt, spreadBPS: spread, policy)
    }

    /// The order of a step; nil where the venue would refuse it, or the market is not known.
    ///
    /// - Throws: `overflow`; the step is passed over.
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
}
