package import VigilExchange
package import VigilModel

/// The recorded minutes of one product, whatever files they came from.
package struct Recording: Sendable {
    /// The product's rules and market.
    package let spec: ProductSpec
    /// Oldest first, each minute once.
    package let candles: [Candle]
    /// The files, as they were named.
    package let files: [String]

    /// Joins the parts.
    package init(spec: ProductSpec, candles: [Candle], files: [String] = []) {
        (self.spec, self.candles, self.files) = (spec, candles, files)
    }

    /// Reads the files and joins those of one product; `tier` says how a product's book is made.
    ///
    /// - Throws: ``CandleFileError`` naming file and line, `MoneyError`, or what `tier` throws.
    package static func read(
        _ paths: [String],
        tier: (ProductID, _ path: String) throws -> Int = { product, _ in
            ["BTC", "ETH"].contains(product.base.description) ? 1 : 2
        }
    ) throws -> [Recording] {
        var found: [ProductID: (tier: Int, files: [CandleFile], paths: [String])] = [:]
        for path in paths {
            for file in try CandleFile.all(path: path) {
                var known = try found[file.product] ?? (tier(file.product, path), [], [])
                known.files.append(file)
                if known.paths.last != path { known.paths.append(path) }
                found[file.product] = known
            }
        }
        return try found.keys.sorted().compactMap { product in
            guard let known = found[product] else { return nil }
            var candles = known.files.flatMap(\.candles).sorted { $0.start < $1.start }
            var last: Instant?
            candles.removeAll { candle in
                defer { last = candle.start }
                return candle.start == last
            }
            let digits = ProductSpec.Digits(
                price: known.files.map(\.places.price).max() ?? 0,
                volume: known.files.map(\.places.volume).max() ?? 0,
                lowest: candles.map(\.low).min() ?? 1
            )
            let spec = try ProductSpec(product, tier: known.tier, written: digits)
            return Recording(spec: spec, candles: candles, files: known.paths)
        }
    }

    /// How much of its span is there.
    package var coverage: MarketCoverage {
        let starts = candles.map(\.start)
        var hole: Int64 = 0
        for (earlier, later) in zip(starts, starts.dropFirst()) {
            hole = max(hole, (later - earlier).nanoseconds / 60_000_000_000 - 1)
        }
        let first = starts.first ?? .epoch
        let last = starts.last ?? .epoch
        let span = Int((last - first).nanoseconds / 60_000_000_000) + 1
        return MarketCoverage(
            product: spec.product.id,
            files: files,
            first: first,
            last: last,
            minutes: starts.count,
            missing: span - starts.count,
            longestHole: Int(hole)
        )
    }
}

extension Candle {
    /// The same candle at another time.
    package func moved(by shift: Duration) -> Candle {
        Candle(
            start: start + shift,
            open: open,
            high: high,
            low: low,
            close: close,
            volume: volume
        )
    }
}
