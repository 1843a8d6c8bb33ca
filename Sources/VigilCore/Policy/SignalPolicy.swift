package import VigilModel

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
    /// How long what goes on is no news; with zero it is news in every cycle.
    package var repeatAfter = Duration.seconds(86_400)

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

/// How much of what a strategy wishes is proposed; the same for every strategy.
package struct StrategyPolicy: Sendable {
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

    /// Joins the parts.
    package init(
        basePosition: [Tier: Rate],
        convictionMin: Double,
        strengthWeight: Double,
        confidenceWeight: Double,
        coreTierBoost: Double,
        riskPerTrade: Rate,
        regimeMultipliers: [Regime: Rate]
    ) {
        self.basePosition = basePosition
        self.convictionMin = convictionMin
        self.strengthWeight = strengthWeight
        self.confidenceWeight = confidenceWeight
        self.coreTierBoost = coreTierBoost
        self.riskPerTrade = riskPerTrade
        self.regimeMultipliers = regimeMultipliers
    }
}

/// When a position is left.
package struct ExitPlan: Hashable, Sendable, Codable {
    /// The loss at which it is stopped out, as a ratio of the entry price.
    package var stopLoss: Rate
    /// The gain at which the profit is taken.
    package var takeProfit: Rate
    /// The longest it is held.
    package var holdMax: Duration

    /// Joins the parts.
    package init(stopLoss: Rate, takeProfit: Rate, holdMax: Duration) {
        self.stopLoss = stopLoss
        self.takeProfit = takeProfit
        self.holdMax = holdMax
    }
}
