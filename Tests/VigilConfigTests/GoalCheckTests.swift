import Testing

@testable import VigilConfig

/// What the checks say of goals and stops against fees and spreads, each at its edge.
@Suite struct GoalCheckTests {
    private static let goals: [(String, String, String, [String])] = [
        (
            "V0153", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 6}}}}",
            [
                "error: the stop of `breakout` is not tighter than its take-profit",
                "stop_loss_pct: loses 6 %",
                "policy.yaml: wins 6 %",
            ]
        ),
        (
            "V0153", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 5.99}}}}", []
        ),
        (
            "V0153", "strategies",
            "strategies: {rules_engine: {rules: {momentum: {take_profit_pct: 3}}}}",
            [
                "error: the stop of `momentum` is not tighter than its take-profit",
                "take_profit_pct: wins 3 %",
                "policy.yaml: loses 3 %",
            ]
        ),
        ("V0153", "policy", "risk: {stop_loss_pct: 7}", []),
        (
            "V0158", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {take_profit_pct: 1.8, "
                + "stop_loss_pct: 1}}}}",
            [
                "error: the take-profit of `breakout` is eaten by fees of 1.8 %",
                "take_profit_pct: wins 1.8 % before fees",
                "policy.yaml: to get out",
                "policy.yaml: to get in",
            ]
        ),
        (
            "V0158", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {take_profit_pct: 1.81, "
                + "stop_loss_pct: 1}}}}",
            []
        ),
        (
            "V0158", "policy",
            "risk: {take_profit_pct: 0}",
            [
                "error: the take-profit of `price_move` is eaten by fees of 1.8 %",
                "take_profit_pct: wins 0 % before fees",
                "policy.yaml: to get out",
                "policy.yaml: to get in",
            ]
        ),
        ("V0158", "policy", "risk: {take_profit_pct: -6}", []),
        (
            "V0159", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.35}}}}",
            [
                "error: the stop of `breakout` lies within the spread that tier 2 accepts",
                "stop_loss_pct: 0.35 %",
                "universe.yaml: 35.0 basis points",
            ]
        ),
        (
            "V0159", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.36}}}}", []
        ),
        (
            "V0159", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.2}, momentum: "
                + "{stop_loss_pct: 0.21}}}}",
            [
                "error: the stop of `breakout` lies within the spread that tier 1 accepts",
                "stop_loss_pct: 0.2 %",
                "universe.yaml: 20.0 basis points",
                "error: the stop of `momentum` lies within the spread that tier 2 accepts",
                "stop_loss_pct: 0.21 %",
                "universe.yaml: 35.0 basis points",
            ]
        ),
        (
            "V0159", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.55}}}}", []
        ),
        ("V0159", "policy", "risk: {stop_loss_pct: 0}", []),
        (
            "V0184", "policy",
            "risk: {stop_loss_pct: 2.15}",
            [
                "warning: the stop of `price_move` is within fees of 1.8 % and 35.0 basis points",
                "stop_loss_pct: 2.15 %",
                "policy.yaml: to get out",
            ]
        ),
        ("V0184", "policy", "risk: {stop_loss_pct: 2.16}", []),
        ("V0184", "policy", "risk: {stop_loss_pct: 0.35}", []),
        (
            "V0184", "policy",
            "risk: {stop_loss_pct: 0.36}",
            [
                "warning: the stop of `price_move` is within fees of 1.8 % and 35.0 basis points",
                "stop_loss_pct: 0.36 %",
                "policy.yaml: to get out",
            ]
        ),
        (
            "V0184", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 2, take_profit_pct: "
                + "1.8}}}}",
            []
        ),
        (
            "V0184", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 2, take_profit_pct: "
                + "1.81}}}}",
            [
                "warning: the stop of `breakout` is within fees of 1.8 % and 35.0 basis points",
                "stop_loss_pct: 2 %",
                "policy.yaml: to get out",
            ]
        ),
        ("V0184", "policy", "risk: {stop_loss_pct: 2.1501}", []),
        (
            "V0184", "policy",
            "risk: {stop_loss_pct: 0.35001}",
            [
                "warning: the stop of `price_move` is within fees of 1.8 % and 35.0 basis points",
                "stop_loss_pct: 0.35001 %",
                "policy.yaml: to get out",
            ]
        ),
        (
            "V0159", "strategies",
            "strategies: {rules_engine: {rules: {breakout: {stop_loss_pct: 0.35002}}}}",
            []
        ),
    ]

    @Test(arguments: goals)
    func `a goal within the fees and a stop within the spread are told with their figures`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
