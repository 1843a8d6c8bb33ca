internal import VigilCore
internal import VigilModel

/// Spacing of decisions.
struct LoopKeys: KeyGroup {
    let interval = Key(
        "policy:loop.interval_seconds",
        .seconds(5...3_600),
        "60",
        "Time from one decision cycle to the next, on a fixed grid.",
        fills: \.loop.interval
    )
    let jitter = Key(
        "policy:loop.jitter_pct",
        .percent(0...10),
        "5",
        "Largest random delay at the start of a cycle, as a share of the interval.",
        fills: \.loop.jitter
    )
    let stageTimeout = Key(
        "policy:loop.stage_timeout_seconds",
        .seconds(1...60),
        "10",
        "How long a stage may wait for its answer before the cycle is aborted.",
        fills: \.loop.stageTimeout
    )
}

/// Limits.
struct RiskKeys: KeyGroup {
    let totalAtRiskMax = Key(
        "policy:risk.max_total_at_risk_pct",
        .percent(0.1...100),
        "25",
        "Limit on all positions and working entries together, as a share of the net liquidation value.",
        fills: \.risk.totalAtRiskMax
    )
    let positionMax = Key(
        "policy:risk.max_position_size_pct",
        .percent(0.1...100),
        "3",
        "Limit on one position, including working entries and fees.",
        fills: \.risk.positionMax
    )
    let positionMin = Key(
        "policy:risk.min_position_size_pct",
        .percent(0...100),
        "0.5",
        "The smallest position worth having.",
        fills: \.risk.positionMin
    )
    let assetMax = Key(
        "policy:risk.max_per_asset_pct",
        .percent(0.1...100),
        "",
        "Limit on one asset, including everything that was added to it.",
        inherits: "policy:risk.max_position_size_pct",
        fills: \.risk.assetMax
    )
    let themeMax = Key(
        "policy:risk.max_per_theme_pct.*",
        .percent(0.1...100),
        "Limit on all positions of one theme of `universe:clusters.definitions` together."
    ) { $0.risk.themeMax[$1] = $2 }
    let openPositionsMax = Key(
        "policy:risk.max_open_positions",
        .integer(1...100),
        "5",
        "How many positions may be open at once.",
        fills: \.risk.openPositionsMax
    )
    let dailyStop = Key(
        "policy:risk.daily_stop_pnl_pct",
        .loss(-100 ... -0.01),
        "-3",
        "The change since 00:00 UTC at which entries stop until the next day.",
        fills: \.risk.dailyStop
    )
    let weeklyStop = Key(
        "policy:risk.weekly_stop_pnl_pct",
        .loss(-100 ... -0.01),
        "-7",
        "The change since Monday 00:00 UTC at which entries stop until the next week.",
        fills: \.risk.weeklyStop
    )
    let drawdownMax = Key(
        "policy:risk.max_drawdown_pct",
        .percent(0.1...100),
        "10",
        "The fall from the peak at which entries stop.",
        fills: \.risk.drawdownMax
    )
    let stopLoss = Key(
        "policy:risk.stop_loss_pct",
        .percent(-100...100),
        "3",
        "The loss at which a position is stopped out, where its rule says nothing of its own.",
        use: .inherited
    )
    let takeProfit = Key(
        "policy:risk.take_profit_pct",
        .percent(-100...1_000),
        "6",
        "The gain at which a profit is taken, where the rule says nothing of its own.",
        use: .inherited
    )
    let notionalMin = Key(
        "policy:risk.min_trade_notional_usd",
        .dollars(0.01...1_000_000),
        "10",
        "The smallest entry worth its fee."
    ) { $0.demandNotional($1) }
    let capitalMax = Key(
        "policy:risk.capital_max_usd",
        .dollars(1...1_000_000_000),
        "1000000000",
        "The most capital Vigil may use, whatever else the account holds; sizes are shares of it.",
        fills: \.risk.capitalMax
    )
    let dust = Key(
        "policy:risk.dust_threshold_usd",
        .dollars(0...1_000_000),
        "1",
        "Holdings, and differences between Vigil's books and the venue's, that are worth less are "
            + "ignored.",
        fills: \.dust
    )
    let pacing = PacingKeys()
    let cooldowns = CooldownKeys()
    let pyramiding = PyramidKeys()
}

/// How many entries, and how far apart.
struct PacingKeys: KeyGroup {
    let tradesPerDayMax = Key(
        "policy:risk.max_trades_per_day",
        .integer(1...10_000),
        "15",
        "How many entries per UTC day, those that are still being worked included.",
        fills: \.risk.tradesPerDayMax
    )
    let tradesAndExitsPerHourMax = Key(
        "policy:risk.max_trades_per_hour",
        .integer(1...1_000),
        "",
        "How many entries and exits together per clock hour; exits are counted but never refused.",
        inherits: "policy:risk.max_new_trades_per_hour"
    ) { $0.risk.tradesAndExitsPerHourMax = $1 }
    let tradesPerHourMax = Key(
        "policy:risk.max_new_trades_per_hour",
        .integer(1...1_000),
        "3",
        "How many entries per clock hour, those that are still being worked included.",
        fills: \.risk.tradesPerHourMax
    )
    let tradeSpacing = Key(
        "policy:risk.min_seconds_between_trades",
        .seconds(0...86_400),
        "180",
        "Minimum time between the entries of two cycles, in any product; no cycle enters while an entry is being worked.",
        fills: \.risk.tradeSpacing
    )
    let productSpacing = Key(
        "policy:risk.per_symbol_trade_spacing_seconds",
        .seconds(0...604_800),
        "900",
        "Minimum time between two entries in one product.",
        fills: \.risk.productSpacing
    )
}

/// How long a product, or everything, is left alone afterwards.
struct CooldownKeys: KeyGroup {
    let areOn = Key(
        "policy:risk.per_symbol_cooldown_enabled",
        .flag,
        "true",
        "Whether a product is left alone for a while after an exit.",
        fills: \.coolsDown
    )
    let product = Key(
        "policy:risk.per_symbol_cooldown_minutes",
        .minutes(0...10_080),
        "30",
        "How long after an exit before the product may be entered again.",
        fills: \.risk.productCooldown
    )
    let win = Key(
        "policy:risk.per_symbol_cooldown_win_minutes",
        .minutes(0...10_080),
        "",
        "How long after an exit with a gain before the product may be entered again.",
        inherits: "policy:risk.per_symbol_cooldown_minutes"
    ) { $0.risk.winCooldown = $1 }
    let lossExit = Key(
        "policy:risk.per_symbol_cooldown_loss_minutes",
        .minutes(0...10_080),
        "",
        "How long after an exit with a loss, other than a stop-loss, before the product may be entered again.",
        inherits: "policy:risk.per_symbol_cooldown_minutes"
    ) { $0.risk.lossExitCooldown = $1 }
    let stop = Key(
        "policy:risk.per_symbol_cooldown_after_stop",
        .minutes(0...10_080),
        "120",
        "How long after a stop-loss before the product may be entered again.",
        fills: \.risk.stopCooldown
    )
    let lossStreakMax = Key(
        "policy:risk.cooldown_after_loss_trades",
        .integer(0...100),
        "3",
        "How many losing trades in a row pause entries; 0 turns this off.",
        fills: \.risk.lossStreakMax
    )
    let lossStreak = Key(
        "policy:risk.cooldown_minutes",
        .minutes(0...10_080),
        "60",
        "How long a loss streak pauses entries.",
        fills: \.risk.lossCooldown
    )
}

/// When a position may be added to, as Risk sees it.
struct PyramidKeys: KeyGroup {
    let isAllowed = Key(
        "policy:risk.allow_pyramiding",
        .flag,
        "false",
        "Whether Risk allows adding to a position.",
        fills: \.riskAllowsPyramiding
    )
    let spacing = Key(
        "policy:risk.pyramid_cooldown_seconds",
        .seconds(0...604_800),
        "600",
        "Minimum time between an entry in an asset and the next addition.",
        fills: \.pyramid.spacing
    )
    let perDayMax = Key(
        "policy:risk.max_adds_per_asset_per_day",
        .integer(0...100),
        "1",
        "How many additions to one asset per UTC day; the first entry does not count.",
        fills: \.pyramid.additionsPerDayMax
    )
}
