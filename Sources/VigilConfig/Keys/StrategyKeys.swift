internal import VigilCore
internal import VigilModel

/// The keys of every strategy that is registered.
struct StrategiesKeys: KeyGroup {
    let each: [any KeyGroup] = StrategyRegistry.kinds.map { $0.keys }

    /// The keys that every strategy has.
    func of<S: Strategy>(_ strategy: S.Type) -> StrategyKeys<S> { StrategyKeys() }
}

/// One strategy: whether it is heard, what it may risk, and what it declares itself.
struct StrategyKeys<S: Strategy>: KeyGroup {
    let enabled = Key(
        "\(root).enabled",
        .flag,
        "true",
        "Whether the strategy proposes at all."
    ) { $0.strategies[S.name]?.enabled = $1 }
    let description = Key(
        "\(root).description",
        .text,
        "",
        "Your notes; shown to people only.",
        decides: false,
        use: .people
    )
    let atRiskMax = Key(
        "\(root).risk_budgets.max_at_risk_pct",
        .percent(0.1...100),
        "",
        "Limit on all positions of the strategy together.",
        inherits: "policy:risk.max_total_at_risk_pct"
    ) { $0.risk.strategyBudget[S.name] = $1 }
    let tradesPerCycleMax = Key(
        "\(root).risk_budgets.max_trades_per_cycle",
        .integer(1...100),
        "",
        "How many entries the strategy may make in one cycle.",
        inherits: "policy:strategy.max_new_positions_per_cycle"
    ) { $0.risk.strategyTradesMax[S.name] = $1 }
    let declared: [any ConfigKey] = S.Parameters.declared.map(ParameterKey<S>.init)

    private static var root: String { "strategies:strategies.\(S.name)" }

    /// The key of a parameter.
    func key(_ parameter: StrategyParameter<S.Parameters>) -> any ConfigKey {
        ParameterKey<S>(parameter)
    }
}

/// A parameter that a strategy declares, as a key.
struct ParameterKey<S: Strategy>: ConfigKey {
    let spec: KeySpec

    init(_ parameter: StrategyParameter<S.Parameters>) {
        spec = KeySpec(
            "strategies:strategies.\(S.name).\(parameter.path)",
            parameter.kind,
            parameter.standard,
            parameter.meaning,
            inherits: parameter.inherits,
            use: .fills { draft, texts, _ in
                guard var settings = draft.strategies[S.name],
                    var values = settings.parameters as? S.Parameters
                else { preconditionFailure("Invariant: a draft has the parameters of \(S.name)") }
                parameter.fill(&values, texts)
                settings.parameters = values
                draft.strategies[S.name] = settings
            }
        )
    }
}

extension Strategy {
    fileprivate static var keys: any KeyGroup { StrategyKeys<Self>() }
    /// The key that says whether its wishes are heard.
    static var enabledKey: any ConfigKey { StrategyKeys<Self>().enabled }
}

/// What the checks of costs and stops look at of one rule.
struct RuleKeys {
    let stopLoss: any ConfigKey
    let takeProfit: any ConfigKey
    let sizeMultiplier: any ConfigKey

    init(_ kind: TriggerKind) {
        let keys = Keys.strategies.of(RuleEngine.self)
        stopLoss = keys.key(RuleParameters.stopLoss(kind))
        takeProfit = keys.key(RuleParameters.takeProfit(kind))
        sizeMultiplier = keys.key(RuleParameters.sizeMultiplier(kind))
    }
}
