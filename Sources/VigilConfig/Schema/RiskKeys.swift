extension ConfigSchema {
    static let loop: [KeySpec] = [
        KeySpec(
            "policy:loop.interval_seconds",
            .seconds(5...3_600),
            "60",
            "From one decision cycle to the next, on a fixed grid."
        ),
        KeySpec(
            "policy:loop.jitter_pct",
            .percent(0...10),
            "5",
            "How far into the interval a cycle may begin at random."
        ),
        KeySpec(
            "policy:loop.stage_timeout_seconds",
            .seconds(1...60),
            "10",
            "How long a stage of a cycle may wait for its answer before the cycle is aborted."
        ),
    ]

    static let risk: [KeySpec] = caps + pacing + cooldowns + adding

    private static let caps: [KeySpec] = [
        KeySpec(
            "policy:risk.max_total_at_risk_pct",
            .percent(0.1...100),
            "25",
            "All positions and working entries together, of the net liquidation value."
        ),
        KeySpec(
            "policy:risk.max_position_size_pct",
            .percent(0.1...100),
            "3",
            "One position, working entries and fee included."
        ),
        KeySpec(
            "policy:risk.min_position_size_pct",
            .percent(0...100),
            "0.5",
            "The smallest position worth having."
        ),
        KeySpec(
            "policy:risk.max_per_asset_pct",
            .percent(0.1...100),
            "",
            "One asset with everything that was added to it.",
            inherits: "policy:risk.max_position_size_pct"
        ),
        KeySpec(
            "policy:risk.max_per_theme_pct.*",
            .percent(0.1...100),
            "",
            "All positions of one theme of `universe:clusters.definitions` together."
        ),
        KeySpec(
            "policy:risk.max_open_positions",
            .integer(1...100),
            "5",
            "Positions open at once."
        ),
        KeySpec(
            "policy:risk.daily_stop_pnl_pct",
            .percent(-100 ... -0.01),
            "-3",
            "The change since 00:00 UTC at which entries stop until the next day."
        ),
        KeySpec(
            "policy:risk.weekly_stop_pnl_pct",
            .percent(-100 ... -0.01),
            "-7",
            "The change since Monday 00:00 UTC at which entries stop until the next week."
        ),
        KeySpec(
            "policy:risk.max_drawdown_pct",
            .percent(0.1...100),
            "10",
            "The fall from the peak at which entries stop."
        ),
        KeySpec(
            "policy:risk.stop_loss_pct",
            .percent(-100...100),
            "3",
            "The loss at which a position is stopped out, where its rule says nothing of its own."
        ),
        KeySpec(
            "policy:risk.take_profit_pct",
            .percent(-100...1_000),
            "6",
            "The gain at which a profit is taken, where the rule says nothing of its own."
        ),
        KeySpec(
            "policy:risk.min_trade_notional_usd",
            .dollars(0.01...1_000_000),
            "10",
            "The smallest entry worth its fee."
        ),
        KeySpec(
            "policy:risk.capital_max_usd",
            .dollars(1...1_000_000_000),
            "1000000000",
            "The capital that may be used, whatever else the account holds: sizes are taken of it."
        ),
        KeySpec(
            "policy:risk.dust_threshold_usd",
            .dollars(0...1_000_000),
            "1",
            "What a holding must be worth to be looked after, and a difference between our books and the "
                + "venue's to be one."
        ),
    ]

    private static let pacing: [KeySpec] = [
        KeySpec(
            "policy:risk.max_trades_per_day",
            .integer(1...10_000),
            "15",
            "Entries of a UTC day."
        ),
        KeySpec(
            "policy:risk.max_trades_per_hour",
            .integer(1...1_000),
            "",
            "Entries and exits of a clock hour together; exits are never refused.",
            inherits: "policy:risk.max_new_trades_per_hour"
        ),
        KeySpec(
            "policy:risk.max_new_trades_per_hour",
            .integer(1...1_000),
            "3",
            "Entries of a clock hour."
        ),
        KeySpec(
            "policy:risk.min_seconds_between_trades",
            .seconds(0...86_400),
            "180",
            "Between two entries in any product."
        ),
        KeySpec(
            "policy:risk.per_symbol_trade_spacing_seconds",
            .seconds(0...604_800),
            "900",
            "Between two entries in one product."
        ),
    ]

    private static let cooldowns: [KeySpec] = [
        KeySpec(
            "policy:risk.per_symbol_cooldown_enabled",
            .flag,
            "true",
            "Whether an exit cools its product down at all."
        ),
        KeySpec(
            "policy:risk.per_symbol_cooldown_minutes",
            .minutes(0...10_080),
            "30",
            "After an exit, before the product may be entered again."
        ),
        KeySpec(
            "policy:risk.per_symbol_cooldown_win_minutes",
            .minutes(0...10_080),
            "",
            "After an exit with a gain.",
            inherits: "policy:risk.per_symbol_cooldown_minutes"
        ),
        KeySpec(
            "policy:risk.per_symbol_cooldown_loss_minutes",
            .minutes(0...10_080),
            "",
            "After an exit with a loss that was no stop-loss.",
            inherits: "policy:risk.per_symbol_cooldown_minutes"
        ),
        KeySpec(
            "policy:risk.per_symbol_cooldown_after_stop",
            .minutes(0...10_080),
            "120",
            "After a stop-loss, before the product may be entered again."
        ),
        KeySpec(
            "policy:risk.cooldown_after_loss_trades",
            .integer(0...100),
            "3",
            "Losing trades in a row that pause entries; 0 never does."
        ),
        KeySpec(
            "policy:risk.cooldown_minutes",
            .minutes(0...10_080),
            "60",
            "How long a loss streak pauses them."
        ),
    ]

    private static let adding: [KeySpec] = [
        KeySpec(
            "policy:risk.allow_pyramiding",
            .flag,
            "false",
            "Whether Risk lets a position be added to."
        ),
        KeySpec(
            "policy:risk.pyramid_cooldown_seconds",
            .seconds(0...604_800),
            "600",
            "From one entry in an asset to the next addition."
        ),
        KeySpec(
            "policy:risk.max_adds_per_asset_per_day",
            .integer(0...100),
            "1",
            "Additions to one asset in a UTC day; the first entry is none."
        ),
    ]

    static let breakers: [KeySpec] =
        [
            KeySpec(
                "policy:circuit_breakers.min_eligible_assets",
                .integer(1...100),
                "2",
                "Fewer eligible products stop entries."
            )
        ] + tripping + regimes

    private static func breaker(
        _ key: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String
    ) -> KeySpec {
        KeySpec(
            "policy:circuit_breakers.\(key)",
            kind,
            standard,
            meaning
        )
    }

    private static let tripping: [KeySpec] = [
        breaker(
            "max_quote_age_seconds",
            .seconds(1...3_600),
            "60",
            "A product whose quotes are older stops its entries."
        ),
        breaker(
            "max_ohlcv_age_seconds",
            .seconds(60...86_400),
            "300",
            "A product whose candles are older stops its entries."
        ),
        breaker(
            "max_consecutive_api_errors",
            .integer(1...1_000),
            "3",
            "Failed requests in a row that stop entries."
        ),
        breaker(
            "api_error_window_seconds",
            .seconds(1...86_400),
            "300",
            "The span in which they are counted."
        ),
        breaker(
            "rate_limit_cooldown_seconds",
            .seconds(1...86_400),
            "60",
            "How long entries pause after the exchange refused a request as one too many."
        ),
        breaker(
            "max_price_deviation_pct",
            .percent(0.1...100),
            "10",
            "A price this far from its mean, without volume behind it, is an outlier."
        ),
        breaker(
            "min_volume_ratio",
            .fraction(0...10),
            "0.1",
            "The volume, against the mean, that makes such a price believable."
        ),
        breaker(
            "outlier_lookback_periods",
            .integer(2...1_440),
            "20",
            "The candles whose mean counts."
        ),
        breaker(
            "max_realized_volatility_pct",
            .percent(1...1_000),
            "150",
            "The annualised volatility at which entries stop."
        ),
        breaker(
            "volatility_lookback_hours",
            .hours(1...168),
            "24",
            "The hours over which it is measured."
        ),
        breaker(
            "min_free_disk_mb",
            .integer(1...1_000_000),
            "256",
            "The free space of the state directory's disk below which entries stop."
        ),
        breaker(
            "max_memory_mb",
            .integer(32...1_000_000),
            "512",
            "The memory of the process above which entries stop."
        ),
    ]

    private static let regimes: [KeySpec] =
        [
            KeySpec(
                "policy:regime.enabled",
                .flag,
                "true",
                "Whether the market's weather is judged; otherwise it is always chop."
            )
        ]
        + [
            ("bull", "1.2", "5", "a bull market"), ("chop", "0.8", "5", "a sideways market"),
            ("bear", "0.5", "2", "a bear market"), ("crash", "0", "0", "a crash"),
        ].flatMap { name, multiplier, positions, words in
            [
                KeySpec(
                    "policy:regime.\(name).position_size_multiplier",
                    .fraction(0...2),
                    multiplier,
                    "What \(words) leaves of a size; 0 enters nothing."
                ),
                KeySpec(
                    "policy:regime.\(name).max_positions",
                    .integer(0...100),
                    positions,
                    "Positions that may be open in \(words), if fewer than "
                        + "`risk.max_open_positions`."
                ),
            ]
        }
}
