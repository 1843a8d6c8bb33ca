import Testing
import VigilModel

@testable import VigilCore

/// Edges of what is drawn from candles that a day at random hardly meets.
@Suite struct SignalEdgeTests {
    private func candles(_ closes: [Double]) -> [Candle] {
        closes.enumerated().map { place, close in
            let before = Duration.seconds(60 * (closes.count - place))
            return Candle(start: Sample.now - before, price: close, volume: 1)
        }
    }

    private func hourly(_ closes: [Double]) -> [Candle] {
        candles(closes.flatMap { Array(repeating: 1, count: 59) + [$0] })
    }

    private func flat(_ count: Int) -> [Candle] { candles(Array(repeating: 100, count: count)) }

    @Test func `a high needs a whole minute more than its hours`() {
        #expect(Indicators.high(flat(60), hours: 1) == nil)
        #expect(Indicators.high(flat(61), hours: 1) == 100)
    }

    @Test func `a volatility is known from three hours on`() {
        #expect(Indicators.volatility(hourly([100, 100])) == 50)
        #expect(Indicators.volatility(hourly([100, 100, 100])) == 10)
    }

    @Test func `what a breaker measures needs its hours, and twelve of them at most`() throws {
        func isKnown(_ count: Int, hours: Int) throws -> Bool {
            let product = try Sample.product()
            var view = ProductView(product: product, quote: nil, depth20BPS: 0, candles: [])
            view.hours = flat(count).enumerated().map { index, candle in
                let start = Sample.now - .seconds(3_600 * (count - index))
                return Candle(start: start, price: candle.close, volume: 1)
            }
            let other = ProductView(
                product: product,
                quote: nil,
                depth20BPS: 0,
                candles: flat(60 * (count - 1) + 1)
            )
            let measured = Indicators.realised(view, hours: hours)
            #expect((Indicators.realised(other, hours: hours) == nil) == (measured == nil))
            return measured != nil
        }
        #expect(try isKnown(6, hours: 5))
        #expect(try !isKnown(5, hours: 5))
        #expect(try isKnown(12, hours: 11))
        #expect(try !isKnown(11, hours: 11))
        #expect(try isKnown(12, hours: 24))
        #expect(try !isKnown(11, hours: 24))
    }

    @Test func `an hour without a move goes with the falls`() {
        #expect(Indicators.persistence(flat(781), upward: true) == 0)
        #expect(Indicators.persistence(flat(781), upward: false) == 1)
        #expect(Indicators.persistence(flat(60), upward: false) == 0)
        #expect(Indicators.persistence(flat(61), upward: false) == 1)
    }

    // MARK: Triggers

    private func kinds(
        _ candles: [Candle],
        _ change: (inout TriggerPolicy) -> Void
    ) throws -> [String] {
        let never = 1e9
        var policy = TriggerPolicy(
            thresholds: [.chop: .init(move15mPct: never, move60mPct: never, volumeRatio: never)],
            breakoutHours: 48,
            momentumPct: never,
            onlyUpside: false,
            scoreMin: 0,
            perCycleMax: 5,
            candleAgeMax: .seconds(120)
        )
        change(&policy)
        let view = ProductView(
            product: try Sample.product(),
            quote: nil,
            depth20BPS: 0,
            candles: candles
        )
        let market = MarketSnapshot(at: Sample.now, products: [Sample.btc: view])
        let universe = UniverseSnapshot(eligible: [(Sample.btc, .core)], excluded: [:])
        return TriggerScanner(policy: policy)
            .scan(universe, market, regime: .chop, at: Sample.now)
            .map { "\($0.kind.rawValue) \($0.strength) \($0.confidence) \($0.volatility)" }
    }

    @Test func `a market that stands still is no rise`() throws {
        #expect(try kinds(flat(1_440)) { $0.breakoutHours = 1 } == ["breakout 0.7 0.8 10.0"])
        #expect(try kinds(flat(1_440)) { ($0.breakoutHours, $0.onlyUpside) = (1, true) }.isEmpty)
        #expect(try kinds(flat(1_440)) { $0.momentumPct = 0 } == ["momentum 0.0 1.0 10.0"])
    }

    @Test func `a small rise of a day is a rise`() throws {
        // It came with the day's first minute, so that no hour since went up.
        let risen = candles([100] + Array(repeating: 100.5, count: 1_439))
        let found = try kinds(risen) { $0.momentumPct = 0.4 }
        #expect(found.map { $0.split(separator: " ")[2] } == ["0.0"])
    }

    @Test func `an hour of candles and one more are the least that anything is seen in`() throws {
        #expect(try kinds(flat(61)) { $0.breakoutHours = 1 }.count == 1)
        #expect(try kinds(flat(60)) { $0.breakoutHours = 0 }.isEmpty)
        #expect(try kinds(flat(1_439)) { $0.momentumPct = 0 }.isEmpty)
    }

    @Test func `no more is found than a cycle may have`() throws {
        #expect(try kinds(flat(1_440)) { ($0.breakoutHours, $0.perCycleMax) = (1, 0) }.isEmpty)
        #expect(try kinds(flat(1_440)) { ($0.breakoutHours, $0.perCycleMax) = (1, 1) }.count == 1)
    }

    @Test func `a trigger's score is its strength times its confidence`() {
        let trigger = Trigger(
            product: Sample.btc,
            tier: .core,
            kind: .momentum,
            strength: 0.5,
            confidence: 0.25,
            changePct: 7,
            volatility: 9
        )
        #expect(trigger.score == 0.125)
    }

    // MARK: Sizes and the universe

    @Test func `a conviction is never below zero, and half of the size stays`() throws {
        let strategy = DefectTests().strategy(.one)
        let trigger = Trigger(
            product: Sample.btc,
            tier: .core,
            kind: .breakout,
            strength: -3,
            confidence: 0,
            changePct: 1,
            volatility: 50
        )
        let made = try #require(try strategy.proposals(for: [trigger], regime: .chop).first)
        #expect(made.conviction == 0)
        #expect(made.size.description == "0.015")
    }

    @Test func `the universe answers the cycle that asked`() throws {
        let policy = UniversePolicy(
            tiers: [:],
            neverTrade: [],
            graceReadings: 1,
            eligibleMin: 0
        )
        var core = UniverseCore(policy: policy, quoteAgeMax: .seconds(15))
        let market = try CycleScene.market()
        let asked = UniverseCore.Event.evaluationRequested(cycle: 7, market)
        guard case .reply(7, let snapshot)? = try core.handle(asked, at: Sample.now).first else {
            Issue.record("no answer to the seventh cycle")
            return
        }
        #expect(snapshot.eligible.isEmpty)
        #expect(snapshot.excluded == [Sample.btc: .notInUniverse])
    }
}
