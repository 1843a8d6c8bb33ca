package import VigilModel

/// How long a candle is.
package enum CandleLength: String, Sendable, CaseIterable {
    /// One minute.
    case minute = "1m"
    /// Five minutes.
    case fiveMinutes = "5m"
    /// A quarter of an hour.
    case quarterHour = "15m"
    /// An hour.
    case hour = "1h"

    /// Its span.
    package var span: Duration {
        switch self {
        case .minute: .seconds(60)
        case .fiveMinutes: .seconds(300)
        case .quarterHour: .seconds(900)
        case .hour: .seconds(3_600)
        }
    }

    /// How many are kept: of minutes 25 hours, a day to compare with and the hour that is compared.
    package var countMax: Int { self == .minute ? 1_500 : 300 }
}

/// The completed candles of one length, oldest first, and the forming one apart.
///
/// **Shape**: a span without a trade repeats the last close with no volume, so that the distance between
/// two entries is always one span.
package struct CandleSeries: Sendable, Equatable {
    /// How long its candles are.
    package let length: CandleLength
    /// Completed candles.
    package private(set) var completed: [Candle] = []
    /// The candle whose span has not ended.
    package private(set) var forming: Candle?

    /// Begins with history, oldest first.
    package init(_ length: CandleLength, _ history: [Candle] = []) {
        self.length = length
        for candle in history {
            append(candle)
        }
    }

    /// Takes in a price with the volume that traded there; the candle that was completed already and
    /// had to be amended for it, where there is one.
    @discardableResult
    package mutating func record(price: Double, volume: Double, at now: Instant) -> Candle? {
        let start = now.floor(to: length.span)
        if let last = completed.last, start <= last.start {
            return amend(start, price, volume)
        }
        complete(before: start)
        guard var candle = forming else {
            forming = Candle(start: start, price: price, volume: volume)
            return nil
        }
        guard candle.start == start else {
            // The print's span had ended without any: it has one now.
            let late = Candle(start: start, price: price, volume: volume)
            append(late)
            return late
        }
        candle.take(price, volume)
        candle.close = price
        forming = candle
        return nil
    }

    /// Completes what ended before a time; call it before reading.
    package mutating func complete(before start: Instant) {
        guard let candle = forming, candle.start < start else { return }
        append(candle)
        forming = nil
    }

    /// Puts the venue's own candles in place of ours, and in the gaps between them.
    package mutating func fill(_ candles: [Candle], at now: Instant) {
        let current = now.floor(to: length.span)
        var known: [Instant: Candle] = [:]
        for candle in completed {
            known[candle.start] = candle
        }
        for candle in candles where candle.start < current {
            known[candle.start] = candle
        }
        completed = []
        for candle in known.values.sorted(by: { $0.start < $1.start }) {
            append(candle)
        }
    }

    /// A late print changes what the candle reached and moved, and not where it began and ended.
    private mutating func amend(_ start: Instant, _ price: Double, _ volume: Double) -> Candle? {
        guard volume > 0, let first = completed.first, start >= first.start else { return nil }
        let place = Int((start - first.start) / length.span)
        guard completed.indices.contains(place), completed[place].start == start else { return nil }
        completed[place].take(price, volume)
        return completed[place]
    }

    private mutating func append(_ candle: Candle) {
        if let last = completed.last {
            guard candle.start > last.start else { return }
            var next = last.start + length.span
            if candle.start - next > length.span * length.countMax {
                completed.removeAll(keepingCapacity: true)
                next = candle.start
            }
            while next < candle.start {
                completed.append(Candle(start: next, price: last.close, volume: 0))
                next = next + length.span
            }
        }
        completed.append(candle)
        if completed.count > length.countMax + 256 {
            completed.removeFirst(completed.count - length.countMax)
        }
    }
}

extension Candle {
    init(start: Instant, price: Double, volume: Double) {
        self.init(start: start, open: price, high: price, low: price, close: price, volume: volume)
    }

    fileprivate mutating func take(_ price: Double, _ volume: Double) {
        high = max(high, price)
        low = min(low, price)
        self.volume += volume
    }
}
