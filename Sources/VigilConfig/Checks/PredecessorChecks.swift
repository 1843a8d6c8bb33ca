internal import VigilCore
internal import VigilModel

private let adds = "policy:risk.max_adds_per_asset_per_day"
private let riskAdding = "policy:risk.allow_pyramiding"
private let sizeAdding = "policy:position_sizing.allow_pyramiding"
private let pyramids = "policy:position_sizing.max_pyramid_positions"
private let stop = "policy:risk.stop_loss_pct"
private let goal = "policy:risk.take_profit_pct"
private let totalOld = "policy:risk.max_exposure_pct"
private let caches = ["universe:cache_ttl_seconds", "universe:universe.cache_ttl_seconds"]

extension ConfigCheck {
    /// The predecessor's 17 sanity checks, of which three could never run and seven guarded keys that
    /// nothing read: V0101 to V0117 in its order, each on the value that the engine uses.
    static let predecessor: [ConfigCheck] = pyramiding + protection + orders + renamed

    private static let pyramiding: [ConfigCheck] = [
        ConfigCheck(
            "V0101",
            .error,
            "adding is allowed, and no addition is",
            prevents: "an operator who waits for a position to be averaged, in vain",
            help: "set `risk.allow_pyramiding` to `false`, or allow at least one addition",
            keys: [riskAdding, adds],
            fails: "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 0}",
            passes: "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 1}"
        ) { context in
            guard context.flag(riskAdding), context.integer(adds) == 0 else { return [] }
            return context.finding(
                "pyramiding is allowed, and no addition is",
                (riskAdding, "allowed"),
                (adds, "none a day")
            )
        },
        ConfigCheck(
            "V0102",
            .error,
            "pyramiding is allowed for sizing but forbidden by risk",
            prevents: "the contradiction the predecessor found on the eve of its rehearsal",
            help: "set both to `false` (the conservative profile) or both to `true`",
            keys: [sizeAdding, riskAdding],
            fails: "position_sizing: {allow_pyramiding: true}",
            passes: "position_sizing: {allow_pyramiding: true}\nrisk: {allow_pyramiding: true}"
        ) { context in
            guard context.flag(sizeAdding), !context.flag(riskAdding) else { return [] }
            return context.finding(
                "pyramiding is allowed for sizing but forbidden by risk",
                (sizeAdding, "position sizing would add to positions"),
                (riskAdding, "risk refuses every add")
            )
        },
        ConfigCheck(
            "V0103",
            .error,
            "positions may be added to that sizing does not add to",
            prevents: "a count that looks like a permission and is none",
            help: "set `position_sizing.max_pyramid_positions` to 0, or allow pyramiding",
            keys: [pyramids, sizeAdding],
            fails: "position_sizing: {max_pyramid_positions: 2}",
            passes: "position_sizing: {max_pyramid_positions: 2, allow_pyramiding: true}\n"
                + "risk: {allow_pyramiding: true}"
        ) { context in
            guard context.integer(pyramids) > 0, !context.flag(sizeAdding) else { return [] }
            return context.finding(
                "\(context.integer(pyramids)) positions may be added to, and none is",
                (pyramids, "positions"),
                (sizeAdding, "sizing adds to none")
            )
        },
    ]

    private static let protection: [ConfigCheck] = [
        ConfigCheck(
            "V0104",
            .error,
            "the common stop is not tighter than the common goal",
            prevents: "every trade risking more than it can win",
            help: "let `risk.take_profit_pct` exceed `risk.stop_loss_pct`",
            keys: [stop, goal],
            fails: "risk: {stop_loss_pct: 12, take_profit_pct: 10}",
            passes: "risk: {stop_loss_pct: 10, take_profit_pct: 12}"
        ) { context in
            let (loss, win) = (context.percent(stop), context.percent(goal))
            guard win > .zero, loss >= win else { return [] }
            return context.finding(
                "the stop is not tighter than the profit goal",
                (stop, "loses \(loss.percent)"),
                (goal, "wins \(win.percent)")
            )
        },
        ConfigCheck(
            "V0105",
            .error,
            "a stop or a goal is written as a negative number",
            prevents: "hummingbot#1226: a sign that turned a limit into its opposite",
            help: "write the magnitude: 10 for a stop at -10 %",
            keys: [stop, goal],
            fails: "risk: {stop_loss_pct: -10}",
            passes: "risk: {stop_loss_pct: 5}"
        ) { context in
            [stop, goal].filter { context.percent($0) < .zero }.flatMap { key in
                context.finding(
                    "`\(ConfigResolver.path(key))` is negative",
                    (key, "\(context.percent(key).percent)")
                )
            }
        },
        ConfigCheck(
            "V0117",
            .error,
            "data may be older than five minutes",
            prevents: "deciding on a market that has moved away long ago",
            help: "120 seconds are two candles; keep it below 300",
            keys: ["policy:data.max_age_s"],
            fails: "data: {max_age_s: 301}",
            passes: "data: {max_age_s: 300}"
        ) { context in
            guard context.integer("policy:data.max_age_s") > 300 else { return [] }
            return context.finding(
                "data may be \(context.integer("policy:data.max_age_s")) seconds old",
                ("policy:data.max_age_s", "more than five minutes")
            )
        },
    ]

    private static let orders: [ConfigCheck] = [
        ConfigCheck(
            "V0109",
            .error,
            "execution's smallest order is above risk's",
            prevents: "orders that Risk grants and Execution drops",
            help: "lower `execution.min_notional_usd` to `risk.min_trade_notional_usd` or below",
            keys: ["policy:execution.min_notional_usd", "policy:risk.min_trade_notional_usd"],
            fails: "execution: {min_notional_usd: 15}",
            passes: "execution: {min_notional_usd: 5}"
        ) { context in
            let own = context.dollars("policy:execution.min_notional_usd")
            let risk = context.dollars("policy:risk.min_trade_notional_usd")
            guard own.raw > risk.raw else { return [] }
            return context.finding(
                "execution leaves alone what Risk grants",
                ("policy:execution.min_notional_usd", "at least \(own)"),
                ("policy:risk.min_trade_notional_usd", "at least \(risk)")
            )
        },
        ConfigCheck(
            "V0110",
            .error,
            "the smallest order is above the largest",
            prevents: "an engine for which no order is ever right",
            help: "let `position_sizing.max_order_usd` be the larger one",
            keys: ["policy:position_sizing.min_order_usd", "policy:position_sizing.max_order_usd"],
            fails: "position_sizing: {min_order_usd: 120, max_order_usd: 110}",
            passes: "position_sizing: {min_order_usd: 20, max_order_usd: 100}"
        ) { context in
            let least = context.dollars("policy:position_sizing.min_order_usd")
            let most = context.dollars("policy:position_sizing.max_order_usd")
            guard least.raw > most.raw else { return [] }
            return context.finding(
                "no order is large enough and small enough at once",
                ("policy:position_sizing.min_order_usd", "at least \(least)"),
                ("policy:position_sizing.max_order_usd", "at most \(most)")
            )
        },
        ConfigCheck(
            "V0111",
            .error,
            "a spread of more than ten percent is accepted",
            prevents: "buying at a price that no one would pay back",
            help: "100 basis points are already wide",
            keys: ["universe:liquidity.max_spread_bps"],
            file: "universe",
            fails: "liquidity: {max_spread_bps: 1001}",
            passes: "liquidity: {max_spread_bps: 80}"
        ) { context in
            let spread = context.number("universe:liquidity.max_spread_bps")
            guard spread > 1_000 else { return [] }
            return context.finding(
                "a spread of \(spread) basis points is accepted",
                ("universe:liquidity.max_spread_bps", "more than 10 %")
            )
        },
        ConfigCheck(
            "V0112",
            .error,
            "an entry may slip by more than five percent",
            prevents: "a thin book that eats a month of profit in one order",
            help: "lower `execution.max_slippage_bps`; 100 is the standard",
            keys: ["policy:execution.max_slippage_bps"],
            fails: "execution: {max_slippage_bps: 501}",
            passes: "execution: {max_slippage_bps: 50}"
        ) { context in
            let slippage = context.integer("policy:execution.max_slippage_bps")
            guard slippage > 500 else { return [] }
            return context.finding(
                "an entry may take \(slippage) basis points above its price",
                ("policy:execution.max_slippage_bps", "more than 5 %")
            )
        },
    ]

    private static let renamed: [ConfigCheck] = [
        ConfigCheck(
            "V0113",
            .error,
            "the old name of the total at risk is used",
            prevents: "a cap under a name that nothing reads",
            help: "call it `risk.max_total_at_risk_pct`",
            keys: ["policy:risk.max_total_at_risk_pct"],
            fails: "risk: {max_exposure_pct: 25}",
            passes: "risk: {max_total_at_risk_pct: 25}"
        ) { context in
            guard context.retired[totalOld] != nil else { return [] }
            return context.finding("`risk.max_exposure_pct` is read by nothing", (totalOld, ""))
        },
        ConfigCheck(
            "V0114",
            .error,
            "the old name of the universe's lifetime is used",
            prevents: "a setting that the predecessor looked for in the wrong section",
            help: "remove it: eligibility is judged anew in each cycle",
            keys: ["universe:universe.grace_readings"],
            file: "universe",
            fails: "universe: {cache_ttl_seconds: 300}",
            passes: "universe: {grace_readings: 3}"
        ) { context in
            caches.filter { context.retired[$0] != nil }.flatMap {
                context.finding("`cache_ttl_seconds` is read by nothing", ($0, ""))
            }
        },
        ConfigCheck(
            "V0116",
            .error,
            "the section of circuit breakers is missing",
            prevents: "an engine whose owner believes in breakers that are not there",
            help: "state at least `circuit_breakers.min_eligible_assets`",
            keys: ["policy:circuit_breakers.min_eligible_assets"],
            fails: "loop: {}",
            passes: "circuit_breakers: {min_eligible_assets: 2}"
        ) { context in
            guard !context.hasBreakers else { return [] }
            return context.finding(
                "`policy.yaml` has no `circuit_breakers`",
                ("policy:circuit_breakers.min_eligible_assets", "not stated")
            )
        },
    ]
}
