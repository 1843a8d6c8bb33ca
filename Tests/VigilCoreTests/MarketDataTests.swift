import Testing
import VigilCore
import VigilModel

@Suite struct MarketDataTests {
    static let start = Instant(seconds: 1_767_571_200)
    static let product = LevelBookTests.product

    static func core() throws -> MarketDataCore {
        let rules = try Product(
            id: product,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
        var core = MarketDataCore()
        _ = try core.handle(.productsListed([rules], history: [:]), at: start)
        return core
    }

    static func book(
        _ core: inout MarketDataCore,
        at now: Instant
    ) throws -> [MarketDataCore.Effect] {
        let levels: [(Bool, Int, Int)] = [(true, 9_900, 1), (false, 10_100, 1)]
        let change = LevelBookTests.change(
            levels,
            snapshot: true,
            at: now.nanoseconds / 1_000_000_000
        )
        return try core.handle(.feedReported(.bookChanged(change, receivedAt: now)), at: now)
    }

    static func prints(_ price: Int, _ numbers: ClosedRange<Int64>) throws -> [PrintedTrade] {
        try numbers.map { number in
            PrintedTrade(
                number: number,
                trade: Trade(
                    product: product,
                    price: try Price(raw: Int128(price) * FixedPoint.one, currency: .usd),
                    quantity: try Quantity("1"),
                    makerSide: .buy,
                    occurredAt: start + .seconds(number * 5)
                )
            )
        }
    }

    static func quote(_ core: inout MarketDataCore, at now: Instant) throws -> Quote? {
        for case .reply(_, let snapshot) in try core.handle(.snapshotRequested(cycle: 1), at: now) {
            return snapshot.products[product]?.quote
        }
        return nil
    }

    static func dropped(_ effects: [MarketDataCore.Effect]) -> FeedTrouble? {
        for case .dropFeed(_, let trouble, _) in effects {
            return trouble
        }
        return nil
    }

    @Test func `a book gives a quote, which is as fresh as the connection, until the feed is lost`()
        throws
    {
        var core = try Self.core()
        #expect(try Self.quote(&core, at: Self.start) == nil)
        _ = try Self.book(&core, at: Self.start)
        #expect(try Self.quote(&core, at: Self.start)?.occurredAt == Self.start)
        let later = Self.start + .seconds(40)
        _ = try core.handle(.feedReported(.heartbeat([Self.product], receivedAt: later)), at: later)
        #expect(try Self.quote(&core, at: later)?.occurredAt == later)
        let lost = try core.handle(.feedReported(.booksLost([Self.product], .gap)), at: later)
        #expect(try Self.quote(&core, at: later) == nil)
        guard case .readCandles(Self.product, .minute, _)? = lost.last else {
            Issue.record("the candles of the gap are not asked for")
            return
        }
        // A heartbeat alone brings nothing back.
        _ = try core.handle(.feedReported(.heartbeat([Self.product], receivedAt: later)), at: later)
        #expect(try Self.quote(&core, at: later) == nil)
    }

    @Test func `a book that the venue dates into the future is no fresher than we saw it`() throws {
        var core = try Self.core()
        let levels: [(Bool, Int, Int)] = [(true, 99, 1), (false, 101, 1)]
        let change = LevelBookTests.change(levels, snapshot: true, at: 1_900_000_000)
        _ = try core.handle(
            .feedReported(.bookChanged(change, receivedAt: Self.start)),
            at: Self.start
        )
        #expect(try Self.quote(&core, at: Self.start)?.occurredAt == Self.start)
    }

    @Test func `a crossed book drops the feed`() throws {
        var core = try Self.core()
        _ = try Self.book(&core, at: Self.start)
        let change = LevelBookTests.change([(true, 10_200, 1)])
        let effects = try core.handle(
            .feedReported(.bookChanged(change, receivedAt: Self.start)),
            at: Self.start
        )
        #expect(Self.dropped(effects) == .badBook)
        #expect(try Self.quote(&core, at: Self.start) == nil)
    }

    @Test
    func `prints outside of the book for half a minute find out a book that stands elsewhere`()
        throws
    {
        var core = try Self.core()
        _ = try Self.book(&core, at: Self.start)
        // A sweep is no reason, and neither are prints that come back.
        #expect(
            Self.dropped(
                try core.handle(
                    .feedReported(.tradesPrinted(Self.prints(10_300, 1...5))),
                    at: Self.start + .seconds(200)
                )
            ) == nil
        )
        #expect(
            Self.dropped(
                try core.handle(
                    .feedReported(.tradesPrinted(Self.prints(10_000, 6...6))),
                    at: Self.start + .seconds(200)
                )
            ) == nil
        )
        #expect(
            Self.dropped(
                try core.handle(
                    .feedReported(.tradesPrinted(Self.prints(10_300, 7...12))),
                    at: Self.start + .seconds(200)
                )
            ) == nil
        )
        #expect(
            Self.dropped(
                try core.handle(
                    .feedReported(.tradesPrinted(Self.prints(10_300, 13...20))),
                    at: Self.start + .seconds(200)
                )
            ) == .frozen
        )
    }

    @Test
    func
        `a price that moves while the book does not finds out a frozen feed, and an old price does not`()
        throws
    {
        var core = try Self.core()
        func look(_ price: String) throws -> FeedTrouble? {
            let prices = [Self.product: try Price(price, .usd)]
            return Self.dropped(try core.handle(.feedReported(.pricesRead(prices)), at: Self.start))
        }
        _ = try Self.book(&core, at: Self.start)
        #expect(try look("5000") == nil)
        #expect(try look("5000") == nil)
        _ = try Self.book(&core, at: Self.start + .seconds(1))
        #expect(try look("5001") == nil)
        #expect(try look("5002") == .frozen)
        // Whether its feed is dropped or not, it is not used any more.
        #expect(try Self.quote(&core, at: Self.start) == nil)
    }

    @Test func `each print counts once, makes candles, and is shown to the paper venue`() throws {
        var core = try Self.core()
        _ = try Self.book(&core, at: Self.start)
        func shown(_ effects: [MarketDataCore.Effect]) -> Int {
            effects.reduce(0) { count, effect in
                if case .moveVenue(let move) = effect { count + move.trades.count } else { count }
            }
        }
        let prints = try Self.prints(10_000, 1...20)
        #expect(
            shown(
                try core.handle(
                    .feedReported(.tradesPrinted(prints)),
                    at: Self.start + .seconds(200)
                )
            ) == 20
        )
        #expect(
            shown(
                try core.handle(
                    .feedReported(.tradesPrinted(prints)),
                    at: Self.start + .seconds(200)
                )
            ) == 0
        )
        let later = Self.start + .seconds(300)
        for case .reply(_, let snapshot) in try core.handle(.snapshotRequested(cycle: 1), at: later)
        {
            let candles = snapshot.products[Self.product]?.candles ?? []
            #expect(candles.map(\.volume) == [11, 9])
        }
    }
}
