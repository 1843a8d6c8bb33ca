internal import VigilCore
internal import VigilModel

private let adds = Keys.risk.pyramiding.perDayMax
private let riskAdding = Keys.risk.pyramiding.isAllowed
private let sizeAdding = Keys.sizing.allowsPyramiding
private let pyramids = Keys.sizing.pyramidPositionsMax
private let stop = Keys.risk.stopLoss
private let goal = Keys.risk.takeProfit
private let totalOld = OldName(name: "policy:risk.max_exposure_pct")
private let caches = ["universe:cache_ttl_seconds", "universe:universe.cache_ttl_seconds"]
    .map(OldName.init)

/// A name of the predecessor's that no key has any more.
private struct OldName: KeyName {
    let name: String
}

extension ConfigCheck {
    /// The predecessor's 17 sanity checks, of which three could never run and seven guarded keys that
    /// nothing read: V0101 to V0117 in its order, each on the value that the engine uses.
    static let predecessor: [ConfigCheck] = pyramiding + protection + orders + renamed

    private static let pyramiding: [ConfigCheck] = [
        ConfigCheck(
            "V0101",
            .error,
            "pyramiding is on, but zero additions are allowed",
            prevents: "waiting for additions to a position that never come",
            help: "set `risk.allow_pyramiding` to `false`, or allow at least one addition",
            keys: [riskAdding, adds],
            fails: "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 0}",
            passes: "risk: {allow_pyramiding: true, max_adds_per_asset_per_day: 1}\n"
                + "position_sizing: {allow_pyramiding: true, max_pyramid_positions: 1}"
        ) { context in
            guard context[riskAdding], context[adds] == 0 else { return [] }
            return context.finding(
                "pyramiding is on, but zero additions a day are allowed",
                (riskAdding, "allowed"),
                (adds, "none a day")
            )
        },
        ConfigCheck(
            "V0102",
            .error,
            "some switches allow additions to a position, and another one forbids them",
            prevents: "the contradiction the predecessor found on the eve of its rehearsal",
            help: "to add to positions set both `allow_pyramiding` to `true` and "
                + "`position_sizing.max_pyramid_positions` to 1 or more; not to, set both to `false`",
            keys: [sizeAdding, riskAdding, pyramids],
            fails: "position_sizing: {allow_pyramiding: true}",
            passes: "position_sizing: {allow_pyramiding: true, max_pyramid_positions: 1}\n"
                + "risk: {allow_pyramiding: true}"
        ) { context in
            // What a limit alone contradicts, V0101 and V0103 say.
            let isWanted = context[sizeAdding] || context[riskAdding]
            let canBe = context[sizeAdding] && context[riskAdding] && context[pyramids] > 0
            let isSaid =
                context[riskAdding] && context[adds] == 0
                || context[pyramids] > 0 && !context[sizeAdding]
            guard isWanted, !canBe, !isSaid else { return [] }
            return context.finding(
                "no position can ever be added to",
                (sizeAdding, context[sizeAdding] ? "sizing would add" : "sizing adds to none"),
                (
                    riskAdding,
                    context[riskAdding] ? "Risk would allow it" : "Risk refuses every addition"
                ),
                (pyramids, "\(context[pyramids]) positions may be added to")
            )
        },
        ConfigCheck(
            "V0103",
            .error,
            "a limit on pyramiding is set, but sizing never adds to a position",
            prevents: "a limit that looks like permission and is not",
            help: "set `position_sizing.max_pyramid_positions` to 0, or allow pyramiding",
            keys: [pyramids, sizeAdding],
            fails: "position_sizing: {max_pyramid_positions: 2}",
            passes: "position_sizing: {max_pyramid_positions: 2, allow_pyramiding: true}\n"
                + "risk: {allow_pyramiding: true}"
        ) { context in
            guard context[pyramids] > 0, !context[sizeAdding] else { return [] }
            return context.finding(
                "\(context[pyramids]) positions may be added to, but sizing never adds to one",
                (pyramids, "positions"),
                (sizeAdding, "sizing adds to none")
            )
        },
    ]

    private static let protection: [ConfigCheck] = [
        ConfigCheck(
            "V0104",
            .error,
            "the default stop-loss is not tighter than the default take-profit",
            prevents: "every trade risking more than it can win",
            help: "let `risk.take_profit_pct` exceed `risk.stop_loss_pct`",
            keys: [stop, goal],
            fails: "risk: {stop_loss_pct: 12, take_profit_pct: 10}",
            passes: "risk: {stop_loss_pct: 10, take_profit_pct: 12}"
        ) { context in
            let (loss, win) = (context[stop], context[goal])
            guard win > .zero, loss >= win else { return [] }
            return context.finding(
                "the default stop-loss is not tighter than the default take-profit",
                (stop, "loses \(loss.percent)"),
                (goal, "wins \(win.percent)")
            )
        },
        ConfigCheck(
            "V0105",
            .error,
            "a stop-loss or take-profit is written as a negative number",
            prevents: "hummingbot#1226: a sign that turned a limit into its opposite",
            help: "write the magnitude: 10 for a stop at -10 %",
            keys: [stop, goal],
            fails: "risk: {stop_loss_pct: -10}",
            passes: "risk: {stop_loss_pct: 5}"
        ) { context in
            [stop, goal].filter { context[$0] < .zero }.flatMap { key in
                context.finding(
                    "`\(ConfigResolver.path(key.name))` is negative",
                    (key, "\(context[key].percent)")
                )
            }
        },
        ConfigCheck(
            "V0117",
            .error,
            "data may be older than five minutes",
            prevents: "deciding on a market that moved away long ago",
            help: "120 seconds are two candles; keep it below 300",
            keys: [Keys.execution.dataAgeMax],
            fails: "data: {max_age_s: 301}",
            passes: "data: {max_age_s: 300}"
        ) { context in
            guard context[Keys.execution.dataAgeMax] > .seconds(300) else { return [] }
            return context.finding(
                "data may be \(context.text(Keys.execution.dataAgeMax)) seconds old",
                (Keys.execution.dataAgeMax, "more than five minutes")
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
            keys: [Keys.execution.notionalMin, Keys.risk.notionalMin],
            fails: "execution: {min_notional_usd: 15}",
            passes: "execution: {min_notional_usd: 5}"
        ) { context in
            let own = context[Keys.execution.notionalMin]
            let risk = context[Keys.risk.notionalMin]
            guard own.raw > risk.raw else { return [] }
            return context.finding(
                "execution leaves alone what Risk grants",
                (Keys.execution.notionalMin, "at least \(own)"),
                (Keys.risk.notionalMin, "at least \(risk)")
            )
        },
        ConfigCheck(
            "V0110",
            .error,
            "the smallest order is above the largest",
            prevents: "an engine that can never place an order",
            help: "let `position_sizing.max_order_usd` be the larger one",
            keys: [Keys.sizing.orderMin, Keys.sizing.orderMax],
            fails: "position_sizing: {min_order_usd: 120, max_order_usd: 110}",
            passes: "position_sizing: {min_order_usd: 20, max_order_usd: 100}"
        ) { context in
            let least = context[Keys.sizing.orderMin]
            let most = context[Keys.sizing.orderMax]
            guard least.raw > most.raw else { return [] }
            return context.finding(
                "no order can be both large enough and small enough",
                (Keys.sizing.orderMin, "at least \(least)"),
                (Keys.sizing.orderMax, "at most \(most)")
            )
        },
        ConfigCheck(
            "V0111",
            .error,
            "a spread of more than ten percent is accepted",
            prevents: "buying at a price that no one would pay back",
            help: "100 basis points are already wide",
            keys: [Keys.universe.spreadMax],
            file: "universe",
            fails: "liquidity: {max_spread_bps: 1001}",
            passes: "liquidity: {max_spread_bps: 80}"
        ) { context in
            let spread = context[Keys.universe.spreadMax]
            guard spread > 1_000 else { return [] }
            return context.finding(
                "a spread of \(spread) basis points is accepted",
                (Keys.universe.spreadMax, "more than 10 %")
            )
        },
        ConfigCheck(
            "V0112",
            .error,
            "an entry may slip by more than five percent",
            prevents: "a thin book that eats a month of profit in one order",
            help: "lower `execution.max_slippage_bps`; 100 is the standard",
            keys: [Keys.execution.slippageMax],
            fails: "execution: {max_slippage_bps: 501}",
            passes: "execution: {max_slippage_bps: 50}"
        ) { context in
            let slippage = context[Keys.execution.slippageMax]
            guard slippage > Rate(basisPoints: 500) else { return [] }
            return context.finding(
                "an entry may take \(context.text(Keys.execution.slippageMax)) basis points above its price",
                (Keys.execution.slippageMax, "more than 5 %")
            )
        },
    ]

    private static let renamed: [ConfigCheck] = [
        ConfigCheck(
            "V0113",
            .error,
            "the predecessor's name for the total at risk is used",
            prevents: "a cap under a name that is not read",
            help: "call it `risk.max_total_at_risk_pct`",
            keys: [Keys.risk.totalAtRiskMax],
            fails: "risk: {max_exposure_pct: 25}",
            passes: "risk: {max_total_at_risk_pct: 25}"
        ) { context in
            guard context.retired[totalOld.name] != nil else { return [] }
            return context.finding("`risk.max_exposure_pct` is not read by Vigil", (totalOld, ""))
        },
        ConfigCheck(
            "V0114",
            .error,
            "the predecessor's cache lifetime for the universe is set",
            prevents: "a setting that the predecessor looked for in the wrong section",
            help: "remove it: eligibility is judged anew in each cycle",
            keys: [Keys.universe.graceReadings],
            file: "universe",
            fails: "universe: {cache_ttl_seconds: 300}",
            passes: "universe: {grace_readings: 3}"
        ) { context in
            caches.filter { context.retired[$0.name] != nil }.flatMap {
                context.finding("`cache_ttl_seconds` is not read by Vigil", ($0, ""))
            }
        },
        ConfigCheck(
            "V0116",
            .error,
            "the `circuit_breakers` section is missing",
            prevents: "an owner who relies on circuit breakers that are not set",
            help: "state at least `circuit_breakers.min_eligible_assets`",
            keys: [Keys.breakers.eligibleMin],
            fails: "loop: {}",
            passes: "circuit_breakers: {min_eligible_assets: 2}"
        ) { context in
            guard !context.hasBreakers else { return [] }
            return context.finding(
                "`policy.yaml` has no `circuit_breakers`",
                (Keys.breakers.eligibleMin, "not stated")
            )
        },
    ]
}
