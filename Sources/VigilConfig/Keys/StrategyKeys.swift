internal import VigilCore
internal import VigilModel

/// The rule strategy: whether it proposes, and what each of its rules does.
struct StrategyKeys: KeyGroup {
    let enabled = Key(
        "strategies:strategies.rules_engine.enabled",
        .flag,
        "true",
        "Whether the rule strategy proposes at all.",
        fills: \.strategy.enabled
    )
    let description = Key(
        "strategies:strategies.rules_engine.description",
        .text,
        "",
        "Your notes; shown to people only.",
        decides: false,
        use: .people
    )
    let atRiskMax = Key(
        "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct",
        .percent(0.1...100),
        "",
        "Limit on all positions of the strategy together.",
        inherits: "policy:risk.max_total_at_risk_pct"
    ) { $0.risk.strategyBudget[RuleEngine.name] = $1 }
    let tradesPerCycleMax = Key(
        "strategies:strategies.rules_engine.risk_budgets.max_trades_per_cycle",
        .integer(1...100),
        "",
        "How many entries the strategy may make in one cycle.",
        inherits: "policy:strategy.max_new_positions_per_cycle"
    ) { $0.risk.strategyTradesMax[RuleEngine.name] = $1 }
    let rules: [any KeyGroup] = TriggerKind.allCases.map(RuleKeys.init)

    /// What a kind of trigger leads to.
    func rule(_ kind: TriggerKind) -> RuleKeys { RuleKeys(kind) }
}

/// What one kind of trigger leads to.
struct RuleKeys: KeyGroup {
    let stopLoss: Key<Rate>
    let takeProfit: Key<Rate>
    let holdMax: Key<Duration>
    let sizeMultiplier: Key<Rate>

    init(_ kind: TriggerKind) {
        let name = kind.rawValue
        let hold =
            switch kind {
            case .priceMove, .volumeSpike: "24"
            case .breakout, .momentum: "48"
            }
        let path = "strategies:strategies.rules_engine.rules.\(name)"
        stopLoss = Key(
            "\(path).stop_loss_pct",
            .percent(0.1...100),
            "",
            "The loss at which a position from a \(name) is stopped out.",
            inherits: "policy:risk.stop_loss_pct"
        ) { $0.strategy.rules[kind]?.exits.stopLoss = $1 }
        takeProfit = Key(
            "\(path).take_profit_pct",
            .percent(0.1...1_000),
            "",
            "The gain at which the profit is taken.",
            inherits: "policy:risk.take_profit_pct"
        ) { $0.strategy.rules[kind]?.exits.takeProfit = $1 }
        holdMax = Key(
            "\(path).max_hold_hours",
            .hours(1...8_760),
            hold,
            "The longest a position is held."
        ) { $0.strategy.rules[kind]?.exits.holdMax = $1 }
        sizeMultiplier = Key(
            "\(path).size_multiplier",
            .fraction(0...1),
            "1",
            "The size of its positions, as a ratio of the tier's usual size."
        ) { $0.strategy.rules[kind]?.sizeMultiplier = $1 }
    }
}
