import Testing
import VigilModel

@testable import VigilCore

/// Where a candle begins and ends, how many are kept, and what a late print may change.
@Suite struct CandleEdgeTests {
    private let start = Instant(seconds: 36_000)

    private func candle(_ seconds: Int, _ price: Double, volume: Double = 1) -> Candle {
        Candle(start: start + .seconds(seconds), price: price, volume: volume)
    }

    private func seconds(_ series: CandleSeries) -> [Int64] {
        series.completed.map { ($0.start - start).nanoseconds / 1_000_000_000 }
    }

    @Test(
        arguments: [
            (.minute, 60, 1_500), (.fiveMinutes, 300, 300), (.quarterHour, 900, 300),
            (.hour, 3_600, 300),
        ] as [(CandleLength, Int, Int)]
    )
    func `each length has its span, and keeps so many`(length: CandleLength, span: Int, count: Int)
    {
        #expect(length.span == .seconds(span))
        #expect(length.countMax == count)
        var series = CandleSeries(length)
        series.record(price: 1, volume: 1, at: start)
        series.record(price: 2, volume: 1, at: start + .seconds(span) - .nanoseconds(1))
        #expect(series.forming?.start == start && series.forming?.close == 2)
        series.record(price: 3, volume: 1, at: start + .seconds(span))
        #expect(series.completed.count == 1)
        #expect(series.forming == Candle(start: start + .seconds(span), price: 3, volume: 1))
    }

    @Test func `a candle holds first, highest, lowest and last, and all its volume`() {
        var series = CandleSeries(.minute)
        for (price, volume) in [(10.0, 1.0), (14, 2), (7, 4), (9, 8)] {
            series.record(price: price, volume: volume, at: start + .seconds(1))
        }
        #expect(
            series.forming
                == Candle(start: start, open: 10, high: 14, low: 7, close: 9, volume: 15)
        )
        series.complete(before: start)
        #expect(series.completed.isEmpty && series.forming != nil)
        series.complete(before: start + .nanoseconds(1))
        #expect(series.completed.count == 1 && series.forming == nil)
    }

    @Test func `a late print amends the candle of its own time, with its volume and its reach`() {
        var series = CandleSeries(.minute, [candle(0, 10), candle(60, 20), candle(120, 30)])
        let amended = series.record(price: 25, volume: 2, at: start + .seconds(61))
        let expected = Candle(
            start: start + .seconds(60),
            open: 20,
            high: 25,
            low: 20,
            close: 20,
            volume: 3
        )
        #expect(amended == expected)
        #expect(series.completed == [candle(0, 10), expected, candle(120, 30)])
        #expect(series.record(price: 5, volume: 2, at: start)?.low == 5)
        #expect(series.record(price: 50, volume: 2, at: start + .seconds(179))?.high == 50)
        // A price alone, and what was before all that is known, amend nothing.
        let before = series
        #expect(series.record(price: 99, volume: 0, at: start + .seconds(61)) == nil)
        #expect(series.record(price: 99, volume: 1, at: start - .nanoseconds(1)) == nil)
        #expect(series == before)
    }

    @Test func `history that goes back or repeats itself is not taken`() {
        let series = CandleSeries(
            .minute,
            [candle(0, 10), candle(60, 20), candle(60, 99), candle(0, 98), candle(120, 30)]
        )
        #expect(series.completed == [candle(0, 10), candle(60, 20), candle(120, 30)])
    }

    @Test func `a gap is filled with the last close, and one that is too long begins anew`() {
        let short = CandleSeries(.fiveMinutes, [candle(0, 10), candle(900, 20)])
        #expect(
            short.completed
                == [
                    candle(0, 10), candle(300, 10, volume: 0), candle(600, 10, volume: 0),
                    candle(900, 20),
                ]
        )
        // Three hundred spans without any are filled, one more is not.
        let long = CandleSeries(.fiveMinutes, [candle(0, 10), candle(301 * 300, 20)])
        #expect(long.completed.count == 302)
        let anew = CandleSeries(.fiveMinutes, [candle(0, 10), candle(302 * 300, 20)])
        #expect(anew.completed == [candle(302 * 300, 20)])
    }

    @Test func `what is too old is let go in one go, and the newest are kept`() {
        let history = (0..<557).map { candle($0 * 300, Double($0)) }
        #expect(CandleSeries(.fiveMinutes, Array(history.dropLast())).completed.count == 556)
        let series = CandleSeries(.fiveMinutes, history)
        #expect(series.completed == Array(history.suffix(300)))
    }

    @Test func `the venue's candles replace ours, in order, and the one that runs is left out`() {
        var series = CandleSeries(.minute, [candle(60, 1), candle(120, 2)])
        let now = start + .seconds(239)
        series.fill([candle(180, 9), candle(0, 7), candle(120, 8)], at: now)
        #expect(seconds(series) == [0, 60, 120])
        #expect(series.completed.map(\.close) == [7, 1, 8])
        series.fill([candle(180, 9)], at: now + .seconds(1))
        #expect(series.completed.map(\.close) == [7, 1, 8, 9])
    }

    // MARK: Clocks

    private func ms(_ skew: Int, _ uncertainty: Int) -> ClockWatch.Estimate {
        .init(skew: .milliseconds(skew), uncertainty: .milliseconds(uncertainty))
    }

    @Test func `two answers leave what both allow, and the newer where they cannot both be`() {
        for (skew, uncertainty, expected) in [
            (20, 20, ms(15, 15)), (-20, 20, ms(-15, 15)), (60, 30, ms(30, 0)), (61, 30, ms(61, 30)),
            (5, 10, ms(5, 10)), (0, 90, ms(0, 30)),
        ] {
            var watch = ClockWatch()
            #expect(watch.answered(.zero, uncertainty: .milliseconds(30)) == ms(0, 30))
            let both = watch.answered(
                .milliseconds(skew),
                uncertainty: .milliseconds(uncertainty)
            )
            #expect(both == expected)
            let heard = watch.heard(.seconds(-9))
            #expect(heard == expected, "it is what is known from here on")
        }
    }

    @Test func `what was heard before an answer counts no more after it`() {
        var watch = ClockWatch()
        _ = watch.answered(.zero, uncertainty: .milliseconds(30))
        let early = watch.heard(.milliseconds(900))
        #expect(early == ms(900, 0))
        _ = watch.answered(.zero, uncertainty: .milliseconds(30))
        let late = watch.heard(.milliseconds(-900))
        #expect(late == ms(0, 30))
    }

    @Test(arguments: [(-1_030, false), (-1_031, true), (0, false)])
    func `a clock is asked where all of ten heartbeats come more than a second late`(
        ahead: Int,
        asks: Bool
    ) {
        var watch = ClockWatch()
        _ = watch.answered(.zero, uncertainty: .milliseconds(30))
        for _ in 0..<9 {
            _ = watch.heard(.milliseconds(-5_000))
        }
        let early = watch.shouldAsk(at: start)
        #expect(!early)
        _ = watch.heard(.milliseconds(ahead))
        let isAsked = watch.shouldAsk(at: start)
        #expect(isAsked == asks)
        let soon = watch.shouldAsk(at: start + .nanoseconds(9_999_999_999))
        #expect(!soon)
        let later = watch.shouldAsk(at: start + .seconds(10))
        #expect(later == asks)
    }
}
