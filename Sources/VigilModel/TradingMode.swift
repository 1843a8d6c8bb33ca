/// What a run of Vigil may do; its text is the word of the configuration, of the journal and of the ledger.
package enum TradingMode: String, Sendable, CaseIterable, Codable, CustomStringConvertible {
    /// Proposes, submits nothing.
    case dryRun = "DRY_RUN"
    /// Trades on the paper venue.
    case paper = "PAPER"
    /// Trades with money.
    case live = "LIVE"

    package var description: String { rawValue }
}
