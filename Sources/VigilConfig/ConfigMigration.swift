internal import Foundation
internal import VigilModel

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
    /// - Throws: ``Configuration/Refusal`` where a file is not YAML, or holds a secret: it would be copied.
    package init(files: [String: [UInt8]]) throws(Configuration.Refusal) {
        var loader = ConfigLoader(diagnostics: [], environment: [:])
        for file in ConfigSchema.files {
            loader.read(file, files[file] ?? [])
        }
        let broken = loader.diagnostics.filter { ["V0002", "V0013"].contains($0.code) }
        guard broken.isEmpty else { throw Configuration.Refusal(diagnostics: broken) }
        self.loader = loader
        resolver = ConfigResolver(loader)
        for file in ConfigSchema.files {
            self.files[file] = SourceText.lines(files[file] ?? []).map { Line(old: $0, new: $0) }
        }
        let refused = loader.diagnostics.filter { $0.code == "V0012" }
        for found in loader.obsolete {
            // What was refused for its meaning is not made to pass by taking it out.
            if let why = refused.first(where: { $0.place == found.place }) {
                remaining.append(
                    "\(found.place.file):\(found.place.line): \(why.summary); \(why.help)"
                )
            } else {
                comment(found.place, to: found.last, "retired: \(found.key.why)")
            }
        }
        for entry in loader.stated.values.sorted(by: { $0.place < $1.place }) {
            renameTheme(entry)
        }
        let additions = moveAliases()
        // Insertion comes last: it moves lines.
        for (anchor, added) in additions.sorted(by: { $0.key > $1.key }) {
            let lines = added.lines(indent: anchor.column - 1).map { Line(old: nil, new: $0) }
            self.files[anchor.file]?.insert(contentsOf: lines, at: anchor.line)
        }
        compare(files)
    }

    /// What means something else in the result, though nothing said so: never to be written.
    package private(set) var differences: [String] = []

    private mutating func compare(_ originals: [String: [UInt8]]) {
        var migrated: [String: [UInt8]] = [:]
        for file in ConfigSchema.files {
            migrated[file] = Array(text(file).utf8)
        }
        let result = Configuration.resolved(migrated, [:])
        differences = result.diagnostics.filter { ["V0002", "V0004"].contains($0.code) }.map {
            "\($0.place.file):\($0.place.line): \($0.summary)"
        }
        let original = Configuration.resolved(originals, [:])
        let left = Set(result.diagnostics.map(\.code))
        differences += original.diagnostics.filter {
            $0.severity == .error && !left.contains($0.code)
        }
        .map {
            "\($0.place.file):\($0.place.line): \($0.code) would not be refused any more: \($0.summary)"
        }
        let old = EffectiveConfig(original, originals)
        differences += old.changes(to: EffectiveConfig(result, migrated)).map {
            "\($0.key): \($0.old) → \($0.new)"
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
            text += "+" + (Secrets.shown(line: line.new) ?? Secrets.mask) + "\n"
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
            let theme = entry.name.split(separator: ".").last, theme != entry.word
        else { return }
        let line = lines[entry.place.line - 1]
        var rest = String(line.new.dropFirst(entry.place.column - 1))
        guard let found = rest.range(of: entry.word) else { return }
        rest.replaceSubrange(found, with: theme)
        let mended = line.new.prefix(entry.place.column - 1) + rest
        lines[entry.place.line - 1] = Line(old: line.old, new: String(mended))
        files[file] = lines
    }

    /// Takes out the old names, and says where the new ones go; what cannot be moved stays.
    private mutating func moveAliases() -> [Anchor: Addition] {
        var added: [Anchor: Addition] = [:]
        var moved: Set<String> = []
        for alias in ConfigSchema.aliases {
            guard let entry = loader.aliased[alias.name]?.entry else { continue }
            let isStated = loader.stated[alias.target] != nil || moved.contains(alias.target)
            let path = ConfigResolver.path(alias.target)
            let anchor = isStated ? nil : anchor(alias.target)
            guard entry.lastLine > 0, isStated || anchor != nil else {
                remaining.append("`\(alias.name)`: state `\(path): \(entry.text)` instead of it")
                continue
            }
            comment(entry.place, to: entry.lastLine, "now `\(path)`")
            guard let anchor else { continue }
            moved.insert(alias.target)
            let words = path.split(separator: ".").map(String.init)
            added[anchor.0, default: Addition()].add(words[anchor.depth...], value(entry))
        }
        return added
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

    /// The end of the deepest section that a key's file has; nil where it shares lines with others.
    private func anchor(_ target: String) -> (Anchor, depth: Int)? {
        let file = String(target.prefix { $0 != ":" })
        let path = ConfigResolver.path(target).split(separator: ".").map(String.init)
        var depth = path.count - 1
        while depth > 0, loader.sections[Self.section(file, path.prefix(depth))] == nil {
            depth -= 1
        }
        let section = loader.sections[Self.section(file, path.prefix(depth))]
        guard section?.isFlow != true else { return nil }
        let end = files[file]?.count ?? 0
        let anchor = Anchor(
            file: file,
            line: depth == 0 ? end : min(section?.lastLine ?? end, end),
            column: section?.column ?? 1
        )
        return (anchor, depth)
    }

    private static func section(_ file: String, _ path: ArraySlice<String>) -> String {
        file + ":" + path.joined(separator: ".")
    }

    private func value(_ entry: ConfigEntry) -> String {
        entry.spec.kind.isList
            ? "[\(entry.texts.joined(separator: ", "))]" : entry.texts.first ?? ""
    }
}
