/// The type, unit and range of a configuration value.
package enum ValueKind: Sendable, Equatable {
    /// A whole number.
    case integer(ClosedRange<Int>)
    /// An indicator's threshold.
    case number(ClosedRange<Double>)
    /// Hundredths of the whole.
    case percent(ClosedRange<Double>)
    /// Hundredths of a percent.
    case basisPoints(ClosedRange<Int>)
    /// A ratio of one.
    case fraction(ClosedRange<Double>)
    /// Whole seconds.
    case seconds(ClosedRange<Int>)
    /// Whole minutes.
    case minutes(ClosedRange<Int>)
    /// Whole hours.
    case hours(ClosedRange<Int>)
    /// US dollars, exact.
    case dollars(ClosedRange<Double>)
    /// Amounts of US dollars, each larger than the one before.
    case ramp
    /// `true` or `false`.
    case flag
    /// One of these words.
    case choice([String])
    /// A list of products such as `BTC-USD`.
    case products
    /// A list of the codes of findings, such as `V0115`.
    case codes
    /// A path, relative to the state directory unless it begins with `/`.
    case path
    /// A word such as a file or a credential may be called.
    case name
    /// Any text.
    case text

    /// True where a YAML list is expected.
    var isList: Bool {
        switch self {
        case .products, .codes, .ramp: true
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars, .flag, .choice, .path, .name, .text:
            false
        }
    }

    /// The bounds of the kinds that are read as whole numbers.
    var wholeRange: ClosedRange<Int>? {
        switch self {
        case .integer(let range), .basisPoints(let range), .seconds(let range),
            .minutes(let range), .hours(let range):
            range
        case .number, .percent, .fraction, .dollars, .ramp, .flag, .choice, .products, .codes,
            .path, .name, .text:
            nil
        }
    }

    /// The bounds of the kinds that are read as decimals.
    var decimalRange: ClosedRange<Double>? {
        switch self {
        case .number(let range), .percent(let range), .fraction(let range), .dollars(let range):
            range
        case .integer, .basisPoints, .seconds, .minutes, .hours, .ramp, .flag, .choice, .products,
            .codes, .path, .name, .text:
            nil
        }
    }

    /// The type and range in words.
    package var expectation: String {
        func span<Bound>(_ what: String, _ range: ClosedRange<Bound>) -> String {
            "\(what) from \(range.lowerBound) to \(range.upperBound)"
        }
        switch self {
        case .integer(let range): return span("a whole number", range)
        case .number(let range): return span("a number", range)
        case .percent(let range): return span("percent", range)
        case .basisPoints(let range): return span("whole basis points", range)
        case .fraction(let range): return span("a ratio", range)
        case .seconds(let range): return span("whole seconds", range)
        case .minutes(let range): return span("whole minutes", range)
        case .hours(let range): return span("whole hours", range)
        case .dollars(let range): return span("US dollars", range)
        case .ramp: return "a list of US dollars, each more than the one before"
        case .flag: return "`true` or `false`"
        case .choice(let words):
            return "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
        case .products: return "a list of products such as `BTC-USD`, each once"
        case .codes: return "a list of codes such as `V0115`"
        case .path: return "a path"
        case .name: return "a name of letters, digits, `-`, `_` and `.`"
        case .text: return "text"
        }
    }
}

/// One key of the configuration.
package struct KeySpec: Sendable {
    /// The file, without `.yaml`.
    package let file: String
    /// The dotted path in it; `*` stands for a name of the operator's own.
    package let path: String
    /// The type, unit and range.
    package let kind: ValueKind
    /// The value where the file has none.
    package let standard: String
    /// What it means.
    package let meaning: String
    /// False where it changes no decision and so is not part of the decision hash.
    package let decides: Bool
    /// The key whose value counts where the file has none of this one.
    package let inherits: String?
    /// The subsystem that is still to come and will honour it; until then stating it is a warning.
    package let waitsFor: String?
    /// The value that says what the engine does until then.
    package let meanwhile: String?

    /// `file:path`, the key's full name.
    package var name: String { "\(file):\(path)" }
    /// The default in words.
    package var standardText: String {
        if let inherits { return "that of `\(inherits)`" }
        return standard.isEmpty ? "none" : "`\(standard)`"
    }

    init(
        _ name: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String,
        decides: Bool = true,
        inherits: String? = nil,
        waitsFor: String? = nil,
        meanwhile: String? = nil
    ) {
        let parts = name.split(separator: ":", maxSplits: 1)
        file = String(parts[0])
        path = String(parts[1])
        self.kind = kind
        self.standard = standard
        self.meaning = meaning
        self.decides = decides
        self.inherits = inherits
        self.waitsFor = waitsFor
        self.meanwhile = meanwhile
    }
}

/// A name of the predecessor's for a key that has another one here; it is honoured, with a warning.
package struct KeyAlias: Sendable {
    /// The old name, with its file.
    package let name: String
    /// The key it stands for, with its file.
    package let target: String
    /// What the old value is multiplied by, where its unit was another one.
    package let factor: Int

    init(_ name: String, _ target: String, times factor: Int = 1) {
        self.name = name
        self.target = target
        self.factor = factor
    }
}

/// A key of the predecessor's, or a whole section, that means nothing here.
package struct RetiredKey: Sendable {
    /// The old name, with its file; everything below it is meant as well.
    package let name: String
    /// Why there is no such key.
    package let why: String
    /// What to use for it.
    package let instead: String
    /// A value against whose intent the engine would act: an error, not a warning.
    package let refused: String?
    /// True where it held a secret.
    package let isSecret: Bool
    /// True where a check of its own reports it.
    package let isChecked: Bool

    init(
        _ name: String,
        _ why: String,
        _ instead: String = "nothing",
        refused: String? = nil,
        isSecret: Bool = false,
        isChecked: Bool = false
    ) {
        self.name = name
        self.why = why
        self.instead = instead
        self.refused = refused
        self.isSecret = isSecret
        self.isChecked = isChecked
    }
}
