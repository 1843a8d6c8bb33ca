import Testing
import VigilModel

@testable import VigilCore

/// A cycle from its first stage to its last: what each asks, what ends it, and when the next one begins.
@Suite struct CycleStageTests {
    private func approval() throws -> RiskVerdict {
        .approved(try RiskTests().approved("0.02"), checks: [])
    }

    @Test func `each stage asks the next one, and waits for it as long as it may`() throws {
        var scene = CycleScene()
        #expect(try scene.tell(.started) == ["wake 0"])
        #expect(try scene.tell(.timerFired) == ["enter reconcile 1", "reconcile 1", "wake 10"])
        #expect(
            try scene.tell(.reconciled(cycle: 1, differences: 3), at: 1)
                == ["enter mark 1", "mark 1", "wake 11"]
        )
        let portfolio = try RiskTests().snapshot(nlv: "9000")
        #expect(
            try scene.tell(.marked(cycle: 1, portfolio), at: 2)
                == ["enter market 1", "market 1", "wake 12"]
        )
        #expect(
            try scene.tell(.marketRead(cycle: 1, CycleScene.market()), at: 3)
                == ["enter breakers 1", "breakers 1 of 9000 USD and 1", "wake 13"]
        )
        #expect(
            try scene.tell(.breakersRead(cycle: 1, halts: []), at: 4)
                == ["enter universe 1", "universe 1 of 1", "wake 14"]
        )
        #expect(
            try scene.tell(.universeRead(cycle: 1, CycleScene.one), at: 5)
                == ["eligible 1", "enter working 1", "working 1", "wake 15"]
        )
        let cost = WorkingEntry(product: CycleScene.eth, worst: .zero(.usd), strategy: "other")
        let working = ExecutionSnapshot(working: [cost], open: [], unknownOrders: 2)
        #expect(
            try scene.tell(.workingRead(cycle: 1, working), at: 6)
                == [
                    "enter risk 1",
                    #"judge 1 ["BTC-USD 0.024"] sell [] nlv 9000 USD working ["other"]"#
                        + #" bids ["99"] rules 1 chop"#,
                    "wake 16",
                ]
        )
        #expect(
            try scene.tell(.judged(cycle: 1, [approval()]), at: 7)
                == ["enter execution 1", #"place 1 ["200 USD"] sell []"#, "wake 17"]
        )
        #expect(
            try scene.tell(.placed(cycle: 1, count: 1), at: 8)
                == ["enter maintenance 1", "maintain 1", "wake 18"]
        )
        #expect(
            try scene.tell(.maintained(cycle: 1, working), at: 9)
                == ["enter idle 1", "finish executed - 9000 USD 2", "wake 60"]
        )
        #expect(
            try scene.tell(.timerFired, at: 60) == ["enter reconcile 2", "reconcile 2", "wake 70"]
        )
    }

    /// Every answer that a cycle waits for, in the order of its stages.
    private func answers(of cycle: Int) throws -> [(Stage, ConductorCore.Event)] {
        [
            (.reconcile, .reconciled(cycle: cycle, differences: 0)),
            (.mark, .marked(cycle: cycle, try RiskTests().snapshot())),
            (.market, .marketRead(cycle: cycle, try CycleScene.market())),
            (.breakers, .breakersRead(cycle: cycle, halts: [])),
            (.universe, .universeRead(cycle: cycle, CycleScene.one)),
            (.working, .workingRead(cycle: cycle, CycleScene.idle)),
            (.risk, .judged(cycle: cycle, [try approval()])),
            (.execution, .placed(cycle: cycle, count: 1)),
            (.maintenance, .maintained(cycle: cycle, CycleScene.idle)),
        ]
    }

    @Test func `an answer counts in its own stage of its own cycle alone`() throws {
        var scene = CycleScene()
        try scene.tell(.started)
        try scene.tell(.timerFired)
        for (place, (stage, answer)) in try answers(of: 1).enumerated() {
            #expect(scene.core.stage == stage)
            for (other, event) in try answers(of: 1) where other != stage {
                #expect(try scene.tell(event).isEmpty, "\(other) while in \(stage)")
            }
            let others = try answers(of: 2)
            #expect(try scene.tell(others[place].1).isEmpty, "\(stage) of another cycle")
            #expect(try !scene.tell(answer).isEmpty)
        }
        #expect(scene.core.stage == .idle)
    }

    @Test func `a stage that hangs breaks its cycle off, at its patience and not before`() throws {
        for (late, _) in try answers(of: 1).dropLast() {
            var scene = CycleScene()
            try scene.tell(.started)
            try scene.tell(.timerFired)
            for (stage, answer) in try answers(of: 1).prefix(while: { $0.0 != late }) {
                #expect(try !scene.tell(answer, at: 1).isEmpty, "\(stage)")
            }
            let due = Sample.now + .seconds(late == .reconcile ? 10 : 11)
            #expect(try scene.core.handle(.timerFired, at: due - .nanoseconds(1)).isEmpty)
            let effects = try scene.core.handle(.timerFired, at: due)
            #expect(effects.first.map(CycleScene.text) == "enter maintenance 1", "\(late)")
            let (record, outcome) = try scene.end(at: 12)
            #expect(outcome == .aborted(.stageTimeout))
            #expect(record.outcome == "aborted" && record.reason == "stage_timeout")
        }
    }

    @Test func `maintenance that hangs ends its cycle as broken off, whatever it had come to`()
        throws
    {
        var scene = CycleScene()
        _ = try scene.decide(CycleScene.none)
        #expect(try scene.tell(.timerFired, at: 9).isEmpty)
        #expect(
            try scene.tell(.timerFired, at: 10)
                == ["enter idle 1", "finish aborted stage_timeout 10000 USD -1", "wake 60"]
        )
        #expect(try scene.tell(.maintained(cycle: 1, CycleScene.idle), at: 11).isEmpty)
    }

    @Test func `a venue that cannot be read leaves nothing but maintenance`() throws {
        var scene = CycleScene()
        try scene.tell(.started)
        try scene.tell(.timerFired)
        #expect(
            try scene.tell(.reconciled(cycle: 1, differences: nil))
                == ["enter maintenance 1", "maintain 1", "wake 10"]
        )
        #expect(try scene.end().1 == .aborted(.venueUnreadable))
    }

    // MARK: The grid

    @Test(arguments: [(0, 0), (1, 60), (59, 60), (60, 60), (61, 120)])
    func `the first cycle begins at the first point of the grid that is not past`(
        seconds: Int,
        due: Int
    ) throws {
        var scene = CycleScene()
        #expect(try scene.tell(.started, at: seconds) == ["wake \(due)"])
        let now = Sample.now + .seconds(due)
        #expect(try scene.core.handle(.timerFired, at: now - .nanoseconds(1)).isEmpty)
        #expect(scene.core.stage == .idle)
        _ = try scene.core.handle(.timerFired, at: now)
        #expect(scene.core.stage == .reconcile)
    }

    @Test func `a cycle that ends on the grid waits for its next point, one just before does not`()
        throws
    {
        for (before, due) in [(2, 60), (1, 60), (0, 120)] {
            var scene = CycleScene()
            _ = try scene.decide(CycleScene.none)
            let now = Sample.now + .seconds(60) - .nanoseconds(Int64(before))
            let effects = try scene.core.handle(.maintained(cycle: 1, CycleScene.idle), at: now)
            #expect(effects.last.map(CycleScene.text) == "wake \(due)")
        }
    }

    @Test func `a cycle begins at a random share of what the jitter allows behind the grid`() throws
    {
        var scene = CycleScene { $0.loop.jitter = Rate(basisPoints: 5_000) }
        func due(_ effects: [ConductorCore.Effect]) -> Duration? {
            guard case .wake(let due)? = effects.last else { return nil }
            return due - Sample.now
        }
        // Half of a minute times the seed's first two numbers.
        let first = try scene.core.handle(.started, at: Sample.now)
        #expect(due(first) == .nanoseconds(16_996_847_255))
        let begun = Sample.now + .seconds(17)
        _ = try scene.core.handle(.timerFired, at: begun)
        _ = try scene.core.handle(.reconciled(cycle: 1, differences: nil), at: begun)
        let ended = try scene.core.handle(.maintained(cycle: 1, CycleScene.idle), at: begun)
        #expect(due(ended) == .nanoseconds(82_373_452_717))
    }

    // MARK: Stops

    @Test func `a stop between two cycles is done at once, and none begins any more`() throws {
        var scene = CycleScene()
        try scene.tell(.started)
        #expect(try scene.tell(.stopRequested) == ["stopped"])
        #expect(try scene.tell(.timerFired).isEmpty)
        #expect(scene.core.stage == .idle)
    }

    @Test func `a stop during a cycle lets it end, and no other begins`() throws {
        var scene = CycleScene()
        _ = try scene.decide()
        #expect(try scene.tell(.stopRequested).isEmpty)
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        try scene.tell(.judged(cycle: 1, []))
        #expect(
            try scene.tell(.maintained(cycle: 1, CycleScene.idle), at: 1)
                == ["enter idle 1", "finish no_trade all_denied 10000 USD 0", "stopped"]
        )
        #expect(try scene.tell(.timerFired, at: 60).isEmpty)
    }
}
