import VigilModel

/// Turns a price on the tick grid into a book of ten levels a side, and volume into prints.
struct BookMaker: Sendable {
    static let levels = 10

    let id: ProductID
    let tick: Int128
    let tickSize: Double
    let increment: Int128
    let incrementSize: Double
    let spec: ProductSpec

    init(_ spec: ProductSpec) {
        self.spec = spec
        id = spec.product.id
        tick = spec.product.priceIncrement.raw
        tickSize = spec.product.priceIncrement.indicator
        increment = spec.product.baseIncrement.raw
        incrementSize = spec.product.baseIncrement.indicator
    }

    /// A book around a middle price; `stress` above 1 widens the spread and thins the levels.
    func book(
        middle: Double,
        stress: Double,
        at now: Instant,
        _ random: inout SeededRandom
    ) throws(MoneyError) -> OrderBook {
        let spread = middle * spec.spreadBPS / 10_000 * stress
        let ticks = max(1, Int128((spread / tickSize).rounded()))
        let bid = max(1, Int128(((middle - spread / 2) / tickSize).rounded(.down)))
        return try book(bid, ticks, touch: spec.touchNotional / stress, at: now, &random)
    }

    /// A book from its best bid and its spread in ticks; `touch` is what rests at each best price.
    ///
    /// **Units**: `touch` in the quote currency.
    func book(
        _ bid: Int128,
        _ spread: Int128,
        touch: Double,
        at now: Instant,
        _ random: inout SeededRandom
    ) throws(MoneyError) -> OrderBook {
        let gap = max(1, spread / 2)
        var bids: [BookLevel] = []
        var asks: [BookLevel] = []
        bids.reserveCapacity(Self.levels)
        asks.reserveCapacity(Self.levels)
        for level in 0..<Self.levels {
            let distance = Int128(level) * gap
            let notional = touch * (1 + 0.5 * Double(level))
            if bid > distance {
                bids.append(try self.level(bid - distance, notional * (0.4 + 1.2 * random.unit())))
            }
            let ask = bid + spread + distance
            asks.append(try self.level(ask, notional * (0.4 + 1.2 * random.unit())))
        }
        return OrderBook(product: id, bids: bids, asks: asks, occurredAt: now)
    }

    /// Prints at a book's touch; `upward` is the chance that a print lifted the ask.
    func trades(
        notional: Double,
        upward: Double,
        _ book: OrderBook,
        at now: Instant,
        _ random: inout SeededRandom
    ) throws(MoneyError) -> [Trade] {
        guard let bid = book.bids.first, let ask = book.asks.first else { return [] }
        var trades: [Trade] = []
        for _ in 0..<2 {
            let lifts = random.unit() < upward
            let price = lifts ? ask.price : bid.price
            let size = notional * random.unit() / price.indicator
            let units = Int128((size / incrementSize).rounded(.down))
            guard units > 0 else { continue }
            trades.append(
                Trade(
                    product: id,
                    price: price,
                    quantity: try Quantity(raw: units * increment),
                    makerSide: lifts ? .sell : .buy,
                    occurredAt: now
                )
            )
        }
        return trades
    }

    private func level(_ ticks: Int128, _ notional: Double) throws(MoneyError) -> BookLevel {
        let price = try Price(raw: ticks * tick, currency: id.quote)
        // A number that no book has is not converted, which would end the process.
        let size = min((notional / price.indicator / incrementSize).rounded(.down), 1e20)
        let units = Int128(size)
        return BookLevel(price: price, quantity: try Quantity(raw: max(1, units) * increment))
    }
}
