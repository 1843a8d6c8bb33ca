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
            trades: trades
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
}
