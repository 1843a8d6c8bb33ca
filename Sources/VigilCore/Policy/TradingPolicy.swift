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
    /// What is done about it.
    package var strategy: StrategyPolicy
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
        strategy: StrategyPolicy
    ) {
        self.loop = loop
        self.risk = risk
        self.execution = execution
        self.universe = universe
        self.triggers = triggers
        self.strategy = strategy
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
