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

    /// What a hunk of a patch expects to find, line by line.
    private static func expected(_ patch: String) -> (file: String, hunks: [[String]]) {
        var file = ""
        var hunks: [[String]] = []
        for line in patch.components(separatedBy: "\n") {
            if line.hasPrefix("--- ") {
                file = String(line.dropFirst("--- x/".count))
            } else if line.hasPrefix("@@") {
                hunks.append([])
            } else if !hunks.isEmpty, line.hasPrefix(" ") || line.hasPrefix("-") {
                hunks[hunks.count - 1].append(String(line.dropFirst()))
            }
        }
        return (file, hunks)
    }

    @Test func `every hook of a mutant fits its file, and the product has none`() throws {
        let folder = TidyTests.root.appendingPathComponent("Tests/Mutants/hooks")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files.count > 20)
        for name in files {
            let path = folder.appendingPathComponent(name).path
            let (file, hunks) = Self.expected(try String(contentsOfFile: path, encoding: .utf8))
            // A patch that makes a file expects none.
            guard file != "ev/null" else { continue }
            let source = TidyTests.root.appendingPathComponent(file).path
            let text = "\n" + (try String(contentsOfFile: source, encoding: .utf8))
            for hunk in hunks {
                let lines = "\n" + hunk.joined(separator: "\n") + "\n"
                #expect(text.contains(lines), "\(name): mend the hunk at `\(hunk.first ?? "")`")
            }
        }
        for source in TidyTests.sources where !source.isTest {
            #expect(!source.lines.contains { $0.contains("Mutation.isOn") }, "\(source.path)")
        }
    }
}
