internal import VigilDigest

/// Reads files into values by key: unknown and duplicate keys are found here.
struct ConfigLoader {
    private(set) var diagnostics: [Diagnostic]
    private var found: [String: (texts: [String], place: SourcePlace, source: String?)] = [:]
    private let specs: [String: KeySpec]
    private let sections: Set<String>

    init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
        specs = Dictionary(ConfigSchema.keys.map { ($0.name, $0) }) { first, _ in first }
        var sections: Set<String> = []
        for key in ConfigSchema.keys {
            let parts = key.path.split(separator: ".")
            for count in 1..<max(parts.count, 1) {
                sections.insert(key.file + ":" + parts.prefix(count).joined(separator: "."))
            }
        }
        self.sections = sections
    }

    mutating func read(_ file: String, _ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        do throws(Diagnostic) {
            guard let root = try YAMLReader.read(bytes, file: file + ".yaml") else { return }
            walk(root, file, [], lines)
        } catch {
            diagnostics.append(error)
        }
    }

    /// Every key with what it is worth: the file's value, or the standard.
    func effective() -> [String: ConfigValues.Entry] {
        var entries: [String: ConfigValues.Entry] = [:]
        for spec in ConfigSchema.keys {
            let standard =
                spec.kind == .products
                ? spec.standard.split(separator: " ").map(String.init) : [spec.standard]
            let value = found[spec.name]
            entries[spec.name] = ConfigValues.Entry(
                spec: spec,
                texts: value?.texts ?? standard,
                place: value?.place ?? SourcePlace(file: spec.file + ".yaml"),
                source: value?.source
            )
        }
        return entries
    }

    /// The hash over all values that decide, and the build.
    var decisionHash: String {
        let entries = effective()
        let lines = ConfigSchema.keys.filter(\.decides).map { spec in
            "\(spec.name)=\(entries[spec.name]?.texts.joined(separator: ",") ?? "")\n"
        }
        return Digest.sha256((lines.sorted().joined() + "build=\(Configuration.build)\n").utf8)
    }

    private mutating func walk(
        _ node: YAMLNode,
        _ file: String,
        _ path: [String],
        _ lines: [String]
    ) {
        let name = file + ":" + path.joined(separator: ".")
        if let spec = specs[name] {
            take(node, spec, lines)
            return
        }
        guard path.isEmpty || sections.contains(name) else {
            report(
                node,
                file,
                lines,
                "V0003",
                "unknown key `\(path.joined(separator: "."))`",
                suggestion(file, path)
            )
            return
        }
        guard case .mapping(let pairs) = node.content else {
            if case .scalar("", quoted: false) = node.content { return }
            report(
                node,
                file,
                lines,
                "V0005",
                "`\(path.joined(separator: "."))` must hold keys of its own",
                "indent its keys below it"
            )
            return
        }
        var seen: Set<String> = []
        for (key, value) in pairs {
            guard case .scalar(let text, _) = key.content else {
                report(key, file, lines, "V0005", "a key that is not a word", "use plain words")
                continue
            }
            if !seen.insert(text).inserted {
                report(
                    key,
                    file,
                    lines,
                    "V0004",
                    "duplicate key `\(text)`",
                    "YAML would silently keep one of the two; remove the other"
                )
                continue
            }
            var placed = value
            (placed.line, placed.column) = (key.line, key.column)
            walk(placed, file, path + [text], lines)
        }
    }

    private mutating func take(_ node: YAMLNode, _ spec: KeySpec, _ lines: [String]) {
        var texts: [String] = []
        switch node.content {
        case .scalar(let text, _): texts = [text]
        case .sequence(let nodes) where spec.kind == .products:
            texts = nodes.map { child in
                if case .scalar(let text, _) = child.content { text } else { "?" }
            }
        case .sequence, .mapping:
            report(
                node,
                spec.file,
                lines,
                "V0005",
                "`\(spec.path)` must be \(spec.kind.expectation), was a collection",
                spec.meaning
            )
            return
        }
        found[spec.name] = (texts, place(node, spec.file), line(node, lines))
    }

    private mutating func report(
        _ node: YAMLNode,
        _ file: String,
        _ lines: [String],
        _ code: String,
        _ summary: String,
        _ help: String
    ) {
        diagnostics.append(
            Diagnostic(
                severity: .error,
                code: code,
                summary: summary,
                place: place(node, file),
                source: line(node, lines),
                help: help
            )
        )
    }

    private func place(_ node: YAMLNode, _ file: String) -> SourcePlace {
        SourcePlace(file: file + ".yaml", line: node.line, column: node.column)
    }

    private func line(_ node: YAMLNode, _ lines: [String]) -> String? {
        lines.indices.contains(node.line - 1) ? lines[node.line - 1] : nil
    }

    private func suggestion(_ file: String, _ path: [String]) -> String {
        let wanted = path.joined(separator: ".")
        let near = ConfigSchema.keys.filter { $0.file == file }
            .map { (path: $0.path, distance: EditDistance.between(wanted, $0.path)) }
            .min { $0.distance < $1.distance }
        guard let near, near.distance <= max(3, wanted.count / 3) else {
            return "remove it; `docs/reference/config.md` lists every key"
        }
        return "did you mean `\(near.path)`?"
    }
}

/// How many single-letter edits lie between two words.
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left), Array(right))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = a[i] == b[j] ? diagonal : min(diagonal, above, row[j]) + 1
                diagonal = above
            }
        }
        return row[b.count]
    }
}
