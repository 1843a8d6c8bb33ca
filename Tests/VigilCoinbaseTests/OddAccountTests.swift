import Foundation
import Synchronization
import Testing
import VigilCore
import VigilModel
import VigilTransport

@testable import VigilCoinbase

/// A row of ours that cannot be read is that order's trouble, told once; everything else goes on.
@Suite(.certificates) struct OddAccountTests {
    private static let historical = "/api/v3/brokerage/orders/historical/"
    /// When the rows were made.
    private static let then = Instant(seconds: 1_767_225_600)

    private final class Told: Sendable {
        let rows = Mutex<[OddRow]>([])
    }

    private static func order(
        _ name: String,
        filled: String = "\"0\"",
        key: String? = nil,
        id: String? = nil
    ) -> String {
        let key = key ?? "\"v-instance-firstrun-\(name)\""
        return
            #"{"order_id":\#(id ?? "\"\(name)\""),"client_order_id":\#(key),"product_id":"BTC-USD","side":"BUY","status":"OPEN","filled_size":\#(filled),"created_time":"2026-01-01T00:00:00Z","order_configuration":{"limit_limit_gtc":{"base_size":"1","limit_price":"100"}}}"#
    }

    private static func fill(
        _ name: String,
        of order: String,
        price: String = "2",
        at time: String = "2026-01-01T00:00:00Z"
    ) -> String {
        #"{"entry_id":"\#(name)","trade_id":"\#(name)","order_id":"\#(order)","trade_type":"FILL","price":"\#(price)","size":"0.1","commission":"0","product_id":"BTC-USD","trade_time":"\#(time)","side":"BUY"}"#
    }

    /// An account at a venue with these lists, at a time after its rows were made.
    private static func account(
        _ orders: [String],
        _ fills: [String],
        after span: Duration,
        alone: String? = nil,
        _ body: (CoinbaseAccount, EventBox, Told) async throws -> Void
    ) async throws {
        let wire = try RestTrapTests.wire([
            .init(
                path: historical + "batch",
                body: #"{"orders":[\#(orders.joined(separator: ","))],"has_next":false}"#
            ),
            .init(
                path: historical + "fills",
                body: #"{"fills":[\#(fills.joined(separator: ","))],"cursor":""}"#
            ),
            .init(path: historical + "nobody", status: 404, body: #"{"error":"NOT_FOUND"}"#),
            .init(path: historical + "alone", body: #"{"order":\#(alone ?? "7")}"#),
        ])
        defer { wire.stop() }
        let (events, told) = (EventBox(), Told())
        let account = CoinbaseAccount(
            client: wire.client,
            since: then,
            isOurs: { OrderOwner(of: $0, instance: "instance") == .us },
            odd: { row in told.rows.withLock { $0.append(row) } },
            marketTime: { then + span },
            report: { event in events.add(event) },
            feed: { _ in }
        )
        try await body(account, events, told)
    }

    private static func filled(_ events: EventBox) -> [String] {
        events.events.compactMap { event in
            if case .fillReported(let fill) = event { fill.entryID.text } else { nil }
        }
    }

    @Test
    func `an order and a fill that cannot be read are told once, and the others are taken in`()
        async throws
    {
        let orders = [Self.order("a"), Self.order("b", filled: "\"many\"")]
        let fills = [
            Self.fill("3", of: "a"), Self.fill("2", of: "b", price: "?"), Self.fill("1", of: "a"),
        ]
        try await Self.account(orders, fills, after: .seconds(1)) { account, events, told in
            for _ in 0..<3 {
                #expect(await account.readOnce())
            }
            #expect(Self.filled(events) == ["1", "3"])
            let rows = told.rows.withLock { $0 }
            #expect(rows.map(\.name.text) == ["b", "b"])
            #expect(
                rows.map(\.trouble) == ["`filled_size` is \"many\"", "in a fill, `price` is \"?\""]
            )
            #expect(rows[0].text.contains("order v-instance-firstrun-b (the venue's b)"))
        }
    }

    @Test(arguments: [1, 599, 601])
    func
        `a fill of an order that the venue does not show holds up no other, and is asked about for ten minutes`(
            _ age: Int64
        ) async throws
    {
        let fills = [
            Self.fill("3", of: "a", at: "2026-01-01T00:00:01Z"), Self.fill("2", of: "nobody"),
            Self.fill("1", of: "a"),
        ]
        try await Self.account([Self.order("a")], fills, after: .seconds(age)) {
            account,
            events,
            told in
            #expect(await account.readOnce())
            #expect(Self.filled(events) == ["1", "3"])
            // The lists are read from there on until its order is shown, or the time is over.
            let held = await account.sequencedAt == Self.then
            #expect(held == (age < 600))
            #expect(told.rows.withLock { $0.isEmpty })
        }
    }

    @Test func `an order that is asked for by its name needs no name in the answer`() async throws {
        let order = Self.order("alone", id: "null")
        try await Self.account([], [Self.fill("1", of: "alone")], after: .seconds(1), alone: order)
        {
            account,
            events,
            _ in
            #expect(await account.readOnce())
            #expect(Self.filled(events) == ["1"])
        }
    }

    @Test func `an order whose key cannot be read stays ours, and its fills are taken in`()
        async throws
    {
        let fills = [Self.fill("2", of: "a")]
        try await Self.account([Self.order("a", key: "null")], fills, after: .seconds(1)) {
            account,
            events,
            told in
            try await account.take(Self.listed(Self.order("a")))
            #expect(await account.readOnce())
            #expect(Self.filled(events) == ["2"])
            let troubles = told.rows.withLock { rows in rows.map(\.trouble) }
            #expect(troubles == ["`client_order_id` is not that of this order"])
        }
    }

    private static func listed(_ text: String) throws -> ListedOrder {
        try JSONReader().read(Array(text.utf8)) { ListedOrder($0) }
    }

    @Test func `while a young order has no key that can be read, none is taken for absent`()
        async throws
    {
        let orders = [Self.order("a"), Self.order("x", key: "null")]
        try await Self.account(orders, [], after: .seconds(1)) { account, _, _ in
            let ids = ["a", "c"].map { ClientOrderID("v-instance-firstrun-\($0)") }
            let asked = Mutex<[[ClientOrderID]]>([])
            for since in [Self.then, Self.then + .seconds(1)] {
                await account.look(for: ids, since: since) { clear, _, _ in
                    asked.withLock { $0.append(clear) }
                }
            }
            // It was made before the second look's time: it is none of those that are looked for.
            let clear = asked.withLock { $0 }
            #expect(clear == [[ids[0]], ids])
        }
    }

    @Test func `a fill that is dated into the future does not keep out those that come until then`()
        async throws
    {
        let fills = [Self.fill("2", of: "a", at: "2100-01-01T00:00:00Z"), Self.fill("1", of: "a")]
        try await Self.account([Self.order("a")], fills, after: .seconds(1)) { account, events, _ in
            #expect(await account.readOnce())
            #expect(Self.filled(events) == ["1", "2"])
            #expect(await account.sequencedAt == Self.then + .seconds(1))
        }
    }

    @Test
    func `an order that the venue does not show is asked for once in a while, and not for ever`()
        async throws
    {
        for age in [Int64(1), 601] {
            let fills = ["1", "2", "3"].map { Self.fill($0, of: "nobody") }
            try await Self.account([], fills, after: .seconds(age)) { account, _, _ in
                for _ in 0..<2 {
                    #expect(await account.readOnce())
                }
                let asked = try await Self.asked(account)
                #expect(asked == 1)
            }
        }
    }

    private static func asked(_ account: CoinbaseAccount) async throws -> Int {
        let client = await account.client
        let url = "https://\(client.address.host)/api/v3/brokerage/log"
        let answer = await client.transport.send(
            .init(method: "GET", url: url, timeout: .seconds(5))
        )
        let log = try JSONDecoder().decode(RestTrapTests.Log.self, from: Data(answer.body)).log
        return log.count { $0.target.contains("historical/nobody") }
    }

    @Test func `a fill of ours that cannot be read is not waited for`() async throws {
        let fills = [Self.fill("2", of: "a", price: "?")]
        try await Self.account([Self.order("a", filled: "\"0.1\"")], fills, after: .seconds(1)) {
            account,
            _,
            _ in
            await account.read()
            await account.readAll()
            // It ends at once, and the order is known to lack a row.
            #expect(await account.unreadable == [ClientOrderID("v-instance-firstrun-a")])
        }
    }

    @Test func `a look for an order that cannot be read says nothing of it, and finds the others`()
        async throws
    {
        let orders = [Self.order("a"), Self.order("b", filled: "\"many\"")]
        try await Self.account(orders, [], after: .seconds(1)) { account, _, _ in
            let ids = ["a", "b", "c"].map { ClientOrderID("v-instance-firstrun-\($0)") }
            let answer = Mutex<([ClientOrderID], [ClientOrderID: VenueOrder]?)>(([], nil))
            await account.look(for: ids, since: Self.then) { asked, found, _ in
                answer.withLock { $0 = (asked, found) }
            }
            let (asked, found) = answer.withLock { $0 }
            // That `c` is not there counts; whether `b` is does not.
            #expect(asked == [ids[0], ids[2]])
            #expect(found.map { Array($0.keys) } == [ids[0]])
        }
    }
}
