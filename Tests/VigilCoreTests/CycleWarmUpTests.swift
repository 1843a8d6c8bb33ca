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

    @Test func `a cycle that is broken off before Risk has spoken loses no event`() throws {
        var scene = CycleScene()
        #expect(try scene.decide().contains("enter working 1"))
        _ = try scene.tell(.timerFired, at: 10)
        _ = try scene.end(at: 11)
        #expect(try scene.decide(cycle: 2).contains("enter working 2"))
    }

    @Test func `a product whose day is not read yet is only watched at first`() throws {
        func proposes(after minutes: Int, of count: Int) throws -> Bool {
            var scene = CycleScene { $0.triggers.candleAgeMax = .seconds(3_600) }
            let market = try CycleScene.market(CycleScene.candles(quarter: 100, count: count))
            for cycle in 1...max(minutes, 1) where minutes > 0 {
                _ = try scene.decide(cycle: cycle, market: market)
                _ = try scene.end(cycle: cycle)
            }
            let begun = try CycleScene.market(CycleScene.candles(count: count))
            return try scene.decide(cycle: minutes + 1, market: begun)
                .contains("enter working \(minutes + 1)")
        }
        #expect(try proposes(after: 0, of: 1_455))
        #expect(try !proposes(after: 0, of: 1_454))
        #expect(try !proposes(after: 9, of: 300))
        #expect(try proposes(after: 15, of: 300))
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
