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
            comment(found.place, "retired: \(found.key.why)")
        }
        let renamed = loader.aliased.values.sorted { $0.entry.place < $1.entry.place }
        for (alias, entry) in renamed {
            comment(entry.place, "now `\(ConfigResolver.path(alias.target))`")
        }
        for entry in loader.stated.values.sorted(by: { $0.place < $1.place }) {
            renameTheme(entry)
        }
        // Insertion comes last: it moves lines.
        for (alias, entry) in renamed where resolver.entries[alias.target]?.place == entry.place {
            insert(alias.target, entry)
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

    /// The last line of what begins at a place: what is indented more, or a list at the same indent.
    private func end(of start: Int, _ lines: [Line]) -> Int {
        let indent = Self.indent(lines[start].new)
        var last = start
        for index in lines.indices.dropFirst(start + 1) where !Self.isBlank(lines[index].new) {
            let line = lines[index].new
            let isItem = Self.indent(line) == indent && line.dropFirst(indent).hasPrefix("- ")
            guard Self.indent(line) > indent || isItem else { break }
            last = index
        }
        return last
    }

    /// Turns what begins at a place into a comment that says why.
    private mutating func comment(_ place: SourcePlace, _ why: String) {
        let file = Self.name(place)
        guard var lines = files[file], lines.indices.contains(place.line - 1) else { return }
        let start = place.line - 1
        // What an enclosing section has turned into a comment already is one.
        guard !Self.isBlank(lines[start].new) else { return }
        guard Self.indent(lines[start].new) == place.column - 1 else {
            remaining.append("\(place.file):\(place.line): several keys on one line; \(why)")
            return
        }
        for index in start...end(of: start, lines) where !Self.isBlank(lines[index].new) {
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

    /// States a key in its file: in the deepest section that is there, at its end.
    private mutating func insert(_ target: String, _ entry: ConfigEntry) {
        let file = String(target.prefix { $0 != ":" })
        let path = ConfigResolver.path(target).split(separator: ".").map(String.init)
        var lines = files[file] ?? []
        var (depth, indent, from, to) = (0, 0, 0, lines.count)
        while depth < path.count - 1,
            let start = lines[from..<to].firstIndex(where: {
                Self.indent($0.new) == indent
                    && $0.new.dropFirst(indent).hasPrefix(path[depth] + ":")
            })
        {
            let value = lines[start].new.dropFirst(indent + path[depth].count + 1).drop {
                $0 == " "
            }
            guard value.isEmpty || value.first == "#" else {
                remaining.append(
                    "\(file).yaml: state `\(ConfigResolver.path(target)): \(entry.text)`"
                )
                return
            }
            (from, to, depth) = (start + 1, end(of: start, lines) + 1, depth + 1)
            let child = lines[from..<max(to, from)].first { !Self.isBlank($0.new) }
            indent = child.map { Self.indent($0.new) } ?? indent + 2
        }
        let place = depth == 0 ? lines.count : max(to, from)
        var added: [Line] = []
        for (offset, word) in path[depth...].enumerated() {
            let blank = String(repeating: " ", count: indent + 2 * offset)
            let isLast = depth + offset == path.count - 1
            added.append(
                Line(old: nil, new: blank + word + ":" + (isLast ? " " + value(entry) : ""))
            )
        }
        lines.insert(contentsOf: added, at: place)
        files[file] = lines
    }

    private func value(_ entry: ConfigEntry) -> String {
        entry.spec.kind.isList
            ? "[\(entry.texts.joined(separator: ", "))]" : entry.texts.first ?? ""
    }
}
