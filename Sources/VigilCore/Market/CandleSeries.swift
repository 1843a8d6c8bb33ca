package import VigilModel

/// The completed one-minute candles of a product, oldest first, and the forming one apart.
///
/// **Shape**: at most ``minutesMax``; a minute without a trade repeats the last close with no volume,
/// so that the distance between two entries is always one minute.
package struct CandleSeries: Sendable, Equatable {
    /// 25 hours: a day to compare with, and the hour that is compared.
    package static let minutesMax = 1_500

    /// Completed candles.
    package private(set) var minutes: [Candle] = []
    private var forming: Candle?

    /// Begins with nothing.
    package init() {}

    /// Begins with history, oldest first.
    package init(_ history: [Candle]) {
        for candle in history {
            append(candle)
        }
    }

    /// Takes in a price, with the volume that traded there.
    package mutating func record(price: Double, volume: Double, at now: Instant) {
        let minute = now.floor(to: .seconds(60))
        complete(before: minute)
        if var candle = forming {
            candle.high = max(candle.high, price)
            candle.low = min(candle.low, price)
            candle.close = price
            candle.volume += volume
            forming = candle
        } else {
            forming = Candle(
                start: minute,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: volume
            )
        }
    }

    /// Completes what ended before a time; call it before reading.
    package mutating func complete(before minute: Instant) {
        guard let candle = forming, candle.start < minute else { return }
        append(candle)
        forming = nil
    }

    private mutating func append(_ candle: Candle) {
        if let last = minutes.last {
            guard candle.start > last.start else { return }
            var next = last.start + .seconds(60)
            if candle.start - next > .seconds(60 * Self.minutesMax) {
                minutes.removeAll(keepingCapacity: true)
                next = candle.start
            }
            while next < candle.start {
                minutes.append(Candle(flat: last.close, at: next))
                next = next + .seconds(60)
            }
        }
        minutes.append(candle)
        if minutes.count > Self.minutesMax + 256 {
            minutes.removeFirst(minutes.count - Self.minutesMax)
        }
    }
}

extension Candle {
    fileprivate init(flat price: Double, at start: Instant) {
        self.init(start: start, open: price, high: price, low: price, close: price, volume: 0)
    }
}
