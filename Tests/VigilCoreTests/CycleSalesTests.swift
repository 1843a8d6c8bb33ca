import Testing
import VigilModel

@testable import VigilCore

/// What a cycle sells beside what it enters, and what it remembers for the next one.
@Suite struct CycleSalesTests {
    private func denial(_ code: RiskCode) throws -> RiskVerdict {
        let check = RiskCheck(code, .denied, .count, limit: 0, current: 0, requested: 0)
        return .denied(try RiskTests().proposal("0.02"), checks: [check])
    }

    /// A sale of half a coin that Risk allows.
    private func sale() throws -> RiskApproved<Reduction> {
        var core = try RiskTests().core()
        let portfolio = try CycleScene.holding(worth: "100")
        let wish = Reduction(
            product: Sample.btc,
            quantity: try Quantity("0.5"),
            reason: .rotation
        )
        let event = RiskCore.Event.proposed(
            cycle: 1,
            [],
            try RiskTests().input(portfolio),
            reductions: [wish]
        )
        guard
            case .replyVerdicts(_, _, let sales)? = try core.handle(event, at: Sample.now).first,
            let sale = sales.first
        else { throw MoneyError.overflow }
        return sale
    }

    private static let rotates: @Sendable (inout TradingPolicy) -> Void = {
        $0.care.rotation = .init(lossMin: Rate(basisPoints: 500), convictionMin: 0.5)
    }

    @Test func `a sale goes on alone where nothing is to be entered, and that stays the reason`()
        throws
    {
        for (sold, placed, expected) in [
            (true, 1, CycleOutcome.executed), (true, 0, .noTrade(.noTriggers)),
            (false, 0, .noTrade(.noTriggers)),
        ] {
            var scene = CycleScene {
                $0.care.purge = .init(
                    grace: .zero,
                    valueMin: .zero(.usd),
                    slice: Money(raw: 1_000 * FixedPoint.one, currency: .usd),
                    positionsMax: 1
                )
            }
            // What is held is not eligible any more, and of what is eligible nothing is seen.
            let universe = UniverseSnapshot(
                eligible: [(CycleScene.eth, .core)],
                excluded: [Sample.btc: .volume]
            )
            let asked = try scene.decide(universe, portfolio: CycleScene.holding(worth: "99"))
            #expect(asked == ["eligible 1", "enter working 1", "working 1", "wake 10"])
            let judged = try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
            #expect(judged[1].hasPrefix(#"judge 1 [] sell ["purge BTC-USD 1"]"#))
            let effects = try scene.tell(.judged(cycle: 1, [], reductions: sold ? [sale()] : []))
            if sold {
                #expect(
                    effects == ["enter execution 1", #"place 1 [] sell ["0.5"]"#, "wake 10"]
                )
                try scene.tell(.placed(cycle: 1, count: placed))
            }
            let (record, outcome) = try scene.end()
            #expect(outcome == expected)
            #expect(record.reductions == ["purge BTC-USD 1"])
        }
    }

    @Test func `where all entries are refused and nothing is sold, the refusals are the reason`()
        throws
    {
        var scene = CycleScene()
        _ = try scene.decide()
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        let effects = try scene.tell(
            .judged(cycle: 1, [denial(.cash)], reductions: [sale()])
        )
        #expect(effects.first == "enter execution 1")
        try scene.tell(.placed(cycle: 1, count: 0))
        #expect(try scene.end().1 == .noTrade(.allDenied))
    }

    @Test func `cuts that find nothing are told beside whatever else the cycle does`() throws {
        for universe in [CycleScene.none, CycleScene.one] {
            var scene = CycleScene {
                $0.care.trim = .init(
                    tolerance: .zero,
                    buffer: .zero,
                    valueMin: Money(raw: 9_000 * FixedPoint.one, currency: .usd),
                    positionsMax: 1,
                    failuresMax: 1
                )
            }
            let effects = try scene.decide(
                universe,
                portfolio: CycleScene.holding(worth: "5000")
            )
            #expect(effects.prefix(2) == ["eligible \(universe.eligible.count)", "care failed 1"])
            #expect(effects.count == 5)
        }
    }

    @Test func `what found no place in the cycle before is worth the worst position, once`() throws
    {
        let held = try CycleScene.holding(worth: "90")
        for isRefused in [true, false] {
            var scene = CycleScene(Self.rotates)
            _ = try scene.decide(portfolio: held)
            let first = try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
            #expect(first[1].contains("sell []"))
            try scene.tell(.judged(cycle: 1, [denial(isRefused ? .openPositions : .cash)]))
            _ = try scene.end()
            _ = try scene.decide(cycle: 2, portfolio: held)
            let second = try scene.tell(.workingRead(cycle: 2, CycleScene.idle), at: 60)
            #expect(second.contains { $0.contains("rotation BTC-USD 1") } == isRefused)
        }
    }

    @Test func `a cycle without a proposal forgets what had found no place before it`() throws {
        let market = try CycleScene.market(CycleScene.candles(quarter: 100))
        var scene = CycleScene(Self.rotates)
        _ = try scene.decide()
        try scene.tell(.workingRead(cycle: 1, CycleScene.idle))
        try scene.tell(.judged(cycle: 1, [denial(.openPositions)]))
        _ = try scene.end()
        // Nothing is held, so that nothing is sold.
        _ = try scene.decide(cycle: 2, market: market)
        _ = try scene.end(cycle: 2)
        let held = try CycleScene.holding(worth: "90")
        let third = try scene.decide(cycle: 3, portfolio: held, market: market)
        #expect(third.contains("enter maintenance 3"))
    }
}
