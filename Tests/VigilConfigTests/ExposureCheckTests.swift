import Testing

@testable import VigilConfig

/// What the checks say of limits that contradict each other, each at its edge.
@Suite struct ExposureCheckTests {
    private static let caps: [(String, String, String, [String])] = [
        ("V0106", "policy", "risk: {max_position_size_pct: 25}", []),
        (
            "V0106", "policy",
            "risk: {max_position_size_pct: 25.01}",
            [
                "error: one position may be larger than all positions together",
                "max_position_size_pct: up to 25.01 %",
                "policy.yaml: all at most 25 %",
            ]
        ),
        ("V0107", "policy", "risk: {max_open_positions: 5, max_position_size_pct: 5}", []),
        (
            "V0107", "policy",
            "risk: {max_open_positions: 5, max_position_size_pct: 5.01}\n"
                + "position_sizing: {base_position_pct: {tier1: 9}, max_position_pct: {tier1: 9}}",
            [
                "error: 5 positions of 5.01 % are 25.05 %, more than the total limit",
                "max_open_positions: 5 positions",
                "max_position_size_pct: 5.01 % each, as sizes are set",
                "policy.yaml: 25 % in all",
            ]
        ),
        (
            "V0107", "policy",
            "risk: {max_open_positions: 2, max_position_size_pct: 25}\n"
                + "position_sizing: {base_position_pct: {tier1: 25}, max_position_pct: {tier1: 25}}",
            [
                "error: 2 positions of 25 % are 50 %, more than the total limit",
                "max_open_positions: 2 positions",
                "max_position_size_pct: 25 % each, as sizes are set",
                "policy.yaml: 25 % in all",
            ]
        ),
        ("V0107", "policy", "risk: {max_open_positions: 1, max_position_size_pct: 25}", []),
        // A cap that no size comes near takes no place.
        ("V0107", "policy", "risk: {max_open_positions: 5, max_position_size_pct: 20}", []),
        (
            "V0107", "policy",
            "risk: {max_open_positions: 5, max_position_size_pct: 20, allow_pyramiding: true}\n"
                + "position_sizing: {allow_pyramiding: true, max_pyramid_positions: 1}",
            [
                "error: 5 positions of 20 % are 100 %, more than the total limit",
                "max_open_positions: 5 positions",
                "max_position_size_pct: 20 % each, as sizes are set",
                "policy.yaml: 25 % in all",
            ]
        ),
        ("V0107", "policy", "risk: {max_position_size_pct: 25.01}", []),
        (
            "V0108", "policy",
            "risk: {daily_stop_pnl_pct: -7}",
            [
                "error: the daily stop is not tighter than the weekly one",
                "daily_stop_pnl_pct: a day may lose 7 %",
                "policy.yaml: a week 7 %",
            ]
        ),
        ("V0108", "policy", "risk: {daily_stop_pnl_pct: -6.99}", []),
        (
            "V0154", "policy",
            "risk: {max_drawdown_pct: 3}",
            [
                "warning: a day's allowed loss is beyond the drawdown limit",
                "max_drawdown_pct: halts at 3 %",
                "policy.yaml: allows 3 % a day",
            ]
        ),
        ("V0154", "policy", "risk: {max_drawdown_pct: 3.01}", []),
        (
            "V0155", "policy",
            "risk: {min_position_size_pct: 3}",
            [
                "error: no size can be both large enough and small enough",
                "min_position_size_pct: at least 3 %",
                "policy.yaml: at most 3 %",
            ]
        ),
        ("V0155", "policy", "risk: {min_position_size_pct: 2.99}", []),
        (
            "V0156", "app",
            "paper: {initial_cash_usd: 333.333333333333333333}",
            [
                "error: a position may be 9.999999999999999999 USD at most, an order 10 USD at least",
                "initial_cash_usd: of this much",
                "policy.yaml: the smallest order",
                "policy.yaml: the largest position",
            ]
        ),
        ("V0156", "app", "paper: {initial_cash_usd: 333.333333333333333334}", []),
        (
            "V0156", "policy",
            "position_sizing: {min_order_usd: 301}",
            [
                "error: a position may be 300 USD at most, an order 301 USD at least",
                "min_order_usd: the smallest order",
                "policy.yaml: the largest position",
                "app.yaml: of this much",
            ]
        ),
        ("V0156", "policy", "position_sizing: {min_order_usd: 300}", []),
        (
            "V0156", "policy",
            "risk: {min_trade_notional_usd: 301}",
            [
                "error: a position may be 300 USD at most, an order 301 USD at least",
                "min_trade_notional_usd: the smallest order",
                "policy.yaml: the largest position",
                "app.yaml: of this much",
            ]
        ),
        (
            "V0156", "policy",
            "risk: {min_trade_notional_usd: 302}\nposition_sizing: {min_order_usd: 301}",
            [
                "error: a position may be 300 USD at most, an order 302 USD at least",
                "min_trade_notional_usd: the smallest order",
                "policy.yaml: the largest position",
                "app.yaml: of this much",
            ]
        ),
        (
            "V0156", "policy",
            "risk: {min_trade_notional_usd: 302}\nposition_sizing: {min_order_usd: 302}",
            [
                "error: a position may be 300 USD at most, an order 302 USD at least",
                "min_order_usd: the smallest order",
                "policy.yaml: the largest position",
                "app.yaml: of this much",
            ]
        ),
        ("V0115", "policy", "risk: {max_total_at_risk_pct: 50}", []),
        (
            "V0115", "policy",
            "risk: {max_total_at_risk_pct: 50.01}",
            [
                "warning: 50.01 % of the capital may be at risk",
                "max_total_at_risk_pct: more than half",
            ]
        ),
        ("V0157", "policy", "strategy: {max_new_positions_per_cycle: 5}", []),
        (
            "V0157", "policy",
            "strategy: {max_new_positions_per_cycle: 6}",
            [
                "warning: a cycle may open more positions than may be open at all",
                "max_new_positions_per_cycle: a cycle",
                "policy.yaml: in all",
            ]
        ),
    ]

    @Test(arguments: caps)
    func `a limit that contradicts another one is told with both figures`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
