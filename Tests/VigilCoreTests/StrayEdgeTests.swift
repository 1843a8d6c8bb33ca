import Testing
import VigilModel

@testable import VigilCore

/// Orders that no route works: which of them stand in the way, and when each is asked to end.
@Suite struct StrayEdgeTests {
    private func record(
        _ id: String,
        _ side: Side,
        _ state: OrderState = .open,
        of product: ProductID = Sample.btc,
        terms: OrderTerms? = nil
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
            strategy: "before",
            createdAt: Sample.now
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        record.venueOrderID = VenueOrderID("v")
        return record
    }

    private static var stays: ExecutionPolicy {
        Sample.execution { ($0.exitsOutliveStop, $0.cancelAfter) = (true, .seconds(60)) }
    }

    @Test func `all that an earlier run left is asked to end, and again every five seconds`() throws
    {
        var desk = try OrderDesk()
        let left = try [record("b", .buy, .submitting), record("a", .sell, .partiallyFilled)]
        let ask: [ExecutionCore.Effect] = [.cancel(left[1].id), .cancel(left[0].id)]
        #expect(try desk.tell(.restored(left), at: 1) == ask + [.wake(at: OrderDesk.at(6))])
        #expect(try desk.tell(.timerFired, at: 5.9).isEmpty)
        #expect(try desk.tell(.timerFired, at: 6) == ask + [.wake(at: OrderDesk.at(11))])
        try desk.update(left[0].intent, .canceled, at: 7)
        #expect(
            try desk.tell(.timerFired, at: 11)
                == [.cancel(left[1].id), .wake(at: OrderDesk.at(16))]
        )
        try desk.update(left[1].intent, .canceled, at: 12)
        #expect(try desk.tell(.timerFired, at: 16).isEmpty)
        #expect(try desk.tell(.timerFired, at: 99).isEmpty)
    }

    @Test func `what was not sent, or whose fate is unknown, is not asked to end`() throws {
        var desk = try OrderDesk()
        let left = try [record("a", .buy, .intended), record("b", .buy, .unknown)]
        #expect(try desk.tell(.restored(left)) == [.wake(at: OrderDesk.at(1))])
        #expect(try desk.snapshot().unknownOrders == 1)
        #expect(try desk.snapshot().openOrders.map(\.text) == ["a", "b"])
        #expect(
            try desk.tell(.timerFired, at: 1) == [
                .lookUp(number: 1, [left[1].id], since: OrderDesk.at(-60)),
                .wake(at: OrderDesk.at(6)),
            ]
        )
    }

    @Test func `a stray stands in the way of its own product, and a purchase of no sale`() throws {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        try desk.tell(.restored([record("a", .buy)]))
        #expect(try desk.enter(cycle: 2) == [.replyPlaced(cycle: 2, count: 0)])
        #expect(!Sample.intents(try desk.exit(.takeProfit)).isEmpty)
        var other = try OrderDesk()
        try other.open(OrderDesk.eth)
        try other.tell(.restored([record("a", .sell, of: OrderDesk.eth)]))
        #expect(try other.enter(cycle: 2).last == .replyPlaced(cycle: 2, count: 1))
    }

    @Test func `a sale waits for the last of the sales before it, and for those of its product`()
        throws
    {
        var desk = try OrderDesk()
        try desk.open(OrderDesk.eth)
        let left = try [
            record("a", .sell), record("b", .sell), record("c", .buy),
            record("d", .sell, of: OrderDesk.eth),
        ]
        try desk.tell(.restored(left))
        let asked = try desk.exit(.maxHold, at: 1)
        #expect(asked == left.map { .cancel($0.id) } + [.wake(at: OrderDesk.at(6))])
        let told = ExecutionCore.Effect.recordExitEnded(Sample.btc)
        for place in [3, 2, 0] {
            let ended = try desk.update(left[place].intent, .canceled, at: 2)
            #expect(!ended.contains(told))
        }
        #expect(try desk.update(left[1].intent, .canceled, at: 3).last == told)
        #expect(!Sample.intents(try desk.exit(.maxHold, at: 4)).isEmpty)
        // Nobody waited for this one.
        var plain = try OrderDesk()
        try plain.tell(.restored([left[0]]))
        #expect(try plain.update(left[0].intent, .canceled).count == 1)
    }

    @Test func `an entry that an earlier run did not send is not sent while entries are halted`()
        throws
    {
        for (isActive, products) in [(true, Set<ProductID>()), (false, [Sample.btc])] {
            var desk = try OrderDesk()
            let left = try record("a", .buy, .intended)
            try desk.tell(.restored([left]))
            try desk.tell(.haltChanged(active: isActive, products: products))
            _ = try desk.rest(desk.exit(.takeProfit))
            let effects = try desk.tell(.intentsRecorded([left.id]))
            #expect(!effects.contains(.submit(left.intent.request, isEntry: true)))
            #expect(desk.core.orders[left.id]?.state == .denied)
        }
    }

    // MARK: Sales that rest on

    @Test func `a sale that may rest is asked to end at its age, and then like any other`() throws {
        var desk = try OrderDesk(Self.stays)
        let sale = try record("a", .sell)
        #expect(try desk.tell(.restored([sale]), at: 10) == [.wake(at: OrderDesk.at(60))])
        #expect(try desk.tell(.timerFired, at: 59.9).isEmpty)
        #expect(
            try desk.tell(.timerFired, at: 60) == [.cancel(sale.id), .wake(at: OrderDesk.at(65))]
        )
        #expect(
            try desk.tell(.timerFired, at: 65) == [.cancel(sale.id), .wake(at: OrderDesk.at(70))]
        )
    }

    @Test func `the next time to look is the earliest, of what rests and of what is asked again`()
        throws
    {
        var desk = try OrderDesk(Self.stays)
        let left = try [record("a", .sell), record("b", .buy, of: OrderDesk.eth)]
        #expect(
            try desk.tell(.restored(left), at: 57)
                == [.cancel(left[1].id), .wake(at: OrderDesk.at(60))]
        )
        #expect(
            try desk.tell(.timerFired, at: 60) == [
                .cancel(left[0].id), .cancel(left[1].id), .wake(at: OrderDesk.at(65)),
            ]
        )
        var aged = try OrderDesk(Self.stays)
        #expect(try aged.tell(.restored([left[0]]), at: 60).first == .cancel(left[0].id))
    }

    @Test func `a stop-loss ends what rests of its own product alone`() throws {
        var desk = try OrderDesk(Self.stays)
        try desk.open(OrderDesk.eth)
        let left = try [record("a", .sell), record("b", .sell, of: OrderDesk.eth)]
        try desk.tell(.restored(left))
        #expect(try desk.exit(.takeProfit, at: 1) == [.wake(at: OrderDesk.at(60))])
        #expect(
            try desk.exit(.stopLoss, at: 2) == [.cancel(left[0].id), .wake(at: OrderDesk.at(7))]
        )
    }

    @Test func `what rests on is nothing to wait for at a stop, what is asked to end is`() throws {
        for (state, side, isDrained) in [
            (OrderState.open, Side.sell, true), (.partiallyFilled, .sell, true),
            (.submitting, .sell, false), (.open, .buy, false), (.unknown, .sell, false),
        ] {
            var desk = try OrderDesk(Self.stays)
            try desk.tell(.restored([record("a", side, state)]))
            let stopped = try desk.tell(.stopRequested, at: 1)
            #expect(stopped.contains(.reportDrained) == isDrained, "\(state) \(side)")
        }
        var aged = try OrderDesk(Self.stays)
        try aged.tell(.restored([record("a", .sell)]))
        try aged.tell(.timerFired, at: 60)
        #expect(try !aged.tell(.stopRequested, at: 61).contains(.reportDrained))
    }

    @Test func `only a sale that ends by itself may rest on, and only where that is allowed`()
        throws
    {
        func limit(_ life: TimeInForce) throws -> OrderTerms {
            .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: life,
                postOnly: true
            )
        }
        for (policy, terms, rests) in [
            (Self.stays, try limit(.goodTillTime(OrderDesk.at(90))), true),
            (Self.stays, try limit(.goodTillCanceled), false),
            (Self.stays, .marketBase(try Quantity("1")), false),
            (Sample.execution(), try limit(.goodTillTime(OrderDesk.at(90))), false),
        ] {
            var desk = try OrderDesk(policy)
            let sale = try record("a", .sell, terms: terms)
            let effects = try desk.tell(.restored([sale]), at: 1)
            #expect(effects.contains(.cancel(sale.id)) == !rests)
        }
    }

    // MARK: What they may cost

    @Test func `a purchase at the market counts for nothing that is known, and is counted`() throws
    {
        var desk = try OrderDesk()
        let left = try record("a", .buy, terms: .marketBase(try Quantity("1")))
        try desk.tell(.restored([left]))
        let working = try desk.snapshot().working
        #expect(working.map(\.worst.description) == ["0 USD"])
        #expect(working.map(\.strategy) == ["before"] && working.map(\.product) == [Sample.btc])
    }

    @Test func `a given-up order that fills in part is not asked to end once more for it`() throws {
        var desk = try OrderDesk()
        let target = try desk.rest(desk.exit(.takeProfit))
        _ = try desk.exit(.stopLoss, at: 1)
        #expect(try desk.fill(target, "0.4", at: 2).count == 2)
        let ended = try desk.update(target, .canceled, filled: "0.4", at: 3)
        #expect(Sample.intents(ended).map { OrderDesk.terms($0) } == ["0.6 at 99 at once"])
    }
}
