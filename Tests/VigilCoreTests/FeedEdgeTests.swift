import Testing
import VigilCore
import VigilModel

/// What MarketData makes of a feed: what is news, what is strange, and what is no reason to worry.
@Suite struct FeedEdgeTests {
    private typealias Tests = MarketDataTests
    private let start = MarketDataTests.start
    private let product = MarketDataTests.product

    private func text(_ effect: MarketDataCore.Effect) -> String {
        switch effect {
        case .publishQuote(let quote):
            return "quote \(quote.bid) \(quote.ask) at \(seconds(quote.occurredAt))"
        case .publishProduct(let product): return "product \(product.status.rawValue)"
        case .reply: return "reply"
        case .reportInvalidBook: return "invalid"
        case .moveVenue(let move):
            let best = move.book.map { "\($0.bids.count) \($0.asks.count)" } ?? "-"
            return "move \(move.status.rawValue) book \(best) trades \(move.trades.count)"
        case .dropFeed(_, let trouble, let detail): return "drop \(trouble.rawValue): \(detail)"
        case .readCandles(_, let length, let since):
            return "candles \(length.rawValue) since \(since == .epoch ? -1 : seconds(since))"
        case .showBook(let ticket, let book): return "book \(ticket) \(book?.bids.count ?? -1)"
        case .reportFeed(_, let trouble): return "feed \(trouble?.rawValue ?? "found")"
        case .reportAmended(_, let length, let candle):
            return "amended \(length.rawValue) \(seconds(candle.start))"
        }
    }

    private func seconds(_ time: Instant) -> Int64 { (time - start).nanoseconds / 1_000_000_000 }

    private func tell(
        _ core: inout MarketDataCore,
        _ report: FeedReport,
        at seconds: Int = 0
    ) throws -> [String] {
        try core.handle(.feedReported(report), at: start + .seconds(seconds)).map(text)
    }

    private func book(
        _ levels: [(Bool, Int, Int)] = [(true, 9_900, 1), (false, 10_100, 1)],
        snapshot: Bool = true,
        venue: Int64 = 0,
        received: Int = 0
    ) -> FeedReport {
        let second = start.nanoseconds / 1_000_000_000 + venue
        let change = LevelBookTests.change(levels, snapshot: snapshot, at: second)
        return .bookChanged(change, receivedAt: start + .seconds(received))
    }

    private func print(
        _ price: String,
        _ number: Int64,
        at seconds: Double
    ) throws -> PrintedTrade {
        PrintedTrade(
            number: number,
            trade: Trade(
                product: product,
                price: try Price(price, .usd),
                quantity: try Quantity("1"),
                makerSide: .buy,
                occurredAt: start + .nanoseconds(Int64(seconds * 1_000_000_000))
            )
        )
    }

    private func view(_ core: inout MarketDataCore, at seconds: Int = 0) throws -> ProductView? {
        let now = start + .seconds(seconds)
        for case .reply(_, let snapshot) in try core.handle(.snapshotRequested(cycle: 1), at: now) {
            return snapshot.products[product]
        }
        return nil
    }

    @Test func `a book's change is a quote and moves the paper venue, one before it is nothing`()
        throws
    {
        var core = try Tests.core()
        let change = book([(true, 9_950, 1)], snapshot: false, received: 2)
        #expect(try tell(&core, change).isEmpty, "it changed before it was known")
        #expect(
            try tell(&core, book())
                == ["quote 9900 10100 at 0", "move online book 1 1 trades 0"]
        )
        #expect(
            try tell(&core, change)
                == ["quote 9950 10100 at 0", "move online book 2 1 trades 0"]
        )
        #expect(
            try core.handle(.bookRequested(product, ticket: 3), at: start).map(text)
                == ["book 3 2"]
        )
    }

    @Test func `the paper venue is shown fifty levels a side`() throws {
        var core = try Tests.core()
        let bids = (0..<60).map { (true, 9_900 - $0, 1) }
        let asks = (0..<51).map { (false, 10_100 + $0, 1) }
        #expect(
            try tell(&core, book(bids + asks)).last == "move online book 50 50 trades 0"
        )
    }

    @Test func `a lost book is told once, its candles are asked for, and its return is told`()
        throws
    {
        var core = try Tests.core()
        _ = try tell(&core, book())
        _ = try tell(&core, .tradesPrinted([print("10000", 1, at: 61)]), at: 61)
        _ = try view(&core, at: 180)
        #expect(
            try tell(&core, .booksLost([product], .silent))
                == ["feed silent", "candles 1m since 60"]
        )
        #expect(try tell(&core, .booksLost([product], .gap)) == ["candles 1m since 60"])
        #expect(
            try tell(&core, book()).first == "feed found"
        )
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        #expect(try tell(&core, .booksLost([other], .gap)).isEmpty)
        var fresh = try Tests.core()
        #expect(
            try tell(&fresh, .booksLost([product], .disconnected))
                == ["feed disconnected", "candles 1m since -1"]
        )
    }

    @Test func `a book that does not add up is told with the reason, and dropped`() throws {
        var core = try Tests.core()
        _ = try tell(&core, book())
        #expect(
            try tell(&core, book([(true, 10_100, 1)], snapshot: false))
                == [
                    "feed bad_book", "invalid",
                    "drop bad_book: the book of USD-USD is crossed",
                ]
        )
        #expect(
            try core.handle(.bookRequested(product, ticket: 4), at: start).map(text) == [
                "book 4 -1"
            ]
        )
        #expect(try tell(&core, book([(true, 9_000, 1)], snapshot: false)).isEmpty)
    }

    @Test func `rules are told when they change, and only then`() throws {
        var core = try Tests.core()
        let known = try #require(try view(&core)?.product)
        #expect(try tell(&core, .rulesChanged(known)).isEmpty)
        var closed = known
        closed.status = .cancelOnly
        #expect(
            try tell(&core, .rulesChanged(closed))
                == ["product cancel_only", "move cancel_only book - trades 0"]
        )
        #expect(try tell(&core, .rulesChanged(closed)).isEmpty)
        let coarser = try Product(
            id: product,
            baseIncrement: known.baseIncrement,
            priceIncrement: Price("0.5", .usd),
            baseMin: known.baseMin,
            quoteMin: known.quoteMin,
            status: .online
        )
        let effects = try core.handle(.feedReported(.rulesChanged(coarser)), at: start)
        guard case .moveVenue(let move) = effects.last else { throw MoneyError.overflow }
        #expect(move.rules == coarser)
        #expect(try view(&core)?.product == coarser)
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let strange = try Product(
            id: other,
            baseIncrement: known.baseIncrement,
            priceIncrement: known.priceIncrement,
            baseMin: known.baseMin,
            quoteMin: known.quoteMin,
            status: .disabled
        )
        #expect(try tell(&core, .rulesChanged(strange)).isEmpty)
    }

    @Test func `a view counts what rests within 20 points, and leans by its ten best levels`()
        throws
    {
        var core = try Tests.core()
        let near = [(true, 9_980, 1), (true, 9_979, 1), (false, 10_020, 1), (false, 10_021, 1)]
        _ = try tell(&core, book(near))
        #expect(try view(&core)?.depth20BPS == 20_000)
        let bids = (0..<11).map { (true, 9_900 - $0, $0 == 10 ? 9 : 1) }
        let asks = (0..<11).map { (false, 10_100 + $0, 1) }
        _ = try tell(&core, book(bids + asks))
        #expect(try view(&core)?.imbalance == 0)
    }

    // MARK: Times

    @Test func `a view says when its book changed, by the venue's time and by ours`() throws {
        var core = try Tests.core()
        #expect(try view(&core)?.feedTimes == nil)
        _ = try tell(&core, book(venue: 3, received: 5))
        let seen = try #require(try view(&core))
        #expect(seen.feedTimes.map { seconds($0.venue) } == 3)
        #expect(seen.feedTimes.map { seconds($0.received) } == 5)
        #expect(seen.quote.map { seconds($0.occurredAt) } == 3)
        #expect(seen.imbalance == 0)
        #expect(seen.microprice.map { abs($0 - 10_000) < 1e-6 } == true)
    }

    @Test func `a book without the venue's time is as fresh as it came, and none grows older`()
        throws
    {
        var core = try Tests.core()
        let since = -(start.nanoseconds / 1_000_000_000)
        #expect(try tell(&core, book(venue: since, received: 5)).first == "quote 9900 10100 at 5")
        #expect(
            try tell(&core, book(venue: 2, received: 7)).first == "quote 9900 10100 at 5",
            "it was right at 5 already"
        )
        #expect(
            try tell(&core, .heartbeat([product], receivedAt: start + .seconds(3)))
                == ["quote 9900 10100 at 5"]
        )
        #expect(
            try tell(&core, .heartbeat([product], receivedAt: start + .seconds(9)))
                == ["quote 9900 10100 at 9"]
        )
    }

    // MARK: Prints

    @Test func `a print is shown where it was made under the book that is held`() throws {
        var core = try Tests.core()
        _ = try tell(&core, book(received: 10))
        let before = try print("10000", 1, at: 9.9)
        #expect(try tell(&core, .tradesPrinted([before]), at: 20).isEmpty)
        let at = try print("10000", 2, at: 10)
        #expect(
            try tell(&core, .tradesPrinted([at]), at: 20)
                == ["move online book - trades 1"]
        )
        #expect(try tell(&core, .tradesPrinted([at, before]), at: 20).isEmpty, "both are known")
    }

    @Test func `a print from more than half a minute ahead of us is none`() throws {
        var core = try Tests.core()
        _ = try tell(&core, book())
        let far = try print("10000", 1, at: 50.001)
        #expect(try tell(&core, .tradesPrinted([far]), at: 20).isEmpty)
        let near = try print("10000", 1, at: 50)
        #expect(try tell(&core, .tradesPrinted([near]), at: 20).count == 1)
    }
}
