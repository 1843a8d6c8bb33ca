import Testing

@testable import VigilConfig

/// Where no entry can ever be large enough, and where one is.
@Suite struct DeadZoneCheckTests {
    private static let entries: [(String, String, String, [String])] = [
        ("V0201", "policy", "position_sizing: {max_order_usd: 50}", []),
        (
            "V0201", "policy",
            "position_sizing: {max_order_usd: 49.99}",
            [
                "error: an entry is worth 49.99 USD at most",
                "max_order_usd: 49.99",
                "policy.yaml: at least 50 USD",
            ]
        ),
        (
            "V0201", "policy",
            "position_sizing: {max_order_usd: 10}",
            [
                "error: an entry is worth 10 USD at most",
                "max_order_usd: 10",
                "policy.yaml: at least 50 USD",
            ]
        ),
        ("V0201", "policy", "position_sizing: {max_order_usd: 9.99}", []),
        ("V0201", "policy", "position_sizing: {max_position_pct: {tier3: 0.3}}", []),
        (
            "V0201", "policy",
            "position_sizing: {max_position_pct: {tier1: 0.3, tier2: 0.3}}",
            [
                "error: an entry is worth 30 USD at most",
                "tier1: 0.3",
                "tier2: 0.3",
                "policy.yaml: at least 50 USD",
            ]
        ),
        ("V0201", "policy", "position_sizing: {max_position_pct: {tier1: 0.3}}", []),
        (
            "V0201", "policy",
            "position_sizing: {max_position_pct: {tier1: 0.55, tier2: 0.55}}\n"
                + "risk: {min_trade_notional_usd: 60}",
            [
                "error: an entry is worth 55 USD at most",
                "tier1: 0.55",
                "tier2: 0.55",
                "policy.yaml: at least 60 USD",
            ]
        ),
        (
            "V0201", "policy",
            "position_sizing: {max_position_pct: {tier1: 0.6, tier2: 0.55}}\n"
                + "risk: {min_trade_notional_usd: 60}",
            []
        ),
        (
            "V0201", "policy",
            "position_sizing: {base_position_pct: {tier1: 0.4, tier2: 0.4, tier3: 9}, "
                + "max_order_usd: 40}",
            []
        ),
        (
            "V0201", "policy",
            "regime: {bull: {position_size_multiplier: 1}}\n"
                + "position_sizing: {base_position_pct: {tier1: 0.5, tier2: 0.4}, max_order_usd: 40}",
            [
                "error: an entry is worth 40 USD at most",
                "max_order_usd: 40",
                "policy.yaml: at least 50 USD",
            ]
        ),
        (
            "V0201", "policy",
            "regime: {enabled: false, chop: {position_size_multiplier: 0.1}}",
            [
                "error: an entry is worth 29 USD at most",
                "enabled: false",
                "policy.yaml: at least 50 USD",
            ]
        ),
        ("V0201", "policy", "regime: {chop: {position_size_multiplier: 0.1}}", []),
        (
            "V0201", "policy",
            "regime: {bull: {max_positions: 0}, chop: {position_size_multiplier: 0.1}, bear: "
                + "{position_size_multiplier: 0.1}}",
            [
                "error: an entry is worth 29 USD at most",
                "policy.yaml: at least 50 USD",
            ]
        ),
        (
            "V0201", "policy",
            "regime: {bull: {max_positions: 1}, chop: {position_size_multiplier: 0.1}, bear: "
                + "{position_size_multiplier: 0.1}}",
            []
        ),
        (
            "V0201", "strategies",
            "strategies: {rules_engine: {rules: {price_move: {size_multiplier: 0.1}, "
                + "volume_spike: {size_multiplier: 0.1}, breakout: {size_multiplier: 0.1}}}}",
            []
        ),
        (
            "V0201", "strategies",
            "strategies: {rules_engine: {rules: {price_move: {size_multiplier: 0.1}, "
                + "volume_spike: {size_multiplier: 0.1}, breakout: {size_multiplier: 0.1}, momentum: "
                + "{size_multiplier: 0.12}}}}",
            [
                "error: an entry is worth 41.76 USD at most",
                "size_multiplier: 0.1",
                "size_multiplier: 0.1",
                "size_multiplier: 0.1",
                "size_multiplier: 0.12",
                "policy.yaml: at least 50 USD",
            ]
        ),
        ("V0201", "policy", "risk: {max_position_size_pct: 0.4}", []),
        (
            "V0201", "policy",
            "profile: p\nprofiles: {p: {max_position_pct: {T1: 0.003, T2: 0.003}}}",
            [
                "error: an entry is worth 30 USD at most",
                "T1: 0.3",
                "T2: 0.3",
                "policy.yaml: at least 50 USD",
            ]
        ),
        (
            "V0201", "policy",
            "position_sizing: {base_position_pct: {tier1: 0.5, tier2: 0.5}}\n"
                + "risk: {max_position_size_pct: 9}\n"
                + "regime: {bull: {position_size_multiplier: 0.9}}",
            []
        ),
    ]

    @Test(arguments: entries)
    func `the largest entry is told where it is too small, and only there`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
