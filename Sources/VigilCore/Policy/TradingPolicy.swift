package import VigilModel

/// Everything the configuration says about trading, in the engine's own types.
package struct TradingPolicy: Sendable {
    /// Spacing of decisions.
    package var loop: LoopPolicy
    /// Limits.
    package var risk: RiskPolicy
    /// How orders are worked.
    package var execution: ExecutionPolicy
    /// Which products may be traded.
    package var universe: UniversePolicy
    /// When something has happened.
    package var triggers: TriggerPolicy
    /// How large what is done about it may be.
    package var strategy: StrategyPolicy
    /// What each strategy was told, by its name; one without settings is not asked.
    package var strategies: [String: StrategySettings]
    /// What a holding must be worth to be looked after, and a difference to be one.
    package var dust = Money.zero(.usd)
    /// What is sold that no exit of its own leaves.
    package var care = CarePolicy()

    /// Joins the parts.
    package init(
        loop: LoopPolicy,
        risk: RiskPolicy,
        execution: ExecutionPolicy,
        universe: UniversePolicy,
        triggers: TriggerPolicy,
        strategy: StrategyPolicy,
        strategies: [String: StrategySettings]
    ) {
        self.loop = loop
        self.risk = risk
        self.execution = execution
        self.universe = universe
        self.triggers = triggers
        self.strategy = strategy
        self.strategies = strategies
    }
}

extension TradingPolicy {
    /// How a position is left whose own plan is not known: by the tightest of the configured ones.
    ///
    /// Of plans with the same stop the shortest counts, so that every start chooses the same.
    package var adoptionPlan: ExitPlan? {
        strategies.values.flatMap(\.parameters.exitPlans).min {
            ($0.stopLoss, $0.holdMax, $0.takeProfit) < ($1.stopLoss, $1.holdMax, $1.takeProfit)
        }
    }
}

/// Spacing of decisions.
package struct LoopPolicy: Sendable {
    /// From one decision cycle to the next, on a fixed grid.
    package var interval: Duration
    /// How far into the interval a cycle may be delayed, as a ratio of it.
    package var jitter: Rate
    /// How long one stage of a cycle may take before the cycle is aborted.
    package var stageTimeout: Duration

    /// Joins the parts.
    package init(interval: Duration, jitter: Rate, stageTimeout: Duration) {
        self.interval = interval
        self.jitter = jitter
        self.stageTimeout = stageTimeout
    }
}
