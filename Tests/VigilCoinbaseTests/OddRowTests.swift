import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilCoinbase

/// One odd row is one odd row: what is not ours is left out and counted, and the rest of its list is read.
@Suite(.certificates) struct OddRowTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private static let accounts = "/api/v3/brokerage/accounts"
    private static let fills = "/api/v3/brokerage/orders/historical/fills"
    private static let orders = "/api/v3/brokerage/orders/historical/batch"

    private static func account(
        _ currency: String,
        _ value: String,
        hold: String = "\"0\"",
        type: String = "ACCOUNT_TYPE_CRYPTO"
    ) -> String {
        #"{"currency":"\#(currency)","available_balance":{"value":\#(value)},"hold":{"value":\#(hold)},"type":"\#(type)"}"#
    }

    private static func balances(
        _ rows: [String],
        needed: Set<Currency>?
    ) async throws -> (Outcome<[Balance]>, [String: Int]) {
        let body = #"{"accounts":[\#(rows.joined(separator: ","))],"has_next":false}"#
        let wire = try RestTrapTests.wire([.init(path: accounts, body: body)])
        defer { wire.stop() }
        let outcome = await wire.client.balances(needed: needed)
        return (outcome, await wire.client.counters.unknownValues)
    }

    @Test(arguments: [
        ("\"1E-8\"", "0.00000001"), ("\"0E-16\"", "0"), ("\"1.5e+3\"", "1500"),
        ("\"-2.5E1\"", "-25"),
        ("\"12345e-5\"", "0.12345"), ("\"0.00012E4\"", "1.2"), ("1e-8", "0.00000001"),
        ("1.25", "1.25"),
        ("7", "7"), ("\"0e300\"", "0"),
    ])
    func `a number is read in every form that JSON allows`(
        _ text: String,
        _ amount: String
    ) async throws {
        let (outcome, _) = try await Self.balances([Self.account("BTC", text)], needed: nil)
        #expect(outcome.value?.map(\.available.amount) == [amount])
    }

    @Test(arguments: [
        "\"E5\"", "\"1E\"", "\"1E+\"", "\"1.E5\"", "\".5E5\"", "\"1E5.5\"", "\"1EE5\"",
        "\"1E9999\"", "\"--1E5\"",
        "\"1E25\"", "0.12345678901234567", "true", "\"NaN\"",
    ])
    func `what is no number, or none that can be held, is not guessed`(_ text: String) async throws
    {
        let (outcome, _) = try await Self.balances([Self.account("BTC", text)], needed: nil)
        #expect(outcome.value == nil)
        #expect(outcome.trouble?.contains("of BTC") == true, "\(outcome.trouble ?? "")")
    }

    @Test
    func `wallets of one currency are one balance, and a vault or futures' collateral is none`()
        async throws
    {
        let rows = [
            Self.account("USD", "\"100\"", hold: "\"5\"", type: "ACCOUNT_TYPE_FIAT"),
            Self.account("BTC", "\"1\""),
            Self.account("USD", "\"250\"", type: "ACCOUNT_TYPE_VAULT"),
            Self.account("USD", "\"40\"", type: "FIAT"),
            Self.account("USD", "\"7\"", type: "ACCOUNT_TYPE_PERP_FUTURES"),
        ]
        let held = try #require(try await Self.balances(rows, needed: nil).0.value)
        #expect(held.map(\.available.description) == ["140 USD", "1 BTC"])
        #expect(held.map(\.onHold.description) == ["5 USD", "0 BTC"])
    }

    @Test func `a page that repeats a wallet does not double it`() async throws {
        let row = Self.account("USD", "\"100\"").replacing(
            "{\"currency\"",
            with: "{\"uuid\":\"one\",\"currency\""
        )
        let held = try #require(try await Self.balances([row, row], needed: nil).0.value)
        #expect(held.map(\.available.description) == ["100 USD"])
    }

    @Test func `a wallet that is none of ours may be as odd as it likes, and one of ours may not`()
        async throws
    {
        let odd = [
            Self.account("AVERYLONGCURRENCYCODE", "\"1E-8\""), Self.account("PEPE", "\"many\""),
            Self.account("USD", "\"100\""),
        ]
        let needed: Set<Currency> = [.usd, Self.btc.base]
        let (outcome, counted) = try await Self.balances(odd, needed: needed)
        #expect(outcome.value?.map(\.available.description) == ["100 USD"])
        #expect(counted == ["account_field": 2])
        let ours = try await Self.balances(odd + [Self.account("BTC", "\"many\"")], needed: needed)
            .0
        #expect(
            ours.trouble?.contains(
                "the wallet of BTC cannot be read: `available_balance` is \"many\""
            ) == true,
            "\(ours.trouble ?? "")"
        )
    }

    private static let future = "BIT-25DEC26-CDE"

    @Test func `rows of a dated future stand in no list of ours`() async throws {
        func fill(_ product: String) -> String {
            #"{"entry_id":"\#(product)","trade_id":"t","order_id":"o","trade_type":"FILL","price":"2","trade_time":"2026-01-01T00:00:00Z","size":"3","commission":"0","product_id":"\#(product)","side":"SELL"}"#
        }
        func order(_ product: String) -> String {
            #"{"order_id":"\#(product)","client_order_id":"c","product_id":"\#(product)","side":"BUY","status":"OPEN"}"#
        }
        let wire = try RestTrapTests.wire([
            .init(
                path: Self.fills,
                body: #"{"fills":[\#(fill(Self.future)),\#(fill("BTC-USD"))],"cursor":""}"#
            ),
            .init(
                path: Self.orders,
                body: #"{"orders":[\#(order(Self.future)),\#(order("BTC-USD"))],"has_next":false}"#
            ),
        ])
        defer { wire.stop() }
        let rows = try #require(await wire.client.fills(since: .epoch).value)
        #expect(rows.map { $0.fill(of: ClientOrderID("c"))?.product } == [Self.btc])
        #expect(await wire.client.openOrders().value?.map(\.id.text) == ["BTC-USD"])
    }

    @Test func `an order of a dated future in the user feed is counted, and ours are read`() throws
    {
        func order(_ product: String) -> String {
            #"{"order_id":"\#(product)","client_order_id":"c","product_id":"\#(product)","status":"OPEN"}"#
        }
        let text =
            #"{"channel":"user","sequence_num":0,"events":[{"type":"update","orders":[\#(order(Self.future)),\#(order("BTC-USD"))]}]}"#
        let frame = try FeedParser().read(Array(text.utf8))
        guard case .orders(let orders, false) = frame.content else { throw JSONFault.broken }
        #expect(orders.map(\.id.text) == ["BTC-USD"])
        #expect(frame.unknownValues == ["product_id": 1])
    }

    @Test(arguments: ["many", "-1", "1E25", "99999999999999999999999"])
    func `a level that cannot be read costs its product's book, and no other`(_ odd: String) throws
    {
        func event(_ product: String, _ size: String) -> String {
            #"{"type":"snapshot","product_id":"\#(product)","updates":[{"side":"bid","event_time":"2026-01-01T00:00:00Z","price_level":"99","new_quantity":"\#(size)"},{"side":"offer","event_time":"2026-01-01T00:00:00Z","price_level":"101","new_quantity":"2"}]}"#
        }
        let text =
            #"{"channel":"l2_data","sequence_num":0,"events":[\#(event("BTC-USD", odd)),\#(event("ETH-USD", "0.5E0"))]}"#
        let frame = try FeedParser().read(Array(text.utf8))
        guard case .books(let changes) = frame.content else { throw JSONFault.broken }
        var books = changes.map { LevelBook(product: $0.product) }
        #expect(throws: LevelBook.Fault.self) { try books[0].apply(changes[0]) }
        try books[1].apply(changes[1])
    }

    @Test func `of a key that stands twice the first counts, wherever it is read`() throws {
        let level =
            #"{"side":"bid","side":"offer","price_level":"99","price_level":"98","new_quantity":"2","new_quantity":"3"}"#
        let text =
            #"{"channel":"l2_data","sequence_num":0,"events":[{"type":"snapshot","product_id":"BTC-USD","product_id":"ETH-USD","updates":[\#(level)]}]}"#
        let frame = try FeedParser().read(Array(text.utf8))
        guard case .books(let changes) = frame.content else { throw JSONFault.broken }
        var book = LevelBook(product: Self.btc)
        #expect(changes.map(\.product) == [Self.btc])
        try book.apply(changes[0])
        #expect(book.top(1).bids.first?.price.description == "99")
        #expect(book.top(1).bids.first?.quantity.description == "2")
    }

    @Test func `a candle that cannot be read is a hole, and nothing but such is no answer`()
        async throws
    {
        let good = #"{"start":"60","low":"1","high":"3","open":"2","close":"2.5","volume":"0.1"}"#
        let odd = good.replacing("\"2.5\"", with: "\"?\"").replacing("60", with: "120")
        for (body, count) in [("\(odd),\(good)", 1), (odd, nil), ("", 0)] {
            let wire = try RestTrapTests.wire([.init(body: "{\"candles\":[\(body)]}")])
            defer { wire.stop() }
            let end = Instant(seconds: 1_000)
            let outcome = await wire.client.candles(Self.btc, .minute, from: .epoch, to: end)
            #expect(outcome.value?.count == count)
        }
    }
}
