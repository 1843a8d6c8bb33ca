import Testing
import VigilModel

@testable import VigilCore

/// What the books make of coins that come and go by themselves, and how far back a sale is known.
@Suite struct BookMemoryTests {
    private static let coin = Sample.btc.base
    private static let other = ProductID(base: coin, quote: .usdc)
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    private func fill(
        _ side: Side,
        _ quantity: String,
        _ entry: String,
        of product: ProductID = Sample.btc,
        kind: FillKind = .fill,
        fee: String = "0",
        at seconds: Int = 0
    ) throws -> Fill {
        Fill(
            entryID: EntryID(entry),
            tradeID: TradeID(entry),
            clientOrderID: ClientOrderID("o"),
            product: product,
            side: side,
            price: try Price("10", product.quote),
            quantity: try Quantity(quantity),
            fee: try Money(fee, product.quote),
            role: .taker,
            kind: kind,
            occurredAt: Sample.now + .seconds(seconds)
        )
    }

    private func books(_ fills: Fill...) throws -> PortfolioBooks {
        var books = PortfolioBooks()
        for fill in fills {
            _ = try books.record(fill, Sample.origin())
        }
        return books
    }

    private func held() throws -> PortfolioBooks {
        try books(
            fill(.buy, "1", "1"),
            fill(.buy, "2", "2", of: Self.other, fee: "4"),
            fill(.buy, "5", "3", of: Self.eth)
        )
    }

    private func amounts(_ amounts: [Currency: Money]) -> [String] {
        amounts.values.map(\.description).sorted()
    }

    @Test func `one coin that is held in two products counts once, beside the cash`() throws {
        let books = try held()
        #expect(amounts(books.cash) == ["-24 USDC", "-60 USD"])
        #expect(amounts(books.holdings) == ["-24 USDC", "-60 USD", "3 BTC", "5 ETH"])
    }

    @Test func `coins that left are taken from the first product, and then from the next`() throws {
        var books = try held()
        try books.record(flow: Money("-2", Self.coin))
        #expect(books.positions.keys.sorted() == [Self.other, Self.eth])
        let rest = try #require(books.positions[Self.other])
        // One of two: half of the cost of 20, and half of the fee of 4.
        #expect(rest.quantity.description == "1")
        #expect(rest.cost.description == "10 USDC")
        #expect(rest.entryFees.description == "2 USDC")
        #expect(books.positions[Self.eth]?.quantity.description == "5")
        #expect(amounts(books.holdings) == ["-24 USDC", "-60 USD", "1 BTC", "5 ETH"])
        #expect(amounts(books.flows) == ["-2 BTC"])
        try books.record(flow: Money("-3", Self.coin))
        #expect(books.positions.keys.sorted() == [Self.eth])
        #expect(amounts(books.holdings) == ["-2 BTC", "-24 USDC", "-60 USD", "5 ETH"])
        #expect(amounts(books.flows) == ["-5 BTC"])
    }

    @Test func `coins and cash that came are cash, and no position grows by them`() throws {
        var books = try held()
        for (amount, currency) in [("2", Self.coin), ("100", .usd), ("-30", .usd), ("1", .usdc)] {
            try books.record(flow: Money(amount, currency))
        }
        #expect(books.positions == (try held()).positions)
        #expect(amounts(books.cash) == ["-23 USDC", "10 USD", "2 BTC"])
        #expect(amounts(books.holdings) == ["-23 USDC", "10 USD", "5 BTC", "5 ETH"])
        #expect(amounts(books.flows) == ["1 USDC", "2 BTC", "70 USD"])
    }

    @Test func `a flow that cannot be held changes nothing`() throws {
        var books = try held()
        let most = Money(raw: .max, currency: .usd)
        try books.record(flow: Money("61", .usd))
        let before = books
        #expect(throws: MoneyError.overflow) { try books.record(flow: most) }
        #expect(books == before)
    }

    @Test func `the last thousand sales at least can be taken back, and those long before cannot`()
        throws
    {
        var books = try books(fill(.buy, "9000", "b"))
        let origin = try Sample.origin()
        func undo(_ number: Int) throws -> Bool {
            var copy = books
            do {
                let undone = try fill(.sell, "1", "s\(number)", kind: .reversal)
                _ = try copy.record(undone, origin)
                return true
            } catch MoneyError.malformed(let text) {
                #expect(text == "reversal of unknown trade s\(number)")
                return false
            }
        }
        func sell(_ numbers: ClosedRange<Int>) throws {
            for number in numbers {
                _ = try books.record(fill(.sell, "1", "s\(number)"), origin)
            }
        }
        try sell(1...1_999)
        #expect(try undo(1) && undo(1_999))
        try sell(2_000...2_000)
        #expect(try [1, 1_000].map(undo) == [false, false])
        #expect(try [1_001, 2_000].map(undo) == [true, true])
        try sell(2_001...2_999)
        #expect(try [1_001, 2_999].map(undo) == [true, true])
        try sell(3_000...3_000)
        #expect(try [2_000, 2_001, 3_000].map(undo) == [false, true, true])
        #expect(try !undo(3_001))
    }

    @Test func `a purchase in the same trade does not make its sale forgotten`() throws {
        var books = try books(fill(.buy, "3", "1"), fill(.sell, "1", "x"), fill(.buy, "1", "x"))
        _ = try books.record(fill(.sell, "1", "x", kind: .reversal), Sample.origin())
        #expect(books.positions[Sample.btc]?.quantity.description == "4")
    }

    @Test func `what was taken back can be taken back no second time`() throws {
        var books = try books(fill(.buy, "3", "1"), fill(.sell, "1", "2"), fill(.sell, "1", "3"))
        _ = try books.record(fill(.sell, "1", "2", kind: .reversal), Sample.origin())
        #expect(throws: MoneyError.malformed("reversal of unknown trade 2")) {
            try books.record(fill(.sell, "1", "2", kind: .reversal), Sample.origin())
        }
        _ = try books.record(fill(.sell, "1", "3", kind: .reversal), Sample.origin())
        #expect(books == (try self.books(fill(.buy, "3", "1"))))
    }
}
