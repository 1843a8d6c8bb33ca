import VigilModel

/// The rows of one text of candles, and how finely they are written.
struct CandleTable {
    /// Oldest first.
    var candles: [Candle] = []
    /// The most digits behind the point of a price, and of a volume.
    var places = (price: 0, volume: 0)

    private static let columns = ["open", "high", "low", "close", "volume"]
    private static let times = ["timestamp", "time", "start"]

    /// Reads CSV whose first line names the columns.
    ///
    /// - Throws: ``CandleFileError`` with the line as an editor counts it.
    init(csv text: String, path: String) throws(CandleFileError) {
        func failure(_ line: Int?, _ reason: String) -> CandleFileError {
            CandleFileError(path: path, line: line, reason: reason)
        }
        let lines = Self.lines(of: text)
        guard let head = lines.next() else { throw failure(nil, "the file is empty") }
        let names = head.fields.map { $0.lowercased() }
        guard let time = names.firstIndex(where: Self.times.contains) else {
            throw failure(
                head.number,
                "no `timestamp` column; the first line must name the columns, such as "
                    + "timestamp,open,high,low,close,volume"
            )
        }
        var fields: [Int] = []
        for column in Self.columns {
            guard let place = names.firstIndex(of: column) else {
                throw failure(head.number, "no `\(column)` column in the first line")
            }
            fields.append(place)
        }
        while let line = lines.next() {
            guard line.fields.count == names.count, let start = Self.instant(line.fields[time])
            else {
                throw failure(
                    line.number,
                    "not \(names.count) fields beginning with a time, in seconds since 1970 or as "
                        + "2026-01-05 00:00:00"
                )
            }
            if let reason = add(start, fields.map { line.fields[$0] }) {
                throw failure(line.number, reason)
            }
        }
        try finish(path)
    }

    /// Begins empty; rows come by ``add(_:_:)``, and ``finish(_:)`` ends it.
    init() {}

    /// The lines that are not blank, each with its number and its fields without quotes and blanks around them.
    static func lines(
        of text: String
    ) -> AnyIterator<(number: Int, fields: [Substring])> {
        let plain = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
        var lines = plain.utf8.split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        ).makeIterator()
        var number = 0
        return AnyIterator {
            while let line = lines.next() {
                number += 1
                let fields = line.split(
                    separator: UInt8(ascii: ","),
                    omittingEmptySubsequences: false
                ).map { Substring($0).trimmed }
                if fields.count > 1 || fields.first?.isEmpty == false { return (number, fields) }
            }
            return nil
        }
    }

    /// Takes a row of open, high, low, close and volume in; says why where it cannot be one.
    mutating func add(_ start: Instant, _ fields: [Substring]) -> String? {
        let values = fields.compactMap(Self.number)
        guard values.count == 5, values.allSatisfy({ $0 >= 0 && $0 < 1e12 }) else {
            return "a price or volume is negative or not a number"
        }
        let candle = Candle(
            start: start,
            open: values[0],
            high: values[1],
            low: values[2],
            close: values[3],
            volume: values[4]
        )
        guard candle.low >= 1e-12, candle.low <= min(candle.open, candle.close),
            candle.high >= max(candle.open, candle.close)
        else { return "low and high do not enclose open and close, or a price is 0" }
        if let last = candles.last, last.start >= start {
            return "not later than the line before; sort the file by time"
        }
        for field in fields.dropLast() { places.price = max(places.price, Self.places(field)) }
        places.volume = max(places.volume, fields.last.map(Self.places) ?? 0)
        candles.append(candle)
        return nil
    }

    /// Makes minutes of what is finer; refuses what is coarser.
    ///
    /// - Throws: ``CandleFileError`` with the step that was found.
    mutating func finish(_ path: String) throws(CandleFileError) {
        func failure(_ reason: String) -> CandleFileError {
            CandleFileError(path: path, line: nil, reason: reason)
        }
        guard candles.count > 1 else { throw failure("fewer than two candles") }
        var step: Int64 = 0
        for (earlier, later) in zip(candles, candles.dropFirst()) {
            step = Self.commonDivisor(step, (later.start - earlier.start).nanoseconds)
        }
        let minute: Int64 = 60_000_000_000
        guard step <= minute else {
            let shown =
                step % (60 * minute) == 0
                ? "\(step / minute / 60) hours" : "\(step / minute) minutes"
            throw failure(
                "its candles are \(shown) apart; Vigil needs candles of one minute, or finer ones"
            )
        }
        let isWhole = candles.allSatisfy { $0.start.floor(to: .seconds(60)) == $0.start }
        if isWhole { return }
        guard step < minute else {
            throw failure("its candles do not begin with whole minutes; record one-minute candles")
        }
        merge()
    }

    private mutating func merge() {
        var minutes: [Candle] = []
        for candle in candles {
            let start = candle.start.floor(to: .seconds(60))
            guard let last = minutes.indices.last, minutes[last].start == start else {
                minutes.append(candle.moved(by: start - candle.start))
                continue
            }
            minutes[last].high = max(minutes[last].high, candle.high)
            minutes[last].low = min(minutes[last].low, candle.low)
            minutes[last].close = candle.close
            minutes[last].volume += candle.volume
        }
        candles = minutes
    }

    private static func commonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }

    /// A number as people write them: no hexadecimals, no words.
    private static func number(_ text: Substring) -> Double? {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte)
        }
        return isPlain ? Double(text) : nil
    }

    private static func places(_ text: Substring) -> Int {
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        guard let number = parts.first else { return 0 }
        let digits = number.firstIndex(of: ".").map { number[$0...].dropFirst() } ?? ""
        let written = digits.reversed().drop { $0 == "0" }.count
        return max(0, min(written - exponent, 18))
    }

    private static func instant(_ text: Substring) -> Instant? {
        // Seconds up to the year 2200; what is larger is in milliseconds, and not what it says.
        if let seconds = Int64(text) {
            return (0...7_258_118_400).contains(seconds) ? Instant(seconds: seconds) : nil
        }
        // A recording that names no zone is in UTC, as all exchanges give theirs.
        return Instant(text) ?? Instant("\(text)Z")
    }
}

extension Substring {
    /// Without blanks and carriage returns around it, and without the quotes within those.
    fileprivate var trimmed: Substring {
        func isBlank(_ sign: Character) -> Bool { sign.isWhitespace }
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        if text.count >= 2, text.first == "\"", text.last == "\"" {
            return text.dropFirst().dropLast()
        }
        return text
    }
}
