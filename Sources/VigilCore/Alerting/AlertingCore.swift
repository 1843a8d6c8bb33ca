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

/// Delivers each alert once a minute at most, and escalates what lasts and stays unresolved.
///
/// Alerts are the same by kind and subject, never by text: text carries numbers that change. One that
/// got worse is delivered at once.
package struct AlertingCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// Something should be known, or is over.
        case noticed(Notice)
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

    private struct Key: Hashable, Sendable, Comparable {
        let kind: AlertKind
        let subject: String

        static func < (left: Key, right: Key) -> Bool {
            (left.kind.rawValue, left.subject) < (right.kind.rawValue, right.subject)
        }
    }

    private struct Open: Sendable {
        var severity: Severity
        var detail: String
        let raisedAt: Instant
        var deliveredAt: Instant
        var count: Int
        /// False for what happened and is over: nobody has to do anything for it to end.
        let lasts: Bool
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
    private var open: [Key: Open] = [:]

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
        case .noticed(let notice):
            let key = Key(kind: notice.kind, subject: notice.subject)
            switch notice.role {
            case .begins(let severity):
                return raise(key, severity, notice.text, lasts: true, at: now)
            case .happens(let severity):
                return raise(key, severity, notice.text, lasts: false, at: now)
            case .ends:
                open[key] = nil
                return []
            }
        case .timerFired:
            return open.keys.sorted().flatMap { escalate($0, at: now) + tellOfMore($0, at: now) }
        }
    }

    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        open.keys.sorted().compactMap { key in
            guard let known = open[key], known.escalated, known.severity != .critical else {
                return nil
            }
            return "\(key.kind.rawValue) was escalated and is not critical"
        }
    }

    private mutating func raise(
        _ key: Key,
        _ severity: Severity,
        _ detail: String,
        lasts: Bool,
        at now: Instant
    ) -> [Effect] {
        guard var known = open[key] else {
            open[key] = Open(
                severity: severity,
                detail: detail,
                raisedAt: now,
                deliveredAt: now,
                count: 0,
                lasts: lasts,
                escalated: false
            )
            let alert = Alert(
                kind: key.kind,
                severity: severity,
                detail: detail,
                raisedAt: now,
                count: 1,
                escalated: false
            )
            return [.deliver(alert)] + (lasts ? [.wake(at: now + escalation)] : [])
        }
        known.count += 1
        let worse = severity > known.severity
        known.severity = max(known.severity, severity)
        known.detail = detail
        var effects: [Effect] = []
        if worse || now - known.deliveredAt >= dedupe {
            effects = [.deliver(known.alert(key.kind))]
            known.deliveredAt = now
            known.count = 0
        } else if !known.lasts, known.count == 1 {
            effects = [.wake(at: known.deliveredAt + dedupe)]
        }
        open[key] = known
        return effects
    }

    /// What happened again while repeats were only counted is told behind that span.
    private mutating func tellOfMore(_ key: Key, at now: Instant) -> [Effect] {
        guard var known = open[key], !known.lasts, known.count > 0,
            now - known.deliveredAt >= dedupe
        else { return [] }
        let alert = known.alert(key.kind)
        (known.deliveredAt, known.count) = (now, 0)
        open[key] = known
        return [.deliver(alert)]
    }

    private mutating func escalate(_ key: Key, at now: Instant) -> [Effect] {
        guard var known = open[key], known.lasts, !known.escalated, known.severity >= .warning,
            now - known.raisedAt >= escalation
        else { return [] }
        known.escalated = true
        known.severity = .critical
        known.deliveredAt = now
        let alert = known.alert(key.kind)
        known.count = 0
        open[key] = known
        return [.deliver(alert)]
    }
}
