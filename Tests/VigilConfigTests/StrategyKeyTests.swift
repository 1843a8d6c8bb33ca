import Testing
import VigilCore
import VigilModel

@testable import VigilConfig

/// A strategy from outside becomes keys by what it declares, and by nothing else.
@Suite struct StrategyKeyTests {
    /// A strategy with one parameter of its own.
    private struct Probe: Strategy {
        struct Parameters: StrategyParameters {
            var patience = Duration.zero
            var exitPlans: [ExitPlan] { [] }

            static let declared = [
                StrategyParameter<Self>(
                    "patience_minutes",
                    .minutes(1...60),
                    "5",
                    "How long it waits."
                ) { $0.patience = $1 }
            ]
        }

        static let name = "probe"
        init(_ policy: TradingPolicy, _ parameters: Parameters) {}
        mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice {
            StrategyAdvice(triggers: [], proposals: [])
        }
    }

    @Test func `every strategy has its switch, its notes and its budgets, and then its own keys`()
        throws
    {
        let specs = StrategyKeys<Probe>().specs
        #expect(
            specs.map(\.name) == [
                "strategies:strategies.probe.enabled",
                "strategies:strategies.probe.description",
                "strategies:strategies.probe.risk_budgets.max_at_risk_pct",
                "strategies:strategies.probe.risk_budgets.max_trades_per_cycle",
                "strategies:strategies.probe.patience_minutes",
            ]
        )
        let own = try #require(specs.last)
        #expect(own.kind == .minutes(1...60) && own.standard == "5")
        #expect(own.meaning == "How long it waits.")
    }

    @Test func `what the file says reaches the strategy that declared it, and its own limits`()
        throws
    {
        var draft = ConfigDraft()
        draft.strategies[Probe.name] = StrategySettings(
            enabled: false,
            parameters: Probe.Parameters()
        )
        let texts = ["enabled": "true", "patience_minutes": "7", "max_at_risk_pct": "12"]
        for spec in StrategyKeys<Probe>().specs {
            guard case .fills(let fill) = spec.use,
                let last = spec.path.split(separator: ".").last,
                let text = texts[String(last)]
            else { continue }
            fill(&draft, [text], "")
        }
        let settings = try #require(draft.strategies[Probe.name])
        #expect(settings.enabled)
        #expect((settings.parameters as? Probe.Parameters)?.patience == .seconds(420))
        #expect(draft.risk.strategyBudget[Probe.name] == Rate(basisPoints: 1_200))
        #expect(draft.strategies[RuleEngine.name]?.enabled == false, "no other strategy's")
    }
}
