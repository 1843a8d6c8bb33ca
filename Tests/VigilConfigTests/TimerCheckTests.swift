import Testing

@testable import VigilConfig

/// What the checks say of spans that cannot fit, each at its edge.
@Suite struct TimerCheckTests {
    private static let spans: [(String, String, String, [String])] = [
        (
            "V0161", "policy",
            "loop: {interval_seconds: 10}",
            [
                "error: a stage may wait as long as a whole cycle",
                "interval_seconds: 10 s",
                "policy.yaml: 10 s",
            ]
        ),
        ("V0161", "policy", "loop: {interval_seconds: 11}", []),
        (
            "V0162", "policy",
            "execution: {post_only_ttl_seconds: 120}",
            [
                "error: the venue expires a resting order before it is repriced",
                "post_only_ttl_seconds: 120 s",
                "policy.yaml: 120 s",
            ]
        ),
        ("V0162", "policy", "execution: {post_only_ttl_seconds: 119}", []),
        (
            "V0163", "policy",
            "risk: {per_symbol_trade_spacing_seconds: 179}",
            [
                "warning: the spacing within a product is shorter than the spacing across all products",
                "per_symbol_trade_spacing_seconds: 179 s",
                "policy.yaml: 180 s",
            ]
        ),
        ("V0163", "policy", "risk: {per_symbol_trade_spacing_seconds: 180}", []),
        (
            "V0164", "policy",
            "risk: {per_symbol_cooldown_after_stop: 29}",
            [
                "warning: the cooldown after a stop-loss is shorter than after any exit",
                "per_symbol_cooldown_after_stop: 1740 s",
                "policy.yaml: 1800 s",
            ]
        ),
        ("V0164", "policy", "risk: {per_symbol_cooldown_after_stop: 30}", []),
        (
            "V0165", "app",
            "monitoring: {alerts: {escalation_seconds: 59}}",
            [
                "warning: an alert escalates before its repeats are grouped",
                "escalation_seconds: 59 s",
                "app.yaml: 60 s",
            ]
        ),
        ("V0165", "app", "monitoring: {alerts: {escalation_seconds: 60}}", []),
        (
            "V0166", "policy",
            "risk: {cooldown_minutes: 0, cooldown_after_loss_trades: 1}",
            [
                "error: a streak of 1 losses pauses entries for no time",
                "cooldown_minutes: no pause",
                "cooldown_after_loss_trades: a streak",
            ]
        ),
        ("V0166", "policy", "risk: {cooldown_minutes: 1, cooldown_after_loss_trades: 1}", []),
        ("V0166", "policy", "risk: {cooldown_minutes: 0, cooldown_after_loss_trades: 0}", []),
        ("V0125", "policy", "risk: {per_symbol_cooldown_minutes: 3}", []),
        (
            "V0125", "policy",
            "risk: {per_symbol_cooldown_minutes: 1}",
            [
                "warning: the cooldown of a product never takes effect",
                "per_symbol_cooldown_minutes: 60 s",
                "policy.yaml: 180 s",
            ]
        ),
        ("V0125", "policy", "risk: {per_symbol_cooldown_minutes: 0}", []),
        (
            "V0130", "policy",
            "risk: {per_symbol_cooldown_win_minutes: 9}",
            [
                "warning: only 1 of the three cooldowns are set",
                "per_symbol_cooldown_win_minutes: stated",
            ]
        ),
        (
            "V0130", "policy",
            "risk: {per_symbol_cooldown_loss_minutes: 9, per_symbol_cooldown_after_stop: 90}",
            [
                "warning: only 2 of the three cooldowns are set",
                "per_symbol_cooldown_loss_minutes: stated",
            ]
        ),
        ("V0130", "policy", "risk: {per_symbol_cooldown_after_stop: 90}", []),
        (
            "V0130", "policy",
            "risk: {per_symbol_cooldown_win_minutes: 9, per_symbol_cooldown_enabled: false}",
            []
        ),
        (
            "V0130", "policy",
            "risk: {per_symbol_cooldown_win_minutes: 9, per_symbol_cooldown_loss_minutes: 9, "
                + "per_symbol_cooldown_after_stop: 90}",
            []
        ),
        ("V0190", "policy", "data: {max_age_s: 60}", []),
        (
            "V0190", "policy",
            "data: {max_age_s: 59}",
            [
                "warning: most of the time no candle is recent enough",
                "max_age_s: a candle lasts 60 s",
            ]
        ),
        ("V0117", "policy", "data: {max_age_s: 300}", []),
        (
            "V0117", "policy",
            "data: {max_age_s: 301}",
            [
                "error: data may be 301 seconds old",
                "max_age_s: more than five minutes",
            ]
        ),
        ("V0127", "policy", "execution: {maker_first_min_ttl_sec: 30}", []),
        (
            "V0127", "policy",
            "execution: {maker_first_min_ttl_sec: 31}",
            [
                "warning: the first order's shortest rest is above the longest rest allowed",
                "maker_first_min_ttl_sec: 31",
                "policy.yaml: 30",
            ]
        ),
        ("V0128", "policy", "execution: {maker_retry_min_ttl_sec: 20}", []),
        (
            "V0128", "policy",
            "execution: {maker_retry_min_ttl_sec: 21}",
            [
                "warning: a repriced order's shortest rest is above the first order's",
                "maker_retry_min_ttl_sec: 21",
                "policy.yaml: 20",
            ]
        ),
        ("V0129", "policy", "risk: {dust_threshold_usd: 10}", []),
        (
            "V0129", "policy",
            "risk: {dust_threshold_usd: 10.01}",
            [
                "warning: the dust threshold is above the smallest trade",
                "dust_threshold_usd: 10.01",
                "policy.yaml: 10",
            ]
        ),
        (
            "V0125", "policy",
            "risk: {per_symbol_cooldown_minutes: 3, min_seconds_between_trades: 181}",
            [
                "warning: the cooldown of a product never takes effect",
                "per_symbol_cooldown_minutes: 180 s",
                "min_seconds_between_trades: 181 s",
            ]
        ),
    ]

    @Test(arguments: spans)
    func `a span that is too short or too long is told with both spans`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
