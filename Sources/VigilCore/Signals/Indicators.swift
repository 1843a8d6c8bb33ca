package import VigilModel

/// Numbers drawn from candles; Doubles, because they are never turned back into money.
package enum Indicators {
    /// Simple returns between neighbours.
    package static func returns(_ values: [Double]) -> [Double] {
        zip(values, values.dropFirst()).map { $1 / $0 - 1 }
    }

    /// The sample's standard deviation; zero for fewer than two values.
    package static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The signed change in percent over the last minutes; nil where history is too short.
    package static func change(_ candles: [Candle], minutes: Int) -> Double? {
        guard candles.count > minutes, let last = candles.last else { return nil }
        let base = candles[candles.count - 1 - minutes].close
        return base > 0 ? (last.close / base - 1) * 100 : nil
    }

    /// The last hour's volume against the mean hour of the 23 before it.
    package static func volumeRatio(_ candles: [Candle]) -> Double? {
        guard candles.count >= 1_440 else { return nil }
        let recent = candles.suffix(60).reduce(0) { $0 + $1.volume }
        let before = candles.suffix(1_440).dropLast(60).reduce(0) { $0 + $1.volume } / 23
        return before > 0 ? recent / before : nil
    }

    /// The highest high of the hours before the last minute.
    package static func high(_ candles: [Candle], hours: Int) -> Double? {
        guard candles.count > hours * 60 else { return nil }
        return candles.dropLast().suffix(hours * 60).map(\.high).max()
    }

    /// Annualised volatility in percent of the last day's hourly returns, between 10 and 200.
    package static func volatility(_ candles: [Candle]) -> Double {
        let day = Array(candles.suffix(1_440))
        let hourly = stride(from: 0, to: day.count, by: 60).map { day[$0].close }
        guard hourly.count > 2 else { return 50 }
        return min(max(deviation(returns(hourly)) * 9_359.487, 10), 200)
    }

    /// Annualised volatility in percent of the hourly returns of the last hours; nil where they are not
    /// known yet.
    ///
    /// From candles of an hour where there are enough, else from every sixtieth minute.
    package static func realised(_ view: ProductView, hours: Int) -> Double? {
        var closes = view.hours.suffix(hours + 1).map(\.close)
        if closes.count <= hours {
            let minutes = view.candles
            closes = stride(from: minutes.count - 1, through: 0, by: -60).prefix(hours + 1)
                .map { minutes[$0].close }.reversed()
        }
        guard closes.count >= min(hours + 1, 12), closes.allSatisfy({ $0 > 0 }) else { return nil }
        return deviation(returns(closes)) * 9_359.487
    }

    /// The share of the last thirteen hours that moved in a direction.
    package static func persistence(_ candles: [Candle], upward: Bool) -> Double {
        let hourly = stride(from: 0, to: min(candles.count, 781), by: 60)
            .map { candles[candles.count - 1 - $0].close }
        let steps = zip(hourly, hourly.dropFirst()).map { $0 > $1 }
        guard !steps.isEmpty else { return 0 }
        return Double(steps.count { $0 == upward }) / Double(steps.count)
    }
}
