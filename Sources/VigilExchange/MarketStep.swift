package import VigilCore
package import VigilModel

/// One step of a product's external market: what a feed would have brought since the last one.
package struct MarketStep: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// What may be done with it.
    package let status: TradingStatus
    /// The new book; nil where the product is halted and nothing moves.
    package let book: OrderBook?
    /// Prints since the last step, oldest first.
    package let trades: [Trade]
    /// All of its rules, where they have changed.
    package var rules: Product?
    /// What may be filled of it; nil where the book says all.
    package var limit: FillLimit?

    /// States a step.
    package init(product: ProductID, status: TradingStatus, book: OrderBook?, trades: [Trade]) {
        self.product = product
        self.status = status
        self.book = book
        self.trades = trades
    }
}

extension MarketStep {
    /// The step as a paper venue is told of it.
    package var move: MarketDataCore.MarketMove {
        MarketDataCore.MarketMove(
            product: product,
            status: status,
            rules: rules,
            book: book,
            trades: trades,
            limit: limit
        )
    }
}

/// Where the external market of an embedded venue comes from.
package protocol MarketSource: Sendable {
    /// The products it has.
    var products: [Product] { get }
    /// The span between two steps.
    var interval: Duration { get }
    /// The first instant of its market.
    var start: Instant { get }
    /// The instant after its last step; nil where it never ends.
    var end: Instant? { get }
    /// One-minute candles before ``start``, oldest first, by product.
    var history: [ProductID: [Candle]] { get }

    /// What was recorded of each product; empty where it is no recording.
    var coverage: [MarketCoverage] { get }

    /// How its candles become a market; nil where it is not made of candles.
    var candleModel: CandleModel? { get }

    /// True where its books are all there is, and not only the touch.
    var hasWholeBooks: Bool { get }

    /// The market's step at an instant of its grid.
    ///
    /// - Throws: `MoneyError` where a number cannot be held; the market is over then.
    mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep]
}

extension MarketSource {
    /// Most sources show the touch alone.
    package var hasWholeBooks: Bool { false }
    /// Most sources are made and not recorded.
    package var coverage: [MarketCoverage] { [] }
    /// Most sources are not made of candles.
    package var candleModel: CandleModel? { nil }
}

/// How much of a product's market a recording has.
package struct MarketCoverage: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// The files, as they were named.
    package let files: [String]
    /// The first minute.
    package let first: Instant
    /// The last minute.
    package let last: Instant
    /// How many minutes are there.
    package let minutes: Int
    /// How many between the first and the last are not.
    package let missing: Int
    /// The most minutes in a row that are not there.
    package let longestHole: Int

    /// States it.
    package init(
        product: ProductID,
        files: [String],
        first: Instant,
        last: Instant,
        minutes: Int,
        missing: Int,
        longestHole: Int
    ) {
        (self.product, self.files) = (product, files)
        (self.first, self.last) = (first, last)
        (self.minutes, self.missing, self.longestHole) = (minutes, missing, longestHole)
    }
}
