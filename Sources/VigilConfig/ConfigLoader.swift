internal import VigilModel

/// Reads files into entries by name: what is unknown, stated twice or retired is found here.
struct ConfigLoader {
    /// More findings than this help nobody.
    static let findingsMax = 500
    /// More names of one's own are a mistake of whatever wrote the file.
    private static let namesMax = 500

    private(set) var diagnostics: [Diagnostic]
    /// What is only warned of does not count: it must keep no key from being read.
    private var errorCount = 0
    private(set) var stated: [String: ConfigEntry] = [:]
    /// What old names state, in the order of the files.
    private(set) var aliased: [String: (alias: KeyAlias, entry: ConfigEntry)] = [:]
    /// Keys that are stated, and not with a value.
    private(set) var broken: Set<String> = []
    /// Where retired keys are stated that a check looks for.
    private(set) var retired: [String: DiagnosticSpan] = [:]
    /// Every retired key that is stated, with its last line, for the migration.
    private(set) var obsolete: [(key: RetiredKey, place: SourcePlace, last: Int)] = []
    /// Every section of a file, by its name.
    private(set) var sections: [String: Section] = [:]
    /// Themes that are stated under two spellings.
    private(set) var doubled: [(ignored: ConfigEntry, kept: ConfigEntry)] = []
    /// Placeholders that the environment does not know.
    private(set) var unresolved: [Diagnostic] = []
    private let environment: [String: String]

    init(diagnostics: [Diagnostic], environment: [String: String]) {
        self.diagnostics = diagnostics
        self.environment = environment
    }

    /// Where a section is, for the migration.
    struct Section {
        let lastLine: Int
        /// The column of its keys, from 1.
        let column: Int
        let isFlow: Bool
        let isEmpty: Bool
    }

    mutating func read(_ file: String, _ bytes: [UInt8]) {
        guard let tree = KeyTree.all.child(file) else { return }
        do throws(Diagnostic) {
            guard let root = try YAMLReader.read(bytes, file: file + ".yaml") else { return }
            walk(root, tree, ConfigPosition(file: file, path: [], lines: SourceText.lines(bytes)))
        } catch {
            diagnostics.append(error)
        }
    }

    private mutating func walk(_ node: YAMLNode, _ tree: KeyTree, _ position: ConfigPosition) {
        guard errorCount < Self.findingsMax else { return }
        switch tree.leaf {
        case .key(let spec): return take(node, spec, position)
        case .alias(let alias): return take(node, alias, position)
        case .retired(let key):
            guard !tree.children.isEmpty, case .mapping = node.content else {
                return retire(node, key, position)
            }
            warnRetired(key, position, position.span(node))
            obsolete.append((key, position.place(node), position.last(node)))
            var inner = position
            inner.section = key
            return descend(node, tree, inner)
        case nil: descend(node, tree, position)
        }
    }

    private mutating func descend(_ node: YAMLNode, _ tree: KeyTree, _ position: ConfigPosition) {
        guard case .mapping(let pairs) = node.content else { return descend(leaf: node, position) }
        note(node, position, column: pairs.first?.key.column ?? node.column + 2)
        var position = position
        position.inFlow = position.inFlow || node.isFlow
        var seen: Set<String> = []
        if tree.children["*"] != nil, pairs.count > Self.namesMax {
            report(
                "V0005",
                "`\(position.path.joined(separator: "."))` has \(pairs.count) keys",
                position.span(node),
                "keep at most \(Self.namesMax)"
            )
            return
        }
        for (key, value) in pairs {
            // Nothing more would be told: what a file that is wrong 500 times says further on is not read.
            guard errorCount < Self.findingsMax else { return }
            guard case .scalar(let text, _) = key.content else {
                report("V0005", "a key that is not a word", position.span(key), "use plain words")
                continue
            }
            let below = position.below(text)
            guard seen.insert(text).inserted else {
                report(
                    "V0004",
                    "duplicate key `\(Secrets.shown(text: text))`",
                    below.span(key),
                    "YAML would silently keep one of the two; remove the other"
                )
                continue
            }
            var placed = value
            (placed.line, placed.column) = (key.line, key.column)
            if let branch = tree.child(text) {
                // The star of a key stands for names, and is none itself.
                guard tree.children[text] != nil && text != "*" || Self.isName(text) else {
                    report(
                        "V0003",
                        "`\(Secrets.shown(text: text))` is not a name",
                        below.span(key),
                        "names are of at most 40 letters, digits, `-` and `_`"
                    )
                    continue
                }
                walk(placed, branch, below)
            } else if position.section == nil {
                unknown(placed, below)
            } else {
                searchSecrets(placed, below)
            }
        }
    }

    /// Where keys of its own were expected, and something else stands.
    private mutating func descend(leaf node: YAMLNode, _ position: ConfigPosition) {
        if case .scalar(let text, quoted: false) = node.content, ["", "~", "null"].contains(text) {
            note(node, position, column: node.column + 2)
            return
        }
        if position.section != nil { return }
        let words = position.path.joined(separator: ".")
        report(
            "V0005",
            "`\(words)` must hold keys of its own",
            position.span(node),
            "indent its keys below it"
        )
    }

    private static func isName(_ text: String) -> Bool {
        text.count <= 40 && !text.isEmpty
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }

    private mutating func note(_ node: YAMLNode, _ position: ConfigPosition, column: Int) {
        sections[position.name] = Section(
            lastLine: node.lastLine,
            column: column,
            isFlow: node.isFlow,
            isEmpty: { if case .mapping = node.content { false } else { true } }()
        )
    }

    // MARK: Leaves

    private mutating func unknown(_ node: YAMLNode, _ position: ConfigPosition) {
        if searchSecrets(node, position) { return }
        let words = Secrets.shown(text: position.path.joined(separator: "."))
        // The value of what nobody knows may be anything, a secret too.
        let span = position.span(node)
        let masked = DiagnosticSpan(
            place: span.place,
            source: span.source.flatMap(Secrets.shown(unknown:)),
            length: span.length,
            label: ""
        )
        // Nobody reads a hundred guesses.
        let guess = diagnostics.count < 100 ? position.suggestion : nil
        let help = guess ?? "remove it; `docs/reference/config.md` lists every key"
        report("V0003", "unknown key `\(words)`", masked, help)
    }

    private mutating func take(_ node: YAMLNode, _ spec: KeySpec, _ position: ConfigPosition) {
        guard let entry = entry(node, spec, position) else { return }
        if let other = stated[entry.name] {
            // Two spellings of one theme: the one that Vigil uses counts.
            let isOwn = entry.name.hasSuffix("." + entry.word)
            let (kept, ignored) = isOwn ? (entry, other) : (other, entry)
            stated[entry.name] = kept
            doubled.append((ignored, kept))
        } else {
            stated[entry.name] = entry
        }
    }

    private mutating func take(_ node: YAMLNode, _ alias: KeyAlias, _ position: ConfigPosition) {
        guard let spec = ConfigSchema.spec(of: alias.target),
            let entry = entry(node, spec, position)
        else { return }
        aliased[alias.name] = (alias, entry.taking(entry, times: alias.factor, .stated))
    }

    private mutating func entry(
        _ node: YAMLNode,
        _ spec: KeySpec,
        _ position: ConfigPosition
    ) -> ConfigEntry? {
        if let size = node.excess {
            broken.insert(spec.name)
            let words = Secrets.shown(text: position.path.joined(separator: "."))
            report(
                "V0005",
                "`\(words)` has \(size)",
                position.span(node),
                "keep a value within \(YAMLNode.bytesMax) bytes, and a list within \(YAMLNode.itemsMax)"
            )
            return nil
        }
        if searchSecrets(node, position, isOurs: true) { return nil }
        let texts: [String]
        switch node.content {
        case .scalar(let text, _): texts = spec.kind.isList && text.isEmpty ? [] : [text]
        case .sequence(let nodes) where spec.kind.isList:
            texts = nodes.map { child in
                if case .scalar(let text, _) = child.content { text } else { "?" }
            }
        case .sequence, .mapping:
            broken.insert(spec.name)
            report(
                "V0005",
                "`\(position.path.joined(separator: "."))` must be \(spec.kind.expectation), was a collection",
                position.span(node),
                spec.meaning
            )
            return nil
        }
        guard let expanded = expand(texts, node, spec, position) else { return nil }
        return ConfigEntry(
            spec: spec,
            name: spec.path.contains("*") ? Self.canonical(position) : spec.name,
            texts: expanded,
            place: position.place(node),
            line: position.line(node),
            length: position.length,
            lastLine: position.last(node),
            word: position.path.last ?? "",
            isExpanded: expanded != texts,
            origin: .stated
        )
    }

    /// `L2` is what the predecessor's caps called the theme that its clusters called `LAYER2`.
    private static func canonical(_ position: ConfigPosition) -> String {
        guard let last = position.path.last, last.first == "L", let digit = last.dropFirst().first,
            last.count == 2, digit.isNumber
        else { return position.name }
        return position.file + ":"
            + (position.path.dropLast() + ["LAYER\(digit)"]).joined(separator: ".")
    }

    /// The texts with `${NAME}` replaced; nil where a name is unknown, and the standard counts.
    private mutating func expand(
        _ texts: [String],
        _ node: YAMLNode,
        _ spec: KeySpec,
        _ position: ConfigPosition
    ) -> [String]? {
        var result: [String] = []
        for text in texts {
            guard Secrets.isPlaceholder(text) else {
                guard !text.contains("${") else {
                    broken.insert(spec.name)
                    let help = "write `${NAME}` as the whole value, or write the value out"
                    report("V0005", "a placeholder within a text", position.span(node), help)
                    return nil
                }
                result.append(text)
                continue
            }
            let name = String(text.dropFirst(2).dropLast())
            guard !Secrets.isSecret(variable: name) else {
                broken.insert(spec.name)
                let help = "secrets come from systemd credentials, and from nowhere else"
                report("V0013", "`\(name)` would be a secret", position.span(node), help)
                return nil
            }
            guard let value = environment[name] else {
                noteUnresolved(name, position.span(node))
                return nil
            }
            result.append(value)
        }
        return result
    }

    private mutating func noteUnresolved(_ name: String, _ span: DiagnosticSpan) {
        guard unresolved.count < Self.findingsMax else { return }
        unresolved.append(
            Diagnostic(
                severity: .warning,
                code: "V0011",
                summary: "`${\(name)}` is not in the environment",
                spans: [span],
                help: "set it, or write the value; until then the default counts"
            )
        )
    }

    private mutating func retire(_ node: YAMLNode, _ key: RetiredKey, _ position: ConfigPosition) {
        obsolete.append((key, position.place(node), position.last(node)))
        if key.isChecked {
            retired[key.name] = position.span(node)
            return
        }
        if searchSecrets(node, position) { return }
        let path = position.path.joined(separator: ".")
        if case .scalar(let text, _) = node.content {
            if Secrets.isPlaceholder(text), environment[String(text.dropFirst(2).dropLast())] == nil
            {
                noteUnresolved(String(text.dropFirst(2).dropLast()), position.span(node))
            }
            if let refused = key.refused, Self.means(text, refused) {
                report(
                    "V0012",
                    "`\(path): \(text)` cannot be had: \(key.why)",
                    position.span(node),
                    key.instead == "nothing" ? "remove it" : "remove it; use \(key.instead)"
                )
                return
            }
        }
        warnRetired(key, position, position.span(node))
    }

    /// True where a YAML 1.1 reader, as the predecessor's, takes a text for a boolean.
    private static func means(_ text: String, _ boolean: String) -> Bool {
        let words = boolean == "true" ? ["true", "yes", "on", "y"] : ["false", "no", "off", "n"]
        return words.contains(text.lowercased())
    }

    private mutating func warnRetired(
        _ key: RetiredKey,
        _ position: ConfigPosition,
        _ span: DiagnosticSpan
    ) {
        // The section around has said so for everything in it.
        guard position.section == nil else { return }
        diagnostics.append(
            Diagnostic(
                severity: .warning,
                code: "V0009",
                summary: "`\(position.path.joined(separator: "."))` is retired: \(key.why)",
                spans: [span],
                help: "use \(key.instead); `vigil config migrate` takes it out"
            )
        )
    }

    /// Reports a literal secret at or below a node, once; true where there is one.
    @discardableResult
    private mutating func searchSecrets(
        _ node: YAMLNode,
        _ position: ConfigPosition,
        isOurs: Bool = false
    ) -> Bool {
        switch node.content {
        case .scalar(let text, _):
            // No key of ours is called like a secret.
            let named = !isOurs && (position.path.last.map(Secrets.isSecret(name:)) ?? false)
            let harmless = ValueText.flag(text) != nil || ValueText.decimal(text) != nil
            guard !text.isEmpty, !Secrets.isPlaceholder(text),
                Secrets.isSecret(text: text) || (named && !harmless)
            else { return false }
            let words = position.path.joined(separator: ".")
            report(
                "V0013",
                "`\(words)` holds a secret",
                position.span(node),
                "take it out, replace it at its issuer, and give it to systemd as a credential"
            )
            return true
        case .sequence(let nodes):
            return nodes.contains { searchSecrets($0, position, isOurs: isOurs) }
        case .mapping(let pairs):
            var found = false
            for (key, value) in pairs {
                guard case .scalar(let text, _) = key.content else { continue }
                var placed = value
                (placed.line, placed.column) = (key.line, key.column)
                found = searchSecrets(placed, position.below(text)) || found
            }
            return found
        }
    }

    private mutating func report(
        _ code: String,
        _ summary: String,
        _ span: DiagnosticSpan,
        _ help: String
    ) {
        guard errorCount < Self.findingsMax else { return }
        errorCount += 1
        diagnostics.append(
            Diagnostic(severity: .error, code: code, summary: summary, spans: [span], help: help)
        )
    }
}
