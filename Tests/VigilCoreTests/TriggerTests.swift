import Testing
import VigilModel

@testable import VigilCore

/// What counts as an event, how strong it is, and at which edge it begins.
@Suite struct TriggerTests {
    private func policy(_ change: (inout TriggerPolicy) -> Void = { _ in }) -> TriggerPolicy {
        let never = 1e9
        var policy = TriggerPolicy(
            thresholds: [
                .chop: .init(move15mPct: never, move60mPct: never, volumeRatio: never)
            ],
            breakoutHours: 48,
            momentumPct: never,
            onlyUpside: false,
            scoreMin: 0,
            perCycleMax: 5,
            candleAgeMax: .seconds(120)
        )
        change(&policy)
        return policy
    }

    /// A day at 100 with its last quarter of an hour, or hour, elsewhere.
    private func day(
        quarter: Double = 100,
        hour: Double = 100,
        first: Double = 100,
        volume: Double = 1
    ) -> [Candle] {
        (0..<1_440).map { minute in
            let price =
                minute == 0 ? first : minute > 1_424 ? quarter : minute > 1_379 ? hour : 100
            return Candle(
                start: Sample.now - .seconds(60 * (1_440 - minute)),
                price: price,
                volume: minute < 1_380 ? 1 : volume
            )
        }
    }

    private func scan(
        _ candles: [Candle],
        _ policy: TriggerPolicy,
        regime: Regime = .chop,
        late: Duration = .zero
    ) throws -> [Trigger] {
        let universe = UniverseSnapshot(
            eligible: [(product: Sample.btc, tier: .rotational)],
            excluded: [:]
        )
        let view = ProductView(
            product: try Sample.product(),
            quote: nil,
            depth20BPS: 0,
            candles: candles
        )
        let now = Sample.now + late
        let market = MarketSnapshot(at: now, products: [Sample.btc: view])
        return TriggerScanner(policy: policy).scan(universe, market, regime: regime, at: now)
    }

    private func text(_ triggers: [Trigger]) -> [String] {
        triggers.map { trigger in
            func number(_ value: Double) -> String { Rate(indicator: value).description }
            return "\(trigger.kind.rawValue) \(number(trigger.strength)) "
                + "\(number(trigger.confidence)) \(number(trigger.changePct))"
        }
    }

    private func moves(_ fast: Double, _ slow: Double) -> TriggerPolicy {
        policy {
            $0.thresholds[.chop]?.move15mPct = fast
            $0.thresholds[.chop]?.move60mPct = slow
        }
    }

    @Test func `a move is fast, slow or both, each with its own strength`() throws {
        let rise = day(quarter: 103, hour: 101)
        // The quarter rose from 101 and the hour from 100.
        #expect(try text(scan(rise, moves(1.9, 1e9))) == ["price_move 0.6 0.7 1.980198"])
        #expect(try text(scan(rise, moves(1e9, 2.9))) == ["price_move 0.7 0.75 3"])
        #expect(try text(scan(rise, moves(1.9, 2.9))) == ["price_move 0.8 0.85 3"])
        #expect(try scan(rise, moves(1.99, 3.01)).isEmpty)
        let fall = day(quarter: 97, hour: 99)
        #expect(try text(scan(fall, moves(1.9, 2.9))) == ["price_move 0.8 0.85 -3"])
    }

    @Test func `a move at its threshold counts`() throws {
        let doubled = day(quarter: 200, hour: 100)
        #expect(try scan(doubled, moves(100, 1e9)).count == 1)
        #expect(try scan(doubled, moves(100.01, 1e9)).isEmpty)
        #expect(try scan(doubled, moves(1e9, 100)).count == 1)
        #expect(try scan(doubled, moves(1e9, 100.01)).isEmpty)
    }

    @Test func `a volume at its ratio is a spike, stronger with more`() throws {
        func spike(_ volume: Double) throws -> [String] {
            let change = policy { $0.thresholds[.chop]?.volumeRatio = 2 }
            return try text(scan(day(quarter: 101, volume: volume), change))
        }
        #expect(try spike(1.99).isEmpty)
        #expect(try spike(2) == ["volume_spike 0.333333 0.5 1"])
        #expect(try spike(3) == ["volume_spike 0.666667 0.75 1"])
        #expect(try spike(40) == ["volume_spike 1 1 1"])
    }

    @Test func `a breakout reaches the high of the hours before, and below it there is none`()
        throws
    {
        let out = policy { $0.breakoutHours = 1 }
        #expect(try text(scan(day(), out)) == ["breakout 0.7 0.8 0"])
        var candles = day()
        candles[1_439].close = 99.99
        #expect(try scan(candles, out).isEmpty)
        candles = day()
        candles[1_400].high = 100.01
        #expect(try scan(candles, out).isEmpty)
    }

    @Test func `a day's move is as strong as it is long, and as sure as it is steady`() throws {
        let steady = policy { $0.momentumPct = 4 }
        // From 100 to 105 in the last hour alone: one hour of thirteen.
        #expect(
            try text(scan(day(quarter: 105, hour: 105), steady)) == ["momentum 0.5 0.076923 5"]
        )
        #expect(try scan(day(quarter: 103.9, hour: 103.9), steady).isEmpty)
        let fall = try scan(day(quarter: 80, hour: 80), steady)
        #expect(fall.map(\.strength) == [1])
        #expect(fall.map { $0.changePct < -19 } == [true])
    }

    @Test func `of one product the strongest counts, and of all of them the first so many`() throws
    {
        let all = policy {
            $0.thresholds[.chop] = .init(move15mPct: 1, move60mPct: 1e9, volumeRatio: 1e9)
            $0.breakoutHours = 1
        }
        // A breakout scores 0.56, a fast move 0.42.
        #expect(try scan(day(quarter: 101), all).map(\.kind) == [.breakout])
        let ids = ["AAA", "BBB", "CCC"].map { ProductID(base: Currency($0) ?? .usd, quote: .usd) }
        let universe = UniverseSnapshot(
            eligible: ids.map { (product: $0, tier: .core) },
            excluded: [:]
        )
        var products: [ProductID: ProductView] = [:]
        for (id, hour) in zip(ids, [100.5, 100, 100.5]) {
            products[id] = ProductView(
                product: try Sample.product(),
                quote: nil,
                depth20BPS: 0,
                candles: day(quarter: 101.6, hour: hour)
            )
        }
        let market = MarketSnapshot(at: Sample.now, products: products)
        func found(_ most: Int) -> [ProductID] {
            let policy = policy {
                $0.thresholds[.chop] = .init(move15mPct: 1, move60mPct: 1.601, volumeRatio: 1e9)
                $0.perCycleMax = most
            }
            return TriggerScanner(policy: policy)
                .scan(universe, market, regime: .chop, at: Sample.now).map(\.product)
        }
        #expect(found(3) == ids, "equal scores keep the universe's order")
        #expect(found(2) == Array(ids.prefix(2)))
    }

    @Test func `a score at its least counts, and a fall only where falls do`() throws {
        // 0.6 times 0.7.
        func count(_ least: Double) throws -> Int {
            let change = policy {
                $0.thresholds[.chop]?.move15mPct = 1
                $0.scoreMin = least
            }
            return try scan(day(quarter: 102), change).count
        }
        #expect(try count(0.42) == 1)
        #expect(try count(0.43) == 0)
        let upward = policy {
            $0.thresholds[.chop]?.move15mPct = 1
            $0.onlyUpside = true
        }
        #expect(try scan(day(quarter: 98), upward).isEmpty)
        #expect(try scan(day(quarter: 102), upward).count == 1)
    }

    @Test func `a market whose newest candle ended too long ago triggers nothing`() throws {
        let change = moves(1, 1e9)
        #expect(try scan(day(quarter: 102), change, late: .seconds(120)).count == 1)
        let later = Duration.nanoseconds(120_000_000_001)
        #expect(try scan(day(quarter: 102), change, late: later).isEmpty)
        #expect(try scan([], change).isEmpty)
        #expect(try scan(day(quarter: 102), change, regime: .bear).isEmpty, "no thresholds")
    }
}
