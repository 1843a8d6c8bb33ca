import Testing
import VigilModel

@testable import VigilCore

/// What Risk counts of entries, exits and results, to the second and to the last one.
@Suite struct RiskCounterTests {
    /// 00:00 UTC.
    private let midnight = Sample.now
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    private func at(_ seconds: Int) -> Instant { midnight + .seconds(seconds) }

    private func key(_ cycle: Int) -> EntryKey { EntryKey(run: RunID("run"), cycle: cycle) }

    @Test(
        arguments: [
            (10_799, 0, 0, 0), (10_800, 1, 1, 1), (10_801, 1, 1, 1), (14_399, 1, 2, 1),
            (14_400, 0, 0, 1), (86_399, 0, 0, 1), (86_400, 0, 0, 0),
        ]
    )
    func `an hour and a day begin at their first nanosecond, and end before the next one`(
        seconds: Int,
        entries: Int,
        trades: Int,
        today: Int
    ) {
        // One entry at 03:00 sharp, one exit in the last second of that hour.
        var counters = RiskCounters()
        if seconds >= 10_800 { counters.recordEntry(Sample.btc, key(1), at: at(10_800)) }
        if seconds >= 14_399 { counters.recordExit(Self.eth, .takeProfit, at: at(14_399)) }
        let now = at(seconds)
        #expect(counters.entries(inHourOf: now) == entries)
        #expect(counters.trades(inHourOf: now) == trades)
        #expect(counters.entries(onDayOf: now) == today)
    }

    @Test func `an hour counts what it has from its first to its last second, and no more`() {
        var counters = RiskCounters()
        for (cycle, second) in [3_599, 3_600, 5_000, 7_199].enumerated() {
            counters.recordEntry(Sample.btc, key(cycle), at: at(second))
            counters.recordExit(Sample.btc, .maxHold, at: at(second))
        }
        #expect(counters.entries(inHourOf: at(7_199)) == 3)
        #expect(counters.trades(inHourOf: at(7_199)) == 6)
        #expect(counters.entries(onDayOf: at(7_199)) == 4)
        #expect(counters.lastEntry == at(7_199))
    }

    @Test func `fills of one entry are one, and so are those of what nobody decided`() {
        var counters = RiskCounters()
        for second in [1, 2, 3] {
            counters.recordEntry(Sample.btc, nil, at: at(second))
        }
        #expect(counters.entries == [at(1)])
        #expect(counters.lastEntries == [Sample.btc: at(1)])
        #expect(counters.additions.isEmpty && counters.pyramids.isEmpty)
        counters.recordEntry(Sample.btc, key(1), at: at(4))
        #expect(counters.entries == [at(1), at(4)])
        #expect(counters.additions == [Sample.btc: [at(4)]])
    }

    @Test func `additions are counted by product and by day, and older days are let go`() {
        var counters = RiskCounters()
        counters.recordEntry(Self.eth, key(1), at: at(0))
        for (cycle, second) in [(1, 10), (2, 20), (3, 86_399), (4, 86_400), (5, 90_000)] {
            counters.recordEntry(Sample.btc, key(cycle), at: at(second))
            let today = counters.additions(to: Sample.btc, onDayOf: at(second))
            #expect(today == [1: 0, 2: 1, 3: 2, 4: 1, 5: 2][cycle])
        }
        #expect(counters.additions == [Sample.btc: [at(86_400), at(90_000)]])
        #expect(counters.additions(to: Self.eth, onDayOf: at(90_000)) == 0)
        #expect(counters.pyramids == [Sample.btc])
    }

    @Test func `a position that was closed is forgotten: the next entry adds to nothing`() throws {
        var counters = RiskCounters()
        counters.recordEntry(Sample.btc, key(1), at: at(0))
        counters.recordEntry(Sample.btc, key(2), at: at(1))
        #expect(counters.pyramids == [Sample.btc])
        counters.recordClosed(Sample.btc, try Money("1", .usd), at: at(2))
        #expect(counters.pyramids.isEmpty)
        counters.recordEntry(Sample.btc, key(2), at: at(3))
        #expect(counters.entries.count == 3, "the same decision opened another position")
        #expect(counters.additions(to: Sample.btc, onDayOf: at(3)) == 1)
        #expect(counters.pyramids.isEmpty)
    }

    @Test(
        arguments: [
            (["-1"], 1), (["-1", "-2", "-0.01"], 3), (["-1", "0", "-1"], 2),
            (["-1", "-1", "3"], 0),
            (["3", "-1"], 1), (["0"], 0), (["-1", "0.000000000000000001"], 0),
        ]
    )
    func `losses add up, a gain ends the streak, and nothing at all leaves it`(
        results: [String],
        expected: Int
    ) throws {
        var counters = RiskCounters()
        for (second, result) in results.enumerated() {
            counters.recordClosed(Sample.btc, try Money(result, .usd), at: at(second))
        }
        #expect(counters.lossStreak == expected)
        let last = results.lastIndex { $0.hasPrefix("-") }
        #expect(counters.lastLoss == last.map(at))
    }

    @Test func `how a product was left is kept with its result, once that is known`() throws {
        var counters = RiskCounters()
        counters.recordExit(Sample.btc, .takeProfit, at: at(0))
        counters.recordExit(Sample.btc, .stopLoss, at: at(5))
        #expect(counters.exits == [at(0), at(5)])
        let loss = try Money("-7", .usd)
        typealias Departure = RiskCounters.Departure
        #expect(
            counters.lastExits == [
                Sample.btc: Departure(at: at(5), reason: .stopLoss, realised: nil)
            ]
        )
        counters.recordClosed(Sample.btc, loss, at: at(9))
        #expect(
            counters.lastExits == [
                Sample.btc: Departure(at: at(5), reason: .stopLoss, realised: loss)
            ]
        )
        counters.recordClosed(Self.eth, loss, at: at(9))
        #expect(counters.lastExits.count == 1, "what was not left by us has no departure")
    }

    @Test(
        arguments: [
            (ExitReason.stopLoss, "5", 7_200, "stop"), (.stopLoss, nil, 7_200, "stop"),
            (.takeProfit, "5", 60, "win"), (.maxHold, "-5", 120, "loss"),
            (.purge, "0", 1_800, "exit"), (.takeProfit, nil, 1_800, "exit"),
        ] as [(ExitReason, String?, Int, String)]
    )
    func `each way of leaving has its own cooldown`(
        reason: ExitReason,
        result: String?,
        seconds: Int,
        why: String
    ) throws {
        let realised = try result.map { try Money($0, .usd) }
        let left = RiskCounters.Departure(at: midnight, reason: reason, realised: realised)
        var policy = RiskTests.policy
        (policy.winCooldown, policy.lossExitCooldown) = (.seconds(60), .seconds(120))
        let own = policy.cooldown(after: left)
        #expect(own.span == .seconds(seconds) && own.why == why)
        // Where a kind has no span of its own it is that of any exit.
        let plain = RiskTests.policy.cooldown(after: left)
        #expect(plain.span == .seconds(reason == .stopLoss ? 7_200 : 1_800) && plain.why == why)
    }

    @Test func `a thousand times are kept, and beyond them those of two days`() {
        var counters = RiskCounters()
        for _ in 0..<1_022 {
            counters.recordExit(Sample.btc, .trim, at: at(0))
        }
        counters.recordExit(Sample.btc, .trim, at: at(1))
        let (edge, two) = (at(172_801), 172_800)
        var early = counters
        early.recordExit(Sample.btc, .trim, at: edge)
        #expect(early.exits.count == 1_024, "as many as are kept, whatever their age")
        early.recordExit(Sample.btc, .trim, at: edge)
        // Those of the first second are older than two days, the next one is not yet.
        #expect(early.exits == [at(1), edge, edge])
        // Two days to the second are not more than two days.
        for _ in 0..<3 {
            counters.recordExit(Sample.btc, .trim, at: at(two))
        }
        #expect(counters.exits.count == 1_026)
    }
}
