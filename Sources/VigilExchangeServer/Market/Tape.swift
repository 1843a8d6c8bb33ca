import VigilModel

/// What has traded in a product: numbered prints, one-minute candles and the figures of 24 hours.
struct Tape: Sendable {
    /// A print with the venue's number.
    struct Print: Sendable, Equatable {
        let number: Int
        let trade: Trade
    }

    /// **Source**: market trades answers with at most 100; the feed's snapshot is of the same kind.
    static let printsMax = 200
    /// Two weeks of minutes.
    static let candlesMax = 20_160

    private(set) var prints: [Print] = []
    /// The minutes before the session: the market source's own array, shared and not copied.
    private let past: [Candle]
    /// The minutes of the session.
    private var candles: [Candle] = []
    private var number: Int
    private var dayVolume = 0.0
    private var dayHigh = 0.0
    private var dayLow = 0.0
    private var dayOpen = 0.0
    private var dayMinute = Instant.epoch

    init(history: [Candle], firstNumber: Int) {
        past = history
        number = firstNumber
        if let last = history.last {
            roll(last.start)
        }
    }

    /// Prints since a number, oldest first.
    func prints(after number: Int) -> ArraySlice<Print> {
        let start = prints.firstIndex { $0.number > number } ?? prints.endIndex
        return prints[start...]
    }

    /// The number of the latest print; that of the one before the first where there is none.
    var lastNumber: Int { number - 1 }

    mutating func add(_ trade: Trade) {
        prints.append(Print(number: number, trade: trade))
        number += 1
        if prints.count > Self.printsMax + 50 {
            prints.removeFirst(prints.count - Self.printsMax)
        }
        let minute = trade.occurredAt.floor(to: .seconds(60))
        let price = trade.price.indicator
        if let last = candles.last, last.start >= minute {
            let index = candles.count - 1
            candles[index].high = max(last.high, price)
            candles[index].low = min(last.low, price)
            candles[index].close = price
            candles[index].volume += trade.quantity.indicator
        } else {
            candles.append(
                Candle(
                    start: minute,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: trade.quantity.indicator
                )
            )
            if candles.count > Self.candlesMax {
                candles.removeFirst(candles.count / 2)
            }
        }
        guard minute == dayMinute else { return roll(minute) }
        dayVolume += trade.quantity.indicator
        dayHigh = max(dayHigh, price)
        dayLow = min(dayLow, price)
    }

    /// The figures of 24 hours, at most a minute old at their far end.
    var day: (volume: Double, high: Double, low: Double, open: Double) {
        (dayVolume, dayHigh, dayLow, dayOpen)
    }

    /// The last minute that was traded in.
    var last: Candle? { candles.last ?? past.last }

    /// The minutes from an instant on.
    private func minutes(from start: Instant) -> [Candle] {
        let old = past[past.partitioned { $0.start >= start }...]
        return Array(old) + candles[candles.partitioned { $0.start >= start }...]
    }

    private mutating func roll(_ minute: Instant) {
        dayMinute = minute
        (dayVolume, dayHigh, dayLow) = (0, 0, .infinity)
        let minutes = minutes(from: minute - .seconds(86_400))
        dayOpen = minutes.first?.open ?? 0
        for candle in minutes {
            dayVolume += candle.volume
            dayHigh = max(dayHigh, candle.high)
            dayLow = min(dayLow, candle.low)
        }
    }

    /// Candles of a span whose beginnings lie in a closed range, newest first; silent ones are absent.
    func buckets(_ span: Duration, from: Instant, through: Instant) -> [Candle] {
        var result: [Candle] = []
        for candle in minutes(from: from.floor(to: span)) where candle.volume > 0 {
            let start = candle.start.floor(to: span)
            guard start >= from else { continue }
            guard start <= through else { break }
            if let last = result.last, last.start == start {
                let index = result.count - 1
                result[index].high = max(last.high, candle.high)
                result[index].low = min(last.low, candle.low)
                result[index].close = candle.close
                result[index].volume += candle.volume
            } else {
                result.append(
                    Candle(
                        start: start,
                        open: candle.open,
                        high: candle.high,
                        low: candle.low,
                        close: candle.close,
                        volume: candle.volume
                    )
                )
            }
        }
        return result.reversed()
    }
}

extension Array {
    /// The first index whose element, and all behind it, satisfy a condition; a binary search.
    func partitioned(_ satisfies: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if satisfies(self[middle]) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }
}
