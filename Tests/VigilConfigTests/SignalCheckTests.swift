import Testing

@testable import VigilConfig

/// What the checks say of a strategy that cannot act, each at its edge.
@Suite struct SignalCheckTests {
    private static let strategy: [(String, String, String, [String])] = [
        (
            "V0170", "policy",
            "strategy: {min_conviction_to_propose: 0.75, conviction_weights: {trigger_strength: "
                + "0.5, trigger_confidence: 0.25, tier1_boost: 0}}",
            []
        ),
        (
            "V0170", "policy",
            "strategy: {min_conviction_to_propose: 0.7500000005, conviction_weights: "
                + "{trigger_strength: 0.5, trigger_confidence: 0.125, tier1_boost: 0.125}}",
            []
        ),
        (
            "V0170", "policy",
            "strategy: {min_conviction_to_propose: 0.8125, conviction_weights: "
                + "{trigger_strength: 0.5, trigger_confidence: 0.25, tier1_boost: 0}}",
            [
                "error: the weights add up to 0.75 at most, 0.8125 is required",
                "min_conviction_to_propose: required",
                "trigger_strength: weighs 0.5",
            ]
        ),
        (
            "V0174", "strategies",
            "strategies: {rules_engine: {enabled: false}}",
            [
                "warning: every strategy is switched off",
                "enabled: proposes nothing",
            ]
        ),
        ("V0175", "signals", "triggers: {regime_thresholds: {chop: {pct_change_15m: 2.7}}}", []),
        (
            "V0175", "signals",
            "triggers: {regime_thresholds: {chop: {pct_change_15m: 2.75}}}",
            [
                "warning: in chop a move over 15 minutes must be larger than one over 60",
                "pct_change_15m: 2.75 % in 15 minutes",
                "signals.yaml: 2.7 % in 60",
            ]
        ),
        (
            "V0175", "signals",
            "triggers: {regime_thresholds: {bull: {pct_change_60m: 3}, bear: {pct_change_15m: 7.5}}}",
            [
                "warning: in bull a move over 15 minutes must be larger than one over 60",
                "pct_change_60m: 3.0 % in 60",
                "signals.yaml: 3.5 % in 15 minutes",
                "warning: in bear a move over 15 minutes must be larger than one over 60",
                "pct_change_15m: 7.5 % in 15 minutes",
                "signals.yaml: 7.0 % in 60",
            ]
        ),
        (
            "V0191", "strategies",
            "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 3}}}", []
        ),
        (
            "V0191", "strategies",
            "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 2.99}}}",
            [
                "warning: the strategy's budget is 2.99 %",
                "max_at_risk_pct: all its positions",
                "policy.yaml: one: 3 %",
                "policy.yaml: all: 25 %",
            ]
        ),
        (
            "V0191", "strategies",
            "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 25}}}", []
        ),
        (
            "V0191", "strategies",
            "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 25.01}}}",
            [
                "warning: the strategy's budget is 25.01 %",
                "max_at_risk_pct: all its positions",
                "policy.yaml: one: 3 %",
                "policy.yaml: all: 25 %",
            ]
        ),
    ]

    @Test(arguments: strategy)
    func `a strategy that cannot act is told with the numbers that keep it`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
