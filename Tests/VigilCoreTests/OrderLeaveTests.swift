import Testing
import VigilModel

@testable import VigilCore

/// How a position is left while something else works on its product, and what is told at the end.
@Suite struct OrderLeaveTests {
    private static let ended = ExecutionCore.Effect.recordExitEnded(Sample.btc)

    @Test func `without a product's rules or a quote nothing is sold, and that is told at once`()
        throws
    {
        var desk = try OrderDesk()
        #expect(
            try desk.exit(.stopLoss, of: OrderDesk.eth) == [.recordExitEnded(OrderDesk.eth)]
        )
        var unseen = ExecutionCore(
            policy: Sample.execution(),
            ids: OrderIDSource(instance: "instance", run: RunID("running1"))
        )
        _ = try unseen.handle(.productChanged(Sample.product()), at: Sample.now)
        let wish = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity("1"),
            reason: .stopLoss
        )
        #expect(try unseen.handle(.exitRequested(wish), at: Sample.now) == [Self.ended])
    }

    @Test func `an entry gives way to an exit, which is asked for again when it has ended`() throws
    {
        for reason in [ExitReason.takeProfit, .stopLoss] {
            var desk = try OrderDesk()
            let entry = try desk.rest(desk.enter())
            let id = entry.request.clientOrderID
            #expect(try desk.exit(reason, at: 1) == [.cancel(id), .wake(at: OrderDesk.at(6))])
            let effects = try desk.update(entry, .canceled, at: 2)
            #expect(Sample.intents(effects).isEmpty)
            #expect(effects.last == Self.ended)
            #expect(OrderDesk.terms(Sample.intents(try desk.exit(reason, at: 3)).first) != "-")
        }
    }

    @Test func `a second wish to leave changes nothing, unless it is the stop's`() throws {
        var desk = try OrderDesk()
        _ = try desk.rest(desk.exit(.takeProfit))
        for reason in [ExitReason.takeProfit, .maxHold, .trim, .purge, .rotation] {
            #expect(try desk.exit(reason, at: 1).isEmpty)
        }
        #expect(try !desk.exit(.stopLoss, at: 1).isEmpty)
    }

    @Test func `a stop that took over is sent, and is no more given up than any other`() throws {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit))
        _ = try desk.exit(.stopLoss, at: 1)
        let effects = try desk.update(target, .canceled, at: 2)
        let stop = try #require(Sample.intents(effects).first)
        let sent = try desk.tell(.intentsRecorded([stop.request.clientOrderID]), at: 3)
        #expect(sent.last == .submit(stop.request, isEntry: false))
        let taken = try desk.tell(
            .venueReported(.orderAccepted(OrderDesk.report(stop, .open))),
            at: 4
        )
        #expect(!taken.contains(.cancel(stop.request.clientOrderID)))
        // And its own end can be asked for like that of the first.
        #expect(
            try desk.tell(.stopRequested, at: 5)
                == [.cancel(stop.request.clientOrderID), .wake(at: OrderDesk.at(10))]
        )
    }

    // MARK: Parts

    private func sale(_ quantity: String) throws -> RiskApproved<Reduction> {
        var core = try RiskTests().core()
        let wish = Reduction(
            product: Sample.btc,
            quantity: try Quantity(quantity),
            reason: .trim
        )
        let input = try RiskTests().input(CycleScene.holding(worth: "100"))
        let event = RiskCore.Event.proposed(cycle: 1, [], input, reductions: [wish])
        guard
            case .replyVerdicts(_, _, let sales)? = try core.handle(event, at: Sample.now).first,
            let sale = sales.first
        else { throw MoneyError.overflow }
        return sale
    }

    @Test func `a part is sold before anything is entered, and counts as no entry`() throws {
        var desk = try OrderDesk()
        let order = try RiskTests().approved("0.02")
        let event = ExecutionCore.Event.entriesApproved(
            cycle: 5,
            [order],
            reductions: [try sale("0.4")]
        )
        let effects = try desk.tell(event)
        let intents = Sample.intents(effects)
        #expect(intents.map { OrderDesk.terms($0) } == ["0.4 at 101 to 120 resting"])
        #expect(intents.map(\.purpose) == [.exit(.trim)])
        #expect(effects.last == .replyPlaced(cycle: 5, count: 0), "its product is taken")
    }

    @Test func `while anything works on its product a part waits, and ends nothing`() throws {
        var desk = try OrderDesk()
        _ = try desk.rest(desk.enter())
        let event = ExecutionCore.Event.entriesApproved(
            cycle: 5,
            [],
            reductions: [try sale("0.4")]
        )
        #expect(try desk.tell(event, at: 1) == [.replyPlaced(cycle: 5, count: 0)])
    }

    // MARK: What is told at the end

    @Test func `a remainder is told where something was filled, and only there`() throws {
        for part in ["0", "0.4"] {
            var desk = try OrderDesk()
            let stop = try desk.rest(desk.exit(.stopLoss))
            if part != "0" { try desk.fill(stop, part) }
            let effects = try desk.update(stop, .canceled, filled: part)
            let rest = ExecutionCore.Effect.reportRemainder(Sample.btc, try Quantity("0.6"))
            #expect(effects.contains(rest) == (part != "0"))
            #expect(effects.last == Self.ended)
        }
        var whole = try OrderDesk()
        let stop = try whole.rest(whole.exit(.stopLoss))
        try whole.fill(stop, "0.7")
        let effects = try whole.fill(stop, "0.3", entry: "2")
        #expect(effects.count == 3 && effects.last == Self.ended, "nothing is left of it")
    }

    @Test func `the remainder of an entry is told, and no exit has ended with it`() throws {
        var desk = try OrderDesk(
            Sample.execution { ($0.repricesMax, $0.takerFallback) = (0, false) }
        )
        let entry = try desk.rest(desk.enter())
        try desk.fill(entry, "0.5")
        let effects = try desk.update(entry, .canceled, filled: "0.5")
        #expect(effects.last == .reportRemainder(Sample.btc, try Quantity("1.5")))
        #expect(!effects.contains(Self.ended))
    }

    @Test func `more than was asked for fills an order, and nothing is left`() throws {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit))
        let effects = try desk.fill(target, "1.2")
        #expect(Sample.intents(effects).isEmpty)
        #expect(effects.last == Self.ended)
        #expect(desk.core.orders[target.request.clientOrderID]?.state == .filled)
    }

    @Test func `an entry that works is counted with what is left, and its product is taken`() throws
    {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        _ = try desk.rest(desk.enter())
        #expect(try desk.enter(cycle: 2, at: 1) == [.replyPlaced(cycle: 2, count: 0)])
        _ = try desk.rest(desk.exit(.takeProfit, of: OrderDesk.eth))
        let snapshot = try desk.snapshot()
        #expect(snapshot.working.map(\.product) == [Sample.btc], "a sale costs nothing")
        #expect(
            snapshot.openOrders.map(\.text) == ["v-instance-running1-1", "v-instance-running1-2"]
        )
        #expect(snapshot.unknownOrders == 0)
    }
}
