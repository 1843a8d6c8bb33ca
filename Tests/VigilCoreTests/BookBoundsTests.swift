import Testing
import VigilCore
import VigilModel

/// Numbers are bounded where they enter: levels, touches and prints that no market shows.
@Suite struct BookBoundsTests {
    private static let one = FixedPoint.one
    private static let most = FixedPoint.venueMax
    private let start = MarketDataTests.start
    private let product = MarketDataTests.product

    private func change(
        _ levels: [LevelChange],
        snapshot: Bool = true
    ) -> BookChange {
        BookChange(
            product: product,
            isSnapshot: snapshot,
            levels: levels,
            occurredAt: Instant(seconds: 1)
        )
    }

    // MARK: Levels

    @Test(arguments: [
        (price: most, quantity: 1, isTaken: true), (most + 1, 1, false), (1, most, true),
        (1, most + 1, false), (most, 100 * one, true), (most, 101 * one, false),
        (100 * one, most, true), (101 * one, most, false), (.max, .max, false),
        (1_000_000_000 * one, 100_000_000 * one, true),
        (1_000_000_000 * one, 100_000_001 * one, false),
    ])
    func `a level is within the bounds of its price, its quantity and their product, or is none`(
        _ price: Int128,
        _ quantity: Int128,
        _ isTaken: Bool
    ) throws {
        let bid = LevelChange(isBid: true, price: price, quantity: quantity)
        let ask = LevelChange(isBid: false, price: price, quantity: quantity)
        for level in [bid, ask] {
            for isSnapshot in [true, false] {
                var book = LevelBook(product: product)
                try book.apply(change([]))
                let update = change([level], snapshot: isSnapshot)
                guard !isTaken else {
                    try book.apply(update)
                    #expect(book.levelCount == 1 && book.isValid)
                    continue
                }
                #expect(throws: LevelBook.Fault.outOfBounds) { try book.apply(update) }
                #expect(book.levelCount == 0 && !book.isValid)
            }
        }
    }

    // MARK: Touches

    private func text(_ effect: MarketDataCore.Effect) -> String {
        switch effect {
        case .publishQuote(let quote): "quote \(quote.bid) \(quote.ask)"
        case .moveVenue(let move): "move \(move.trades.map(\.price.description))"
        case .reportInvalidBook: "invalid"
        case .dropFeed(_, let trouble, let detail): "drop \(trouble.rawValue): \(detail)"
        case .reportFeed(_, let trouble): "feed \(trouble?.rawValue ?? "found")"
        case .publishProduct, .reply, .readCandles, .showBook, .reportAmended: "?"
        }
    }

    private func tell(
        _ core: inout MarketDataCore,
        _ report: FeedReport,
        at seconds: Int = 0
    ) throws -> [String] {
        let event = MarketDataCore.Event.feedReported(report)
        let effects = try core.handle(event, at: start + .seconds(seconds))
        #expect(core.violations(after: event, effects) == [])
        return effects.map(text)
    }

    private func see(
        _ core: inout MarketDataCore,
        _ bid: Int,
        _ ask: Int,
        at seconds: Int = 0
    ) throws -> [String] {
        let change = LevelBookTests.change([(true, bid, 1), (false, ask, 1)], snapshot: true)
        let received = start + .seconds(seconds)
        return try tell(&core, .bookChanged(change, receivedAt: received), at: seconds)
    }

    /// A book of 100 to 200 that was published.
    private func core() throws -> MarketDataCore {
        var core = try MarketDataTests.core()
        #expect(try see(&core, 100, 200) == ["quote 100 200", "move []"])
        return core
    }

    @Test(arguments: [
        (1_000, 2_000, true), (1_001, 2_000, false), (10, 20, true), (9, 20, false),
        (100, 900_000, true), (101, 102, true),
    ])
    func `a bid at ten times or a tenth of the one before is believed, beyond that it is not`(
        _ bid: Int,
        _ ask: Int,
        _ isBelieved: Bool
    ) throws {
        var core = try core()
        let effects = try see(&core, bid, ask)
        #expect(effects == (isBelieved ? ["quote \(bid) \(ask)", "move []"] : []))
        #expect((try MarketDataTests.quote(&core, at: start) != nil) == isBelieved)
    }

    @Test
    func
        `a bid that jumped is believed once it has stood for five seconds, and is the measure then`()
        throws
    {
        var core = try core()
        #expect(try see(&core, 5_000, 6_000, at: 1).isEmpty)
        #expect(try see(&core, 5_001, 6_000, at: 5).isEmpty)
        let beat = FeedReport.heartbeat([product], receivedAt: start + .seconds(6))
        #expect(try tell(&core, beat, at: 6) == ["quote 5001 6000"])
        #expect(try see(&core, 5_002, 6_000, at: 7) == ["quote 5002 6000", "move []"])
        #expect(try see(&core, 100, 200, at: 8).isEmpty)
    }

    @Test func `another jump is doubted anew, and a bid that is back needs no time`() throws {
        var core = try core()
        #expect(try see(&core, 5_000, 6_000, at: 1).isEmpty)
        #expect(try see(&core, 500_000, 600_000, at: 5).isEmpty)
        #expect(try see(&core, 500_000, 600_000, at: 9).isEmpty)
        #expect(try see(&core, 101, 200, at: 9) == ["quote 101 200", "move []"])
        // What was doubted then is as strange as at first.
        #expect(try see(&core, 500_000, 600_000, at: 10).isEmpty)
        #expect(
            try see(&core, 500_000, 600_000, at: 15) == ["quote 500000 600000", "move []"]
        )
    }

    // MARK: Prints

    @Test(arguments: [
        (price: most, quantity: 100 * one, isTaken: true), (most + 1, 1, false),
        (1, most + 1, false), (most, 101 * one, false), (.max, .max, false),
    ])
    func `a print that no market makes is in no candle, and moves no venue`(
        _ price: Int128,
        _ quantity: Int128,
        _ isTaken: Bool
    ) throws {
        var core = try core()
        let print = PrintedTrade(
            number: 7,
            trade: Trade(
                product: product,
                price: try Price(raw: price, currency: .usd),
                quantity: try Quantity(raw: quantity),
                makerSide: .buy,
                occurredAt: start
            )
        )
        let effects = try tell(&core, .tradesPrinted([print]))
        #expect(effects == (isTaken ? ["move [\"1000000000000000\"]"] : []))
        let later = start + .seconds(60)
        for case .reply(_, let market) in try core.handle(.snapshotRequested(cycle: 1), at: later) {
            #expect(market.products[product]?.candles.count == (isTaken ? 1 : 0))
        }
    }
}
