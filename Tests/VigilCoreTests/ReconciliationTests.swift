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

    @Test func `a report that is under way is no mismatch`() throws {
        var core = ReconciliationCore()
        _ = try compare(&core, 1, venue: "90", ours: "100")
        let second = try compare(&core, 2, venue: "100", ours: "120")
        #expect(second == [.reply(cycle: 2, differences: 1)])
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
        func raise(
            _ subject: String,
            _ severity: Severity,
            after seconds: Int = 0
        ) throws -> [String] {
            delivered(
                try core.handle(
                    .raised(.halt, subject, severity, subject),
                    at: Sample.now + .seconds(seconds)
                )
            )
        }
        #expect(try raise("universe", .warning) == ["warning universe"])
        #expect(try raise("universe", .warning) == [])
        #expect(try raise("drawdown", .critical) == ["critical drawdown"])
        #expect(try raise("universe", .critical) == ["critical universe"])
        #expect(try raise("drawdown", .critical, after: 61) == ["critical drawdown"])
    }

    @Test func `what nobody resolves escalates once, what is resolved does not`() throws {
        var core = AlertingCore(dedupe: .seconds(60), escalation: .seconds(120))
        _ = try core.handle(.raised(.halt, "a", .warning, "a"), at: Sample.now)
        _ = try core.handle(.raised(.halt, "b", .warning, "b"), at: Sample.now)
        _ = try core.handle(.resolved(.halt, "b"), at: Sample.now)
        let later = Sample.now + .seconds(120)
        #expect(delivered(try core.handle(.timerFired, at: later)) == ["critical a escalated"])
        #expect(delivered(try core.handle(.timerFired, at: later)) == [])
    }
}
