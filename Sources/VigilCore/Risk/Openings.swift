package import VigilModel

/// What may be entered at all, known before anything is proposed.
package struct Openings: Sendable, Equatable {
    /// Since when nothing may be entered, whatever it is; nil where something may.
    package var closedSince: Instant?
    /// Since when there are as many positions as may be, and none may be added to; nil while there are fewer.
    package var fullSince: Instant?
    /// Products that may not be entered, and why.
    package var closed: [ProductID: RiskCode] = [:]

    /// Begins with everything open.
    package init() {}

    /// What halts, times and counts leave open; sizes are judged when something is proposed.
    init(
        _ policy: RiskPolicy,
        _ counters: RiskCounters,
        _ halts: some Sequence<ActiveHalt>,
        _ portfolio: PortfolioSnapshot,
        at now: Instant
    ) {
        var reasons: [Instant] = []
        for active in halts {
            if let product = active.halt.product {
                closed[product] = .breaker
            } else {
                reasons.append(active.raisedAt)
            }
        }
        for (product, last) in counters.lastEntries where now - last < policy.productSpacing {
            closed[product] = .productSpacing
        }
        for (product, departure) in counters.lastExits
        where now - departure.at < policy.cooldown(after: departure).span {
            closed[product] = .productCooldown
        }
        let last = counters.lastEntry ?? now
        if policy.pyramid == nil {
            for product in portfolio.exposures.keys { closed[product] = .alreadyHeld }
            fullSince = portfolio.exposures.count >= policy.openPositionsMax ? last : nil
        }
        let trades = counters.trades(inHourOf: now)
        if counters.lastEntry.map({ now - $0 < policy.tradeSpacing }) == true
            || counters.entries(inHourOf: now) >= policy.tradesPerHourMax
            || counters.entries(onDayOf: now) >= policy.tradesPerDayMax
            || policy.tradesAndExitsPerHourMax.map({ trades >= $0 }) == true
        {
            reasons.append(last)
        }
        closedSince = reasons.min()
    }

    /// Closes what is being worked, and everything besides where entries are spaced.
    mutating func close(working: some Collection<WorkingEntry>, isSpaced: Bool, at now: Instant) {
        for entry in working { closed[entry.product] = .workingEntry }
        guard isSpaced, !working.isEmpty else { return }
        closedSince = closedSince ?? now
    }
}

extension RiskCode {
    /// True where time, or another product, may change the answer while what was proposed goes on.
    var passes: Bool {
        switch self {
        case .halted, .dailyStop, .weeklyStop, .drawdown, .lossStreak, .breaker, .noQuote, .noRate,
            .workingEntry, .tradeSpacing, .productSpacing, .productCooldown, .hourlyCount,
            .hourlyTrades, .dailyCount, .strategyTrades, .openPositions, .newPositions,
            .pyramidSpacing:
            true
        case .alreadyHeld, .pyramidCount, .pyramidPositions, .orderSize, .strategyBudget, .theme,
            .assetSize, .positionSize, .totalAtRisk, .capitalFence, .cash, .belowMinimum:
            false
        }
    }
}
