import ArgumentParser
import Foundation
import SwiftOperators
import SwiftParser
import SwiftSyntax

struct MutateError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Weaves mutants into a copy of the tree.
@main
struct Mutate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Derives mutants from the syntax of a source tree and weaves them into a copy of it.",
        discussion: """
            Every mutant is off until the environment variable VIGIL_MUTANT holds its number. The list \
            of what was woven is written to OUT/mutants.json.
            """
    )

    @Option(help: "The tree whose sources are read.") var root = "."
    @Option(help: "The copy of the tree that is written to.") var out: String
    @Option(help: "How many mutants to draw; all without it.") var sample: Int?
    @Option(help: "The seed of the draw.") var seed: UInt64 = 1
    @Flag(help: "Every `try` that refuses, and nothing else.") var throwing = false
    @Option(help: "A file of named mutants; may be repeated.") var named: [String] = []
    @Option(help: "A file with the keys of mutants to leave out.") var without: String?
    @Argument(help: "Folders or files below the root.") var paths: [String] = []

    struct Record: Codable {
        let id: Int
        let key: String
        let name: String?
        let file: String
        let line: Int
        let kind: Candidate.Kind
        let original: String
        let mutated: String
        let source: String
        let by: String?
        let what: String?
        var span: Weaver.Span?
    }

    struct Source {
        let text: String
        let lines: [String]
        let tree: SourceFileSyntax?
    }

    func run() throws {
        let left = Set(
            try without.map { try String(contentsOfFile: $0, encoding: .utf8) }?
                .split(separator: "\n").map(String.init) ?? []
        )
        var sources: [String: Source] = [:]
        var drawn: [(file: String, candidate: Candidate)] = []
        let types = DeclaredTypes()
        let files = try files()
        for file in files {
            let source = try read(file)
            sources[file] = source
            if let tree = source.tree { types.walk(tree) }
        }
        for file in files {
            guard let tree = sources[file]?.tree else { continue }
            let finder = CandidateFinder(tree, types)
            finder.walk(tree)
            drawn += finder.found.filter { ($0.kind == .throwing) == throwing }.map { (file, $0) }
        }
        let total = drawn.count
        var random = SplitMix(state: seed)
        drawn.shuffle(using: &random)
        if let sample { drawn = Self.spread(drawn, sample) }
        let entries = try named.flatMap(NamedMutant.read)
        var all = drawn.map { (file: $0.file, candidate: $0.candidate, entry: NamedMutant?.none) }
        for entry in entries {
            let source = try sources[entry.file] ?? read(entry.file)
            sources[entry.file] = source
            all.append(
                (entry.file, try entry.candidate(in: source.text, tree: source.tree), entry)
            )
        }
        var records = all.enumerated().map { index, item in
            record(index, item.file, item.candidate, item.entry, sources[item.file]?.lines ?? [])
        }
        for (file, source) in sources {
            let mine = all.enumerated().filter {
                $0.element.file == file && !left.contains(records[$0.offset].key)
            }
            var weaver = Weaver(source.text)
            var (text, spans) = weaver.weave(mine.map { ($0.offset, $0.element.candidate) })
            if source.tree == nil {
                let head = "_Bool vigil_mutant(int);\n#define _vm(id) vigil_mutant(id)\n"
                text = head + text
                spans = []
            }
            for span in spans { records[span.id].span = span }
            try write(text, to: "\(out)/\(file)")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let kept = records.filter { !left.contains($0.key) }
        try encoder.encode(kept).write(to: URL(fileURLWithPath: "\(out)/mutants.json"))
        print("\(kept.count) mutants woven, of \(total) that the syntax gives")
    }

    /// The first of a draw, but no more of one line than the compiler can think through at once.
    private static func spread(
        _ drawn: [(file: String, candidate: Candidate)],
        _ sample: Int
    ) -> [(file: String, candidate: Candidate)] {
        var kept: [(file: String, candidate: Candidate)] = []
        var crowd: [String: Int] = [:]
        for item in drawn where kept.count < sample {
            let place = "\(item.file):\(item.candidate.line / 3)"
            guard crowd[place, default: 0] < perThreeLinesMax else { continue }
            crowd[place, default: 0] += 1
            kept.append(item)
        }
        return kept
    }

    private static let perThreeLinesMax = 2

    private func record(
        _ id: Int,
        _ file: String,
        _ candidate: Candidate,
        _ entry: NamedMutant?,
        _ lines: [String]
    ) -> Record {
        let line = lines.indices.contains(candidate.line - 1) ? lines[candidate.line - 1] : ""
        let source = line.trimmingCharacters(in: .whitespaces)
        return Record(
            id: id,
            key: entry?.name ?? candidate.key(file: file, lineText: source),
            name: entry?.name,
            file: file,
            line: candidate.line,
            kind: candidate.kind,
            original: candidate.original,
            mutated: candidate.mutated,
            source: source,
            by: entry?.by,
            what: entry?.what
        )
    }

    /// The Swift files below the paths, in the order of their names.
    private func files() throws -> [String] {
        var found: Set<String> = []
        for path in paths {
            if path.hasSuffix(".swift") {
                found.insert(path)
                continue
            }
            guard let names = FileManager.default.enumerator(atPath: "\(root)/\(path)") else {
                throw MutateError("no such folder: \(path)")
            }
            for case let name as String in names where name.hasSuffix(".swift") {
                found.insert("\(path)/\(name)")
            }
        }
        return found.sorted()
    }

    private func read(_ file: String) throws -> Source {
        let text = try String(contentsOfFile: "\(root)/\(file)", encoding: .utf8)
        let lines = text.components(separatedBy: "\n")
        guard file.hasSuffix(".swift") else { return Source(text: text, lines: lines, tree: nil) }
        let folded = OperatorTable.standardOperators.foldAll(Parser.parse(source: text)) { _ in }
        return Source(text: text, lines: lines, tree: folded.as(SourceFileSyntax.self))
    }

    /// Leaves a file alone that would not change, so that it is not compiled again.
    private func write(_ text: String, to path: String) throws {
        if let old = try? String(contentsOfFile: path, encoding: .utf8), old == text { return }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// The same draw from the same seed, on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
