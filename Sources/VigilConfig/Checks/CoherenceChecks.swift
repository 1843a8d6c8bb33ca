internal import VigilCore
internal import VigilModel

private func multiplier(_ regime: Regime) -> Key<Rate> {
    Keys.regime[regime].multiplier
}

private func positions(_ regime: Regime) -> Key<Int> {
    Keys.regime[regime].positionsMax
}

private let least = Keys.risk.notionalMin
private let cash = Keys.app.initialCash
private let largest = Keys.sizing.orderMax

extension ConfigCheck {
    /// Numbers that are each right and not together.
    static let coherence: [ConfigCheck] = weather + deadZones + costsTogether + pacesTogether

    private static let weather: [ConfigCheck] = [
        ConfigCheck(
            "V0176",
            .warning,
            "a worse market gets larger positions than a better one",
            prevents:
                "multipliers that were swapped, so that the largest size is bought in a falling market",
            help: "let the multipliers fall from bull to chop to bear to crash",
            keys: Regime.allCases.map(multiplier),
            fails: "regime: {bear: {position_size_multiplier: 1.5}}",
            passes: "regime: {bear: {position_size_multiplier: 0.6}}"
        ) { context in
            zip(Regime.allCases, Regime.allCases.dropFirst()).flatMap { better, worse in
                guard context[multiplier(worse)] > context[multiplier(better)]
                else { return [Finding]() }
                return context.finding(
                    "\(worse.rawValue) gets larger positions than \(better.rawValue)",
                    (multiplier(worse), context.text(multiplier(worse))),
                    (multiplier(better), context.text(multiplier(better)))
                )
            }
        },
        ConfigCheck(
            "V0177",
            .warning,
            "a regime allows positions of size zero, or a size but no positions",
            prevents: "two keys, each allowing what the other forbids",
            help: "set both to 0, or neither",
            keys: Regime.allCases.map(multiplier) + Regime.allCases.map(positions),
            fails: "regime: {bear: {max_positions: 0}}",
            passes: "regime: {bear: {max_positions: 0, position_size_multiplier: 0}}"
        ) { context in
            Regime.allCases.flatMap { regime in
                let sized = context[multiplier(regime)] > .zero
                guard sized != (context[positions(regime)] > 0) else { return [Finding]() }
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
            "a regime allows more positions than may be open at all",
            prevents: "a limit that is not what it looks like",
            help: "keep it at or below `risk.max_open_positions`",
            keys: Regime.allCases.map(positions) + [Keys.risk.openPositionsMax],
            fails: "regime: {bull: {max_positions: 9}}",
            passes: "regime: {bull: {max_positions: 4}}"
        ) { context in
            let most = context[Keys.risk.openPositionsMax]
            return Regime.allCases.filter {
                context.isStated(positions($0)) && context[positions($0)] > most
            }.flatMap {
                context.finding(
                    "\($0.rawValue) allows more positions than may be open at all",
                    (positions($0), context.text(positions($0))),
                    (Keys.risk.openPositionsMax, "\(most)")
                )
            }
        },
    ]

    /// The largest entry of any tier, in raw dollars; a plain one knows no cap of a tier, no largest
    /// order, no rule's size, and every regime.
    private static func entryMax(_ context: CheckContext, isPlain: Bool) throws -> Int128? {
        let policy = context.policy
        let regimes = isPlain || policy.strategy.judgesRegime ? Regime.allCases : [.chop]
        let factors = regimes.filter { isPlain || context[positions($0)] > 0 }
            .compactMap { policy.strategy.regimeMultipliers[$0] }
        let rules = policy.rules.rules.values.map(\.sizeMultiplier)
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
            prevents: "an engine that can never place an order",
            help: "raise `position_sizing.max_order_usd`, or lower `risk.min_trade_notional_usd`",
            keys: [least, largest],
            fails: "position_sizing: {max_order_usd: 10}\nrisk: {min_trade_notional_usd: 15}",
            passes: "position_sizing: {max_order_usd: 50}\nrisk: {min_trade_notional_usd: 15}"
        ) { context in
            guard context[least].raw > context[largest].raw else { return [] }
            return context.finding(
                "no order can be both large enough and small enough",
                (least, "at least \(context[least])"),
                (largest, "at most \(context[largest])")
            )
        },
        ConfigCheck(
            "V0180",
            .errorInLive,
            "a tier's usual size is below the smallest trade",
            prevents: "the predecessor's 190 orders refused as below the minimum",
            help: "raise the size or the capital, or lower the smallest trade",
            keys: Tier.allCases.map { Keys.sizing.tier($0).base }
                + [least, cash, multiplier(.chop)],
            file: "app",
            fails: "paper: {initial_cash_usd: 600}",
            passes: "paper: {initial_cash_usd: 2000}"
        ) { context in
            try Tier.allCases.flatMap { tier -> [Finding] in
                let size = Keys.sizing.tier(tier).base
                let factor = context[multiplier(.chop)]
                guard context.policy.universe.tiers[tier]?.products.isEmpty == false,
                    factor > .zero
                else { return [] }
                let usual = try context[cash]
                    .times(context[size] * factor, .down)
                let least = context.policy.risk.notionalMin
                // Where not even the largest position is large enough another check says so.
                guard usual.raw < least.raw,
                    try context.initialCash.times(context.policy.risk.positionMax, .down).raw
                        >= least.raw
                else { return [] }
                return context.finding(
                    "in a sideways market tier \(tier.rawValue) is entered with \(usual)",
                    (cash, "of this much"),
                    (size, context[size].percent),
                    (Keys.risk.notionalMin, "at least \(least)")
                )
            }
        },
        ConfigCheck(
            "V0201",
            .error,
            "no entry can ever be large enough",
            prevents: "two thousand cycles without an order, each denied by another key",
            help: "look at the tier's cap, the largest order, the rules' sizes and the regimes",
            keys: Tier.allCases.map { Keys.sizing.tier($0).most }
                + [largest, Keys.risk.positionMin, Keys.regime.isJudged, cash]
                + TriggerKind.allCases.map { RuleKeys($0).sizeMultiplier }
                + Regime.allCases.map(positions),
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
            let blamed: [any KeyName] = [
                largest, Keys.sizing.tier(.core).most,
                Keys.sizing.tier(.rotational).most,
                Keys.sizing.tier(.eventDriven).most, Keys.regime.isJudged,
            ].filter { context.isStated($0) }
            let rules: [any KeyName] = TriggerKind.allCases.map { RuleKeys($0).sizeMultiplier }
                .filter { context.isStated($0) }
            return [
                Finding(
                    summary: "an entry is worth \(Money(raw: most, currency: .usd)) at most",
                    keys: (blamed + rules).map { (key: $0, label: context.text($0)) }
                        + [
                            (
                                key: Keys.risk.positionMin,
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
            prevents: "a clean period without a single trade, mistaken for evidence",
            help: "begin the ramp higher, or lower the smallest trade",
            keys: [
                Keys.app.capitalRamp, Keys.risk.positionMax, least,
                Keys.sizing.orderMin,
            ],
            file: "app",
            fails: "live: {capital_ramp_usd: [100, 10000]}",
            passes: "live: {capital_ramp_usd: [10000, 20000]}"
        ) { context in
            let cap = context[Keys.risk.positionMax]
            return try context[Keys.app.capitalRamp].flatMap { capital -> [Finding] in
                guard try capital.times(cap, .down).raw < context.policy.risk.notionalMin.raw else {
                    return []
                }
                return context.finding(
                    "with \(capital) a position may be \(try capital.times(cap, .down)) at most",
                    (Keys.app.capitalRamp, "this rung"),
                    (least, "an order at least \(context.policy.risk.notionalMin)")
                )
            }
        },
        ConfigCheck(
            "V0182",
            .warning,
            "PAPER starts with different capital than the first rung",
            prevents: "a rehearsal that says nothing about the capital it leads to",
            help: "set `paper.initial_cash_usd` to the first rung of `live.capital_ramp_usd`",
            keys: [Keys.app.capitalRamp, cash, Keys.risk.positionMax, least],
            file: "app",
            fails: "live: {capital_ramp_usd: [5000, 20000]}",
            passes: "live: {capital_ramp_usd: [5000, 20000]}\npaper: {initial_cash_usd: 5000}"
        ) { context in
            guard
                let first = context[Keys.app.capitalRamp].first, first != context[cash],
                try first.times(context.policy.risk.positionMax, .down).raw
                    >= context.policy.risk.notionalMin.raw
            else { return [] }
            return context.finding(
                "the rehearsal and the first rung differ in capital",
                (cash, "rehearsed"),
                (Keys.app.capitalRamp, "the first rung")
            )
        },
        ConfigCheck(
            "V0183",
            .warning,
            "a product belongs to two themes",
            prevents: "a cap that counts a product in one theme and forgets it in the other",
            help: "keep it in one",
            keys: [Keys.universe.themes],
            file: "universe",
            fails: "clusters: {definitions: {LAYER1: [SOL-USD], MEME: [SOL-USD]}}",
            passes: "clusters: {definitions: {LAYER1: [SOL-USD], MEME: [DOGE-USD]}}"
        ) { context in
            var homes: [ProductID: String] = [:]
            let themes = Keys.universe.themes
            return context.words(themes).flatMap { name in
                context[themes, name].flatMap { product in
                    guard let first = homes[product] else {
                        homes[product] = name
                        return [Finding]()
                    }
                    return context.finding(
                        "`\(product)` belongs to two themes",
                        (themes.of(name), "here"),
                        (themes.of(first), "and here")
                    )
                }
            }
        },
    ]
}
