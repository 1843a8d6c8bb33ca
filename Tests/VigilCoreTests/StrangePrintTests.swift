import Testing
import VigilCore
import VigilModel

/// How a book is found out that stands still or elsewhere, and what an embedded market tells.
@Suite struct StrangePrintTests {
    private let start = MarketDataTests.start
    private let product = MarketDataTests.product

    /// Prints at a price, so many seconds apart.
    private func prints(
        _ price: String,
        _ count: Int,
        every step: Double,
        from number: Int64 = 1,
        at first: Double = 0
    ) throws -> [PrintedTrade] {
        try (0..<count).map { place in
            PrintedTrade(
                number: number + Int64(place),
                trade: try trade(price, at: first + step * Double(place))
            )
        }
    }

    private func trade(
        _ price: String,
        _ quantity: String = "1",
        at seconds: Double
    ) throws -> Trade {
        Trade(
            product: product,
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            makerSide: .buy,
            occurredAt: start + .nanoseconds(Int64(seconds * 1_000_000_000))
        )
    }

    private func drop(_ effects: [MarketDataCore.Effect]) -> String? {
        for case .dropFeed(_, .frozen, let detail) in effects { return detail }
        return nil
    }

    /// Why a book of 9,900 to 10,100 is dropped after prints; nil where it is not.
    private func drop(after prints: [PrintedTrade], seenAt seconds: Int = 0) throws -> String? {
        var core = try MarketDataTests.core()
        _ = try MarketDataTests.book(&core, at: start + .seconds(seconds))
        let report = FeedReport.tradesPrinted(prints)
        return drop(try core.handle(.feedReported(report), at: start + .seconds(500)))
    }

    @Test func `ten prints outside of the book over half a minute find it out, and no fewer`()
        throws
    {
        let detail = "USD-USD trades at 10300, the book says 9900 / 10100"
        #expect(try drop(after: prints("10300", 10, every: 3.4)) == detail)
        #expect(try drop(after: prints("10300", 9, every: 10)) == nil)
        #expect(try drop(after: prints("10300", 10, every: 3.333)) == nil, "it may be a sweep")
        // The eleventh comes half a minute after the first.
        #expect(try drop(after: prints("10300", 11, every: 3)) == detail)
        #expect(try drop(after: prints("10300", 10, every: 3)) == nil)
    }

    @Test(arguments: [
        ("9890", true), ("9890.09", true), ("9890.11", false), ("9900", false), ("9905", false),
        ("10100", false), ("10110", false), ("10110.2", true),
    ])
    func `a print is outside where it is a thousandth beyond the book`(
        price: String,
        isOutside: Bool
    ) throws {
        #expect(try (drop(after: prints(price, 12, every: 5)) != nil) == isOutside)
    }

    @Test func `a print inside begins the count anew`() throws {
        let far = try prints("10300", 9, every: 5)
        let near = try prints("10000", 1, every: 5, from: 10, at: 45)
        let more = try prints("10300", 9, every: 5, from: 11, at: 50)
        #expect(try drop(after: far + near + more) == nil)
        let last = try prints("10300", 1, every: 5, from: 20, at: 95)
        #expect(try drop(after: far + near + more + last) != nil)
    }

    @Test func `prints from before the book say nothing of it`() throws {
        #expect(try drop(after: prints("10300", 12, every: 5), seenAt: 100) == nil)
        #expect(try drop(after: prints("10300", 12, every: 5), seenAt: 5) != nil)
        #expect(try drop(after: prints("10300", 12, every: 5), seenAt: 20) == nil)
    }

    @Test func `a frozen book gives no quote, is told once, and may be found out again`() throws {
        var core = try MarketDataTests.core()
        func look(_ price: String, at seconds: Int) throws -> [String] {
            let prices = [product: try Price(price, .usd)]
            let effects = try core.handle(
                .feedReported(.pricesRead(prices)),
                at: start + .seconds(seconds)
            )
            return effects.map { effect in
                switch effect {
                case .reportFeed(_, let trouble): "feed \(trouble?.rawValue ?? "found")"
                case .dropFeed(_, let trouble, let detail): "\(trouble.rawValue): \(detail)"
                default: "?"
                }
            }
        }
        #expect(try look("100", at: 0).isEmpty, "there is no book")
        _ = try MarketDataTests.book(&core, at: start)
        #expect(try look("101", at: 1).isEmpty)
        #expect(
            try look("102", at: 2) == [
                "feed frozen", "frozen: USD-USD trades at 102, and its book has not changed",
            ]
        )
        #expect(try MarketDataTests.quote(&core, at: start) == nil)
        #expect(try look("103", at: 3).isEmpty)
        _ = try MarketDataTests.book(&core, at: start + .seconds(4))
        // What was read before it was lost is not compared with.
        #expect(try look("104", at: 5).isEmpty)
        #expect(try look("104", at: 6).isEmpty)
        #expect(try look("105", at: 7).count == 2)
    }

    // MARK: Embedded markets

    private func move(
        _ core: inout MarketDataCore,
        _ bid: String?,
        _ ask: String,
        at seconds: Int,
        _ status: TradingStatus = .online,
        _ trades: [Trade] = []
    ) throws -> [String] {
        func level(_ price: String) throws -> BookLevel {
            BookLevel(price: try Price(price, .usd), quantity: try Quantity("1"))
        }
        let book = OrderBook(
            product: product,
            bids: try bid.map { [try level($0)] } ?? [],
            asks: [try level(ask)],
            occurredAt: start + .seconds(seconds)
        )
        let event = MarketDataCore.Event.marketMoved(product, status, book: book, trades: trades)
        return try core.handle(event, at: start + .seconds(seconds)).map { effect in
            switch effect {
            case .publishQuote(let quote): "quote \(quote.bid) \(quote.ask)"
            case .publishProduct(let product): "product \(product.status.rawValue)"
            case .reportInvalidBook: "invalid"
            default: "?"
            }
        }
    }

    private func view(_ core: inout MarketDataCore, at seconds: Int) throws -> ProductView? {
        let now = start + .seconds(seconds)
        for case .reply(_, let snapshot) in try core.handle(.snapshotRequested(cycle: 1), at: now) {
            return snapshot.products[product]
        }
        return nil
    }

    @Test func `a step of an embedded market is a quote, and a status where that changed`() throws {
        var core = try MarketDataTests.core()
        #expect(try move(&core, "99", "101", at: 1) == ["quote 99 101"])
        #expect(
            try move(&core, "99", "101", at: 2, .limitOnly) == [
                "product limit_only", "quote 99 101",
            ]
        )
        #expect(try move(&core, nil, "101", at: 3, .limitOnly) == ["invalid"])
        #expect(try view(&core, at: 3)?.quote == nil)
        #expect(try move(&core, "102", "101", at: 4, .limitOnly) == ["invalid"], "it is crossed")
        #expect(try move(&core, "99", "101", at: 5, .limitOnly) == ["quote 99 101"])
        let seen = try #require(try view(&core, at: 5))
        #expect(seen.quote?.bid.description == "99")
        #expect(seen.feedTimes == nil && seen.hours.isEmpty)
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let event = MarketDataCore.Event.marketMoved(other, .online, book: nil, trades: [])
        #expect(try core.handle(event, at: start).isEmpty)
    }

    @Test func `either side of a book that moves makes a price, in the middle of both`() throws {
        for (bid, ask, middle) in [("98", "101", 99.5), ("99", "103", 101), ("97", "103", 100)] {
            var core = try MarketDataTests.core()
            _ = try move(&core, "99", "101", at: 1)
            _ = try move(&core, bid, ask, at: 2)
            #expect(try view(&core, at: 60)?.candles.map(\.close) == [middle])
        }
        var still = try MarketDataTests.core()
        _ = try move(&still, "99", "101", at: 1)
        _ = try move(&still, "99", "101", at: 2)
        #expect(try view(&still, at: 60)?.candles.isEmpty == true)
    }

    @Test func `an embedded market's prints make candles, and its depth is within 20 points`()
        throws
    {
        var core = try MarketDataTests.core()
        let trades = [try trade("100", "2", at: 1), try trade("104", "3", at: 2)]
        _ = try move(&core, "99.8", "100.2", at: 3, .online, trades)
        let seen = try #require(try view(&core, at: 60))
        let expected = Candle(
            start: start,
            open: 100,
            high: 104,
            low: 100,
            close: 104,
            volume: 5
        )
        #expect(seen.candles == [expected])
        #expect(abs(seen.depth20BPS - 200) < 1e-6)
        _ = try move(&core, "99.79", "100.21", at: 61)
        #expect(try view(&core, at: 61)?.depth20BPS == 0)
    }
}
