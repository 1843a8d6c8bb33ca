import Testing
import VigilModel

@testable import VigilCore

/// A conductor that was started anew decides what one decides that never ended.
@Suite struct CycleWarmUpTests {
    /// A thousand and more minutes that wander, with bursts of two percent and more.
    private static let minutes: [Candle] = {
        var random = SeededRandom(seed: 77)
        var price = 100.0
        return (0..<3_000).map { index in
            price *= 1 + (random.unit() - 0.5) * (index % 97 < 14 ? 0.04 : 0.002)
            return Candle(start: Sample.now + .seconds(60 * index), price: price, volume: 1)
        }
    }()

    /// What is proposed in each cycle from one minute to another; Risk refuses all for their size.
    private func wishes(from first: Int, to last: Int) throws -> [Int: [TriggerKind]] {
        var scene = CycleScene { $0.risk.tradeSpacing = .zero }
        let start = Sample.now + .seconds(60 * first)
        _ = try scene.core.handle(.started, at: start)
        var found: [Int: [TriggerKind]] = [:]
        for minute in first..<last {
            let (cycle, now) = (minute - first + 1, Sample.now + .seconds(60 * minute))
            let candles = Array(Self.minutes[(minute - 1_500)..<minute])
            let market = MarketSnapshot(
                at: now,
                products: [Sample.btc: try CycleScene.view(candles)]
            )
            _ = try scene.core.handle(.timerFired, at: now)
            _ = try scene.core.handle(.reconciled(cycle: cycle, differences: 0), at: now)
            _ = try scene.core.handle(.marked(cycle: cycle, RiskTests().snapshot()), at: now)
            _ = try scene.core.handle(.marketRead(cycle: cycle, market), at: now)
            _ = try scene.core.handle(.breakersRead(cycle: cycle, halts: []), at: now)
            _ = try scene.core.handle(.universeRead(cycle: cycle, CycleScene.one), at: now)
            for case .judge(_, let proposals, _, _) in try scene.core.handle(
                .workingRead(cycle: cycle, CycleScene.idle),
                at: now
            ) {
                found[minute] = proposals.map(\.trigger.kind)
                let check = RiskCheck(.cash, .denied, .usd, limit: 0, current: 0, requested: 1)
                let verdicts = proposals.map { RiskVerdict.denied($0, checks: [check]) }
                _ = try scene.core.handle(.judged(cycle: cycle, verdicts), at: now)
            }
            _ = try scene.core.handle(.maintained(cycle: cycle, CycleScene.idle), at: now)
        }
        return found
    }

    @Test func `the same is proposed from a restart on as without it, whenever that is`() throws {
        let whole = try wishes(from: 1_500, to: 2_900)
        #expect((6..<60).contains(whole.count))
        for restart in stride(from: 1_550, to: 2_800, by: 50) {
            let rest = try wishes(from: restart, to: min(restart + 200, 2_900))
            #expect(
                rest == whole.filter { (restart..<min(restart + 200, 2_900)).contains($0.key) },
                "at \(restart)"
            )
        }
    }

    @Test func `what stands at a start is no event, and what has just begun is one`() throws {
        func isProposed(_ minutes: Int) throws -> Bool {
            var scene = CycleScene()
            let candles = CycleScene.candles().enumerated().map { place, candle in
                let left = 1_500 - place
                return Candle(start: candle.start, price: left <= minutes ? 103 : 100, volume: 1)
            }
            return try scene.decide(market: CycleScene.market(candles)).contains("enter working 1")
        }
        #expect(try isProposed(1))
        #expect(try !isProposed(2))
        #expect(try !isProposed(15))
        #expect(try !isProposed(16), "it is over")
    }
}
