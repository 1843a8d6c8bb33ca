internal import VigilCore
internal import VigilModel

private let total = Keys.risk.totalAtRiskMax
private let themes = Keys.risk.themeMax
private let asset = Keys.risk.assetMax
private let perDay = Keys.risk.pacing.tradesPerDayMax
private let perHour = Keys.risk.pacing.tradesAndExitsPerHourMax
private let newPerHour = Keys.risk.pacing.tradesPerHourMax
private let cooldown = Keys.risk.cooldowns.product
private let cooldowns = [
    Keys.risk.cooldowns.win, Keys.risk.cooldowns.lossExit, Keys.risk.cooldowns.stop,
]
private let cooldownOn = Keys.risk.cooldowns.areOn
private let spacing = Keys.risk.pacing.tradeSpacing
private let definitions = Keys.universe.themes
private let never = Keys.universe.neverTrade

extension ConfigCheck {
    /// What the predecessor's last tree checked besides: V0120 to V0143, warnings as there.
    static let later: [ConfigCheck] = themed + paced + patience + profiled + tiers

    private static let themed: [ConfigCheck] = [
        ConfigCheck(
            "V0120",
            .warning,
            "the theme caps add up to more than the total",
            prevents: "caps that never take effect, because the total is reached first",
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
            let sum = names.reduce(Rate.zero) { Rate(raw: $0.raw + context[themes, $1].raw) }
            guard sum > context[total] else { return [] }
            let blamed = names.map {
                (key: themes.of($0) as any KeyName, label: context[themes, $0].percent)
            }
            return [
                Finding(
                    summary: "the themes may hold \(sum.percent) together",
                    keys: blamed + [(key: total, label: context[total].percent)]
                )
            ]
        },
        ConfigCheck(
            "V0121",
            .warning,
            "one asset may hold more than its theme",
            prevents: "a cap on an asset that never takes effect",
            help: "lower `risk.max_per_asset_pct`, or raise the theme's cap",
            keys: [asset, themes],
            fails: "risk: {max_per_theme_pct: {MEME: 2}, max_per_asset_pct: 3}",
            passes: "risk: {max_per_theme_pct: {MEME: 4}, max_per_asset_pct: 3}",
            others: [
                "universe":
                    "clusters: {definitions: {LAYER1: [BTC-USD], MEME: [DOGE-USD], DEFI: [UNI-USD]}}\n"
            ]
        ) { context in
            context.words(themes).filter { context[themes, $0] < context[asset] }
                .flatMap {
                    context.finding(
                        "one asset may hold more than all of `\($0)`",
                        (themes.of($0), context[themes, $0].percent),
                        (asset, context[asset].percent)
                    )
                }
        },
        ConfigCheck(
            "V0137",
            .warning,
            "a theme has a cap but no products",
            prevents: "the predecessor's cap on L2, whose products were called LAYER2",
            help: "list its products under `clusters.definitions`",
            keys: [themes, definitions],
            fails: "risk: {max_per_theme_pct: {DEFI: 5}}",
            passes: "risk: {max_open_positions: 4}"
        ) { context in
            let listed = context.words(definitions)
            return context.words(themes).filter { !listed.contains($0) }.flatMap {
                context.finding(
                    "`\($0)` has a cap but no products",
                    (themes.of($0), "caps nothing")
                )
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
            let excluded = Set(context[never])
            return context.words(definitions).flatMap { name in
                context[definitions, name].filter(excluded.contains).flatMap {
                    context.finding(
                        "`\($0)` is in `\(name)`, and never traded",
                        (definitions.of(name), "listed"),
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
            "the daily trade limit can run out within hours",
            prevents: "an engine that has used up its trades by breakfast",
            help: "raise `risk.max_trades_per_day`, or lower the hourly count",
            keys: [perHour, perDay],
            fails: "risk: {max_trades_per_hour: 5, max_trades_per_day: 15}",
            passes: "risk: {max_trades_per_hour: 3, max_trades_per_day: 72}"
        ) { context in
            // The other half of the pair, a day below 24 hours' trades, follows from this one.
            guard context.isStated(perHour),
                context[perHour] * 24 > 2 * context[perDay]
            else { return [] }
            return context.finding(
                "24 hours at the hourly limit are more than twice the daily limit",
                (perHour, "\(context[perHour] * 24) in 24 hours"),
                (perDay, "\(context[perDay]) a day")
            )
        },
        ConfigCheck(
            "V0124",
            .warning,
            "the hourly limit on entries is above the hourly limit on all trades",
            prevents: "a limit on entries that never takes effect",
            help: "lower `risk.max_new_trades_per_hour`",
            keys: [newPerHour, perHour],
            fails: "risk: {max_trades_per_hour: 2, max_trades_per_day: 48}",
            passes: "risk: {max_trades_per_hour: 3, max_trades_per_day: 72}"
        ) { context in
            guard context[newPerHour] > context[perHour] else { return [] }
            return context.finding(
                "the hourly limit on entries is above the hourly limit on all trades",
                (newPerHour, "\(context[newPerHour]) entries"),
                (perHour, "\(context[perHour]) trades")
            )
        },
        ConfigCheck(
            "V0125",
            .warning,
            "a product's cooldown is shorter than the spacing between any two entries",
            prevents: "a cooldown that is always over before it matters",
            help: "raise the cooldown, or set it to 0",
            keys: [cooldown, spacing],
            fails: "risk: {per_symbol_cooldown_minutes: 2}",
            passes: "risk: {per_symbol_cooldown_minutes: 3}"
        ) { context in
            let (cooling, apart) = (context[cooldown], context[spacing])
            guard cooling > .zero, cooling < apart else { return [] }
            return context.finding(
                "the cooldown of a product never takes effect",
                (cooldown, "\(cooling.components.seconds) s"),
                (spacing, "\(apart.components.seconds) s")
            )
        },
        ConfigCheck(
            "V0130",
            .warning,
            "only some of the cooldowns are set",
            prevents: "a cooldown of a length that nobody chose",
            help: "set the cooldowns after a win, a loss and a stop-loss, or only the general one",
            keys: [cooldownOn] + cooldowns,
            fails: "risk: {per_symbol_cooldown_win_minutes: 10}",
            passes:
                "risk: {per_symbol_cooldown_win_minutes: 10, per_symbol_cooldown_loss_minutes: 60, "
                + "per_symbol_cooldown_after_stop: 120}"
        ) { context in
            let stated = cooldowns.filter(context.isStated)
            guard context[cooldownOn], stated.contains(where: { $0.name.hasSuffix("minutes") }),
                stated.count < cooldowns.count
            else { return [] }
            return context.finding(
                "only \(stated.count) of the three cooldowns are set",
                (stated.first ?? cooldownOn, "stated")
            )
        },
    ]

    private static let patience: [ConfigCheck] = [
        ConfigCheck(
            order: "V0127",
            "the first order's shortest rest is above the longest rest allowed",
            (Keys.execution.firstTTLMin, Keys.execution.postOnlyTTLMax),
            by: { $0 },
            fails: "execution: {maker_first_min_ttl_sec: 40}",
            passes: "execution: {maker_first_min_ttl_sec: 25}"
        ),
        ConfigCheck(
            order: "V0128",
            "a repriced order's shortest rest is above the first order's",
            (Keys.execution.retryTTLMin, Keys.execution.firstTTLMin),
            by: { $0 },
            fails: "execution: {maker_retry_min_ttl_sec: 25}",
            passes: "execution: {maker_retry_min_ttl_sec: 10}"
        ),
        ConfigCheck(
            order: "V0129",
            "the dust threshold is above the smallest trade",
            (Keys.risk.dust, Keys.risk.notionalMin),
            by: { $0.raw },
            fails: "risk: {dust_threshold_usd: 20}",
            passes: "risk: {dust_threshold_usd: 5}"
        ),
    ]

    /// A check that one number is not above another.
    private init<Value>(
        order code: String,
        _ title: String,
        _ keys: (lower: Key<Value>, upper: Key<Value>),
        by measure: @escaping @Sendable (Value) -> some Comparable & SendableMetatype,
        fails: String,
        passes: String
    ) {
        let (lower, upper) = keys
        let names = [lower, upper].map { "`\(ConfigResolver.path($0.name))`" }
        self.init(
            code,
            .warning,
            title,
            prevents: "two numbers that were swapped",
            help: "keep \(names[0]) at or below \(names[1])",
            keys: [lower, upper],
            fails: fails,
            passes: passes
        ) { context in
            guard measure(context[lower]) > measure(context[upper]) else { return [] }
            return context.finding(
                title,
                (lower, context.text(lower)),
                (upper, context.text(upper))
            )
        }
    }
}
