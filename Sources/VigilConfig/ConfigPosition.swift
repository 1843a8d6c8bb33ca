/// Where a walk through a file is.
struct ConfigPosition {
    let file: String
    let path: [String]
    let lines: [String]
    /// The retired section that is around, if any.
    var section: RetiredKey?
    /// True inside of braces, where lines are not keys.
    var inFlow = false

    var name: String { file + ":" + path.joined(separator: ".") }

    func below(_ key: String) -> ConfigPosition {
        ConfigPosition(
            file: file,
            path: path + [key],
            lines: lines,
            section: section,
            inFlow: inFlow
        )
    }

    /// The last line of a node that has lines of its own; 0 where it shares them.
    func last(_ node: YAMLNode) -> Int { inFlow ? 0 : node.lastLine }

    func place(_ node: YAMLNode) -> SourcePlace {
        SourcePlace(file: file + ".yaml", line: node.line, column: node.column)
    }

    func line(_ node: YAMLNode) -> String? {
        lines.indices.contains(node.line - 1) ? lines[node.line - 1] : nil
    }

    /// The length of the word that a place points at.
    var length: Int { min(path.last?.count ?? 1, 80) }

    func span(_ node: YAMLNode, _ label: String = "") -> DiagnosticSpan {
        DiagnosticSpan(
            place: place(node),
            source: line(node).flatMap(Secrets.shown(line:)),
            length: length,
            label: label
        )
    }
}
