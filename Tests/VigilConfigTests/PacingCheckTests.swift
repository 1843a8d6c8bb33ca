import Testing

@testable import VigilConfig

/// What the checks say of counts of trades, each at its edge.
@Suite struct PacingCheckTests {
    private static let counts: [(String, String, String, [String])] = [
        ("V0167", "policy", "risk: {max_new_trades_per_hour: 15}", []),
        (
            "V0167", "policy",
            "risk: {max_new_trades_per_hour: 16}",
            [
                "warning: the hourly limit on entries is above the daily limit",
                "max_new_trades_per_hour: 16 an hour",
                "policy.yaml: 15 a day",
            ]
        ),
        ("V0122", "policy", "risk: {max_trades_per_hour: 5, max_trades_per_day: 60}", []),
        (
            "V0122", "policy",
            "risk: {max_trades_per_hour: 5, max_trades_per_day: 59}",
            [
                "warning: 24 hours at the hourly limit are more than twice the daily limit",
                "max_trades_per_hour: 120 in 24 hours",
                "max_trades_per_day: 59 a day",
            ]
        ),
        ("V0122", "policy", "risk: {max_new_trades_per_hour: 5, max_trades_per_day: 15}", []),
        ("V0124", "policy", "risk: {max_trades_per_hour: 3}", []),
        (
            "V0124", "policy",
            "risk: {max_trades_per_hour: 2}",
            [
                "warning: the hourly limit on entries is above the hourly limit on all trades",
                "max_trades_per_hour: 2 trades",
                "policy.yaml: 3 entries",
            ]
        ),
        (
            "V0187", "policy",
            "risk: {daily_stop_pnl_pct: -0.1}",
            [
                "warning: one stop-loss may cost more than a day may lose",
                "daily_stop_pnl_pct: 0.1 %",
                "policy.yaml: 0.1 %",
            ]
        ),
        ("V0187", "policy", "risk: {daily_stop_pnl_pct: -0.11}", []),
        (
            "V0188", "policy",
            "risk: {min_seconds_between_trades: 900, max_new_trades_per_hour: 5}",
            [
                "warning: 5 entries take 3600 s",
                "min_seconds_between_trades: from one to the next",
                "max_new_trades_per_hour: 5 in 3600 s",
            ]
        ),
        (
            "V0188", "policy",
            "risk: {min_seconds_between_trades: 899, max_new_trades_per_hour: 5}", []
        ),
        (
            "V0188", "policy",
            "risk: {min_seconds_between_trades: 3600, max_new_trades_per_hour: 1}", []
        ),
        (
            "V0188", "policy",
            "risk: {min_seconds_between_trades: 3600, max_new_trades_per_hour: 2}",
            [
                "warning: 2 entries take 3600 s",
                "min_seconds_between_trades: from one to the next",
                "max_new_trades_per_hour: 2 in 3600 s",
            ]
        ),
        ("V0189", "policy", "risk: {cooldown_after_loss_trades: 15}", []),
        (
            "V0189", "policy",
            "risk: {cooldown_after_loss_trades: 16}",
            [
                "warning: the loss-streak limit is above the daily trade limit",
                "cooldown_after_loss_trades: 16 losses",
                "policy.yaml: 15 a day",
            ]
        ),
        (
            "V0188", "policy",
            "risk: {min_seconds_between_trades: 3599, max_new_trades_per_hour: 2}", []
        ),
    ]

    @Test(arguments: counts)
    func `a count that cannot be reached or never binds is told with the other one`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
