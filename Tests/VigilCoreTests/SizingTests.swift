import Testing
import VigilModel

@testable import VigilCore

/// How large a proposal is, step by step and by value, and which proposals there are at all.
@Suite struct SizingTests {
    /// What all strategies share, and the rules of this one.
    private struct Told {
        var shared: StrategyPolicy
        var rules: [TriggerKind: RuleParameters.Rule]
    }

    private func policy(_ change: (inout Told) -> Void = { _ in }) -> Told {
        let exits = ExitPlan(
            stopLoss: Rate(basisPoints: 500),
            takeProfit: Rate(basisPoints: 1_000),
            holdMax: .seconds(3_600)
        )
        let rule = RuleParameters.Rule(exits: exits, sizeMultiplier: .one)
        let shared = StrategyPolicy(
            basePosition: [.core: .one, .rotational: .one],
            convictionMin: 0,
            strengthWeight: 1,
            confidenceWeight: 0,
            coreTierBoost: 0,
            riskPerTrade: Rate(basisPoints: 50),
            regimeMultipliers: [:]
        )
        var policy = Told(
            shared: shared,
            rules: [.breakout: rule, .priceMove: rule, .momentum: rule, .volumeSpike: rule]
        )
        change(&policy)
        return policy
    }

    private func trigger(
        _ kind: TriggerKind = .breakout,
        tier: Tier = .core,
        strength: Double = 1,
        confidence: Double = 1,
        change: Double = 2,
        volatility: Double = 50,
        product: ProductID = Sample.btc
    ) -> Trigger {
        Trigger(
            product: product,
            tier: tier,
            kind: kind,
            strength: strength,
            confidence: confidence,
            changePct: change,
            volatility: volatility
        )
    }

    private func proposals(
        _ policy: Told,
        _ triggers: Trigger...,
        regime: Regime = .chop
    ) throws -> [Proposal] {
        try RuleStrategy(policy: policy.shared, rules: policy.rules)
            .proposals(for: triggers, regime: regime)
    }

    @Test(arguments: [
        (0.0, "0.5"), (5, "0.5"), (10, "0.5"), (20, "0.25"), (25, "0.2"), (50, "0.1"),
        (100, "0.05"), (200, "0.025"),
    ])
    func `what the stop may cost shrinks with the volatility, and below ten counts as ten`(
        volatility: Double,
        expected: String
    ) throws {
        // 0.5 % of the net value at a stop of 5 % is a tenth of it where a product is as wild as usual.
        let made = try proposals(policy(), trigger(volatility: volatility))
        #expect(made.map(\.size.description) == [expected])
    }

    @Test func `every step of a size has its own factor, in this order`() throws {
        let policy = policy {
            $0.shared.basePosition[.core] = Rate(basisPoints: 3_000)
            $0.rules[.breakout]?.sizeMultiplier = Rate(basisPoints: 5_000)
            $0.shared.regimeMultipliers = [.bear: Rate(basisPoints: 2_500)]
        }
        let wish = trigger(strength: 0.6, volatility: 25)
        let made = try #require(try proposals(policy, wish, regime: .bear).first)
        #expect(
            made.steps.map { "\($0.name) \($0.size)" } == [
                "tier 0.3", "stop_and_volatility 0.2", "rule 0.1", "conviction 0.08", "regime 0.02",
            ]
        )
        #expect(made.size.description == "0.02")
        // A regime that has no share of its own leaves the size as it is.
        #expect(try proposals(policy, wish).map(\.size.description) == ["0.08"])
    }

    @Test func `the tier's usual size bounds what the stop would allow`() throws {
        let tight = policy {
            $0.shared.basePosition = [
                .core: Rate(basisPoints: 300), .rotational: Rate(basisPoints: 200),
            ]
        }
        let core = trigger(volatility: 25)
        let other = trigger(tier: .rotational, volatility: 25)
        #expect(
            try proposals(tight, core, other).map(\.size.description) == ["0.03", "0.02"]
        )
        // A tier without a size of its own is not traded.
        #expect(try proposals(tight, trigger(tier: .eventDriven)).isEmpty)
    }

    @Test func `a stop twice as far halves the size, and half the risk does so too`() throws {
        func size(_ stop: Int, _ risk: Int) throws -> String? {
            let changed = policy {
                $0.shared.riskPerTrade = Rate(basisPoints: risk)
                $0.rules[.breakout]?.exits = ExitPlan(
                    stopLoss: Rate(basisPoints: stop),
                    takeProfit: .one,
                    holdMax: .seconds(1)
                )
            }
            return try proposals(changed, trigger()).first?.size.description
        }
        #expect(try size(500, 50) == "0.1")
        #expect(try size(1_000, 50) == "0.05")
        #expect(try size(500, 25) == "0.05")
        #expect(try size(0, 50) == nil, "without a stop there is no size")
    }

    @Test func `a conviction is weighted, raised for the first tier alone, and never above one`()
        throws
    {
        let weighted = policy {
            ($0.shared.strengthWeight, $0.shared.confidenceWeight, $0.shared.coreTierBoost) = (
                0.5, 0.25, 0.125
            )
        }
        func conviction(_ tier: Tier, _ strength: Double, _ confidence: Double) throws -> Double? {
            let wish = trigger(tier: tier, strength: strength, confidence: confidence)
            return try proposals(weighted, wish).first?.conviction
        }
        #expect(try conviction(.core, 0.5, 1) == 0.625)
        #expect(try conviction(.rotational, 0.5, 1) == 0.5)
        #expect(try conviction(.rotational, 0, 1) == 0.25)
        #expect(try conviction(.core, 4, 4) == 1)
        // Half of a size is there without any conviction, the other half grows with it.
        let sizes = try [0, 0.5, 1].map { strength in
            try proposals(policy(), trigger(strength: strength)).first?.size.description
        }
        #expect(sizes == ["0.05", "0.075", "0.1"])
    }

    @Test func `a conviction at the least one is proposed, one below it is not`() throws {
        let strict = policy { $0.shared.convictionMin = 0.5 }
        #expect(try proposals(strict, trigger(strength: 0.5)).count == 1)
        #expect(try proposals(strict, trigger(strength: 0.499)).isEmpty)
    }

    @Test(arguments: [
        (TriggerKind.priceMove, 0.0, 0), (.priceMove, 0.01, 1), (.momentum, 0, 0),
        (.momentum, 0.01, 1), (.breakout, 0, 0), (.breakout, 0.01, 1), (.volumeSpike, 0.49, 0),
        (.volumeSpike, 0.5, 1), (.priceMove, -3, 0), (.volumeSpike, -3, 0),
    ])
    func `only a rise is bought, and volume only with a rise behind it`(
        kind: TriggerKind,
        change: Double,
        expected: Int
    ) throws {
        #expect(try proposals(policy(), trigger(kind, change: change)).count == expected)
    }

    @Test func `what is off, has no rule, or is left nothing by its regime is not proposed`() throws
    {
        #expect(try proposals(policy { $0.rules[.breakout] = nil }, trigger()).isEmpty)
        let still = policy { $0.shared.regimeMultipliers = [.crash: .zero] }
        #expect(try proposals(still, trigger(), regime: .crash).isEmpty)
        #expect(try proposals(still, trigger(), regime: .bull).count == 1)
    }

    @Test func `the highest conviction comes first, and equals keep their order`() throws {
        let ids = ["AAA", "BBB", "CCC"].map { ProductID(base: Currency($0) ?? .usd, quote: .usd) }
        let made = try proposals(
            policy(),
            trigger(strength: 0.5, product: ids[2]),
            trigger(strength: 0.9, product: ids[1]),
            trigger(strength: 0.5, product: ids[0])
        )
        #expect(made.map(\.product) == [ids[1], ids[2], ids[0]])
    }

    @Test func `what is proposed keeps its trigger, its exits and its strategy's name`() throws {
        let wish = trigger()
        let made = try #require(try proposals(policy(), wish).first)
        #expect(made.trigger == wish)
        #expect(made.tier == .core)
        #expect(made.strategy == RuleEngine.name)
        #expect(made.exits == policy().rules[.breakout]?.exits)
    }
}
