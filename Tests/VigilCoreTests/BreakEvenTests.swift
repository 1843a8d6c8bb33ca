import Testing
import VigilCore
import VigilModel

/// How often a plan must win, by value.
@Suite struct BreakEvenTests {
    private func plan(_ target: Int, _ stop: Int) -> ExitPlan {
        ExitPlan(
            stopLoss: Rate(basisPoints: stop),
            takeProfit: Rate(basisPoints: target),
            holdMax: .seconds(86_400)
        )
    }

    /// The worst public tier: 0.6 % and 1.2 %, as 60 and 120 basis points.
    private let fees = FeeSchedule(maker: Rate(basisPoints: 60), taker: Rate(basisPoints: 120))

    @Test func `an entry that rests pays the maker's fee, its stop the taker's`() throws {
        let chance = try BreakEven(plan(500, 300), fees)
        #expect(chance.win == Rate(basisPoints: 380))
        #expect(chance.loss == Rate(basisPoints: 480))
        #expect(abs(chance.winRate - 480.0 / 860) < 1e-12)
    }

    @Test func `an entry that takes pays twice, and its stop slips by a spread`() throws {
        let chance = try BreakEven(taking: plan(500, 300), fees, spread: Rate(basisPoints: 35))
        #expect(chance.win == Rate(basisPoints: 320))
        #expect(chance.loss == Rate(basisPoints: 575))
        #expect(abs(chance.winRate - 575.0 / 895) < 1e-12)
    }

    @Test func `where fees eat the target no share of wins is enough`() throws {
        #expect(try BreakEven(plan(120, 300), fees).winRate == 1)
    }
}
