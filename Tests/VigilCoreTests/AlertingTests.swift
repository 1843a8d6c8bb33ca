import Testing
import VigilCore
import VigilModel

@Suite struct AlertingTests {
    private func delivered(_ effects: [AlertingCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .deliver(let alert) = effect else { return nil }
            return "\(alert.severity.name) \(alert.detail)\(alert.escalated ? " escalated" : "")"
        }
    }

    @Test func `repeats are counted, worse ones and other subjects are delivered at once`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        // The text is another one each time, as its numbers are: it is the subject that repeats.
        var number = 0
        func raise(
            _ subject: String,
            _ severity: Severity,
            after seconds: Int = 0
        ) throws -> [Alert] {
            number += 1
            return try core.handle(
                .raised(.halt, subject, severity, "no. \(number)"),
                at: Sample.now + .seconds(seconds)
            ).compactMap { if case .deliver(let alert) = $0 { alert } else { nil } }
        }
        func words(_ alerts: [Alert]) -> [String] {
            alerts.map { "\($0.severity.name) \($0.detail), \($0.count) times" }
        }
        #expect(try words(raise("universe", .warning)) == ["warning no. 1, 1 times"])
        #expect(try words(raise("universe", .warning)) == [])
        #expect(try words(raise("drawdown", .critical)) == ["critical no. 3, 1 times"])
        // Worse: at once, with the one that was only counted.
        #expect(try words(raise("universe", .critical)) == ["critical no. 4, 2 times"])
        #expect(try words(raise("drawdown", .critical, after: 59)) == [])
        #expect(try words(raise("drawdown", .critical, after: 60)) == ["critical no. 6, 2 times"])
        // One that got better is no other alert, and stays as grave as it was.
        #expect(try words(raise("universe", .warning, after: 59)) == [])
        #expect(try words(raise("universe", .warning, after: 61)) == ["critical no. 8, 2 times"])
    }

    @Test func `what nobody resolves escalates once, what is resolved does not`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        _ = try core.handle(.raised(.halt, "a", .warning, "1 of 2"), at: Sample.now)
        _ = try core.handle(.raised(.halt, "b", .warning, "2 of 2"), at: Sample.now)
        _ = try core.handle(.raised(.halt, "a", .warning, "1 of 1"), at: Sample.now)
        _ = try core.handle(.resolved(.halt, "b"), at: Sample.now)
        let early = Sample.now + .seconds(119)
        #expect(delivered(try core.handle(.timerFired, at: early)) == [])
        let later = Sample.now + .seconds(120)
        #expect(delivered(try core.handle(.timerFired, at: later)) == ["critical 1 of 1 escalated"])
        #expect(delivered(try core.handle(.timerFired, at: later)) == [])
    }

    /// How an alert is delivered: how often it was raised, and with which words.
    private func told(_ effects: [AlertingCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .deliver(let alert) = effect else { return nil }
            return "\(alert.count) \(alert.detail)"
        }
    }

    @Test func `one subject with other numbers is the same alert, and is counted`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(7_200))
        func raise(
            _ detail: String,
            _ seconds: Int,
            of subject: String = "spread BTC-USD"
        ) throws
            -> [String]
        {
            let event = AlertingCore.Event.raised(.halt, subject, .warning, detail)
            return told(try core.handle(event, at: Sample.now + .seconds(seconds)))
        }
        #expect(try raise("81 bps", 0) == ["1 81 bps"])
        #expect(try raise("95 bps", 1) == [])
        #expect(try raise("99 bps", 59) == [])
        // The newest words, and how often it came since it was told.
        #expect(try raise("82 bps", 60) == ["3 82 bps"])
        #expect(try raise("83 bps", 119) == [])
        #expect(try raise("84 bps", 120) == ["2 84 bps"])
        // The same words about something else are another alert.
        #expect(try raise("84 bps", 120, of: "spread ETH-USD") == ["1 84 bps"])
    }

    @Test func `the same words of two kinds are two alerts, and each is resolved by itself`() throws
    {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        func raise(_ kind: AlertKind, _ seconds: Int) throws -> [String] {
            let event = AlertingCore.Event.raised(kind, "BTC-USD", .warning, "text")
            return told(try core.handle(event, at: Sample.now + .seconds(seconds)))
        }
        #expect(try raise(.blind, 0).count == 1)
        #expect(try raise(.exitUnfilled, 0).count == 1)
        _ = try core.handle(.resolved(.blind, "BTC-USD"), at: Sample.now)
        #expect(try raise(.blind, 1) == ["1 text"], "what was resolved is told anew")
        #expect(try raise(.exitUnfilled, 1) == [])
    }

    @Test func `an alert escalates to critical at its time and once, and news never does`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        for (subject, severity) in [("news", Severity.info), ("trouble", .warning)] {
            let effects = try core.handle(
                .raised(.halt, subject, severity, subject),
                at: Sample.now
            )
            #expect(effects.last == .wake(at: Sample.now + .seconds(120)))
        }
        #expect(try core.handle(.timerFired, at: Sample.now + .seconds(119)).isEmpty)
        let due = try core.handle(.timerFired, at: Sample.now + .seconds(120))
        #expect(delivered(due) == ["critical trouble escalated"])
        #expect(try core.handle(.timerFired, at: Sample.now + .seconds(300)).isEmpty)
        let event = AlertingCore.Event.raised(.halt, "trouble", .warning, "trouble")
        let again = try core.handle(event, at: Sample.now + .seconds(180))
        #expect(delivered(again) == ["critical trouble escalated"], "it stays what it became")
    }
}
