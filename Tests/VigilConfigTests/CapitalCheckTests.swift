import Testing

@testable import VigilConfig

/// What the checks say of capital that is too small for its orders, to the last unit.
@Suite struct CapitalCheckTests {
    private static let capital: [(String, String, String, [String])] = [
        (
            "V0179", "policy",
            "position_sizing: {max_order_usd: 15}\nrisk: {min_trade_notional_usd: 15}", []
        ),
        (
            "V0179", "policy",
            "position_sizing: {max_order_usd: 15}\nrisk: {min_trade_notional_usd: 15.01}",
            [
                "error: no order can be both large enough and small enough",
                "min_trade_notional_usd: at least 15.01 USD",
                "max_order_usd: at most 15 USD",
            ]
        ),
        ("V0180", "app", "paper: {initial_cash_usd: 694.45}", []),
        (
            "V0180", "app",
            "paper: {initial_cash_usd: 694.44}",
            [
                "warning: in a sideways market tier 2 is entered with 9.999936 USD",
                "initial_cash_usd: of this much",
                "policy.yaml: 1.8 %",
                "policy.yaml: at least 10 USD",
            ]
        ),
        (
            "V0180", "app",
            "paper: {initial_cash_usd: 694.444444444444444444}",
            [
                "warning: in a sideways market tier 2 is entered with 9.999999999999999999 USD",
                "initial_cash_usd: of this much",
                "policy.yaml: 1.8 %",
                "policy.yaml: at least 10 USD",
            ]
        ),
        ("V0180", "app", "paper: {initial_cash_usd: 333.333333333333333333}", []),
        (
            "V0180", "app",
            "paper: {initial_cash_usd: 333.333333333333333334}",
            [
                "warning: in a sideways market tier 1 is entered with 7.733333333333333333 USD",
                "initial_cash_usd: of this much",
                "policy.yaml: 2.9 %",
                "policy.yaml: at least 10 USD",
                "warning: in a sideways market tier 2 is entered with 4.8 USD",
                "initial_cash_usd: of this much",
                "policy.yaml: 1.8 %",
                "policy.yaml: at least 10 USD",
            ]
        ),
        ("V0182", "app", "live: {capital_ramp_usd: [10000, 20000]}", []),
        (
            "V0182", "app",
            "live: {capital_ramp_usd: [10000.01, 20000]}",
            [
                "warning: the rehearsal and the first rung differ in capital",
                "capital_ramp_usd: the first rung",
                "app.yaml: rehearsed",
            ]
        ),
        ("V0182", "app", "live: {capital_ramp_usd: [333.333333333333333333, 10000]}", []),
        (
            "V0182", "app",
            "live: {capital_ramp_usd: [333.333333333333333334, 10000]}",
            [
                "warning: the rehearsal and the first rung differ in capital",
                "capital_ramp_usd: the first rung",
                "app.yaml: rehearsed",
            ]
        ),
        ("V0181", "app", "live: {capital_ramp_usd: [333.333333333333333334, 10000]}", []),
        (
            "V0181", "app",
            "live: {capital_ramp_usd: [100, 333.333333333333333333, 10000]}",
            [
                "warning: with 100 USD a position may be 3 USD at most",
                "capital_ramp_usd: this rung",
                "policy.yaml: an order at least 10 USD",
                "warning: with 333.333333333333333333 USD a position may be "
                    + "9.999999999999999999 USD at most",
                "capital_ramp_usd: this rung",
                "policy.yaml: an order at least 10 USD",
            ]
        ),
    ]

    @Test(arguments: capital)
    func `capital that is too small for an order is told with what it allows`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
