internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    /// What can never happen, and what can hardly be won.
    static let chances: [ConfigCheck] = [
        ConfigCheck(
            "V0205",
            .warning,
            "an asset may hold more than a position, but no position is ever added to",
            prevents: "a limit on an asset that never takes effect",
            help: "lower `risk.max_per_asset_pct` to the size of a position, or allow additions",
            keys: [Keys.risk.assetMax, Keys.risk.positionMax, Keys.risk.pyramiding.isAllowed],
            fails: "risk: {max_per_asset_pct: 4, max_position_size_pct: 3}",
            passes: "risk: {max_per_asset_pct: 3, max_position_size_pct: 3}"
        ) { context in
            let (asset, position) = (context[Keys.risk.assetMax], context[Keys.risk.positionMax])
            guard context.policy.risk.pyramid == nil, asset > position else { return [] }
            return context.finding(
                "an asset may hold \(asset.percent), but no position grows beyond \(position.percent)",
                (Keys.risk.assetMax, "never reached"),
                (Keys.risk.positionMax, "one position"),
                (Keys.risk.pyramiding.isAllowed, "nothing is added")
            )
        },
        ConfigCheck(
            "V0206",
            .warning,
            "fees take more than a third of a rule's target",
            prevents: "a rule that must be right far more often than any has been",
            help: "widen the rule's `take_profit_pct`, or trade where fees are lower",
            keys: [Keys.execution.makerFee, Keys.execution.takerFee]
                + TriggerKind.allCases.map { RuleKeys($0).takeProfit },
            file: "strategies",
            fails: "strategies: {rules_engine: {rules: {price_move: {take_profit_pct: 3.5}}}}",
            passes: "strategies: {rules_engine: {rules: {price_move: {take_profit_pct: 3.6}}}}"
        ) { context in
            let fees = context.policy.execution.fees
            let both = try fees.maker + fees.taker
            // Fees that were swapped, and a target that fees eat whole, other checks tell.
            guard fees.taker >= fees.maker else { return [] }
            return try TriggerKind.allCases.flatMap { kind -> [Finding] in
                guard let plan = context.policy.rules.rules[kind]?.exits, plan.takeProfit > both
                else { return [] }
                let chance = try BreakEven(plan, fees)
                guard Rate(raw: 3 * chance.cost.raw) > plan.takeProfit else { return [] }
                let share =
                    chance.winRate < 1
                    ? "\(Rate(indicator: chance.winRate).shortPercent) of its trades"
                    : "more than all of its trades"
                return context.finding(
                    "`\(kind.rawValue)` must win \(share) to lose nothing: fees take "
                        + "\(chance.cost.percent) of a target of \(plan.takeProfit.percent)",
                    (RuleKeys(kind).takeProfit, "the target"),
                    (Keys.execution.makerFee, "paid twice when it wins")
                )
            }
        },
        ConfigCheck(
            "V0207",
            .warning,
            "what a trade may lose at its stop-loss never bounds a size",
            prevents: "a limit that takes effect in no market that may be traded",
            help: "lower `position_sizing.risk_per_trade_pct`",
            keys: [Keys.sizing.riskPerTrade, Keys.breakers.volatilityMax]
                + TriggerKind.allCases.map { RuleKeys($0).stopLoss },
            fails: "position_sizing: {risk_per_trade_pct: 0.5}",
            passes: "position_sizing: {risk_per_trade_pct: 0.2}"
        ) { context in
            let policy = context.policy
            let tiers = Set(policy.universe.products.map(\.tier))
            let largest = tiers.compactMap { policy.strategy.basePosition[$0] }.max() ?? .zero
            let stops = TriggerKind.allCases.compactMap { policy.rules.rules[$0]?.exits.stopLoss }
            guard let widest = stops.max(), widest > .zero, largest > .zero else { return [] }
            let wildest = policy.risk.breakers.volatilityMaxPct
            let risk = policy.strategy.riskPerTrade
            let smallest = RuleStrategy.bound(risk, widest, volatility: wildest)
            guard smallest >= largest else { return [] }
            return context.finding(
                "a size is at most \(largest.percent); this bound is \(smallest.percent) or more at "
                    + "any volatility that may be traded",
                (Keys.sizing.riskPerTrade, risk.percent),
                (Keys.breakers.volatilityMax, "the wildest product that may be entered")
            )
        },
    ]
}

extension Rate {
    /// The ratio as people read it, with one digit behind the point: `55.8 %`.
    package var shortPercent: String {
        let tenths = Int64((indicator * 1_000).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) %"
    }
}
