package import VigilModel

/// How often a plan must win so that its trades lose nothing, fees included.
package struct BreakEven: Sendable, Equatable {
    /// What a trade wins at its target and loses at its stop, after fees, as ratios of what was paid.
    package let win: Rate
    /// The loss at the stop, positive.
    package let loss: Rate
    /// What a won trade pays in fees, as a ratio of what was paid.
    package let cost: Rate
    /// The share of trades that must reach their target; one and more where even all of them would lose.
    package let winRate: Double

    /// Judges a plan: an entry and a take-profit rest and pay the maker's fee, a stop takes and pays the taker's.
    ///
    /// - Throws: `overflow`, never for ratios within their configured ranges.
    package init(_ plan: ExitPlan, _ fees: FeeSchedule) throws(MoneyError) {
        try self.init(plan, fees, entry: fees.maker, spread: .zero)
    }

    /// Judges the plan at its worst: the entry takes too, and the stop sells a spread below its price.
    ///
    /// - Throws: `overflow`, never for ratios within their configured ranges.
    package init(
        taking plan: ExitPlan,
        _ fees: FeeSchedule,
        spread: Rate
    ) throws(MoneyError) {
        try self.init(plan, fees, entry: fees.taker, spread: spread)
    }

    private init(
        _ plan: ExitPlan,
        _ fees: FeeSchedule,
        entry: Rate,
        spread: Rate
    ) throws(MoneyError) {
        cost = try entry + fees.maker
        win = try plan.takeProfit - cost
        loss = try plan.stopLoss + entry + fees.taker + spread
        let whole = win.indicator + loss.indicator
        winRate = win > .zero && whole > 0 ? loss.indicator / whole : 1
    }
}
