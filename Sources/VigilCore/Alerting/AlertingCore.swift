package import VigilModel

/// How much an alert matters.
package enum Severity: Int, Sendable, Codable, Comparable, CaseIterable {
    /// Worth knowing.
    case info
    /// Worth looking at in the morning.
    case warning
    /// Worth waking up for.
    case critical

    package static func < (left: Severity, right: Severity) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The name used in logs, metrics and the ledger.
    package var name: String { "\(self)" }
}

/// What an alert is about; the raw values are stable codes.
package enum AlertKind: String, Sendable, Codable, CaseIterable {
    /// Entries were halted.
    case halt
    /// An exit could not be filled at once.
    case exitUnfilled = "exit_unfilled"
    /// A cycle was aborted.
    case cycleAborted = "cycle_aborted"
    /// The venue or we did something illegal.
    case anomaly
    /// Start-up found work to do.
    case recovered
    /// The ledger could not be written.
    case ledgerUnwritable = "ledger_unwritable"
}

/// Something the operator should know.
package struct Alert: Sendable, Equatable {
    /// What it is about.
    package let kind: AlertKind
    /// How much it matters.
    package let severity: Severity
    /// The case, in words.
    package let detail: String
    /// When it was raised first.
    package let raisedAt: Instant
    /// How often it was raised since it was last delivered.
    package let count: Int
    /// True where it was raised once more because nobody resolved it.
    package let escalated: Bool
}

/// Delivers each alert once a minute at most, and escalates what stays unresolved.
///
/// Alerts are the same by kind, never by text: text carries numbers that change.
package struct AlertingCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// Something should be known.
        case raised(AlertKind, Severity, String)
        /// Its cause is gone.
        case resolved(AlertKind)
        /// A timer that was asked for is due.
        case timerFired
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Record and deliver an alert.
        case deliver(Alert)
        /// Call back at a time.
        case wake(at: Instant)
    }

    private struct Open: Sendable {
        var severity: Severity
        var detail: String
        let raisedAt: Instant
        var deliveredAt: Instant
        var count: Int
        var escalated: Bool

        func alert(_ kind: AlertKind) -> Alert {
            Alert(
                kind: kind,
                severity: severity,
                detail: detail,
                raisedAt: raisedAt,
                count: count,
                escalated: escalated
            )
        }
    }

    private let dedupe: Duration
    private let escalation: Duration
    private var open: [AlertKind: Open] = [:]

    /// Takes the span in which repeats are only counted, and the one after which an alert escalates.
    package init(dedupe: Duration, escalation: Duration) {
        self.dedupe = dedupe
        self.escalation = escalation
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .raised(let kind, let severity, let detail):
            return raise(kind, severity, detail, at: now)
        case .resolved(let kind):
            open[kind] = nil
            return []
        case .timerFired:
            return open.keys.sorted { $0.rawValue < $1.rawValue }.flatMap { escalate($0, at: now) }
        }
    }

    private mutating func raise(
        _ kind: AlertKind,
        _ severity: Severity,
        _ detail: String,
        at now: Instant
    ) -> [Effect] {
        guard var known = open[kind] else {
            open[kind] = Open(
                severity: severity,
                detail: detail,
                raisedAt: now,
                deliveredAt: now,
                count: 1,
                escalated: false
            )
            let alert = Alert(
                kind: kind,
                severity: severity,
                detail: detail,
                raisedAt: now,
                count: 1,
                escalated: false
            )
            return [.deliver(alert), .wake(at: now + escalation)]
        }
        known.count += 1
        known.severity = max(known.severity, severity)
        known.detail = detail
        var effects: [Effect] = []
        if now - known.deliveredAt >= dedupe {
            effects = [.deliver(known.alert(kind))]
            known.deliveredAt = now
            known.count = 0
        }
        open[kind] = known
        return effects
    }

    private mutating func escalate(_ kind: AlertKind, at now: Instant) -> [Effect] {
        guard var known = open[kind], !known.escalated, known.severity >= .warning,
            now - known.raisedAt >= escalation
        else { return [] }
        known.escalated = true
        known.severity = .critical
        known.deliveredAt = now
        let alert = known.alert(kind)
        known.count = 0
        open[kind] = known
        return [.deliver(alert)]
    }
}
