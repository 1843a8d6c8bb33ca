import VigilExchange
import VigilModel

/// One product's recorded minutes on their way through a market.
struct RecordedTrack: Sendable {
    /// The span whose mean volume says how deep the book is.
    private static let depthMinutes = 60

    private let maker: BookMaker
    private let candles: [Candle]
    private let model: CandleModel
    private let steps: Int
    /// The first candle that is not over.
    private(set) var next: Int
    private var random: SeededRandom
    private var played: Played?
    private var lastBook: OrderBook?

    /// What one minute is played by.
    private struct Played: Sendable {
        let start: Instant
        /// Nil where the minute is missing.
        let candle: Candle?
        var prices: [Double] = []
        var waitsBefore = 0
        /// The opening price, on the product's grid.
        var open: Price?
        /// Everything that trades, in base increments.
        var units: Int128 = 0
        /// What may fill our orders.
        var share = Quantity.zero
        /// What rests at each best price, in the quote currency.
        var touch = 0.0
    }

    init(
        _ recording: Recording,
        from start: Instant,
        model: CandleModel,
        steps: Int,
        random: SeededRandom
    ) {
        maker = BookMaker(recording.spec)
        candles = recording.candles
        next = candles.firstIndex { $0.start >= start } ?? 0
        (self.model, self.steps, self.random) = (model, steps, random)
    }

    /// The market's move; nil before the first candle, and after the last but for the word that nothing fills any more.
    mutating func step(
        _ step: Int,
        of minute: Instant,
        at now: Instant
    ) throws(MoneyError) -> MarketStep? {
        if played?.start != minute { try begin(minute) }
        guard next < candles.count, let minute = played else { return ended(minute) }
        guard let candle = minute.candle else { return still(minute, at: now) }
        let (low, high) = ticks(candle)
        let price = onGrid(minute.prices[step], low, high)
        let book = try book(price, low, high, minute, at: now)
        lastBook = book
        let trade = try trade(price, step, minute, at: now)
        var move = MarketStep(
            product: maker.id,
            status: .online,
            book: book,
            trades: trade.map { [$0] } ?? []
        )
        let waits = step < minute.waitsBefore
        move.limit = FillLimit(
            candle: candle.start,
            quantity: minute.share,
            waiting: waits ? .buy : nil,
            leastTaken: waits ? minute.open : nil
        )
        return move
    }

    private mutating func begin(_ minute: Instant) throws(MoneyError) {
        while next < candles.count, candles[next].start < minute { next += 1 }
        guard next < candles.count, candles[next].start == minute else {
            played = Played(start: minute, candle: nil)
            return
        }
        let candle = candles[next]
        let way = model.path.prices(in: candle, steps: steps, &random)
        // What was written in whole increments is off them by the rounding of its binary form alone.
        func whole(_ volume: Double) -> Int128 {
            Int128((volume / maker.incrementSize + 1e-6).rounded(.down))
        }
        // A minute's mean by what was traded within the hour, as a part of it that is usual for the tier.
        let since = minute + .seconds(-60 * Self.depthMinutes)
        let traded = candles[max(0, next - Self.depthMinutes)...next]
            .reduce(0.0) { $1.start > since ? $0 + $1.volume * $1.close : $0 }
        let usual = maker.spec.touchNotional * 1_440 / maker.spec.dailyNotional
        played = Played(
            start: minute,
            candle: candle,
            prices: way.prices,
            waitsBefore: way.waitsBefore,
            open: try price(candle.open, of: candle),
            units: whole(candle.volume),
            share: try Quantity(raw: whole(candle.volume * model.volumeShare) * maker.increment),
            touch: traded / Double(Self.depthMinutes) * usual
        )
    }

    /// The quote stands, and nothing can be had at it.
    private func still(_ minute: Played, at now: Instant) -> MarketStep? {
        guard let last = lastBook else { return nil }
        let book = OrderBook(
            product: last.product,
            bids: last.bids,
            asks: last.asks,
            occurredAt: now
        )
        var move = MarketStep(product: maker.id, status: .online, book: book, trades: [])
        move.limit = FillLimit(candle: minute.start, quantity: .zero)
        return move
    }

    /// Once behind the last candle: what is left of its share is not to be had for ever.
    private mutating func ended(_ minute: Instant) -> MarketStep? {
        guard lastBook != nil else { return nil }
        lastBook = nil
        var move = MarketStep(product: maker.id, status: .online, book: nil, trades: [])
        move.limit = FillLimit(candle: minute, quantity: .zero)
        return move
    }

    /// The candle's range on the product's grid, never empty.
    private func ticks(_ candle: Candle) -> (low: Int128, high: Int128) {
        // A price that was written on the grid is off it by the rounding of its binary form alone.
        let low = max(1, Int128((candle.low / maker.tickSize - 1e-6).rounded(.up)))
        return (low, max(low, Int128((candle.high / maker.tickSize + 1e-6).rounded(.down))))
    }

    private func onGrid(_ price: Double, _ low: Int128, _ high: Int128) -> Int128 {
        min(high, max(low, Int128((price / maker.tickSize).rounded())))
    }

    private func price(_ indicator: Double, of candle: Candle) throws(MoneyError) -> Price {
        let (low, high) = ticks(candle)
        let ticks = onGrid(indicator, low, high)
        return try Price(raw: ticks * maker.tick, currency: maker.id.quote)
    }

    /// At the low the price is the best bid, at the high the best ask.
    private mutating func book(
        _ price: Int128,
        _ low: Int128,
        _ high: Int128,
        _ minute: Played,
        at now: Instant
    ) throws(MoneyError) -> OrderBook {
        let spread = max(1, Int128((Double(price) * maker.spec.spreadBPS / 10_000).rounded()))
        let place = high > low ? Double(price - low) / Double(high - low) : 0.5
        let bid = max(1, price - Int128((Double(spread) * place).rounded()))
        return try maker.book(bid, spread, touch: minute.touch, at: now, &random)
    }

    private func trade(
        _ price: Int128,
        _ step: Int,
        _ minute: Played,
        at now: Instant
    ) throws(MoneyError) -> Trade? {
        let (done, whole) = (Int128(step), Int128(steps))
        let units = minute.units * (done + 1) / whole - minute.units * done / whole
        guard units > 0 else { return nil }
        let before = step > 0 ? minute.prices[step - 1] : minute.prices[step]
        return Trade(
            product: maker.id,
            price: try Price(raw: price * maker.tick, currency: maker.id.quote),
            quantity: try Quantity(raw: units * maker.increment),
            makerSide: minute.prices[step] > before ? .sell : .buy,
            occurredAt: now
        )
    }
}
