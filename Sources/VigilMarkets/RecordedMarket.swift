package import VigilExchange
package import VigilModel

/// A market made of recorded one-minute candles.
///
/// Inside a minute the price goes from the open to the **low**, to the high, to the close: the extreme
/// that is worse for an open (long) position comes first, so that a stop and a target in one minute
/// mean the stop. The minute's volume is spread evenly over its twelve steps. The first day (or half,
/// of a shorter recording) is history; a minute missing in the recording is a product that is silent.
package struct RecordedMarket: MarketSource {
    /// The twelfths of a minute at which the low, the high and the close are reached.
    private static let turns = (low: 3.0, high: 7.0, close: 11.0)

    package let products: [Product]
    package let interval: Duration
    package let start: Instant
    package let end: Instant?
    package private(set) var history: [ProductID: [Candle]] = [:]
    package let coverage: [MarketCoverage]
    private var tracks: [Track]
    private let steps: Int

    private struct Track: Sendable {
        let maker: BookMaker
        let candles: [Candle]
        var next: Int
        var random: SeededRandom

        var candle: Candle? { next < candles.count ? candles[next] : nil }
    }

    /// Joins recordings, which must not be empty; each is sorted by time.
    ///
    /// **Units**: `stepsPerMinute` says how finely the market moves: a divisor of 60,000, at least 2.
    package init(
        _ recordings: [Recording],
        seed: UInt64,
        stepsPerMinute: Int = 12
    ) {
        steps = stepsPerMinute
        interval = .milliseconds(60_000 / stepsPerMinute)
        products = recordings.map(\.spec.product)
        coverage = recordings.map(\.coverage)
        let first = recordings.compactMap(\.candles.first?.start).min() ?? .epoch
        let last = recordings.compactMap(\.candles.last?.start).max() ?? .epoch
        let half = Duration.nanoseconds((last - first).nanoseconds / 2)
        start = (first + min(.seconds(86_400), half)).floor(to: .seconds(60))
        end = last + .seconds(60)
        tracks = []
        for (index, recording) in recordings.enumerated() {
            let split = recording.candles.firstIndex { $0.start >= start } ?? 0
            history[recording.spec.product.id] = Array(recording.candles[..<split])
            tracks.append(
                Track(
                    maker: BookMaker(recording.spec),
                    candles: recording.candles,
                    next: split,
                    random: SeededRandom(seed: seed).forked(UInt64(index + 1))
                )
            )
        }
    }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        var result: [MarketStep] = []
        let minute = now.floor(to: .seconds(60))
        let step = Int((now - minute).nanoseconds / interval.nanoseconds)
        for index in tracks.indices {
            while let candle = tracks[index].candle, candle.start < minute {
                tracks[index].next += 1
            }
            guard let candle = tracks[index].candle, candle.start == minute else { continue }
            result.append(try emit(&tracks[index], candle, step, at: now))
        }
        return result
    }

    private func emit(
        _ track: inout Track,
        _ candle: Candle,
        _ step: Int,
        at now: Instant
    ) throws(MoneyError) -> MarketStep {
        let price = Self.price(in: candle, at: Double(step) * 11 / Double(steps - 1))
        let maker = track.maker
        let book = try maker.book(middle: price, stress: 1, at: now, &track.random)
        let trades = try maker.trades(
            notional: candle.volume * price / Double(steps),
            upward: candle.close > candle.open ? 0.6 : 0.4,
            book,
            at: now,
            &track.random
        )
        return MarketStep(product: maker.id, status: .online, book: book, trades: trades)
    }

    /// The documented path: open, low, high, close, straight in between.
    ///
    /// **Units**: the place in the minute is 0 to 11, the price that of the recording.
    package static func price(in candle: Candle, at twelfth: Double) -> Double {
        func between(_ from: Double, _ to: Double, _ first: Double, _ last: Double) -> Double {
            from + (to - from) * (twelfth - first) / (last - first)
        }
        return switch twelfth {
        case ..<turns.low: between(candle.open, candle.low, 0, turns.low)
        case ..<turns.high: between(candle.low, candle.high, turns.low, turns.high)
        case ..<turns.close: between(candle.high, candle.close, turns.high, turns.close)
        default: candle.close
        }
    }
}
