internal import VigilModel

/// The entries of all keys, judged one by one.
struct ConfigValues {
    let entries: [String: ConfigEntry]
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

    /// What all keys together make; what was refused is not computed with, the configuration will not be used.
    var draft: ConfigDraft {
        var draft = ConfigDraft()
        // In the order of their names, so that of several words the same comes first everywhere.
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard case .fills(let fill) = entry.spec.use else { continue }
            // Of a list that is stated and refused the rest is looked at: all mistakes are found in one run.
            let isKnown = entry.spec.kind.isList && entry.origin == .stated
            let isUnknown = refused.contains(name) && !isKnown
            let texts = isUnknown ? [""] : entry.texts
            let word = name.dropFirst(entry.spec.name.count - 1)
            fill(&draft, texts, String(word))
        }
        return draft
    }
}
