internal import VigilModel

/// What is known of a key or a code, for `vigil config explain`.
package enum ConfigExplanation {
    /// The explanation of a key (`risk.max_open_positions`, with or without its file), of an old name,
    /// or of a finding's code.
    ///
    /// Nil where nothing is called so; ``nearest(to:)`` may know what was meant.
    package static func text(of name: String) -> String? {
        let code = name.uppercased()
        if let check = ConfigCheck.all.first(where: { $0.code == code }) {
            return text(of: check)
        }
        if let finding = GeneralFinding.all.first(where: { $0.code == code }) {
            return "\(finding.code): \(finding.title) (\(finding.severity))\n  \(finding.meaning)\n"
        }
        let names = name.contains(":") ? [name] : ConfigSchema.files.map { "\($0):\(name)" }
        let found = names.compactMap { name in KeyTree.all.leaf(of: name).map { text(of: $0) } }
        return found.isEmpty ? nil : found.joined(separator: "\n")
    }

    /// The key that is spelled most like a name.
    package static func nearest(to name: String) -> String? {
        guard name.utf8.count <= 100 else { return nil }
        return ConfigSchema.keys.map(\.path)
            .min { EditDistance.between(name, $0) < EditDistance.between(name, $1) }
    }

    private static func text(of leaf: KeyTree.Leaf) -> String {
        switch leaf {
        case .key(let key): return text(of: key)
        case .alias(let alias):
            let unit = alias.factor == 1 ? "" : ", \(alias.factor) times the old number"
            return "\(alias.name): an old name, honoured with a warning\n"
                + "  now       \(alias.target)\(unit)\n"
        case .retired(let key):
            return "\(key.name): retired\n  because   \(key.why)\n  instead   \(key.instead)\n"
                + (key.refused.map { "  refused   `\($0)`, which Vigil would act against\n" } ?? "")
        }
    }

    private static func text(of key: KeySpec) -> String {
        let checks = ConfigCheck.all.filter { $0.keyNames.contains(key.name) }
        let old = ConfigSchema.aliases.filter { $0.target == key.name }
        var lines = [
            "\(key.path) (\(key.file).yaml)",
            "  \(key.meaning)",
            "  value    \(key.kind.expectation)",
            "  default  \(key.standardText)",
            "  affects  \(key.decides ? "decisions: it is part of the decision hash" : "no decision")",
        ]
        if let subsystem = key.waitsFor {
            lines.append("  honoured not yet: it waits for \(subsystem)")
        }
        for alias in old {
            lines.append("  formerly \(alias.name)")
        }
        for check in checks {
            lines.append("  \(check.code)    \(check.title) (\(check.severity.rawValue))")
        }
        lines.append("  example")
        let parts = key.path.split(separator: ".")
        for (depth, part) in parts.enumerated() {
            let indent = String(repeating: "  ", count: depth + 2)
            let word = part == "*" ? "NAME" : String(part)
            lines.append(indent + word + ":" + (depth == parts.count - 1 ? " " + example(key) : ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func example(_ key: KeySpec) -> String {
        let standard = key.inherits.flatMap { ConfigSchema.spec(of: $0)?.standard } ?? key.standard
        guard key.kind.isList else { return standard.isEmpty ? "…" : standard }
        return "[" + standard.split(separator: " ").joined(separator: ", ") + "]"
    }

    private static func text(of check: ConfigCheck) -> String {
        func indented(_ example: ConfigCheck.Example) -> String {
            example.text.split(separator: "\n").map { "      \($0)\n" }.joined()
        }
        return "\(check.code): \(check.title) (\(check.severity.rawValue))\n"
            + "  prevents  \(check.prevents)\n"
            + "  help      \(check.help)\n"
            + "  reads     \(check.keyNames.joined(separator: ", "))\n"
            + "  fails     \(check.failing.file).yaml\n" + indented(check.failing)
            + "  passes    \(check.passing.file).yaml\n" + indented(check.passing)
    }
}

/// A finding about a file rather than about values.
package struct GeneralFinding: Sendable {
    /// The stable code.
    package let code: String
    /// How bad it is.
    package let severity: String
    /// What it is about.
    package let title: String
    /// What it means, and why it is not let pass.
    package let meaning: String

    /// All of them, in the order of their codes.
    package static let all: [GeneralFinding] = [
        ("V0001", "error", "a file cannot be read", "A missing file is not an empty one."),
        (
            "V0002", "error", "a file is not YAML",
            "Or it holds what configurations have no need of: aliases, merges, a second document, more than 1 MiB."
        ),
        (
            "V0003", "error", "an unknown key",
            "A key that nothing reads is a promise that nobody keeps."
        ),
        (
            "V0004", "error", "a key is stated twice",
            "YAML readers keep one of the two and do not say which."
        ),
        (
            "V0005", "error", "a value of another type",
            "What YAML readers disagree about - `yes`, `010`, `1e3`, `1:30` - is of no type here."
        ),
        ("V0006", "error", "a value out of range", "The range is what the engine can act upon."),
        ("V0007", "warning", "an old name", "It is honoured; `vigil config migrate` renames it."),
        ("V0008", "warning", "two names, two values", "The name that Vigil uses counts."),
        (
            "V0009", "warning", "a retired key",
            "It changes nothing; the finding says why, and what does."
        ),
        (
            "V0010", "warning", "not honoured yet",
            "The subsystem that would honour it is still to come."
        ),
        (
            "V0011", "warning, error in LIVE", "an unresolved `${NAME}`",
            "The environment does not know the name; the default counts."
        ),
        (
            "V0012", "error", "a retired key asks for what cannot be had",
            "The engine would act against its intent."
        ),
        (
            "V0013", "error", "a secret in a file",
            "Files are read, copied and committed; it is never shown."
        ),
        ("V0014", "warning", "a profile sets a stated key", "The active profile wins."),
        (
            "V0015", "error", "acknowledged in vain",
            "In LIVE an acknowledgement must have its warning; V0010 and V0011 have none."
        ),
        (
            "V0016", "warning, error in LIVE", "a secret in a comment",
            "Files are copied and committed with their comments; the ledger keeps them without."
        ),
    ].map { GeneralFinding(code: $0.0, severity: $0.1, title: $0.2, meaning: $0.3) }
}
