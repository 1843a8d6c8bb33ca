package import VigilModel

/// A recording that cannot be read; says where and how to mend it.
package struct CandleFileError: Error, CustomStringConvertible {
    /// The file as it was named.
    package let path: String
    /// The line, where one is to blame.
    package let line: Int?
    /// What is wrong and what would be right.
    package let reason: String

    package var description: String {
        line.map { "\(path):\($0): \(reason)" } ?? "\(path): \(reason)"
    }
}

/// A file of recorded one-minute candles: CSV, plain or compressed.
package struct CandleFile: Sendable {
    /// The product, from the file's name.
    package let product: ProductID
    /// The candles, oldest first.
    package let candles: [Candle]

    /// Reads a file of one of the known kinds: CSV as ``init(path:)`` takes it, or a LEAN zip.
    ///
    /// - Throws: ``CandleFileError``.
    package static func all(path: String) throws(CandleFileError) -> [CandleFile] {
        path.hasSuffix(".zip")
            ? try LeanArchive.read(path: path) : [try CandleFile(path: path)]
    }

    /// Joins a product and its candles.
    init(product: ProductID, candles: [Candle]) {
        self.product = product
        self.candles = candles
    }

    /// Reads a file whose name carries the product and whose first line names the columns.
    ///
    /// - Throws: ``CandleFileError``.
    package init(path: String) throws(CandleFileError) {
        let name = path.split(separator: "/").last ?? ""
        let parts = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
        let found = parts.lazy.compactMap { part -> ProductID? in
            part.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "-" } ? ProductID(part) : nil
        }.first { !$0.quote.description.allSatisfy(\.isNumber) }
        guard let found else {
            throw CandleFileError(
                path: path,
                line: nil,
                reason: "the name has no product; call the file `BTC-USD.csv` or alike"
            )
        }
        product = found
        candles = try Self.parse(ArchiveReader.text(of: path), path)
    }

    private static let columns = ["open", "high", "low", "close", "volume"]

    private static func parse(
        _ text: String,
        _ path: String
    ) throws(CandleFileError) -> [Candle] {
        func failure(_ line: Int?, _ reason: String) -> CandleFileError {
            CandleFileError(path: path, line: line, reason: reason)
        }
        var lines = text.utf8.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .makeIterator()
        guard let head = lines.next() else { throw failure(nil, "the file is empty") }
        let names = head.split(separator: UInt8(ascii: ",")).map { Substring($0).lowercased() }
        guard let time = names.firstIndex(where: { ["timestamp", "time", "start"].contains($0) })
        else { throw failure(1, "no `timestamp` column in the first line") }
        var places: [Int] = []
        for column in columns {
            guard let place = names.firstIndex(of: column) else {
                throw failure(1, "no `\(column)` column in the first line")
            }
            places.append(place)
        }
        var candles: [Candle] = []
        var number = 1
        while let line = lines.next() {
            number += 1
            let fields = line.split(
                separator: UInt8(ascii: ","),
                omittingEmptySubsequences: false
            ).map { Substring($0) }
            guard fields.count == names.count, let start = instant(fields[time]) else {
                throw failure(
                    number,
                    "not \(names.count) fields beginning with a time, in seconds since 1970 or as "
                        + "2026-01-05 00:00:00"
                )
            }
            let candle: Candle
            switch Self.candle(start, places.map { fields[$0] }) {
            case .success(let read): candle = read
            case .failure(let refusal): throw failure(number, refusal.reason)
            }
            if let last = candles.last, last.start >= start {
                throw failure(number, "not later than the line before; sort the file by time")
            }
            candles.append(candle)
        }
        guard candles.count > 1 else { throw failure(nil, "fewer than two candles") }
        return candles
    }

    struct Refusal: Error {
        let reason: String
    }

    /// A candle of open, high, low, close and volume, if it can be one.
    static func candle(
        _ start: Instant,
        _ fields: [Substring]
    ) -> Result<Candle, Refusal> {
        let values = fields.compactMap { Double($0) }
        guard values.count == 5, values.allSatisfy({ $0 >= 0 && $0 < 1e12 }) else {
            return .failure(Refusal(reason: "a price or volume is negative or not a number"))
        }
        let candle = Candle(
            start: start,
            open: values[0],
            high: values[1],
            low: values[2],
            close: values[3],
            volume: values[4]
        )
        guard candle.low >= 1e-8, candle.low <= min(candle.open, candle.close),
            candle.high >= max(candle.open, candle.close)
        else {
            let reason = "low and high do not enclose open and close, or a price is 0"
            return .failure(Refusal(reason: reason))
        }
        guard start.floor(to: .seconds(60)) == start else {
            let reason = "the time is not a whole minute; record one-minute candles"
            return .failure(Refusal(reason: reason))
        }
        return .success(candle)
    }

    private static func instant(_ text: Substring) -> Instant? {
        // Seconds up to the year 2200; what is larger is in milliseconds, and not what it says.
        if let seconds = Int64(text) {
            return (0...7_258_118_400).contains(seconds) ? Instant(seconds: seconds) : nil
        }
        return Instant(text)
    }
}
