package import VigilCore
package import VigilModel

/// What the ledger knows at start, before anything trades.
package struct LedgerState: Sendable {
    /// Cash, positions, profit and counters, from all fills and flows.
    package var replay = LedgerReplay()
    /// Fills that cannot be booked on what is there, such as a sell without its buy; oldest first.
    package var owedFills: [(fill: Fill, origin: FillOrigin)] = []
    /// Flows of which the same is so.
    package var owedFlows: [Money] = []
    /// Orders that are not ended.
    package var unfinished: [OrderRecord] = []
    /// The orders that ended last, oldest first: what the venue says of them once more is no news.
    package var ended: [OrderRecord] = []
    /// Halts that are still active.
    package var halts: [ActiveHalt] = []
    /// True where the kill switch is among them.
    package var isKilled: Bool { halts.contains { $0.halt.reason == .kill } }
    /// The levels that losses are measured from.
    package var references = PortfolioReferences()
    /// What the account held before us, by currency; not ours to count or to sell.
    package var externals: [Currency: Money] = [:]
    /// The venue's time of the newest fill; nil where there is none.
    package var lastFillAt: Instant?
    /// When the run before this one began; nil where there was none.
    package var lastRunAt: Instant?
    /// The latest time in the ledger's runs and cycles; nil where there is none.
    package var lastRecordAt: Instant?
    /// True where no cycle was ever decided.
    package var hasNoPast = false
    /// How many fills there are; the venue's fills from this row on may be missing.
    package var fillCount: Int64 = 0
    /// True where the last run ended in order, or there was none.
    package var endedCleanly = true
    /// A torn last line of the audit log, put aside into this file.
    package var tornAuditLine: String?
    /// Files of the audit log that a wrong clock had dated later than now, and what they are called now.
    package var redatedAudit: [String] = []
}

extension LedgerState {
    /// How far behind the last record a start may lie: clocks are mended by seconds.
    private static let behindMax = Duration.seconds(60)
    /// How long an engine may have rested before its clock is looked at twice.
    private static let aheadMax = Duration.seconds(400 * 86_400)

    /// Why the time of a start cannot be believed without a venue that confirms it; nil where it can.
    package func clockDoubt(at now: Instant) -> String? {
        guard let last = [lastRecordAt, lastFillAt].compactMap(\.self).max() else { return nil }
        let both = "the ledger's last record is of \(last), and this machine's clock says \(now)"
        let mend =
            "set the clock (`timedatectl`) and start again; if the clock is right and an earlier run's was not, "
            + "a start beside the venue finds out by itself"
        if now < last - Self.behindMax { return "\(both), which is earlier: \(mend)" }
        if now > last + Self.aheadMax { return "\(both), more than a year later: \(mend)" }
        return nil
    }

    /// The state for a clock that is known to be right: what an earlier run dated into the future has just happened.
    package func mended(at now: Instant) -> LedgerState {
        var next = self
        next.replay = replay.mended(at: now)
        next.references = references.mended(at: now)
        next.halts = halts.map { $0.mended(at: now) }
        return next
    }
}
