internal import VigilCore
internal import VigilModel

private let trailing = Keys.exits.trailing
private let trails = Keys.exits.trails
private let stop = Keys.risk.stopLoss

extension ConfigCheck {
    /// Profiles and stops that are not what they look like.
    static let profiled: [ConfigCheck] = [
        ConfigCheck(
            "V0131",
            .error,
            "the active profile does not exist",
            prevents: "the predecessor's profiles, which were never applied, unnoticed",
            help: "define it under `profiles`, or name one that is there",
            keys: [Keys.sizing.profile],
            fails: "profile: cautious",
            passes: "profile: cautious\nprofiles: {cautious: {min_conviction: 0.4}}"
        ) { context in
            let name = context.text(Keys.sizing.profile)
            let known = context.entries.keys.contains { $0.hasPrefix("policy:profiles.\(name).") }
            guard !name.isEmpty, !known else { return [] }
            return context.finding(
                "there is no profile `\(name)`",
                (Keys.sizing.profile, "not found")
            )
        },
        ConfigCheck(
            "V0132",
            .warning,
            "a profile's usual size is above its largest",
            prevents: "every size being cut to a cap that was meant as an exception",
            help: "let `max_position_pct` be the larger one",
            keys: Tier.allCases.map(ProfileTierKeys.init).flatMap { [$0.base, $0.most] },
            fails: "profiles: {bold: {tier_sizing: {T1: 0.05}, max_position_pct: {T1: 0.04}}}",
            passes: "profiles: {bold: {tier_sizing: {T1: 0.03}, max_position_pct: {T1: 0.04}}}"
        ) { context in
            Tier.allCases.flatMap { tier in
                let keys = ProfileTierKeys(tier)
                return context.words(keys.base).flatMap { name in
                    let (size, cap) = (context[keys.base, name], context[keys.most, name])
                    guard context.entries[keys.most.of(name).name] != nil, size > cap
                    else { return [Finding]() }
                    return context.finding(
                        "in `\(name)` the usual size of T\(tier.rawValue) is above its largest",
                        (keys.base.of(name), size.percent),
                        (keys.most.of(name), cap.percent)
                    )
                }
            }
        },
        ConfigCheck(
            "V0133",
            .error,
            "there is no stop-loss",
            prevents: "a position that is held all the way down",
            help: "set `risk.stop_loss_pct` above 0",
            keys: [stop],
            fails: "risk: {stop_loss_pct: 0}",
            passes: "risk: {stop_loss_pct: 4}"
        ) { context in
            guard context[stop] == .zero else { return [] }
            return context.finding("positions have no stop-loss", (stop, "stops nothing"))
        },
        ConfigCheck(
            "V0134",
            .error,
            "a stop-loss is more than 50 % away from the price",
            prevents: "freqtrade's accepted stoploss of -0.99: a stop in name only",
            help: "a stop beyond 50 % protects nothing",
            keys: [stop] + TriggerKind.allCases.map { rule($0).stopLoss },
            fails: "risk: {stop_loss_pct: 51, take_profit_pct: 200}",
            passes: "risk: {stop_loss_pct: 20, take_profit_pct: 40}"
        ) { context in
            distinct(\.stopLoss, context).flatMap { kind -> [Finding] in
                guard let loss = context.policy.rules.rules[kind]?.exits.stopLoss,
                    loss > Rate(basisPoints: 5_000)
                else { return [] }
                return context.finding(
                    "the stop of `\(kind.rawValue)` is at \(loss.percent)",
                    (rule(kind).stopLoss, "little is left")
                )
            }
        },
        ConfigCheck(
            "V0135",
            .error,
            "the trailing stop has a distance of zero",
            prevents: "a position that is sold at the first tick down",
            help: "set `exits.trailing_stop_pct` above 0, or switch it off",
            keys: [trails, trailing],
            fails: "exits: {use_trailing_stop: true, trailing_stop_pct: 0}",
            passes: "exits: {use_trailing_stop: true, trailing_stop_pct: 2}"
        ) { context in
            guard context[trails], context[trailing] == .zero else { return [] }
            return context.finding(
                "the trailing stop has a distance of zero",
                (trailing, "0 %"),
                (trails, "switched on")
            )
        },
        ConfigCheck(
            "V0136",
            .warning,
            "a trailing stop is wider than the fixed one",
            prevents: "a trailing stop that never moves before the fixed one has fired",
            help: "let it trail by less than `risk.stop_loss_pct`",
            keys: [trails, trailing, stop],
            fails: "exits: {use_trailing_stop: true, trailing_stop_pct: 8}",
            passes: "exits: {use_trailing_stop: true, trailing_stop_pct: 2}"
        ) { context in
            guard context[trails], context[trailing] > context[stop],
                context[stop] > .zero
            else { return [] }
            return context.finding(
                "the trailing stop is wider than the fixed one",
                (trailing, context[trailing].percent),
                (stop, context[stop].percent)
            )
        },
    ]

    /// Tiers without products, and too many products.
    static let tiers: [ConfigCheck] =
        zip(140..., Tier.allCases).map { number, tier in
            let keys = Keys.universe.tier(tier)
            let demands = [keys.volumeMin, keys.spreadMax, keys.depthMin]
            let words = "tiers: {\(keys.name): {constraints: {max_spread_bps: "
            let spread = [Tier.core: "15", .rotational: "30", .eventDriven: "50"][tier] ?? ""
            return ConfigCheck(
                "V0\(number)",
                .warning,
                "tier \(tier.rawValue) sets requirements but lists no products",
                prevents: "a tier that was meant to be traded but lists nothing",
                help: "list its products, or `[]` to say that there are none",
                keys: demands + [keys.products],
                file: "universe",
                fails: words + spread + "}}}",
                passes: words + spread
                    + "}, symbols: [\(["BTC", "XRP", "DOT"][tier.rawValue - 1])-USD]}}"
            ) { context in
                guard let stated = demands.first(where: context.isStated),
                    !context.isStated(keys.products)
                else { return [] }
                return context.finding(
                    "tier \(tier.rawValue) sets requirements but lists no products",
                    (stated, "of which products?")
                )
            }
        } + [
            ConfigCheck(
                "V0143",
                .error,
                "more products are listed than the universe may hold",
                prevents: "freqtrade#7187: a list so long that the exchange bans the address",
                help: "list fewer, or raise `universe.max_universe_size`",
                keys: [Keys.universe.sizeMax] + tiers(\.products),
                file: "universe",
                fails: "universe: {max_universe_size: 7}",
                passes: "universe: {max_universe_size: 8}"
            ) { context in
                let count = context.policy.universe.products.count
                let most = context[Keys.universe.sizeMax]
                guard count > most else { return [] }
                return context.finding(
                    "\(count) products are listed, \(most) may be",
                    (Keys.universe.sizeMax, "at most")
                )
            }
        ]
}
