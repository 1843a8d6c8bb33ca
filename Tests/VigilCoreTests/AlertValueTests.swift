import Testing
import VigilModel

@testable import VigilCore

/// Every figure of an alert as it is delivered, and the order in which several are.
@Suite struct AlertValueTests {
    private func at(_ seconds: Int) -> Instant { Sample.now + .seconds(seconds) }

    private func core() -> AlertingCore {
        AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
    }

    private func alert(
        _ severity: Severity,
        _ detail: String,
        count: Int,
        escalated: Bool = false,
        raised seconds: Int = 0
    ) -> Alert {
        Alert(
            kind: .careFailed,
            severity: severity,
            detail: detail,
            raisedAt: at(seconds),
            count: count,
            escalated: escalated
        )
    }

    @Test
    func `an alert keeps its first time, counts since it was told, and begins anew at its end`()
        throws
    {
        var core = core()
        func raise(
            _ severity: Severity,
            _ detail: String,
            _ seconds: Int
        ) throws -> [AlertingCore.Effect] {
            try core.handle(.raised(.careFailed, "", severity, detail), at: at(seconds))
        }
        #expect(
            try raise(.warning, "3 cuts", 0) == [
                .deliver(alert(.warning, "3 cuts", count: 1)), .wake(at: at(120)),
            ]
        )
        #expect(try raise(.warning, "4 cuts", 30).isEmpty)
        #expect(
            try raise(.warning, "5 cuts", 60) == [.deliver(alert(.warning, "5 cuts", count: 2))]
        )
        #expect(try raise(.warning, "6 cuts", 100).isEmpty)
        #expect(try raise(.warning, "7 cuts", 119).isEmpty)
        #expect(
            try core.handle(.timerFired, at: at(120)) == [
                .deliver(alert(.critical, "7 cuts", count: 2, escalated: true))
            ]
        )
        // It was told just now: repeats of the next minute are only counted, from nothing on.
        #expect(try raise(.warning, "8 cuts", 179).isEmpty)
        #expect(
            try raise(.warning, "9 cuts", 180) == [
                .deliver(alert(.critical, "9 cuts", count: 2, escalated: true))
            ]
        )
        #expect(try core.handle(.resolved(.careFailed, ""), at: at(200)) == [.wake(at: at(260))])
        #expect(
            try raise(.info, "1 cut", 300) == [
                .deliver(alert(.info, "1 cut", count: 1, raised: 300))
            ]
        )
    }

    @Test func `what got worse is told at once, and counts from there on`() throws {
        var core = core()
        func raise(_ severity: Severity, _ seconds: Int) throws -> [AlertingCore.Effect] {
            try core.handle(.raised(.careFailed, "", severity, "it"), at: at(seconds))
        }
        _ = try raise(.info, 0)
        #expect(
            try raise(.warning, 59) == [
                .deliver(alert(.warning, "it", count: 1)), .wake(at: at(120)),
            ]
        )
        #expect(try raise(.warning, 60).isEmpty)
        #expect(try raise(.critical, 61) == [.deliver(alert(.critical, "it", count: 2))])
        #expect(try raise(.critical, 120).isEmpty)
        #expect(try raise(.info, 121) == [.deliver(alert(.critical, "it", count: 2))])
    }

    @Test
    func `what was news at first escalates once it is a warning, at the time of its first word`()
        throws
    {
        var core = core()
        func raise(_ severity: Severity, _ seconds: Int) throws {
            _ = try core.handle(.raised(.careFailed, "", severity, "it"), at: at(seconds))
        }
        try raise(.info, 0)
        #expect(try core.handle(.timerFired, at: at(120)).isEmpty)
        try raise(.warning, 130)
        #expect(
            try core.handle(.timerFired, at: at(131)) == [
                .deliver(alert(.critical, "it", count: 0, escalated: true))
            ]
        )
    }

    @Test func `several that escalate at once are told by kind, then by subject`() throws {
        var core = core()
        let raised: [(AlertKind, String)] = [
            (.halt, "b"), (.blind, "z"), (.orderUnsettled, "a"), (.halt, "a"), (.anomaly, "c"),
        ]
        for (kind, subject) in raised {
            let name = "\(kind.rawValue) \(subject)"
            _ = try core.handle(.raised(kind, subject, .warning, name), at: at(0))
        }
        let told = try core.handle(.timerFired, at: at(120)).map { effect in
            guard case .deliver(let alert) = effect else { return "" }
            return alert.detail
        }
        #expect(told == ["anomaly c", "blind z", "halt a", "halt b", "order_unsettled a"])
    }

    @Test func `severities are ordered, and have the names that logs and metrics use`() {
        let all = Severity.allCases
        #expect(all.map(\.name) == ["info", "warning", "critical"])
        for (left, one) in all.enumerated() {
            for (right, other) in all.enumerated() {
                #expect((one < other) == (left < right))
            }
        }
    }
}
