internal import VigilCore
internal import VigilModel

/// The effective values of all keys, typed on demand.
///
/// Every reading is noted, so that a test can show that no key is dead.
struct ConfigValues {
    struct Entry {
        let spec: KeySpec
        let texts: [String]
        let place: SourcePlace
        let source: String?

        /// The length of the key's last word, for the underline.
        var keyLength: Int { spec.path.split(separator: ".").last?.count ?? 1 }
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var read: Set<String> = []
    /// Keys whose values are not legal.
    private(set) var refused: Set<String> = []
    private(set) var diagnostics: [Diagnostic] = []

    init(entries: [String: Entry]) {
        self.entries = entries
    }

    private mutating func entry(_ name: String) -> Entry {
        guard let entry = entries[name] else {
            preconditionFailure("Invariant: `\(name)` is in the schema")
        }
        read.insert(name)
        return entry
    }

    /// Shows a check's finding at the keys that are to blame.
    mutating func report(_ check: ConfigCheck, _ finding: ConfigCheck.Finding) {
        let blamed = finding.keys.compactMap { key in
            entries[key.name].map { entry in
                DiagnosticSpan(
                    place: entry.place,
                    source: entry.source,
                    length: entry.keyLength,
                    label: key.label
                )
            }
        }
        guard let first = blamed.first else { return }
        diagnostics.append(
            Diagnostic(
                severity: check.severity,
                code: check.code,
                summary: finding.summary,
                spans: [first] + blamed.dropFirst(),
                help: check.help
            )
        )
    }

    private mutating func refuse(_ entry: Entry, _ code: String) {
        refused.insert(entry.spec.name)
        let text = entry.texts.joined(separator: ", ")
        diagnostics.append(
            Diagnostic(
                severity: .error,
                code: code,
                summary:
                    "`\(entry.spec.path)` must be \(entry.spec.kind.expectation), was `\(text)`",
                spans: [
                    DiagnosticSpan(
                        place: entry.place,
                        source: entry.source,
                        length: entry.keyLength,
                        label: ""
                    )
                ],
                help: "\(entry.spec.meaning) The default is `\(entry.spec.standard)`."
            )
        )
    }

    private mutating func text(_ entry: Entry) -> String? {
        guard entry.texts.count == 1, let text = entry.texts.first else {
            refuse(entry, "V0005")
            return nil
        }
        return text
    }

    /// The raw fixed-point number of a key within its range.
    private mutating func decimal(_ name: String, _ range: ClosedRange<Double>) -> Int128 {
        let entry = entry(name)
        guard let text = text(entry) else { return FixedPoint.one }
        guard let raw = try? DecimalText.parse(text), !Self.isAmbiguous(text) else {
            refuse(entry, "V0005")
            return FixedPoint.one
        }
        guard range.contains(Double(raw) / 1e18) else {
            refuse(entry, "V0006")
            return FixedPoint.one
        }
        return raw
    }

    /// YAML 1.1 reads `010` as eight, people as ten, and `+5` is text to some: nothing is guessed.
    private static func isAmbiguous(_ text: String) -> Bool {
        guard text.first != "+" else { return true }
        let digits = text.drop { $0 == "-" }
        return digits.first == "0" && digits.dropFirst().first?.isNumber == true
    }

    mutating func integer(_ name: String) -> Int {
        let entry = entry(name)
        let range: ClosedRange<Int>
        switch entry.spec.kind {
        case .integer(let bounds), .seconds(let bounds), .minutes(let bounds), .hours(let bounds),
            .basisPoints(let bounds):
            range = bounds
        default: preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        guard let text = text(entry) else { return range.lowerBound }
        guard let value = Int(text), !Self.isAmbiguous(text) else {
            refuse(entry, "V0005")
            return range.lowerBound
        }
        guard range.contains(value) else {
            refuse(entry, "V0006")
            return range.lowerBound
        }
        return value
    }

    mutating func seconds(_ name: String) -> Duration { .seconds(integer(name)) }
    mutating func minutes(_ name: String) -> Duration { .seconds(60 * integer(name)) }
    mutating func hours(_ name: String) -> Duration { .seconds(3_600 * integer(name)) }
    mutating func basisPoints(_ name: String) -> Rate { Rate(basisPoints: integer(name)) }

    mutating func number(_ name: String) -> Double {
        guard case .number(let range) = entry(name).spec.kind else {
            preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        return Double(decimal(name, range)) / 1e18
    }

    mutating func percent(_ name: String) -> Rate {
        guard case .percent(let range) = entry(name).spec.kind else {
            preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        return Rate(raw: decimal(name, range) / 100)
    }

    mutating func fraction(_ name: String) -> Rate {
        guard case .fraction(let range) = entry(name).spec.kind else {
            preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        return Rate(raw: decimal(name, range))
    }

    mutating func dollars(_ name: String) -> Money {
        guard case .dollars(let range) = entry(name).spec.kind else {
            preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        return Money(raw: decimal(name, range), currency: .usd)
    }

    mutating func flag(_ name: String) -> Bool {
        let entry = entry(name)
        switch text(entry) {
        case "true": return true
        case "false": return false
        case nil: return false
        default:
            refuse(entry, "V0005")
            return false
        }
    }

    mutating func choice(_ name: String) -> String {
        let entry = entry(name)
        guard case .choice(let words) = entry.spec.kind else {
            preconditionFailure("Invariant: `\(name)` is read as what it is")
        }
        guard let text = text(entry) else { return words[0] }
        guard words.contains(text) else {
            refuse(entry, "V0006")
            return words[0]
        }
        return text
    }

    mutating func path(_ name: String) -> String {
        let entry = entry(name)
        guard let text = text(entry), !text.isEmpty else {
            refuse(entry, "V0005")
            return entry.spec.standard
        }
        return text
    }

    mutating func products(_ name: String) -> [ProductID] {
        let entry = entry(name)
        var products: [ProductID] = []
        for text in entry.texts {
            guard let product = ProductID(text), product.quote == .usd, !products.contains(product)
            else {
                refuse(entry, "V0005")
                return products
            }
            products.append(product)
        }
        return products
    }
}
