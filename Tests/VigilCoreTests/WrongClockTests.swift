import Testing
import VigilModel

@testable import VigilCore

/// What a clock that was set back, or ran ahead once, does to what is counted by days; and what a halt that goes on
/// tells.
@Suite struct WrongClockTests {
    private let tests = RiskTests()

    private func look(
        _ core: inout RiskCore,
        day: String,
        at now: Instant
    ) throws -> [RiskCore.Effect] {
        let market = MarketSnapshot(at: now, products: [:])
        return try core.handle(
            .breakersRequested(cycle: 1, tests.snapshot(day: day, week: day), market),
            at: now
        )
    }

    private func isStopped(_ core: inout RiskCore, at now: Instant) throws -> Bool {
        guard case .replyBreakers(_, let halts, _)? = try look(&core, day: "0", at: now).last else {
            return false
        }
        return halts.contains(Halt(.dailyStop))
    }

    @Test func `a clock that is set back ends neither the day's stop nor the week's`() throws {
        var core = try tests.core()
        _ = try look(&core, day: "-0.5", at: Sample.now + .seconds(40 * 86_400))
        #expect(try isStopped(&core, at: Sample.now))
        #expect(try isStopped(&core, at: .epoch))
        #expect(try isStopped(&core, at: Sample.now + .seconds(40 * 86_400)))
        #expect(try !isStopped(&core, at: Sample.now + .seconds(41 * 86_400)))
    }

    @Test func `levels of an earlier day are not made, and those of a later one can be mended`()
        throws
    {
        let first = try Money("1000", .usd)
        let fallen = try Money("900", .usd)
        let tomorrow = Sample.now + .seconds(86_400)
        let levels = try PortfolioReferences().advanced(to: first, at: tomorrow)
        #expect(try levels.advanced(to: fallen, at: Sample.now) == levels)
        #expect(try levels.advanced(to: fallen, at: .epoch).dayStart == first)
        // From the day that the clock was right again, today's loss is measured from what was known.
        let mended = levels.mended(at: Sample.now)
        #expect(try mended.advanced(to: fallen, at: Sample.now).dayStart == first)
        #expect(try mended.advanced(to: fallen, at: tomorrow).dayStart == fallen)
    }

    @Test func `what a run dated ahead has just happened, once the clock is known to be right`()
        throws
    {
        let year = Sample.now + .seconds(365 * 86_400)
        var counters = RiskCounters()
        counters.recordEntry(Sample.btc, nil, at: year)
        counters.recordExit(Sample.btc, .stopLoss, at: year)
        counters.recordClosed(Sample.btc, try Money("-1", .usd), at: year)
        let mended = counters.mended(at: Sample.now)
        #expect(mended.lastLoss == Sample.now && mended.lastEntry == Sample.now)
        #expect(mended.lastExits[Sample.btc]?.at == Sample.now)
        #expect(mended.lossStreak == 1)
        let halt = ActiveHalt(Halt(.weeklyStop), detail: "d", raisedAt: year)
        #expect(halt.mended(at: Sample.now).raisedAt == Sample.now)
        #expect(halt.mended(at: year + .seconds(1)) == halt)
    }

    @Test
    func `each comparison of the clocks says whether time is to be trusted, when that is news`()
        throws
    {
        var core = try tests.core()
        func compared(_ skew: Duration) throws -> [RiskCore.Effect] {
            try core.handle(.clockCompared(skew, uncertainty: .zero), at: Sample.now).filter {
                if case .trustTime = $0 { true } else { false }
            }
        }
        #expect(try compared(.zero) == [.trustTime(true)])
        #expect(try compared(.zero) == [])
        #expect(try compared(.seconds(60)) == [.trustTime(false)])
        #expect(try compared(.seconds(61)) == [])
        #expect(try compared(.zero) == [.trustTime(true)])
    }

    // MARK: A halt that goes on

    private func raise(
        _ core: inout RiskCore,
        _ reason: HaltReason,
        _ detail: String,
        at seconds: Int
    ) throws -> [String] {
        let event = RiskCore.Event.haltRaised(Halt(reason), detail: detail)
        return try core.handle(event, at: Sample.now + .seconds(seconds)).compactMap { effect in
            switch effect {
            case .publishHalts(let halts): "shown \(halts.map(\.detail).joined(separator: " "))"
            case .reportHalt(let active): "told \(active.detail) \(active.raisedAt == Sample.now)"
            case .replyBreakers, .replyVerdicts, .reportCleared, .resetPeak, .trustTime, .report:
                nil
            }
        }
    }

    @Test
    func `a mismatch shows its newest amounts at once, and tells them each five minutes at most`()
        throws
    {
        var core = try tests.core()
        #expect(try raise(&core, .mismatch, "a", at: 0) == ["shown a", "told a true"])
        #expect(try raise(&core, .mismatch, "a", at: 1) == [])
        #expect(try raise(&core, .mismatch, "b", at: 2) == ["shown b"])
        #expect(try raise(&core, .mismatch, "c", at: 299) == ["shown c"])
        #expect(try raise(&core, .mismatch, "d", at: 300) == ["shown d", "told d true"])
        // What has come in between is told when its time comes, also where nothing has changed since.
        #expect(try raise(&core, .mismatch, "e", at: 302) == ["shown e"])
        #expect(try raise(&core, .mismatch, "e", at: 599) == [])
        #expect(try raise(&core, .mismatch, "e", at: 600) == ["told e true"])
        #expect(try raise(&core, .mismatch, "e", at: 900) == [])
    }

    @Test func `how far a limit is passed is shown, and told once`() throws {
        var core = try tests.core()
        #expect(try raise(&core, .diskLow, "9 MB", at: 0) == ["shown 9 MB", "told 9 MB true"])
        #expect(try raise(&core, .diskLow, "8 MB", at: 900) == ["shown 8 MB"])
    }

    @Test func `a halt that a restart brought back takes the detail of now`() throws {
        var core = try tests.core()
        let old = ActiveHalt(Halt(.mismatch), detail: "old", raisedAt: Sample.now)
        _ = try core.handle(.restored(RiskCounters(), halts: [old]), at: Sample.now)
        #expect(try raise(&core, .mismatch, "new", at: 1) == ["shown new", "told new true"])
    }
}
