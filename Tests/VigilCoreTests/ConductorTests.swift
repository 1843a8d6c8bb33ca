import Testing
import VigilModel

@testable import VigilCore

@Suite struct ConductorTests {
    private func core() -> ConductorCore {
        let none = UniversePolicy(tiers: [:], neverTrade: [], graceReadings: 1, eligibleMin: 1)
        let fees = FeeSchedule(maker: .zero, taker: .zero)
        let policy = TradingPolicy(
            loop: LoopPolicy(interval: .seconds(60), jitter: .zero, stageTimeout: .seconds(10)),
            risk: RiskPolicy(
                totalAtRiskMax: .one,
                positionMax: .one,
                positionMin: .zero,
                openPositionsMax: 1,
                dailyStop: .one,
                weeklyStop: .one,
                drawdownMax: .one,
                tradesPerDayMax: 1,
                tradesPerHourMax: 1,
                tradeSpacing: .zero,
                productSpacing: .zero,
                productCooldown: .zero,
                stopCooldown: .zero,
                lossStreakMax: 0,
                lossCooldown: .zero,
                notionalMin: .zero(.usd),
                newPositionsPerCycleMax: 1
            ),
            execution: ExecutionPolicy(
                postOnlyTTL: .seconds(1),
                repricesMax: 0,
                repriceDecay: .one,
                takerFallback: false,
                slippageBudget: [:],
                exitSlippageTolerance: .zero,
                exitsRestFirst: false,
                restingOrderLifetime: .seconds(60),
                fees: fees,
                quoteAgeMax: .seconds(5)
            ),
            universe: none,
            triggers: TriggerPolicy(
                thresholds: [:],
                breakoutHours: 1,
                momentumPct: 1,
                onlyUpside: false,
                scoreMin: 0,
                perCycleMax: 1,
                candleAgeMax: .seconds(60)
            ),
            strategy: StrategyPolicy(
                basePosition: [:],
                convictionMin: 0,
                strengthWeight: 0,
                confidenceWeight: 0,
                coreTierBoost: 0,
                riskPerTrade: .zero,
                regimeMultipliers: [:]
            ),
            strategies: [:]
        )
        return ConductorCore(policy: policy, submits: true, random: SeededRandom(seed: 1))
    }

    private func stages(_ effects: [ConductorCore.Effect]) -> [Stage] {
        effects.compactMap { effect in
            guard case .enterStage(let stage, _) = effect else { return nil }
            return stage
        }
    }

    private func outcome(_ effects: [ConductorCore.Effect]) -> CycleOutcome? {
        for case .finish(_, let outcome, _, _) in effects { return outcome }
        return nil
    }

    @Test func `cycles keep to the grid, and the first one is not skipped`() throws {
        var core = core()
        guard case .wake(let due)? = try core.handle(.started, at: Sample.now).first else {
            Issue.record("no cycle was planned")
            return
        }
        #expect(due == Sample.now)
        #expect(stages(try core.handle(.timerFired, at: due)) == [.reconcile])
    }

    @Test func `a stage that gets no answer is aborted, and maintenance follows all the same`()
        throws
    {
        var core = core()
        _ = try core.handle(.started, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now)
        let early = try core.handle(.timerFired, at: Sample.now + .seconds(9))
        #expect(early.isEmpty)
        let late = try core.handle(.timerFired, at: Sample.now + .seconds(10))
        #expect(stages(late) == [.maintenance])
        let snapshot = ExecutionSnapshot(working: [], open: [], unknownOrders: 0)
        let done = try core.handle(.maintained(cycle: 1, snapshot), at: Sample.now + .seconds(11))
        #expect(outcome(done) == .aborted(.stageTimeout))
    }

    @Test func `an answer that comes too late says nothing any more`() throws {
        var core = core()
        _ = try core.handle(.started, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now + .seconds(10))
        #expect(try core.handle(.reconciled(cycle: 1, differences: 0), at: Sample.now).isEmpty)
    }

    @Test func `an unreadable venue aborts the cycle`() throws {
        var core = core()
        _ = try core.handle(.started, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now)
        let effects = try core.handle(.reconciled(cycle: 1, differences: nil), at: Sample.now)
        #expect(stages(effects) == [.maintenance])
    }

    @Test func `even maintenance that hangs ends the cycle, and the next one is planned`() throws {
        var core = core()
        _ = try core.handle(.started, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now)
        _ = try core.handle(.timerFired, at: Sample.now + .seconds(10))
        let effects = try core.handle(.timerFired, at: Sample.now + .seconds(20))
        #expect(outcome(effects) == .aborted(.stageTimeout))
        guard case .wake(let next)? = effects.last else {
            Issue.record("no cycle was planned")
            return
        }
        #expect(next == Sample.now + .seconds(60))
    }
}
