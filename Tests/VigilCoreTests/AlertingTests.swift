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
        #expect(try raise(.blind, 1) == [], "what comes and goes is not told each time")
        #expect(told(try core.handle(.timerFired, at: Sample.now + .seconds(59))) == [])
        #expect(
            told(try core.handle(.timerFired, at: Sample.now + .seconds(60))) == ["1 text"],
            "it is there behind that span, and told"
        )
        #expect(try raise(.exitUnfilled, 61) == ["1 text"])
    }

    @Test func `news that comes and goes is told once a day, and at once where it gets worse`()
        throws
    {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(7_200))
        func tell(_ event: AlertingCore.Event, _ seconds: Int) throws -> [String] {
            told(try core.handle(event, at: Sample.now + .seconds(seconds)))
        }
        func begins(_ severity: Severity) -> AlertingCore.Event {
            .raised(.halt, "candle_stale BTC-USD", severity, "stale")
        }
        let ends = AlertingCore.Event.resolved(.halt, "candle_stale BTC-USD")
        #expect(try tell(begins(.info), 0) == ["1 stale"])
        for episode in 1...40 {
            #expect(try tell(ends, episode * 600) == [])
            #expect(try tell(.timerFired, episode * 600 + 60) == [])
            #expect(try tell(begins(.info), episode * 600 + 300) == [])
        }
        #expect(try tell(begins(.warning), 30_000) == ["2 stale"])
        #expect(try tell(ends, 30_010) == [])
        #expect(try tell(begins(.info), 90_000) == ["1 stale"])
        #expect(try tell(.timerFired, 90_000 + 86_399) == [])
        #expect(try tell(begins(.info), 90_000 + 86_400) == ["1 stale"])
    }

    @Test func `what comes and goes within a minute is told once, and is forgotten behind it`()
        throws
    {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        func tell(_ event: AlertingCore.Event, _ seconds: Int) throws -> [String] {
            told(try core.handle(event, at: Sample.now + .seconds(seconds)))
        }
        let (begins, ends) = (
            AlertingCore.Event.raised(.halt, "a", .warning, "it"),
            AlertingCore.Event.resolved(.halt, "a")
        )
        #expect(try tell(begins, 0) == ["1 it"])
        for second in stride(from: 5, to: 55, by: 10) {
            #expect(try tell(ends, second) == [])
            #expect(try tell(begins, second + 5) == [])
        }
        #expect(try tell(ends, 59) == [])
        #expect(try tell(.timerFired, 60) == [])
        #expect(try tell(.timerFired, 120) == [], "it is over, and escalates no more")
        #expect(try tell(begins, 200) == ["1 it"])
    }

    @Test func `what follows from a halt that is told is not told beside it`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(1_000))
        func tell(_ notice: Notice, _ seconds: Int) throws -> [String] {
            told(try core.handle(.noticed(notice), at: Sample.now + .seconds(seconds)))
        }
        func tick(_ seconds: Int) throws -> [String] {
            told(try core.handle(.timerFired, at: Sample.now + .seconds(seconds)))
        }
        func halted(_ reason: HaltReason, _ product: ProductID? = nil) -> Notice {
            .halted(ActiveHalt(Halt(reason, product), detail: "it", raisedAt: Sample.now))
        }
        #expect(try tell(halted(.connectivity), 0).count == 1)
        for reason in [HaltReason.productStatus, .feedGap, .quoteStale, .candleStale] {
            #expect(try tell(halted(reason, Sample.btc), 1) == [])
        }
        #expect(
            try tell(.unseen(Sample.btc, since: nil), 2) == [],
            "the venue is gone: that is told"
        )
        // The connection is back: what is still wrong a minute later is told, the candles behind the quotes.
        #expect(try tell(.cleared(Halt(.connectivity)), 100) == [])
        for reason in [HaltReason.productStatus, .feedGap] {
            #expect(try tell(.cleared(Halt(reason, Sample.btc)), 110) == [])
        }
        #expect(try tell(.leftBlind(Sample.btc), 110) == [])
        let late = try tick(160)
        #expect(late.count == 1 && late[0].contains("quote_stale"))
        // What was kept back escalates in its own time, once its cause is over.
        #expect(try tell(halted(.connectivity), 300).count == 1)
        let kept = try core.handle(.noticed(halted(.universe)), at: Sample.now + .seconds(310))
        #expect(kept == [.wake(at: Sample.now + .seconds(1_310))])
        #expect(try tell(.cleared(Halt(.connectivity)), 320) == [])
        #expect(try tick(400).count == 1)
        #expect(try tick(1_310).count == 1)
        // A halt that is only news explains nothing that is worth waking up for.
        #expect(try tell(halted(.feedGap, CycleSceneNames.eth), 200).count == 1)
        #expect(try tell(.unseen(CycleSceneNames.eth, since: nil), 201).count == 1)
    }

    @Test
    func `what ends by itself, and a kill, never escalate, and a long pause of a product does`()
        throws
    {
        func escalates(_ notice: Notice) throws -> Int? {
            var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
            _ = try core.handle(.noticed(notice), at: Sample.now)
            return try [119, 120, 899, 900, 90_000].first { seconds in
                try !told(core.handle(.timerFired, at: Sample.now + .seconds(seconds))).isEmpty
            }
        }
        func halted(_ reason: HaltReason) -> Notice {
            .halted(
                ActiveHalt(
                    Halt(reason, reason.concernsProduct ? Sample.btc : nil),
                    detail: "it",
                    raisedAt: Sample.now
                )
            )
        }
        for reason in HaltReason.allCases {
            let isQuiet =
                [.kill, .dailyStop, .weeklyStop].contains(reason) || reason.rule == .time
                || reason.concernsProduct && reason != .oddFill
            #expect(try escalates(halted(reason)) == (isQuiet ? nil : 120), "\(reason.rawValue)")
        }
        #expect(try escalates(.unsellable(Sample.btc, .cancelOnly)) == 900)
    }

    private enum CycleSceneNames {
        static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
    }

    @Test func `an alert escalates to critical at its time and once, and news never does`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        for (subject, severity) in [("news", Severity.info), ("trouble", .warning)] {
            let effects = try core.handle(
                .raised(.halt, subject, severity, subject),
                at: Sample.now
            )
            let wakes = effects.contains(.wake(at: Sample.now + .seconds(120)))
            #expect(wakes == (severity > .info))
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
