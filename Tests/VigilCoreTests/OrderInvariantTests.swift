import Testing
import VigilModel

@testable import VigilCore

/// What must not be among orders, routes and strays is seen.
@Suite struct OrderInvariantTests {
    /// What is found after a change that no event makes.
    private func found(
        _ desk: OrderDesk,
        _ change: (inout ExecutionCore) -> Void
    ) -> [String] {
        var core = desk.core
        change(&core)
        return core.violations(after: .timerFired, [])
    }

    @Test func `a route waits for an order of its own that has not ended`() throws {
        var desk = try OrderDesk()
        let entry = try desk.rest(desk.enter())
        let id = entry.request.clientOrderID
        #expect(found(desk) { _ in } == [])
        #expect(
            found(desk) { $0.orders[id]?.state = .canceled }
                == ["BTC-USD waits for \(id), which is canceled"]
        )
        #expect(found(desk) { $0.orders[id] = nil } == ["BTC-USD is worked without an order"])
        #expect(
            found(desk) { $0.routes[Sample.btc]?.current = nil }
                == ["BTC-USD is worked without an order"]
        )
        #expect(
            found(desk) { $0.routes[OrderDesk.eth] = $0.routes[Sample.btc] }
                == ["ETH-USD is worked by \(id), an order of another product"]
        )
        #expect(
            found(desk) { $0.strays.insert(id) }
                == ["\(id) is worked, and taken for one that nothing works"]
        )
    }

    @Test func `a stray has not ended, and what rests on is one`() throws {
        var desk = try OrderDesk()
        let stop = try desk.rest(desk.exit(.stopLoss))
        let id = stop.request.clientOrderID
        #expect(
            found(desk) { $0.restingOn[id] = Sample.now }
                == ["\(id) rests on, and is no order of an earlier run"]
        )
        try desk.update(stop, .canceled)
        let waits = ["\(id) has ended, and its end is waited for"]
        #expect(found(desk) { $0.strays.insert(id) } == waits)
        let gone = ClientOrderID("gone")
        #expect(
            found(desk) { $0.strays.insert(gone) } == ["gone has ended, and its end is waited for"]
        )
    }

    @Test func `what is looked for is not known`() throws {
        var desk = try OrderDesk()
        let id = try desk.send(desk.enter()).request.clientOrderID
        try desk.tell(.outcomeLost(id))
        #expect(found(desk) { _ in } == [])
        #expect(
            found(desk) { $0.orders[id]?.state = .open }
                == ["\(id) is looked for, and its fate is known"]
        )
    }

    @Test func `a sale waits only for a sale of its product that nothing works`() throws {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit))
        let id = target.request.clientOrderID
        let idle = ["a sell of BTC-USD waits, and nothing is in its way"]
        #expect(found(desk) { $0.waitingExits.insert(Sample.btc) } == idle)
        func isStray(_ core: inout ExecutionCore) {
            core.routes[Sample.btc] = nil
            core.strays.insert(id)
        }
        #expect(found(desk) { isStray(&$0) } == [])
        #expect(
            found(desk) {
                isStray(&$0)
                $0.waitingExits.insert(Sample.btc)
            } == []
        )
    }
}
