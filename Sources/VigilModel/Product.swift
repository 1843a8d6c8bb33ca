/// What the venue lets us do with a product at the moment.
package enum TradingStatus: String, Sendable, Codable, CaseIterable {
    /// Everything.
    case online
    /// Only orders that rest.
    case postOnly = "post_only"
    /// No market orders.
    case limitOnly = "limit_only"
    /// No new orders, cancels only.
    case cancelOnly = "cancel_only"
    /// Nothing: halted, offline, delisted or not known.
    case disabled
}

/// A product's rules, as the venue states them.
///
/// **Source**: Coinbase Advanced Trade, GET /products/{id}; minimums may lie off the increment grid
/// (a real one is 26.7187147229469674 at an increment of 1), so they are rounded up before use.
package struct Product: Hashable, Sendable, Codable {
    /// Its name.
    package let id: ProductID
    /// The smallest step of a quantity.
    package let baseIncrement: Quantity
    /// The smallest step of an amount in the quote currency.
    package let quoteIncrement: Money
    /// The smallest step of a price (tick size).
    package let priceIncrement: Price
    /// The smallest quantity an order may have.
    package let baseMin: Quantity
    /// The smallest notional an order may have.
    package let quoteMin: Money
    /// What may be done with it at the moment.
    package var status: TradingStatus

    /// Takes the venue's rules.
    ///
    /// - Throws: `divisionByZero` for an increment of zero: such a product cannot be traded.
    package init(
        id: ProductID,
        baseIncrement: Quantity,
        priceIncrement: Price,
        baseMin: Quantity,
        quoteMin: Money,
        status: TradingStatus
    ) throws(MoneyError) {
        guard !baseIncrement.isZero, priceIncrement.raw > 0 else { throw .divisionByZero }
        self.id = id
        self.baseIncrement = baseIncrement
        self.priceIncrement = priceIncrement
        self.baseMin = try baseMin.rounded(.up, to: baseIncrement)
        self.quoteMin = quoteMin
        self.status = status
        quoteIncrement = Money(raw: priceIncrement.raw, currency: id.quote)
    }
}
