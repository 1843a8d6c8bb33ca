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
        if day.map({ $0 < now.day }) ?? true {
            (next.day, next.dayStart) = (now.day, nlv)
        }
        if week.map({ $0 < now.week }) ?? true {
            (next.week, next.weekStart) = (now.week, nlv)
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
        guard before.isPositive, after.isPositive else {
            (next.peak, next.dayStart, next.weekStart) = (nil, nil, nil)
            (next.day, next.week) = (nil, nil)
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
}
