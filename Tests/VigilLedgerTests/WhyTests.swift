import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// Which decision and which orders answer a question.
@Suite struct WhyTests {
    private typealias Fixture = LedgerFixture

    /// Two runs with three cycles each: their numbers are the same, their outcomes tell them apart.
    private func written() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        let trigger = DecisionRecord.TriggerRow(
            product: Fixture.btc,
            kind: .momentum,
            strength: .one,
            confidence: .one,
            changePct: .zero,
            volatilityPct: .zero
        )
        for run in ["run1", "run2"] {
            var store = try fixture.open(run: run)
            let verdict = DecisionRecord.VerdictRow(
                product: Fixture.eth,
                strategy: "rules",
                trigger: .momentum,
                conviction: .one,
                sizing: [],
                checks: [],
                approvedNotional: nil,
                reference: nil
            )
            let records = [
                try Fixture.decision(1, "\(run) trigger", triggers: [trigger], at: 60),
                try Fixture.decision(2, "\(run) verdict", verdicts: [verdict], at: 120),
                try Fixture.decision(3, "\(run) excluded", excluded: ["SOL-USD": .depth], at: 180),
            ]
            let prefix = "v-\(run)-"
            _ = try store.write(
                records.map { .decision($0, latencies: []) } + [
                    .intents([
                        Fixture.order(prefix + "b", Fixture.btc, cycle: 1, at: 61),
                        Fixture.order(prefix + "a", Fixture.eth, cycle: 1, at: 61),
                        Fixture.order(prefix + "z", Fixture.btc, cycle: 1, at: 60),
                        Fixture.order(prefix + "c", Fixture.btc, cycle: 2, at: 120),
                    ])
                ],
                at: Fixture.at(180)
            )
            try store.endRun(at: Fixture.at(200))
        }
        return fixture
    }

    private func ask(_ text: String, _ fixture: LedgerFixture) throws -> WhyAnswer? {
        let question = try #require(WhyQuestion(text))
        return try Why(ledger: fixture.path, audit: fixture.audit).answer(question)
    }

    @Test func `a question is answered with the newest decision that fits`() throws {
        let fixture = try written()
        let wanted = [
            "BTC-USD": "run2 trigger", "ETH-USD": "run2 verdict", "SOL-USD": "run2 excluded",
            "1": "run2 trigger", "2": "run2 verdict", "run1/2": "run1 verdict",
            "run2/3": "run2 excluded", "run1/3/BTC-USD": "run1 excluded",
            "3/BTC-USD": "run2 excluded", "2/BTC-USD": "run2 verdict",
        ]
        for (text, outcome) in wanted {
            #expect(try ask(text, fixture)?.outcome == outcome, "\(text)")
        }
    }

    @Test func `a product's answer says what its last day came to`() throws {
        let fixture = try written()
        let eth = try #require(try ask("ETH-USD", fixture)?.day)
        // Both runs were on the same day: three cycles each.
        #expect((eth.cycles, eth.eligible) == (6, 6))
        #expect(eth.triggers.isEmpty && eth.lastTrigger == nil)
        #expect(eth.halted == ["kill": 6, "spread": 6])
        let btc = try #require(try ask("BTC-USD", fixture)?.day)
        #expect(btc.triggers == ["momentum": 2] && btc.lastTrigger == Fixture.at(60).description)
        #expect(btc.halted == ["kill": 6, "volatility": 6])
        let sol = try #require(try ask("SOL-USD", fixture)?.day)
        #expect((sol.eligible, sol.excluded) == (0, ["DEPTH_LOW": 2]))
        #expect(sol.from == Fixture.at(60).description && sol.to == Fixture.at(180).description)
        #expect(try ask("1", fixture)?.day == nil)
    }

    @Test func `a product of which nothing was proposed has its day`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open(run: "run1")
        let old = try Fixture.decision(1, "old", at: 0)
        let new = try Fixture.decision(2, "new", at: 86_401)
        _ = try store.write(
            [.decision(old, latencies: []), .decision(new, latencies: [])],
            at: Fixture.at(86_401)
        )
        let answer = try #require(try ask("ETH-USD", fixture))
        #expect(answer.run.isEmpty && answer.proposals.isEmpty)
        // What is older than a day is not of it.
        #expect(answer.day?.cycles == 1 && answer.day?.eligible == 1)
        #expect(try ask("XRP-USD", fixture) == nil)
    }

    @Test func `what was never decided has no answer`() throws {
        let fixture = try written()
        for text in ["4", "run1/4", "run3/1", "run3/1/BTC-USD", "run1/4/BTC-USD", "DOGE-USD"] {
            #expect(try ask(text, fixture) == nil, "\(text)")
        }
    }

    @Test func `the orders of a decision are those of its run, its cycle and its product`() throws {
        let fixture = try written()
        let cycle = try #require(try ask("run1/1", fixture))
        #expect(cycle.orders.map(\.id) == ["v-run1-z", "v-run1-a", "v-run1-b"])
        #expect(cycle.triggers.count == 1)
        let product = try #require(try ask("run1/1/BTC-USD", fixture))
        #expect(product.orders.map(\.id) == ["v-run1-z", "v-run1-b"])
        #expect(product.eligible == ["BTC-USD"])
        #expect(try ask("1/ETH-USD", fixture)?.orders.map(\.id) == ["v-run2-a"])
        #expect(try ask("1/ETH-USD", fixture)?.triggers.isEmpty == true)
        #expect(try ask("BTC-USD", fixture)?.orders.map(\.id) == ["v-run2-z", "v-run2-b"])
        #expect(try ask("run1/3", fixture)?.orders.isEmpty == true)
    }

    @Test func `an order is answered with the decision of its own run`() throws {
        let fixture = try written()
        let told = try #require(try ask("v-run1-b", fixture))
        #expect(told.outcome == "run1 trigger")
        #expect(told.run == "run1")
        #expect(told.cycle == 1)
        #expect(told.eligible == ["BTC-USD"])
        #expect(told.orders.map(\.id) == ["v-run1-b"])
        #expect(try ask("v-run1-c", fixture)?.outcome == "run1 verdict")
        #expect(try ask("v-run2-a", fixture)?.outcome == "run2 trigger")
        #expect(try ask("v-run2-nobody", fixture) == nil)
    }

    @Test func `an order comes with every attempt before and behind it, first to last`() throws {
        let fixture = try written()
        var store = try fixture.open(run: "run3")
        _ = try store.write(
            [
                .intents([
                    Fixture.order("v-1", cycle: 9, at: 10),
                    Fixture.order("v-2", parent: "v-1", cycle: 9, at: 20),
                    Fixture.order("v-4", parent: "v-2", cycle: 9, at: 30),
                    Fixture.order("v-3", parent: "v-2", cycle: 9, at: 30),
                    Fixture.order("v-5", cycle: 9, at: 15),
                ])
            ],
            at: Fixture.now
        )
        for id in ["v-1", "v-2", "v-3", "v-4"] {
            let told = try #require(try ask(id, fixture))
            #expect(told.orders.map(\.id) == ["v-1", "v-2", "v-3", "v-4"], "\(id)")
            // Its cycle has not ended: nothing of another run is told in its place.
            #expect(told.outcome.isEmpty && told.run.isEmpty && told.cycle == 0)
        }
        #expect(try ask("v-5", fixture)?.orders.map(\.id) == ["v-5"])
    }
}
