package import VigilModel

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
