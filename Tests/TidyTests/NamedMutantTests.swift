import Foundation
import Testing

/// Mutants that somebody wrote down stand in the sources as they were written: one that has rotted tests nothing.
@Suite struct NamedMutantTests {
    private struct Entry {
        var name: String
        var file = ""
        var lines: [String] = []
    }

    private static func entries(_ text: String) -> [Entry] {
        var found: [Entry] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            let value = parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : parts[1]
            switch parts[0] {
            case "mutant": found.append(Entry(name: value))
            case "file": found[found.count - 1].file = value
            case "replace": found[found.count - 1].lines.append(value)
            default: break
            }
        }
        return found
    }

    /// The first line may be a part of one; of the others only the words count.
    private static func pattern(_ lines: [String]) -> String {
        lines.enumerated().map { index, line in
            let text = index == 0 ? line : line.trimmingCharacters(in: .whitespaces)
            return NSRegularExpression.escapedPattern(for: text)
        }.joined(separator: #"\s*\n\s*"#)
    }

    @Test func `every mutant that was written down stands once in its file`() throws {
        let folder = TidyTests.root.appendingPathComponent("Tests/Mutants/named")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var seen: Set<String> = []
        for file in files where file.hasSuffix(".txt") {
            let path = folder.appendingPathComponent(file).path
            for entry in Self.entries(try String(contentsOfFile: path, encoding: .utf8)) {
                #expect(seen.insert(entry.name).inserted, "\(entry.name) stands twice")
                let source = TidyTests.root.appendingPathComponent(entry.file).path
                let text = try String(contentsOfFile: source, encoding: .utf8)
                let expression = try NSRegularExpression(pattern: Self.pattern(entry.lines))
                let range = NSRange(text.startIndex..., in: text)
                let count = expression.numberOfMatches(in: text, range: range)
                #expect(count == 1, "\(entry.name) stands \(count) times in \(entry.file)")
            }
        }
        #expect(seen.count > 100)
    }
}
