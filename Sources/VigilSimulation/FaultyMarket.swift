internal import Synchronization
package import VigilExchange
package import VigilModel

/// What a market can be made to do that it should not.
package enum MarketFault: Sendable {
    /// A product is not open.
    case closed(ProductID)
    /// Nothing is heard of a product.
    case mute(ProductID)
    /// A product's book stands still, with fresh times and without trades.
    case still(ProductID)
    /// A product's spread is two percent.
    case wide(ProductID)
    /// A product's price jumps up and down by six percent, hour after hour.
    case wild(ProductID)
    /// The asks of products stand at a price that cannot be multiplied by anything.
    case absurd([ProductID])
    /// Prices are this many times what they were, from now on.
    case scaled(Double, [ProductID])
}

/// Makes a market faulty from outside, at a time of one's choosing.
package final class MarketFaultSwitch: Sendable {
    private let fault = Lock<MarketFault?>(nil)
    private let scales = Lock<[ProductID: Double]>([:])

    /// Begins with a sound market.
    package init() {}

    var current: MarketFault? { fault.withLock { $0 } }

    func scale(_ product: ProductID) -> Double { scales.withLock { $0[product] ?? 1 } }

    /// The market is sound again, at the prices of its source.
    package func reset() {
        fault.withLock { $0 = nil }
        scales.withLock { $0 = [:] }
    }

    /// From now on the market does this; nil ends what can end.
    ///
    /// Prices that were scaled stay so.
    package func set(_ new: MarketFault?) {
        if case .scaled(let factor, let products) = new {
            scales.withLock { scales in
                for product in products {
                    scales[product] = (scales[product] ?? 1) * factor
                }
            }
        }
        fault.withLock { $0 = new }
    }
}

/// A market with faults on demand.
package struct FaultyMarket: MarketSource {
    private var base: any MarketSource
    private let control: MarketFaultSwitch
    private var last: [ProductID: MarketStep] = [:]

    /// Stands before a sound market.
    package init(_ base: any MarketSource, control: MarketFaultSwitch) {
        self.base = base
        self.control = control
    }

    package var products: [Product] { base.products }
    package var interval: Duration { base.interval }
    package var start: Instant { base.start }
    package var end: Instant? { base.end }
    package var hasWholeBooks: Bool { base.hasWholeBooks }

    package var history: [ProductID: [Candle]] {
        var history = base.history
        switch control.current {
        case .wild(let product):
            history[product] = history[product]?.map { $0.scaled(by: Self.swing(at: $0.start)) }
        case .still(let product): history[product] = history[product]?.dropLast(30)
        case .closed, .mute, .wide, .absurd, .scaled, nil: break
        }
        return history
    }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        var steps: [MarketStep] = []
        for step in try base.step(at: now) {
            guard var changed = try faulty(step, at: now) else { continue }
            changed.limit = step.limit
            last[step.product] = changed
            steps.append(changed)
        }
        return steps
    }

    private func faulty(
        _ step: MarketStep,
        at now: Instant
    ) throws(MoneyError) -> MarketStep? {
        let scale = control.scale(step.product)
        let sound = scale == 1 ? step : try step.scaled(bids: scale, asks: scale, products)
        switch control.current {
        case .closed(step.product):
            return MarketStep(product: step.product, status: .cancelOnly, book: nil, trades: [])
        case .mute(step.product): return nil
        case .still(step.product):
            guard let book = last[step.product]?.book ?? sound.book else { return sound }
            return MarketStep(
                product: step.product,
                status: .online,
                book: OrderBook(
                    product: step.product,
                    bids: book.bids,
                    asks: book.asks,
                    occurredAt: now
                ),
                trades: []
            )
        case .wide(step.product): return try sound.scaled(bids: 0.99, asks: 1.01, products)
        case .wild(step.product):
            let factor = Self.swing(at: now)
            return try sound.scaled(bids: factor, asks: factor, products)
        case .absurd(let products) where products.contains(step.product):
            return try sound.asking("99999999999999999999")
        case .closed, .mute, .still, .wide, .wild, .absurd, .scaled, nil: return sound
        }
    }

    private static func swing(at now: Instant) -> Double {
        now.floor(to: .seconds(3_600)).nanoseconds / 3_600_000_000_000 % 2 == 0 ? 1.06 : 1
    }
}

extension MarketStep {
    /// The step with all that is asked at one price.
    fileprivate func asking(_ text: String) throws(MoneyError) -> MarketStep {
        guard let book, let ask = book.asks.first else { return self }
        let price = try Price(text, product.quote)
        let asks = [BookLevel(price: price, quantity: ask.quantity)]
        let absurd = OrderBook(
            product: product,
            bids: book.bids,
            asks: asks,
            occurredAt: book.occurredAt
        )
        return MarketStep(product: product, status: status, book: absurd, trades: trades)
    }

    /// The step at other prices; what is traded moves with the middle.
    fileprivate func scaled(
        bids low: Double,
        asks high: Double,
        _ products: [Product]
    ) throws(MoneyError) -> MarketStep {
        guard let rules = products.first(where: { $0.id == product }) else { return self }
        // Away from the other side, so that rounding crosses nothing.
        func price(_ price: Price, _ side: Side) throws(MoneyError) -> Price {
            let (factor, rounding) = side == .buy ? (low, Rounding.down) : (high, Rounding.up)
            return try price.scaled(by: Rate(indicator: factor), rounding)
                .rounded(rounding, to: rules.priceIncrement)
        }
        func levels(_ levels: [BookLevel], _ side: Side) throws(MoneyError) -> [BookLevel] {
            var result: [BookLevel] = []
            for level in levels {
                let moved = try price(level.price, side)
                if result.last?.price != moved {
                    result.append(BookLevel(price: moved, quantity: level.quantity))
                }
            }
            return result
        }
        var moved: OrderBook?
        if let book {
            moved = OrderBook(
                product: product,
                bids: try levels(book.bids, .buy),
                asks: try levels(book.asks, .sell),
                occurredAt: book.occurredAt
            )
        }
        var prints: [Trade] = []
        for trade in trades {
            prints.append(
                Trade(
                    product: product,
                    price: try price(trade.price, trade.makerSide),
                    quantity: trade.quantity,
                    makerSide: trade.makerSide,
                    occurredAt: trade.occurredAt
                )
            )
        }
        return MarketStep(product: product, status: status, book: moved, trades: prints)
    }
}
