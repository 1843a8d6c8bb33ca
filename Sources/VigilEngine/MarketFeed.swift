package import VigilCore
package import VigilModel

/// Brings a market to MarketData: over connections to a venue, or from this process.
package protocol MarketFeed: Sendable {
    /// Carries out the commands of the feeds' mailbox until that is closed.
    func run() async
}

/// What the owner of the market's feed is asked to do.
package enum FeedCommand: Sendable {
    /// Connect, and read the past.
    case begin
    /// Move the market on; for one that is in this process.
    case step
    /// Drop the connection of a product, and come back with fresh books.
    case distrust(ProductID, FeedTrouble, detail: String)
    /// Drop every connection, and come back with fresh books; with why.
    case renew(String)
    /// Read the venue's candles since a time.
    case readCandles(ProductID, CandleLength, since: Instant)
    /// Look at the venue's clock, prices and rules beside the feeds.
    case look
}
