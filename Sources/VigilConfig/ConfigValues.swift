internal import VigilModel

/// The entries of all keys, typed on demand.
///
/// Every reading is noted, so that a test can show that no key is dead.
struct ConfigValues {
    let entries: [String: ConfigEntry]
    private(set) var read: Set<String> = []
    /// Keys whose values are not legal.
    let refused: Set<String>
    private(set) var diagnostics: [Diagnostic] = []

    /// Looks at every value once, whether it will be read or not.
    init(entries: [String: ConfigEntry], broken: Set<String>) {
        self.entries = entries
        var refused = broken
        // An inherited value is judged where it is stated.
        let faulty = entries.values.compactMap { entry -> (entry: ConfigEntry, code: String)? in
            guard entry.origin != .inherited,
                entry.origin != .standard || !entry.spec.standard.isEmpty
            else { return nil }
            return ValueText.fault(entry.texts, entry.spec.kind).map { (entry, $0) }
        }
        for (entry, code) in faulty {
            refused.formUnion([entry.name, entry.spec.name])
            let path = ConfigResolver.path(entry.name)
            diagnostics.append(
                Diagnostic(
                    severity: .error,
                    code: code,
                    summary:
                        "`\(path)` must be \(entry.spec.kind.expectation), was `\(entry.text)`",
                    spans: [entry.span("")],
                    help: "\(entry.spec.meaning) The default is \(entry.spec.standardText)."
                )
            )
        }
        // Who inherits from what is refused is refused as well.
        for entry in entries.values where entry.origin == .inherited {
            if let parent = entry.spec.inherits, refused.contains(parent) {
                refused.insert(entry.name)
            }
        }
        self.refused = refused
    }

    private mutating func text(_ name: String) -> String {
        guard let entry = entries[name] else {
            preconditionFailure("Invariant: `\(name)` is in the schema")
        }
        read.insert(name)
        if let parent = entry.spec.inherits, entry.origin == .inherited {
            read.insert(parent)
        }
        // What is refused is not computed with; the configuration will not be used.
        return refused.contains(name) ? "" : entry.texts.first ?? ""
    }

    private mutating func decimal(_ name: String) -> Int128 {
        ValueText.decimal(text(name)) ?? FixedPoint.one
    }

    mutating func integer(_ name: String) -> Int { ValueText.whole(text(name)) ?? 1 }
    mutating func seconds(_ name: String) -> Duration { .seconds(integer(name)) }
    mutating func minutes(_ name: String) -> Duration { .seconds(60 * integer(name)) }
    mutating func hours(_ name: String) -> Duration { .seconds(3_600 * integer(name)) }
    mutating func basisPoints(_ name: String) -> Rate { Rate(basisPoints: integer(name)) }
    mutating func number(_ name: String) -> Double { Double(decimal(name)) / 1e18 }
    mutating func percent(_ name: String) -> Rate { Rate(raw: decimal(name) / 100) }
    mutating func fraction(_ name: String) -> Rate { Rate(raw: decimal(name)) }
    mutating func dollars(_ name: String) -> Money { Money(raw: decimal(name), currency: .usd) }
    mutating func flag(_ name: String) -> Bool { ValueText.flag(text(name)) ?? false }
    mutating func string(_ name: String) -> String { text(name) }

    mutating func list(_ name: String) -> [String] {
        _ = text(name)
        return entries[name]?.texts ?? []
    }

    /// The keys that stand for a key with a star, in order; the star itself counts as read.
    mutating func names(_ star: String) -> [String] {
        read.insert(star)
        return entries.values.filter { $0.spec.name == star && $0.name != star }
            .map(\.name).sorted()
    }

    mutating func products(_ name: String) -> [ProductID] {
        list(name).compactMap { ProductID($0) }
    }
}
