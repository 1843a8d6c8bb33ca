import Testing
import VigilModel

@testable import VigilCore

/// What a cycle comes to, and on what grounds.
@Suite struct CycleOutcomeTests {
    private func approval() throws -> RiskVerdict {
        .approved(try RiskTests().approved("0.02"), checks: [])
    }

    private func denial(_ code: RiskCode) throws -> RiskVerdict {
        let check = RiskCheck(code, .denied, .count, limit: 0, current: 0, requested: 0)
        return .denied(try RiskTests().proposal("0.02"), checks: [check])
    }

    // MARK: Why nothing is entered

    @Test func `nothing is entered where nothing is eligible, has happened, or is worth it`() throws
    {
        var empty = CycleScene()
        #expect(
            try empty.decide(CycleScene.none)
                == ["eligible 0", "enter maintenance 1", "maintain 1", "wake 10"]
        )
        #expect(try empty.end().1 == .noTrade(.emptyUniverse))
        var calm = CycleScene()
        #expect(
            try calm.decide(market: CycleScene.market(CycleScene.candles(quarter: 101)))
                == ["eligible 1", "enter maintenance 1", "maintain 1", "wake 10"]
        )
        #expect(try calm.end().1 == .noTrade(.noTriggers))
        var plain = CycleScene { $0.rules.rules = [:] }
        #expect(
            try plain.decide()
                == ["eligible 1", "enter maintenance 1", "maintain 1", "wake 10"]
        )
        let (record, outcome) = try plain.end()
        #expect(outcome == .noTrade(.noProposals))
        #expect(record.triggers.map(\.kind) == [.priceMove] && record.proposals == 0)
    }

    @Test(arguments: ["denied", "none", "dry run", "not placed", "placed"])
    func `what Risk allows is placed where the mode submits, and counts once it stands`(
        what: String
    ) throws {
        var scene = CycleScene(submits: what != "dry run")
        _ = try scene.decide()
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        let verdicts: [RiskVerdict] =
            switch what {
            case "denied": [try denial(.cash)]
            case "none": []
            default: [try denial(.cash), try approval()]
            }
        let effects = try scene.tell(.judged(cycle: 1, verdicts))
        let isPlaced = what.hasSuffix("placed")
        #expect(
            effects.first == (isPlaced ? "enter execution 1" : "enter maintenance 1")
        )
        if isPlaced {
            try scene.tell(.placed(cycle: 1, count: what == "placed" ? 1 : 0))
        }
        let expected: CycleOutcome =
            switch what {
            case "denied", "none": .noTrade(.allDenied)
            case "dry run": .noTrade(.dryRun)
            case "not placed": .noTrade(.notPlaced)
            default: .executed
            }
        #expect(try scene.end().1 == expected)
    }

    @Test func `while all entries are halted that is why nothing is entered`() throws {
        let product = Halt(.spread, Sample.btc)
        for (halts, expected) in [
            ([Halt(.kill)], CycleOutcome.noTrade(.halted)),
            ([product, Halt(.kill)], .noTrade(.halted)),
            ([product], .noTrade(.emptyUniverse)),
        ] {
            var scene = CycleScene()
            _ = try scene.decide(CycleScene.none, halts: halts)
            let (record, outcome) = try scene.end()
            #expect(outcome == expected)
            #expect(record.halts == halts)
        }
    }

    @Test func `a halt takes nothing from what was placed, or from what broke the cycle off`()
        throws
    {
        var placed = CycleScene()
        _ = try placed.decide(halts: [Halt(.kill)])
        try placed.tell(.workingRead(cycle: 1, CycleScene.idle))
        try placed.tell(.judged(cycle: 1, [approval()]))
        try placed.tell(.placed(cycle: 1, count: 2))
        #expect(try placed.end().1 == .executed)
        var broken = CycleScene()
        _ = try broken.decide(halts: [Halt(.kill)])
        try broken.tell(.timerFired, at: 10)
        #expect(try broken.end(at: 11).1 == .aborted(.stageTimeout))
    }

    // MARK: Regimes

    @Test func `the regime is the first product's, of its last day, where the policy asks for it`()
        throws
    {
        // A fall of a sixth within the day.
        let fallen = CycleScene.candles(first: 120)
        func judge(
            _ candles: [Candle],
            judges: Bool = true,
            _ eligible: [ProductID] = [Sample.btc, CycleScene.eth]
        ) throws -> String {
            var scene = CycleScene { $0.strategy.judgesRegime = judges }
            let views = [
                Sample.btc: try CycleScene.view(candles),
                CycleScene.eth: try CycleScene.view(CycleScene.candles(quarter: 100)),
            ]
            let market = MarketSnapshot(at: Sample.now, products: views)
            let universe = UniverseSnapshot(
                eligible: eligible.map { ($0, .core) },
                excluded: [:]
            )
            _ = try scene.decide(universe, market: market)
            let asked = try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
            return asked.first { $0.hasPrefix("judge") } ?? ""
        }
        let fell = try judge(fallen)
        #expect(fell.hasSuffix("rules 2 crash"))
        #expect(fell.hasPrefix(#"judge 1 ["BTC-USD 0.012"]"#), "half as large as in a calm market")
        #expect(try judge(fallen, judges: false).hasSuffix("rules 2 chop"))
        #expect(try judge(fallen, [CycleScene.eth, Sample.btc]).hasSuffix("rules 2 chop"))
        // The same price a minute before the day, or after its first minute, is none of its hours.
        for place in [59, 61] {
            var candles = CycleScene.candles()
            candles[place] = Candle(start: candles[place].start, price: 120, volume: 1)
            #expect(try judge(candles).hasSuffix("rules 2 chop"), "\(place)")
        }
    }
}
