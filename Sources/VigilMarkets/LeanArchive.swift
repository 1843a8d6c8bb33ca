import VigilModel

/// Bars of minutes and seconds as LEAN keeps them: `YYYYMMDD_trade.zip` with rows of milliseconds since midnight, open,
/// high, low, close and volume, and no header.
enum LeanArchive {
    /// The candles of an entry; nil where its name is not one of LEAN's.
    static func read(
        _ name: String,
        _ text: String,
        path: String
    ) throws(CandleFileError) -> CandleFile? {
        // The entry's name says all: 20171217_btcusd_minute_trade.csv.
        let parts = name.split(separator: "_")
        guard parts.count == 4, ["minute", "second"].contains(parts[2]), parts[3] == "trade.csv",
            let midnight = midnight(parts[0]), let product = product(parts[1])
        else {
            guard parts.count == 4, parts[3] == "quote.csv" else { return nil }
            let reason = "a LEAN file of quotes; the trades of the same day are in `_trade.zip`"
            throw CandleFileError(path: path, line: nil, reason: reason)
        }
        var table = CandleTable()
        let lines = CandleTable.lines(of: text)
        while let line = lines.next() {
            guard line.fields.count == 6, let ms = Int64(line.fields[0]),
                (0..<86_400_000).contains(ms)
            else {
                let reason = "not milliseconds, open, high, low, close, volume"
                throw CandleFileError(path: path, line: line.number, reason: reason)
            }
            let start = midnight + .milliseconds(ms)
            if let reason = table.add(start, Array(line.fields[1...])) {
                throw CandleFileError(path: path, line: line.number, reason: reason)
            }
        }
        try table.finish(path)
        return CandleFile(product, table)
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
