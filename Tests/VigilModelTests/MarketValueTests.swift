import Foundation
import Testing
import VigilModel

@Suite struct MarketValueTests {
    private func product() throws -> ProductID { try #require(ProductID("BTC-USD")) }

    private func level(_ price: String, _ quantity: String) throws -> BookLevel {
        BookLevel(price: try Price(price, .usd), quantity: try Quantity(quantity))
    }

    private func book(_ bids: [BookLevel], _ asks: [BookLevel]) throws -> OrderBook {
        OrderBook(product: try product(), bids: bids, asks: asks, occurredAt: Instant(seconds: 5))
    }

    @Test func `a quote is the best of both sides`() throws {
        let book = try book(
            [level("99", "1"), level("98", "7")],
            [level("101", "2"), level("102", "9")]
        )
        let quote = try #require(book.quote)
        #expect(quote.bid == (try Price("99", .usd)))
        #expect(quote.bidQuantity == (try Quantity("1")))
        #expect(quote.ask == (try Price("101", .usd)))
        #expect(quote.askQuantity == (try Quantity("2")))
        #expect(quote.occurredAt == Instant(seconds: 5))
        #expect(quote.spreadBPS == 200)
    }

    @Test func `a book without a side, crossed or locked, has no quote`() throws {
        #expect(try book([], [level("101", "2")]).quote == nil)
        #expect(try book([level("99", "2")], []).quote == nil)
        #expect(try book([level("101", "2")], [level("101", "2")]).quote == nil)
        #expect(try book([level("102", "2")], [level("101", "2")]).quote == nil)
    }

    @Test func `a quote at nothing has no spread`() throws {
        let nothing = try level("0", "1")
        let quote = Quote(product: try product(), bid: nothing, ask: nothing, occurredAt: .epoch)
        #expect(quote.spreadBPS == 0)
    }

    @Test func `depth is what rests on both sides within reach, the edge included`() throws {
        // The middle is 100, a hundredth of it is 1.
        let book = try book(
            [level("99.5", "1"), level("99", "2"), level("98.99", "4")],
            [level("100.5", "8"), level("101", "16"), level("101.01", "32")]
        )
        #expect(book.depth(withinBPS: 100) == 2_717.5)
        #expect(book.depth(withinBPS: 50) == 903.5)
        #expect(try self.book([level("99", "1")], []).depth(withinBPS: 100) == 0)
        #expect(try self.book([], [level("99", "1")]).depth(withinBPS: 100) == 0)
    }

    @Test func `a fill moves the cash that it cost or brought, fee included`() throws {
        func change(_ side: Side, _ kind: FillKind) throws -> Money {
            try Fill(
                entryID: EntryID("e"),
                tradeID: TradeID("t"),
                clientOrderID: ClientOrderID("c"),
                product: product(),
                side: side,
                price: Price("100", .usd),
                quantity: Quantity("2"),
                fee: Money("3", .usd),
                role: .taker,
                kind: kind,
                occurredAt: .epoch
            ).cashChange()
        }
        #expect(try change(.buy, .fill) == Money("-203", .usd))
        #expect(try change(.sell, .fill) == Money("197", .usd))
        #expect(try change(.buy, .reversal) == Money("203", .usd))
        #expect(try change(.sell, .reversal) == Money("-197", .usd))
        #expect(try change(.buy, .correction) == Money("-203", .usd))
    }

    @Test func `what does not divide costs the buyer more and brings the seller less`() throws {
        func notional(_ side: Side) throws -> Money {
            try Fill(
                entryID: EntryID("e"),
                tradeID: TradeID("t"),
                clientOrderID: ClientOrderID("c"),
                product: product(),
                side: side,
                price: Price("0.5", .usd),
                quantity: Quantity("0.000000000000000001"),
                fee: .zero(.usd),
                role: .maker,
                kind: .fill,
                occurredAt: .epoch
            ).notional()
        }
        #expect(try notional(.buy) == Money("0.000000000000000001", .usd))
        #expect(try notional(.sell) == .zero(.usd))
    }

    @Test func `a balance is what is free and what is held`() throws {
        let balance = Balance(available: try Money("5", .usd), onHold: try Money("2", .usd))
        #expect(try balance.total() == Money("7", .usd))
    }

    @Test func `an order's end is an end`() {
        #expect([VenueOrderStatus.pending, .open].allSatisfy { !$0.isFinal })
        #expect([VenueOrderStatus.filled, .canceled, .expired, .failed].allSatisfy { $0.isFinal })
        #expect(Side.buy.opposite == .sell)
        #expect(Side.sell.opposite == .buy)
    }

    @Test func `values pass through JSON as text, and nothing else is taken for them`() throws {
        struct Values: Codable, Equatable {
            var money: Money
            var price: Price
            var quantity: Quantity
            var rate: Rate
            var currency: Currency
            var product: ProductID
            var at: Instant
            var id: TradeID
        }
        let values = Values(
            money: try Money("-12.50", .usd),
            price: try Price("3.25", .usd),
            quantity: try Quantity("0.1"),
            rate: try Rate("-0.006"),
            currency: .usdc,
            product: try product(),
            at: Instant(seconds: 1),
            id: TradeID("t-1")
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(values)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"at":"1970-01-01T00:00:01Z","currency":"USDC","id":"t-1","money":"-12.5 USD","#
                + #""price":"3.25 USD","product":"BTC-USD","quantity":"0.1","rate":"-0.006"}"#
        )
        #expect(try JSONDecoder().decode(Values.self, from: data) == values)
        for text in ["12.5", "USD", "12.5 USD USD", "12,5 USD", "12.5 "] {
            #expect(throws: MoneyError.self) {
                try JSONDecoder().decode([Money].self, from: Data(#"["\#(text)"]"#.utf8))
            }
        }
        #expect(throws: MoneyError.self) {
            try JSONDecoder().decode([Price].self, from: Data(#"["-1 USD"]"#.utf8))
        }
        #expect(throws: MoneyError.self) {
            try JSONDecoder().decode([Currency].self, from: Data(#"["U D"]"#.utf8))
        }
        #expect(throws: MoneyError.self) {
            try JSONDecoder().decode([ProductID].self, from: Data(#"["BTC"]"#.utf8))
        }
        #expect(throws: MoneyError.self) {
            try JSONDecoder().decode([Instant].self, from: Data(#"["today"]"#.utf8))
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Quantity].self, from: Data("[0.1]".utf8))
        }
    }

    @Test func `currencies and products are in the order of their names`() throws {
        #expect(Currency.usd.description == "USD")
        #expect(Currency.usdt.description == "USDT")
        #expect(Currency("USDC") == .usdc)
        #expect(Currency.usd < .usdc)
        #expect(Currency.usdc < .usdt)
        #expect(!(Currency.usd < .usd))
        #expect(Currency("ABCDEFGHIJKLMNOP")?.description == "ABCDEFGHIJKLMNOP")
        for odd in ["A\u{7f}", "~!", "A/B", "A?", "A%2f", "", "A B", "ABCDEFGHIJKLMNOPQ", "É"] {
            #expect(Currency(odd) == nil, "`\(odd)`")
        }
        for name in ["1INCH", "00", "a_b.c", "AZaz09"] {
            #expect(Currency(name)?.description == name)
        }
        #expect(ProductID("BTC--USD") == nil)
        let names = ["BTC-USDC", "ADA-USD", "BTC-USD"]
        #expect(
            names.compactMap { ProductID($0) }.sorted().map(\.description) == [
                "ADA-USD", "BTC-USD", "BTC-USDC",
            ]
        )
        #expect(TradeID("a") < TradeID("b"))
        #expect(!(TradeID("b") < TradeID("b")))
    }
}
