package import VigilModel

/// The levels that losses are measured from; kept in the ledger, moved by flows, never by a restart.
package struct PortfolioReferences: Sendable, Equatable, Codable {
    /// The highest net liquidation value.
    package private(set) var peak: Money?
    /// The value at the first look of the UTC day.
    package private(set) var dayStart: Money?
    /// The value at the first look of the week, which begins on Monday 00:00 UTC.
    package private(set) var weekStart: Money?
    private var day: Int64?
    private var week: Int64?
    /// What the day and the week began with in money, and what was paid in or out since: ratios move their levels
    /// with a flow, dollars must not.
    private var dayOpening: Money?
    private var weekOpening: Money?
    private var dayFlow: Money?
    private var weekFlow: Money?

    /// Begins with nothing known.
    package init() {}

    /// The levels without a peak: the next look makes one.
    var withoutPeak: PortfolioReferences {
        var next = self
        next.peak = nil
        return next
    }

    /// The levels for a clock that is known to be right: those of a later day count as today's.
    package func mended(at now: Instant) -> PortfolioReferences {
        var next = self
        next.day = day.map { min($0, now.day) }
        next.week = week.map { min($0, now.week) }
        return next
    }

    /// The levels after a look at the books.
    ///
    /// - Throws: `currencyMismatch`, never for values in the currency of the books.
    func advanced(to nlv: Money, at now: Instant) throws(MoneyError) -> PortfolioReferences {
        var next = self
        let isHeld =
            try peak.map { peak throws(MoneyError) in try !peak.isLess(than: nlv) } ?? false
        if !isHeld { next.peak = nlv }
        // A clock that was set back makes no levels anew: what was lost since is not forgotten.
        next.dayStart = dayStart ?? nlv
        next.weekStart = weekStart ?? nlv
        if day.map({ $0 < now.day }) ?? true {
            (next.day, next.dayStart) = (now.day, nlv)
            (next.dayOpening, next.dayFlow) = (nlv, nil)
        }
        if week.map({ $0 < now.week }) ?? true {
            (next.week, next.weekStart) = (now.week, nlv)
            (next.weekOpening, next.weekFlow) = (nlv, nil)
        }
        return next
    }

    /// The levels after a deposit or withdrawal, which are neither profit nor loss: they move as the net
    /// liquidation value does, so that no ratio to them changes.
    ///
    /// Where there was nothing, or nothing is left, the next look makes new ones.
    ///
    /// - Throws: `overflow`.
    func scaled(from before: Money, to after: Money) throws(MoneyError) -> PortfolioReferences {
        var next = self
        let flow = try after - before
        // Levels of an earlier build have no openings: theirs are the levels before this flow moves them.
        next.dayOpening = dayOpening ?? dayStart
        next.weekOpening = weekOpening ?? weekStart
        next.dayFlow = try (dayFlow ?? .zero(flow.currency)) + flow
        next.weekFlow = try (weekFlow ?? .zero(flow.currency)) + flow
        guard before.isPositive, after.isPositive else {
            (next.peak, next.dayStart, next.weekStart) = (nil, nil, nil)
            return next
        }
        func moved(_ level: Money?) throws(MoneyError) -> Money? {
            guard let level else { return nil }
            let raw = try FixedPoint.scaled(level.raw, times: after.raw, over: before.raw, .down)
            return Money(raw: raw, currency: level.currency)
        }
        next.peak = try moved(peak)
        next.dayStart = try moved(dayStart)
        next.weekStart = try moved(weekStart)
        return next
    }

    /// What the day has brought in money, flows taken out; nothing before the first look.
    ///
    /// - Throws: `overflow`.
    func dayProfit(at nlv: Money) throws(MoneyError) -> Money {
        try Self.profit(from: dayOpening ?? dayStart ?? nlv, dayFlow, to: nlv)
    }

    /// As ``dayProfit(at:)``, of the week.
    ///
    /// - Throws: `overflow`.
    func weekProfit(at nlv: Money) throws(MoneyError) -> Money {
        try Self.profit(from: weekOpening ?? weekStart ?? nlv, weekFlow, to: nlv)
    }

    private static func profit(
        from opening: Money,
        _ flow: Money?,
        to nlv: Money
    ) throws(MoneyError) -> Money {
        let change = try nlv - opening
        return try flow.map { (flow) throws(MoneyError) in try change - flow } ?? change
    }
}
