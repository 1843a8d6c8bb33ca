import VigilModel

/// Minute bars as LEAN keeps them: `YYYYMMDD_trade.zip` with rows of milliseconds since midnight, open,
/// high, low, close and volume, and no header.
enum LeanArchive {
    static func read(path: String) throws(CandleFileError) -> [CandleFile] {
        func failure(_ line: Int?, _ reason: String) -> CandleFileError {
            CandleFileError(path: path, line: line, reason: reason)
        }
        let (name, text) = try ArchiveReader.contents(of: path)
        // The entry's name says all: 20171217_btcusd_minute_trade.csv.
        let parts = name.split(separator: "_")
        guard parts.count == 4, parts[2] == "minute", parts[3] == "trade.csv",
            let midnight = midnight(parts[0]), let product = product(parts[1])
        else {
            throw failure(nil, "not a LEAN zip of minute trades: its entry is `\(name)`")
        }
        var candles: [Candle] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 6, let ms = Int64(fields[0]), (0..<86_400_000).contains(ms)
            else { throw failure(index + 1, "not milliseconds, open, high, low, close, volume") }
            switch CandleFile.candle(midnight + .milliseconds(ms), Array(fields[1...])) {
            case .success(let candle): candles.append(candle)
            case .failure(let refusal): throw failure(index + 1, refusal.reason)
            }
        }
        guard candles.count > 1 else { throw failure(nil, "fewer than two candles") }
        return [CandleFile(product: product, candles: candles)]
    }

    private static func midnight(_ digits: Substring) -> Instant? {
        guard digits.count == 8, digits.allSatisfy(\.isNumber) else { return nil }
        let (year, rest) = (digits.prefix(4), digits.dropFirst(4))
        return CivilDate("\(year)-\(rest.prefix(2))-\(rest.dropFirst(2))").map {
            Instant(seconds: $0.day * 86_400)
        }
    }

    /// LEAN writes both currencies together; the quote is one of these.
    private static func product(_ text: Substring) -> ProductID? {
        let name = text.uppercased()
        for quote in ["USDC", "USDT", "USD", "EUR", "GBP", "BTC"] where name.hasSuffix(quote) {
            return ProductID("\(name.dropLast(quote.count))-\(quote)")
        }
        return nil
    }
}
