import Testing
import VigilModel

@testable import VigilCore

/// The numbers that are drawn from candles, by value.
@Suite struct IndicatorTests {
    private func candles(_ closes: [Double], volume: (Int) -> Double = { _ in 1 }) -> [Candle] {
        closes.enumerated().map { index, close in
            Candle(start: Sample.now + .seconds(60 * index), price: close, volume: volume(index))
        }
    }

    private func isNear(_ value: Double?, _ expected: Double) -> Bool {
        value.map { abs($0 - expected) < 1e-6 } ?? false
    }

    @Test func `a deviation is the sample's, and of less than two values it is none`() {
        #expect(Indicators.deviation([]) == 0)
        #expect(Indicators.deviation([7]) == 0)
        #expect(isNear(Indicators.deviation([1, 2, 3, 4]), 1.290_994_448_7))
        #expect(isNear(Indicators.deviation([2, 4]), 1.414_213_562_4))
        #expect(Indicators.returns([100, 110, 99]).map { ($0 * 1_000).rounded() } == [100, -100])
    }

    @Test func `a change is against the close so many minutes ago, with its sign`() {
        let closes = candles([50, 100, 200, 110])
        #expect(isNear(Indicators.change(closes, minutes: 1), -45))
        #expect(isNear(Indicators.change(closes, minutes: 2), 10))
        #expect(isNear(Indicators.change(closes, minutes: 3), 120))
        #expect(Indicators.change(closes, minutes: 4) == nil)
        #expect(Indicators.change(candles([0, 1]), minutes: 1) == nil)
    }

    @Test func `a volume is compared with the mean hour of the 23 before it`() {
        let day = Array(repeating: 100.0, count: 1_440)
        #expect(isNear(Indicators.volumeRatio(candles(day)), 1))
        #expect(isNear(Indicators.volumeRatio(candles(day) { $0 < 1_380 ? 1 : 3 }), 3))
        #expect(isNear(Indicators.volumeRatio(candles(day) { $0 < 1_380 ? 4 : 1 }), 0.25))
        #expect(Indicators.volumeRatio(candles(Array(day.dropLast()))) == nil)
        #expect(Indicators.volumeRatio(candles(day) { $0 < 1_380 ? 0 : 1 }) == nil)
        // What is older than a day says nothing.
        let older = candles(day + day) { $0 < 1_440 ? 1_000 : 1 }
        #expect(isNear(Indicators.volumeRatio(older), 1))
    }

    @Test func `a high is that of the hours before the last minute`() {
        var closes = Array(repeating: 100.0, count: 121)
        (closes[0], closes[60], closes[61], closes[120]) = (300, 200, 150, 999)
        #expect(Indicators.high(candles(closes), hours: 1) == 200)
        #expect(Indicators.high(candles(closes), hours: 2) == 300)
        #expect(Indicators.high(candles(closes), hours: 3) == nil)
        closes[60] = 100
        #expect(Indicators.high(candles(closes), hours: 1) == 150)
    }

    /// Hours of the clock that end with these, between which anything may be.
    private func day(_ hourly: [Double]) -> [Candle] {
        candles(hourly.flatMap { Array(repeating: 1, count: 59) + [$0] })
    }

    /// Candles of an hour that end with the one before now.
    private func hours(_ closes: [Double]) -> [Candle] {
        closes.enumerated().map { index, close in
            Candle(
                start: Sample.now - .seconds(3_600 * (closes.count - index)),
                price: close,
                volume: 1
            )
        }
    }

    @Test func `hours are the clock's, with minutes that are missing and one that has only begun`()
    {
        let minutes = candles((0..<200).map(Double.init))
        func closes(_ candles: [Candle], _ most: Int = 9) -> [Double] {
            Indicators.hours(candles, most: most).map(\.close)
        }
        #expect(closes(minutes) == [199, 179, 119, 59])
        #expect(closes(minutes, 2) == [199, 179])
        #expect(closes(Array(minutes.prefix(121))) == [120, 119, 59])
        #expect(closes(Array(minutes.prefix(120))) == [119, 59])
        // The last of what is there counts, and an hour of which nothing is there is none.
        #expect(
            closes(
                minutes.filter {
                    ![179, 178].contains($0.close) && !(60..<120).contains(Int($0.close))
                }
            ) == [199, 177, 59]
        )
        #expect(closes([]).isEmpty)
    }

    @Test func `one odd minute comes back in no other hour`() {
        var closes = Array(repeating: 100.0, count: 1_500)
        closes[1_000] = 150
        let day = candles(closes)
        let wild = (1_001...1_500).filter { Indicators.volatility(Array(day[..<$0])) > 10 }
        #expect(wild == [1_001], "it is seen while it is the newest, and never again")
    }

    @Test func `a volatility is a day's hourly returns a year, between ten and two hundred`() {
        func swing(_ more: Double) -> [Double] { (0..<24).map { $0 % 2 == 0 ? 100 : 100 + more } }
        #expect(isNear(Indicators.volatility(day(swing(1))), 95.134_586_797_6))
        #expect(Indicators.volatility(day(swing(0))) == 10)
        #expect(Indicators.volatility(day(swing(9))) == 200)
        // Of two hours nothing can be said, and what was before the day counts no more.
        #expect(Indicators.volatility(day([100, 200])) == 50)
        #expect(Indicators.volatility([]) == 50)
        #expect(
            isNear(Indicators.volatility(day([1, 900, 101] + swing(1))), 95.1345867976)
        )
    }

    @Test func `what a breaker measures takes minutes for the hours that they cover, else hours`()
        throws
    {
        let product = try Sample.product()
        func view(_ minutes: [Candle], _ hours: [Double]) -> ProductView {
            var view = ProductView(product: product, quote: nil, depth20BPS: 0, candles: minutes)
            view.hours = self.hours(hours)
            return view
        }
        func realised(_ minutes: [Candle], _ hours: [Double]) -> Double? {
            Indicators.realised(view(minutes, hours), hours: 12)
        }
        let swing = (0..<13).map { $0 % 2 == 0 ? 100.0 : 101 }
        let measured = 97.272_709_645_4
        #expect(isNear(realised([], swing), measured))
        #expect(isNear(realised([], [9] + swing), measured))
        // Minutes alone, of which the newest has just begun an hour.
        let minutes = day(Array(swing.dropLast()))
        let last = Candle(start: Sample.now + .seconds(43_200), price: 100, volume: 1)
        #expect(isNear(realised(minutes + [last], []), measured))
        // Hours before the minutes, and minutes for what they cover, also where an hour says otherwise.
        let recent = day([101, 100])
        #expect(isNear(realised(recent, Array(swing.dropLast(2))), measured))
        let covered = recent.map {
            Candle(start: $0.start - .seconds(7_200), price: $0.close, volume: 1)
        }
        #expect(isNear(realised(covered, Array(swing.dropLast(2)) + [7, 9]), measured))
        // Eleven hours are too few, and so is a price of nothing.
        #expect(realised([], []) == nil)
        #expect(realised(Array(minutes.prefix(660)), []) == nil)
        #expect(realised(Array(minutes.prefix(661)), []) != nil)
        #expect(realised([], [0] + swing.dropFirst()) == nil)
    }

    @Test func `persistence is the share of thirteen hours that went one way`() {
        /// Closes an hour apart, of which the last is the newest minute's.
        func closes(_ rises: [Bool]) -> [Candle] {
            var hourly = [100.0]
            for rises in rises {
                hourly.append((hourly.last ?? 0) + (rises ? 1 : -1))
            }
            let last = hourly.removeLast()
            return candles(hourly.flatMap { [$0] + Array(repeating: 1.0, count: 59) } + [last])
        }
        let twelve = closes((0..<12).map { $0 < 9 })
        #expect(Indicators.persistence(twelve, upward: true) == 0.75)
        #expect(Indicators.persistence(twelve, upward: false) == 0.25)
        // Seven falls long ago count no more.
        let twenty = closes((0..<20).map { $0 >= 7 })
        #expect(Indicators.persistence(twenty, upward: true) == 1)
        #expect(Indicators.persistence(closes((0..<20).map { $0 >= 8 }), upward: false) == 1.0 / 13)
        #expect(Indicators.persistence([], upward: true) == 0)
    }
}
