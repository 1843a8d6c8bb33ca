import Synchronization
import Testing
import VigilCore
import VigilModel

@testable import VigilCoinbase

/// A row of ours that cannot be read is that order's trouble, told once; everything else goes on.
@Suite(.certificates) struct OddAccountTests {
    private static let historical = "/api/v3/brokerage/orders/historical/"
    /// When the rows were made.
    private static let then = Instant(seconds: 1_767_225_600)

    private final class Told: Sendable {
        let rows = Mutex<[OddRow]>([])
    }

    private static func order(_ name: String, filled: String = "\"0\"") -> String {
        #"{"order_id":"\#(name)","client_order_id":"v-instance-firstrun-\#(name)","product_id":"BTC-USD","side":"BUY","status":"OPEN","filled_size":\#(filled),"created_time":"2026-01-01T00:00:00Z","order_configuration":{"limit_limit_gtc":{"base_size":"1","limit_price":"100"}}}"#
    }

    private static func fill(_ name: String, of order: String, price: String = "2") -> String {
        #"{"entry_id":"\#(name)","trade_id":"\#(name)","order_id":"\#(order)","trade_type":"FILL","price":"\#(price)","size":"0.1","commission":"0","product_id":"BTC-USD","trade_time":"2026-01-01T00:00:00Z","side":"BUY"}"#
    }

    /// An account at a venue with these lists, at a time after its rows were made.
    private static func account(
        _ orders: [String],
        _ fills: [String],
        after span: Duration,
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
                rows.map(\.trouble) == ["`filled_size` is \"many\"", "of a fill, `price` is \"?\""]
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
            Self.fill("3", of: "a"), Self.fill("2", of: "nobody"), Self.fill("1", of: "a"),
        ]
        try await Self.account([Self.order("a")], fills, after: .seconds(age)) {
            account,
            events,
            told in
            #expect(await account.readOnce())
            #expect(Self.filled(events) == ["1", "3"])
            #expect(await account.hasUntold == (age < 600))
            #expect(told.rows.withLock { $0.isEmpty })
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
