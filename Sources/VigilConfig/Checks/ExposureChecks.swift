internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    /// Limits that contradict each other.
    static let exposure: [ConfigCheck] = [
        ConfigCheck(
            code: "V0106",
            title: "one position may be larger than all positions together",
            severity: .error,
            prevents: "a cap that never takes effect, noticed after the first oversized fill",
            help: "lower `risk.max_position_size_pct` to `risk.max_total_at_risk_pct` or below",
            keys: [Keys.risk.positionMax, Keys.risk.totalAtRiskMax],
            failing: .init(file: "policy", text: "risk:\n  max_position_size_pct: 30\n"),
            passing: .init(file: "policy", text: "risk:\n  max_position_size_pct: 5\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.positionMax > risk.totalAtRiskMax else { return [] }
                return [
                    .init(
                        summary: "one position may be larger than all positions together",
                        keys: [
                            (
                                Keys.risk.positionMax,
                                "up to \(risk.positionMax.percent)"
                            ),
                            (
                                Keys.risk.totalAtRiskMax,
                                "all at most \(risk.totalAtRiskMax.percent)"
                            ),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0107",
            title: "the allowed positions do not fit under the total limit",
            severity: .error,
            prevents:
                "an engine that never fills its slots and trades only a day's first signals",
            help: "lower the count or the size, or raise the total",
            keys: [
                Keys.risk.openPositionsMax, Keys.risk.positionMax,
                Keys.risk.totalAtRiskMax,
            ],
            failing: .init(file: "policy", text: "risk:\n  max_open_positions: 9\n"),
            passing: .init(file: "policy", text: "risk:\n  max_open_positions: 8\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                let size = configuration.policy.positionShareMax
                let sum = Rate(raw: size.raw * Int128(risk.openPositionsMax))
                guard risk.positionMax <= risk.totalAtRiskMax, sum > risk.totalAtRiskMax else {
                    return []
                }
                return [
                    .init(
                        summary:
                            "\(risk.openPositionsMax) positions of \(size.percent) are "
                            + "\(sum.percent), more than the total limit",
                        keys: [
                            (
                                Keys.risk.openPositionsMax,
                                "\(risk.openPositionsMax) positions"
                            ),
                            (
                                Keys.risk.positionMax,
                                "\(size.percent) each, as sizes are set"
                            ),
                            (
                                Keys.risk.totalAtRiskMax,
                                "\(risk.totalAtRiskMax.percent) in all"
                            ),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0108",
            title: "the daily stop is not tighter than the weekly one",
            severity: .error,
            prevents: "a daily stop that can never be the first to trip",
            help: "keep `risk.daily_stop_pnl_pct` nearer to zero than `risk.weekly_stop_pnl_pct`",
            keys: [Keys.risk.dailyStop, Keys.risk.weeklyStop],
            failing: .init(file: "policy", text: "risk:\n  daily_stop_pnl_pct: -9\n"),
            passing: .init(file: "policy", text: "risk:\n  daily_stop_pnl_pct: -2\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.dailyStop >= risk.weeklyStop else { return [] }
                return [
                    .init(
                        summary: "the daily stop is not tighter than the weekly one",
                        keys: [
                            (
                                Keys.risk.dailyStop,
                                "a day may lose \(risk.dailyStop.percent)"
                            ),
                            (
                                Keys.risk.weeklyStop,
                                "a week \(risk.weeklyStop.percent)"
                            ),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0154",
            title: "the drawdown limit trips before the daily stop",
            severity: .warning,
            prevents: "one bad day ending in a halt that only a recovery or the operator clears",
            help: "let the day stop at a smaller loss than `risk.max_drawdown_pct`",
            keys: [Keys.risk.drawdownMax, Keys.risk.dailyStop],
            failing: .init(file: "policy", text: "risk:\n  max_drawdown_pct: 2\n"),
            passing: .init(file: "policy", text: "risk:\n  max_drawdown_pct: 5\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.drawdownMax <= risk.dailyStop else { return [] }
                return [
                    .init(
                        summary: "a day's allowed loss is beyond the drawdown limit",
                        keys: [
                            (
                                Keys.risk.drawdownMax,
                                "halts at \(risk.drawdownMax.percent)"
                            ),
                            (
                                Keys.risk.dailyStop,
                                "allows \(risk.dailyStop.percent) a day"
                            ),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0155",
            title: "the smallest position is not below the largest",
            severity: .error,
            prevents: "a dead zone: what fits under the cap is refused as too small",
            help: "lower `risk.min_position_size_pct`",
            keys: [Keys.risk.positionMin, Keys.risk.positionMax],
            failing: .init(file: "policy", text: "risk:\n  min_position_size_pct: 3\n"),
            passing: .init(file: "policy", text: "risk:\n  min_position_size_pct: 1\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.positionMin >= risk.positionMax else { return [] }
                return [
                    .init(
                        summary: "no size can be both large enough and small enough",
                        keys: [
                            (
                                Keys.risk.positionMin,
                                "at least \(risk.positionMin.percent)"
                            ),
                            (
                                Keys.risk.positionMax,
                                "at most \(risk.positionMax.percent)"
                            ),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0156",
            title: "the smallest order is more than one position may be",
            severity: .error,
            prevents:
                "the predecessor's small account, on which 190 orders were refused as too small",
            help: "raise the cash or the position cap, or lower the smallest order",
            keys: [
                Keys.risk.notionalMin, Keys.risk.positionMax,
                Keys.sizing.orderMin, Keys.app.initialCash,
            ],
            failing: .init(file: "app", text: "paper:\n  initial_cash_usd: 300\n"),
            passing: .init(file: "app", text: "paper:\n  initial_cash_usd: 1000\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                let cap = try configuration.initialCash.times(risk.positionMax, .down)
                guard try cap.isLess(than: risk.notionalMin) else { return [] }
                return [
                    .init(
                        summary:
                            "a position may be \(cap) at most, an order \(risk.notionalMin) at least",
                        keys: [
                            (
                                configuration[Keys.sizing.orderMin] == risk.notionalMin
                                    && configuration.isStated(Keys.sizing.orderMin)
                                    ? Keys.sizing.orderMin : Keys.risk.notionalMin,
                                "the smallest order"
                            ),
                            (Keys.risk.positionMax, "the largest position"),
                            (Keys.app.initialCash, "of this much"),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0115",
            title: "more than half of the capital may be at risk",
            severity: .errorInLive,
            prevents:
                "the 80 % at risk that the predecessor was set to while it had no working stop",
            help: "the conservative profile is 25",
            keys: [Keys.risk.totalAtRiskMax],
            failing: .init(file: "policy", text: "risk:\n  max_total_at_risk_pct: 60\n"),
            passing: .init(file: "policy", text: "risk:\n  max_total_at_risk_pct: 50\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.totalAtRiskMax > Rate(basisPoints: 5_000) else { return [] }
                return [
                    .init(
                        summary: "\(risk.totalAtRiskMax.percent) of the capital may be at risk",
                        keys: [(Keys.risk.totalAtRiskMax, "more than half")]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0157",
            title: "a cycle may open more positions than may be open at all",
            severity: .warning,
            prevents: "a limit that is not what it looks like",
            help: "lower `strategy.max_new_positions_per_cycle`",
            keys: [
                Keys.sizing.newPositionsPerCycleMax, Keys.risk.openPositionsMax,
            ],
            failing: .init(file: "policy", text: "strategy:\n  max_new_positions_per_cycle: 6\n"),
            passing: .init(file: "policy", text: "strategy:\n  max_new_positions_per_cycle: 2\n"),
            find: { configuration in
                let risk = configuration.policy.risk
                guard risk.newPositionsPerCycleMax > risk.openPositionsMax else { return [] }
                return [
                    .init(
                        summary: "a cycle may open more positions than may be open at all",
                        keys: [
                            (Keys.sizing.newPositionsPerCycleMax, "a cycle"),
                            (Keys.risk.openPositionsMax, "in all"),
                        ]
                    )
                ]
            }
        ),
    ]
}

extension TradingPolicy {
    /// The largest share that one position can come to: the cap where it may be added to, else the largest entry of
    /// any tier, rule and regime.
    var positionShareMax: Rate {
        guard risk.pyramid == nil else { return risk.positionMax }
        let regimes = strategy.judgesRegime ? Regime.allCases : [.chop]
        let weather = regimes.filter { (risk.regimePositionsMax[$0] ?? 1) > 0 }
            .compactMap { strategy.regimeMultipliers[$0] }.max()
        let rule = rules.rules.values.map(\.sizeMultiplier).max()
        // Ratios within their ranges; one that cannot be held is bounded by the cap as well.
        guard let factor = try? (weather ?? .one) * (rule ?? .one) else { return risk.positionMax }
        let sizes = Tier.allCases.map { tier -> Rate in
            let entry = (try? (strategy.basePosition[tier] ?? .zero) * factor) ?? risk.positionMax
            return min(entry, risk.tierPositionMax[tier] ?? .one, risk.positionMax)
        }
        return sizes.max() ?? risk.positionMax
    }
}
