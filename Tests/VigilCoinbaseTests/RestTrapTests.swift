import Foundation
import Testing
import VigilCoinbase
import VigilCore
import VigilModel
import VigilTransport

/// What Coinbase's REST answers have in store, told by a server that follows a script over TLS; the
/// numbers are those of coinbase-traps.md.
@Suite(.serialized, .certificates) struct RestTrapTests {
    static let btc = FeedTrapTests.btc

    struct Entry: Encodable {
        var path = "/api/v3/brokerage/"
        var status = 200
        var body = ""
        var headers: [String: String] = [:]
        var then = ""
        var times = 1_000_000
    }

    static func wire(_ script: [Entry]) throws -> Wire {
        let text = String(decoding: try JSONEncoder().encode(script), as: UTF8.self)
        let folder = try #require(Certificates.folder)
        return try Wire(Server.scripted(text, certificates: folder))
    }

    struct Log: Decodable {
        struct Line: Decodable {
            let method: String
            let target: String
            let body: String
            let connection: Int
            let authorization: String
        }
        let log: [Line]
    }

    static func log(_ wire: Wire) async throws -> [Log.Line] {
        let url = "https://\(wire.client.address.host)/api/v3/brokerage/log"
        let answer = await wire.transport.send(.init(method: "GET", url: url, timeout: .seconds(5)))
        return try JSONDecoder().decode(Log.self, from: Data(answer.body)).log
    }

    static let order = OrderRequest(
        clientOrderID: ClientOrderID("v-test-1"),
        product: btc,
        side: .buy,
        terms: .marketQuote(Money(raw: 10 * FixedPoint.one, currency: .usd))
    )

    static func product(_ changes: [String: Any?] = [:]) -> String {
        var body: [String: Any] = [
            "product_id": "BTC-USD", "price": "86000.5", "base_increment": "0.00000001",
            "quote_increment": "0.01", "price_increment": "0.01", "base_min_size": "0.00000001",
            "quote_min_size": "1", "status": "online", "is_disabled": false, "alias": "",
            "trading_disabled": false, "cancel_only": false, "limit_only": false,
            "post_only": false, "auction_mode": false, "view_only": false, "a_new_field": ["x": 1],
        ]
        for (key, value) in changes {
            body[key] = value
        }
        let data = (try? JSONSerialization.data(withJSONObject: ["products": [body]])) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    static func listed(_ changes: [String: Any?] = [:]) async throws -> ListedProduct? {
        let wire = try wire([Entry(body: product(changes))])
        defer { wire.stop() }
        return await wire.client.products().value?.first
    }

    @Test func `trap 10: minimums may lie off the grid, and are rounded up`() async throws {
        let product = try await Self.listed([
            "base_min_size": "26.7187147229469674", "base_increment": "1",
        ])
        #expect(product?.product.baseMin.description == "27")
        #expect(product?.price?.description == "86000.5")
    }

    @Test func `trap 11: an old body has no price increment`() async throws {
        let product = try await Self.listed(["price_increment": nil, "quote_increment": "0.05"])
        #expect(product?.product.priceIncrement.description == "0.05")
    }

    @Test(arguments: [
        ("cancel_only", TradingStatus.cancelOnly), ("limit_only", .limitOnly),
        ("post_only", .postOnly),
        ("auction_mode", .postOnly), ("view_only", .disabled), ("is_disabled", .disabled),
        ("trading_disabled", .disabled),
    ])
    func `trap 12: six flags say what may be done with a product`(
        _ flag: String,
        _ status: TradingStatus
    ) async throws {
        #expect(try await Self.listed([flag: true])?.product.status == status)
        #expect(try await Self.listed(["status": "delisted"])?.product.status == .disabled)
        #expect(try await Self.listed()?.product.status == .online)
    }

    @Test func `trap 13: candles come newest first, and an empty bucket is absent`() async throws {
        let candle = #"{"start":"%","low":"1","high":"3","open":"2","close":"2.5","volume":"0.1"}"#
        let body = ["180", "60"].map { candle.replacingOccurrences(of: "%", with: $0) }.joined(
            separator: ","
        )
        let wire = try Self.wire([Entry(body: "{\"candles\":[\(body)]}")])
        defer { wire.stop() }
        let end = Instant(seconds: 1_000_000)
        let candles = await wire.client.candles(Self.btc, .minute, from: .epoch, to: end).value
        #expect(candles?.map(\.start) == [Instant(seconds: 60), Instant(seconds: 180)])
        // Never more than 300 buckets are asked for, where 350 are refused.
        let target = try await Self.log(wire)[0].target
        #expect(target.contains("start=\(1_000_000 - 299 * 60)&end=1000000&granularity=ONE_MINUTE"))
    }

    @Test func `trap 14: a cursor that comes back ends a list without a result`() async throws {
        let page =
            #"{"accounts":[{"currency":"USD","available_balance":{"value":"1"},"hold":{"value":"2"}}],"has_next":true,"cursor":"again"}"#
        let wire = try Self.wire([Entry(body: page)])
        defer { wire.stop() }
        let outcome = await wire.client.balances()
        #expect(outcome.value == nil && outcome.trouble?.contains("cursor came back") == true)
        #expect(try await Self.log(wire).count == 2)
    }

    @Test func `trap 15: the fill list has no has_next, and ends with an empty cursor or page`()
        async throws
    {
        let row =
            #"{"entry_id":"e%","trade_id":"t","order_id":"o","trade_time":"2026-01-01T00:00:00.123456789Z","trade_type":"FILL","price":"21220.64","size":"0.0046830664333996","commission":"0.0000280983986003976","product_id":"BTC-USD","sequence_timestamp":"2026-01-01T00:00:00.2Z","liquidity_indicator":"TAKER","size_in_quote":true,"side":"BUY"}"#
        let rows = (1...3).map { row.replacingOccurrences(of: "e%", with: "e\($0)") }
        let query =
            "/api/v3/brokerage/orders/historical/fills?start_sequence_timestamp=1970-01-01T00%3A00%3A00Z&limit=250"
        // The first page is all of a kind that is left out, and is not the end for that.
        let left = row.replacingOccurrences(of: "\"FILL\"", with: "\"SYNTHETIC\"")
        let wire = try Self.wire([
            Entry(path: query + "&cursor=c3", body: #"{"fills":[],"cursor":"c4"}"#),
            Entry(path: query + "&cursor=c2", body: "{\"fills\":[\(rows[2])],\"cursor\":\"c3\"}"),
            Entry(
                path: query + "&cursor=c1",
                body: "{\"fills\":[\(rows[0]),\(rows[1])],\"cursor\":\"c2\"}"
            ),
            Entry(path: query, body: "{\"fills\":[\(left)],\"cursor\":\"c1\"}"),
        ])
        defer { wire.stop() }
        let fills = try #require(await wire.client.fills(since: .epoch).value)
        let entries = fills.map { $0.fill(of: ClientOrderID("c"))?.entryID }
        #expect(entries == ["e1", "e2", "e3"].map { EntryID($0) })
        #expect(try await Self.log(wire).count == 4)
        let fill = try #require(fills.first?.fill(of: ClientOrderID("c")))
        #expect(fill.quantity.description == "0.000000220684504963", "\(fill.quantity)")
        #expect(fill.fee.description.hasPrefix("0.000028098398600398 "))
    }

    static func fill(_ changes: [String: Any]) async throws -> Fill {
        var row: [String: Any] = [
            "entry_id": "e", "trade_id": "t", "order_id": "o", "trade_type": "FILL", "price": "2",
            "trade_time": "2026-01-01T00:00:00Z", "size": "3", "commission": "0",
            "product_id": "BTC-USD", "side": "SELL",
        ]
        row.merge(changes) { $1 }
        let body = try JSONSerialization.data(withJSONObject: ["fills": [row], "cursor": ""])
        let wire = try wire([Entry(body: String(decoding: body, as: UTF8.self))])
        defer { wire.stop() }
        let fills = await wire.client.fills(since: .epoch).value
        return try #require(fills?.first?.fill(of: ClientOrderID("c")))
    }

    @Test func `trap 16, defect 13: with size_in_quote a fill's size is in the quote currency`()
        async throws
    {
        #expect(try await Self.fill(["size_in_quote": true]).quantity.description == "1.5")
        #expect(try await Self.fill([:]).quantity.description == "3")
    }

    @Test func `trap 17: a row without an entry id is known by trade and order`() async throws {
        #expect(try await Self.fill(["entry_id": ""]).entryID == EntryID("to"))
    }

    @Test(arguments: [
        (
            #"{"success":false,"failure_reason":"UNKNOWN_FAILURE_REASON","order_id":"","error_response":{"error":"UNKNOWN_FAILURE_REASON","message":"","preview_failure_reason":"PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"}}"#,
            RejectionReason.stopPrice
        ),
        (
            #"{"success":false,"error_response":{"error":"INSUFFICIENT_FUND","message":"Insufficient balance in source account","preview_failure_reason":"UNKNOWN_PREVIEW_FAILURE_REASON"}}"#,
            .insufficientFunds
        ),
        (
            #"{"success":false,"error_response":{"new_order_failure_reason":"UNSUPPORTED_ORDER_CONFIGURATION","message":"source is not enabled for trading"}}"#,
            .productNotTradable
        ),
        (#"{"success":false,"error_response":{"error":"A_REASON_OF_NEXT_YEAR"}}"#, .other),
    ])
    func `trap 18: a refusal is HTTP 200, and any of three fields may say why`(
        _ body: String,
        _ reason: RejectionReason
    ) async throws {
        let wire = try Self.wire([Entry(body: body)])
        defer { wire.stop() }
        guard case .refused(let refusal) = await wire.client.create(Self.order, isEntry: true)
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .business && refusal.rejection == reason)
    }

    @Test func `trap 19: a success may carry a failure reason, and its id at the top`() async throws
    {
        let wire = try Self.wire([
            Entry(
                body:
                    #"{"success":true,"failure_reason":"UNKNOWN_FAILURE_REASON","order_id":"o-9"}"#
            )
        ])
        defer { wire.stop() }
        #expect(await wire.client.create(Self.order, isEntry: true).value == VenueOrderID("o-9"))
    }

    @Test(arguments: [
        (500, ""), (502, "<html>"), (503, ""), (504, ""), (408, ""), (301, ""), (200, "<html>"),
    ])
    func `trap 20: what may have reached the engine is unknown, and is not sent again`(
        _ status: Int,
        _ body: String
    ) async throws {
        let wire = try Self.wire([Entry(status: status, body: body)])
        defer { wire.stop() }
        guard case .unknown = await wire.client.create(Self.order, isEntry: true),
            case .unknown = await wire.client.cancel([VenueOrderID("o")])
        else {
            Issue.record("known")
            return
        }
        #expect(try await Self.log(wire).count == 2)
    }

    @Test
    func `trap 21: libcurl sends a POST again where a kept connection was dead, and must not`()
        async throws
    {
        // The first answer keeps the connection; the order on it is read, and dropped without a word.
        let wire = try Self.wire([
            Entry(path: "/api/v3/brokerage/time", body: #"{"epochMillis":"1"}"#),
            Entry(path: "/api/v3/brokerage/orders", then: "drop"),
        ])
        defer { wire.stop() }
        #expect(await wire.client.time().value != nil)
        guard case .unknown = await wire.client.create(Self.order, isEntry: true) else {
            Issue.record("known")
            return
        }
        let sent = try await Self.log(wire).filter { $0.method == "POST" }
        #expect(sent.count == 1)
        let first = try await Self.log(wire)[0].connection
        #expect(sent[0].connection == first, "the connection was not a kept one")
    }

    @Test func `trap 22: a good token may be refused on a kept connection, once`() async throws {
        let wire = try Self.wire([
            Entry(
                path: "/api/v3/brokerage/key_permissions",
                status: 401,
                body: "Unauthorized\n",
                times: 1
            ),
            Entry(body: #"{"can_view":true,"can_trade":true,"can_transfer":false}"#),
        ])
        defer { wire.stop() }
        #expect(await wire.client.permissions().value?.canTrade == true)
        let log = try await Self.log(wire)
        #expect(log.count == 2 && log[0].connection != log[1].connection)
        #expect(log[0].authorization != log[1].authorization)
    }

    @Test func `trap 23: a key that is bad is bad after one more try`() async throws {
        let wire = try Self.wire([Entry(status: 401, body: "Unauthorized\n")])
        defer { wire.stop() }
        guard case .refused(let refusal) = await wire.client.permissions() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .unauthorized)
        #expect(try await Self.log(wire).count == 2)
    }

    @Test(arguments: [
        (
            #"{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}"#,
            "rate_limit_exceeded"
        ),
        ("<html><body>429 Too Many Requests</body></html>", ""),
    ])
    func `trap 24: 429 is JSON or a web page, and its Retry-After is kept`(
        _ body: String,
        _ code: String
    ) async throws {
        let wire = try Self.wire([
            Entry(status: 429, body: body, headers: ["Retry-After": "1"], times: 1),
            Entry(body: #"{"epochMillis":"5000"}"#),
        ])
        defer { wire.stop() }
        #expect(await wire.client.time().value == Instant(seconds: 5))
        let counters = await wire.client.counters
        #expect(counters.rateLimited == 1 && counters.retries == 1)
        let order = try Self.wire([Entry(status: 429, body: body)])
        defer { order.stop() }
        guard case .refused(let refusal) = await order.client.create(Self.order, isEntry: true)
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .rateLimited && refusal.code == code)
        #expect(try await Self.log(order).count == 1, "an order is not sent again")
    }

    @Test func `trap 25: a redirect is not followed`() async throws {
        let wire = try Self.wire([
            Entry(status: 302, headers: ["Location": "/api/v3/brokerage/log"])
        ])
        defer { wire.stop() }
        #expect(await wire.client.time().value == nil)
        #expect(try await Self.log(wire).count == 1)
    }

    @Test(arguments: ["<html>", "", "{\"products\":", "[1]", "{\"products\":{}}"])
    func `trap 26: an answer that is no JSON is survived and counted`(_ body: String) async throws {
        let wire = try Self.wire([Entry(body: body)])
        defer { wire.stop() }
        guard case .refused(let refusal) = await wire.client.products() else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .unreadable)
        #expect(await wire.client.counters.unreadable.values.reduce(0, +) == 1)
    }

    @Test func `trap 27: a product that cannot be read is left out and counted, the others stay`()
        async throws
    {
        let good = Self.product().dropFirst(#"{"products":["#.count).dropLast(2)
        let wire = try Self.wire([
            Entry(
                body:
                    "{\"products\":[\(good),{\"product_id\":\"X\"},{\"product_id\":\"ETH-USD\",\"base_increment\":\"0\"}]}"
            )
        ])
        defer { wire.stop() }
        #expect(await wire.client.products().value?.map(\.product.id) == [Self.btc])
        #expect(await wire.client.counters.unknownValues == ["product": 2])
    }

    @Test func `trap 28: an order's words may be of next year, and its absent times of year 1`()
        async throws
    {
        let row =
            #"{"order_id":"o","client_order_id":"c","product_id":"BTC-USD","side":"BUY","status":"%","filled_size":"0.000297920684505","average_filled_price":"21220.6399999973697697","created_time":"2026-01-01T00:00:00.35396251Z","last_fill_time":null,"end_time":"0001-01-01T00:00:00Z","cancel_message":"Internal error","order_configuration":{"twap_limit_gtd":{}}}"#
        let rows = ["HIBERNATING", "FILLED", "CANCEL_QUEUED", "CANCELLED"].map {
            row.replacingOccurrences(of: "%", with: $0)
        }
        let wire = try Self.wire([
            Entry(body: "{\"orders\":[\(rows.joined(separator: ","))],\"has_next\":false}")
        ])
        defer { wire.stop() }
        let orders = try #require(await wire.client.openOrders().value)
        #expect(orders.map(\.status) == [nil, .filled, .open, .canceled])
        // A canceled order may have filled, off the increment's grid, and its message says nothing.
        #expect(orders[3].filledQuantity.description == "0.000297920684505")
        #expect(orders.allSatisfy { $0.request == nil && $0.order == nil })
        #expect(await wire.client.counters.unknownValues == ["order_status": 1])
    }

    @Test func `trap 29: cancels are answered row by row, with HTTP 200 for a no, 100 at most`()
        async throws
    {
        let wire = try Self.wire([
            Entry(
                body:
                    #"{"results":[{"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"a"},{"success":false,"failure_reason":"ORDER_IS_FULLY_FILLED","order_id":"b"}]}"#
            )
        ])
        defer { wire.stop() }
        let rows = try #require(
            await wire.client.cancel(["a", "b"].map { VenueOrderID($0) }).value
        )
        #expect(rows[VenueOrderID("a")] == .some(nil))
        #expect(rows[VenueOrderID("b")]??.code == "ORDER_IS_FULLY_FILLED")
        _ = await wire.client.cancel((0..<250).map { VenueOrderID("o-\($0)") })
        #expect(try await Self.log(wire).count == 1 + 3)
    }

    @Test
    func `nothing leaves through a closed gate, and what may be unknown never becomes a failure`()
        async throws
    {
        let wire = try Self.wire([
            Entry(body: #"{"success":true,"success_response":{"order_id":"o"}}"#)
        ])
        defer { wire.stop() }
        wire.gate.close()
        guard case .refused(let refusal) = await wire.client.create(Self.order, isEntry: true)
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .gateClosed && refusal.rejection == .gateClosed)
        #expect(try await Self.log(wire).isEmpty)
        // An exit leaves all the same.
        #expect(await wire.client.create(Self.order, isEntry: false).value != nil)
    }

    @Test func `an order to a venue that is not there was not sent`() async throws {
        let wire = try Self.wire([])
        let other = try #require(VenueAddress(endpoint: "https://127.0.0.1:1"))
        let client = CoinbaseClient(
            transport: wire.transport,
            address: other,
            mint: wire.mint,
            limits: .wide,
            random: SeededRandom(seed: 1)
        )
        defer { wire.stop() }
        guard case .refused(let refusal) = await client.create(Self.order, isEntry: true) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.kind == .notSent)
    }
}
