package import VigilModel

/// What MarketData knows of one product when it is asked.
package struct ProductView: Sendable {
    /// The product and its present status.
    package let product: Product
    /// The best bid and ask; nil where there is no valid book.
    package let quote: Quote?
    /// The notional within 20 basis points of the middle.
    package let depth20BPS: Double
    /// Completed one-minute candles, oldest first.
    package let candles: [Candle]

    /// Joins the parts.
    package init(product: Product, quote: Quote?, depth20BPS: Double, candles: [Candle]) {
        self.product = product
        self.quote = quote
        self.depth20BPS = depth20BPS
        self.candles = candles
    }
}

/// The market at one moment, in the universe's order.
package struct MarketSnapshot: Sendable {
    /// When it was taken.
    package let at: Instant
    /// What is known of each product.
    package let products: [ProductID: ProductView]

    /// Joins the parts.
    package init(at: Instant, products: [ProductID: ProductView]) {
        self.at = at
        self.products = products
    }
}

/// Keeps books, quotes and candles; a book that is not valid gives no quote.
package struct MarketDataCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The venue listed its products, with one-minute candles of the past.
        case productsListed([Product], history: [ProductID: [Candle]])
        /// The feed brought a step of a product's market.
        case marketMoved(ProductID, TradingStatus, OrderBook?, [Trade])
        /// The conductor wants the market as it is.
        case snapshotRequested(cycle: Int)
    }

    /// What is to be done.
    package enum Effect: Sendable {
        /// Tell who marks and who trades about a new quote.
        case publishQuote(Quote)
        /// Tell who trades about a product's rules or status.
        case publishProduct(Product)
        /// Answer the conductor.
        case reply(cycle: Int, MarketSnapshot)
        /// A book was crossed or one-sided and was put away.
        case reportInvalidBook(ProductID)
    }

    private var products: [ProductID: Product] = [:]
    private var books: [ProductID: OrderBook] = [:]
    private var candles: [ProductID: CandleSeries] = [:]

    /// Begins with nothing known.
    package init() {}

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .productsListed(let listed, let history):
            for product in listed {
                products[product.id] = product
                candles[product.id] = CandleSeries(history[product.id] ?? [])
            }
            return listed.map { .publishProduct($0) }
        case .marketMoved(let id, let status, let book, let trades):
            return moved(id, status, book, trades)
        case .snapshotRequested(let cycle):
            return [.reply(cycle: cycle, snapshot(at: now))]
        }
    }

    private mutating func moved(
        _ id: ProductID,
        _ status: TradingStatus,
        _ book: OrderBook?,
        _ trades: [Trade]
    ) -> [Effect] {
        guard var product = products[id] else { return [] }
        var effects: [Effect] = []
        if product.status != status {
            product.status = status
            products[id] = product
            effects.append(.publishProduct(product))
        }
        for trade in trades {
            candles[id]?.record(
                price: trade.price.indicator,
                volume: trade.quantity.indicator,
                at: trade.occurredAt
            )
        }
        guard let book else { return effects }
        guard let quote = book.quote else {
            books[id] = nil
            return effects + [.reportInvalidBook(id)]
        }
        books[id] = book
        let middle = (quote.bid.indicator + quote.ask.indicator) / 2
        candles[id]?.record(price: middle, volume: 0, at: quote.occurredAt)
        return effects + [.publishQuote(quote)]
    }

    private mutating func snapshot(at now: Instant) -> MarketSnapshot {
        var views: [ProductID: ProductView] = [:]
        let minute = now.floor(to: .seconds(60))
        for (id, product) in products {
            candles[id]?.complete(before: minute)
            views[id] = ProductView(
                product: product,
                quote: books[id]?.quote,
                depth20BPS: books[id]?.depth(withinBPS: 20) ?? 0,
                candles: candles[id]?.minutes ?? []
            )
        }
        return MarketSnapshot(at: now, products: views)
    }
}
