/// What is known of a key or a code, for `vigil config explain`.
package enum ConfigExplanation {
    /// The explanation of a key (`risk.max_open_positions`, with or without its file) or of a check's code.
    ///
    /// Nil where nothing is called so; ``nearest(to:)`` may know what was meant.
    package static func text(of name: String) -> String? {
        if let check = ConfigCheck.all.first(where: { $0.code == name.uppercased() }) {
            return text(of: check)
        }
        let found = ConfigSchema.keys.filter { $0.name == name || $0.path == name }
        guard !found.isEmpty else { return nil }
        return found.map(text).joined(separator: "\n")
    }

    /// The key that is spelled most like a name.
    package static func nearest(to name: String) -> String? {
        ConfigSchema.keys.map(\.path)
            .min { EditDistance.between(name, $0) < EditDistance.between(name, $1) }
    }

    private static func text(of key: KeySpec) -> String {
        let checks = ConfigCheck.all.filter { $0.keys.contains(key.name) }
        var lines = [
            "\(key.path) (\(key.file).yaml)",
            "  \(key.meaning)",
            "  value    \(key.kind.expectation)",
            "  default  \(key.standard.isEmpty ? "none" : key.standard)",
            "  affects  \(key.decides ? "decisions: it is part of the decision hash" : "no decision")",
        ]
        for check in checks {
            lines.append("  \(check.code)    \(check.title) (\(check.severity.rawValue))")
        }
        lines.append("  example")
        for (depth, part) in key.path.split(separator: ".").enumerated() {
            let indent = String(repeating: "  ", count: depth + 2)
            let last = depth == key.path.split(separator: ".").count - 1
            lines.append(indent + part + ":" + (last ? " " + example(key) : ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func example(_ key: KeySpec) -> String {
        guard case .products = key.kind else { return key.standard }
        return "[" + key.standard.split(separator: " ").joined(separator: ", ") + "]"
    }

    private static func text(of check: ConfigCheck) -> String {
        func indented(_ example: ConfigCheck.Example) -> String {
            example.text.split(separator: "\n").map { "      \($0)\n" }.joined()
        }
        return "\(check.code): \(check.title) (\(check.severity.rawValue))\n"
            + "  prevents  \(check.prevents)\n"
            + "  help      \(check.help)\n"
            + "  reads     \(check.keys.joined(separator: ", "))\n"
            + "  fails     \(check.failing.file).yaml\n" + indented(check.failing)
            + "  passes    \(check.passing.file).yaml\n" + indented(check.passing)
    }
}
