import Testing
import VigilCore
import VigilModel

@testable import VigilCoinbase

/// A cancel that the venue refuses is looked up: an order that stands is told, once.
@Suite(.certificates) struct RefusedCancelTests {
    private static let id = ClientOrderID("v-instance-firstrun-1")
    private static let path = "/api/v3/brokerage/orders/"

    /// An account with one order of ours, at a venue that cancels nothing and shows the order so.
    private static func account(
        _ order: String,
        status: Int = 200,
        _ body: (CoinbaseAccount, EventBox) async throws -> Void
    ) async throws {
        let refusal =
            #"{"results":[{"success":false,"failure_reason":"UNKNOWN_CANCEL_ORDER","order_id":"o"}]}"#
        let wire = try RestTrapTests.wire([
            .init(path: path + "batch_cancel", body: refusal),
            .init(path: path + "historical/o", status: status, body: order),
        ])
        defer { wire.stop() }
        let events = EventBox()
        let account = CoinbaseAccount(
            client: wire.client,
            since: .epoch,
            marketTime: { .epoch },
            report: { event in events.add(event) },
            feed: { _ in }
        )
        let request = OrderRequest(
            clientOrderID: id,
            product: ProductID(base: Currency("BTC") ?? .usd, quote: .usd),
            side: .buy,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: .goodTillCanceled,
                postOnly: false
            )
        )
        let intent = Intent(
            request: request,
            purpose: .exit(.stopLoss),
            parent: nil,
            cycle: nil,
            createdAt: .epoch
        )
        var record = OrderRecord(intent: intent, state: .open, filled: .zero)
        record.venueOrderID = VenueOrderID("o")
        await account.know([record])
        try await body(account, events)
    }

    private static func order(_ status: String) -> String {
        #"{"order":{"order_id":"o","client_order_id":"\#(id)","product_id":"BTC-USD","side":"BUY","status":"\#(status)","filled_size":"0"}}"#
    }

    @Test func `an order that stands is told once, however often it is asked to end`() async throws
    {
        try await Self.account(Self.order("OPEN")) { account, _ in
            guard case .ok(let refusal?) = await account.cancel(Self.id) else {
                Issue.record("the refusal is not heard")
                return
            }
            #expect(refusal.code == "UNKNOWN_CANCEL_ORDER")
            #expect(await account.stands(Self.id))
            #expect(await account.stands(Self.id) == false)
        }
    }

    @Test func `one that has ended is no trouble, and its end is told`() async throws {
        try await Self.account(Self.order("CANCELLED")) { account, events in
            #expect(await account.stands(Self.id) == false)
            let ends = events.events.filter {
                if case .orderUpdated(let order) = $0 { order.status == .canceled } else { false }
            }
            #expect(ends.count == 1)
        }
    }

    @Test func `of one that cannot be looked up nothing is claimed`() async throws {
        try await Self.account("{}", status: 404) { account, _ in
            #expect(await account.stands(Self.id) == false)
        }
    }

    @Test func `of one order's cancels one is under way, and the next may follow it`() async throws
    {
        let wire = try RestTrapTests.wire([
            .init(path: Self.path + "batch_cancel", body: #"{"results":[]}"#)
        ])
        defer { wire.stop() }
        let venue = await CoinbaseVenue.begun(wire.client)
        func cancel(_ id: ClientOrderID) -> VenueWork? {
            venue.take(.cancel(id), at: .epoch) { _ in }
        }
        let first = try #require(cancel(Self.id))
        #expect(cancel(Self.id) == nil)
        #expect(
            cancel(ClientOrderID("v-instance-firstrun-2")) != nil,
            "another order's waits for nobody"
        )
        await first()
        #expect(cancel(Self.id) != nil)
    }
}
