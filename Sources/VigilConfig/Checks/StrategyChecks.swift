internal import VigilCore
internal import VigilModel

extension ConfigCheck {
    private static func base(_ tier: Tier) -> Key<Rate> { Keys.sizing.tier(tier).base }
    private static func tierCap(_ tier: Tier) -> Key<Rate> { Keys.sizing.tier(tier).most }
    private static func multiplier(_ regime: Regime) -> Key<Rate> { Keys.regime[regime].multiplier }

    private static let conviction = Keys.sizing.convictionMin
    private static let weights = [
        Keys.sizing.strengthWeight, Keys.sizing.confidenceWeight, Keys.sizing.coreTierBoost,
    ]
    private static let enabled = StrategyRegistry.kinds.map { $0.enabledKey }

    /// A strategy that cannot do what it is meant to.
    static let strategy: [ConfigCheck] = [
        ConfigCheck(
            code: "V0170",
            title: "the minimum conviction can never be reached",
            severity: .error,
            prevents: "the predecessor's rehearsal: 70 cycles, no proposal",
            help: "lower `strategy.min_conviction_to_propose`, or raise the weights",
            keys: [conviction] + weights,
            failing: .init(file: "policy", text: "strategy:\n  min_conviction_to_propose: 0.9\n"),
            passing: .init(file: "policy", text: "strategy:\n  min_conviction_to_propose: 0.5\n"),
            find: { configuration in
                let policy = configuration.policy.strategy
                let most = policy.strengthWeight + policy.confidenceWeight + policy.coreTierBoost
                guard most + 1e-9 < policy.convictionMin else { return [] }
                return [
                    Finding(
                        summary:
                            "the weights add up to \(most) at most, \(policy.convictionMin) is required",
                        keys: [
                            (conviction, "required"),
                            (weights[0], "weighs \(policy.strengthWeight)"),
                        ]
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0171",
            title: "a tier's usual size is above the position cap",
            severity: .warning,
            prevents:
                "the predecessor's dead zone: 237 orders were sized by one number, judged by another",
            help: "keep the usual size, fee included, below `risk.max_position_size_pct`",
            keys: Tier.allCases.map(base) + Tier.allCases.map(tierCap) + [
                Keys.risk.positionMax
            ],
            failing: .init(
                file: "policy",
                text: "position_sizing:\n  base_position_pct:\n    tier1: 4\n"
            ),
            passing: .init(
                file: "policy",
                text: "position_sizing:\n  base_position_pct:\n    tier1: 2\n"
            ),
            find: { configuration in
                let risk = configuration.policy.risk
                return Tier.allCases.compactMap { tier in
                    let own = risk.tierPositionMax[tier] ?? .one
                    let cap = min(risk.positionMax, own)
                    guard let size = configuration.policy.strategy.basePosition[tier], size > cap
                    else { return nil }
                    let key =
                        own < risk.positionMax ? tierCap(tier) : Keys.risk.positionMax
                    return Finding(
                        summary: "tier \(tier.rawValue)'s usual size is always cut to the cap",
                        keys: [(base(tier), size.percent), (key, cap.percent)]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0172",
            title: "a regime makes every position too small",
            severity: .warning,
            prevents:
                "a dead zone: cap times regime below the smallest position, all entries refused",
            help: "raise the multiplier, or set it to 0 to say that the regime enters nothing",
            keys: Regime.allCases.map(multiplier) + Tier.allCases.map(base) + [
                Keys.risk.positionMin
            ],
            failing: .init(
                file: "policy",
                text: "regime:\n  bear:\n    position_size_multiplier: 0.1\n"
            ),
            passing: .init(
                file: "policy",
                text: "regime:\n  bear:\n    position_size_multiplier: 0.4\n"
            ),
            find: { configuration in
                let policy = configuration.policy
                // Where no size fits at all another check says so.
                guard policy.risk.positionMin < policy.risk.positionMax else { return [] }
                let listed = policy.universe.tiers.filter { !$0.value.products.isEmpty }.keys
                let largest = listed.compactMap { policy.strategy.basePosition[$0] }.max() ?? .zero
                return try Regime.allCases.compactMap { regime in
                    guard let factor = policy.strategy.regimeMultipliers[regime], factor > .zero,
                        try largest * factor < policy.risk.positionMin
                    else { return nil }
                    return Finding(
                        summary:
                            "in a \(regime.rawValue) market the largest usual size is below the smallest "
                            + "position",
                        keys: [
                            (multiplier(regime), "leaves \(factor.percent)"),
                            (Keys.risk.positionMin, policy.risk.positionMin.percent),
                        ]
                    )
                }
            }
        ),
        ConfigCheck(
            code: "V0173",
            title: "no regime allows entries",
            severity: .error,
            prevents: "an engine that is never allowed to enter",
            help: "give at least one regime a multiplier above 0",
            keys: Regime.allCases.map(multiplier),
            failing: .init(
                file: "policy",
                text: Regime.allCases.reduce("regime:\n") {
                    $0 + "  \($1.rawValue): {position_size_multiplier: 0, max_positions: 0}\n"
                }
            ),
            passing: .init(
                file: "policy",
                text: "regime:\n  chop:\n    position_size_multiplier: 1\n"
            ),
            find: { configuration in
                let factors = configuration.policy.strategy.regimeMultipliers
                guard factors.values.allSatisfy({ $0 == .zero }) else { return [] }
                return [
                    Finding(
                        summary: "every regime's multiplier is 0",
                        keys: Regime.allCases.map { (multiplier($0), "enters nothing") }
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0174",
            title: "every strategy is switched off",
            severity: .warning,
            prevents: "a week of rehearsal without a proposal",
            help: "set it to `true`",
            keys: enabled,
            failing: .init(
                file: "strategies",
                text: "strategies:\n  rules_engine:\n    enabled: false\n"
            ),
            passing: .init(
                file: "strategies",
                text: "strategies:\n  rules_engine:\n    enabled: true\n"
            ),
            find: { configuration in
                guard configuration.policy.strategies.values.allSatisfy({ !$0.enabled }) else {
                    return []
                }
                return [
                    Finding(
                        summary: "every strategy is switched off",
                        keys: enabled.map { ($0, "proposes nothing") }
                    )
                ]
            }
        ),
        ConfigCheck(
            code: "V0175",
            title: "a move over 15 minutes must be larger than one over 60",
            severity: .warning,
            prevents: "two thresholds that were swapped",
            help: "let the shorter span have the smaller threshold",
            keys: [Regime.chop, .bull, .bear].map(ThresholdKeys.init).flatMap {
                [$0.move15m, $0.move60m]
            },
            failing: .init(
                file: "signals",
                text: "triggers: {regime_thresholds: {chop: {pct_change_15m: 3}}}\n"
            ),
            passing: .init(
                file: "signals",
                text: "triggers: {regime_thresholds: {chop: {pct_change_15m: 2}}}\n"
            ),
            find: { context in
                [Regime.chop, .bull, .bear].flatMap { regime -> [Finding] in
                    guard let policy = context.policy.triggers.thresholds[regime],
                        policy.move15mPct > policy.move60mPct
                    else { return [] }
                    let keys = Keys.signals.thresholds(regime)
                    return context.finding(
                        "in \(regime.rawValue) a move over 15 minutes must be larger than one over 60",
                        (keys.move15m, "\(policy.move15mPct) % in 15 minutes"),
                        (keys.move60m, "\(policy.move60mPct) % in 60")
                    )
                }
            }
        ),
    ]
}
