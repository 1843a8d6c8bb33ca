import VigilExchange
import VigilModel

/// What everybody sees: products, prints, candles and displayed books.
struct SimMarket: Sendable {
    private(set) var source: any MarketSource
    private(set) var listings: [ProductID: Listing] = [:]
    private(set) var tapes: [ProductID: Tape] = [:]
    private(set) var ladders: [ProductID: Ladder] = [:]
    private var nextStep: Instant
    private let levelsMax: Int

    /// Opens the market; at most `depth` levels a side lie behind each touch.
    init(_ source: any MarketSource, depth: Int) throws(MoneyError) {
        self.source = source
        nextStep = source.start
        levelsMax = depth + 20
        for (index, product) in source.products.enumerated() {
            listings[product.id] = try Listing(product)
            let history = source.history[product.id] ?? []
            // **Source**: trade numbers are integers in text, a sequence for each product.
            tapes[product.id] = Tape(history: history, firstNumber: 1_000_000 * (index + 1))
            ladders[product.id] = Ladder()
        }
    }

    /// The products in a fixed order.
    var products: [ProductID] { listings.keys.sorted() }

    /// True where a step is due.
    func isDue(at now: Instant) -> Bool {
        nextStep <= now && (source.end.map { nextStep < $0 } ?? true)
    }

    /// The steps that are due; what was slept through by more than `stepsMax` is left out, on the
    /// source's own grid.
    mutating func steps(until now: Instant, stepsMax: Int) throws(MoneyError) -> [MarketStep] {
        let interval = source.interval
        let slept = (now - nextStep).nanoseconds / interval.nanoseconds
        if slept >= Int64(stepsMax) {
            nextStep = nextStep + .nanoseconds((slept - Int64(stepsMax) + 1) * interval.nanoseconds)
        }
        var steps: [MarketStep] = []
        while isDue(at: now) {
            steps += try source.step(at: nextStep)
            nextStep = nextStep + interval
        }
        return steps
    }

    /// Takes a print into the tape.
    mutating func record(_ trade: Trade) {
        tapes[trade.product]?.add(trade)
    }

    /// Takes a book and the account's own orders into the displayed one.
    mutating func show(_ book: OrderBook, own: [Side: [Price: Quantity]]) -> [Ladder.Change] {
        ladders[book.product]?.update(book, own: own) ?? []
    }

    /// The last price: that of the last print, or the last candle's before there was one.
    func lastPrice(_ product: ProductID) -> Price? {
        if let print = tapes[product]?.prints.last { return print.trade.price }
        guard let close = tapes[product]?.last?.close else { return nil }
        return price(close, product)
    }

    /// An indicator's price on the product's grid.
    func price(_ indicator: Double, _ product: ProductID) -> Price? {
        guard let increment = listings[product]?.product.priceIncrement else { return nil }
        let ticks = Int128((indicator / increment.indicator).rounded())
        return try? Price(raw: ticks * increment.raw, currency: product.quote)
    }

    /// An indicator's volume on the product's grid.
    func volume(_ indicator: Double, _ product: ProductID) -> Quantity {
        guard let increment = listings[product]?.product.baseIncrement else { return .zero }
        let units = Int128((indicator / increment.indicator).rounded())
        return (try? Quantity(raw: units * increment.raw)) ?? .zero
    }

    /// A whole book: the touch, and behind it what lay there before; orders trade against all of it.
    func whole(_ touch: OrderBook, over old: OrderBook?) -> OrderBook {
        guard !source.hasWholeBooks else { return touch }
        var whole = touch
        if let worst = touch.bids.last?.price {
            whole.bids += (old?.bids ?? []).drop { $0.price >= worst }
        }
        if let worst = touch.asks.last?.price {
            whole.asks += (old?.asks ?? []).drop { $0.price <= worst }
        }
        whole.bids.removeLast(max(0, whole.bids.count - levelsMax))
        whole.asks.removeLast(max(0, whole.asks.count - levelsMax))
        return whole
    }

    /// What lies far from the touch when the venue opens: `depth` levels a side with gaps of random width,
    /// down to half of the price and up as far.
    func far(
        _ depth: Int,
        of product: Product,
        at now: Instant
    ) throws(MoneyError) -> OrderBook {
        var book = OrderBook(product: product.id, bids: [], asks: [], occurredAt: now)
        guard let middle = tapes[product.id]?.last?.close, depth > 0 else { return book }
        var random = SeededRandom(seed: UInt64(depth))
            .forked(UInt64(tapes[product.id]?.lastNumber ?? 0))
        let tick = product.priceIncrement
        let middleTicks = Int128((middle / tick.indicator).rounded())
        let gap = max(1, Int(middleTicks / 4) / depth)
        for direction: Int128 in [-1, 1] {
            var ticks = middleTicks
            for _ in 0..<depth {
                ticks += direction * Int128(random.integer(in: 1...max(1, 2 * gap - 1)))
                guard ticks > 0 else { break }
                let units = Int128(random.integer(in: 1...5_000_000))
                let level = BookLevel(
                    price: try Price(raw: ticks * tick.raw, currency: tick.currency),
                    quantity: try Quantity(raw: units * product.baseIncrement.raw)
                )
                if direction < 0 {
                    book.bids.append(level)
                } else {
                    book.asks.append(level)
                }
            }
        }
        return book
    }
}
