internal import VigilModel

/// What a key is worth, and where that is said.
struct ConfigEntry {
    /// Where the value comes from.
    enum Origin: Equatable {
        /// A file states it, under its own name or an old one.
        case stated
        /// The active profile sets it.
        case profile(String)
        /// Nothing says anything: the standard counts.
        case standard
        /// Another key's value counts.
        case inherited
    }

    let spec: KeySpec
    /// The key's name, with the operator's own words in the place of `*`.
    let name: String
    var texts: [String]
    var place: SourcePlace
    /// The line of the file, as it is; never to be shown but by ``span(_:)``.
    var line: String?
    /// The length of the word that the place points at.
    var length: Int
    /// The last line of the value; 0 where it shares it with other keys.
    var lastLine = 0
    /// The last word of the name as the file spells it.
    var word = ""
    /// True where the environment has part in it: it may be anything.
    var isExpanded = false
    var origin: Origin

    /// The value as it is shown.
    var text: String {
        isOpaque ? Secrets.mask : texts.map(Secrets.shown(text:)).joined(separator: ", ")
    }

    /// The value for comparisons: not cut, and the same for `60` and `60.0`.
    var comparable: String {
        isOpaque || texts.contains(where: Secrets.isSecret(text:))
            ? Secrets.mask : texts.count == 1 ? canonical : texts.joined(separator: ", ")
    }

    /// What comes from the environment may be anything, also where it looks like the number that it should be.
    private var isOpaque: Bool { isExpanded }

    /// The entry as a place to show.
    func span(_ label: String) -> DiagnosticSpan {
        DiagnosticSpan(
            place: place,
            source: line.flatMap(Secrets.shown(line:)),
            length: length,
            label: label
        )
    }

    /// The value as text that is the same for `60` and `60.0`, for hashes and comparisons.
    var canonical: String {
        texts.map { text in
            guard spec.kind.wholeRange != nil || spec.kind.decimalRange != nil,
                let raw = try? DecimalText.parse(text)
            else { return text }
            return DecimalText.format(raw)
        }.joined(separator: ",")
    }

    /// The value of another key in this one's place, in this one's unit.
    func taking(_ other: ConfigEntry, times factor: Int, _ origin: Origin) -> ConfigEntry {
        var copy = self
        copy.texts = other.texts.map { ValueText.multiplied($0, factor) }
        (copy.place, copy.line, copy.length) = (other.place, other.line, other.length)
        (copy.lastLine, copy.isExpanded) = (other.lastLine, other.isExpanded)
        copy.origin = origin
        return copy
    }
}

extension ValueText {
    private static func isNull(_ text: String) -> Bool {
        ["~", "null", "Null", "NULL"].contains(text)
    }

    static func multiplied(_ text: String, _ factor: Int) -> String {
        guard factor != 1, let raw = decimal(text), abs(raw) < Int128.max / Int128(factor) else {
            return text
        }
        return DecimalText.format(raw * Int128(factor))
    }

    /// The code of what is wrong with a value: another type, or out of range; nil where nothing is.
    static func fault(_ texts: [String], _ kind: ValueKind) -> String? {
        if kind.isList { return listFault(texts, kind) }
        guard texts.count == 1, let text = texts.first else { return "V0005" }
        if let range = kind.wholeRange {
            guard let value = whole(text) else { return "V0005" }
            return range.contains(value) ? nil : "V0006"
        }
        if let range = kind.decimalRange {
            guard let raw = decimal(text) else { return "V0005" }
            return range.contains(FixedPoint.indicator(raw)) ? nil : "V0006"
        }
        switch kind {
        case .flag: return flag(text) == nil ? "V0005" : nil
        case .choice(let words): return words.contains(text) ? nil : "V0006"
        case .path:
            let blank = text.allSatisfy { $0 == " " || $0 == "." || $0 == "/" }
            return blank || isNull(text) || flag(text) != nil || text.first == "~" ? "V0005" : nil
        case .name:
            let isWord = text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
            }
            return text.isEmpty || !isWord || isNull(text) ? "V0005" : nil
        case .text: return isNull(text) ? "V0005" : nil
        // Numbers and lists were judged above.
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars, .ramp, .products, .codes:
            return nil
        }
    }

    private static func listFault(_ texts: [String], _ kind: ValueKind) -> String? {
        switch kind {
        case .products:
            let products = texts.compactMap { ProductID($0) }.filter { $0.quote == .usd }
            return products.count == texts.count && Set(products).count == texts.count
                ? nil : "V0005"
        case .ramp:
            let rungs = texts.compactMap(decimal)
            guard rungs.count == texts.count else { return "V0005" }
            let rising = zip(rungs, rungs.dropFirst()).allSatisfy { $0 < $1 }
            let most = 1_000_000_000 * FixedPoint.one
            return rising && rungs.allSatisfy { $0 > 0 && $0 <= most } ? nil : "V0006"
        case .codes:
            let codes = texts.allSatisfy { code in
                code.count == 5 && code.first == "V" && code.dropFirst().allSatisfy(\.isNumber)
            }
            return codes ? nil : "V0005"
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars, .flag, .choice, .path, .name, .text:
            return nil
        }
    }
}
