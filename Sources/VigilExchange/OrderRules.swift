import VigilModel

/// The product rules an order is checked against on arrival; nothing is ever rounded for the owner.
///
/// **Source**: Coinbase refuses off-grid sizes and prices (INVALID_SIZE_PRECISION,
/// INVALID_PRICE_PRECISION) and sizes below the minimum; it never rounds.
enum OrderRules {
    static func rejection(
        of request: OrderRequest,
        product: Product,
        book: OrderBook?,
        lastTrade: Price?,
        at now: Instant
    ) throws(MoneyError) -> RejectionReason? {
        guard admits(request.terms, product.status) else { return .productNotTradable }
        switch request.terms {
        case .limit(let price, let quantity, let timeInForce, let postOnly):
            if let reason = try grid(price, quantity, product) { return reason }
            if case .goodTillTime(let end) = timeInForce, end <= now { return .endTimeInPast }
            if postOnly, wouldCross(request.side, price, book) { return .postOnlyWouldCross }
            return nil
        case .marketBase(let quantity):
            if try quantity.rounded(.down, to: product.baseIncrement) != quantity {
                return .quantityPrecision
            }
            return quantity < product.baseMin ? .tooSmall : nil
        case .marketQuote(let amount):
            guard request.side == .buy else { return .productNotTradable }
            if try amount.rounded(.down, to: product.quoteIncrement) != amount {
                return .quantityPrecision
            }
            return try amount.isLess(than: product.quoteMin) ? .tooSmall : nil
        case .stopLimit(let stop, let limit, let quantity, let direction):
            if let reason = try grid(limit, quantity, product) { return reason }
            if try stop.rounded(.down, to: product.priceIncrement) != stop || stop.raw == 0 {
                return .pricePrecision
            }
            if let lastTrade, direction.isReached(stop, by: lastTrade) { return .stopPrice }
            return nil
        }
    }

    private static func admits(_ terms: OrderTerms, _ status: TradingStatus) -> Bool {
        switch (status, terms) {
        case (.online, _): true
        case (.postOnly, .limit(_, _, _, let postOnly)): postOnly
        case (.limitOnly, .limit), (.limitOnly, .stopLimit): true
        case (.postOnly, _), (.limitOnly, _), (.cancelOnly, _), (.disabled, _): false
        }
    }

    private static func grid(
        _ price: Price,
        _ quantity: Quantity,
        _ product: Product
    ) throws(MoneyError) -> RejectionReason? {
        if try price.rounded(.down, to: product.priceIncrement) != price || price.raw == 0 {
            return .pricePrecision
        }
        if try quantity.rounded(.down, to: product.baseIncrement) != quantity {
            return .quantityPrecision
        }
        let notional = try price.notional(of: quantity, .down)
        let small = try notional.isLess(than: product.quoteMin)
        return small || quantity < product.baseMin ? .tooSmall : nil
    }

    private static func wouldCross(_ side: Side, _ price: Price, _ book: OrderBook?) -> Bool {
        switch side {
        case .buy: (book?.asks.first).map { price >= $0.price } ?? false
        case .sell: (book?.bids.first).map { price <= $0.price } ?? false
        }
    }
}
