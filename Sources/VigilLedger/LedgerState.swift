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
    /// True where no cycle was ever decided.
    package var hasNoPast = false
    /// How many fills there are; the venue's fills from this row on may be missing.
    package var fillCount: Int64 = 0
    /// True where the last run ended in order, or there was none.
    package var endedCleanly = true
    /// A torn last line of the audit log, put aside into this file.
    package var tornAuditLine: String?
}
