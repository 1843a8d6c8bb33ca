/// Rewrites the predecessor's files in Vigil's names; comments and order stay, nothing is lost.
package struct ConfigMigration: Sendable {
    /// A line of the result with the line it came from.
    package struct Line: Sendable, Equatable {
        /// The line in the original, nil where it is new.
        package let old: String?
        /// The line in the result.
        package let new: String
    }

    /// The lines of each file, by its name without `.yaml`.
    package private(set) var files: [String: [Line]] = [:]
    /// What has to be mended by hand, in words.
    package private(set) var remaining: [String] = []

    private let loader: ConfigLoader
    private let resolver: ConfigResolver

    /// Migrates files that are in memory.
    ///
    /// - Throws: ``Configuration/Refusal`` where a file is not YAML: nothing can be said about it.
    package init(files: [String: [UInt8]]) throws(Configuration.Refusal) {
        var loader = ConfigLoader(diagnostics: [], environment: [:])
        for file in ConfigSchema.files {
            loader.read(file, files[file] ?? [])
        }
        let broken = loader.diagnostics.filter { $0.code == "V0002" }
        guard broken.isEmpty else { throw Configuration.Refusal(diagnostics: broken) }
        self.loader = loader
        resolver = ConfigResolver(loader)
        for file in ConfigSchema.files {
            var lines = String(decoding: files[file] ?? [], as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.last == "" { lines.removeLast() }
            self.files[file] = lines.map { Line(old: $0, new: $0) }
        }
        for found in loader.obsolete {
            comment(found.place, to: found.last, "retired: \(found.key.why)")
        }
        let renamed = loader.aliased.values.sorted { $0.entry.place < $1.entry.place }
        for (alias, entry) in renamed {
            comment(entry.place, to: entry.lastLine, "now `\(ConfigResolver.path(alias.target))`")
        }
        for entry in loader.stated.values.sorted(by: { $0.place < $1.place }) {
            renameTheme(entry)
        }
        // Insertion comes last: it moves lines.
        let counting = renamed.filter { resolver.entries[$0.alias.target]?.place == $0.entry.place }
        for (anchor, added) in anchored(counting).sorted(by: { $0.key > $1.key }) {
            let lines = added.lines(indent: anchor.column - 1).map { Line(old: nil, new: $0) }
            self.files[anchor.file]?.insert(contentsOf: lines, at: anchor.line)
        }
    }

    /// The text of a file.
    package func text(_ file: String) -> String {
        (files[file] ?? []).map { $0.new + "\n" }.joined()
    }

    /// What changes in a file, as lines with `-` and `+`.
    package func difference(_ file: String) -> String {
        var text = ""
        for (index, line) in (files[file] ?? []).enumerated() where line.old != line.new {
            text += "@@ line \(index + 1)\n"
            text += line.old.map { "-" + (Secrets.shown(line: $0) ?? Secrets.mask) + "\n" } ?? ""
            text += "+\(line.new)\n"
        }
        return text.isEmpty ? "" : "--- \(file).yaml\n+++ \(file).yaml\n" + text
    }

    private static func name(_ place: SourcePlace) -> String {
        String(place.file.prefix { $0 != "." })
    }

    private static func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }

    private static func isBlank(_ line: String) -> Bool {
        let text = line.drop { $0 == " " }
        return text.isEmpty || text.first == "#"
    }

    /// Turns what begins at a place into a comment that says why.
    private mutating func comment(_ place: SourcePlace, to last: Int, _ why: String) {
        let file = Self.name(place)
        guard var lines = files[file], lines.indices.contains(place.line - 1) else { return }
        let start = place.line - 1
        // What an enclosing section has turned into a comment already is one.
        guard !Self.isBlank(lines[start].new) else { return }
        guard last > 0, Self.indent(lines[start].new) == place.column - 1 else {
            remaining.append("\(place.file):\(place.line): several keys on one line; \(why)")
            return
        }
        for index in start..<min(max(last, place.line), lines.count)
        where !Self.isBlank(lines[index].new) {
            let line = lines[index].new
            let blank = String(repeating: " ", count: Self.indent(line))
            let text = (Secrets.shown(line: line) ?? Secrets.mask).drop { $0 == " " }
            lines[index] = Line(
                old: lines[index].old,
                new: blank + "# " + text + (index == start ? "  # \(why)" : "")
            )
        }
        files[file] = lines
    }

    private mutating func renameTheme(_ entry: ConfigEntry) {
        let file = Self.name(entry.place)
        guard entry.spec.path.contains("*"), var lines = files[file],
            lines.indices.contains(entry.place.line - 1),
            let theme = entry.name.split(separator: ".").last
        else { return }
        let line = lines[entry.place.line - 1]
        let rest = line.new.dropFirst(entry.place.column - 1)
        let word = rest.prefix { $0 != ":" }
        guard word != theme, word == "L\(theme.last.map(String.init) ?? "")" else { return }
        let mended = line.new.prefix(entry.place.column - 1) + theme + rest.dropFirst(word.count)
        lines[entry.place.line - 1] = Line(old: line.old, new: String(mended))
        files[file] = lines
    }

    /// Where lines are added: behind a line of a file, at a column.
    private struct Anchor: Hashable, Comparable {
        let file: String
        let line: Int
        let column: Int

        static func < (left: Anchor, right: Anchor) -> Bool {
            (left.file, left.line, left.column) < (right.file, right.line, right.column)
        }
    }

    /// Keys to be added below one section, in their order.
    private struct Addition {
        var value: String?
        var children: [(name: String, addition: Addition)] = []

        mutating func add(_ path: ArraySlice<String>, _ value: String) {
            guard let first = path.first else {
                self.value = value
                return
            }
            if !children.contains(where: { $0.name == first }) {
                children.append((first, Addition()))
            }
            for index in children.indices where children[index].name == first {
                children[index].addition.add(path.dropFirst(), value)
            }
        }

        func lines(indent: Int) -> [String] {
            children.flatMap { name, addition -> [String] in
                let blank = String(repeating: " ", count: indent)
                guard let value = addition.value else {
                    return ["\(blank)\(name):"] + addition.lines(indent: indent + 2)
                }
                return ["\(blank)\(name): \(value)"]
            }
        }
    }

    /// Each key goes to the end of the deepest section that its file has.
    private mutating func anchored(
        _ renamed: [(alias: KeyAlias, entry: ConfigEntry)]
    ) -> [Anchor: Addition] {
        var added: [Anchor: Addition] = [:]
        for (alias, entry) in renamed {
            let file = String(alias.target.prefix { $0 != ":" })
            let path = ConfigResolver.path(alias.target).split(separator: ".").map(String.init)
            var depth = path.count - 1
            while depth > 0, loader.sections[Self.section(file, path.prefix(depth))] == nil {
                depth -= 1
            }
            let section = loader.sections[Self.section(file, path.prefix(depth))]
            guard section?.isFlow != true else {
                remaining.append(
                    "\(file).yaml: state `\(path.joined(separator: ".")): \(entry.text)`"
                )
                continue
            }
            let end = files[file]?.count ?? 0
            let anchor = Anchor(
                file: file,
                line: depth == 0 ? end : min(section?.lastLine ?? end, end),
                column: section?.column ?? 1
            )
            added[anchor, default: Addition()].add(path[depth...], value(entry))
        }
        return added
    }

    private static func section(_ file: String, _ path: ArraySlice<String>) -> String {
        file + ":" + path.joined(separator: ".")
    }

    private func value(_ entry: ConfigEntry) -> String {
        entry.spec.kind.isList
            ? "[\(entry.texts.joined(separator: ", "))]" : entry.texts.first ?? ""
    }
}
