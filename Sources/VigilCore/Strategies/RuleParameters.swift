package import VigilModel

/// What the rule strategy does about each kind of trigger.
package struct RuleParameters: StrategyParameters, Equatable {
    /// What one kind of trigger leads to.
    package struct Rule: Sendable, Equatable {
        /// How the position will be left.
        package var exits: ExitPlan
        /// The size against the tier's usual one.
        package var sizeMultiplier: Rate

        /// Joins the parts.
        package init(exits: ExitPlan, sizeMultiplier: Rate) {
            self.exits = exits
            self.sizeMultiplier = sizeMultiplier
        }
    }

    /// Rules by kind of trigger; a kind without one is not traded.
    package var rules: [TriggerKind: Rule]

    /// Takes the rules.
    package init(rules: [TriggerKind: Rule]) {
        self.rules = rules
    }

    /// A rule of no size for each kind.
    package init() {
        let exits = ExitPlan(stopLoss: .zero, takeProfit: .zero, holdMax: .zero)
        let rules = TriggerKind.allCases.map { ($0, Rule(exits: exits, sizeMultiplier: .zero)) }
        self.rules = Dictionary(rules) { first, _ in first }
    }

    /// One for each kind of trigger that is traded.
    package var exitPlans: [ExitPlan] { rules.values.map(\.exits) }

    /// Four parameters for each kind of trigger.
    package static let declared: [StrategyParameter<Self>] = TriggerKind.allCases.flatMap {
        [stopLoss($0), takeProfit($0), holdMax($0), sizeMultiplier($0)]
    }

    /// The loss at which a position is stopped out.
    package static func stopLoss(_ kind: TriggerKind) -> StrategyParameter<Self> {
        StrategyParameter(
            "rules.\(kind.rawValue).stop_loss_pct",
            .percent(0.1...100),
            "",
            "The loss at which a position from a \(kind.rawValue) is stopped out.",
            inherits: "policy:risk.stop_loss_pct"
        ) { $0.rules[kind]?.exits.stopLoss = $1 }
    }

    /// The gain at which the profit is taken.
    package static func takeProfit(_ kind: TriggerKind) -> StrategyParameter<Self> {
        StrategyParameter(
            "rules.\(kind.rawValue).take_profit_pct",
            .percent(0.1...1_000),
            "",
            "The gain at which the profit is taken.",
            inherits: "policy:risk.take_profit_pct"
        ) { $0.rules[kind]?.exits.takeProfit = $1 }
    }

    /// The longest a position is held.
    package static func holdMax(_ kind: TriggerKind) -> StrategyParameter<Self> {
        let hold =
            switch kind {
            case .priceMove, .volumeSpike: "24"
            case .breakout, .momentum: "48"
            }
        return StrategyParameter(
            "rules.\(kind.rawValue).max_hold_hours",
            .hours(1...8_760),
            hold,
            "The longest a position is held."
        ) { $0.rules[kind]?.exits.holdMax = $1 }
    }

    /// The size of its positions against the tier's usual one.
    package static func sizeMultiplier(_ kind: TriggerKind) -> StrategyParameter<Self> {
        StrategyParameter(
            "rules.\(kind.rawValue).size_multiplier",
            .fraction(0...1),
            "1",
            "The size of its positions, as a ratio of the tier's usual size."
        ) { $0.rules[kind]?.sizeMultiplier = $1 }
    }
}

/// The first strategy: something happens in a product, and a rule says what is done about it.
package struct RuleEngine: Strategy {
    /// Its name.
    package static let name = "rules_engine"

    private let scanner: TriggerScanner
    private let rules: RuleStrategy

    /// Takes what counts as an event, and what is done about it.
    package init(_ policy: TradingPolicy, _ parameters: RuleParameters) {
        scanner = TriggerScanner(policy: policy.triggers)
        rules = RuleStrategy(policy: policy.strategy, rules: parameters.rules)
    }

    /// Decides on one view; keeps nothing.
    package mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice {
        let triggers = scanner.scan(view.universe, view.market, regime: view.regime, at: view.now)
        let proposals = try rules.proposals(for: triggers, regime: view.regime)
        return StrategyAdvice(triggers: triggers, proposals: proposals)
    }
}

extension TradingPolicy {
    /// The rule strategy's parameters; writing them keeps whether it is heard.
    package var rules: RuleParameters {
        get { strategies[RuleEngine.name]?.parameters as? RuleParameters ?? RuleParameters() }
        set {
            let enabled = strategies[RuleEngine.name]?.enabled ?? false
            strategies[RuleEngine.name] = StrategySettings(enabled: enabled, parameters: newValue)
        }
    }
}
