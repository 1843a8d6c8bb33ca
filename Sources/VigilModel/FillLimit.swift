/// What of a market may fill our orders, where only its candles are known.
package struct FillLimit: Sendable, Equatable {
    /// The candle's beginning.
    package let candle: Instant
    /// The most that may be filled until the next candle; nothing where there is no candle.
    package let quantity: Quantity
    /// Resting orders of this side wait: an earlier fill than the worst one is not to be had.
    package let waiting: Side?
    /// The least that a buy which takes pays, where a dip may not have been there for it; nil where that is the book's.
    package let leastTaken: Price?

    /// States it.
    package init(
        candle: Instant,
        quantity: Quantity,
        waiting: Side? = nil,
        leastTaken: Price? = nil
    ) {
        (self.candle, self.quantity) = (candle, quantity)
        (self.waiting, self.leastTaken) = (waiting, leastTaken)
    }
}
