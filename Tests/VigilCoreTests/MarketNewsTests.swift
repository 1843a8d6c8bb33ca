import Testing
import VigilCore
import VigilModel

/// What MarketData tells of prints and books of several products, and what it forgets with a feed.
@Suite struct MarketNewsTests {
    private let start = MarketDataTests.start
    private static let ids = ["AAA", "BBB"].map {
        ProductID(base: Currency($0) ?? .usd, quote: .usd)
    }

    private func product(_ id: ProductID, _ status: TradingStatus = .online) throws -> Product {
        try Product(
            id: id,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: status
        )
    }

    private func core() throws -> MarketDataCore {
        var core = MarketDataCore()
        let products = try Self.ids.map { try product($0) }
        _ = try core.handle(.productsListed(products, history: [:]), at: start)
        return core
    }

    private func book(
        _ core: inout MarketDataCore,
        _ id: ProductID,
        at seconds: Int = 0
    ) throws -> Quote? {
        let one = FixedPoint.one
        let now = start + .seconds(seconds)
        let change = BookChange(
            product: id,
            isSnapshot: true,
            levels: [
                LevelChange(isBid: true, price: 99 * one, quantity: one),
                LevelChange(isBid: false, price: 101 * one, quantity: one),
            ],
            occurredAt: now
        )
        let report = FeedReport.bookChanged(change, receivedAt: now)
        for case .publishQuote(let quote) in try core.handle(.feedReported(report), at: now) {
            return quote
        }
        return nil
    }

    private func print(
        _ id: ProductID,
        _ price: String,
        _ number: Int64,
        at seconds: Int
    ) throws -> PrintedTrade {
        PrintedTrade(
            number: number,
            trade: Trade(
                product: id,
                price: try Price(price, .usd),
                quantity: try Quantity("2"),
                makerSide: .sell,
                occurredAt: start + .seconds(seconds)
            )
        )
    }

    private func tell(
        _ core: inout MarketDataCore,
        _ prints: [PrintedTrade],
        at seconds: Int = 500
    ) throws -> [String] {
        let effects = try core.handle(
            .feedReported(.tradesPrinted(prints)),
            at: start + .seconds(seconds)
        )
        return effects.map { effect in
            switch effect {
            case .moveVenue(let move):
                "move \(move.product) \(move.trades.map(\.price.description))"
            case .reportAmended(let id, let length, let candle):
                "amended \(id) \(length.rawValue) \((candle.start - start).nanoseconds / 1_000_000_000)"
                    + " \(candle.high) \(candle.volume)"
            case .reportFeed(let id, let trouble): "feed \(id) \(trouble?.rawValue ?? "found")"
            case .dropFeed(let id, let trouble, _): "drop \(id) \(trouble.rawValue)"
            default: "?"
            }
        }
    }

    private func views(
        _ core: inout MarketDataCore,
        at seconds: Int
    ) throws -> [ProductID: ProductView] {
        let now = start + .seconds(seconds)
        for case .reply(let cycle, let snapshot) in try core.handle(
            .snapshotRequested(cycle: 8),
            at: now
        ) {
            #expect(cycle == 8 && snapshot.at == now)
            return snapshot.products
        }
        return [:]
    }

    @Test func `what is listed is told, with the past of each product`() throws {
        var core = MarketDataCore()
        let past = Candle(
            start: start - .seconds(60),
            open: 1,
            high: 3,
            low: 1,
            close: 2,
            volume: 4
        )
        let products = [
            try product(Self.ids[1], .postOnly), try product(Self.ids[0]),
        ]
        let effects = try core.handle(
            .productsListed(products, history: [Self.ids[0]: [past]]),
            at: start
        )
        let told = effects.compactMap { effect -> Product? in
            guard case .publishProduct(let product) = effect else { return nil }
            return product
        }
        #expect(told == products)
        let seen = try views(&core, at: 0)
        #expect(seen[Self.ids[0]]?.candles == [past])
        #expect(seen[Self.ids[1]]?.candles == [])
        #expect(seen[Self.ids[1]]?.product.status == .postOnly)
    }

    @Test func `prints move the paper venue product by product, and one that is not ours nothing`()
        throws
    {
        var core = try core()
        for id in Self.ids {
            _ = try book(&core, id)
        }
        let other = ProductID(base: Currency("CCC") ?? .usd, quote: .usd)
        let prints = try [
            print(Self.ids[1], "100", 1, at: 1), print(other, "100", 1, at: 1),
            print(Self.ids[0], "100.5", 1, at: 2), print(Self.ids[1], "99.5", 2, at: 3),
        ]
        #expect(
            try tell(&core, prints)
                == [#"move AAA-USD ["100.5"]"#, #"move BBB-USD ["100", "99.5"]"#]
        )
        let seen = try views(&core, at: 60)
        #expect(seen[Self.ids[0]]?.candles.map(\.volume) == [2])
        #expect(seen[Self.ids[1]]?.candles.map(\.volume) == [4])
        #expect(seen[other] == nil)
    }

    @Test func `a late print is told as an amendment of its minute`() throws {
        var core = try core()
        _ = try tell(&core, [print(Self.ids[0], "100", 1, at: 1)])
        _ = try tell(&core, [print(Self.ids[0], "100", 2, at: 61)])
        #expect(
            try tell(&core, [print(Self.ids[0], "107", 3, at: 59)])
                == ["amended AAA-USD 1m 0 107.0 4.0"]
        )
    }

    @Test func `prints without a book make candles, and move nothing`() throws {
        var core = try core()
        #expect(try tell(&core, [print(Self.ids[0], "100", 1, at: 1)]).isEmpty)
        #expect(try views(&core, at: 60)[Self.ids[0]]?.candles.count == 1)
    }

    @Test func `with its feed go a book's freshness and the strangers that were counted`() throws {
        var core = try core()
        let id = Self.ids[0]
        _ = try book(&core, id)
        let beat = FeedReport.heartbeat([Self.ids[1], id], receivedAt: start + .seconds(90))
        #expect(try core.handle(.feedReported(beat), at: start + .seconds(90)).count == 1)
        let far = try (1...9).map { try print(id, "200", Int64($0), at: 10 * $0) }
        #expect(try tell(&core, far) == [#"move AAA-USD \#(Array(repeating: "200", count: 9))"#])
        _ = try core.handle(.feedReported(.booksLost([id], .gap)), at: start)
        #expect(try book(&core, id, at: 20)?.occurredAt == start + .seconds(20))
        #expect(
            try tell(&core, [print(id, "200", 10, at: 100)]) == [#"move AAA-USD ["200"]"#],
            "it is the first one under this book"
        )
    }

    @Test func `a tenth stranger is told with the feed it loses`() throws {
        var core = try core()
        let id = Self.ids[0]
        _ = try book(&core, id)
        let far = try (1...10).map { try print(id, "200", Int64($0), at: 10 * $0) }
        #expect(
            try tell(&core, far) == [
                "feed AAA-USD frozen", "drop AAA-USD frozen",
                #"move AAA-USD \#(Array(repeating: "200", count: 10))"#,
            ]
        )
    }

    @Test func `an embedded market's book is shown whole, until it is crossed`() throws {
        var core = try core()
        let id = Self.ids[0]
        func shown(_ ticket: Int) throws -> [String] {
            try core.handle(.bookRequested(id, ticket: ticket), at: start).map { effect in
                guard case .showBook(let ticket, let book) = effect else { return "?" }
                return "\(ticket) \(book?.asks.count ?? -1)"
            }
        }
        func level(_ price: String) throws -> BookLevel {
            BookLevel(price: try Price(price, .usd), quantity: try Quantity("1"))
        }
        #expect(try shown(1) == ["1 -1"])
        let book = OrderBook(
            product: id,
            bids: [try level("99")],
            asks: [try level("101"), try level("102")],
            occurredAt: start
        )
        _ = try core.handle(.marketMoved(id, .online, book: book, trades: []), at: start)
        #expect(try shown(2) == ["2 2"])
        var crossed = book
        crossed.bids = [try level("101")]
        _ = try core.handle(.marketMoved(id, .online, book: crossed, trades: []), at: start)
        #expect(try shown(3) == ["3 -1"])
    }
}
