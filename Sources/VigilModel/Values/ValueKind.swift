/// The type, unit and range of a value that an operator writes.
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
    package var isList: Bool {
        switch self {
        case .products, .codes, .ramp: true
        case .integer, .number, .percent, .basisPoints, .fraction, .seconds, .minutes, .hours,
            .dollars, .flag, .choice, .path, .name, .text:
            false
        }
    }

    /// The bounds of the kinds that are read as whole numbers.
    package var wholeRange: ClosedRange<Int>? {
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
    package var decimalRange: ClosedRange<Double>? {
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
