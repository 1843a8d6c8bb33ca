import Testing
import VigilModel
import VigilTestSupport

@testable import VigilCore

/// What a product's minutes say at the very edge of what is believed, and what they cannot say.
@Suite struct OutlierEdgeTests {
    private typealias Minute = (close: Double, high: Double, low: Double, volume: Double)

    private func still(_ count: Int, at price: Double = 100) -> [Minute] {
        Array(repeating: (price, price, price, 1), count: count)
    }

    /// The faults of a product whose last minutes were these.
    private func faults(
        _ minutes: [Minute],
        _ quote: (bid: String, ask: String)? = nil,
        hours: [Double] = [],
        isWild: Bool = false,
        _ change: (inout BreakerPolicy) -> Void = { _ in }
    ) throws -> [(reason: HaltReason, detail: String)] {
        var policy = BreakerPolicy.usual
        change(&policy)
        let now = Sample.now
        let candles = minutes.enumerated().map { index, minute in
            Candle(
                start: now - .seconds(60 * (minutes.count - index)),
                open: minute.close,
                high: minute.high,
                low: minute.low,
                close: minute.close,
                volume: minute.volume
            )
        }
        var view = ProductView(
            product: try Sample.product(),
            quote: try quote.map { try Sample.quote($0.bid, $0.ask) },
            depth20BPS: 0,
            candles: candles
        )
        view.hours = hours.enumerated().map { index, close in
            let age = Duration.seconds(3_600 * (hours.count - index))
            return Candle(start: now - age, price: close, volume: 1)
        }
        let faults = ProductHealth(policy: policy, view: view, now: now, isWild: isWild).faults
        return faults.filter { $0.reason != .quoteStale || quote != nil }
    }

    private func reasons(
        _ minutes: [Minute],
        _ quote: (bid: String, ask: String)? = nil,
        _ change: (inout BreakerPolicy) -> Void = { _ in }
    ) throws -> [HaltReason] {
        try faults(minutes, quote, change).map(\.reason)
    }

    // MARK: Leaps

    @Test func `a slow climb is no leap, however far its hour has come`() throws {
        let ramp = (0..<62).map { index -> Minute in
            let close = 100 + 0.01 * Double(index)
            return (close, close, close, 1)
        }
        #expect(try reasons(ramp, ("100.60", "100.62")).isEmpty)
    }

    @Test(arguments: [(61, false), (62, true), (63, true), (500, true)])
    func `an hour of minutes is needed to know a leap, and more changes nothing`(
        count: Int,
        isKnown: Bool
    ) throws {
        var minutes = still(count)
        minutes[count - 1] = (100, 101, 100, 1)
        let found = try faults(minutes)
        #expect(found.map(\.reason) == (isKnown ? [.priceOutlier] : []))
        let text = "BTC-USD moved 1 % within a minute, limit 0.9 %"
        #expect(found.map(\.detail) == (isKnown ? [text] : []))
    }

    @Test func `a leap at six deviations to the last bit is none, and the next number is one`()
        throws
    {
        // Closes that double and halve, so that every ratio is exact.
        let closes = (0..<61).map { $0 % 2 == 0 ? 128.0 : 256.0 }
        let limit = 6 * Indicators.deviation(Indicators.returns(closes))
        let edge = 128 * (1 + limit)
        func found(_ high: Double) throws -> [HaltReason] {
            let before = closes.map { close -> Minute in (close, close, close, 1) }
            let minutes = before + [(128, high, 128, 1)]
            return try reasons(minutes)
        }
        #expect(try found(edge).isEmpty)
        #expect(try found(edge.nextUp.nextUp) == [.priceOutlier])
    }

    @Test func `the middle of a wide quote is what leapt, not one of its sides`() throws {
        func found(_ bid: String, _ ask: String) throws -> [HaltReason] {
            try reasons(still(62), (bid, ask)) { $0.spreadMaxBPS = 500 }
        }
        #expect(try found("99.5", "100.5").isEmpty)
        #expect(try found("100.5", "101.5") == [.priceOutlier])
        #expect(try found("98.5", "99.5") == [.priceOutlier])
    }

    @Test func `a coin worth less than a dollar leaps as any other`() throws {
        #expect(try reasons(still(62, at: 0.5), ("0.51", "0.51")) == [.priceOutlier])
        var minutes = still(62, at: 0.5)
        minutes[61] = (0.5, 0.5, 0.49, 1)
        #expect(try reasons(minutes, ("0.5", "0.5")) == [.priceOutlier])
        #expect(try reasons(still(62, at: 0.5), ("0.5", "0.5")).isEmpty)
    }

    @Test func `a minute that closed at nothing is no price to measure from`() throws {
        var before = still(62)
        before[60].close = 0
        #expect(try reasons(before, ("100", "100")).isEmpty)
        var last = still(62)
        last[61].close = 0
        #expect(try reasons(last, ("100", "100")).isEmpty)
    }

    @Test(arguments: [(105.0, "5"), (94, "-6")])
    func `the greater of two moves is told, with its sign`(last: Double, told: String) throws {
        var minutes = still(62)
        minutes[61] = (last, max(last, 101), min(last, 99), 1)
        let detail = try faults(minutes).map(\.detail)
        #expect(detail == ["BTC-USD moved \(told) % within a minute, limit 0.9 %"])
    }

    @Test func `of two moves of one size the rise is told`() throws {
        var minutes = still(62, at: 128)
        minutes[61] = (128, 160, 96, 1)
        let detail = try faults(minutes).map(\.detail)
        #expect(detail == ["BTC-USD moved 25 % within a minute, limit 0.9 %"])
    }

    // MARK: Deviations

    /// Four minutes whose mean is 96 at a volume of 6; the last one is a quarter above it.
    private func quarter(volume: Double) -> [Minute] {
        [88.0, 88, 88].map { ($0, $0, $0, 7) } + [(120, 120, 120, volume)]
    }

    @Test(
        arguments: [
            (25.0, 3.0, false), (25, 2.9, false), (24.9, 3, false), (24.9, 2.9, true),
            (24.9, 3.1, false),
        ]
    )
    func `a close is off its mean beyond the limit, and has no volume below the ratio`(
        limit: Double,
        volume: Double,
        isOff: Bool
    ) throws {
        let found = try faults(quarter(volume: volume)) {
            ($0.outlierLookback, $0.deviationMaxPct, $0.volumeRatioMin) = (4, limit, 0.5)
        }
        #expect(found.map(\.reason) == (isOff ? [.priceOutlier] : []))
        // At a volume of 2.9 the mean is 5.975, half of which is 2.9875.
        let text = "BTC-USD is 25 % off its mean, without volume"
        #expect(found.map(\.detail) == (isOff ? [text] : []))
    }

    @Test(arguments: [(3, 0), (4, 1), (9, 1)])
    func `a mean needs all of its minutes, and looks at no older ones`(
        count: Int,
        expected: Int
    ) throws {
        let old = Array(repeating: (500.0, 500.0, 500.0, 900.0), count: max(count - 4, 0))
        let minutes = (old + quarter(volume: 0.1)).suffix(count)
        let found = try reasons(Array(minutes)) {
            ($0.outlierLookback, $0.deviationMaxPct, $0.volumeRatioMin) = (4, 10, 0.5)
        }
        #expect(found.count == expected)
    }

    @Test func `a coin worth less than a dollar is off its mean as any other`() throws {
        var minutes = still(20, at: 0.5)
        minutes[19] = (0.6, 0.6, 0.6, 0.01)
        #expect(try reasons(minutes) == [.priceOutlier])
    }

    // MARK: Volatility

    @Test
    func `what became calm is told with its figure, and nothing is told of what is not known`()
        throws
    {
        func clearing(_ reason: HaltReason, hours: [Double], quote: Quote?) throws -> String? {
            var view = ProductView(
                product: try Sample.product(),
                quote: quote,
                depth20BPS: 0,
                candles: []
            )
            view.hours = hours.map { Candle(start: Sample.now, price: $0, volume: 1) }
            let policy = BreakerPolicy.usual
            return ProductHealth(policy: policy, view: view, now: Sample.now, isWild: true)
                .clearing(reason)
        }
        let (still, quote) = (Array(repeating: 100.0, count: 25), try Sample.quote("99", "101"))
        let calm =
            "fifteen minutes with volatility a tenth below circuit_breakers.max_realized_volatility_pct: 0 % a year"
        #expect(try clearing(.volatility, hours: still, quote: nil) == calm)
        #expect(try clearing(.volatility, hours: [], quote: quote) == nil)
        let spread = "a spread within liquidity.max_spread_bps"
        #expect(try clearing(.spread, hours: [], quote: quote) == spread)
        #expect(try clearing(.spread, hours: still, quote: nil) == nil)
        for reason in [HaltReason.quoteStale, .candleStale, .productStatus] {
            #expect(try clearing(reason, hours: [], quote: nil) == reason.clearing)
        }
    }

    @Test func `a volatility at its limit is none, and for what was too wild it is a tenth lower`()
        throws
    {
        let swing = (0..<13).map { $0 % 2 == 0 ? 100.0 : 101.0 }
        let measured = Indicators.deviation(Indicators.returns(swing)) * 9_359.487
        func found(_ limit: Double, isWild: Bool = false) throws -> Int {
            try faults([], hours: swing, isWild: isWild) {
                ($0.volatilityHours, $0.volatilityMaxPct) = (12, limit)
            }.count { $0.reason == .volatility }
        }
        #expect(try found(measured) == 0)
        #expect(try found(measured.nextDown) == 1)
        #expect(try found(measured * 1.05) == 0)
        #expect(try found(measured * 1.05, isWild: true) == 1)
        #expect(try found(measured * 1.15, isWild: true) == 0)
    }
}
