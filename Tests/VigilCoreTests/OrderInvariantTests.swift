import Testing
import VigilModel

@testable import VigilCore

/// What must not be among orders, routes and strays is seen: each part is asked about orders that are not its own.
@Suite struct OrderInvariantTests {
    /// An order of a product, where it stands.
    private static func registry(
        _ id: ClientOrderID,
        _ state: OrderState,
        of product: ProductID = Sample.btc,
        _ side: Side = .buy
    ) throws -> OrderRegistry {
        var orders = OrderRegistry()
        orders.add(try OrderRegistryTests.record(id.text, state, of: product, side))
        return orders
    }

    @Test func `a route waits for an order of its own that has not ended`() throws {
        var desk = try OrderDesk()
        let id = try desk.rest(desk.enter()).request.clientOrderID
        let (work, none) = (desk.core.desk, StrayKeeper())
        #expect(work.violations(desk.core.orders, none) == [])
        #expect(
            try work.violations(Self.registry(id, .canceled), none)
                == ["BTC-USD waits for \(id), which is canceled"]
        )
        #expect(work.violations(OrderRegistry(), none) == ["BTC-USD is worked without an order"])
        #expect(
            try work.violations(Self.registry(id, .open, of: OrderDesk.eth), none)
                == ["BTC-USD is worked by \(id), an order of another product"]
        )
        var strays = StrayKeeper()
        strays.keep(id)
        #expect(
            work.violations(desk.core.orders, strays)
                == ["\(id) is worked, and taken for one that nothing works"]
        )
    }

    @Test func `a stray has not ended`() throws {
        let id = ClientOrderID("o")
        var strays = StrayKeeper()
        strays.keep(id)
        #expect(try strays.violations(Self.registry(id, .open)) == [])
        let waits = ["o has ended, and its end is waited for"]
        #expect(try strays.violations(Self.registry(id, .canceled)) == waits)
        #expect(strays.violations(OrderRegistry()) == waits)
    }

    @Test func `what is looked for is not known`() throws {
        let id = ClientOrderID("o")
        var fates = FateResolver()
        _ = fates.begin(id, at: Sample.now)
        #expect(try fates.violations(Self.registry(id, .unknown)) == [])
        #expect(
            try fates.violations(Self.registry(id, .open))
                == ["o is looked for, and its fate is known"]
        )
    }

    @Test func `a sell waits only for a sell of its product that nothing works`() throws {
        let id = ClientOrderID("o")
        let request = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .takeProfit
        )
        var strays = StrayKeeper()
        strays.keep(id)
        let sell = try Self.registry(id, .open, .sell)
        _ = strays.makeWay(for: request, in: sell, at: Sample.now)
        #expect(strays.violations(sell) == [])
        #expect(
            try strays.violations(Self.registry(id, .open, .buy))
                == ["a sell of BTC-USD waits, and nothing is in its way"]
        )
    }

    @Test func `the core asks every part`() throws {
        var desk = try OrderDesk()
        _ = try desk.rest(desk.enter())
        #expect(desk.core.violations(after: .timerFired, []) == [])
        desk.core.orders = OrderRegistry()
        #expect(
            desk.core.violations(after: .timerFired, []) == ["BTC-USD is worked without an order"]
        )
        desk.core.orders = try Self.registry(ClientOrderID("left"), .open)
        desk.core.desk = RouteDesk()
        #expect(
            desk.core.violations(after: .timerFired, [])
                == ["left is open, and nothing works it or asks for its end"]
        )
        desk.core.strays.keep(ClientOrderID("a"))
        _ = desk.core.fates.begin(ClientOrderID("b"), at: Sample.now)
        #expect(desk.core.violations(after: .timerFired, []).count == 3)
    }
}
