package import VigilModel

/// Everything the configuration says about trading, in the engine's own types.
package struct TradingPolicy: Sendable {
    /// Spacing of decisions.
    package var loop: LoopPolicy
    /// Limits.
    package var risk: RiskPolicy
    /// How orders are worked.
    package var execution: ExecutionPolicy
    /// Which products may be traded.
    package var universe: UniversePolicy
    /// When something has happened.
    package var triggers: TriggerPolicy
    /// What is done about it.
    package var strategy: StrategyPolicy
    /// What a holding must be worth to be looked after, and a difference to be one.
    package var dust = Money.zero(.usd)
    /// What is sold that no exit of its own leaves.
    package var care = CarePolicy()

    /// Joins the parts.
    package init(
        loop: LoopPolicy,
        risk: RiskPolicy,
        execution: ExecutionPolicy,
        universe: UniversePolicy,
        triggers: TriggerPolicy,
        strategy: StrategyPolicy
    ) {
        self.loop = loop
        self.risk = risk
        self.execution = execution
        self.universe = universe
        self.triggers = triggers
        self.strategy = strategy
    }
}

/// Spacing of decisions.
package struct LoopPolicy: Sendable {
    /// From one decision cycle to the next, on a fixed grid.
    package var interval: Duration
    /// How far into the interval a cycle may be delayed, as a ratio of it.
    package var jitter: Rate
    /// How long one stage of a cycle may take before the cycle is aborted.
    package var stageTimeout: Duration

    /// Joins the parts.
    package init(interval: Duration, jitter: Rate, stageTimeout: Duration) {
        self.interval = interval
        self.jitter = jitter
        self.stageTimeout = stageTimeout
    }
}

/// Limits; ratios are of the net liquidation value.
package struct RiskPolicy: Sendable {
    /// All positions and working entries together.
    package var totalAtRiskMax: Rate
    /// One position, working entries included.
    package var positionMax: Rate
    /// The smallest position worth having.
    package var positionMin: Rate
    /// How many positions may be open at once.
    package var openPositionsMax: Int
    /// The loss of a UTC day that stops entries.
    package var dailyStop: Rate
    /// The loss of a week from Monday 00:00 UTC that stops entries.
    package var weeklyStop: Rate
    /// The fall from the peak that stops entries.
    package var drawdownMax: Rate
    /// Entries of a UTC day.
    package var tradesPerDayMax: Int
    /// Entries of a clock hour.
    package var tradesPerHourMax: Int
    /// Between two entries.
    package var tradeSpacing: Duration
    /// Between two entries in one product.
    package var productSpacing: Duration
    /// After an exit, before the product may be entered again.
    package var productCooldown: Duration
    /// After a stop-loss, before the product may be entered again.
    package var stopCooldown: Duration
    /// Losing trades in a row that pause entries; zero never does.
    package var lossStreakMax: Int
    /// How long they pause them.
    package var lossCooldown: Duration
    /// The smallest order worth its fee.
    package var notionalMin: Money
    /// How many new positions one cycle may open.
    package var newPositionsPerCycleMax: Int
    /// The largest order; nil where only the ratios bound it.
    package var orderMax: Money?
    /// A tier's own bound on one position, where it is tighter than `positionMax`.
    package var tierPositionMax: [Tier: Rate] = [:]
    /// A regime's own bound on open positions, where it is tighter than `openPositionsMax`.
    package var regimePositionsMax: [Regime: Int] = [:]
    /// One asset with everything that was added to it.
    package var assetMax = Rate.one
    /// The caps of themes.
    package var themeMax: [String: Rate] = [:]
    /// The themes of each product.
    package var themesByProduct: [ProductID: [String]] = [:]
    /// What the positions of a strategy may be together.
    package var strategyBudget: [String: Rate] = [:]
    /// Entries of a strategy in one cycle.
    package var strategyTradesMax: [String: Int] = [:]
    /// Entries and exits of a clock hour together; nil where only entries are bounded.
    package var tradesAndExitsPerHourMax: Int?
    /// After an exit with a gain; nil where it is as after any other.
    package var winCooldown: Duration?
    /// After an exit with a loss that was no stop-loss; nil where it is as after any other.
    package var lossExitCooldown: Duration?
    /// When a position may be added to; nil where it never may.
    package var pyramid: PyramidPolicy?
    /// The capital that may be used, whatever the account holds.
    package var capitalMax = Money(raw: 1_000_000_000 * FixedPoint.one, currency: .usd)
    /// When a breaker trips.
    package var breakers = BreakerPolicy()

    /// Joins the parts; what only some configurations bound is set afterwards.
    package init(
        totalAtRiskMax: Rate,
        positionMax: Rate,
        positionMin: Rate,
        openPositionsMax: Int,
        dailyStop: Rate,
        weeklyStop: Rate,
        drawdownMax: Rate,
        tradesPerDayMax: Int,
        tradesPerHourMax: Int,
        tradeSpacing: Duration,
        productSpacing: Duration,
        productCooldown: Duration,
        stopCooldown: Duration,
        lossStreakMax: Int,
        lossCooldown: Duration,
        notionalMin: Money,
        newPositionsPerCycleMax: Int
    ) {
        self.totalAtRiskMax = totalAtRiskMax
        self.positionMax = positionMax
        self.positionMin = positionMin
        self.openPositionsMax = openPositionsMax
        self.dailyStop = dailyStop
        self.weeklyStop = weeklyStop
        self.drawdownMax = drawdownMax
        self.tradesPerDayMax = tradesPerDayMax
        self.tradesPerHourMax = tradesPerHourMax
        self.tradeSpacing = tradeSpacing
        self.productSpacing = productSpacing
        self.productCooldown = productCooldown
        self.stopCooldown = stopCooldown
        self.lossStreakMax = lossStreakMax
        self.lossCooldown = lossCooldown
        self.notionalMin = notionalMin
        self.newPositionsPerCycleMax = newPositionsPerCycleMax
    }
}

extension RiskPolicy {
    /// How long a product is left alone after an exit, and after what kind of exit that is.
    func cooldown(after departure: RiskCounters.Departure) -> (span: Duration, why: String) {
        if departure.reason == .stopLoss { return (stopCooldown, "stop") }
        guard let result = departure.realised else { return (productCooldown, "exit") }
        if result.isPositive { return (winCooldown ?? productCooldown, "win") }
        return result.isNegative
            ? (lossExitCooldown ?? productCooldown, "loss") : (productCooldown, "exit")
    }
}

/// When a position may be added to.
package struct PyramidPolicy: Sendable {
    /// From one entry in an asset to the next addition.
    package var spacing: Duration
    /// Additions to one asset in a UTC day; the first entry is none.
    package var additionsPerDayMax: Int
    /// Positions that may be added to at once.
    package var positionsMax: Int

    /// Joins the parts.
    package init(spacing: Duration, additionsPerDayMax: Int, positionsMax: Int) {
        self.spacing = spacing
        self.additionsPerDayMax = additionsPerDayMax
        self.positionsMax = positionsMax
    }
}

/// How orders are worked.
package struct ExecutionPolicy: Sendable {
    /// How long a post-only order rests before it is repriced.
    package var postOnlyTTL: Duration
    /// How often it is repriced.
    package var repricesMax: Int
    /// What each reprice leaves of the time to live.
    package var repriceDecay: Rate
    /// Whether a remainder may be taken from the book.
    package var takerFallback: Bool
    /// What an entry may cost against the price it was decided at, taker fee included, by tier.
    package var slippageBudget: [Tier: Rate]
    /// How far below the bid a protective exit may reach.
    package var exitSlippageTolerance: Rate
    /// Whether profit-taking and time exits try to rest first.
    package var exitsRestFirst: Bool
    /// Whether a resting sale stays at the venue over a stop.
    package var exitsOutliveStop = false
    /// The venue's own end for every resting order, so that a dead host leaves no orphan.
    package var restingOrderLifetime: Duration
    /// The rates that are assumed: the venue's worst public tier.
    package var fees: FeeSchedule
    /// How old a quote may be to be traded on.
    package var quoteAgeMax: Duration
    /// How far above its reference an entry may take, whatever the budget allows.
    package var slippageMax = Rate.one
    /// A remainder that is worth less is not worked further.
    package var notionalMin = Money.zero(.usd)
    /// The longest a post-only order rests, whatever the spread says.
    package var postOnlyTTLMax = Duration.seconds(600)
    /// The shortest the first one rests.
    package var firstTTLMin = Duration.seconds(1)
    /// The shortest a repriced one rests.
    package var retryTTLMin = Duration.seconds(1)
    /// What is worth less than this is taken at once.
    package var takenBelow = Money.zero(.usd)
    /// The age at which maintenance cancels a resting order.
    package var cancelAfter = Duration.seconds(86_400)
    /// After the venue refused an order, before its product is entered again.
    package var refusalCooldown = Duration.zero
    /// After the venue's word of a trade, before its rows are asked for.
    package var fillWait = Duration.zero

    /// Joins the parts; what only some configurations bound is set afterwards.
    package init(
        postOnlyTTL: Duration,
        repricesMax: Int,
        repriceDecay: Rate,
        takerFallback: Bool,
        slippageBudget: [Tier: Rate],
        exitSlippageTolerance: Rate,
        exitsRestFirst: Bool,
        restingOrderLifetime: Duration,
        fees: FeeSchedule,
        quoteAgeMax: Duration
    ) {
        self.postOnlyTTL = postOnlyTTL
        self.repricesMax = repricesMax
        self.repriceDecay = repriceDecay
        self.takerFallback = takerFallback
        self.slippageBudget = slippageBudget
        self.exitSlippageTolerance = exitSlippageTolerance
        self.exitsRestFirst = exitsRestFirst
        self.restingOrderLifetime = restingOrderLifetime
        self.fees = fees
        self.quoteAgeMax = quoteAgeMax
    }
}

/// A class of products with common demands.
package enum Tier: Int, Sendable, Comparable, CaseIterable, Codable {
    /// The most liquid.
    case core = 1
    /// Liquid.
    case rotational
    /// Event driven.
    case eventDriven

    package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }
}

/// Which products may be traded.
package struct UniversePolicy: Sendable {
    /// What a tier demands; indicators.
    package struct TierDemands: Sendable {
        /// The products of the tier, in their configured order.
        package var products: [ProductID]
        /// The least notional traded in 24 hours, in USD.
        package var volumeMin: Double
        /// The widest spread in basis points.
        package var spreadMaxBPS: Double
        /// The least notional within 20 basis points of the middle, in USD.
        package var depthMin: Double

        /// Joins the parts.
        package init(
            products: [ProductID],
            volumeMin: Double,
            spreadMaxBPS: Double,
            depthMin: Double
        ) {
            self.products = products
            self.volumeMin = volumeMin
            self.spreadMaxBPS = spreadMaxBPS
            self.depthMin = depthMin
        }
    }

    /// Demands by tier.
    package var tiers: [Tier: TierDemands]
    /// Products that are never entered.
    package var neverTrade: Set<ProductID>
    /// How many readings in a row must fail before an eligible product is dropped.
    package var graceReadings: Int
    /// Fewer eligible products than this stop entries.
    package var eligibleMin: Int

    /// Joins the parts.
    package init(
        tiers: [Tier: TierDemands],
        neverTrade: Set<ProductID>,
        graceReadings: Int,
        eligibleMin: Int
    ) {
        self.tiers = tiers
        self.neverTrade = neverTrade
        self.graceReadings = graceReadings
        self.eligibleMin = eligibleMin
    }

    /// All products by tier, then in their configured order.
    package var products: [(product: ProductID, tier: Tier)] {
        Tier.allCases.flatMap { tier in
            (tiers[tier]?.products ?? []).map { ($0, tier) }
        }
    }
}

/// When something has happened; thresholds are indicators.
package struct TriggerPolicy: Sendable {
    /// What counts as an event in one regime.
    package struct Thresholds: Sendable {
        /// A move over 15 minutes, in percent.
        package var move15mPct: Double
        /// A move over 60 minutes, in percent.
        package var move60mPct: Double
        /// The last hour's volume against the usual hour's.
        package var volumeRatio: Double

        /// Joins the parts.
        package init(move15mPct: Double, move60mPct: Double, volumeRatio: Double) {
            self.move15mPct = move15mPct
            self.move60mPct = move60mPct
            self.volumeRatio = volumeRatio
        }
    }

    /// By regime; in one without any nothing triggers.
    package var thresholds: [Regime: Thresholds]
    /// Hours whose high a breakout must reach.
    package var breakoutHours: Int
    /// A move over 24 hours, in percent.
    package var momentumPct: Double
    /// Whether falling prices trigger nothing.
    package var onlyUpside: Bool
    /// The least strength times confidence.
    package var scoreMin: Double
    /// How many triggers a cycle may act on.
    package var perCycleMax: Int
    /// How long ago the newest candle may have ended.
    package var candleAgeMax: Duration

    /// Joins the parts.
    package init(
        thresholds: [Regime: Thresholds],
        breakoutHours: Int,
        momentumPct: Double,
        onlyUpside: Bool,
        scoreMin: Double,
        perCycleMax: Int,
        candleAgeMax: Duration
    ) {
        self.thresholds = thresholds
        self.breakoutHours = breakoutHours
        self.momentumPct = momentumPct
        self.onlyUpside = onlyUpside
        self.scoreMin = scoreMin
        self.perCycleMax = perCycleMax
        self.candleAgeMax = candleAgeMax
    }
}

/// What is done about a trigger.
package struct StrategyPolicy: Sendable {
    /// What one kind of trigger leads to.
    package struct Rule: Sendable {
        /// How the position will be left.
        package var exits: ExitPlan
        /// The size against the tier's usual one.
        package var sizeMultiplier: Rate

        /// Joins the parts.
        package init(exits: ExitPlan, sizeMultiplier: Rate) {
            self.exits = exits
            self.sizeMultiplier = sizeMultiplier
        }
    }

    /// Its name in the ledger.
    package var name: String
    /// Whether it proposes at all.
    package var enabled: Bool
    /// The usual size by tier, as a ratio of the net liquidation value.
    package var basePosition: [Tier: Rate]
    /// The least conviction that is proposed.
    package var convictionMin: Double
    /// The weight of a trigger's strength in the conviction.
    package var strengthWeight: Double
    /// The weight of its confidence.
    package var confidenceWeight: Double
    /// What the first tier adds to the conviction.
    package var coreTierBoost: Double
    /// The loss at the stop that one trade may cost, as a ratio of the net liquidation value.
    package var riskPerTrade: Rate
    /// Whether the market's weather is judged; otherwise it is always chop.
    package var judgesRegime = true
    /// What a regime leaves of the size.
    package var regimeMultipliers: [Regime: Rate]
    /// Rules by kind of trigger; a kind without one is not traded.
    package var rules: [TriggerKind: Rule]

    /// Joins the parts.
    package init(
        name: String,
        enabled: Bool,
        basePosition: [Tier: Rate],
        convictionMin: Double,
        strengthWeight: Double,
        confidenceWeight: Double,
        coreTierBoost: Double,
        riskPerTrade: Rate,
        regimeMultipliers: [Regime: Rate],
        rules: [TriggerKind: Rule]
    ) {
        self.name = name
        self.enabled = enabled
        self.basePosition = basePosition
        self.convictionMin = convictionMin
        self.strengthWeight = strengthWeight
        self.confidenceWeight = confidenceWeight
        self.coreTierBoost = coreTierBoost
        self.riskPerTrade = riskPerTrade
        self.regimeMultipliers = regimeMultipliers
        self.rules = rules
    }
}

/// When a position is left.
package struct ExitPlan: Hashable, Sendable, Codable {
    /// The loss at which it is stopped out, as a ratio of the entry price.
    package let stopLoss: Rate
    /// The gain at which the profit is taken.
    package let takeProfit: Rate
    /// The longest it is held.
    package let holdMax: Duration

    /// Joins the parts.
    package init(stopLoss: Rate, takeProfit: Rate, holdMax: Duration) {
        self.stopLoss = stopLoss
        self.takeProfit = takeProfit
        self.holdMax = holdMax
    }
}
