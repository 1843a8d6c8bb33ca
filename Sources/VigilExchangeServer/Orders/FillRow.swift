import VigilModel

/// One row of the fill report.
struct FillRow: Sendable {
    let fill: Fill
    /// Its place in the order of trading.
    let number: Int
    let orderID: String
    let entryID: String
    let tradeID: String
    /// True where the row's size is in the quote currency.
    ///
    /// **Source**: fills of quote-sized orders are; commission is size times rate then.
    let isQuoteSized: Bool
    /// The type of its order.
    let orderType: String
    /// When it traded, by the venue's clock.
    let tradedAt: Instant
    /// In real time: rows are eventually consistent, and appear later than the user event.
    let visibleFrom: Instant

    func body(_ names: VenueNames) -> JSON {
        let size =
            isQuoteSized ? (try? fill.notional().amount) ?? "0" : fill.quantity.description
        let micro = Instant(nanoseconds: tradedAt.nanoseconds / 1_000 * 1_000)
        return [
            "entry_id": .string(entryID),
            "trade_id": .string(tradeID),
            "order_id": .string(orderID),
            "trade_time": .text(tradedAt),
            "trade_type": "FILL",
            "price": .text(fill.price),
            "size": .string(size),
            "commission": .string(fill.fee.amount),
            "product_id": .text(fill.product),
            "sequence_timestamp": .text(micro),
            "liquidity_indicator": .string(fill.role == .maker ? "MAKER" : "TAKER"),
            "size_in_quote": .bool(isQuoteSized),
            "user_id": .string(names.user),
            "side": .string(fill.side == .buy ? "BUY" : "SELL"),
            "retail_portfolio_id": .string(names.portfolio),
            "fillSource": "FILL_SOURCE_CLOB",
            "commission_detail_total": ["total_commission": .string(fill.fee.amount)],
        ]
    }
}
