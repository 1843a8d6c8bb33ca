internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    private static func seconds(_ span: Duration) -> String {
        "\(span.nanoseconds / 1_000_000_000) s"
    }

    /// A check that one span is in order with another.
    private init(
        spans code: String,
        _ severity: Weight,
        _ title: String,
        prevents: String,
        help: String,
        keys: (Key<Duration>, Key<Duration>),
        failing: String,
        passing: String,
        file: String = "policy",
        wrong: @escaping @Sendable (CheckContext) -> (Duration, Duration)?
    ) {
        self.init(
            code: code,
            title: title,
            severity: severity,
            prevents: prevents,
            help: help,
            keys: [keys.0, keys.1],
            failing: .init(file: file, text: failing),
            passing: .init(file: file, text: passing),
            find: { configuration in
                guard let (first, second) = wrong(configuration) else { return [] }
                return [
                    Finding(
                        summary: title,
                        keys: [(keys.0, Self.seconds(first)), (keys.1, Self.seconds(second))]
                    )
                ]
            }
        )
    }

    /// Timers that cannot fit.
    static let timing: [ConfigCheck] = [
        ConfigCheck(
            spans: "V0161",
            .error,
            "a stage may wait as long as a whole cycle",
            prevents: "cycles that are late before they are aborted",
            help: "keep the stage's time-out well below the interval",
            keys: (Keys.loop.stageTimeout, Keys.loop.interval),
            failing: "loop:\n  interval_seconds: 10\n",
            passing: "loop:\n  interval_seconds: 11\n",
            wrong: { configuration in
                let loop = configuration.policy.loop
                return loop.stageTimeout >= loop.interval ? (loop.stageTimeout, loop.interval) : nil
            }
        ),
        ConfigCheck(
            spans: "V0162",
            .error,
            "the venue expires a resting order before it is repriced",
            prevents: "orders that expire early, and a route that never reprices",
            help: "set the venue's expiry later than the time to live",
            keys: (
                Keys.execution.restingOrderLifetime,
                Keys.execution.postOnlyTTL
            ),
            failing: "execution:\n  post_only_ttl_seconds: 120\n",
            passing: "execution:\n  post_only_ttl_seconds: 60\n",
            wrong: { configuration in
                let policy = configuration.policy.execution
                return policy.restingOrderLifetime <= policy.postOnlyTTL
                    ? (policy.restingOrderLifetime, policy.postOnlyTTL) : nil
            }
        ),
        ConfigCheck(
            spans: "V0163",
            .warning,
            "the spacing within a product is shorter than the spacing across all products",
            prevents: "a spacing that never takes effect",
            help: "make the product's spacing the longer one",
            keys: (
                Keys.risk.pacing.productSpacing,
                Keys.risk.pacing.tradeSpacing
            ),
            failing: "risk:\n  per_symbol_trade_spacing_seconds: 60\n",
            passing: "risk:\n  per_symbol_trade_spacing_seconds: 600\n",
            wrong: { configuration in
                let risk = configuration.policy.risk
                return risk.productSpacing < risk.tradeSpacing
                    ? (risk.productSpacing, risk.tradeSpacing) : nil
            }
        ),
        ConfigCheck(
            spans: "V0164",
            .warning,
            "the cooldown after a stop-loss is shorter than after any exit",
            prevents: "buying back into a fall",
            help: "make the cooldown after a stop the longer one",
            keys: (
                Keys.risk.cooldowns.stop,
                Keys.risk.cooldowns.product
            ),
            failing: "risk:\n  per_symbol_cooldown_after_stop: 10\n",
            passing: "risk:\n  per_symbol_cooldown_after_stop: 60\n",
            wrong: { configuration in
                let risk = configuration.policy.risk
                return risk.stopCooldown < risk.productCooldown
                    ? (risk.stopCooldown, risk.productCooldown) : nil
            }
        ),
        ConfigCheck(
            spans: "V0165",
            .warning,
            "an alert escalates before its repeats are grouped",
            prevents: "every alert arriving twice",
            help: "let `escalation_seconds` be longer than `dedupe_seconds`",
            keys: (
                Keys.app.monitoring.escalation, Keys.app.monitoring.dedupe
            ),
            failing: "monitoring:\n  alerts:\n    escalation_seconds: 30\n",
            passing: "monitoring:\n  alerts:\n    escalation_seconds: 90\n",
            file: "app",
            wrong: { configuration in
                configuration.alertEscalation < configuration.alertDedupe
                    ? (configuration.alertEscalation, configuration.alertDedupe) : nil
            }
        ),
        ConfigCheck(
            code: "V0166",
            title: "a loss streak is detected but pauses nothing",
            severity: .error,
            prevents: "a breaker that trips but stops nothing",
            help: "set `risk.cooldown_minutes` above 0, or `risk.cooldown_after_loss_trades` to 0",
            keys: [Keys.risk.cooldowns.lossStreak, Keys.risk.cooldowns.lossStreakMax],
            failing: .init(file: "policy", text: "risk:\n  cooldown_minutes: 0\n"),
            passing: .init(file: "policy", text: "risk:\n  cooldown_minutes: 5\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.lossStreakMax > 0, risk.lossCooldown == .zero else { return [] }
                return [
                    Finding(
                        summary:
                            "a streak of \(risk.lossStreakMax) losses pauses entries for no time",
                        keys: [
                            (Keys.risk.cooldowns.lossStreak, "no pause"),
                            (Keys.risk.cooldowns.lossStreakMax, "a streak"),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0167",
            title: "the hourly limit on entries is above the daily limit",
            severity: .warning,
            prevents: "a day's trading that ends in its first hour",
            help: "lower the hourly count",
            keys: [Keys.risk.pacing.tradesPerHourMax, Keys.risk.pacing.tradesPerDayMax],
            failing: .init(file: "policy", text: "risk:\n  max_new_trades_per_hour: 20\n"),
            passing: .init(file: "policy", text: "risk:\n  max_new_trades_per_hour: 10\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.tradesPerHourMax > risk.tradesPerDayMax else { return [] }
                return [
                    Finding(
                        summary: "the hourly limit on entries is above the daily limit",
                        keys: [
                            (
                                Keys.risk.pacing.tradesPerHourMax,
                                "\(risk.tradesPerHourMax) an hour"
                            ),
                            (Keys.risk.pacing.tradesPerDayMax, "\(risk.tradesPerDayMax) a day"),
                        ]
                    )
                ]
            }
        ),
    ]

    /// Counts and spans that are each right and not together.
    static let pacesTogether: [ConfigCheck] = [
        ConfigCheck(
            "V0187",
            .warning,
            "one stop-loss may cost more than a day may lose",
            prevents: "a daily stop that trips at the first losing trade",
            help: "lower `position_sizing.risk_per_trade_pct`",
            keys: [Keys.sizing.riskPerTrade, Keys.risk.dailyStop],
            fails: "risk: {daily_stop_pnl_pct: -0.1}",
            passes: "risk: {daily_stop_pnl_pct: -0.11}"
        ) { context in
            let (trade, day) = (context.policy.strategy.riskPerTrade, context.policy.risk.dailyStop)
            guard trade >= day else { return [] }
            return context.finding(
                "one stop-loss may cost more than a day may lose",
                (Keys.sizing.riskPerTrade, trade.percent),
                (Keys.risk.dailyStop, day.percent)
            )
        },
        ConfigCheck(
            "V0188",
            .warning,
            "the spacing of entries makes the hourly limit unreachable",
            prevents: "a limit that can never be reached",
            help: "shorten `risk.min_seconds_between_trades`, or lower the count",
            keys: [Keys.risk.pacing.tradeSpacing, Keys.risk.pacing.tradesPerHourMax],
            fails: "risk: {min_seconds_between_trades: 900, max_new_trades_per_hour: 5}",
            passes: "risk: {min_seconds_between_trades: 700, max_new_trades_per_hour: 5}"
        ) { context in
            let count = context[Keys.risk.pacing.tradesPerHourMax]
            let span = context[Keys.risk.pacing.tradeSpacing] * (count - 1)
            guard span >= .seconds(3_600) else { return [] }
            return context.finding(
                "\(count) entries take \(span.components.seconds) s",
                (Keys.risk.pacing.tradeSpacing, "from one to the next"),
                (Keys.risk.pacing.tradesPerHourMax, "\(count) in 3600 s")
            )
        },
        ConfigCheck(
            "V0189",
            .warning,
            "the loss-streak limit is above the daily trade limit",
            prevents: "a breaker that cannot trip on the day it is needed",
            help: "lower `risk.cooldown_after_loss_trades`",
            keys: [Keys.risk.cooldowns.lossStreakMax, Keys.risk.pacing.tradesPerDayMax],
            fails: "risk: {cooldown_after_loss_trades: 20}",
            passes: "risk: {cooldown_after_loss_trades: 5}"
        ) { context in
            let risk = context.policy.risk
            guard risk.lossStreakMax > risk.tradesPerDayMax else { return [] }
            return context.finding(
                "the loss-streak limit is above the daily trade limit",
                (Keys.risk.cooldowns.lossStreakMax, "\(risk.lossStreakMax) losses"),
                (Keys.risk.pacing.tradesPerDayMax, "\(risk.tradesPerDayMax) a day")
            )
        },
        ConfigCheck(
            "V0190",
            .warning,
            "candles are too old before the next one closes",
            prevents: "triggers that depend on the second a cycle starts in",
            help: "a candle lasts 60 seconds; allow at least as much",
            keys: [Keys.execution.dataAgeMax],
            fails: "data: {max_age_s: 30}",
            passes: "data: {max_age_s: 60}"
        ) { context in
            guard context[Keys.execution.dataAgeMax] < .seconds(60) else { return [] }
            return context.finding(
                "most of the time no candle is recent enough",
                (Keys.execution.dataAgeMax, "a candle lasts 60 s")
            )
        },
        ConfigCheck(
            "V0191",
            .warning,
            "a strategy's budget is below one position, or above the total",
            prevents: "a budget that forbids every entry, or limits nothing",
            help: "keep it between `risk.max_position_size_pct` and `risk.max_total_at_risk_pct`",
            keys: [
                Keys.strategies.of(RuleEngine.self).atRiskMax,
                Keys.risk.positionMax, Keys.risk.totalAtRiskMax,
            ],
            file: "strategies",
            fails: "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 2}}}",
            passes: "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 15}}}"
        ) { context in
            let key = Keys.strategies.of(RuleEngine.self).atRiskMax
            let budget = context[key]
            let risk = context.policy.risk
            guard context.isStated(key), budget < risk.positionMax || budget > risk.totalAtRiskMax
            else { return [] }
            return context.finding(
                "the strategy's budget is \(budget.percent)",
                (key, "all its positions"),
                (Keys.risk.positionMax, "one: \(risk.positionMax.percent)"),
                (Keys.risk.totalAtRiskMax, "all: \(risk.totalAtRiskMax.percent)")
            )
        },
    ]
}
