/// The type, unit and range of a configuration value.
package enum ValueKind: Sendable, Equatable {
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// An indicator's threshold.
    case number(ClosedRange<Double>)
    /// Hundredths of the whole.
    case percent(ClosedRange<Double>)
    /// Hundredths of a percent.
    case basisPoints(ClosedRange<Int>)
    /// A ratio of one.
    case fraction(ClosedRange<Double>)
    /// Whole seconds.
    case seconds(ClosedRange<Int>)
    /// Whole minutes.
    case minutes(ClosedRange<Int>)
    /// Whole hours.
    case hours(ClosedRange<Int>)
    /// US dollars, exact.
    case dollars(ClosedRange<Double>)
    /// `true` or `false`.
    case flag
    /// One of these words.
    case choice([String])
    /// A list of products such as `BTC-USD`.
    case products
    /// A path, relative to the state directory unless it begins with `/`.
    case path

    /// The type and range in words.
    package var expectation: String {
        switch self {
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .percent(let range): "percent from \(range.lowerBound) to \(range.upperBound)"
        case .basisPoints(let range):
            "whole basis points from \(range.lowerBound) to \(range.upperBound)"
        case .fraction(let range): "a ratio from \(range.lowerBound) to \(range.upperBound)"
        case .seconds(let range): "whole seconds from \(range.lowerBound) to \(range.upperBound)"
        case .minutes(let range): "whole minutes from \(range.lowerBound) to \(range.upperBound)"
        case .hours(let range): "whole hours from \(range.lowerBound) to \(range.upperBound)"
        case .dollars(let range): "US dollars from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "`true` or `false`"
        case .choice(let words): "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
        case .products: "a list of products such as `BTC-USD`"
        case .path: "a path"
        }
    }
}

/// One key of the configuration.
package struct KeySpec: Sendable {
    /// The file, without `.yaml`.
    package let file: String
    /// The dotted path in it.
    package let path: String
    /// The type, unit and range.
    package let kind: ValueKind
    /// The value where the file has none.
    package let standard: String
    /// What it means.
    package let meaning: String
    /// False where it changes no decision and so is not part of the decision hash.
    package let decides: Bool

    /// `file:path`, the key's full name.
    package var name: String { "\(file):\(path)" }
}

/// Every key there is; what is not here is an error in a file.
package enum ConfigSchema {
    /// The files, in the order of the documentation.
    package static let files = ["app", "policy", "universe", "signals", "strategies"]

    /// All keys in the order of the documentation.
    package static let keys: [KeySpec] = app + policy + execution + universe + signals + strategies

    private static func key(
        _ name: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true
    ) -> KeySpec {
        let parts = name.split(separator: ":", maxSplits: 1)
        return KeySpec(
            file: String(parts[0]),
            path: String(parts[1]),
            kind: kind,
            standard: standard,
            meaning: meaning,
            decides: decides
        )
    }

    private static let app: [KeySpec] = [
        key(
            "app:app.mode",
            .choice(["DRY_RUN", "PAPER"]),
            "DRY_RUN",
            "What may happen: `DRY_RUN` proposes only, `PAPER` trades on the paper venue.",
            decides: false
        ),
        key(
            "app:paper.initial_cash_usd",
            .dollars(1...1_000_000_000),
            "10000",
            "The cash a new paper account begins with."
        ),
        key(
            "app:monitoring.alerts.dedupe_seconds",
            .seconds(1...86_400),
            "60",
            "Repeats of an alert within this span are only counted.",
            decides: false
        ),
        key(
            "app:monitoring.alerts.escalation_seconds",
            .seconds(1...86_400),
            "120",
            "An alert that is unresolved for this long is raised to critical, once.",
            decides: false
        ),
    ]

    private static let policy: [KeySpec] = [
        key(
            "policy:loop.interval_seconds",
            .seconds(5...3_600),
            "60",
            "From one decision cycle to the next, on a fixed grid."
        ),
        key(
            "policy:loop.jitter_pct",
            .percent(0...10),
            "5",
            "How far into the interval a cycle may begin at random."
        ),
        key(
            "policy:loop.stage_timeout_seconds",
            .seconds(1...60),
            "10",
            "How long a stage of a cycle may wait for its answer before the cycle is aborted."
        ),
        key(
            "policy:risk.max_total_at_risk_pct",
            .percent(0.1...100),
            "25",
            "All positions and working entries together, of the net liquidation value."
        ),
        key(
            "policy:risk.max_position_size_pct",
            .percent(0.1...100),
            "3",
            "One position, working entries and fee included."
        ),
        key(
            "policy:risk.min_position_size_pct",
            .percent(0...100),
            "0.5",
            "The smallest position worth having."
        ),
        key("policy:risk.max_open_positions", .integer(1...100), "5", "Positions open at once."),
        key(
            "policy:risk.daily_stop_pnl_pct",
            .percent(-100 ... -0.01),
            "-3",
            "The change since 00:00 UTC at which entries stop until the next day."
        ),
        key(
            "policy:risk.weekly_stop_pnl_pct",
            .percent(-100 ... -0.01),
            "-7",
            "The change since Monday 00:00 UTC at which entries stop until the next week."
        ),
        key(
            "policy:risk.max_drawdown_pct",
            .percent(0.1...100),
            "10",
            "The fall from the peak at which entries stop."
        ),
        key("policy:risk.max_trades_per_day", .integer(1...10_000), "15", "Entries of a UTC day."),
        key(
            "policy:risk.max_new_trades_per_hour",
            .integer(1...1_000),
            "3",
            "Entries of a clock hour."
        ),
        key(
            "policy:risk.min_seconds_between_trades",
            .seconds(0...86_400),
            "180",
            "Between two entries in any product."
        ),
        key(
            "policy:risk.per_symbol_trade_spacing_seconds",
            .seconds(0...604_800),
            "900",
            "Between two entries in one product."
        ),
        key(
            "policy:risk.per_symbol_cooldown_minutes",
            .minutes(0...10_080),
            "30",
            "After an exit, before the product may be entered again."
        ),
        key(
            "policy:risk.per_symbol_cooldown_after_stop",
            .minutes(0...10_080),
            "120",
            "After a stop-loss, before the product may be entered again."
        ),
        key(
            "policy:risk.cooldown_after_loss_trades",
            .integer(0...100),
            "3",
            "Losing trades in a row that pause entries; 0 never does."
        ),
        key(
            "policy:risk.cooldown_minutes",
            .minutes(0...10_080),
            "60",
            "How long a loss streak pauses them."
        ),
        key(
            "policy:risk.min_trade_notional_usd",
            .dollars(1...1_000_000),
            "10",
            "The smallest order worth its fee."
        ),
        key(
            "policy:strategy.max_new_positions_per_cycle",
            .integer(1...100),
            "1",
            "Positions one cycle may open."
        ),
        key(
            "policy:strategy.base_position_pct.tier1",
            .percent(0.01...100),
            "2.9",
            "The usual position in tier 1, of the net liquidation value."
        ),
        key(
            "policy:strategy.base_position_pct.tier2",
            .percent(0.01...100),
            "1.8",
            "The usual position in tier 2."
        ),
        key(
            "policy:strategy.base_position_pct.tier3",
            .percent(0.01...100),
            "0.7",
            "The usual position in tier 3."
        ),
        key(
            "policy:strategy.min_conviction_to_propose",
            .fraction(0...1),
            "0.3",
            "The least conviction that is proposed."
        ),
        key(
            "policy:strategy.conviction_weights.trigger_strength",
            .fraction(0...1),
            "0.5",
            "What a trigger's strength counts for."
        ),
        key(
            "policy:strategy.conviction_weights.trigger_confidence",
            .fraction(0...1),
            "0.3",
            "What its confidence counts for."
        ),
        key(
            "policy:strategy.conviction_weights.tier1_boost",
            .fraction(0...1),
            "0.02",
            "What tier 1 adds."
        ),
        key(
            "policy:position_sizing.risk_per_trade_pct",
            .percent(0.01...10),
            "1",
            "What a trade may lose at its stop, of the net liquidation value."
        ),
        key(
            "policy:regime.bull.position_size_multiplier",
            .fraction(0...2),
            "1.2",
            "What a bull market leaves of a size."
        ),
        key(
            "policy:regime.chop.position_size_multiplier",
            .fraction(0...2),
            "0.8",
            "What a sideways market leaves of a size."
        ),
        key(
            "policy:regime.bear.position_size_multiplier",
            .fraction(0...2),
            "0.5",
            "What a bear market leaves of a size."
        ),
        key(
            "policy:regime.crash.position_size_multiplier",
            .fraction(0...2),
            "0",
            "What a crash leaves of a size; 0 enters nothing."
        ),
    ]

    private static let execution: [KeySpec] = [
        key(
            "policy:execution.maker_fee_bps",
            .basisPoints(0...1_000),
            "60",
            "The maker fee that is assumed: the worst public tier."
        ),
        key(
            "policy:execution.taker_fee_bps",
            .basisPoints(0...1_000),
            "120",
            "The taker fee that is assumed: the worst public tier."
        ),
        key(
            "policy:execution.post_only_ttl_seconds",
            .seconds(1...600),
            "30",
            "How long a post-only order rests before it is repriced."
        ),
        key(
            "policy:execution.maker_max_reprices",
            .integer(0...20),
            "2",
            "How often it is repriced."
        ),
        key(
            "policy:execution.maker_reprice_decay",
            .fraction(0.1...1),
            "0.7",
            "What each reprice leaves of the time to live."
        ),
        key(
            "policy:execution.taker_fallback",
            .flag,
            "true",
            "Whether a remainder may be taken from the book, inside the slippage budget."
        ),
        key(
            "policy:execution.slippage_budget_t1_bps",
            .basisPoints(1...2_000),
            "140",
            "What a tier 1 entry may cost against its decision price, taker fee included."
        ),
        key(
            "policy:execution.slippage_budget_t2_bps",
            .basisPoints(1...2_000),
            "155",
            "The same for tier 2."
        ),
        key(
            "policy:execution.slippage_budget_t3_bps",
            .basisPoints(1...2_000),
            "180",
            "The same for tier 3."
        ),
        key(
            "policy:execution.resting_order_lifetime_seconds",
            .seconds(10...86_400),
            "120",
            "The venue's own end for a resting order: a dead host leaves no orphan."
        ),
        key(
            "policy:microstructure.max_quote_age_seconds",
            .seconds(1...60),
            "15",
            "How old a quote may be to be traded on."
        ),
        key(
            "policy:exits.exit_slippage_tolerance_bps",
            .basisPoints(1...2_000),
            "100",
            "How far below the bid an exit may reach."
        ),
        key(
            "policy:exits.rest_first",
            .flag,
            "true",
            "Whether profit-taking and time exits rest at the ask before they take; stops never do."
        ),
        key(
            "policy:governance.kill_switch_file",
            .path,
            "KILL_SWITCH",
            "The engine stops, as on SIGUSR1, when this file appears.",
            decides: false
        ),
    ]

    private static let universe: [KeySpec] =
        tier("tier_1_core", "BTC-USD ETH-USD SOL-USD", "50000000", "20", "20000")
        + tier(
            "tier_2_rotational",
            "XRP-USD ADA-USD DOGE-USD AVAX-USD LINK-USD",
            "5000000",
            "35",
            "5000"
        )
        + tier("tier_3_event_driven", "", "2000000", "60", "2000") + [
            key(
                "universe:exclusions.never_trade",
                .products,
                "",
                "Products that are never entered, whatever tier lists them."
            ),
            key(
                "universe:universe.grace_readings",
                .integer(1...100),
                "3",
                "Bad readings in a row of volume, spread or depth that drop an eligible product."
            ),
            key(
                "universe:universe.min_eligible_assets",
                .integer(1...100),
                "2",
                "Fewer eligible products stop entries."
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
            key("\(path).symbols", .products, products, "The products of the tier."),
            key(
                "\(path).min_24h_volume_usd",
                .number(0...1e12),
                volume,
                "The least notional traded in 24 hours."
            ),
            key(
                "\(path).max_spread_bps",
                .number(0.1...1_000),
                spread,
                "The widest spread, in basis points."
            ),
            key(
                "\(path).min_depth_20bps_usd",
                .number(0...1e10),
                depth,
                "The least notional within 20 basis points of the middle."
            ),
        ]
    }

    private static let signals: [KeySpec] = [
        key(
            "signals:triggers.pct_change_15m",
            .number(0.01...100),
            "1.3",
            "A move over 15 minutes that counts, in percent."
        ),
        key(
            "signals:triggers.pct_change_60m",
            .number(0.01...100),
            "2.7",
            "A move over 60 minutes that counts, in percent."
        ),
        key(
            "signals:triggers.volume_ratio_1h",
            .number(1...100),
            "1.8",
            "The last hour's volume against the usual hour's."
        ),
        key(
            "signals:triggers.breakout_lookback_hours",
            .integer(1...24),
            "24",
            "Hours whose high a breakout must reach."
        ),
        key(
            "signals:triggers.momentum_pct_24h",
            .number(0.1...100),
            "2",
            "A move over 24 hours that counts, in percent."
        ),
        key(
            "signals:triggers.only_upside",
            .flag,
            "false",
            "Whether falling prices trigger nothing."
        ),
        key(
            "signals:triggers.min_trigger_score",
            .fraction(0...1),
            "0.2",
            "The least strength times confidence."
        ),
        key(
            "signals:triggers.max_triggers_per_cycle",
            .integer(1...100),
            "5",
            "Triggers a cycle may act on, the strongest first."
        ),
    ]

    private static let strategies: [KeySpec] =
        [
            key(
                "strategies:strategies.momentum_rules.enabled",
                .flag,
                "true",
                "Whether the rule strategy proposes at all."
            )
        ]
        + rule("price_move", "3", "5", "24", "1")
        + rule("volume_spike", "3", "5", "24", "1")
        + rule("breakout", "3", "6", "48", "1")
        + rule("momentum", "4", "8", "48", "1")

    private static func rule(
        _ kind: String,
        _ stop: String,
        _ target: String,
        _ hold: String,
        _ multiplier: String
    ) -> [KeySpec] {
        let path = "strategies:strategies.momentum_rules.rules.\(kind)"
        return [
            key(
                "\(path).stop_loss_pct",
                .percent(0.1...100),
                stop,
                "The loss at which a position from a \(kind) is stopped out."
            ),
            key(
                "\(path).take_profit_pct",
                .percent(0.1...1_000),
                target,
                "The gain at which its profit is taken."
            ),
            key("\(path).max_hold_hours", .hours(1...8_760), hold, "The longest it is held."),
            key(
                "\(path).size_multiplier",
                .fraction(0...1),
                multiplier,
                "Its size against the tier's usual one."
            ),
        ]
    }
}
