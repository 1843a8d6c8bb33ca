import Foundation
import Testing
import VigilCore
import VigilModel

@testable import VigilCoinbase

/// Every field of every row takes every odd value in turn: the other rows are read as if nothing had been.
@Suite(.certificates) struct OddPlaceTests {
    private static var odd: [Any] {
        [
            NSNull(), "", "many", "-1", "1E25", "0E-16", String(repeating: "9", count: 60), true,
            [Any](), [String: Any](), 1e300, "BIT-25DEC26-CDE",
        ]
    }

    /// Rows of which the middle one has an odd value in one place; each place and each value once.
    private static func variants(_ rows: [[String: Any]]) -> [[[String: Any]]] {
        rows[1].keys.sorted().flatMap { key -> [[[String: Any]]] in
            var values = Self.odd
            if let inner = rows[1][key] as? [String: Any] {
                for part in inner.keys.sorted() {
                    values += Self.odd.map { inner.merging([part: $0]) { $1 } as Any }
                }
            }
            var missing = rows
            missing[1][key] = nil
            return [missing]
                + values.map { value in
                    var changed = rows
                    changed[1][key] = value
                    return changed
                }
        }
    }

    private static func text(_ body: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
    }

    /// A venue that answers with each variant of a list once, in turn.
    private static func wire(
        _ path: String,
        _ list: String,
        _ variants: [[[String: Any]]]
    ) throws -> Wire {
        try RestTrapTests.wire(
            try variants.map { rows in
                let body = try text([list: rows, "has_next": false, "cursor": ""])
                return .init(path: "/api/v3/brokerage/" + path, body: body, times: 1)
            }
        )
    }

    private static func order(_ name: String, _ client: String) -> [String: Any] {
        let limit = ["base_size": "1", "limit_price": "100"]
        return [
            "order_id": name, "client_order_id": client, "product_id": "BTC-USD", "side": "BUY",
            "status": "OPEN", "filled_size": "0.5", "created_time": "2026-01-01T00:00:00Z",
            "order_configuration": ["limit_limit_gtc": limit],
        ]
    }

    @Test func `an odd order in the list leaves the others as they are`() async throws {
        let rows = ["a", "b", "c"].map { Self.order($0, "v-instance-firstrun-\($0)") }
        let variants = Self.variants(rows)
        let wire = try Self.wire("orders/historical/batch", "orders", variants)
        defer { wire.stop() }
        for rows in variants {
            let listed = try #require(await wire.client.openOrders().value, "\(rows[1])")
            let whole = listed.filter { $0.order != nil && $0.id.text != "b" }.map(\.id.text)
            #expect(whole.contains("a") && whole.contains("c"), "\(rows[1])")
            // One that is ours by its name is never passed over, or an order would be taken for absent.
            let isOurs = rows[1]["client_order_id"] as? String == "v-instance-firstrun-b"
            #expect(!isOurs || listed.contains { $0.clientOrderID.text == "v-instance-firstrun-b" })
        }
    }

    @Test func `an odd row among the fills leaves the others as they are`() async throws {
        let rows = ["a", "b", "c"].map { name -> [String: Any] in
            [
                "entry_id": name, "trade_id": "t\(name)", "order_id": "o\(name)",
                "trade_type": "FILL",
                "price": "2", "size": "3", "commission": "0.01", "product_id": "BTC-USD",
                "trade_time": "2026-01-01T00:00:00Z", "sequence_timestamp": "2026-01-01T00:00:01Z",
                "side": "SELL", "size_in_quote": false, "liquidity_indicator": "MAKER",
            ]
        }
        let variants = Self.variants(rows)
        // What the venue is to say is handed to it as one argument, which has a bound.
        for start in stride(from: 0, to: variants.count, by: 80) {
            let part = Array(variants[start..<min(start + 80, variants.count)])
            let wire = try Self.wire("orders/historical/fills", "fills", part)
            defer { wire.stop() }
            for rows in part {
                let answer = await wire.client.fills(since: .epoch)
                let listed = try #require(answer.value, "\(rows[1])")
                let id = ClientOrderID("v-instance-firstrun-1")
                let entries = listed.compactMap { $0.fill(of: id)?.entryID.text }
                #expect(entries.contains("a") && entries.contains("c"), "\(rows[1])")
            }
        }
    }

    @Test func `an odd wallet leaves the others as they are, and one of ours is named`()
        async throws
    {
        for (middle, isNeeded) in [("BTC", true), ("DOGE", false)] {
            let rows = ["USD", middle, "ETH"].map { name -> [String: Any] in
                [
                    "uuid": name, "currency": name, "type": "ACCOUNT_TYPE_CRYPTO",
                    "available_balance": ["value": "1.5", "currency": name],
                    "hold": ["value": "0.5", "currency": name],
                ]
            }
            let variants = Self.variants(rows)
            let wire = try Self.wire("accounts", "accounts", variants)
            defer { wire.stop() }
            let needed = Set(["USD", "BTC", "ETH"].compactMap { Currency($0) })
            for rows in variants {
                let wallets = try #require(await wire.client.wallets(needed: needed).value)
                let held = wallets.held.map(\.available.description)
                #expect(held.contains("1.5 USD") && held.contains("1.5 ETH"), "\(rows[1])")
                for (currency, trouble) in wallets.unreadable {
                    #expect(isNeeded && currency.description == middle && trouble.contains("`"))
                }
            }
        }
    }

    @Test func `an odd order in the user feed leaves the others as they are`() throws {
        let rows = ["a", "b", "c"].map { name -> [String: Any] in
            [
                "order_id": name, "client_order_id": "v-instance-firstrun-\(name)",
                "status": "OPEN",
                "product_id": "BTC-USD", "cumulative_quantity": "0.5", "number_of_fills": "1",
            ]
        }
        for rows in Self.variants(rows) {
            let event: [String: Any] = ["type": "update", "orders": rows]
            let message = try Self.text(["channel": "user", "sequence_num": 0, "events": [event]])
            let frame = try FeedParser().read(Array(message.utf8))
            guard case .orders(let orders, _) = frame.content else { throw JSONFault.broken }
            let whole = orders.filter { $0.trouble == nil }.map(\.id.text)
            #expect(whole.contains("a") && whole.contains("c"), "\(rows[1])")
        }
    }

    @Test func `an odd print or change of a book leaves the other products as they are`() throws {
        func frame(_ channel: String, _ events: [[String: Any]]) throws -> FeedFrame {
            let message = try Self.text(["channel": channel, "sequence_num": 0, "events": events])
            return try FeedParser().read(Array(message.utf8))
        }
        let prints = ["BTC-USD", "ETH-USD", "ADA-USD"].map { name -> [String: Any] in
            [
                "product_id": name, "trade_id": "7", "price": "2", "size": "3", "side": "BUY",
                "time": "2026-01-01T00:00:00Z",
            ]
        }
        for rows in Self.variants(prints) {
            let read = try frame("market_trades", [["type": "update", "trades": rows]])
            guard case .trades(let trades) = read.content else { throw JSONFault.broken }
            let names = trades.map(\.trade.product.description)
            #expect(names.contains("BTC-USD") && names.contains("ADA-USD"), "\(rows[1])")
        }
        let level = [
            "side": "bid", "price_level": "99", "new_quantity": "1",
            "event_time": "2026-01-01T00:00:00Z",
        ]
        let events = ["BTC-USD", "ETH-USD", "ADA-USD"].map { name -> [String: Any] in
            ["type": "snapshot", "product_id": name, "updates": [level]]
        }
        for events in Self.variants(events) where events[1]["product_id"] as? String == "ETH-USD" {
            let read = try frame("l2_data", events)
            guard case .books(let changes) = read.content else { throw JSONFault.broken }
            for name in ["BTC-USD", "ADA-USD"] {
                let change = try #require(changes.first { $0.product.description == name })
                var book = LevelBook(product: change.product)
                try book.apply(change)
            }
        }
    }
}
