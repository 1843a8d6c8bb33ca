internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    private static let maker = Keys.execution.makerFee
    private static let taker = Keys.execution.takerFee

    static func rule(_ kind: TriggerKind) -> RuleKeys { RuleKeys(kind) }

    /// The kinds that state a key, and one of those that inherit it: one mistake is one finding.
    static func distinct(
        _ key: KeyPath<RuleKeys, any ConfigKey>,
        _ context: CheckContext
    ) -> [TriggerKind] {
        let isStated = { (kind: TriggerKind) in context.isStated(rule(kind)[keyPath: key]) }
        let inheriting = TriggerKind.allCases.first { !isStated($0) }
        return TriggerKind.allCases.filter { isStated($0) || $0 == inheriting }
    }

    private static func ruleText(_ line: String) -> String {
        "strategies:\n  rules_engine:\n    rules:\n      breakout:\n        \(line)\n"
    }

    /// Prices that eat the profit.
    static let costs: [ConfigCheck] = [
        ConfigCheck(
            code: "V0150",
            title: "a slippage budget is exhausted by the taker fee alone",
            severity: .errorInLive,
            prevents:
                "the predecessor's taker fallback, which was advertised and could never happen",
            help: "raise the budget above the fee, or set `execution.taker_fallback` to `false`",
            keys: Tier.allCases.map { Keys.execution.budget($0) } + [
                taker, Keys.execution.takerFallback,
            ],
            failing: .init(file: "policy", text: "execution:\n  slippage_budget_t1_bps: 120\n"),
            passing: .init(file: "policy", text: "execution:\n  slippage_budget_t1_bps: 130\n"),
            find: { configuration in
                let policy = configuration.policy.execution
                guard policy.takerFallback else { return [] }
                return Tier.allCases.compactMap { tier in
                    guard let budget = policy.slippageBudget[tier], budget <= policy.fees.taker
                    else { return nil }
                    return Finding(
                        summary: "the slippage budget of tier \(tier.rawValue) is exhausted by the "
                            + "taker fee alone, so the taker fallback could never happen",
                        keys: [
                            (
                                Keys.execution.budget(tier),
                                "all that an entry may cost: \(budget.percent)"
                            ),
                            (taker, "the fee: \(policy.fees.taker.percent)"),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0126",
            title: "the taker fee is below the maker fee",
            severity: .error,
            prevents: "two numbers that were swapped, and every cost estimate with them",
            help: "no venue charges less for taking; swap the two",
            keys: [maker, taker],
            failing: .init(file: "policy", text: "execution:\n  maker_fee_bps: 125\n"),
            passing: .init(file: "policy", text: "execution:\n  maker_fee_bps: 70\n"),
            find: { configuration in
                let fees = configuration.policy.execution.fees
                guard fees.taker < fees.maker else { return [] }
                return [
                    Finding(
                        summary: "the taker fee is below the maker fee",
                        keys: [(taker, fees.taker.percent), (maker, fees.maker.percent)]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0153",
            title: "a stop-loss is not tighter than its take-profit",
            severity: .error,
            prevents: "trades that risk more than they can win",
            help: "widen the goal or tighten the stop",
            keys: TriggerKind.allCases.flatMap {
                [rule($0).stopLoss, rule($0).takeProfit]
            },
            failing: .init(file: "strategies", text: ruleText("stop_loss_pct: 9")),
            passing: .init(file: "strategies", text: ruleText("stop_loss_pct: 5")),
            find: { configuration in
                TriggerKind.allCases.compactMap { kind in
                    guard let exits = configuration.policy.rules.rules[kind]?.exits,
                        exits.stopLoss >= exits.takeProfit,
                        // What all rules have in common is looked at by itself.
                        configuration.isStated(rule(kind).stopLoss)
                            || configuration.isStated(rule(kind).takeProfit)
                    else { return nil }
                    return Finding(
                        summary:
                            "the stop of `\(kind.rawValue)` is not tighter than its take-profit",
                        keys: [
                            (rule(kind).stopLoss, "loses \(exits.stopLoss.percent)"),
                            (rule(kind).takeProfit, "wins \(exits.takeProfit.percent)"),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0158",
            title: "a take-profit does not cover its own fees",
            severity: .error,
            prevents: "taking profits that are losses after fees, again and again",
            help: "raise the goal above the fees of buying and selling",
            keys: TriggerKind.allCases.map { rule($0).takeProfit } + [maker, taker],
            failing: .init(
                file: "strategies",
                text: ruleText("take_profit_pct: 1.5\n        stop_loss_pct: 1")
            ),
            passing: .init(file: "strategies", text: ruleText("take_profit_pct: 4")),
            find: { configuration in
                let fees = configuration.policy.execution.fees
                let both = try fees.maker + fees.taker
                return distinct(\.takeProfit, configuration).compactMap { kind in
                    guard let goal = configuration.policy.rules.rules[kind]?.exits.takeProfit,
                        goal >= .zero, goal <= both
                    else { return nil }
                    return Finding(
                        summary:
                            "the take-profit of `\(kind.rawValue)` is eaten by fees of \(both.percent)",
                        keys: [
                            (rule(kind).takeProfit, "wins \(goal.percent) before fees"),
                            (taker, "to get out"), (maker, "to get in"),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0159",
            title: "a stop-loss is within the spread its tier accepts",
            severity: .error,
            prevents: "positions stopped out by the spread they were bought at",
            help: "widen the stop, or accept less spread",
            keys: TriggerKind.allCases.map { rule($0).stopLoss }
                + tiers(\.spreadMax),
            failing: .init(file: "strategies", text: ruleText("stop_loss_pct: 0.3")),
            passing: .init(file: "strategies", text: ruleText("stop_loss_pct: 2.5")),
            find: { configuration in
                let tiers = configuration.policy.universe.tiers.filter {
                    !$0.value.products.isEmpty
                }
                return distinct(\.stopLoss, configuration).compactMap { kind in
                    guard let stop = configuration.policy.rules.rules[kind]?.exits.stopLoss,
                        stop > .zero,
                        let tier = tiers.sorted(by: { $0.key < $1.key }).first(where: {
                            $0.value.spreadMaxBPS >= stop.indicator * 10_000
                        })
                    else { return nil }
                    return Finding(
                        summary: "the stop of `\(kind.rawValue)` lies within the spread that tier "
                            + "\(tier.key.rawValue) accepts",
                        keys: [
                            (rule(kind).stopLoss, stop.percent),
                            (
                                Keys.universe.tier(tier.key).spreadMax,
                                "\(tier.value.spreadMaxBPS) basis points"
                            ),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0160",
            title: "an exit may sell more than five percent below the bid",
            severity: .warning,
            prevents: "a stop-loss that sells into an empty book",
            help: "100 basis points reach through any book of the listed tiers",
            keys: [Keys.exits.slippageTolerance],
            failing: .init(file: "policy", text: "exits:\n  exit_slippage_tolerance_bps: 600\n"),
            passing: .init(file: "policy", text: "exits:\n  exit_slippage_tolerance_bps: 300\n"),
            find: { configuration in
                let tolerance = configuration.policy.execution.exitSlippageTolerance
                guard tolerance > Rate(basisPoints: 500) else { return [] }
                return [
                    Finding(
                        summary: "an exit may sell \(tolerance.percent) below the bid",
                        keys: [(Keys.exits.slippageTolerance, tolerance.percent)]
                    )
                ]
            }
        ),
    ]

    /// Costs that are each right and not together.
    static let costsTogether: [ConfigCheck] = [
        ConfigCheck(
            "V0184",
            .warning,
            "a stop-loss is within spread and fees",
            prevents: "stop-losses that cost more than the move they stop",
            help: "widen the stop beyond the spread and the fees of both sides",
            keys: [Keys.execution.makerFee, Keys.execution.takerFee]
                + tiers(\.spreadMax)
                + TriggerKind.allCases.map { rule($0).stopLoss },
            fails: "risk: {stop_loss_pct: 1.9}",
            passes: "risk: {stop_loss_pct: 2.5}"
        ) { context in
            let fees = try context.policy.execution.fees.maker + context.policy.execution.fees.taker
            let tiers = context.policy.universe.tiers.filter { !$0.value.products.isEmpty }
            let spread = tiers.values.map(\.spreadMaxBPS).max() ?? 0
            return distinct(\.stopLoss, context).flatMap { kind -> [Finding] in
                guard let exits = context.policy.rules.rules[kind]?.exits,
                    exits.stopLoss.indicator * 10_000 <= spread + fees.indicator * 10_000,
                    // A stop within the spread alone, and a goal within the fees, are said elsewhere.
                    exits.stopLoss.indicator * 10_000 > spread, exits.takeProfit > fees
                else { return [] }
                return context.finding(
                    "the stop of `\(kind.rawValue)` is within fees of \(fees.percent) and \(spread) "
                        + "basis points",
                    (rule(kind).stopLoss, exits.stopLoss.percent),
                    (Keys.execution.takerFee, "to get out")
                )
            }
        },
        ConfigCheck(
            "V0185",
            .warning,
            "PAPER pays lower fees than the worst public tier",
            prevents: "a rehearsal whose profit the fees eat as soon as it is live",
            help: "60 and 120 basis points are what a new account pays",
            keys: [Keys.execution.makerFee, Keys.execution.takerFee],
            fails: "execution: {maker_fee_bps: 40, taker_fee_bps: 60}",
            passes: "execution: {maker_fee_bps: 60, taker_fee_bps: 125}"
        ) { context in
            let (maker, taker) = (
                context[Keys.execution.makerFee], context[Keys.execution.takerFee]
            )
            // LIVE reads the account's own tier.
            guard context.mode != .live,
                maker < Rate(basisPoints: 60) || taker < Rate(basisPoints: 120), taker >= maker
            else {
                return []
            }
            return context.finding(
                "the fees that are assumed are below the worst public tier",
                (Keys.execution.makerFee, "60 there"),
                (Keys.execution.takerFee, "120 there")
            )
        },
        ConfigCheck(
            "V0186",
            .warning,
            "a tier accepts a wider spread than `liquidity.max_spread_bps`",
            prevents: "a tier's requirement that never takes effect",
            help: "lower the tier's, or raise `liquidity.max_spread_bps`",
            keys: tiers(\.spreadMax) + [Keys.universe.spreadMax],
            file: "universe",
            fails: "liquidity: {max_spread_bps: 40}",
            passes: "liquidity: {max_spread_bps: 80}"
        ) { context in
            Tier.allCases.map { Keys.universe.tier($0).spreadMax }.filter {
                context[$0] > context[Keys.universe.spreadMax]
            }.flatMap {
                context.finding(
                    "a tier accepts \(context.text($0)) basis points",
                    (Keys.universe.spreadMax, "all"),
                    ($0, "the tier")
                )
            }
        },
    ]

    /// A key of each tier.
    static func tiers<Value>(_ key: KeyPath<TierKeys, Key<Value>>) -> [any KeyName] {
        Tier.allCases.map { Keys.universe.tier($0)[keyPath: key] }
    }
}
