internal import VigilCore
internal import VigilModel

/// Spacing of decisions.
struct LoopKeys: KeyGroup {
    let interval = Key(
        "policy:loop.interval_seconds",
        .seconds(5...3_600),
        "60",
        "From one decision cycle to the next, on a fixed grid.",
        fills: \.loop.interval
    )
    let jitter = Key(
        "policy:loop.jitter_pct",
        .percent(0...10),
        "5",
        "How far into the interval a cycle may begin at random.",
        fills: \.loop.jitter
    )
    let stageTimeout = Key(
        "policy:loop.stage_timeout_seconds",
        .seconds(1...60),
        "10",
        "How long a stage of a cycle may wait for its answer before the cycle is aborted.",
        fills: \.loop.stageTimeout
    )
}

/// Limits.
struct RiskKeys: KeyGroup {
    let totalAtRiskMax = Key(
        "policy:risk.max_total_at_risk_pct",
        .percent(0.1...100),
        "25",
        "All positions and working entries together, of the net liquidation value.",
        fills: \.risk.totalAtRiskMax
    )
    let positionMax = Key(
        "policy:risk.max_position_size_pct",
        .percent(0.1...100),
        "3",
        "One position, working entries and fee included.",
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
        "One asset with everything that was added to it.",
        inherits: "policy:risk.max_position_size_pct",
        fills: \.risk.assetMax
    )
    let themeMax = Key(
        "policy:risk.max_per_theme_pct.*",
        .percent(0.1...100),
        "All positions of one theme of `universe:clusters.definitions` together."
    ) { $0.risk.themeMax[$1] = $2 }
    let openPositionsMax = Key(
        "policy:risk.max_open_positions",
        .integer(1...100),
        "5",
        "Positions open at once.",
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
        "The capital that may be used, whatever else the account holds: sizes are taken of it.",
        fills: \.risk.capitalMax
    )
    let dust = Key(
        "policy:risk.dust_threshold_usd",
        .dollars(0...1_000_000),
        "1",
        "What a holding must be worth to be looked after, and a difference between our books and the "
            + "venue's to be one.",
        fills: \.dust
    )
    let pacing = PacingKeys()
    let cooldowns = CooldownKeys()
    let adding = AddingKeys()
}

/// How many entries, and how far apart.
struct PacingKeys: KeyGroup {
    let tradesPerDayMax = Key(
        "policy:risk.max_trades_per_day",
        .integer(1...10_000),
        "15",
        "Entries of a UTC day.",
        fills: \.risk.tradesPerDayMax
    )
    let tradesAndExitsPerHourMax = Key(
        "policy:risk.max_trades_per_hour",
        .integer(1...1_000),
        "",
        "Entries and exits of a clock hour together; exits are never refused.",
        inherits: "policy:risk.max_new_trades_per_hour"
    ) { $0.risk.tradesAndExitsPerHourMax = $1 }
    let tradesPerHourMax = Key(
        "policy:risk.max_new_trades_per_hour",
        .integer(1...1_000),
        "3",
        "Entries of a clock hour.",
        fills: \.risk.tradesPerHourMax
    )
    let tradeSpacing = Key(
        "policy:risk.min_seconds_between_trades",
        .seconds(0...86_400),
        "180",
        "Between two entries in any product.",
        fills: \.risk.tradeSpacing
    )
    let productSpacing = Key(
        "policy:risk.per_symbol_trade_spacing_seconds",
        .seconds(0...604_800),
        "900",
        "Between two entries in one product.",
        fills: \.risk.productSpacing
    )
}

/// How long a product, or everything, is left alone afterwards.
struct CooldownKeys: KeyGroup {
    let areOn = Key(
        "policy:risk.per_symbol_cooldown_enabled",
        .flag,
        "true",
        "Whether an exit cools its product down at all.",
        fills: \.coolsDown
    )
    let product = Key(
        "policy:risk.per_symbol_cooldown_minutes",
        .minutes(0...10_080),
        "30",
        "After an exit, before the product may be entered again.",
        fills: \.risk.productCooldown
    )
    let win = Key(
        "policy:risk.per_symbol_cooldown_win_minutes",
        .minutes(0...10_080),
        "",
        "After an exit with a gain.",
        inherits: "policy:risk.per_symbol_cooldown_minutes"
    ) { $0.risk.winCooldown = $1 }
    let lossExit = Key(
        "policy:risk.per_symbol_cooldown_loss_minutes",
        .minutes(0...10_080),
        "",
        "After an exit with a loss that was no stop-loss.",
        inherits: "policy:risk.per_symbol_cooldown_minutes"
    ) { $0.risk.lossExitCooldown = $1 }
    let stop = Key(
        "policy:risk.per_symbol_cooldown_after_stop",
        .minutes(0...10_080),
        "120",
        "After a stop-loss, before the product may be entered again.",
        fills: \.risk.stopCooldown
    )
    let lossStreakMax = Key(
        "policy:risk.cooldown_after_loss_trades",
        .integer(0...100),
        "3",
        "Losing trades in a row that pause entries; 0 never does.",
        fills: \.risk.lossStreakMax
    )
    let lossStreak = Key(
        "policy:risk.cooldown_minutes",
        .minutes(0...10_080),
        "60",
        "How long a loss streak pauses them.",
        fills: \.risk.lossCooldown
    )
}

/// When a position may be added to, as Risk sees it.
struct AddingKeys: KeyGroup {
    let isAllowed = Key(
        "policy:risk.allow_pyramiding",
        .flag,
        "false",
        "Whether Risk lets a position be added to.",
        fills: \.riskAllowsAdding
    )
    let spacing = Key(
        "policy:risk.pyramid_cooldown_seconds",
        .seconds(0...604_800),
        "600",
        "From one entry in an asset to the next addition.",
        fills: \.pyramid.spacing
    )
    let perDayMax = Key(
        "policy:risk.max_adds_per_asset_per_day",
        .integer(0...100),
        "1",
        "Additions to one asset in a UTC day; the first entry is none.",
        fills: \.pyramid.additionsPerDayMax
    )
}
