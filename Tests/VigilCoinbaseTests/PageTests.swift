import Foundation
import Testing
import VigilCoinbase
import VigilCore
import VigilModel

/// Lists in pages: what stands on a later one counts as much as what stands on the first.
@Suite(.certificates) struct PageTests {
    static let orders = "/api/v3/brokerage/orders/historical/batch"
    static let open = "?order_status=OPEN&limit=250&product_type=SPOT"
    static let accounts = "/api/v3/brokerage/accounts"

    static func order(_ id: String) -> String {
        #"{"order_id":"\#(id)","client_order_id":"c-\#(id)","product_id":"BTC-USD","side":"BUY","status":"OPEN","filled_size":"0","created_time":"2026-01-01T00:00:00Z","order_configuration":{}}"#
    }

    static func account(_ currency: String, _ amount: String) -> String {
        #"{"currency":"\#(currency)","available_balance":{"value":"\#(amount)"},"hold":{"value":"0"}}"#
    }

    static func page(_ name: String, _ rows: [String], _ end: String) -> String {
        "{\"\(name)\":[\(rows.joined(separator: ","))],\(end)}"
    }

    @Test func `orders of the second and the third page are listed, with the filters of the first`()
        async throws
    {
        let wire = try RestTrapTests.wire([
            .init(
                path: Self.orders + Self.open + "&cursor=two",
                body: Self.page("orders", [Self.order("d")], #""has_next":false,"cursor":"three""#)
            ),
            .init(
                path: Self.orders + Self.open + "&cursor=one",
                body: Self.page(
                    "orders",
                    [Self.order("b"), Self.order("c")],
                    #""has_next":true,"cursor":"two""#
                )
            ),
            .init(
                path: Self.orders + Self.open,
                body: Self.page("orders", [Self.order("a")], #""has_next":true,"cursor":"one""#)
            ),
        ])
        defer { wire.stop() }
        let listed = try #require(await wire.client.openOrders().value)
        #expect(listed.map(\.id) == ["a", "b", "c", "d"].map { VenueOrderID($0) })
        #expect(try await RestTrapTests.log(wire).count == 3)
    }

    @Test func `what is held in a currency of the second page is held`() async throws {
        let wire = try RestTrapTests.wire([
            .init(
                path: Self.accounts + "?limit=250&cursor=one",
                body: Self.page("accounts", [Self.account("BTC", "2")], #""has_next":false"#)
            ),
            .init(
                path: Self.accounts,
                body: Self.page(
                    "accounts",
                    [Self.account("USD", "1")],
                    #""has_next":true,"cursor":"one""#
                )
            ),
        ])
        defer { wire.stop() }
        let held = try #require(await wire.client.balances().value)
        #expect(held.map(\.available.description) == ["1 USD", "2 BTC"])
    }

    @Test(arguments: [
        #""has_next":true"#, #""has_next":true,"cursor":"""#, #""has_next":true,"cursor":null"#,
    ])
    func `a list that goes on and does not say where is no list`(_ end: String) async throws {
        let wire = try RestTrapTests.wire([
            .init(path: Self.orders, body: Self.page("orders", [Self.order("a")], end)),
            .init(
                path: Self.accounts,
                body: Self.page("accounts", [Self.account("USD", "1")], end)
            ),
        ])
        defer { wire.stop() }
        for trouble in [
            await wire.client.openOrders().trouble,
            await wire.client.orders(since: .epoch).trouble,
            await wire.client.balances().trouble,
        ] {
            #expect(trouble?.contains("unreadable") == true, "\(trouble ?? "a list")")
        }
    }

    @Test(arguments: [403, 404, 400])
    func `a list whose second page is refused is refused, and not half a list`(
        _ status: Int
    )
        async throws
    {
        let more = #""has_next":true,"cursor":"one""#
        let wire = try RestTrapTests.wire([
            .init(
                path: Self.orders + Self.open + "&cursor",
                status: status,
                body: "{}"
            ),
            .init(path: Self.orders, body: Self.page("orders", [Self.order("a")], more)),
            .init(path: Self.accounts + "?limit=250&cursor", status: status, body: "{}"),
            .init(
                path: Self.accounts,
                body: Self.page("accounts", [Self.account("USD", "1")], more)
            ),
        ])
        defer { wire.stop() }
        #expect(await wire.client.openOrders().value == nil)
        #expect(await wire.client.balances().value == nil)
    }

    @Test func `one row of a later page that cannot be read spoils the whole list`() async throws {
        let wire = try RestTrapTests.wire([
            .init(
                path: Self.accounts + "?limit=250&cursor=one",
                body: Self.page("accounts", [#"{"currency":"BTC"}"#], #""has_next":false"#)
            ),
            .init(
                path: Self.accounts,
                body: Self.page(
                    "accounts",
                    [Self.account("USD", "1")],
                    #""has_next":true,"cursor":"one""#
                )
            ),
        ])
        defer { wire.stop() }
        #expect(await wire.client.balances().value == nil)
    }
}
