/// The bytes of a file as lines, as libyaml counts them.
enum SourceText {
    /// What makes bytes no plain UTF-8 text, and its line; nil where nothing does.
    ///
    /// What libyaml takes for a line break and editors do not is refused: places would be wrong.
    static func flaw(_ bytes: [UInt8]) -> (what: String, line: Int)? {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return ("a byte order mark", 1) }
        var number = 0
        for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            guard let text = String(validating: line, as: UTF8.self) else {
                return ("not UTF-8", number)
            }
            let body =
                text.unicodeScalars.last == "\r"
                ? text.unicodeScalars.dropLast() : text.unicodeScalars[...]
            let isOdd = body.contains { scalar in
                (scalar.value < 0x20 && scalar != "\t") || (0x7f...0x9f).contains(scalar.value)
                    || scalar.value == 0x2028 || scalar.value == 0x2029 || scalar.value == 0xfeff
            }
            if isOdd { return ("a control character", number) }
        }
        return nil
    }

    /// The lines, without their ends of either kind; an end of the file makes no line.
    static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map {
            String(decoding: $0.last == 0x0d ? $0.dropLast() : $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
