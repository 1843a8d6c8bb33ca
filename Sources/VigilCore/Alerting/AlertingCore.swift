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

/// Delivers each alert once a minute at most, what is only news and lasts once a day, and escalates what lasts and
/// stays unresolved.
///
/// Alerts are the same by kind and subject, never by text: text carries numbers that change. One that
/// got worse is delivered at once. What follows from a halt that is told, and is no graver, is not told beside it.
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
        var raisedAt: Instant
        /// When it was told last; nil where what it follows from is told instead.
        var deliveredAt: Instant?
        var count = 0
        /// False for what happened and is over: nobody has to do anything for it to end.
        var lasts: Bool
        var escalated = false
        /// When it becomes critical; nil where it never does.
        var escalation: Instant?
        /// Halts that it follows from.
        var causes: [String] = []
        /// True where it ended, and is remembered for as long as its repeats are only counted.
        var isOver = false

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

    /// How long news that comes and goes is remembered: a thin market's candle is stale fifty times a day.
    private static let newsSpan = Duration.seconds(86_400)

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
            case .begins(let severity): return raise(key, severity, notice, lasts: true, at: now)
            case .happens(let severity): return raise(key, severity, notice, lasts: false, at: now)
            case .ends: return end(key, at: now)
            }
        case .timerFired:
            // What others follow from comes before them.
            let keys = open.keys.sorted {
                let (left, right) = (open[$0]?.causes.count ?? 0, open[$1]?.causes.count ?? 0)
                return left == right ? $0 < $1 : left < right
            }
            for key in keys where open[key].map({ isForgotten($0, at: now) }) == true {
                open[key] = nil
            }
            return keys.flatMap { escalate($0, at: now) + tellOfMore($0, at: now) }
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
        _ notice: Notice,
        lasts: Bool,
        at now: Instant
    ) -> [Effect] {
        let due = lasts ? notice.escalation.span(usual: escalation).map { now + $0 } : nil
        guard var known = open[key], !isForgotten(known, at: now) else {
            var new = Open(severity: severity, detail: notice.text, raisedAt: now, lasts: lasts)
            (new.escalation, new.causes, new.count) = (due, notice.causes, 1)
            guard !isExplained(new) else {
                open[key] = new
                return due.map { [.wake(at: $0)] } ?? []
            }
            let alert = new.alert(key.kind)
            (new.deliveredAt, new.count) = (now, 0)
            open[key] = new
            return [.deliver(alert)] + (due.map { [.wake(at: $0)] } ?? [])
        }
        known.count += 1
        known.detail = notice.text
        let worse = severity > known.severity
        var effects: [Effect] = []
        if known.isOver {
            // It has begun anew while its repeats are only counted: told behind that span, if it is there then.
            (known.isOver, known.raisedAt, known.escalated) = (false, now, false)
            (known.severity, known.escalation) = (severity, due)
            effects =
                (due.map { [.wake(at: $0)] } ?? [])
                + (known.deliveredAt.map { [.wake(at: $0 + span(known))] } ?? [])
        }
        known.severity = max(known.severity, severity)
        // What was news at first counts from its first word.
        if known.escalation == nil, !known.escalated, lasts,
            let span = notice.escalation.span(usual: escalation)
        {
            known.escalation = known.raisedAt + span
            effects.append(.wake(at: max(now, known.raisedAt + span)))
        }
        let isDue = known.deliveredAt.map { now - $0 >= span(known) } ?? !isExplained(known)
        if worse || isDue {
            effects.insert(.deliver(known.alert(key.kind)), at: 0)
            (known.deliveredAt, known.count) = (now, 0)
        } else if !known.lasts, known.count == 1, let told = known.deliveredAt {
            effects.append(.wake(at: told + span(known)))
        }
        open[key] = known
        return effects
    }

    /// The span in which repeats are only counted.
    private func span(_ known: Open) -> Duration {
        guard known.severity == .info, known.lasts, known.deliveredAt != nil else { return dedupe }
        return max(dedupe, Self.newsSpan)
    }

    /// True where something at least as grave that it follows from is told already.
    private func isExplained(_ effect: Open) -> Bool {
        effect.causes.contains { cause in
            guard let known = open[Key(kind: .halt, subject: cause)] else { return false }
            return !known.isOver && known.deliveredAt != nil && known.severity >= effect.severity
        }
    }

    /// What was told just now is remembered, so that what comes and goes is not told each time; what followed from it
    /// is told if it is still there behind that span.
    private mutating func end(_ key: Key, at now: Instant) -> [Effect] {
        guard var known = open[key] else { return [] }
        if known.lasts, let told = known.deliveredAt, now - told < span(known) {
            (known.isOver, known.count, known.escalation) = (true, 0, nil)
            open[key] = known
        } else {
            open[key] = nil
        }
        let follows = open.values.contains {
            $0.deliveredAt == nil && $0.causes.contains(key.subject)
        }
        return known.isOver || follows ? [.wake(at: now + dedupe)] : []
    }

    /// True for what is over, and was told so long ago that it would be told anew.
    private func isForgotten(_ known: Open, at now: Instant) -> Bool {
        known.isOver && (known.deliveredAt.map { now - $0 >= span(known) } ?? true)
    }

    /// What happened again while repeats were only counted, or was kept back for its cause, is told behind that span.
    private mutating func tellOfMore(_ key: Key, at now: Instant) -> [Effect] {
        guard var known = open[key], !known.isOver, known.count > 0, !isExplained(known),
            now - (known.deliveredAt ?? known.raisedAt) >= span(known),
            !known.lasts || known.deliveredAt.map({ $0 < known.raisedAt }) ?? true
        else { return [] }
        let alert = known.alert(key.kind)
        (known.deliveredAt, known.count) = (now, 0)
        open[key] = known
        return [.deliver(alert)]
    }

    private mutating func escalate(_ key: Key, at now: Instant) -> [Effect] {
        guard var known = open[key], known.lasts, !known.isOver, !known.escalated,
            !isExplained(known), let due = known.escalation, due <= now
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
