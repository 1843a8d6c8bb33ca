internal import VigilCore
internal import VigilModel

private let total = "policy:risk.max_total_at_risk_pct"
private let themes = "policy:risk.max_per_theme_pct.*"
private let asset = "policy:risk.max_per_asset_pct"
private let perDay = "policy:risk.max_trades_per_day"
private let perHour = "policy:risk.max_trades_per_hour"
private let newPerHour = "policy:risk.max_new_trades_per_hour"
private let cooldown = "policy:risk.per_symbol_cooldown_minutes"
private let cooldowns = ["win_minutes", "loss_minutes", "after_stop"].map {
    "policy:risk.per_symbol_cooldown_\($0)"
}
private let cooldownOn = "policy:risk.per_symbol_cooldown_enabled"
private let spacing = "policy:risk.min_seconds_between_trades"
private let definitions = "universe:clusters.definitions.*"
private let never = "universe:exclusions.never_trade"
private let trailing = "policy:exits.trailing_stop_pct"
private let trails = "policy:exits.use_trailing_stop"
private let stop = "policy:risk.stop_loss_pct"
private let goal = "policy:risk.take_profit_pct"

private func theme(_ name: String) -> String {
    "policy:risk.max_per_theme_pct.\(name)"
}
private func definition(_ name: String) -> String {
    "universe:clusters.definitions.\(name)"
}

extension ConfigCheck {
    /// What the predecessor's last tree checked besides: V0120 to V0143, warnings as there.
    static let later: [ConfigCheck] = themed + paced + patience + profiled + tiers

    private static let themed: [ConfigCheck] = [
        ConfigCheck(
            "V0120",
            .warning,
            "the themes' caps sum past the total",
            prevents: "caps that never bind, because the total does first",
            help: "lower the caps, or raise `risk.max_total_at_risk_pct`",
            keys: [themes, total],
            fails: "risk: {max_per_theme_pct: {LAYER1: 20, MEME: 10}}",
            passes: "risk: {max_per_theme_pct: {LAYER1: 15, MEME: 10}}",
            others: [
                "universe":
                    "clusters: {definitions: {LAYER1: [BTC-USD], MEME: [DOGE-USD], DEFI: [UNI-USD]}}\n"
            ]
        ) { context in
            let names = context.words(themes)
            let sum = names.reduce(Rate.zero) { Rate(raw: $0.raw + context.percent(theme($1)).raw) }
            guard sum > context.percent(total) else { return [] }
            let blamed = names.map { (name: theme($0), label: context.percent(theme($0)).percent) }
            return [
                Finding(
                    summary: "the themes may hold \(sum.percent) together",
                    keys: blamed + [(name: total, label: context.percent(total).percent)]
                )
            ]
        },
        ConfigCheck(
            "V0121",
            .warning,
            "one asset may hold more than its theme",
            prevents: "a cap on an asset that never binds",
            help: "lower `risk.max_per_asset_pct`, or raise the theme's cap",
            keys: [asset, themes],
            fails: "risk: {max_per_theme_pct: {MEME: 2}, max_per_asset_pct: 3}",
            passes: "risk: {max_per_theme_pct: {MEME: 4}, max_per_asset_pct: 3}",
            others: [
                "universe":
                    "clusters: {definitions: {LAYER1: [BTC-USD], MEME: [DOGE-USD], DEFI: [UNI-USD]}}\n"
            ]
        ) { context in
            context.words(themes).filter { context.percent(theme($0)) < context.percent(asset) }
                .flatMap {
                    context.finding(
                        "one asset may hold more than all of `\($0)`",
                        (theme($0), context.percent(theme($0)).percent),
                        (asset, context.percent(asset).percent)
                    )
                }
        },
        ConfigCheck(
            "V0137",
            .warning,
            "a theme is capped that has no products",
            prevents: "the predecessor's cap on L2, whose products were called LAYER2",
            help: "list its products under `clusters.definitions`",
            keys: [themes, definitions],
            fails: "risk: {max_per_theme_pct: {DEFI: 5}}",
            passes: "risk: {max_open_positions: 4}"
        ) { context in
            let listed = context.words(definitions)
            return context.words(themes).filter { !listed.contains($0) }.flatMap {
                context.finding("`\($0)` has a cap and no products", (theme($0), "caps nothing"))
            }
        },
        ConfigCheck(
            "V0138",
            .warning,
            "a theme lists a product that is never traded",
            prevents: "a theme that is smaller than it looks",
            help: "take the product out of one of the two lists",
            keys: [definitions, never],
            file: "universe",
            fails:
                "exclusions: {never_trade: [SHIB-USD]}\nclusters: {definitions: {MEME: [SHIB-USD]}}",
            passes:
                "exclusions: {never_trade: [SHIB-USD]}\nclusters: {definitions: {MEME: [DOGE-USD]}}"
        ) { context in
            let excluded = Set(context.list(never))
            return context.words(definitions).flatMap { name in
                context.list(definition(name)).filter(excluded.contains).flatMap {
                    context.finding(
                        "`\($0)` is in `\(name)`, and never traded",
                        (definition(name), "listed"),
                        (never, "excluded")
                    )
                }
            }
        },
    ]

    private static let paced: [ConfigCheck] = [
        ConfigCheck(
            "V0122",
            .warning,
            "a day's trades are over long before the day",
            prevents: "a bot that is silent from breakfast on",
            help: "raise `risk.max_trades_per_day`, or lower the hourly count",
            keys: [perHour, perDay],
            fails: "risk: {max_trades_per_hour: 5, max_trades_per_day: 15}",
            passes: "risk: {max_trades_per_hour: 3, max_trades_per_day: 72}"
        ) { context in
            // The other half of the pair, a day below 24 hours' trades, follows from this one.
            guard context.isStated(perHour),
                context.integer(perHour) * 24 > 2 * context.integer(perDay)
            else { return [] }
            return context.finding(
                "a day of full hours would have more than twice the trades of a day",
                (perHour, "\(context.integer(perHour) * 24) in 24 hours"),
                (perDay, "\(context.integer(perDay)) a day")
            )
        },
        ConfigCheck(
            "V0124",
            .warning,
            "an hour may have more entries than trades",
            prevents: "a count of entries that never binds",
            help: "lower `risk.max_new_trades_per_hour`",
            keys: [newPerHour, perHour],
            fails: "risk: {max_trades_per_hour: 2, max_trades_per_day: 48}",
            passes: "risk: {max_trades_per_hour: 3, max_trades_per_day: 72}"
        ) { context in
            guard context.integer(newPerHour) > context.integer(perHour) else { return [] }
            return context.finding(
                "an hour may have more entries than trades",
                (newPerHour, "\(context.integer(newPerHour)) entries"),
                (perHour, "\(context.integer(perHour)) trades")
            )
        },
        ConfigCheck(
            "V0125",
            .warning,
            "a product cools down for less than any two entries are apart",
            prevents: "a cooldown that is always over before it matters",
            help: "raise the cooldown, or set it to 0",
            keys: [cooldown, spacing],
            fails: "risk: {per_symbol_cooldown_minutes: 2}",
            passes: "risk: {per_symbol_cooldown_minutes: 3}"
        ) { context in
            let minutes = context.integer(cooldown)
            guard minutes > 0, minutes * 60 < context.integer(spacing) else { return [] }
            return context.finding(
                "the cooldown of a product never binds",
                (cooldown, "\(minutes * 60) s"),
                (spacing, "\(context.integer(spacing)) s")
            )
        },
        ConfigCheck(
            "V0130",
            .warning,
            "cooldowns are stated by halves",
            prevents: "an exit that cools down for a span nobody chose",
            help: "state the cooldowns after a win, a loss and a stop, or only the common one",
            keys: [cooldownOn] + cooldowns,
            fails: "risk: {per_symbol_cooldown_win_minutes: 10}",
            passes:
                "risk: {per_symbol_cooldown_win_minutes: 10, per_symbol_cooldown_loss_minutes: 60, "
                + "per_symbol_cooldown_after_stop: 120}"
        ) { context in
            let stated = cooldowns.filter(context.isStated)
            guard context.flag(cooldownOn), stated.contains(where: { $0.hasSuffix("minutes") }),
                stated.count < cooldowns.count
            else { return [] }
            return context.finding(
                "only \(stated.count) of three cooldowns are stated",
                (stated.first ?? cooldownOn, "stated")
            )
        },
    ]

    private static let patience: [ConfigCheck] = [
        order(
            "V0127",
            "the first order must rest longer than any may",
            "policy:execution.maker_first_min_ttl_sec",
            "policy:execution.maker_max_ttl_sec",
            fails: "execution: {maker_first_min_ttl_sec: 40}",
            passes: "execution: {maker_first_min_ttl_sec: 25}"
        ),
        order(
            "V0128",
            "a repriced order must rest longer than the first",
            "policy:execution.maker_retry_min_ttl_sec",
            "policy:execution.maker_first_min_ttl_sec",
            fails: "execution: {maker_retry_min_ttl_sec: 25}",
            passes: "execution: {maker_retry_min_ttl_sec: 10}"
        ),
        order(
            "V0129",
            "dust is worth more than the smallest trade",
            "policy:risk.dust_threshold_usd",
            "policy:risk.min_trade_notional_usd",
            fails: "risk: {dust_threshold_usd: 20}",
            passes: "risk: {dust_threshold_usd: 5}"
        ),
    ]

    /// A check that one number is not above another.
    private static func order(
        _ code: String,
        _ title: String,
        _ lower: String,
        _ upper: String,
        fails: String,
        passes: String
    ) -> ConfigCheck {
        let names = [lower, upper].map { "`\(ConfigResolver.path($0))`" }
        return ConfigCheck(
            code,
            .warning,
            title,
            prevents: "two numbers that changed places",
            help: "keep \(names[0]) at or below \(names[1])",
            keys: [lower, upper],
            fails: fails,
            passes: passes
        ) { context in
            guard context.number(lower) > context.number(upper) else { return [] }
            return context.finding(
                title,
                (lower, context.text(lower)),
                (upper, context.text(upper))
            )
        }
    }

    private static let profiled: [ConfigCheck] = [
        ConfigCheck(
            "V0131",
            .error,
            "the active profile does not exist",
            prevents: "the predecessor's profiles, which nothing applied and nobody missed",
            help: "define it under `profiles`, or name one that is there",
            keys: ["policy:profile"],
            fails: "profile: cautious",
            passes: "profile: cautious\nprofiles: {cautious: {min_conviction: 0.4}}"
        ) { context in
            let name = context.text("policy:profile")
            let known = context.entries.keys.contains { $0.hasPrefix("policy:profiles.\(name).") }
            guard !name.isEmpty, !known else { return [] }
            return context.finding("there is no profile `\(name)`", ("policy:profile", "not found"))
        },
        ConfigCheck(
            "V0132",
            .warning,
            "a profile's usual size is above its largest",
            prevents: "every size being cut to a cap that was meant as an exception",
            help: "let `max_position_pct` be the larger one",
            keys: (1...3).flatMap {
                [
                    "policy:profiles.*.tier_sizing.T\($0)",
                    "policy:profiles.*.max_position_pct.T\($0)",
                ]
            },
            fails: "profiles: {bold: {tier_sizing: {T1: 0.05}, max_position_pct: {T1: 0.04}}}",
            passes: "profiles: {bold: {tier_sizing: {T1: 0.03}, max_position_pct: {T1: 0.04}}}"
        ) { context in
            (1...3).flatMap { tier in
                context.words("policy:profiles.*.tier_sizing.T\(tier)").flatMap { name in
                    let size = "policy:profiles.\(name).tier_sizing.T\(tier)"
                    let cap = "policy:profiles.\(name).max_position_pct.T\(tier)"
                    guard context.entries[cap] != nil,
                        context.fraction(size) > context.fraction(cap)
                    else { return [Finding]() }
                    return context.finding(
                        "in `\(name)` the usual size of T\(tier) is above its largest",
                        (size, context.fraction(size).percent),
                        (cap, context.fraction(cap).percent)
                    )
                }
            }
        },
        ConfigCheck(
            "V0133",
            .error,
            "there is no stop",
            prevents: "a position that is held all the way down",
            help: "set `risk.stop_loss_pct` above 0",
            keys: [stop],
            fails: "risk: {stop_loss_pct: 0}",
            passes: "risk: {stop_loss_pct: 4}"
        ) { context in
            guard context.percent(stop) == .zero else { return [] }
            return context.finding("positions have no stop", (stop, "stops nothing"))
        },
        ConfigCheck(
            "V0134",
            .error,
            "a stop lies beyond half of the price",
            prevents: "freqtrade's accepted stoploss of -0.99: a stop in name only",
            help: "a stop beyond 50 % protects nothing",
            keys: [stop] + TriggerKind.allCases.map { rule($0, "stop_loss_pct") },
            fails: "risk: {stop_loss_pct: 51, take_profit_pct: 200}",
            passes: "risk: {stop_loss_pct: 20, take_profit_pct: 40}"
        ) { context in
            distinct("stop_loss_pct", context).flatMap { kind -> [Finding] in
                guard let loss = context.policy.strategy.rules[kind]?.exits.stopLoss,
                    loss > Rate(basisPoints: 5_000)
                else { return [] }
                return context.finding(
                    "the stop of `\(kind.rawValue)` is at \(loss.percent)",
                    (rule(kind, "stop_loss_pct"), "little is left")
                )
            }
        },
        ConfigCheck(
            "V0135",
            .error,
            "a trailing stop trails by nothing",
            prevents: "a position that is sold at its first tick down",
            help: "set `exits.trailing_stop_pct` above 0, or switch it off",
            keys: [trails, trailing],
            fails: "exits: {use_trailing_stop: true, trailing_stop_pct: 0}",
            passes: "exits: {use_trailing_stop: true, trailing_stop_pct: 2}"
        ) { context in
            guard context.flag(trails), context.percent(trailing) == .zero else { return [] }
            return context.finding(
                "the trailing stop trails by nothing",
                (trailing, "0 %"),
                (trails, "switched on")
            )
        },
        ConfigCheck(
            "V0136",
            .warning,
            "a trailing stop is wider than the fixed one",
            prevents: "a stop that never follows before the fixed one has fired",
            help: "let it trail by less than `risk.stop_loss_pct`",
            keys: [trails, trailing, stop],
            fails: "exits: {use_trailing_stop: true, trailing_stop_pct: 8}",
            passes: "exits: {use_trailing_stop: true, trailing_stop_pct: 2}"
        ) { context in
            guard context.flag(trails), context.percent(trailing) > context.percent(stop),
                context.percent(stop) > .zero
            else { return [] }
            return context.finding(
                "the trailing stop is wider than the fixed one",
                (trailing, context.percent(trailing).percent),
                (stop, context.percent(stop).percent)
            )
        },
    ]

    private static let tiers: [ConfigCheck] =
        zip(140..., Tier.allCases).map { number, tier in
            let path = "universe:tiers.\(tierNames[tier] ?? "")"
            let demands = ["min_24h_volume_usd", "max_spread_bps", "min_depth_20bps_usd"].map {
                "\(path).constraints.\($0)"
            }
            let words = "tiers: {\(tierNames[tier] ?? ""): {constraints: {max_spread_bps: "
            let spread = [Tier.core: "15", .rotational: "30", .eventDriven: "50"][tier] ?? ""
            return ConfigCheck(
                "V0\(number)",
                .warning,
                "tier \(tier.rawValue) has demands and says nothing of products",
                prevents: "a tier that was meant to be traded and lists nothing",
                help: "list its products, or `[]` to say that there are none",
                keys: demands + ["\(path).symbols"],
                file: "universe",
                fails: words + spread + "}}}",
                passes: words + spread
                    + "}, symbols: [\(["BTC", "XRP", "DOT"][tier.rawValue - 1])-USD]}}"
            ) { context in
                guard let stated = demands.first(where: context.isStated),
                    !context.isStated("\(path).symbols")
                else { return [] }
                return context.finding(
                    "tier \(tier.rawValue) states demands and no products",
                    (stated, "demanded of whom?")
                )
            }
        } + [
            ConfigCheck(
                "V0143",
                .error,
                "more products are listed than the universe may hold",
                prevents: "freqtrade#7187: a list so long that the exchange bans the address",
                help: "list fewer, or raise `universe.max_universe_size`",
                keys: ["universe:universe.max_universe_size"] + tierKeys("symbols"),
                file: "universe",
                fails: "universe: {max_universe_size: 7}",
                passes: "universe: {max_universe_size: 8}"
            ) { context in
                let count = context.policy.universe.products.count
                let most = context.integer("universe:universe.max_universe_size")
                guard count > most else { return [] }
                return context.finding(
                    "\(count) products are listed, \(most) may be",
                    ("universe:universe.max_universe_size", "at most")
                )
            }
        ]
}
