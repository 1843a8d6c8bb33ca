import Testing
import VigilModel

@testable import VigilCore

/// Defects of 247trader-v2 that touch risk and accounts, by their number, as things that must not be.
@Suite struct DefectTests {
    private static let start = Sample.now
    private let tests = RiskTests()

    func strategy(_ multiplier: Rate, _ kind: TriggerKind = .breakout) -> RuleStrategy {
        let rule = RuleParameters.Rule(
            exits: ExitPlan(
                stopLoss: Rate(basisPoints: 300),
                takeProfit: Rate(basisPoints: 600),
                holdMax: .seconds(3_600)
            ),
            sizeMultiplier: .one
        )
        return RuleStrategy(
            policy: StrategyPolicy(
                basePosition: [.core: Rate(basisPoints: 300)],
                convictionMin: 0,
                strengthWeight: 1,
                confidenceWeight: 1,
                coreTierBoost: 0,
                riskPerTrade: .one,
                regimeMultipliers: [.chop: multiplier]
            ),
            rules: [kind: rule]
        )
    }

    @Test func `defect 19: what the regime leaves of a size is what Risk looks at`() throws {
        let trigger = try tests.proposal("1").trigger
        let whole = try strategy(.one).proposals(for: [trigger], regime: .chop)
        let part = try strategy(Rate(basisPoints: 8_000)).proposals(for: [trigger], regime: .chop)
        let (full, less) = (try #require(whole.first), try #require(part.first))
        #expect(try less.size == full.size * Rate(basisPoints: 8_000))
        // Granted is what was proposed: no second multiplier behind it, and no dead zone.
        var core = try tests.core()
        let verdict = try tests.verdict(&core, less, tests.input(tests.snapshot()))
        let notional = try Money("10000", .usd).times(less.size, .down)
        #expect(verdict == "approved \(notional.amount)")
    }

    @Test func `defect 20: the total shrinks one member, and refuses no batch`() throws {
        var core = try tests.core { $0.tradeSpacing = .zero }
        let ids = ["AAA", "BBB"].map { ProductID(base: Currency($0) ?? .usd, quote: .usd) }
        let working = WorkingEntry(
            product: Sample.btc,
            worst: try Money("2200", .usd),
            strategy: "test"
        )
        let input = try tests.input(tests.snapshot(), working: [working], products: ids)
        let proposals = try ids.map { try tests.proposal("0.02", $0) }
        let effects = try core.handle(.proposed(cycle: 1, proposals, input), at: Self.start)
        guard case .replyVerdicts(_, let verdicts, _)? = effects.first else { return }
        #expect(verdicts.map(\.text) == ["approved 200", "approved 95.850985775484603914"])
    }

    @Test func `defect 26: a position is left by the bid, which is what it brings`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(
            .fillRecorded(Sample.fill(.buy, "1", "100", entry: "1"), Sample.origin()),
            at: Self.start
        )
        let exits = try core.handle(.quoteChanged(Sample.quote("96.9", "99")), at: Self.start)
        guard case .requestExit(let request)? = exits.first else {
            Issue.record("a bid below the stop left nothing")
            return
        }
        #expect(request.reason == .stopLoss)
    }

    @Test func `defect 28: losses are counted per trade, not per fill`() throws {
        var core = PortfolioCore(takerFee: .zero)
        var counters = RiskCounters()
        let fills = [
            try Sample.fill(.buy, "3", "100", entry: "1"),
            try Sample.fill(.sell, "1", "90", entry: "2"),
            try Sample.fill(.sell, "1", "90", entry: "3"),
            try Sample.fill(.sell, "1", "90", entry: "4"),
        ]
        for fill in fills {
            for effect in try core.handle(.fillRecorded(fill, Sample.origin()), at: Self.start) {
                if case .reportPositionClosed(let product, let result) = effect {
                    counters.recordClosed(product, result, at: Self.start)
                }
            }
        }
        #expect(counters.lossStreak == 1)
    }

    @Test func `defect 29: an hour is an hour of its day, and a week ends`() throws {
        var counters = RiskCounters()
        counters.recordEntry(Sample.btc, nil, at: Self.start)
        #expect(counters.entries(inHourOf: Self.start + .seconds(60)) == 1)
        #expect(counters.entries(inHourOf: Self.start + .seconds(86_400)) == 0)
        let (rich, poor) = (try Money("1000", .usd), try Money("900", .usd))
        var levels = try PortfolioReferences().advanced(to: rich, at: Self.start)
        levels = try levels.advanced(to: poor, at: Self.start + .seconds(3_600))
        #expect(levels.weekStart == rich)
        let nextWeek = try levels.advanced(to: poor, at: Self.start + .seconds(7 * 86_400))
        #expect(nextWeek.weekStart == poor)
        #expect(nextWeek.dayStart == poor)
        #expect(nextWeek.peak == rich)
    }

    @Test func `defect 30: what was placed and never filled counts as no entry`() throws {
        var core = try tests.core()
        let input = try tests.input(tests.snapshot())
        let first = try tests.verdict(&core, tests.proposal("0.02"), input)
        #expect(first == "approved 200")
        // It expired without a fill; nothing spaces the next one.
        #expect(try tests.verdict(&core, tests.proposal("0.02"), input) == "approved 200")
    }

    @Test(arguments: [("5", "win", 60), ("-5", "loss", 120), ("0", "exit", 1_800)])
    func `defect 31: a product cools down by how it was left`(
        result: String,
        why: String,
        seconds: Int
    ) throws {
        var policy = RiskTests.policy
        policy.winCooldown = .seconds(60)
        policy.lossExitCooldown = .seconds(120)
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: Self.start)
        _ = try core.handle(.exitStarted(Sample.btc, .takeProfit), at: Self.start)
        let closed = RiskCore.Event.positionClosed(Sample.btc, try Money(result, .usd))
        _ = try core.handle(closed, at: Self.start)
        let input = try tests.input(tests.snapshot())
        let text = try tests.verdict(&core, tests.proposal("0.02"), input, at: Self.start)
        let expected = "PRODUCT_COOLDOWN seconds limit \(seconds) current 0 requested 0"
        #expect(text == "\(expected) allowed \(seconds)", "\(why)")
    }

    @Test func `defect 37: a position has its exits from its first fill on`() throws {
        var books = PortfolioBooks()
        _ = try books.record(Sample.fill(.buy, "1", "100", entry: "1"), Sample.origin())
        let position = try #require(books.positions[Sample.btc])
        #expect(position.stopPrice.description == "97")
        #expect(position.targetPrice.description == "105")
    }

    @Test func `defect 41: a deposit is no profit, and a withdrawal no fall`() throws {
        let (peak, now) = (try Money("1000", .usd), try Money("950", .usd))
        var levels = try PortfolioReferences().advanced(to: peak, at: Self.start)
        levels = try levels.advanced(to: now, at: Self.start)
        // Nine tenths are taken out at a loss of five percent: it stays five percent.
        let rest = try Money("95", .usd)
        levels = try levels.scaled(from: now, to: rest).advanced(to: rest, at: Self.start)
        #expect(levels.peak == (try Money("100", .usd)))
        let more = try Money("9500", .usd)
        levels = try levels.scaled(from: rest, to: more).advanced(to: more, at: Self.start)
        #expect(levels.peak == (try Money("10000", .usd)))
    }

    @Test func `defect 42: a stable coin counts at its rate, and one off its peg halts`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(.flowRecorded(Money("1000", .usdt)), at: Self.start)
        let usdt = ProductID(base: .usdt, quote: .usd)
        let level = BookLevel(price: try Price("0.97", .usd), quantity: try Quantity("1"))
        let quote = Quote(product: usdt, bid: level, ask: level, occurredAt: Self.start)
        _ = try core.handle(.quoteChanged(quote), at: Self.start)
        let effects = try core.handle(.markRequested(cycle: 1), at: Self.start)
        guard case .reply(_, let snapshot)? = effects.last else { return }
        #expect(snapshot.nlv == (try Money("970", .usd)))
        var risk = try tests.core()
        let market = MarketSnapshot(at: Self.start, products: [:])
        let ask = RiskCore.Event.breakersRequested(cycle: 1, snapshot, market)
        #expect(
            try risk.handle(ask, at: Self.start).last?.halts == [Halt(.depeg)]
        )
    }

    @Test func `defect 45: a strategy's budget counts what it holds`() throws {
        var policy = RiskTests.policy
        policy.strategyBudget = ["test": Rate(basisPoints: 500)]
        policy.tradeSpacing = .zero
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: Self.start)
        let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let worst = try Money("470", .usd)
        let working = WorkingEntry(product: eth, worst: worst, strategy: "test")
        let input = try tests.input(tests.snapshot(), working: [working])
        let text = try tests.verdict(&core, tests.proposal("0.02"), input)
        #expect(text.hasPrefix("STRATEGY_BUDGET usd limit 500 current 470"))
    }

    @Test func `defect 48: the first entry is no addition, and fills of one entry are one`() throws
    {
        var counters = RiskCounters()
        let first = EntryKey(run: RunID("r"), cycle: 1)
        counters.recordEntry(Sample.btc, first, at: Self.start)
        counters.recordEntry(Sample.btc, first, at: Self.start)
        #expect(counters.additions(to: Sample.btc, onDayOf: Self.start) == 0)
        #expect(counters.entries.count == 1)
        counters.recordEntry(Sample.btc, EntryKey(run: RunID("r"), cycle: 2), at: Self.start)
        #expect(counters.additions(to: Sample.btc, onDayOf: Self.start) == 1)
        #expect(counters.pyramids == [Sample.btc])
    }
}
