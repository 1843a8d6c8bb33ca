package import VigilModel

/// Recorded markets from files, whatever they were recorded by.
package enum Recording {
    /// Reads the files and joins those of one product, oldest first.
    ///
    /// - Throws: ``CandleFileError`` naming file and line, or `MoneyError`.
    package static func read(_ paths: [String]) throws -> [(spec: ProductSpec, candles: [Candle])] {
        var found: [ProductID: [Candle]] = [:]
        for path in paths {
            for file in try CandleFile.all(path: path) {
                found[file.product, default: []] += file.candles
            }
        }
        return try found.keys.sorted().map { product in
            var candles = (found[product] ?? []).sorted { $0.start < $1.start }
            var last: Instant?
            candles.removeAll { candle in
                defer { last = candle.start }
                return candle.start == last
            }
            let tier = ["BTC", "ETH"].contains(product.base.description) ? 1 : 2
            return (try ProductSpec(product, tier: tier), candles)
        }
    }
}
