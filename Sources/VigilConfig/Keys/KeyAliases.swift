extension ConfigSchema {
    private static let tiers = ["tier_1_core", "tier_2_rotational", "tier_3_event_driven"]

    /// Other names for one concept; where several are stated the first of this table wins.
    package static let aliases: [KeyAlias] =
        [
            KeyAlias("app:loop.interval.seconds", "policy:loop.interval_seconds"),
            KeyAlias("app:loop.interval_minutes", "policy:loop.interval_seconds", times: 60),
            KeyAlias("app:loop.interval.jitter_pct", "policy:loop.jitter_pct"),
            KeyAlias("policy:strategy.max_open_positions", "policy:risk.max_open_positions"),
            KeyAlias(
                "policy:strategy.conviction_weights.quality_boosts.tier_bias_T1",
                "policy:strategy.conviction_weights.tier1_boost"
            ),
            KeyAlias(
                "policy:microstructure.max_expected_slippage_bps",
                "policy:execution.max_slippage_bps"
            ),
            KeyAlias(
                "policy:circuit_breaker.api_error_threshold",
                "policy:circuit_breakers.max_consecutive_api_errors"
            ),
            KeyAlias(
                "policy:circuit_breaker.api_error_window_minutes",
                "policy:circuit_breakers.api_error_window_seconds",
                times: 60
            ),
            KeyAlias(
                "policy:data.max_quote_staleness_seconds",
                "policy:circuit_breakers.max_quote_age_seconds"
            ),
            KeyAlias(
                "universe:liquidity.max_quote_staleness_seconds",
                "policy:circuit_breakers.max_quote_age_seconds"
            ),
            KeyAlias(
                "universe:universe.min_eligible_assets",
                "policy:circuit_breakers.min_eligible_assets"
            ),
        ] + liquidity + triggers + tiered

    private static let liquidity: [KeyAlias] =
        ["min_24h_volume_usd", "max_spread_bps", "min_depth_20bps_usd"].map {
            KeyAlias("policy:liquidity.\($0)", "universe:liquidity.\($0)")
        } + [
            KeyAlias(
                "universe:liquidity.min_orderbook_depth_usd",
                "universe:liquidity.min_depth_20bps_usd"
            )
        ]

    private static let triggers: [KeyAlias] = [
        KeyAlias("policy:triggers.only_upside", "signals:triggers.only_upside"),
        KeyAlias(
            "policy:triggers.price_move.pct_15m",
            "signals:triggers.regime_thresholds.chop.pct_change_15m"
        ),
        KeyAlias(
            "policy:triggers.price_move.pct_60m",
            "signals:triggers.regime_thresholds.chop.pct_change_60m"
        ),
        KeyAlias(
            "policy:triggers.volume_spike.ratio_1h_vs_24h",
            "signals:triggers.regime_thresholds.chop.volume_ratio_1h"
        ),
        KeyAlias(
            "policy:triggers.breakout.lookback_hours",
            "signals:triggers.breakout_lookback_hours"
        ),
        KeyAlias("policy:triggers.min_score", "signals:triggers.min_trigger_score"),
        KeyAlias(
            "signals:triggers.breakout_lookback_bars",
            "signals:triggers.breakout_lookback_hours"
        ),
    ]

    private static let tiered: [KeyAlias] = zip(1...3, tiers).flatMap { number, tier in
        let constraints = "universe:tiers.\(tier).constraints"
        return [
            KeyAlias(
                "policy:strategy.base_position_pct.tier\(number)",
                "policy:position_sizing.base_position_pct.tier\(number)",
                times: 100
            ),
            KeyAlias(
                "universe:liquidity.min_orderbook_depth_usd_t\(number)",
                "\(constraints).min_depth_20bps_usd"
            ),
            KeyAlias(
                "policy:liquidity.min_depth_floor_usd.T\(number)",
                "\(constraints).min_depth_20bps_usd"
            ),
            KeyAlias("policy:liquidity.spreads_bps.T\(number)", "\(constraints).max_spread_bps"),
            KeyAlias(
                "policy:liquidity.slippage_budget_bps.T\(number)",
                "policy:execution.slippage_budget_t\(number)_bps"
            ),
        ]
    }
}
