import Testing
import VigilModel

@testable import VigilCore

/// How often an end is asked for, what may rest on over a stop, and when nothing is left to wait for.
@Suite struct OrderEndingEdgeTests {
    private func maintain(
        _ desk: inout OrderDesk,
        at seconds: Double
    ) throws -> [ExecutionCore.Effect] {
        try desk.tell(.snapshotRequested(.maintenance(cycle: 1)), at: seconds).dropLast()
    }

    private static func stays(_ cancelAfter: Duration = .seconds(86_400)) -> ExecutionPolicy {
        Sample.execution { ($0.exitsOutliveStop, $0.cancelAfter) = (true, cancelAfter) }
    }

    // MARK: Asking once

    @Test func `what is asked to end is asked again at its patience alone, whoever asks`() throws {
        var desk = try OrderDesk()
        let sale = try desk.rest(desk.exit(.takeProfit))
        let ask = ExecutionCore.Effect.cancel(sale.request.clientOrderID)
        #expect(try desk.exit(.stopLoss, at: 1) == [ask, .wake(at: OrderDesk.at(6))])
        #expect(try desk.exit(.stopLoss, at: 2).isEmpty)
        #expect(try desk.tell(.stopRequested, at: 3).isEmpty)
        #expect(try desk.tell(.timerFired, at: 5.9).isEmpty)
        #expect(try desk.tell(.timerFired, at: 6) == [ask, .wake(at: OrderDesk.at(11))])
    }

    @Test func `a halt that is told twice asks once, and a halt leaves sales alone`() throws {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        let entry = try desk.rest(desk.enter())
        _ = try desk.rest(desk.exit(.takeProfit, of: OrderDesk.eth))
        let halt = ExecutionCore.Event.haltChanged(active: true, products: [])
        #expect(
            try desk.tell(halt, at: 1)
                == [.cancel(entry.request.clientOrderID), .wake(at: OrderDesk.at(6))]
        )
        #expect(try desk.tell(halt, at: 2).isEmpty)
        // Its steps are gone: what has ended does not come again when the halt is over.
        try desk.tell(.haltChanged(active: false, products: []), at: 3)
        let ended = try desk.update(entry, .canceled, at: 4)
        #expect(Sample.intents(ended).isEmpty)
        #expect(!ended.contains(.recordExitEnded(Sample.btc)), "nothing was left by it")
    }

    @Test func `an order that is old is asked to end once, where it stands`() throws {
        var policy = Sample.execution { $0.postOnlyTTL = .seconds(500) }
        policy.cancelAfter = .seconds(20)
        var desk = try OrderDesk(policy)
        let sale = try desk.send(desk.exit(.takeProfit))
        #expect(try maintain(&desk, at: 25).isEmpty, "it is on its way")
        try desk.update(sale, .open, at: 25)
        let ask = ExecutionCore.Effect.cancel(sale.request.clientOrderID)
        #expect(try maintain(&desk, at: 26) == [ask, .wake(at: OrderDesk.at(31))])
        #expect(try maintain(&desk, at: 27).isEmpty)
        #expect(try maintain(&desk, at: 31) == [ask, .wake(at: OrderDesk.at(36))])
    }

    @Test func `an old order that has filled in part is asked to end, too`() throws {
        var policy = Sample.execution { $0.postOnlyTTL = .seconds(500) }
        policy.cancelAfter = .seconds(20)
        var desk = try OrderDesk(policy)
        let sale = try desk.rest(desk.exit(.takeProfit))
        try desk.fill(sale, "0.5")
        #expect(try maintain(&desk, at: 19.999_999_999).isEmpty)
        let ask = ExecutionCore.Effect.cancel(sale.request.clientOrderID)
        #expect(try maintain(&desk, at: 20) == [ask, .wake(at: OrderDesk.at(25))])
    }

    @Test func `several orders are asked in the order of their products`() throws {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        let other = try desk.rest(desk.exit(.takeProfit, of: OrderDesk.eth))
        let sale = try desk.rest(desk.exit(.takeProfit))
        let again = ExecutionCore.Effect.wake(at: OrderDesk.at(35))
        #expect(
            try desk.tell(.timerFired, at: 30)
                == [
                    .cancel(sale.request.clientOrderID), again,
                    .cancel(other.request.clientOrderID), again,
                ]
        )
    }

    // MARK: What rests over a stop

    @Test func `a sale that rests over the stop is not asked to end, and what it leaves is left`()
        throws
    {
        var desk = try OrderDesk(Self.stays())
        let sale = try desk.rest(desk.exit(.takeProfit))
        try desk.fill(sale, "0.4", at: 1)
        #expect(try desk.tell(.stopRequested, at: 2) == [.reportDrained])
        #expect(try desk.tell(.timerFired, at: 30).isEmpty, "its patience is over")
        let ended = try desk.update(sale, .expired, filled: "0.4", at: 40)
        #expect(Sample.intents(ended).isEmpty)
        #expect(
            ended.suffix(2) == [
                .reportRemainder(Sample.btc, try Quantity("0.6")), .recordExitEnded(Sample.btc),
            ]
        )
    }

    @Test func `a sale whose end was asked for does not rest over the stop`() throws {
        var desk = try OrderDesk(Self.stays())
        let sale = try desk.rest(desk.exit(.takeProfit))
        let ask = ExecutionCore.Effect.cancel(sale.request.clientOrderID)
        #expect(try desk.tell(.timerFired, at: 30) == [ask, .wake(at: OrderDesk.at(35))])
        #expect(try desk.tell(.stopRequested, at: 31).isEmpty, "it is waited for")
        #expect(try desk.tell(.timerFired, at: 35) == [ask, .wake(at: OrderDesk.at(40))])
        let ended = try desk.update(sale, .canceled, at: 36)
        #expect(ended.suffix(2) == [.recordExitEnded(Sample.btc), .reportDrained])
    }

    @Test func `a sale that has ended but for its rows is waited for`() throws {
        var desk = try OrderDesk(Self.stays())
        let sale = try desk.rest(desk.exit(.takeProfit))
        #expect(try desk.update(sale, .canceled, filled: "0.5").isEmpty)
        let stopped = try desk.tell(.stopRequested, at: 1)
        #expect(!stopped.contains(.reportDrained))
        #expect(try desk.fill(sale, "0.5", at: 2).last == .reportDrained)
    }

    @Test func `what is not sent yet is denied at the stop, and it is drained then`() throws {
        var desk = try OrderDesk(Self.stays())
        let effects = try desk.exit(.takeProfit)
        let id = try #require(Sample.intents(effects).first).request.clientOrderID
        #expect(try desk.tell(.stopRequested, at: 1).isEmpty)
        let ended = try desk.tell(.intentsRecorded([id]), at: 2)
        #expect(desk.core.orders[id]?.state == .denied)
        #expect(ended.suffix(2) == [.recordExitEnded(Sample.btc), .reportDrained])
        #expect(try desk.tell(.timerFired, at: 3).isEmpty, "it is told once")
    }

    @Test func `a stop with nothing at work is drained at once, and nothing begins after it`()
        throws
    {
        var desk = try OrderDesk()
        #expect(try desk.tell(.stopRequested) == [.reportDrained])
        #expect(try desk.exit(.stopLoss) == [.recordExitEnded(Sample.btc)])
        #expect(try desk.enter(cycle: 4) == [.replyPlaced(cycle: 4, count: 0)])
    }

    // MARK: Refusals

    @Test func `a refusal ends its wish and leaves the product alone, a crossing price does not`()
        throws
    {
        let policy = Sample.execution { $0.refusalCooldown = .seconds(60) }
        for (reason, isFinal) in [
            (RejectionReason.tooSmall, true), (.other, true), (.postOnlyWouldCross, false),
            (.gateClosed, false),
        ] {
            var desk = try OrderDesk(policy, quote: Sample.quote("99", "100"))
            let entry = try desk.send(desk.enter())
            let id = entry.request.clientOrderID
            let effects = try desk.tell(.venueReported(.orderRejected(id, reason)), at: 1)
            #expect(Sample.intents(effects).isEmpty == isFinal, "\(reason)")
            #expect(
                desk.core.orders[id]?.state == (reason == .gateClosed ? .denied : .rejected)
            )
            let (work, span) = (desk.core.desk, policy.refusalCooldown)
            #expect(work.isCooling(Sample.btc, for: span, at: OrderDesk.at(60.9)) == isFinal)
            #expect(!work.isCooling(Sample.btc, for: span, at: OrderDesk.at(61)))
            #expect(!work.isCooling(OrderDesk.eth, for: span, at: OrderDesk.at(1)))
        }
    }
}
