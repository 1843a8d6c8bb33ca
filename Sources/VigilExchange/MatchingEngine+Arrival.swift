import VigilModel

extension MatchingEngine {
    /// Checks, holds, matches and rests an arriving order.
    mutating func accept(
        _ request: OrderRequest,
        at now: Instant
    ) throws(MoneyError) -> [VenueEvent] {
        guard let product = products[request.product] else {
            return [.orderRejected(request.clientOrderID, .productNotTradable)]
        }
        let reason = try OrderRules.rejection(
            of: request,
            product: product,
            book: books[request.product],
            lastTrade: lastTrades[request.product],
            at: now
        )
        if let reason { return [.orderRejected(request.clientOrderID, reason)] }
        guard var order = try drafted(request, product, at: now) else {
            return [.orderRejected(request.clientOrderID, .productNotTradable)]
        }
        if order.stop == nil, crossesOwn(order) {
            return [.orderRejected(request.clientOrderID, .selfTrade)]
        }
        if case .limit(_, _, .fillOrKill, _) = request.terms, try !isFillable(order) {
            return [.orderRejected(request.clientOrderID, .notFillable)]
        }
        guard try accounts.hold(order.held) else {
            return [.orderRejected(request.clientOrderID, .insufficientFunds)]
        }
        sequence += 1
        remember(order)
        var events: [VenueEvent] = [.orderAccepted(order.report)]
        if order.stop == nil {
            events += try take(&order, at: now)
        }
        events += try settleArrival(order)
        return events
    }

    /// Rests what is left of an order that has taken what it could, or ends it.
    mutating func settleArrival(_ arrived: WorkingOrder) throws(MoneyError) -> [VenueEvent] {
        var order = arrived
        guard order.report.status != .filled else {
            try finish(&order, as: .filled)
            return [.orderUpdated(order.report)]
        }
        guard rests(order) else {
            try finish(&order, as: .canceled)
            return [.orderUpdated(order.report)]
        }
        order.ahead = order.stop == nil ? displayed(at: order.limit, order) : .zero
        remember(order)
        open[order.product, default: []].append(order)
        return order.report.filledQuantity.isZero ? [] : [.orderUpdated(order.report)]
    }

    private func drafted(
        _ request: OrderRequest,
        _ product: Product,
        at now: Instant
    ) throws(MoneyError) -> WorkingOrder? {
        var limit: Price?
        var stop: Price?
        var expiresAt: Instant?
        let quantity: Quantity
        switch request.terms {
        case .limit(let price, let wanted, let timeInForce, _):
            (limit, quantity) = (price, wanted)
            if case .goodTillTime(let end) = timeInForce {
                expiresAt = end
            }
        case .stopLimit(let trigger, let price, let wanted, _):
            (limit, quantity, stop) = (price, wanted, trigger)
        case .marketBase(let wanted):
            limit = try protectedLimit(request)
            quantity = wanted
        case .marketQuote(let amount):
            limit = try protectedLimit(request)
            guard let limit else { return nil }
            // What the whole amount could buy at the very best; money is what bounds it.
            quantity = try Quantity(buying: amount, at: limit, .up)
        }
        guard let limit else { return nil }
        let report = VenueOrder(
            venueOrderID: VenueOrderID("venue-\(sequence + 1)"),
            request: request,
            status: .open,
            filledQuantity: .zero,
            createdAt: now
        )
        return WorkingOrder(
            report: report,
            limit: limit,
            remaining: quantity,
            ahead: .zero,
            held: try needed(request, limit, quantity),
            sequence: sequence + 1,
            expiresAt: expiresAt,
            stop: stop,
            rates: fees
        )
    }

    /// **Source**: Coinbase holds price × size × (1 + taker fee) for buys, with the maker's fee where the order is
    /// post-only (seen 2026-06-03), and the size for sells.
    func needed(
        _ request: OrderRequest,
        _ limit: Price,
        _ quantity: Quantity
    ) throws(MoneyError) -> Money {
        if case .marketQuote(let amount) = request.terms { return amount }
        switch request.side {
        case .buy:
            let notional = try limit.notional(of: quantity, .up)
            var rate = max(fees.maker, fees.taker)
            if case .limit(_, _, _, postOnly: true) = request.terms { rate = fees.maker }
            return try notional + notional.times(rate, .up)
        case .sell:
            return Money(raw: quantity.raw, currency: request.product.base)
        }
    }

    private func protectedLimit(_ request: OrderRequest) throws(MoneyError) -> Price? {
        guard let book = books[request.product] else { return nil }
        switch request.side {
        case .buy:
            let factor = try Rate.one + Self.marketProtection
            return try book.asks.first?.price.scaled(by: factor, .down)
        case .sell:
            let factor = try Rate.one - Self.marketProtection
            return try book.bids.first?.price.scaled(by: factor, .up)
        }
    }

    private func rests(_ order: WorkingOrder) -> Bool {
        switch order.report.request.terms {
        case .limit(_, _, .goodTillCanceled, _), .limit(_, _, .goodTillTime, _), .stopLimit: true
        case .limit(_, _, .immediateOrCancel, _), .limit(_, _, .fillOrKill, _): false
        case .marketBase, .marketQuote: false
        }
    }

    func crossesOwn(_ order: WorkingOrder) -> Bool {
        (open[order.product] ?? []).contains { other in
            guard other.side != order.side, other.stop == nil, let price = other.limit else {
                return false
            }
            return order.reaches(price)
        }
    }

    private func isFillable(_ order: WorkingOrder) throws(MoneyError) -> Bool {
        var available = Quantity.zero
        for level in opposite(of: order) where order.reaches(level.price) {
            available = try available + level.quantity
        }
        return min(available, fillable(available, of: order.product)) >= order.remaining
    }

    /// The levels an order would trade against.
    func opposite(of order: WorkingOrder) -> [BookLevel] {
        let book = books[order.product]
        return (order.side == .buy ? book?.asks : book?.bids) ?? []
    }

    /// The external volume shown at a price on an order's own side.
    ///
    /// A price beyond the visible levels counts as deep as the last of them: unknown is not empty.
    func displayed(at price: Price?, _ order: WorkingOrder) -> Quantity {
        guard let price, let book = books[order.product] else { return .zero }
        let levels = order.side == .buy ? book.bids : book.asks
        if let level = levels.first(where: { $0.price == price }) { return level.quantity }
        guard let last = levels.last else { return .zero }
        let beyond = order.side == .buy ? price < last.price : price > last.price
        return beyond ? last.quantity : .zero
    }
}
