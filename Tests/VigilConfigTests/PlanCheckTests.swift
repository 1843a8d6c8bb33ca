import Testing

@testable import VigilConfig

/// What the checks say of adding, stops and smallest orders, each at its edge.
@Suite struct PlanCheckTests {
    private static let adding: [(String, String, String, [String])] = [
        (
            "V0101", "policy",
            "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 0}",
            [
                "error: pyramiding is on, but zero additions a day are allowed",
                "allow_pyramiding: allowed",
                "max_adds_per_asset_per_day: none a day",
            ]
        ),
        ("V0101", "policy", "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 1}", []),
        ("V0101", "policy", "risk: {allow_pyramiding: false, max_adds_per_asset_per_day: 0}", []),
        (
            "V0102", "policy",
            "position_sizing: {allow_pyramiding: true}",
            [
                "error: no position can ever be added to",
                "allow_pyramiding: sizing would add",
                "policy.yaml: Risk refuses every addition",
                "policy.yaml: 0 positions may be added to",
            ]
        ),
        (
            "V0102", "policy",
            "position_sizing: {allow_pyramiding: true}\nrisk: {allow_pyramiding: true}",
            [
                "error: no position can ever be added to",
                "allow_pyramiding: sizing would add",
                "allow_pyramiding: Risk would allow it",
                "policy.yaml: 0 positions may be added to",
            ]
        ),
        (
            "V0102", "policy",
            "risk: {allow_pyramiding: true}",
            [
                "error: no position can ever be added to",
                "allow_pyramiding: Risk would allow it",
                "policy.yaml: sizing adds to none",
                "policy.yaml: 0 positions may be added to",
            ]
        ),
        (
            "V0102", "policy",
            "position_sizing: {allow_pyramiding: true, max_pyramid_positions: 1}\n"
                + "risk: {allow_pyramiding: true}", []
        ),
        ("V0102", "policy", "position_sizing: {max_pyramid_positions: 1}", []),
        ("V0205", "policy", "risk: {max_per_asset_pct: 3, max_position_size_pct: 3}", []),
        (
            "V0205", "policy", "risk: {max_per_asset_pct: 3.1, max_position_size_pct: 3}",
            [
                "warning: an asset may hold 3.1 %, but no position grows beyond 3 %",
                "max_per_asset_pct: never reached",
                "max_position_size_pct: one position",
                "policy.yaml: nothing is added",
            ]
        ),
        (
            "V0205", "policy",
            "risk: {max_per_asset_pct: 4, max_position_size_pct: 3, allow_pyramiding: true}\n"
                + "position_sizing: {allow_pyramiding: true, max_pyramid_positions: 1}", []
        ),
        (
            "V0103", "policy",
            "position_sizing: {max_pyramid_positions: 1}",
            [
                "error: 1 positions may be added to, but sizing never adds to one",
                "max_pyramid_positions: positions",
                "policy.yaml: sizing adds to none",
            ]
        ),
        ("V0103", "policy", "position_sizing: {max_pyramid_positions: 0}", []),
        (
            "V0103", "policy",
            "position_sizing: {max_pyramid_positions: 1, allow_pyramiding: true}", []
        ),
        ("V0109", "policy", "execution: {min_notional_usd: 10}", []),
        (
            "V0109", "policy",
            "execution: {min_notional_usd: 10.01}",
            [
                "error: execution leaves alone what Risk grants",
                "min_notional_usd: at least 10.01 USD",
                "policy.yaml: at least 10 USD",
            ]
        ),
        ("V0110", "policy", "position_sizing: {min_order_usd: 100, max_order_usd: 100}", []),
        (
            "V0110", "policy",
            "position_sizing: {min_order_usd: 100.01, max_order_usd: 100}",
            [
                "error: no order can be both large enough and small enough",
                "min_order_usd: at least 100.01 USD",
                "max_order_usd: at most 100 USD",
            ]
        ),
        (
            "V0113", "policy",
            "risk: {max_exposure_pct: 20}",
            [
                "error: `risk.max_exposure_pct` is not read by Vigil",
                "max_exposure_pct: ",
            ]
        ),
        (
            "V0114", "universe",
            "cache_ttl_seconds: 300\nuniverse: {cache_ttl_seconds: 200}",
            [
                "error: `cache_ttl_seconds` is not read by Vigil",
                "cache_ttl_seconds: ",
                "error: `cache_ttl_seconds` is not read by Vigil",
                "cache_ttl_seconds: ",
            ]
        ),
        (
            "V0116", "policy",
            "loop: {}",
            [
                "error: `policy.yaml` has no `circuit_breakers`",
                "policy.yaml: not stated",
            ]
        ),
    ]

    @Test(arguments: adding)
    func `adding that is allowed by halves, and sizes that exclude each other, are told`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }

    private static let stops: [(String, String, String, [String])] = [
        (
            "V0104", "policy",
            "risk: {stop_loss_pct: 6}",
            [
                "error: the default stop-loss is not tighter than the default take-profit",
                "stop_loss_pct: loses 6 %",
                "policy.yaml: wins 6 %",
            ]
        ),
        ("V0104", "policy", "risk: {stop_loss_pct: 5.99}", []),
        ("V0104", "policy", "risk: {take_profit_pct: 0}", []),
        ("V0104", "policy", "risk: {take_profit_pct: -6, stop_loss_pct: -3}", []),
        (
            "V0105", "policy",
            "risk: {take_profit_pct: -6, stop_loss_pct: -3}",
            [
                "error: `risk.take_profit_pct` is negative",
                "take_profit_pct: -6 %",
                "error: `risk.stop_loss_pct` is negative",
                "stop_loss_pct: -3 %",
            ]
        ),
        ("V0105", "policy", "risk: {take_profit_pct: 0, stop_loss_pct: 0}", []),
        (
            "V0133", "policy",
            "risk: {stop_loss_pct: 0}",
            [
                "error: positions have no stop-loss",
                "stop_loss_pct: stops nothing",
            ]
        ),
        ("V0133", "policy", "risk: {stop_loss_pct: 0.01}", []),
        ("V0134", "policy", "risk: {stop_loss_pct: 50, take_profit_pct: 200}", []),
        (
            "V0134", "policy",
            "risk: {stop_loss_pct: 50.01, take_profit_pct: 200}",
            [
                "error: the stop of `price_move` is at 50.01 %",
                "stop_loss_pct: little is left",
            ]
        ),
        (
            "V0134", "strategies",
            "strategies: {rules_engine: {rules: {momentum: {stop_loss_pct: 51, take_profit_pct: "
                + "200}, breakout: {stop_loss_pct: 60, take_profit_pct: 200}}}}",
            [
                "error: the stop of `momentum` is at 51 %",
                "stop_loss_pct: little is left",
                "error: the stop of `breakout` is at 60 %",
                "stop_loss_pct: little is left",
            ]
        ),
        (
            "V0135", "policy",
            "exits: {use_trailing_stop: true, trailing_stop_pct: 0}",
            [
                "error: the trailing stop has a distance of zero",
                "trailing_stop_pct: 0 %",
                "use_trailing_stop: switched on",
            ]
        ),
        ("V0135", "policy", "exits: {use_trailing_stop: true, trailing_stop_pct: 0.01}", []),
        ("V0135", "policy", "exits: {trailing_stop_pct: 0}", []),
        ("V0136", "policy", "exits: {use_trailing_stop: true, trailing_stop_pct: 3}", []),
        (
            "V0136", "policy",
            "exits: {use_trailing_stop: true, trailing_stop_pct: 3.01}",
            [
                "warning: the trailing stop is wider than the fixed one",
                "trailing_stop_pct: 3.01 %",
                "policy.yaml: 3 %",
            ]
        ),
        ("V0136", "policy", "exits: {trailing_stop_pct: 3.01}", []),
        (
            "V0136", "policy",
            "exits: {use_trailing_stop: true, trailing_stop_pct: 3.01}\nrisk: {stop_loss_pct: 0}",
            []
        ),
    ]

    @Test(arguments: stops)
    func `a stop that is none, or wider than its goal, is told with its figures`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
