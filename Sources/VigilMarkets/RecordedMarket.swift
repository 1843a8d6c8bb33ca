package import VigilExchange
package import VigilModel

/// A market made of recorded one-minute candles.
///
/// Inside a minute the price moves as its ``CandleModel`` says, and every print is at that price: none
/// leaves the candle. The best bid is the price at the low, the best ask at the high. The minute's volume
/// is spread evenly over its steps, a share of it may fill our orders, and what rests in the book follows
/// the mean volume of the last hour. The first day (or half, of a shorter recording) is history; in a
/// minute that is missing the quote stands and nothing trades.
package struct RecordedMarket: MarketSource {
    package let products: [Product]
    package let interval: Duration
    package let start: Instant
    package let end: Instant?
    package private(set) var history: [ProductID: [Candle]] = [:]
    package let coverage: [MarketCoverage]
    package let candleModel: CandleModel?
    private var tracks: [RecordedTrack]

    /// Joins recordings, which must not be empty; each is sorted by time.
    ///
    /// **Units**: `stepsPerMinute` says how finely the market moves: a divisor of 60,000, at least 2.
    package init(
        _ recordings: [Recording],
        seed: UInt64,
        model: CandleModel = CandleModel(),
        stepsPerMinute: Int = 12
    ) {
        interval = .milliseconds(60_000 / stepsPerMinute)
        products = recordings.map(\.spec.product)
        coverage = recordings.map(\.coverage)
        candleModel = model
        let first = recordings.compactMap(\.candles.first?.start).min() ?? .epoch
        let last = recordings.compactMap(\.candles.last?.start).max() ?? .epoch
        let half = Duration.nanoseconds((last - first).nanoseconds / 2)
        start = (first + min(.seconds(86_400), half)).floor(to: .seconds(60))
        end = last + .seconds(60)
        tracks = []
        for (index, recording) in recordings.enumerated() {
            let track = RecordedTrack(
                recording,
                from: start,
                model: model,
                steps: stepsPerMinute,
                random: SeededRandom(seed: seed).forked(UInt64(index + 1))
            )
            history[recording.spec.product.id] = Array(recording.candles[..<track.next])
            tracks.append(track)
        }
    }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        var result: [MarketStep] = []
        let minute = now.floor(to: .seconds(60))
        let step = Int((now - minute).nanoseconds / interval.nanoseconds)
        for index in tracks.indices {
            if let move = try tracks[index].step(step, of: minute, at: now) { result.append(move) }
        }
        return result
    }
}
