package import VigilCore

/// What a journal entry is about, each kind with a MESSAGE_ID that never changes.
package enum EventKind: String, Sendable, CaseIterable {
    /// The engine begins to start.
    case starting = "STARTING"
    /// Start-up found and settled what the last run left behind.
    case recovered = "RECOVERED"
    /// The engine trades.
    case ready = "READY"
    /// A cycle ended.
    case cycle = "CYCLE"
    /// An order changed its state.
    case order = "ORDER"
    /// A part of an order traded.
    case fill = "FILL"
    /// A protective exit was fired.
    case exit = "EXIT"
    /// Entries were halted.
    case halt = "HALT"
    /// A halt ended.
    case haltCleared = "HALT_CLEARED"
    /// The kill switch was pulled.
    case kill = "KILL"
    /// An alert was delivered.
    case alert = "ALERT"
    /// Something illegal happened and was survived.
    case anomaly = "ANOMALY"
    /// The configuration was checked again.
    case configChecked = "CONFIG_CHECKED"
    /// The audit chain's head, once an hour.
    case auditHead = "AUDIT_HEAD"
    /// The engine stops.
    case stopping = "STOPPING"
    /// A feed's books cannot be relied on.
    case feedLost = "FEED_LOST"
    /// A feed is whole again.
    case feedWhole = "FEED_WHOLE"
    /// The venue's answers, or their absence, are worth knowing.
    case venue = "VENUE"
    /// The ledger was copied, or could not be.
    case backup = "BACKUP"
    /// The machine's clock was set, or the machine slept.
    case clock = "CLOCK"
    /// A simulation lets something go wrong; never in an engine that trades.
    case simulated = "SIMULATED"

    /// The stable identifier of the kind, as journald wants it.
    package var messageID: String {
        switch self {
        case .starting: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20001"
        case .recovered: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20002"
        case .ready: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20003"
        case .cycle: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20004"
        case .order: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20005"
        case .fill: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20006"
        case .exit: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20007"
        case .halt: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20008"
        case .haltCleared: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20009"
        case .kill: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000a"
        case .alert: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000b"
        case .anomaly: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000c"
        case .configChecked: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000d"
        case .auditHead: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000e"
        case .stopping: "6a1f0c5f8f5e4d0c9f6fd3f0a1b2000f"
        case .feedLost: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20010"
        case .feedWhole: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20011"
        case .venue: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20012"
        case .backup: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20013"
        case .simulated: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20014"
        case .clock: "6a1f0c5f8f5e4d0c9f6fd3f0a1b20015"
        }
    }
}

/// The syslog priority of an entry.
package enum Priority: Int, Sendable {
    /// Somebody must act.
    case critical = 2
    /// Something failed.
    case error = 3
    /// Something may be wrong.
    case warning = 4
    /// Worth knowing.
    case notice = 5
    /// The usual course of things.
    case info = 6
}

extension Priority {
    /// How an entry of a severity is written; what is only worth knowing warns of nothing.
    package init(_ severity: Severity, critical: Priority) {
        switch severity {
        case .info: self = .notice
        case .warning: self = .warning
        case .critical: self = critical
        }
    }
}
