extension ConfigSchema {
    static let universe: [KeySpec] =
        tier("tier_1_core", "BTC-USD ETH-USD SOL-USD", "50000000", "20", "20000")
        + tier(
            "tier_2_rotational",
            "XRP-USD ADA-USD DOGE-USD AVAX-USD LINK-USD",
            "5000000",
            "35",
            "5000"
        )
        + tier("tier_3_event_driven", "", "2000000", "60", "2000") + demands + [
            KeySpec(
                "universe:exclusions.never_trade",
                .products,
                "",
                "Products that are never entered, whatever tier lists them."
            ),
            KeySpec(
                "universe:universe.grace_readings",
                .integer(1...100),
                "3",
                "Bad readings in a row of volume, spread or depth that drop an eligible product."
            ),
            KeySpec(
                "universe:universe.max_universe_size",
                .integer(1...1_000),
                "30",
                "Products that may be listed in all; more are refused.",
                decides: false
            ),
            KeySpec(
                "universe:clusters.enabled",
                .flag,
                "true",
                "Whether the caps of themes are applied."
            ),
            KeySpec(
                "universe:clusters.definitions.*",
                .products,
                "",
                "The products of a theme."
            ),
        ]

    private static let demands: [KeySpec] = [
        KeySpec(
            "universe:liquidity.min_24h_volume_usd",
            .number(0...1e12),
            "0",
            "The least notional traded in 24 hours, whatever the tier."
        ),
        KeySpec(
            "universe:liquidity.max_spread_bps",
            .number(0.1...10_000),
            "1000",
            "The widest spread, whatever the tier, in basis points."
        ),
        KeySpec(
            "universe:liquidity.min_depth_20bps_usd",
            .number(0...1e10),
            "0",
            "The least notional within 20 basis points of the middle, whatever the tier."
        ),
    ]

    private static func tier(
        _ name: String,
        _ products: String,
        _ volume: String,
        _ spread: String,
        _ depth: String
    ) -> [KeySpec] {
        let path = "universe:tiers.\(name)"
        return [
            KeySpec("\(path).symbols", .products, products, "The products of the tier."),
            KeySpec(
                "\(path).constraints.min_24h_volume_usd",
                .number(0...1e12),
                volume,
                "The least notional traded in 24 hours."
            ),
            KeySpec(
                "\(path).constraints.max_spread_bps",
                .number(0.1...1_000),
                spread,
                "The widest spread, in basis points."
            ),
            KeySpec(
                "\(path).constraints.min_depth_20bps_usd",
                .number(0...1e10),
                depth,
                "The least notional within 20 basis points of the middle."
            ),
        ]
    }

    static let signals: [KeySpec] =
        thresholds("chop", "1.3", "2.7", "1.8") + thresholds("bull", "3.5", "7", "2")
        + thresholds("bear", "3", "7", "2") + [
            KeySpec(
                "signals:triggers.breakout_lookback_hours",
                .integer(1...24),
                "24",
                "Hours whose high a breakout must reach."
            ),
            KeySpec(
                "signals:triggers.momentum_pct_24h",
                .number(0.1...100),
                "2",
                "A move over 24 hours that counts, in percent."
            ),
            KeySpec(
                "signals:triggers.only_upside",
                .flag,
                "false",
                "Whether falling prices trigger nothing."
            ),
            KeySpec(
                "signals:triggers.min_trigger_score",
                .fraction(0...1),
                "0.2",
                "The least strength times confidence."
            ),
            KeySpec(
                "signals:triggers.max_triggers_per_cycle",
                .integer(1...100),
                "5",
                "Triggers a cycle may act on, the strongest first."
            ),
        ]

    /// A crash has the thresholds of a bear market.
    private static func thresholds(
        _ regime: String,
        _ quarter: String,
        _ hour: String,
        _ volume: String
    ) -> [KeySpec] {
        let path = "signals:triggers.regime_thresholds.\(regime)"
        return [
            KeySpec(
                "\(path).pct_change_15m",
                .number(0.01...100),
                quarter,
                "A move over 15 minutes that counts, in percent."
            ),
            KeySpec(
                "\(path).pct_change_60m",
                .number(0.01...100),
                hour,
                "A move over 60 minutes that counts, in percent."
            ),
            KeySpec(
                "\(path).volume_ratio_1h",
                .number(1...100),
                volume,
                "The last hour's volume against the usual hour's."
            ),
        ]
    }

    static let strategies: [KeySpec] =
        [
            KeySpec(
                "strategies:strategies.rules_engine.enabled",
                .flag,
                "true",
                "Whether the rule strategy proposes at all."
            ),
            KeySpec(
                "strategies:strategies.rules_engine.description",
                .text,
                "",
                "What you think of it; only for people.",
                decides: false
            ),
            KeySpec(
                "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct",
                .percent(0.1...100),
                "",
                "All positions of the strategy together.",
                inherits: "policy:risk.max_total_at_risk_pct"
            ),
            KeySpec(
                "strategies:strategies.rules_engine.risk_budgets.max_trades_per_cycle",
                .integer(1...100),
                "",
                "Entries of the strategy in one cycle.",
                inherits: "policy:strategy.max_new_positions_per_cycle"
            ),
        ]
        + rule("price_move", "24") + rule("volume_spike", "24") + rule("breakout", "48")
        + rule("momentum", "48")

    private static func rule(_ kind: String, _ hold: String) -> [KeySpec] {
        let path = "strategies:strategies.rules_engine.rules.\(kind)"
        return [
            KeySpec(
                "\(path).stop_loss_pct",
                .percent(0.1...100),
                "",
                "The loss at which a position from a \(kind) is stopped out.",
                inherits: "policy:risk.stop_loss_pct"
            ),
            KeySpec(
                "\(path).take_profit_pct",
                .percent(0.1...1_000),
                "",
                "The gain at which its profit is taken.",
                inherits: "policy:risk.take_profit_pct"
            ),
            KeySpec("\(path).max_hold_hours", .hours(1...8_760), hold, "The longest it is held."),
            KeySpec(
                "\(path).size_multiplier",
                .fraction(0...1),
                "1",
                "Its size against the tier's usual one."
            ),
        ]
    }
}
