import Testing
import VigilModel

@testable import VigilCore

/// How long the account's own stops hold, what they tell, and what Risk keeps from its past.
@Suite struct RiskStopTests {
    /// A Monday, 00:00 UTC.
    private let monday = Sample.now
    private let tests = RiskTests()

    private func core(_ change: (inout RiskPolicy) -> Void = { _ in }) throws -> RiskCore {
        var policy = RiskTests.policy
        change(&policy)
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: monday)
        return core
    }

    private func look(
        _ core: inout RiskCore,
        _ portfolio: PortfolioSnapshot? = nil,
        at now: Instant = Sample.now
    ) throws -> [RiskCore.Effect] {
        let books = try portfolio ?? tests.snapshot()
        let market = MarketSnapshot(at: now, products: [:])
        return try core.handle(.breakersRequested(cycle: 1, books, market), at: now)
    }

    private func reasons(_ effects: [RiskCore.Effect]) -> [HaltReason] {
        guard case .replyBreakers(_, let halts, _)? = effects.last else { return [] }
        return halts.map(\.reason)
    }

    private func details(_ effects: [RiskCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .reportHalt(let active) = effect else { return nil }
            return active.detail
        }
    }

    @Test func `Risk is halted until the start is complete`() throws {
        var core = RiskCore(policy: RiskTests.policy, execution: RiskTests.execution)
        #expect(try reasons(look(&core)) == [.recovering])
    }

    @Test func `each stop is told with the figures that tripped it`() throws {
        var core = try core()
        let bad = try tests.snapshot(
            drawdown: "0.125",
            day: "-0.04",
            week: "-0.08",
            rates: [.usd: .one, .usdt: Rate("1.02"), .usdc: Rate("0.98")]
        )
        #expect(
            try details(look(&core, bad)) == [
                "change today -0.04, stop at -0.03", "change this week -0.08, stop at -0.07",
                "drawdown 0.125, limit 0.1", "1 USDC is 0.98 USD",
            ]
        )
    }

    @Test
    func `a day's stop holds to the last second of its day, and a week's to that of its week`()
        throws
    {
        var core = try core()
        let noon = monday + .seconds(43_200)
        _ = try look(&core, tests.snapshot(day: "-0.05", week: "-0.09"), at: noon)
        func after(_ seconds: Int) throws -> [HaltReason] {
            try reasons(look(&core, at: monday + .seconds(seconds)))
        }
        #expect(try after(86_399) == [.dailyStop, .weeklyStop])
        #expect(try after(86_400) == [.weeklyStop])
        #expect(try after(7 * 86_400 - 1) == [.weeklyStop])
        #expect(try after(7 * 86_400).isEmpty)
        // A new day with a new loss has a stop of its own.
        let later = monday + .seconds(8 * 86_400)
        #expect(try reasons(look(&core, tests.snapshot(day: "-0.03"), at: later)) == [.dailyStop])
    }

    @Test func `a resume ends what only the operator ends, and keeps the peak where it was`() throws
    {
        var core = try core()
        for reason in [HaltReason.arithmetic, .mismatch, .kill] {
            _ = try core.handle(.haltRaised(Halt(reason), detail: ""), at: monday)
        }
        let mismatch = ActiveHalt(Halt(.mismatch), detail: "", raisedAt: monday)
        let arithmetic = ActiveHalt(Halt(.arithmetic), detail: "", raisedAt: monday)
        #expect(
            try core.handle(.resumed(reason: "seen"), at: monday) == [
                .publishHalts([arithmetic, mismatch]), .reportCleared(Halt(.kill), reason: "seen"),
                .publishHalts([mismatch]), .reportCleared(Halt(.arithmetic), reason: "seen"),
            ]
        )
        #expect(try core.handle(.resumed(reason: "seen"), at: monday).isEmpty)
        _ = try look(&core, tests.snapshot(drawdown: "0.2"))
        #expect(
            try core.handle(.resumed(reason: "seen"), at: monday) == [
                .resetPeak, .publishHalts([mismatch]),
                .reportCleared(Halt(.drawdown), reason: "seen"),
            ]
        )
    }

    private func lose(_ core: inout RiskCore, _ times: Int) throws {
        for _ in 0..<times {
            _ = try core.handle(.positionClosed(Sample.btc, Money("-1", .usd)), at: monday)
        }
    }

    @Test(
        arguments: [
            (3, 2, []), (3, 3, ["3 losing trades in a row, limit 3"]),
            (3, 4, ["4 losing trades in a row, limit 3"]),
            (1, 1, ["1 losing trades in a row, limit 1"]), (0, 5, []),
        ] as [(Int, Int, [String])]
    )
    func `losing trades pause entries from their limit on, and a limit of zero never does`(
        limit: Int,
        losses: Int,
        expected: [String]
    ) throws {
        var core = try core { $0.lossStreakMax = limit }
        try lose(&core, losses)
        #expect(try details(look(&core)) == expected)
    }

    @Test func `a streak pauses until its cooldown is over, and anew with the next loss`() throws {
        var core = try core()
        try lose(&core, 3)
        #expect(try reasons(look(&core, at: monday + .seconds(3_599))) == [.lossStreak])
        #expect(try reasons(look(&core, at: monday + .seconds(3_600))).isEmpty)
        let next = monday + .seconds(4_000)
        _ = try core.handle(.positionClosed(Sample.btc, Money("-1", .usd)), at: next)
        #expect(try reasons(look(&core, at: next)) == [.lossStreak])
    }

    @Test func `what was restored spaces entries, and its halts are published in order`() throws {
        var core = try core()
        var counters = RiskCounters()
        counters.recordEntry(Sample.btc, nil, at: monday - .seconds(100))
        let halts = [Halt(.spread, Sample.btc), Halt(.kill), Halt(.ledger)].map {
            ActiveHalt($0, detail: "before", raisedAt: monday)
        }
        #expect(
            try core.handle(.restored(counters, halts: halts), at: monday) == [
                .publishHalts([halts[1], halts[2], halts[0]])
            ]
        )
        _ = try core.handle(.restored(counters, halts: []), at: monday)
        for active in halts {
            _ = try core.handle(.haltCleared(active.halt), at: monday)
        }
        let text = try tests.verdict(&core, tests.proposal("0.02"), tests.input(tests.snapshot()))
        #expect(text == "TRADE_SPACING seconds limit 180 current 100 requested 0 allowed 80")
    }

    @Test func `other fees change what an entry costs at worst`() throws {
        var core = try core()
        let input = try tests.input(tests.snapshot())
        let free = FeeSchedule(maker: .zero, taker: .zero)
        _ = try core.handle(.feesChanged(free), at: monday)
        // 300 at most over 1.014: without a fee the whole budget is left for the price.
        let text = try tests.verdict(&core, tests.proposal("0.10"), input)
        #expect(text == "approved 295.857988165680473372")
    }

    @Test func `too few products are told with their number`() throws {
        var core = try core()
        let effects = try core.handle(.universeCounted(2, minimum: 3), at: monday)
        #expect(details(effects) == ["2 eligible products, 3 required"])
        #expect(try core.handle(.universeCounted(2, minimum: 3), at: monday).isEmpty)
        #expect(
            try core.handle(.universeCounted(3, minimum: 3), at: monday) == [
                .publishHalts([]),
                .reportCleared(Halt(.universe), reason: "enough eligible products"),
            ]
        )
    }
}
