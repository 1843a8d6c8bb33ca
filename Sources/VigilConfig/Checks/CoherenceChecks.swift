internal import VigilCore
internal import VigilModel

private func multiplier(_ regime: Regime) -> String {
    "policy:regime.\(regime.rawValue).position_size_multiplier"
}

private func positions(_ regime: Regime) -> String {
    "policy:regime.\(regime.rawValue).max_positions"
}
private let least = "policy:risk.min_trade_notional_usd"
private let cash = "app:paper.initial_cash_usd"
private let largest = "policy:position_sizing.max_order_usd"
private let spacing = "policy:risk.min_seconds_between_trades"

extension ConfigCheck {
    /// Numbers that are each right and not together.
    static let coherence: [ConfigCheck] = weather + deadZones + cost + pacing

    private static let weather: [ConfigCheck] = [
        ConfigCheck(
            "V0176",
            .warning,
            "a worse market is entered with more",
            prevents: "multipliers that changed places, and the largest size in a fall",
            help: "let the multipliers fall from bull to chop to bear to crash",
            keys: Regime.allCases.map(multiplier),
            fails: "regime: {bear: {position_size_multiplier: 1.5}}",
            passes: "regime: {bear: {position_size_multiplier: 0.6}}"
        ) { context in
            zip(Regime.allCases, Regime.allCases.dropFirst()).flatMap { better, worse in
                guard context.fraction(multiplier(worse)) > context.fraction(multiplier(better))
                else { return [Finding]() }
                return context.finding(
                    "\(worse.rawValue) is entered with more than \(better.rawValue)",
                    (multiplier(worse), context.text(multiplier(worse))),
                    (multiplier(better), context.text(multiplier(better)))
                )
            }
        },
        ConfigCheck(
            "V0177",
            .warning,
            "a regime has a size and no room, or room and no size",
            prevents: "two keys of which each promises what the other forbids",
            help: "set both to 0, or neither",
            keys: Regime.allCases.flatMap { [multiplier($0), positions($0)] },
            fails: "regime: {bear: {max_positions: 0}}",
            passes: "regime: {bear: {max_positions: 0, position_size_multiplier: 0}}"
        ) { context in
            Regime.allCases.flatMap { regime in
                let sized = context.fraction(multiplier(regime)) > .zero
                guard sized != (context.integer(positions(regime)) > 0) else { return [Finding]() }
                return context.finding(
                    "\(regime.rawValue) contradicts itself",
                    (positions(regime), "\(context.text(positions(regime))) positions"),
                    (multiplier(regime), "times \(context.text(multiplier(regime)))")
                )
            }
        },
        ConfigCheck(
            "V0178",
            .warning,
            "a regime allows more positions than there may be",
            prevents: "reading a limit as one that it is not",
            help: "keep it at or below `risk.max_open_positions`",
            keys: Regime.allCases.map(positions) + ["policy:risk.max_open_positions"],
            fails: "regime: {bull: {max_positions: 9}}",
            passes: "regime: {bull: {max_positions: 4}}"
        ) { context in
            let most = context.integer("policy:risk.max_open_positions")
            return Regime.allCases.filter {
                context.isStated(positions($0)) && context.integer(positions($0)) > most
            }.flatMap {
                context.finding(
                    "\($0.rawValue) allows more positions than there may be",
                    (positions($0), context.text(positions($0))),
                    ("policy:risk.max_open_positions", "\(most)")
                )
            }
        },
    ]

    /// The largest entry of any tier, in raw dollars; a plain one knows no cap of a tier, no largest
    /// order, no rule's size, and every regime.
    private static func entryMax(_ context: CheckContext, isPlain: Bool) throws -> Int128? {
        let policy = context.policy
        let regimes = isPlain || policy.strategy.judgesRegime ? Regime.allCases : [.chop]
        let factors = regimes.filter { isPlain || context.integer(positions($0)) > 0 }
            .compactMap { policy.strategy.regimeMultipliers[$0] }
        let rules = policy.strategy.rules.values.map(\.sizeMultiplier)
        let factor = try (factors.max() ?? .zero) * (isPlain ? .one : rules.max() ?? .zero)
        return try Tier.allCases.filter { policy.universe.tiers[$0]?.products.isEmpty == false }
            .map { tier -> Int128 in
                let base = try (policy.strategy.basePosition[tier] ?? .zero) * factor
                let cap = isPlain ? Rate.one : policy.risk.tierPositionMax[tier] ?? .one
                let size = min(base, min(cap, policy.risk.positionMax))
                let worth = try context.initialCash.times(size, .down).raw
                return isPlain ? worth : min(worth, policy.risk.orderMax?.raw ?? worth)
            }.max()
    }

    private static let deadZones: [ConfigCheck] = [
        ConfigCheck(
            "V0179",
            .error,
            "the smallest trade is above the largest order",
            prevents: "an engine for which no order is ever right",
            help: "raise `position_sizing.max_order_usd`, or lower `risk.min_trade_notional_usd`",
            keys: [least, largest],
            fails: "position_sizing: {max_order_usd: 10}\nrisk: {min_trade_notional_usd: 15}",
            passes: "position_sizing: {max_order_usd: 50}\nrisk: {min_trade_notional_usd: 15}"
        ) { context in
            guard context.dollars(least).raw > context.dollars(largest).raw else { return [] }
            return context.finding(
                "no order is large enough and small enough at once",
                (least, "at least \(context.dollars(least))"),
                (largest, "at most \(context.dollars(largest))")
            )
        },
        ConfigCheck(
            "V0180",
            .errorInLive,
            "a tier's usual size is below the smallest trade",
            prevents: "the predecessor's 190 orders refused as below the minimum",
            help: "raise the size or the capital, or lower the smallest trade",
            keys: Tier.allCases.map {
                "policy:position_sizing.base_position_pct.tier\($0.rawValue)"
            }
                + [least, cash, multiplier(.chop)],
            file: "app",
            fails: "paper: {initial_cash_usd: 600}",
            passes: "paper: {initial_cash_usd: 2000}"
        ) { context in
            try Tier.allCases.flatMap { tier -> [Finding] in
                let size = "policy:position_sizing.base_position_pct.tier\(tier.rawValue)"
                let factor = context.fraction(multiplier(.chop))
                guard context.policy.universe.tiers[tier]?.products.isEmpty == false,
                    factor > .zero
                else { return [] }
                let usual = try context.dollars(cash)
                    .times(context.percent(size) * factor, .down)
                let least = context.policy.risk.notionalMin
                // Where not even the largest position is large enough another check says so.
                guard usual.raw < least.raw,
                    try context.initialCash.times(context.policy.risk.positionMax, .down).raw
                        >= least.raw
                else { return [] }
                return context.finding(
                    "in a sideways market tier \(tier.rawValue) is entered with \(usual)",
                    (cash, "of this much"),
                    (size, context.percent(size).percent),
                    ("policy:risk.min_trade_notional_usd", "at least \(least)")
                )
            }
        },
        ConfigCheck(
            "V0201",
            .error,
            "no entry is ever large enough",
            prevents: "two thousand cycles without an order, each refused by another key",
            help: "look at the tier's cap, the largest order, the rules' sizes and the regimes",
            keys: Tier.allCases.map { "policy:position_sizing.max_position_pct.tier\($0.rawValue)" }
                + [largest, "policy:risk.min_position_size_pct", "policy:regime.enabled", cash]
                + TriggerKind.allCases.map { rule($0, "size_multiplier") },
            fails: "position_sizing: {max_order_usd: 30}",
            passes: "position_sizing: {max_order_usd: 60}"
        ) { context in
            let policy = context.policy
            let floor = max(
                try context.initialCash.times(policy.risk.positionMin, .up).raw,
                policy.risk.notionalMin.raw
            )
            let plain = try entryMax(context, isPlain: true)
            // Where size, cap and regime alone leave nothing another check says so.
            guard let most = try entryMax(context, isPlain: false), let plain, plain >= floor,
                most < floor, let cut = policy.risk.orderMax, cut.raw >= policy.risk.notionalMin.raw
            else { return [] }
            let blamed = [
                largest, "policy:position_sizing.max_position_pct.tier1",
                "policy:position_sizing.max_position_pct.tier2",
                "policy:position_sizing.max_position_pct.tier3", "policy:regime.enabled",
            ].filter { context.isStated($0) }
            let rules = TriggerKind.allCases.map { rule($0, "size_multiplier") }.filter(
                context.isStated
            )
            return [
                Finding(
                    summary: "an entry is worth \(Money(raw: most, currency: .usd)) at most",
                    keys: (blamed + rules).map { (name: $0, label: context.text($0)) }
                        + [
                            (
                                name: "policy:risk.min_position_size_pct",
                                label: "at least \(Money(raw: floor, currency: .usd))"
                            )
                        ]
                )
            ]
        },
        ConfigCheck(
            "V0181",
            .errorInLive,
            "no order fits on a rung of the capital ramp",
            prevents: "a clean period without a single trade, taken for evidence",
            help: "begin the ramp higher, or lower the smallest trade",
            keys: [
                "app:live.capital_ramp_usd", "policy:risk.max_position_size_pct", least,
                "policy:position_sizing.min_order_usd",
            ],
            file: "app",
            fails: "live: {capital_ramp_usd: [100, 10000]}",
            passes: "live: {capital_ramp_usd: [10000, 20000]}"
        ) { context in
            let cap = context.percent("policy:risk.max_position_size_pct")
            return try context.list("app:live.capital_ramp_usd").flatMap { rung -> [Finding] in
                let capital = Money(raw: ValueText.decimal(rung) ?? 0, currency: .usd)
                guard try capital.times(cap, .down).raw < context.policy.risk.notionalMin.raw else {
                    return []
                }
                return context.finding(
                    "with \(capital) a position may be \(try capital.times(cap, .down)) at most",
                    ("app:live.capital_ramp_usd", "this rung"),
                    (least, "an order at least \(context.policy.risk.notionalMin)")
                )
            }
        },
        ConfigCheck(
            "V0182",
            .warning,
            "paper begins with other capital than the first rung",
            prevents: "a rehearsal that proves nothing about the capital it is to lead to",
            help: "set `paper.initial_cash_usd` to the first rung of `live.capital_ramp_usd`",
            keys: ["app:live.capital_ramp_usd", cash, "policy:risk.max_position_size_pct", least],
            file: "app",
            fails: "live: {capital_ramp_usd: [5000, 20000]}",
            passes: "live: {capital_ramp_usd: [5000, 20000]}\npaper: {initial_cash_usd: 5000}"
        ) { context in
            guard
                let first = context.list("app:live.capital_ramp_usd").first.flatMap(
                    ValueText.decimal
                ),
                first != context.dollars(cash).raw,
                try Money(raw: first, currency: .usd).times(context.policy.risk.positionMax, .down)
                    .raw >= context.policy.risk.notionalMin.raw
            else { return [] }
            return context.finding(
                "the rehearsal and the first rung differ in capital",
                (cash, "rehearsed"),
                ("app:live.capital_ramp_usd", "the first rung")
            )
        },
        ConfigCheck(
            "V0183",
            .warning,
            "a product belongs to two themes",
            prevents: "a cap that counts a product in one theme and forgets it in the other",
            help: "keep it in one",
            keys: ["universe:clusters.definitions.*"],
            file: "universe",
            fails: "clusters: {definitions: {LAYER1: [SOL-USD], MEME: [SOL-USD]}}",
            passes: "clusters: {definitions: {LAYER1: [SOL-USD], MEME: [DOGE-USD]}}"
        ) { context in
            var homes: [String: String] = [:]
            return context.words("universe:clusters.definitions.*").flatMap { name in
                context.list("universe:clusters.definitions.\(name)").flatMap { product in
                    guard let first = homes[product] else {
                        homes[product] = name
                        return [Finding]()
                    }
                    return context.finding(
                        "`\(product)` belongs to two themes",
                        ("universe:clusters.definitions.\(name)", "here"),
                        ("universe:clusters.definitions.\(first)", "and here")
                    )
                }
            }
        },
    ]

    private static let cost: [ConfigCheck] = [
        ConfigCheck(
            "V0184",
            .warning,
            "a stop is within spread and fees",
            prevents: "positions whose stop costs more than the move it stops",
            help: "widen the stop beyond the spread and the fees of both sides",
            keys: ["policy:execution.maker_fee_bps", "policy:execution.taker_fee_bps"]
                + tierKeys("constraints.max_spread_bps")
                + TriggerKind.allCases.map { rule($0, "stop_loss_pct") },
            fails: "risk: {stop_loss_pct: 1.9}",
            passes: "risk: {stop_loss_pct: 2.5}"
        ) { context in
            let fees = try context.policy.execution.fees.maker + context.policy.execution.fees.taker
            let tiers = context.policy.universe.tiers.filter { !$0.value.products.isEmpty }
            let spread = tiers.values.map(\.spreadMaxBPS).max() ?? 0
            return distinct("stop_loss_pct", context).flatMap { kind -> [Finding] in
                guard let exits = context.policy.strategy.rules[kind]?.exits,
                    exits.stopLoss.indicator * 10_000 <= spread + fees.indicator * 10_000,
                    // A stop within the spread alone, and a goal within the fees, are said elsewhere.
                    exits.stopLoss.indicator * 10_000 > spread, exits.takeProfit > fees
                else { return [] }
                return context.finding(
                    "the stop of `\(kind.rawValue)` is within fees of \(fees.percent) and \(spread) "
                        + "basis points",
                    (rule(kind, "stop_loss_pct"), exits.stopLoss.percent),
                    ("policy:execution.taker_fee_bps", "to get out")
                )
            }
        },
        ConfigCheck(
            "V0185",
            .warning,
            "paper pays lower fees than the worst public tier",
            prevents: "a rehearsal whose profit the fees eat as soon as it is live",
            help: "60 and 120 basis points are what a new account pays",
            keys: ["policy:execution.maker_fee_bps", "policy:execution.taker_fee_bps"],
            fails: "execution: {maker_fee_bps: 40, taker_fee_bps: 60}",
            passes: "execution: {maker_fee_bps: 60, taker_fee_bps: 125}"
        ) { context in
            let (maker, taker) = (
                context.integer("policy:execution.maker_fee_bps"),
                context.integer("policy:execution.taker_fee_bps")
            )
            // LIVE reads the account's own tier.
            guard context.mode != .live, maker < 60 || taker < 120, taker >= maker else {
                return []
            }
            return context.finding(
                "the fees that are assumed are below the worst public tier",
                ("policy:execution.maker_fee_bps", "60 there"),
                ("policy:execution.taker_fee_bps", "120 there")
            )
        },
        ConfigCheck(
            "V0186",
            .warning,
            "a tier accepts more spread than all may have",
            prevents: "a tier's demand that never binds",
            help: "lower the tier's, or raise `liquidity.max_spread_bps`",
            keys: tierKeys("constraints.max_spread_bps") + ["universe:liquidity.max_spread_bps"],
            file: "universe",
            fails: "liquidity: {max_spread_bps: 40}",
            passes: "liquidity: {max_spread_bps: 80}"
        ) { context in
            tierKeys("constraints.max_spread_bps").filter {
                context.number($0) > context.number("universe:liquidity.max_spread_bps")
            }.flatMap {
                context.finding(
                    "a tier accepts \(context.text($0)) basis points",
                    ("universe:liquidity.max_spread_bps", "all"),
                    ($0, "the tier")
                )
            }
        },
    ]

    private static let pacing: [ConfigCheck] = [
        ConfigCheck(
            "V0187",
            .warning,
            "one stop may cost more than a day may lose",
            prevents: "a daily stop that trips at the first losing trade",
            help: "lower `position_sizing.risk_per_trade_pct`",
            keys: ["policy:position_sizing.risk_per_trade_pct", "policy:risk.daily_stop_pnl_pct"],
            fails: "position_sizing: {risk_per_trade_pct: 4}",
            passes: "position_sizing: {risk_per_trade_pct: 2}"
        ) { context in
            let (trade, day) = (context.policy.strategy.riskPerTrade, context.policy.risk.dailyStop)
            guard trade >= day else { return [] }
            return context.finding(
                "one stop may cost more than a day may lose",
                ("policy:position_sizing.risk_per_trade_pct", trade.percent),
                ("policy:risk.daily_stop_pnl_pct", day.percent)
            )
        },
        ConfigCheck(
            "V0188",
            .warning,
            "the spacing of entries makes the hourly count unreachable",
            prevents: "a limit that is looked at and never met",
            help: "shorten `risk.min_seconds_between_trades`, or lower the count",
            keys: [spacing, "policy:risk.max_new_trades_per_hour"],
            fails: "risk: {min_seconds_between_trades: 900, max_new_trades_per_hour: 5}",
            passes: "risk: {min_seconds_between_trades: 700, max_new_trades_per_hour: 5}"
        ) { context in
            let count = context.integer("policy:risk.max_new_trades_per_hour")
            let seconds = context.integer(spacing) * (count - 1)
            guard seconds >= 3_600 else { return [] }
            return context.finding(
                "\(count) entries take \(seconds) s",
                (spacing, "from one to the next"),
                ("policy:risk.max_new_trades_per_hour", "\(count) in 3600 s")
            )
        },
        ConfigCheck(
            "V0189",
            .warning,
            "a loss streak is longer than a day's trades",
            prevents: "a breaker that cannot trip on the day it is needed",
            help: "lower `risk.cooldown_after_loss_trades`",
            keys: ["policy:risk.cooldown_after_loss_trades", "policy:risk.max_trades_per_day"],
            fails: "risk: {cooldown_after_loss_trades: 20}",
            passes: "risk: {cooldown_after_loss_trades: 5}"
        ) { context in
            let risk = context.policy.risk
            guard risk.lossStreakMax > risk.tradesPerDayMax else { return [] }
            return context.finding(
                "a loss streak is longer than a day's trades",
                ("policy:risk.cooldown_after_loss_trades", "\(risk.lossStreakMax) losses"),
                ("policy:risk.max_trades_per_day", "\(risk.tradesPerDayMax) a day")
            )
        },
        ConfigCheck(
            "V0190",
            .warning,
            "candles are too old before the next one ends",
            prevents: "triggers that come and go with the second a cycle begins in",
            help: "a candle lasts 60 seconds; allow at least as much",
            keys: ["policy:data.max_age_s"],
            fails: "data: {max_age_s: 30}",
            passes: "data: {max_age_s: 60}"
        ) { context in
            guard context.integer("policy:data.max_age_s") < 60 else { return [] }
            return context.finding(
                "most of the time no candle is young enough",
                ("policy:data.max_age_s", "a candle lasts 60 s")
            )
        },
        ConfigCheck(
            "V0191",
            .warning,
            "a strategy may hold less than one position, or more than all",
            prevents: "a budget that forbids every entry, or none",
            help: "keep it between `risk.max_position_size_pct` and `risk.max_total_at_risk_pct`",
            keys: [
                "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct",
                "policy:risk.max_position_size_pct", "policy:risk.max_total_at_risk_pct",
            ],
            file: "strategies",
            fails: "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 2}}}",
            passes: "strategies: {rules_engine: {risk_budgets: {max_at_risk_pct: 15}}}"
        ) { context in
            let key = "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct"
            let budget = context.percent(key)
            let risk = context.policy.risk
            guard context.isStated(key), budget < risk.positionMax || budget > risk.totalAtRiskMax
            else { return [] }
            return context.finding(
                "the strategy's budget is \(budget.percent)",
                (key, "all its positions"),
                ("policy:risk.max_position_size_pct", "one: \(risk.positionMax.percent)"),
                ("policy:risk.max_total_at_risk_pct", "all: \(risk.totalAtRiskMax.percent)")
            )
        },
    ]
}
