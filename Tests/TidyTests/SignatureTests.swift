import Foundation
import Testing

/// What a caller has to read: how many things a function asks for, and what those are that a case carries.
@Suite struct SignatureTests {
    /// What stands between the brackets that begin at a place, split at its commas.
    private static func arguments(_ text: Substring) -> [Substring]? {
        var depth = 0
        var before: Character = " "
        var found: [Substring] = []
        var start = text.index(after: text.startIndex)
        for place in text.indices {
            let character = text[place]
            if "([{<".contains(character) { depth += 1 }
            if character == "," && depth == 1 {
                found.append(text[start..<place])
                start = text.index(after: place)
            }
            if ")]}".contains(character) || (character == ">" && before != "-") { depth -= 1 }
            if depth == 0 {
                let last = text[start..<place]
                return last.allSatisfy(\.isWhitespace) ? found : found + [last]
            }
            before = character
        }
        return nil
    }

    private static func declarations(
        _ pattern: String,
        in source: TidyTests.Source
    ) throws -> [(line: Int, arguments: [Substring], after: Character?)] {
        let text = source.lines.map(TidyTests.code).joined(separator: "\n")
        return text.matches(of: try Regex(pattern)).compactMap { match in
            let open = text.index(before: match.range.upperBound)
            guard let arguments = arguments(text[open...]) else { return nil }
            let line = text[..<match.range.lowerBound].split(
                separator: "\n",
                omittingEmptySubsequences: false
            ).count
            let end = arguments.last?.endIndex ?? text.index(after: open)
            let after = text[end...].drop { $0 == "," || $0.isWhitespace || $0 == ")" }.first
            return (line, arguments, after)
        }
    }

    @Test func `no function has more than five parameters`() throws {
        var wide: [String] = []
        for source in TidyTests.sources where !source.isTest {
            for found in try Self.declarations(#"\bfunc \w+(<[^(]*>)?\("#, in: source)
            where found.arguments.count > 5 {
                wide.append("\(source.path):\(found.line): \(found.arguments.count) parameters")
            }
        }
        #expect(wide.isEmpty, "\(wide.joined(separator: "\n"))")
    }

    @Test func `of three values that a case carries at most two have no label`() throws {
        var bare: [String] = []
        for source in TidyTests.sources where !source.isTest {
            for found in try Self.declarations(#"(?m)^ +(indirect )?case \w+\("#, in: source)
            where found.after != ":" && found.arguments.count > 2 {
                let unlabelled = found.arguments.filter { argument in
                    let text = argument.drop(while: \.isWhitespace)
                    return text.first?.isUppercase == true || "[(@".contains(text.first ?? " ")
                }
                guard unlabelled.count > 2 else { continue }
                bare.append("\(source.path):\(found.line): \(unlabelled.count) without a label")
            }
        }
        #expect(bare.isEmpty, "\(bare.joined(separator: "\n"))")
    }
}
