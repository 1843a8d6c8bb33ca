import Testing
import VigilModel

@testable import VigilCore

/// The market's weather by a table of values: every edge of trend and volatility.
@Suite struct RegimeTests {
    /// Hours of the clock that end with these; between the ends anything may be.
    private func minutes(_ hourly: [Double]) -> [Candle] {
        hourly.enumerated().flatMap { hour, close in
            (0..<60).map { minute in
                let start = Sample.now + .seconds(3_600 * hour + 60 * minute)
                let isEnd = minute == 59 || hour + minute == 0
                return Candle(start: start, price: isEnd ? close : 1, volume: 1)
            }
        }
    }

    /// From 100 to an end, in a straight line.
    private func line(to end: Double, count: Int = 24) -> [Double] {
        (0..<count).map { 100 + (end - 100) * Double($0) / Double(count - 1) }
    }

    @Test(
        arguments: [
            (89.99, .crash), (90, .bear), (95, .bear), (95.01, .chop), (100, .chop),
            (109.99, .chop), (110, .bull), (180, .bull),
        ] as [(Double, Regime)]
    )
    func `a calm market is judged by its trend`(end: Double, expected: Regime) {
        #expect(Regime.judged(minutes(line(to: end))) == expected)
    }

    /// Hours that alternate between 100 and more; a swing of 1.05 is 99.87 % a year, one of 1.06 100.81 %.
    @Test(arguments: [(1.05, Regime.chop), (1.06, .crash), (5, .crash)])
    func `a market that is too wild is a crash without any trend`(swing: Double, expected: Regime) {
        let hourly = (0..<24).map { $0 % 2 == 0 ? 100 : 100 + swing }
        #expect(Regime.judged(minutes(hourly)) == expected)
    }

    /// A rise of 12.7 %; every second hour is higher by 0.625 or 0.63 %: 59.86 % a year, and 60.34 %.
    @Test(arguments: [(0.625, Regime.bull), (0.63, .chop)])
    func `a rise is a bull's only where it is calm`(swing: Double, expected: Regime) {
        var (level, hourly) = (100.0, [Double]())
        for hour in 0..<24 {
            hourly.append(level * (hour % 2 == 0 ? 1 : 1 + swing / 100))
            // The twenty-third root of 1.12.
            level *= 1.004_939_493_417_396_7
        }
        #expect(Regime.judged(minutes(hourly)) == expected)
    }

    @Test func `a day that is not whole is judged as going nowhere`() {
        #expect(Regime.judged([]) == .chop)
        #expect(Regime.judged(minutes(line(to: 50, count: 23))) == .chop)
        #expect(Regime.judged(minutes(line(to: 50))) == .crash)
        #expect(Regime.judged(minutes(line(to: 150, count: 23))) == .chop)
        // From the first minute to the last it must be 23 hours, wherever on the clock they begin.
        let late = Array(minutes(line(to: 50, count: 25)).dropFirst(30))
        #expect(Regime.judged(Array(late.prefix(1_380))) == .chop)
        #expect(Regime.judged(Array(late.prefix(1_381))) != .chop)
    }

    /// 15 % down in a straight line between 05:00 and 05:40, after a day that went nowhere.
    @Test func `a market that falls within the hour has fallen, in the minute in which it did`() {
        let day = (0..<1_440 + 60).map { minute -> Candle in
            let fallen = min(max(Double(minute - 1_440), 0), 40) / 40 * 0.15
            let start = Sample.now + .seconds(5 * 3_600 - 86_400 + 60 * minute)
            return Candle(start: start, price: 100_000 * (1 - fallen), volume: 1)
        }
        /// The regime at a minute behind 05:00, of the day before it.
        func regime(_ minute: Int) -> Regime {
            Regime.judged(Array(day[..<(1_440 + minute)].suffix(1_440)))
        }
        // 5.25 % within an hour of a still day are more than 100 % a year already.
        #expect((0..<15).allSatisfy { regime($0) == .chop })
        #expect((15...60).allSatisfy { regime($0) == .crash })
    }

    @Test(
        arguments: [(.bull, 3), (.chop, 2), (.bear, 1), (.crash, 0)] as [(Regime, Int)]
    )
    func `a regime's own bound on positions counts where it is the tighter one`(
        regime: Regime,
        most: Int
    ) throws {
        let tests = RiskTests()
        var policy = RiskTests.policy
        policy.openPositionsMax = 3
        policy.newPositionsPerCycleMax = 9
        policy.tradesPerHourMax = 9
        policy.regimePositionsMax = [.bull: 9, .chop: 2, .bear: 1, .crash: 0]
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: Sample.now)
        let ids = ["AAA", "BBB", "CCC", "DDD"].map {
            ProductID(base: Currency($0) ?? .usd, quote: .usd)
        }
        let base = try tests.input(tests.snapshot(), products: ids)
        let input = RiskInput(
            portfolio: base.portfolio,
            working: [],
            quotes: base.quotes,
            products: base.products,
            regime: regime
        )
        let wishes = try ids.map { try tests.proposal("0.02", $0) }
        let effects = try core.handle(.proposed(cycle: 1, wishes, input), at: Sample.now)
        guard case .replyVerdicts(_, let verdicts, _)? = effects.first else {
            Issue.record("no verdicts")
            return
        }
        #expect(verdicts.count { $0.denial == nil } == most)
        #expect(verdicts.compactMap { $0.denial?.code }.allSatisfy { $0 == .openPositions })
    }
}
