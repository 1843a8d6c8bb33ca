package import VigilModel

/// One price level as a feed states it: the quantity that is there now.
///
/// **Units**: 10^-18; the currencies are those of the product.
package struct LevelChange: Hashable, Sendable {
    /// True for a bid.
    package let isBid: Bool
    /// The price, above zero.
    package let price: Int128
    /// What rests there now; zero where nothing does.
    package let quantity: Int128

    /// States a level.
    package init(isBid: Bool, price: Int128, quantity: Int128) {
        self.isBid = isBid
        self.price = price
        self.quantity = quantity
    }
}

/// What a level2 feed says of a product's book.
package struct BookChange: Hashable, Sendable {
    /// The product.
    package let product: ProductID
    /// True where it is the whole book, and not only what changed.
    package let isSnapshot: Bool
    /// The levels.
    package let levels: [LevelChange]
    /// The venue's time; the epoch where it does not say.
    package let occurredAt: Instant

    /// States a change.
    package init(
        product: ProductID,
        isSnapshot: Bool,
        levels: [LevelChange],
        occurredAt: Instant
    ) {
        self.product = product
        self.isSnapshot = isSnapshot
        self.levels = levels
        self.occurredAt = occurredAt
    }

    /// A change that cannot be read: the book that takes it in is lost, and comes anew.
    package static func unreadable(_ product: ProductID, at now: Instant) -> BookChange {
        let level = LevelChange(isBid: true, price: 0, quantity: 0)
        return BookChange(product: product, isSnapshot: false, levels: [level], occurredAt: now)
    }
}

/// One print with the venue's number of it.
package struct PrintedTrade: Sendable, Hashable {
    /// A number of the product's own, one higher for each print.
    package let number: Int64
    /// The print.
    package let trade: Trade

    /// Joins both.
    package init(number: Int64, trade: Trade) {
        self.number = number
        self.trade = trade
    }
}

/// Why a feed's books are not to be relied on.
package enum FeedTrouble: String, Sendable, CaseIterable {
    /// The connection ended, or could not be made.
    case disconnected
    /// Nothing came for too long, not even a heartbeat.
    case silent
    /// A number of the connection's sequence is missing.
    case gap
    /// The venue refused a subscription.
    case refused
    /// A frame could not be read.
    case unreadable
    /// A book was crossed, out of order, or changed before it was known.
    case badBook = "bad_book"
    /// More came than could be taken in.
    case overrun
    /// A product that was subscribed to sent no book.
    case noSnapshot = "no_snapshot"
    /// The book stands still, or elsewhere, while the market moves.
    case frozen
}

/// What a feed of market data tells MarketData; past-tense facts.
package enum FeedReport: Sendable {
    /// A book, or a part of one; with when its last byte was read, on the market's clock.
    case bookChanged(BookChange, receivedAt: Instant)
    /// Prints, in the order of their numbers.
    case tradesPrinted([PrintedTrade])
    /// The connection of these products lives.
    case heartbeat([ProductID], receivedAt: Instant)
    /// A product's rules, or what may be done with it, have changed.
    case rulesChanged(Product)
    /// The books of these products are not known until the next snapshot.
    case booksLost([ProductID], FeedTrouble)
    /// Candles were read from the venue's history.
    case candlesRead(ProductID, length: CandleLength, [Candle])
    /// The latest prices were read beside the feed.
    case pricesRead([ProductID: Price])
}
