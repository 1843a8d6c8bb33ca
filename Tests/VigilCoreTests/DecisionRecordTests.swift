import Foundation
import Testing
import VigilModel

@testable import VigilCore

/// What is written of a decision: each figure in its own place, and the codes that others read.
@Suite struct DecisionRecordTests {
    private func check(_ code: RiskCode, _ subject: String = "") throws -> RiskCheck {
        RiskCheck(
            code,
            .denied,
            .usd,
            limit: try Rate("2500.5").raw,
            current: try Rate("-2460").raw,
            requested: try Rate("0.000000000000000001").raw,
            subject: subject
        )
    }

    @Test func `a record says of its cycle all that it was decided on`() throws {
        let eth = CycleScene.eth
        let universe = UniverseSnapshot(
            eligible: [(Sample.btc, .core)],
            excluded: [eth: .spread]
        )
        var portfolio = try CycleScene.holding(worth: "99")
        portfolio = PortfolioSnapshot(
            at: Sample.now,
            nlv: try Money("10001", .usd),
            exposure: try Money("4000", .usd),
            exposures: [Sample.btc: try Money("4000", .usd)],
            cash: try Money("3", .usd),
            realised: try Money("-7", .usd),
            unrealised: try Money("5", .usd),
            fees: try Money("6", .usd),
            drawdown: try Rate("0.08"),
            dayChange: try Rate("0.09"),
            weekChange: try Rate("0.1"),
            positions: portfolio.positions,
            openPositions: 11,
            holdings: [:],
            rates: [.usd: .one],
            strategies: [:]
        )
        var scene = CycleScene {
            $0.care.trim = .init(
                tolerance: .zero,
                buffer: .zero,
                valueMin: .zero(.usd),
                positionsMax: 1,
                failuresMax: 1
            )
        }
        // A fall of a sixth within the day, and a rise of three percent at its end.
        let candles = CycleScene.candles(first: 120)
        let halt = Halt(.spread, eth)
        try scene.tell(.started)
        try scene.tell(.timerFired, at: 2)
        try scene.tell(.reconciled(cycle: 1, differences: 0), at: 3)
        try scene.tell(.marked(cycle: 1, portfolio), at: 3)
        try scene.tell(.marketRead(cycle: 1, CycleScene.market(candles)), at: 3)
        try scene.tell(.breakersRead(cycle: 1, halts: [halt]), at: 3)
        try scene.tell(.universeRead(cycle: 1, universe), at: 3)
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle), at: 3)
        let checks = try [check(.dailyStop), check(.cash)]
        let approved = try RiskTests().approved("0.02")
        let refused = try RiskTests().proposal("0.02", eth)
        let verdicts = [
            RiskVerdict.approved(approved, checks: [checks[1]]), .denied(refused, checks: checks),
        ]
        try scene.tell(.judged(cycle: 1, verdicts), at: 3)
        try scene.tell(.placed(cycle: 1, count: 0), at: 3)
        let (record, _) = try scene.end(at: 4)
        let expected = DecisionRecord(
            cycle: 1,
            at: Sample.now + .seconds(2),
            outcome: "no_trade",
            reason: "not_placed",
            regime: .crash,
            eligible: [Sample.btc],
            excluded: ["ETH-USD": .spread],
            triggers: [
                .init(
                    product: Sample.btc,
                    kind: .priceMove,
                    strength: try Rate("0.6"),
                    confidence: try Rate("0.7"),
                    changePct: try Rate("3"),
                    volatilityPct: try Rate("57.314919")
                )
            ],
            proposals: 1,
            verdicts: [
                .init(
                    product: Sample.btc,
                    strategy: "test",
                    trigger: .breakout,
                    conviction: try Rate("0.6"),
                    sizing: [],
                    checks: [checks[1]],
                    approvedNotional: try Money("200", .usd),
                    reference: try Price("100", .usd)
                ),
                .init(
                    product: eth,
                    strategy: "test",
                    trigger: .breakout,
                    conviction: try Rate("0.6"),
                    sizing: [],
                    checks: checks,
                    approvedNotional: nil,
                    reference: nil
                ),
            ],
            // Of 4,000 no more than 2,500.25 may be at risk.
            reductions: ["trim BTC-USD 0.3749375"],
            halts: [halt],
            nlv: try Money("10001", .usd),
            exposure: try Money("4000", .usd),
            realised: try Money("-7", .usd),
            drawdown: try Rate("0.08"),
            openPositions: 11
        )
        #expect(record == expected)
        #expect(record.denials == [.cash], "the check that refused is the last one")
        #expect(record.verdicts.map(\.denial) == [nil, checks[1]])
        let written = try JSONEncoder().encode(record)
        #expect(try JSONDecoder().decode(DecisionRecord.self, from: written) == record)
    }

    @Test func `a cycle that is broken off tells nothing of the one before it`() throws {
        var scene = CycleScene()
        _ = try scene.decide(halts: [Halt(.spread, Sample.btc)])
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        try scene.tell(.judged(cycle: 1, []))
        _ = try scene.end()
        try scene.tell(.timerFired, at: 60)
        try scene.tell(.reconciled(cycle: 2, differences: nil), at: 60)
        let (record, _) = try scene.end(cycle: 2)
        #expect(
            record
                == DecisionRecord(
                    cycle: 2,
                    at: Sample.now + .seconds(60),
                    outcome: "aborted",
                    reason: "venue_unreadable",
                    regime: .chop,
                    eligible: [],
                    excluded: [:],
                    triggers: [],
                    proposals: 0,
                    verdicts: [],
                    reductions: [],
                    halts: [],
                    nlv: nil,
                    exposure: nil,
                    realised: nil,
                    drawdown: nil,
                    openPositions: 0
                )
        )
    }

    // MARK: Codes

    @Test(
        arguments: [
            (.executed, "executed", nil), (.noTrade(.dryRun), "no_trade", "dry_run"),
            (.aborted(.arithmetic), "aborted", "arithmetic"),
        ] as [(CycleOutcome, String, String?)]
    )
    func `an outcome has a name, and a reason where one is needed`(
        outcome: CycleOutcome,
        name: String,
        reason: String?
    ) {
        #expect(outcome.name == name)
        #expect(outcome.reason == reason)
    }

    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode([value]), as: UTF8.self)
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value? {
        try JSONDecoder().decode([Value].self, from: Data("[\"\(text)\"]".utf8)).first
    }

    @Test(arguments: ["", "AI", "strategy rules of the day"])
    func `a check is one line, and is read back as it was, whatever it is about`(
        subject: String
    ) throws {
        let check = try check(.theme, subject)
        let tail = subject.isEmpty ? "" : " \(subject)"
        let line = "THEME denied usd 2500.5 -2460 0.000000000000000001\(tail)"
        #expect(try text(check) == "[\"\(line)\"]")
        #expect(try read(RiskCheck.self, line) == check)
    }

    @Test(arguments: [
        "THEME denied usd 1 2", "THEME denied usd", "theme denied usd 1 2 3",
        "THEME gone usd 1 2 3",
        "THEME denied coins 1 2 3", "THEME denied usd x 2 3", "THEME denied usd 1 x 3",
        "THEME denied usd 1 2 x", "",
    ])
    func `a check that is not whole is not read`(line: String) {
        #expect(throws: MoneyError.self) { try read(RiskCheck.self, line) }
    }

    @Test func `a step of a size is its name and what it leaves`() throws {
        let step = SizingStep(name: "stop_and_volatility", size: try Rate("0.024"))
        #expect(try text(step) == #"["stop_and_volatility 0.024"]"#)
        #expect(try read(SizingStep.self, "stop_and_volatility 0.024") == step)
        for line in ["", "tier", "tier 0.1 0.2", "tier x"] {
            #expect(throws: MoneyError.self) { try read(SizingStep.self, line) }
        }
    }
}
