/// What an alert is about; the raw values are stable codes.
package enum AlertKind: String, Sendable, Codable, CaseIterable {
    /// Entries were halted.
    case halt
    /// An exit could not be filled at once.
    case exitUnfilled = "exit_unfilled"
    /// What became of an order has not been known for a minute.
    case orderUnsettled = "order_unsettled"
    /// A cycle was aborted.
    case cycleAborted = "cycle_aborted"
    /// The venue or we did something illegal.
    case anomaly
    /// Positions are over their cap, and nothing could be cut back.
    case careFailed = "care_failed"
    /// A position has no market here.
    case blind
    /// A position cannot be sold at the venue as it is.
    case unsellable
    /// An exit wants to sell more than the venue has for us.
    case exitShort = "exit_short"
    /// Start-up found work to do.
    case recovered
    /// The ledger could not be written.
    case ledgerUnwritable = "ledger_unwritable"
    /// The ledger could not be copied.
    case backupFailed = "backup_failed"
    /// The paper venue's own store could not be written.
    case venueUnwritable = "venue_unwritable"
    /// Whatever was proposed has been refused for hours.
    case entriesDenied = "entries_denied"

    /// A position was opened or closed, or its stop-loss fired.
    case position

    /// True where it lasts until something ends it; what only happens is told, and never escalates.
    package var lasts: Bool {
        switch self {
        case .halt, .exitUnfilled, .orderUnsettled, .ledgerUnwritable, .venueUnwritable,
            .backupFailed, .blind, .unsellable, .exitShort, .entriesDenied:
            true
        case .cycleAborted, .anomaly, .careFailed, .recovered, .position: false
        }
    }
}
