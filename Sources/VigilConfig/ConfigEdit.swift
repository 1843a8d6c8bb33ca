internal import VigilModel

/// Files with some keys set; comments, order and everything else stay as they are.
package struct ConfigEdit: Sendable {
    /// Why a key cannot be set, and what can be done about it.
    package struct Failure: Error, CustomStringConvertible {
        /// What the operator is told.
        package let description: String
    }

    private var files: [String: [String]]
    private let environment: [String: String]

    /// Begins with files that are in memory, by name without `.yaml`.
    package init(files: [String: [UInt8]], environment: [String: String]) {
        self.files = files.mapValues(SourceText.lines)
        self.environment = environment
    }

    /// The text of a file.
    package func text(_ file: String) -> String {
        (files[file] ?? []).map { $0 + "\n" }.joined()
    }

    /// Sets a key, named with or without its file, to a value as the file would state it.
    ///
    /// A key that is stated keeps its place and its comment; another is added at the end of its section.
    ///
    /// - Throws: ``Failure``; the files are as they were then.
    package mutating func set(_ key: String, to value: String) throws(Failure) {
        let (spec, name) = try Self.spec(of: key)
        guard !value.contains(where: \.isNewline) else {
            throw Failure(description: "`\(key)`: a value is one line")
        }
        let written = spec.kind.isList && value.first != "[" ? "[\(value)]" : value
        var edited = self
        let before = edited.loaded(spec.file)
        if let old = before.aliased.values.first(where: { $0.alias.target == name }) {
            throw Failure(
                description: "`\(key)` stands under its old name `\(old.alias.name)`; "
                    + "run `vigil config migrate` first"
            )
        }
        if let entry = before.stated[name] {
            try edited.replace(entry, spec.file, written)
        } else {
            try edited.insert(Self.words(name), spec.file, written, before)
        }
        let after = edited.loaded(spec.file)
        guard after.diagnostics.count <= before.diagnostics.count, let entry = after.stated[name]
        else {
            let found = after.diagnostics.last.map { ": \($0.summary)" } ?? ""
            throw Failure(description: "`\(key)` cannot be set to `\(value)`\(found)")
        }
        if let fault = ValueText.fault(entry.texts, spec.kind) {
            throw Failure(
                description: "`\(key)` must be \(spec.kind.expectation), was `\(value)` (\(fault))"
            )
        }
        self = edited
    }

    private static func spec(of key: String) throws(Failure) -> (KeySpec, name: String) {
        let names = key.contains(":") ? [key] : ConfigSchema.files.map { "\($0):\(key)" }
        var found: [(KeySpec, name: String)] = []
        for name in names {
            switch KeyTree.all.leaf(of: name) {
            case .key(let spec): found.append((spec, name))
            case .alias(let alias):
                throw Failure(
                    description: "`\(key)` is an old name; set `\(alias.target)` instead"
                )
            case .retired(let retired):
                throw Failure(
                    description: "`\(key)` is retired: \(retired.why); use \(retired.instead)"
                )
            case nil: continue
            }
        }
        guard let only = found.first else {
            let near = ConfigExplanation.nearest(to: key).map { "; did you mean `\($0)`?" } ?? ""
            throw Failure(description: "no key is called `\(key)`\(near)")
        }
        guard found.count == 1 else {
            let all = found.map { "`\($0.name)`" }.joined(separator: " and ")
            throw Failure(description: "`\(key)` may be \(all); name the file as well")
        }
        return only
    }

    /// The words of a name, without its file.
    private static func words(_ name: String) -> [String] {
        KeyTree.parts(name).dropFirst().map { $0 }
    }

    private func loaded(_ file: String) -> ConfigLoader {
        var loader = ConfigLoader(diagnostics: [], environment: environment)
        loader.read(file, Array(text(file).utf8))
        return loader
    }

    private mutating func replace(
        _ entry: ConfigEntry,
        _ file: String,
        _ value: String
    ) throws(Failure) {
        let first = entry.place.line - 1
        guard entry.lastLine > first, var lines = files[file], lines.indices.contains(first) else {
            throw Failure(
                description:
                    "`\(entry.name)` shares line \(entry.place.line) of \(entry.place.file) "
                    + "with other keys; give it a line of its own, and it can be set"
            )
        }
        let line = lines[first]
        let word = line.dropFirst(entry.place.column - 1)
        guard let colon = word.firstIndex(of: ":") else {
            throw Failure(description: "`\(entry.name)` cannot be found in `\(line)`")
        }
        let comment = entry.lastLine == first + 1 ? Self.comment(in: word[colon...]) : ""
        let set = line[...colon] + " " + value + comment
        lines.replaceSubrange(first..<min(entry.lastLine, lines.count), with: [String(set)])
        files[file] = lines
    }

    /// The comment at the end of a line, with the blanks before it.
    private static func comment(in text: Substring) -> Substring {
        var quote: Character?
        var blanks = text.startIndex
        var previous: Character = "x"
        for index in text.indices {
            let character = text[index]
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'", previous == " " {
                quote = character
            } else if quote == nil, character == "#", previous == " " {
                return text[blanks...]
            }
            if character != " " {
                blanks = text.index(after: index)
            }
            previous = character
        }
        return ""
    }

    private mutating func insert(
        _ words: [String],
        _ file: String,
        _ value: String,
        _ loader: ConfigLoader
    ) throws(Failure) {
        // The longest part of the name that the file has a section for.
        var depth = words.count - 1
        while depth > 0, loader.sections[Self.section(file, words[..<depth])] == nil {
            depth -= 1
        }
        let lines = files[file] ?? []
        let section = loader.sections[Self.section(file, words[..<depth])]
        guard section?.isFlow != true else {
            throw Failure(
                description:
                    "`\(words[..<depth].joined(separator: "."))` of \(file).yaml stands in "
                    + "braces; write its keys on lines of their own, and others can be added"
            )
        }
        let indent = (section?.column ?? 1) - 1
        var added: [String] = []
        for (level, word) in words[depth...].enumerated() {
            let blank = String(repeating: " ", count: indent + 2 * level)
            added.append(blank + word + ":" + (depth + level == words.count - 1 ? " " + value : ""))
        }
        let end = depth == 0 ? lines.count : min(section?.lastLine ?? lines.count, lines.count)
        files[file]?.insert(contentsOf: added, at: end)
    }

    private static func section(_ file: String, _ words: ArraySlice<String>) -> String {
        file + ":" + words.joined(separator: ".")
    }
}
