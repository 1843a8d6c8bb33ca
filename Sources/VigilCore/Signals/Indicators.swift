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

    /// What a year of hours makes of the deviation of their returns, in percent.
    static let yearly = 9_359.487

    /// Each clock hour's last close with the hour's begin, the newest first; the newest hour's is the newest minute's.
    ///
    /// Hours are the clock's: counted in sixties from now, one odd minute would come back every hour for a day.
    static func hours(_ candles: [Candle], most: Int) -> [(start: Instant, close: Double)] {
        var found: [(start: Instant, close: Double)] = []
        var index = candles.count - 1
        while index >= 0, found.count < most {
            let start = candles[index].start.floor(to: .seconds(3_600))
            found.append((start, candles[index].close))
            // Where no minute is missing it is known where the hour before ends.
            let minutes = Int((candles[index].start - start).nanoseconds / 60_000_000_000)
            let guess = index - minutes
            if guess >= 0, candles[guess].start == start { index = guess }
            while index >= 0, candles[index].start >= start { index -= 1 }
        }
        return found
    }

    /// Annualised volatility in percent of the last day's hourly returns, between 10 and 200.
    package static func volatility(_ candles: [Candle]) -> Double {
        let closes = hours(candles, most: 25).reversed().map(\.close)
        guard closes.count > 2 else { return 50 }
        return min(max(deviation(returns(closes)) * yearly, 10), 200)
    }

    /// Annualised volatility in percent of the hourly returns of the last hours; nil where they are not
    /// known yet.
    ///
    /// Minutes tell of the hours that they cover, candles of an hour of those before.
    package static func realised(_ view: ProductView, hours: Int) -> Double? {
        let recent = Self.hours(view.candles, most: hours + 1)
        var older = view.hours[...]
        if let first = recent.last?.start {
            older = older.prefix { $0.start < first }
        }
        let closes =
            older.suffix(max(hours + 1 - recent.count, 0)).map(\.close)
            + recent.reversed().map(\.close)
        guard closes.count >= min(hours + 1, 12), closes.allSatisfy({ $0 > 0 }) else { return nil }
        return deviation(returns(closes)) * yearly
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
