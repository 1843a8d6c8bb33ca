import Testing
import VigilExchange
import VigilMarkets
import VigilModel

/// What a market of candles shows and fills, against the candles that it is made of.
@Suite struct CandleModelTests {
    private static let begin = Instant(seconds: 1_767_571_200)

    private func candle(
        _ minute: Int,
        _ prices: (Double, Double, Double, Double),
        _ volume: Double
    ) -> Candle {
        Candle(
            start: Self.begin + .seconds(60 * minute),
            open: prices.0,
            high: prices.1,
            low: prices.2,
            close: prices.3,
            volume: volume
        )
    }

    private func market(
        _ candles: [Candle],
        _ path: CandlePath = .pessimistic,
        seed: UInt64 = 1
    ) throws -> RecordedMarket {
        let id = try #require(ProductID("BTC-USD"))
        let recording = Recording(spec: try ProductSpec(id, tier: 2), candles: candles)
        return RecordedMarket([recording], seed: seed, model: CandleModel(path: path))
    }

    /// Ten quiet minutes of history, and then these.
    private func played(_ minutes: [Candle?]) -> [Candle] {
        let history = (0..<10).map { candle($0, (100, 100, 100, 100), 12) }
        return history + minutes.compactMap(\.self)
    }

    private func steps(_ market: RecordedMarket, minute: Int) throws -> [MarketStep] {
        var market = market
        return try (0..<12).flatMap { step in
            try market.step(at: Self.begin + .seconds(60 * minute + 5 * step))
        }
    }

    @Test(arguments: [
        (CandlePath.pessimistic, [100.0, 90, 110, 90, 105], [0, 3, 6, 9, 11], 7),
        (.olhc, [100, 90, 110, 105], [0, 3, 7, 11], 0),
        (.ohlc, [100, 110, 90, 105], [0, 3, 7, 11], 0),
    ])
    func `a path turns where its name says`(
        path: CandlePath,
        prices: [Double],
        places: [Int],
        waits: Int
    ) {
        var random = SeededRandom(seed: 1)
        let candle = candle(0, (100, 110, 90, 105), 12)
        let way = path.prices(in: candle, steps: 12, &random)
        #expect(places.map { way.prices[$0] } == prices)
        #expect(way.waitsBefore == waits)
        #expect(way.prices.count == 12)
        #expect(way.prices.min() == 90 && way.prices.max() == 110)
        // As finely as a simulator of real time plays it, no turn is lost either.
        let fine = path.prices(in: candle, steps: 240, &random).prices
        #expect(fine.first == 100 && fine.last == 105)
        #expect(fine.min() == 90 && fine.max() == 110)
    }

    @Test func `a seeded path takes both ways`() {
        var random = SeededRandom(seed: 3)
        let candle = candle(0, (100, 110, 90, 105), 12)
        let lowFirst = (0..<50).count { _ in
            let prices = CandlePath.seeded.prices(in: candle, steps: 12, &random).prices
            return prices[3] == 90
        }
        #expect((10...40).contains(lowFirst))
    }

    @Test(arguments: CandlePath.allCases)
    func `the prints of a minute are its candle, and no print leaves it`(path: CandlePath) throws {
        let minute = candle(10, (100.01, 100.37, 99.83, 100.2), 1.23456789)
        let market = try market(played([minute, candle(11, (100, 100, 100, 100), 1)]), path)
        let trades = try steps(market, minute: 10).flatMap(\.trades)
        let prices = trades.map(\.price.indicator)
        #expect(prices.first == 100.01 && prices.last == 100.2)
        #expect(prices.min() == 99.83 && prices.max() == 100.37)
        var volume = Quantity.zero
        for trade in trades { volume = try volume + trade.quantity }
        #expect(volume == (try Quantity("1.23456789")))
    }

    @Test func `the best bid is the price at the low, the best ask at the high`() throws {
        let minute = candle(10, (100, 101, 99, 100), 12)
        let books = try steps(market(played([minute, minute])), minute: 10).compactMap(\.book)
        #expect(books[3].bids.first?.price.description == "99")
        #expect(books[6].asks.first?.price.description == "101")
        // The spread of its tier is 8 basis points.
        #expect(books.allSatisfy { $0.asks[0].price.indicator - $0.bids[0].price.indicator > 0.07 })
    }

    @Test func `a tenth of a minute's volume may fill us, and buys wait until the high was seen`()
        throws
    {
        let minute = candle(10, (100, 101, 99, 100), 1.017)
        let limits = try steps(market(played([minute, minute])), minute: 10).compactMap(\.limit)
        #expect(Set(limits.map(\.quantity)) == [try Quantity("0.1017")])
        #expect(
            limits.map(\.waiting) == Array(repeating: .buy, count: 7)
                + Array(repeating: nil, count: 5)
        )
    }

    @Test func `before the high was seen, a buy that takes pays the open at least`() throws {
        let minute = candle(10, (100, 101, 99, 100), 12)
        let limits = try steps(market(played([minute, minute])), minute: 10).compactMap(\.limit)
        let least = limits.map { $0.leastTaken?.description }
        #expect(least == Array(repeating: "100", count: 7) + Array(repeating: nil, count: 5))
        let plain = try steps(market(played([minute, minute]), .olhc), minute: 10)
        #expect(plain.compactMap(\.limit).allSatisfy { $0.leastTaken == nil && $0.waiting == nil })
    }

    @Test func `numbers that no market has end no process`() throws {
        let absurd = candle(10, (9e11, 9e11, 9e11, 9e11), 9e11)
        let tiny = candle(11, (1e-12, 1e-12, 1e-12, 1e-12), 9e11)
        var market = try market(played([absurd, tiny, tiny]))
        for step in 0..<36 {
            // What cannot be held is an error, and no trap.
            _ = try? market.step(at: Self.begin + .seconds(600 + 5 * step))
        }
    }

    @Test func `a minute that is missing keeps its quote and fills nothing`() throws {
        var market = try market(
            played([
                candle(10, (100, 101, 99, 100.5), 12), nil, candle(12, (100, 100, 100, 100), 12),
            ])
        )
        var last: MarketStep?
        for step in 0..<12 {
            last = try market.step(at: Self.begin + .seconds(600 + 5 * step)).first
        }
        let still = try #require(try market.step(at: Self.begin + .seconds(660)).first)
        #expect(still.book?.bids == last?.book?.bids && still.book?.asks == last?.book?.asks)
        #expect(still.book?.occurredAt == Self.begin + .seconds(660))
        #expect(still.trades.isEmpty)
        #expect(still.limit?.quantity == .zero)
        #expect(try market.step(at: Self.begin + .seconds(720)).first?.trades.isEmpty == false)
        // Behind the last candle nothing fills, and after that is said nothing is heard.
        let over = try #require(try market.step(at: Self.begin + .seconds(780)).first)
        #expect(over.book == nil && over.trades.isEmpty && over.limit?.quantity == .zero)
        #expect(try market.step(at: Self.begin + .seconds(785)).isEmpty)
    }

    @Test func `what rests in the book follows what was traded`() throws {
        func depth(_ volume: Double) throws -> Double {
            let minutes = (0..<70).map { candle($0, (100, 100, 100, 100), volume) }
            let book = try #require(try steps(market(minutes), minute: 60).first?.book)
            return book.bids.reduce(0) { $0 + $1.quantity.indicator }
        }
        let (thin, thick) = (try depth(1), try depth(100))
        #expect(abs(thick / thin - 100) < 0.01)
    }
}
