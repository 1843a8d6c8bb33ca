import VigilExchange
import VigilMarkets
import VigilModel

/// Everything that makes a session what it is; the first line of its journal.
struct SimOptions: Sendable, Codable, Equatable {
    var products = 12
    var seed: UInt64 = 1
    var speed = 1
    var replay: [String] = []
    var candleModel = CandleModel()
    var cash: [String] = ["USD=100000"]
    var maker = "0.005"
    var taker = "0.009"
    var depth = 100
    var historyMinutes = 1_500
    var visibilityLagMS: Int64 = 100
    var pendingMS: Int64 = 50
    var fillLagMS: Int64 = 0
    var refusesDuplicates = false
    var isLimited = true

    /// How finely the market moves: a quarter of a second, or coarser where time is compressed.
    private var stepsPerMinute: Int {
        // At most about ten steps a second of real time.
        [240, 120, 60, 24, 12].first { 60_000 / $0 >= speed * 100 } ?? 12
    }

    /// What the account begins with.
    ///
    /// - Throws: ``OptionError``.
    func deposits() throws(OptionError) -> [Money] {
        var deposits: [Money] = []
        for text in cash {
            let parts = text.split(separator: "=")
            guard parts.count == 2, let currency = Currency(parts[0]),
                let amount = try? Money(parts[1], currency), amount.isPositive,
                amount.raw <= SimSettings.depositMax
            else {
                throw OptionError("--cash \(text): write USD=100000 or BTC=1.5, a trillion at most")
            }
            deposits.append(amount)
        }
        return deposits
    }

    /// The venue's settings.
    ///
    /// - Throws: ``OptionError``.
    func settings() throws(OptionError) -> SimSettings {
        guard let maker = try? Rate(maker), let taker = try? Rate(taker), maker.raw >= 0,
            taker.raw >= 0, maker < .one, taker < .one
        else { throw OptionError("--maker, --taker: rates such as 0.004") }
        var settings = SimSettings()
        settings.seed = seed
        settings.fees = FeeSchedule(maker: maker, taker: taker)
        settings.deposits = try deposits()
        settings.visibilityLag = .milliseconds(visibilityLagMS)
        settings.pendingSpan = .milliseconds(pendingMS)
        settings.fillLag = .milliseconds(fillLagMS)
        settings.refusesDuplicates = refusesDuplicates
        settings.depth = depth
        if !isLimited {
            settings.limits = nil
        }
        return settings
    }

    /// The market, generated or recorded, so that it begins at `start`.
    ///
    /// - Throws: ``OptionError``, ``CandleFileError`` or `MoneyError`.
    func market(from start: Instant) throws -> any MarketSource {
        guard !replay.isEmpty else {
            return MarketGenerator(
                try Listing.specs(products),
                seed: seed,
                // Candles begin with whole minutes.
                start: start.floor(to: .seconds(60)),
                warmup: historyMinutes,
                stepsPerMinute: stepsPerMinute
            )
        }
        if replay.count == 1, !replay[0].hasSuffix(".zip") {
            let text = try ArchiveReader.text(of: replay[0])
            if CapturedMarket.isCapture(text) {
                return try CapturedMarket(
                    text,
                    path: replay[0],
                    start: start.floor(to: .seconds(1)),
                    interval: .milliseconds(60_000 / stepsPerMinute)
                )
            }
        }
        let recordings = try Recording.read(replay)
        func market(_ recordings: [Recording]) -> RecordedMarket {
            RecordedMarket(
                recordings,
                seed: seed,
                model: candleModel,
                stepsPerMinute: stepsPerMinute
            )
        }
        // Recorded minutes are played as if they happened now.
        let shift = (start - market(recordings).start).floored(to: .seconds(60))
        return market(
            recordings.map { recording in
                let candles = recording.candles.map { $0.moved(by: shift) }
                return Recording(spec: recording.spec, candles: candles, files: recording.files)
            }
        )
    }
}

/// An option that cannot be; says what would be right.
struct OptionError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    func floored(to step: Duration) -> Duration {
        .nanoseconds(nanoseconds / step.nanoseconds * step.nanoseconds)
    }
}
