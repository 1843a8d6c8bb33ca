import VigilModel

/// What has traded in a product: numbered prints, one-minute candles and the figures of 24 hours.
struct Tape: Sendable {
    /// A print with the venue's number.
    struct Print: Sendable, Equatable {
        let number: Int
        let trade: Trade
    }

    /// **Source**: market trades answers with at most 100; the feed's snapshot is of the same kind.
    static let printsMax = 1_000

    private(set) var prints: [Print] = []
    private(set) var candles: [Candle]
    private let candlesMax: Int
    private var number: Int
    private var dayVolume = 0.0
    private var dayHigh = 0.0
    private var dayLow = 0.0
    private var dayMinute = Instant.epoch

    init(history: [Candle], firstNumber: Int) {
        candles = history
        candlesMax = max(history.count, 1_500) * 2
        number = firstNumber
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
        if prints.count > Self.printsMax * 2 {
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
            if candles.count > candlesMax {
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
        let open = firstOfDay.map { candles[$0].open } ?? candles.last?.open ?? 0
        return (dayVolume, dayHigh, dayLow, open)
    }

    private var firstOfDay: Int? {
        guard let last = candles.last else { return nil }
        let from = last.start - .seconds(86_400)
        return candles.partitioned { $0.start > from }
    }

    private mutating func roll(_ minute: Instant) {
        dayMinute = minute
        (dayVolume, dayHigh, dayLow) = (0, 0, .infinity)
        for candle in candles[(firstOfDay ?? candles.endIndex)...] {
            dayVolume += candle.volume
            dayHigh = max(dayHigh, candle.high)
            dayLow = min(dayLow, candle.low)
        }
    }

    /// Candles of a span whose beginnings lie in a closed range, newest first; silent ones are absent.
    func buckets(_ span: Duration, from: Instant, through: Instant) -> [Candle] {
        var result: [Candle] = []
        let first = candles.partitioned { $0.start >= from.floor(to: span) }
        for candle in candles[first...] where candle.volume > 0 || span == .seconds(60) {
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
