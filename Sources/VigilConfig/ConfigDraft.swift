internal import VigilCore
internal import VigilModel

/// A configuration while its keys are read, one by one and in any order.
///
/// It begins with no capital, no position and no entry allowed. There are no defaults here; each key has its own, and
/// a test shows that each field is filled.
struct ConfigDraft {
    var mode = TradingMode.dryRun
    var initialCash = Money.zero(.usd)
    var alertDedupe = Duration.zero
    var alertEscalation = Duration.zero
    var backupInterval = Duration.zero
    var backupRetentionDays = 0
    var rateLimits = (authenticated: 0, open: 0)
    var killSwitchFile = ""

    var loop = LoopPolicy(interval: .zero, jitter: .zero, stageTimeout: .zero)
    var risk = RiskPolicy.closed
    var execution = ExecutionPolicy.closed
    var universe = UniversePolicy(
        tiers: Dictionary(
            Tier.allCases.map {
                ($0, .init(products: [], volumeMin: 0, spreadMaxBPS: .infinity, depthMin: 0))
            }
        ) { first, _ in first },
        neverTrade: [],
        graceReadings: 0,
        eligibleMin: 0
    )
    var triggers = TriggerPolicy(
        thresholds: Dictionary(
            Regime.allCases.map { ($0, .init(move15mPct: 0, move60mPct: 0, volumeRatio: 0)) }
        ) { first, _ in first },
        breakoutHours: 0,
        momentumPct: 0,
        onlyUpside: true,
        scoreMin: 1,
        perCycleMax: 0,
        candleAgeMax: .zero
    )
    var strategy = StrategyPolicy.closed
    var strategies = Dictionary(StrategyRegistry.kinds.map { ($0.name, $0.closed) }) { one, _ in one
    }
    var dust = Money.zero(.usd)

    /// What a switch of its own turns on.
    var trim = CarePolicy.Trim(
        tolerance: .zero,
        buffer: .zero,
        valueMin: .zero(.usd),
        positionsMax: 0,
        failuresMax: 0
    )
    var purge = CarePolicy.Purge(
        grace: .zero,
        valueMin: .zero(.usd),
        slice: .zero(.usd),
        positionsMax: 0
    )
    var rotation = CarePolicy.Rotation(lossMin: .zero, convictionMin: 1)
    var pyramid = PyramidPolicy(spacing: .zero, additionsPerDayMax: 0, positionsMax: 0)
    var (trims, purges, rotates) = (false, false, false)
    var (riskAllowsPyramiding, sizingAllowsPyramiding) = (false, false)
    var (coolsDown, themesAreCapped) = (true, true)

    /// Risk and sizing each have a smallest order; the larger one counts.
    mutating func demandNotional(_ least: Money) {
        if least.raw > risk.notionalMin.raw { risk.notionalMin = least }
    }

    /// Makes the demands of one tier stricter, or those of all.
    mutating func demand(
        of tier: Tier? = nil,
        _ tighten: (inout UniversePolicy.TierDemands) -> Void
    ) {
        for each in Tier.allCases where tier == nil || tier == each {
            if var demands = universe.tiers[each] {
                tighten(&demands)
                universe.tiers[each] = demands
            }
        }
    }

    /// The policy, with what is switched off left out.
    var policy: TradingPolicy {
        var risk = risk
        if !coolsDown {
            (risk.productCooldown, risk.stopCooldown) = (.zero, .zero)
            (risk.winCooldown, risk.lossExitCooldown) = (.zero, .zero)
        }
        // Risk and sizing must both allow it.
        risk.pyramid = riskAllowsPyramiding && sizingAllowsPyramiding ? pyramid : nil
        if !themesAreCapped { risk.themeMax = [:] }
        var policy = TradingPolicy(
            loop: loop,
            risk: risk,
            execution: execution,
            universe: universe,
            triggers: triggers,
            strategy: strategy,
            strategies: strategies
        )
        policy.care.trim = trims ? trim : nil
        policy.care.purge = purges ? purge : nil
        policy.care.rotation = rotates ? rotation : nil
        policy.dust = dust
        return policy
    }

    /// The configuration that it has become.
    func configuration(_ configHash: String, _ decisionHash: String) -> Configuration {
        Configuration(
            mode: mode,
            policy: policy,
            initialCash: initialCash,
            alertDedupe: alertDedupe,
            backupInterval: backupInterval,
            backupRetentionDays: backupRetentionDays,
            alertEscalation: alertEscalation,
            rateLimits: rateLimits,
            killSwitchFile: killSwitchFile,
            configHash: configHash,
            decisionHash: decisionHash
        )
    }
}

extension RiskPolicy {
    fileprivate static let closed: RiskPolicy = {
        var policy = RiskPolicy(
            totalAtRiskMax: .zero,
            positionMax: .zero,
            positionMin: .one,
            openPositionsMax: 0,
            dailyStop: .zero,
            weeklyStop: .zero,
            drawdownMax: .zero,
            tradesPerDayMax: 0,
            tradesPerHourMax: 0,
            tradeSpacing: .zero,
            productSpacing: .zero,
            productCooldown: .zero,
            stopCooldown: .zero,
            lossStreakMax: 0,
            lossCooldown: .zero,
            notionalMin: .zero(.usd),
            newPositionsPerCycleMax: 0
        )
        (policy.assetMax, policy.capitalMax) = (.zero, .zero(.usd))
        return policy
    }()
}

extension ExecutionPolicy {
    fileprivate static let closed: ExecutionPolicy = {
        var policy = ExecutionPolicy(
            postOnlyTTL: .zero,
            repricesMax: 0,
            repriceDecay: .zero,
            takerFallback: false,
            slippageBudget: [:],
            exitSlippageTolerance: .zero,
            exitsRestFirst: false,
            restingOrderLifetime: .zero,
            fees: FeeSchedule(maker: .one, taker: .one),
            quoteAgeMax: .zero
        )
        policy.slippageMax = .zero
        return policy
    }()
}

extension StrategyPolicy {
    fileprivate static let closed = StrategyPolicy(
        basePosition: [:],
        convictionMin: 1,
        strengthWeight: 0,
        confidenceWeight: 0,
        coreTierBoost: 0,
        riskPerTrade: .zero,
        regimeMultipliers: [:]
    )
}

extension Strategy {
    /// Unheard, with parameters that buy nothing.
    fileprivate static var closed: StrategySettings {
        StrategySettings(enabled: false, parameters: Parameters())
    }
}
