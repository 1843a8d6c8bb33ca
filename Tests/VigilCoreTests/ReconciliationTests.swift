import Testing
import VigilCore
import VigilModel

@Suite struct ReconciliationTests {
    /// One comparison: the venue's and our dollars, and what came of it.
    private func compare(
        _ core: inout ReconciliationCore,
        _ cycle: Int,
        venue: String,
        ours: String
    ) throws -> [ReconciliationCore.Effect] {
        let zero = Money.zero(.usd)
        let balance = Balance(available: try Money(venue, .usd), onHold: zero)
        _ = try core.handle(.requested(cycle: cycle), at: Sample.now)
        _ = try core.handle(
            .holdingsAnswered(cycle: cycle, [.usd: try Money(ours, .usd)]),
            at: Sample.now
        )
        _ = try core.handle(.ordersAnswered(cycle: cycle, []), at: Sample.now)
        return try core.handle(
            .venueListed(cycle: cycle, VenueListing(balances: [balance], openOrders: [])),
            at: Sample.now
        )
    }

    @Test func `a difference that lasts is raised while both totals move, and cleared`() throws {
        var core = ReconciliationCore()
        #expect(
            try compare(&core, 1, venue: "90", ours: "100") == [.reply(cycle: 1, differences: 1)]
        )
        let second = try compare(&core, 2, venue: "70", ours: "80")
        #expect(second.first == .raiseMismatch("USD: venue 70, ledger 80"))
        let third = try compare(&core, 3, venue: "80", ours: "80")
        #expect(third == [.clearMismatch, .reply(cycle: 3, differences: 0)])
    }

    @Test func `defect 36: a report that is under way is no mismatch`() throws {
        var core = ReconciliationCore()
        _ = try compare(&core, 1, venue: "90", ours: "100")
        let second = try compare(&core, 2, venue: "100", ours: "120")
        #expect(second == [.reply(cycle: 2, differences: 1)])
    }

    @Test func `a difference that is worth less than dust is none, and one without a price is`()
        throws
    {
        let coin = Currency("BTC") ?? .usd
        func differences(_ price: Rate?) throws -> ReconciliationCore.Effect? {
            var core = ReconciliationCore(dust: try Money("1", .usd))
            let zero = Money.zero(.usd)
            let balance = Balance(available: try Money("0.00001", coin), onHold: .zero(coin))
            _ = try core.handle(.requested(cycle: 1), at: Sample.now)
            let prices = price.map { [coin: $0] } ?? [:]
            let answer = ReconciliationCore.Event.holdingsAnswered(
                cycle: 1,
                [.usd: zero],
                prices: prices
            )
            _ = try core.handle(answer, at: Sample.now)
            _ = try core.handle(.ordersAnswered(cycle: 1, []), at: Sample.now)
            let listing = VenueListing(balances: [balance], openOrders: [])
            return try core.handle(.venueListed(cycle: 1, listing), at: Sample.now).last
        }
        #expect(try differences(Rate("90000")) == .reply(cycle: 1, differences: 0))
        #expect(try differences(Rate("100000")) == .reply(cycle: 1, differences: 1))
        #expect(try differences(nil) == .reply(cycle: 1, differences: 1))
    }

    @Test func `another Vigil on our key is named at first sight, and forgotten after ten minutes`()
        throws
    {
        var core = ReconciliationCore(instance: "ourselve")
        let seen = try core.handle(.otherSeen(instance: "stranger"), at: Sample.now)
        guard case .raiseMismatch(let detail)? = seen.first else {
            Issue.record("nothing was raised")
            return
        }
        #expect(detail.contains("`stranger`"))
        #expect(try core.handle(.otherSeen(instance: "stranger"), at: Sample.now).isEmpty)
        #expect(
            try compare(&core, 1, venue: "1", ours: "1").last == .reply(cycle: 1, differences: 1)
        )
        let later = Sample.now + .seconds(601)
        _ = try core.handle(.requested(cycle: 2), at: later)
        _ = try core.handle(.holdingsAnswered(cycle: 2, [:]), at: later)
        _ = try core.handle(.ordersAnswered(cycle: 2, []), at: later)
        let listing = VenueListing(balances: [], openOrders: [])
        let clean = try core.handle(.venueListed(cycle: 2, listing), at: later)
        #expect(clean == [.clearMismatch, .reply(cycle: 2, differences: 0)])
    }

    @Test func `an unreadable venue is not an empty one`() throws {
        var core = ReconciliationCore()
        _ = try core.handle(.requested(cycle: 1), at: Sample.now)
        let effects = try core.handle(.venueUnreadable(cycle: 1), at: Sample.now)
        #expect(effects == [.reply(cycle: 1, differences: nil)])
    }
}

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

    @Test func `one text about two subjects, or of two kinds, is two alerts`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        let raised: [AlertingCore.Event] = [
            .raised(.halt, "BTC-USD", .warning, "the same"),
            .raised(.halt, "ETH-USD", .warning, "the same"),
            .raised(.anomaly, "BTC-USD", .warning, "the same"),
        ]
        for event in raised {
            #expect(delivered(try core.handle(event, at: Sample.now)) == ["warning the same"])
        }
        // What is resolved is resolved alone, and begins anew.
        _ = try core.handle(.resolved(.halt, "BTC-USD"), at: Sample.now)
        #expect(delivered(try core.handle(raised[0], at: Sample.now)) == ["warning the same"])
        #expect(delivered(try core.handle(raised[1], at: Sample.now)) == [])
        #expect(delivered(try core.handle(raised[2], at: Sample.now)) == [])
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
}
