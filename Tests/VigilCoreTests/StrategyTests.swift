import Testing
import VigilModel

@testable import VigilCore

/// What every strategy has to keep to.
@Suite struct StrategyTests {
    @Test func `each strategy has a name of its own`() {
        let names = StrategyRegistry.kinds.map { $0.name }
        #expect(Set(names).count == names.count)
        #expect(names.contains("rules_engine"))
    }

    @Test func `a strategy that was started in between decides as one that has run all the while`()
        throws
    {
        let market = try SignalDay.history(seed: 1)
        let days = try (0..<12).map { try SignalDay(seed: $0, market) }
        var wishes = 0
        for day in days {
            for place in StrategyRegistry.kinds.indices {
                // One has seen all that came before, the other begins here, as after a kill.
                var old = StrategyRegistry.strategies(for: day.policy)[place]
                for earlier in days {
                    _ = try old.advice(on: earlier.view)
                }
                var fresh = StrategyRegistry.strategies(for: day.policy)[place]
                let advice = try fresh.advice(on: day.view)
                #expect(try old.advice(on: day.view) == advice)
                wishes += advice.proposals.count
            }
        }
        #expect(wishes > 0)
    }
}

/// What the conductor makes of whether a strategy is enabled.
@Suite struct StrategySettingsTests {
    @Test(arguments: [true, false])
    func `what a strategy sees is told either way, what it wishes only where it is enabled`(
        isEnabled: Bool
    ) throws {
        let market = try SignalDay.history(seed: 1)
        var (seen, wished) = (0, 0)
        for seed in 0..<12 {
            let day = try SignalDay(seed: UInt64(seed), market)
            var policy = day.policy
            policy.strategies[RuleEngine.name]?.enabled = isEnabled
            var strategy = try #require(StrategyRegistry.strategies(for: policy).first)
            let advice = try strategy.advice(on: day.view)
            seen += advice.triggers.count
            wished += advice.proposals.count
        }
        #expect(seen > 0)
        #expect((wished > 0) == isEnabled)
    }

    private struct Overflowing: Strategy {
        static let name = "overflowing"
        init(_ policy: TradingPolicy, _ parameters: Plans) {}
        mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice {
            throw .overflow
        }
    }

    @Test func `a strategy that is switched off breaks off no cycle`() throws {
        let view = try SignalDay(seed: 1, SignalDay.history(seed: 1)).view
        for isEnabled in [true, false] {
            var heard = HeardStrategy(
                strategy: Overflowing(CycleScene.policy, Plans()),
                isEnabled: isEnabled
            )
            let advice = try? heard.advice(on: view)
            #expect((advice == nil) == isEnabled)
        }
    }

    @Test func `a strategy without settings is not asked`() {
        var policy = CycleScene.policy
        policy.strategies = [:]
        #expect(StrategyRegistry.strategies(for: policy).isEmpty)
    }

    @Test func `writing the rules leaves whether they are heard`() {
        var policy = CycleScene.policy
        policy.strategies[RuleEngine.name]?.enabled = false
        policy.rules.rules = [:]
        #expect(policy.strategies[RuleEngine.name]?.enabled == false)
        #expect(policy.rules.exitPlans.isEmpty)
    }

    private struct Plans: StrategyParameters {
        var exitPlans: [ExitPlan] = []
        static let declared: [StrategyParameter<Self>] = []
    }

    @Test func `an adopted position takes the tightest plan of all strategies, always the same`()
        throws
    {
        func plan(_ stop: Int, hours: Int, _ target: Int = 900) -> ExitPlan {
            ExitPlan(
                stopLoss: Rate(basisPoints: stop),
                takeProfit: Rate(basisPoints: target),
                holdMax: .seconds(3_600 * hours)
            )
        }
        let plans = [
            plan(400, hours: 1), plan(300, hours: 48), plan(300, hours: 24, 800),
            plan(300, hours: 24, 700),
        ]
        for first in plans.indices {
            let turned = Array(plans[first...] + plans[..<first])
            var policy = CycleScene.policy
            policy.strategies = [
                "one": StrategySettings(
                    enabled: true,
                    parameters: Plans(exitPlans: Array(turned.prefix(2)))
                ),
                "two": StrategySettings(
                    enabled: false,
                    parameters: Plans(exitPlans: Array(turned.suffix(2)))
                ),
            ]
            #expect(policy.adoptionPlan == plan(300, hours: 24, 700))
        }
        var none = CycleScene.policy
        none.strategies = [:]
        #expect(none.adoptionPlan == nil)
    }
}
