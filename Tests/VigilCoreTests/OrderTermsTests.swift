import Testing
import VigilModel

@testable import VigilCore

/// What Execution asks for, to the last digit: quantities, prices, patience, and whose wish it is.
@Suite struct OrderTermsTests {
    private typealias Effect = ExecutionCore.Effect

    @Test func `an entry rests at the bid, and its intent says whose wish it is`() throws {
        var desk = try OrderDesk()
        let effects = try desk.enter(cycle: 7, at: 3)
        let intent = try #require(Sample.intents(effects).first)
        #expect(
            effects == [
                .recordIntents([intent]), .wake(at: OrderDesk.at(33)),
                .replyPlaced(cycle: 7, count: 1),
            ]
        )
        let request = OrderRequest(
            clientOrderID: ClientOrderID("v-instance-running1-1"),
            product: Sample.btc,
            side: .buy,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("2"),
                timeInForce: .goodTillTime(OrderDesk.at(123)),
                postOnly: true
            )
        )
        #expect(
            intent
                == Intent(
                    request: request,
                    purpose: .entry(try Sample.plan()),
                    parent: nil,
                    cycle: 7,
                    strategy: "test",
                    createdAt: OrderDesk.at(3)
                )
        )
        #expect(
            try desk.tell(.intentsRecorded([request.clientOrderID]), at: 4)
                == [
                    .recordTransition(
                        Transition(
                            request,
                            from: .intended,
                            to: .submitting,
                            fact: .submitted,
                            at: OrderDesk.at(4)
                        ),
                        nil
                    ), .submit(request, isEntry: true),
                ]
        )
    }

    @Test func `an exit has no cycle and no strategy, and a repriced one half the patience`() throws
    {
        var desk = try OrderDesk()
        let first = try desk.rest(try desk.exit(.takeProfit))
        #expect(OrderDesk.terms(first) == "1 at 101 to 120 resting")
        #expect(first.cycle == nil && first.strategy.isEmpty && first.parent == nil)
        try desk.tell(.timerFired, at: 30)
        let again = try desk.update(first, .canceled, at: 31)
        let second = try desk.rest(again, at: 31)
        #expect(OrderDesk.terms(second) == "1 at 101 to 151 resting")
        #expect(second.createdAt == OrderDesk.at(31))
        #expect(again.last == .wake(at: OrderDesk.at(46)))
        // It is asked to end at its own deadline, and not at that of the first.
        let id = second.request.clientOrderID
        #expect(try desk.tell(.timerFired, at: 45.9).isEmpty)
        #expect(
            try desk.tell(.timerFired, at: 46) == [.cancel(id), .wake(at: OrderDesk.at(51))]
        )
        let last = try desk.rest(try desk.update(second, .canceled, at: 47), at: 47)
        #expect(OrderDesk.terms(last) == "1 at 99 at once")
        // What takes at once has no deadline.
        #expect(try desk.tell(.timerFired, at: 1_000).isEmpty)
    }

    // MARK: Entries

    /// The order that is made of an approval of 200 dollars, decided at an ask.
    private func entry(
        ask: String,
        increment: String = "0.001",
        tick: String = "0.01",
        _ change: (inout ExecutionPolicy) -> Void = { _ in }
    ) throws -> (terms: String, worst: [String]) {
        let tests = RiskTests()
        let quote = try Sample.quote("99", ask)
        let product = try Sample.product(increment: increment, tick: tick)
        let input = RiskInput(
            portfolio: try tests.snapshot(),
            working: [],
            quotes: [Sample.btc: quote],
            products: [Sample.btc: product],
            regime: .chop
        )
        var risk = try tests.core()
        let asked = RiskCore.Event.proposed(cycle: 1, [try tests.proposal("0.02")], input)
        guard
            case .replyVerdicts(_, let verdicts, _)? = try risk.handle(asked, at: Sample.now).first,
            case .approved(let approval, _)? = verdicts.first
        else { throw MoneyError.overflow }
        let policy = Sample.execution(change)
        var desk = try OrderDesk(policy, product: product, quote: quote)
        let effects = try desk.tell(.entriesApproved(cycle: 1, [approval]))
        let worst = try desk.snapshot().working.map(\.worst.amount)
        return (OrderDesk.terms(Sample.intents(effects).first), worst)
    }

    @Test func `an entry buys no more than its money pays for, on the product's own step`() throws {
        #expect(try entry(ask: "100").terms == "2 at 99 to 120 resting")
        #expect(try entry(ask: "100", increment: "0.003").terms == "1.998 at 99 to 120 resting")
        // Two coins less the smallest part of one are less than two.
        let dear = try entry(ask: "100.000000000000000001", tick: "0.000000000000000001")
        #expect(dear.terms == "1.999 at 99 to 120 resting")
        // Its worst price is cut at the eighteenth place, and what it costs then is rounded up.
        #expect(dear.worst == ["202.703397600000000003"])
    }

    @Test func `what an entry may cost is its budget beside the fee, and never above its bound`()
        throws
    {
        // 1.4 % less 1.2 % for the fee: 100.2.
        #expect(try entry(ask: "100").worst == ["202.8048"])
        #expect(
            try entry(ask: "100") { $0.slippageMax = Rate(basisPoints: 10) }.worst == ["202.6024"]
        )
        // A fee that is beyond the budget leaves the price it was decided at.
        let dear = FeeSchedule(maker: .zero, taker: Rate(basisPoints: 150))
        #expect(try entry(ask: "100") { $0.fees = dear }.worst == ["203"])
        // On the tick that gives no more away.
        #expect(try entry(ask: "100", tick: "0.25").worst == ["202.4"])
        #expect(try entry(ask: "100", tick: "0.1").worst == ["202.8048"])
    }

    @Test func `an entry takes in the end up to its worst price, and not beyond it`() throws {
        for (ask, expected) in [("100.2", "2 at 100.2 at once"), ("100.21", "-")] {
            var desk = try OrderDesk(quote: Sample.quote("99", "100"))
            var intent = try desk.rest(desk.enter())
            for seconds in [30.0, 60] {
                try desk.tell(.quoteChanged(Sample.quote("99", ask)), at: seconds)
                let effects = try desk.update(intent, .canceled, at: seconds)
                if seconds == 60 {
                    #expect(OrderDesk.terms(Sample.intents(effects).first) == expected)
                    #expect(!effects.contains(.recordExitEnded(Sample.btc)))
                } else {
                    intent = try desk.rest(effects, at: seconds)
                }
            }
        }
    }

    @Test func `a change of the fees counts for what is decided after it`() throws {
        var desk = try OrderDesk(quote: Sample.quote("99", "100"))
        let dear = FeeSchedule(maker: .zero, taker: Rate(basisPoints: 150))
        #expect(try desk.tell(.feesChanged(dear)).isEmpty)
        _ = try desk.enter()
        #expect(try desk.snapshot().working.map(\.worst.amount) == ["203"])
    }

    // MARK: Exits

    @Test func `a stop's worst price is rounded in our favour to the last digit`() throws {
        let tick = "0.000000000000000001"
        var desk = try OrderDesk(
            product: Sample.product(tick: tick),
            quote: Sample.quote("100.000000000000000001", "101")
        )
        let intent = Sample.intents(try desk.exit(.stopLoss)).first
        #expect(OrderDesk.terms(intent) == "1 at 99.000000000000000001 at once")
    }

    @Test(arguments: [("9.9", 1), ("9.900000000000000001", 0)])
    func `what a sale brings at worst is cut, not rounded up to the venue's least`(
        least: String,
        count: Int
    ) throws {
        let product = try Product(
            id: Sample.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.000000000000000001", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money(least, .usd),
            status: .online
        )
        var desk = try OrderDesk(
            product: product,
            quote: Sample.quote("100.000000000000000001", "101")
        )
        // A tenth at 99.000000000000000001.
        #expect(Sample.intents(try desk.exit(.stopLoss, "0.1")).count == count)
    }

    // MARK: Patience

    @Test(arguments: [(1.9, 20), (2.0, 20), (2.1, 30), (4.9, 30), (5.0, 30), (5.1, 40), (6.0, 40)])
    func `patience has three steps by the spread`(spread: Double, seconds: Int) throws {
        let policy = Sample.execution { $0.postOnlyTTL = .seconds(40) }
        let ttl = try RoutePlan.timeToLive(attempt: 0, spreadBPS: spread, policy)
        #expect(ttl == .seconds(seconds))
    }

    @Test func `patience is cut to a whole nanosecond, and at zero allowance may still take`()
        throws
    {
        let third = try Rate("0.333333333333333333")
        let policy = Sample.execution { $0.repriceDecay = third }
        let ttl = try RoutePlan.timeToLive(attempt: 1, spreadBPS: 9, policy)
        #expect(ttl == .nanoseconds(9_999_999_999))
        let steps = RoutePlan.entry(policy, notional: try Money("1", .usd), allowance: .zero)
        #expect(steps == [.postOnly(attempt: 0), .postOnly(attempt: 1), .immediate])
    }
}
