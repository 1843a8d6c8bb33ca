package import VigilModel

/// A strategy's wish to open a position; nothing has been allowed yet.
package struct Proposal: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// Its tier.
    package let tier: Tier
    /// The wanted size as a ratio of the net liquidation value, regime included.
    package let size: Rate
    /// How much it is believed in, 0 to 1.
    package let conviction: Double
    /// What it is about.
    package let trigger: Trigger
    /// How the position would be left.
    package let exits: ExitPlan
    /// Who proposes.
    package let strategy: String
    /// How the size came about, step by step.
    package let steps: [SizingStep]

    /// Joins the parts.
    package init(
        product: ProductID,
        tier: Tier,
        size: Rate,
        conviction: Double,
        trigger: Trigger,
        exits: ExitPlan,
        strategy: String,
        steps: [SizingStep] = []
    ) {
        self.steps = steps
        self.product = product
        self.tier = tier
        self.size = size
        self.conviction = conviction
        self.trigger = trigger
        self.exits = exits
        self.strategy = strategy
    }
}

/// A step of sizing with what it leaves, as a ratio of the net liquidation value.
package struct SizingStep: Sendable, Equatable {
    /// The step.
    package let name: String
    /// The size after it.
    package let size: Rate
}

/// Buys what rises for a reason: one rule per kind of trigger.
package struct RuleStrategy: Sendable {
    private let policy: StrategyPolicy
    private let rules: [TriggerKind: RuleParameters.Rule]

    /// Takes how sizes come about, and the rules.
    package init(policy: StrategyPolicy, rules: [TriggerKind: RuleParameters.Rule]) {
        self.policy = policy
        self.rules = rules
    }

    /// Proposals for the triggers, highest conviction first.
    ///
    /// - Throws: `overflow`, never for ratios within their configured ranges.
    package func proposals(
        for triggers: [Trigger],
        regime: Regime
    ) throws(MoneyError) -> [Proposal] {
        var result: [Proposal] = []
        for trigger in triggers {
            guard let rule = rules[trigger.kind], isMet(by: trigger) else { continue }
            let conviction = conviction(of: trigger)
            guard conviction >= policy.convictionMin else { continue }
            let steps = try steps(to: trigger, rule, conviction, regime)
            guard let size = steps.last?.size, size > .zero else { continue }
            result.append(
                Proposal(
                    product: trigger.product,
                    tier: trigger.tier,
                    size: size,
                    conviction: conviction,
                    trigger: trigger,
                    exits: rule.exits,
                    strategy: RuleEngine.name,
                    steps: steps
                )
            )
        }
        let ranked = result.enumerated().sorted {
            ($1.element.conviction, $0.offset) < ($0.element.conviction, $1.offset)
        }
        return ranked.map(\.element)
    }

    /// A long-only strategy enters no fall: the sign of the move decides, not its size.
    private func isMet(by trigger: Trigger) -> Bool {
        switch trigger.kind {
        case .priceMove, .momentum, .breakout: trigger.changePct > 0
        case .volumeSpike: trigger.changePct >= 0.5
        }
    }

    private func conviction(of trigger: Trigger) -> Double {
        let boost = trigger.tier == .core ? policy.coreTierBoost : 0
        let sum =
            policy.strengthWeight * trigger.strength
            + policy.confidenceWeight * trigger.confidence + boost
        return min(max(sum, 0), 1)
    }

    /// The largest size whose stop-loss costs no more than a trade may lose, and less where the product is wild.
    ///
    /// **Units**: the volatility in percent a year, to which 50 is usual.
    package static func bound(_ risk: Rate, _ stopLoss: Rate, volatility: Double) -> Rate {
        let calm = 50 / max(volatility, 10)
        return Rate(indicator: risk.indicator / stopLoss.indicator * calm)
    }

    /// What the stop may cost bounds the size, calmer where the product is wild, then the tier's
    /// usual size, the rule, the conviction and the regime.
    private func steps(
        to trigger: Trigger,
        _ rule: RuleParameters.Rule,
        _ conviction: Double,
        _ regime: Regime
    ) throws(MoneyError) -> [SizingStep] {
        guard let base = policy.basePosition[trigger.tier], rule.exits.stopLoss > .zero else {
            return []
        }
        let stopped = Self.bound(
            policy.riskPerTrade,
            rule.exits.stopLoss,
            volatility: trigger.volatility
        )
        let bounded = min(stopped, base)
        let scaled = try bounded * rule.sizeMultiplier
        let believed = try scaled * Rate(indicator: 0.5 + conviction / 2)
        return [
            SizingStep(name: "tier", size: base),
            SizingStep(name: "stop_and_volatility", size: bounded),
            SizingStep(name: "rule", size: scaled),
            SizingStep(name: "conviction", size: believed),
            SizingStep(
                name: "regime",
                size: try believed * (policy.regimeMultipliers[regime] ?? .one)
            ),
        ]
    }
}
