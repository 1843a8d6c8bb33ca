import Testing
import VigilModel

@testable import VigilCore

/// What the cores themselves say must not be: ordinary events never bring it about, and it is seen.
@Suite struct CoreInvariantTests {
    /// A core that is asked after every event.
    private struct Watched<Core: DecisionCore> {
        private(set) var core: Core
        private(set) var found: [String] = []

        init(_ core: Core) { self.core = core }

        @discardableResult
        mutating func tell(_ event: Core.Event, at seconds: Int = 0) throws -> [Core.Effect] {
            let effects = try core.handle(event, at: Sample.now + .seconds(seconds))
            found += core.violations(after: event, effects)
            return effects
        }
    }

    @Test func `Risk publishes the halts that are active, and allows nothing while it is halted`()
        throws
    {
        let market = MarketSnapshot(at: Sample.now, products: [:])
        let input = try RiskTests().input(RiskTests().snapshot())
        let wish = RiskCore.Event.proposed(cycle: 1, [try RiskTests().proposal("0.02")], input)
        var risk = Watched(RiskCore(policy: RiskTests.policy, execution: RiskTests.execution))
        let recovering = risk.core
        try risk.tell(wish)
        try risk.tell(.haltCleared(Halt(.recovering)))
        let allowed = try risk.tell(wish, at: 1)
        try risk.tell(.haltRaised(Halt(.kill), detail: "by hand"), at: 2)
        // Several halts at one look, each published.
        let fallen = try RiskTests().snapshot(drawdown: "0.2", day: "-0.1", week: "-0.1")
        try risk.tell(.breakersRequested(cycle: 2, fallen, market), at: 3)
        try risk.tell(.universeCounted(0, minimum: 1), at: 4)
        try risk.tell(wish, at: 5)
        try risk.tell(.resumed(reason: "seen"), at: 6)
        #expect(risk.found == [])
        #expect(
            risk.core.violations(after: wish, [.publishHalts([])])
                == ["the halts that were published are not those that are active"]
        )
        #expect(
            recovering.violations(after: wish, allowed)
                == ["an entry was approved while all entries are halted"]
        )
    }

    @Test func `MarketData publishes no crossed quote, and none of what is lost`() throws {
        let product = MarketDataTests.product
        var market = Watched(try MarketDataTests.core())
        func see(_ bid: Int, _ ask: Int) throws {
            let levels = [(true, bid, 1), (false, ask, 1)]
            let change = LevelBookTests.change(levels, snapshot: true)
            try market.tell(.feedReported(.bookChanged(change, receivedAt: Sample.now)))
        }
        try see(99, 101)
        try market.tell(.feedReported(.heartbeat([product], receivedAt: Sample.now)))
        try see(101, 99)
        try market.tell(.feedReported(.heartbeat([product], receivedAt: Sample.now)))
        try see(99, 101)
        try market.tell(.feedReported(.booksLost([product], .gap)))
        #expect(market.found == [])
        let event = MarketDataCore.Event.snapshotRequested(cycle: 1)
        func found(_ bid: String, _ ask: String, _ product: ProductID) throws -> [String] {
            let quote = Quote(
                product: product,
                bid: BookLevel(price: try Price(bid, .usd), quantity: .zero),
                ask: BookLevel(price: try Price(ask, .usd), quantity: .zero),
                occurredAt: Sample.now
            )
            return market.core.violations(after: event, [.publishQuote(quote)])
        }
        #expect(try found("99", "101", Sample.btc) == [])
        #expect(try found("99", "99", Sample.btc) == ["the book of BTC-USD is crossed"])
        #expect(try found("99", "101", product) == ["USD-USD is lost and has a quote"])
    }

    @Test func `Alerting escalates to critical, and to nothing else`() throws {
        var alerting = Watched(AlertingCore(dedupe: .seconds(60), escalation: .seconds(120)))
        try alerting.tell(.raised(.halt, "a", .warning, "first"))
        try alerting.tell(.raised(.halt, "b", .info, "news"))
        try alerting.tell(.timerFired, at: 120)
        // What gets better later stays as grave as it was.
        try alerting.tell(.raised(.halt, "a", .info, "again"), at: 121)
        try alerting.tell(.resolved(.halt, "a"), at: 122)
        #expect(alerting.found == [])
    }

    @Test func `the conductor has a deadline where it works, and a next cycle where it does not`()
        throws
    {
        // The scene looks after every event.
        var scene = CycleScene()
        #expect(try scene.decide().contains("enter working 1"))
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        try scene.tell(.timerFired, at: 30)
        try scene.tell(.maintained(cycle: 1, CycleScene.idle), at: 31)
        try scene.tell(.timerFired, at: 60)
        try scene.tell(.stopRequested, at: 61)
        try scene.tell(.reconciled(cycle: 2, differences: nil), at: 62)
        #expect(try scene.tell(.maintained(cycle: 2, CycleScene.idle), at: 63).last == "stopped")
    }

    @Test func `Reconciliation clears no mismatch while there is a difference`() throws {
        var core = Watched(ReconciliationCore())
        func compare(_ cycle: Int, _ venue: String) throws {
            let held = Balance(available: try Money(venue, .usd), onHold: .zero(.usd))
            try core.tell(.requested(cycle: cycle))
            try core.tell(.holdingsAnswered(cycle: cycle, [.usd: try Money("100", .usd)]))
            try core.tell(.ordersAnswered(cycle: cycle, []))
            let listing = VenueListing(balances: [held], openOrders: [])
            try core.tell(.venueListed(cycle: cycle, listing))
        }
        try compare(1, "100")
        try compare(2, "90")
        try compare(3, "90")
        #expect(
            core.core.violations(after: .requested(cycle: 4), [.clearMismatch])
                == ["a mismatch was cleared over a difference"]
        )
        try compare(4, "100")
        #expect(core.found == [])
    }
}
