import Testing
import VigilModel

@testable import VigilCore

/// Only what is over is decided on: a candle whose span runs is shown to nobody.
@Suite struct FormingCandleTests {
    private let start = Sample.now

    private func core() throws -> MarketDataCore {
        var core = MarketDataCore()
        _ = try core.handle(
            .productsListed(
                [Sample.product()],
                history: [Sample.btc: [Candle(start: start - .seconds(60), price: 90, volume: 3)]]
            ),
            at: start
        )
        return core
    }

    private func trade(_ price: String, _ quantity: String, at seconds: Int) throws -> Trade {
        Trade(
            product: Sample.btc,
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            makerSide: .buy,
            occurredAt: start + .seconds(seconds)
        )
    }

    private func view(_ core: inout MarketDataCore, at seconds: Int) throws -> ProductView? {
        let now = start + .seconds(seconds)
        for case .reply(_, let snapshot) in try core.handle(.snapshotRequested(cycle: 1), at: now) {
            return snapshot.products[Sample.btc]
        }
        return nil
    }

    private func closes(_ core: inout MarketDataCore, at seconds: Int) throws -> [Double] {
        try view(&core, at: seconds)?.candles.map(\.close) ?? []
    }

    /// The same prints from an embedded market and from a feed.
    private func tell(
        _ core: inout MarketDataCore,
        isFeed: Bool,
        _ trades: [Trade]
    ) throws {
        let last = trades.last?.occurredAt ?? start
        let prints = trades.map {
            PrintedTrade(number: $0.occurredAt.nanoseconds / 1_000_000_000, trade: $0)
        }
        _ = try core.handle(
            isFeed
                ? .feedReported(.tradesPrinted(prints))
                : .marketMoved(Sample.btc, .online, book: nil, trades: trades),
            at: last
        )
    }

    @Test(arguments: [false, true])
    func `a print of this minute is in no candle before the minute is over`(isFeed: Bool) throws {
        var core = try core()
        try tell(&core, isFeed: isFeed, [trade("100", "1", at: 10)])
        #expect(try closes(&core, at: 30) == [90])
        #expect(try closes(&core, at: 59) == [90])
        #expect(try closes(&core, at: 60) == [90, 100])
        try tell(&core, isFeed: isFeed, [trade("110", "1", at: 61)])
        #expect(try closes(&core, at: 119) == [90, 100])
        #expect(try closes(&core, at: 120) == [90, 100, 110])
    }

    @Test func `a candle is what was printed in its minute, first to last`() throws {
        var core = try core()
        try tell(
            &core,
            isFeed: false,
            [
                trade("100", "1", at: 0), trade("120", "2", at: 20), trade("80", "4", at: 40),
                trade("110", "8", at: 59), trade("500", "16", at: 60),
            ]
        )
        let candle = try #require(try view(&core, at: 60)?.candles.last)
        let expected = Candle(
            start: start,
            open: 100,
            high: 120,
            low: 80,
            close: 110,
            volume: 15
        )
        #expect(candle == expected)
    }

    @Test func `minutes without a print repeat the last close without volume`() throws {
        var core = try core()
        try tell(&core, isFeed: false, [trade("100", "1", at: 10), trade("120", "2", at: 190)])
        let candles = try #require(try view(&core, at: 240)?.candles)
        #expect(candles.map(\.close) == [90, 100, 100, 100, 120])
        #expect(candles.map(\.volume) == [3, 1, 0, 0, 2])
        #expect(candles.map(\.start) == (-1...3).map { start + .seconds(60 * $0) })
    }

    @Test func `of the venue's own candles the one that runs is left out`() throws {
        var core = try core()
        let read = [
            Candle(start: start - .seconds(60), price: 91, volume: 1),
            Candle(start: start, price: 101, volume: 1),
            Candle(start: start + .seconds(60), price: 999, volume: 1),
        ]
        let now = start + .seconds(90)
        _ = try core.handle(.feedReported(.candlesRead(Sample.btc, length: .minute, read)), at: now)
        #expect(try closes(&core, at: 90) == [91, 101])
    }

    @Test func `an hour that runs is no hour yet`() throws {
        var core = try core()
        try tell(&core, isFeed: true, [trade("100", "1", at: 10)])
        #expect(try view(&core, at: 1_800)?.hours.isEmpty == true)
        try tell(&core, isFeed: true, [trade("120", "1", at: 3_601)])
        #expect(try view(&core, at: 3_602)?.hours.map(\.close) == [100])
        let read = [
            Candle(start: start - .seconds(3_600), price: 70, volume: 1),
            Candle(start: start + .seconds(3_600), price: 999, volume: 1),
        ]
        let now = start + .seconds(5_400)
        _ = try core.handle(.feedReported(.candlesRead(Sample.btc, length: .hour, read)), at: now)
        #expect(try view(&core, at: 5_400)?.hours.map(\.close) == [70, 100])
    }

    @Test func `a middle makes a candle's price and no volume, a first book none at all`() throws {
        var core = try core()
        func move(_ bid: String, _ ask: String, at seconds: Int) throws {
            let now = start + .seconds(seconds)
            let quote = try Sample.quote(bid, ask, at: now)
            let book = OrderBook(
                product: Sample.btc,
                bids: [BookLevel(price: quote.bid, quantity: quote.bidQuantity)],
                asks: [BookLevel(price: quote.ask, quantity: quote.askQuantity)],
                occurredAt: now
            )
            _ = try core.handle(.marketMoved(Sample.btc, .online, book: book, trades: []), at: now)
        }
        try move("99", "101", at: 1)
        try move("99", "101", at: 61)
        #expect(try closes(&core, at: 120) == [90])
        try move("101", "103", at: 121)
        #expect(try closes(&core, at: 150) == [90])
        let last = try #require(try view(&core, at: 180)?.candles.last)
        #expect(last == Candle(start: start + .seconds(120), price: 102, volume: 0))
    }
}
