import Testing
import VigilModel

@testable import VigilCore

/// Orders of unknown fate and strays, to the second: when they are looked for, proven, told and ended.
@Suite struct UnknownEdgeTests {
    private typealias Effect = ExecutionCore.Effect

    /// A stop that was sent at a time, and of which nothing was heard.
    private func lost(
        _ desk: inout OrderDesk,
        of product: ProductID = Sample.btc,
        at seconds: Double = 0
    ) throws -> Intent {
        let stop = try desk.send(desk.exit(.stopLoss, of: product, at: seconds), at: seconds)
        try desk.tell(.outcomeLost(stop.request.clientOrderID), at: seconds)
        return stop
    }

    private func look(
        _ desk: inout OrderDesk,
        _ ids: [ClientOrderID],
        number: Int,
        at seconds: Double,
        found: [ClientOrderID: VenueOrder]? = [:]
    ) throws -> [Effect] {
        let lookUp = LookUp(
            number: number,
            at: OrderDesk.at(seconds),
            since: Sample.now,
            asked: ids,
            found: found,
            detail: ""
        )
        return try desk.tell(.lookedUp(lookUp), at: seconds)
    }

    private func record(
        _ id: String,
        _ side: Side,
        _ state: OrderState,
        of product: ProductID = Sample.btc,
        _ terms: OrderTerms? = nil
    ) throws -> OrderRecord {
        let resting = OrderTerms.limit(
            price: try Price("100", .usd),
            quantity: try Quantity("1"),
            timeInForce: .goodTillTime(OrderDesk.at(120)),
            postOnly: true
        )
        let intent = Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: product,
                side: side,
                terms: terms ?? resting
            ),
            purpose: side == .buy ? .entry(try Sample.plan()) : .exit(.takeProfit),
            parent: nil,
            cycle: nil,
            createdAt: Sample.now
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        record.venueOrderID = VenueOrderID("v")
        return record
    }

    // MARK: Looks

    @Test
    func `a lost order is looked for after a second, then every five, from a minute before it`()
        throws
    {
        var desk = try OrderDesk()
        let stop = try desk.send(desk.exit(.stopLoss, at: 4), at: 4)
        let id = stop.request.clientOrderID
        let effects = try desk.tell(.outcomeLost(id), at: 7)
        #expect(effects.count == 2 && effects.last == .wake(at: OrderDesk.at(8)))
        #expect(try desk.tell(.outcomeLost(id), at: 7.5).isEmpty)
        #expect(try desk.tell(.timerFired, at: 7.9).isEmpty)
        for (number, seconds) in [(1, 8.0), (2, 13), (3, 18)] {
            #expect(
                try desk.tell(.timerFired, at: seconds) == [
                    .lookUp(number: number, [id], since: OrderDesk.at(-56)),
                    .wake(at: OrderDesk.at(seconds + 5)),
                ]
            )
            #expect(try desk.tell(.timerFired, at: seconds + 4.9).isEmpty)
        }
    }

    @Test func `all that are due are looked for at once, from before the oldest of them`() throws {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        let first = try lost(&desk, of: OrderDesk.eth, at: 1)
        let second = try lost(&desk, at: 2)
        let ids = [first, second].map(\.request.clientOrderID)
        #expect(
            try desk.tell(.timerFired, at: 3)
                == [
                    .lookUp(number: 1, ids, since: OrderDesk.at(-59)),
                    .wake(at: OrderDesk.at(8)),
                ]
        )
        let maintenance = ExecutionCore.Event.snapshotRequested(.maintenance(cycle: 1))
        #expect(
            try desk.tell(maintenance, at: 8).first
                == .lookUp(number: 2, ids, since: OrderDesk.at(-59))
        )
        #expect(try desk.snapshot(at: 8).unknownOrders == 2)
    }

    @Test(arguments: [(59.0, false), (60, true), (61, true)])
    func `a fate that is unknown for a minute is told, and not a second before`(
        seconds: Double,
        isTold: Bool
    ) throws {
        var desk = try OrderDesk()
        let id = try lost(&desk).request.clientOrderID
        let told = try desk.tell(.timerFired, at: seconds)
        #expect((told.first == .reportUnsettled(id, since: Sample.now)) == isTold)
        #expect(told.count == (isTold ? 3 : 2))
        let settled = try desk.tell(.venueReported(.orderRejected(id, .other)), at: 70)
        #expect(settled.contains(.reportSettled(id)) == isTold)
    }

    @Test(arguments: [(10.0, true), (9.999, false), (30, true)])
    func `three listings prove nothing before they span ten seconds`(
        last: Double,
        isProven: Bool
    ) throws {
        var desk = try OrderDesk()
        let stop = try lost(&desk)
        let id = stop.request.clientOrderID
        #expect(try look(&desk, [id], number: 1, at: 0).count == 1)
        #expect(try look(&desk, [id], number: 2, at: 5).count == 1)
        let effects = try look(&desk, [id], number: 3, at: last)
        let step = Transition(
            stop.request,
            from: .unknown,
            to: .canceled,
            fact: .provenAbsent,
            at: OrderDesk.at(last),
            evidence: "look-ups 1, 2, 3"
        )
        #expect(effects.contains(.recordTransition(step, nil)) == isProven)
        #expect(effects.contains(.recordExitEnded(Sample.btc)) == isProven)
    }

    @Test func `two listings prove nothing, however far apart, and one that is not whole is kept`()
        throws
    {
        var desk = try OrderDesk()
        let id = try lost(&desk).request.clientOrderID
        #expect(try look(&desk, [id], number: 1, at: 0).count == 1)
        #expect(try look(&desk, [id], number: 2, at: 20, found: nil).count == 1)
        #expect(try look(&desk, [id], number: 3, at: 40).count == 1)
        #expect(try look(&desk, [id], number: 4, at: 41).count > 1)
        // What is settled is looked for no more, whatever still comes.
        #expect(try look(&desk, [id], number: 5, at: 42).count == 1)
    }

    @Test func `a look settles each order that it was for`() throws {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        let gone = ClientOrderID("gone")
        let (first, second) = (try lost(&desk), try lost(&desk, of: OrderDesk.eth))
        let ids = [first, second].map(\.request.clientOrderID)
        let found = [
            ids[0]: try OrderDesk.report(first, .open),
            ids[1]: try OrderDesk.report(second, .canceled),
        ]
        let effects = try look(&desk, [gone] + ids, number: 6, at: 1, found: found)
        #expect(desk.core.orders[ids[0]]?.state == .open)
        #expect(desk.core.orders[ids[1]]?.state == .canceled)
        let evidence = effects.compactMap { effect -> String? in
            guard case .recordTransition(let step, _) = effect else { return nil }
            return step.evidence
        }
        #expect(evidence == ["look-up 6", "look-up 6"])
    }

    // MARK: Strays

    @Test func `an adopted order is written, told and asked to end`() throws {
        var desk = try OrderDesk()
        let left = try record("v-instance-running0-1", .buy, .open)
        let order = VenueOrder(
            venueOrderID: VenueOrderID("v"),
            request: left.intent.request,
            status: .open,
            filledQuantity: .zero,
            createdAt: OrderDesk.at(-30)
        )
        func step(_ from: OrderState, _ to: OrderState, _ fact: OrderFact) -> Effect {
            let step = Transition(
                left.intent.request,
                from: from,
                to: to,
                fact: fact,
                at: OrderDesk.at(2)
            )
            return .recordTransition(step, VenueOrderID("v"))
        }
        #expect(
            try desk.tell(.strangerFound(order), at: 2) == [
                .recordIntents([Intent(adopting: order, plan: try Sample.plan())]),
                step(.intended, .submitting, .submitted),
                .reportAnomaly(left.id, state: .unknown, fact: .accepted),
                step(.submitting, .open, .accepted), .cancel(left.id),
                .wake(at: OrderDesk.at(7)),
            ]
        )
        #expect(try desk.snapshot().working.map(\.worst.amount) == ["101.2"])
    }

    @Test func `what an adopted order was for is told by its side, and by the plan`() throws {
        let plan = try Sample.plan()
        for (side, plan, purpose) in [
            (Side.buy, plan, OrderPurpose.entry(plan)), (.sell, plan, .exit(.stopLoss)),
            (.buy, nil, .exit(.stopLoss)), (.sell, nil, .exit(.stopLoss)),
        ] as [(Side, ExitPlan?, OrderPurpose)] {
            let request = try record("o", side, .open).intent.request
            let order = VenueOrder(
                venueOrderID: VenueOrderID("v"),
                request: request,
                status: .open,
                filledQuantity: .zero,
                createdAt: OrderDesk.at(-30)
            )
            let intent = Intent(
                request: request,
                purpose: purpose,
                parent: nil,
                cycle: nil,
                createdAt: OrderDesk.at(-30)
            )
            #expect(Intent(adopting: order, plan: plan) == intent)
        }
    }
}
