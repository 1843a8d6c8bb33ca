import Testing
import VigilModel

@testable import VigilCore

/// What no route works comes to its end, and holds up a sell no longer than it must.
@Suite struct StrayKeeperTests {
    private func orders(_ records: (String, OrderState, Side)...) throws -> OrderRegistry {
        var orders = OrderRegistry()
        for (id, state, side) in records {
            orders.add(try OrderRegistryTests.record(id, state, side))
        }
        return orders
    }

    private func exit(_ reason: ExitReason) throws -> ExitRequest {
        ExitRequest(product: Sample.btc, quantity: try Quantity("1"), reason: reason)
    }

    @Test func `its end is asked for every five seconds until it comes`() throws {
        let orders = try orders(("a", .open, .buy), ("b", .unknown, .buy), ("c", .intended, .buy))
        var strays = StrayKeeper()
        for id in ["a", "b", "c"] { strays.keep(ClientOrderID(id)) }
        let a = ClientOrderID("a")
        #expect(
            strays.end(in: orders, at: Sample.now) == [.cancel(a), .wake(at: OrderDesk.at(5))],
            "one that may not be there is not canceled"
        )
        #expect(strays.overdue(in: orders, at: OrderDesk.at(4.9)).isEmpty)
        #expect(
            strays.overdue(in: orders, at: OrderDesk.at(5))
                == [.cancel(a), .wake(at: OrderDesk.at(10))]
        )
        #expect(strays.ids.map(\.text) == ["a", "b", "c"])
    }

    @Test func `one that may rest on is left until its time, or until a stop comes`() throws {
        let orders = try orders(("a", .open, .sell))
        let a = ClientOrderID("a")
        var strays = StrayKeeper()
        strays.keep(a, restsUntil: OrderDesk.at(60))
        #expect(strays.end(in: orders, at: Sample.now) == [.wake(at: OrderDesk.at(60))])
        #expect(strays.restsOn(a))
        var stopped = strays
        #expect(
            try strays.makeWay(for: exit(.takeProfit), in: orders, at: OrderDesk.at(1)) == [
                .wake(at: OrderDesk.at(60))
            ]
        )
        #expect(
            try stopped.makeWay(for: exit(.stopLoss), in: orders, at: OrderDesk.at(1))
                == [.cancel(a), .wake(at: OrderDesk.at(6))]
        )
        #expect(!stopped.restsOn(a))
        #expect(
            strays.overdue(in: orders, at: OrderDesk.at(60))
                == [.cancel(a), .wake(at: OrderDesk.at(65))]
        )
        #expect(!strays.restsOn(a))
    }

    @Test func `a sell is asked for again once the last one in its way has ended`() throws {
        let orders = try orders(("a", .open, .sell), ("b", .open, .sell), ("c", .open, .buy))
        var strays = StrayKeeper()
        for id in ["a", "b", "c"] { strays.keep(ClientOrderID(id)) }
        #expect(strays.has(Sample.btc, .sell, in: orders) && strays.has(Sample.btc, in: orders))
        #expect(!strays.has(OrderDesk.eth, in: orders))
        _ = strays.makeWay(for: try exit(.maxHold), in: orders, at: Sample.now)
        #expect(strays.ended(ClientOrderID("a"), in: orders).isEmpty)
        #expect(strays.ended(ClientOrderID("b"), in: orders) == [.recordExitEnded(Sample.btc)])
        #expect(strays.has(Sample.btc, in: orders), "a purchase is in no sell's way")
        #expect(strays.ended(ClientOrderID("b"), in: orders).isEmpty, "once")
        #expect(strays.ended(ClientOrderID("x"), in: orders).isEmpty)
    }
}
