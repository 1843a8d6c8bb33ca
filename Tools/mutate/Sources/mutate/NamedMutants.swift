import Foundation
import SwiftSyntax

/// Mutants that somebody wrote down, in files of entries of `mutant:`, `what:`, `file:`, `replace:`,
/// `with:` and `by:`.
struct NamedMutant {
    var name = ""
    var what = ""
    var file = ""
    var replaced: [String] = []
    var replacement: [String] = []
    var by = ""

    static func read(_ path: String) throws -> [NamedMutant] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var all: [NamedMutant] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else {
                throw MutateError("\(path): a line without a field: \(line)")
            }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            if line[..<colon] == "mutant" {
                all.append(NamedMutant(name: value))
                continue
            }
            guard !all.isEmpty else { throw MutateError("\(path): does not begin with `mutant:`") }
            switch line[..<colon] {
            case "what": all[all.count - 1].what = value
            case "file": all[all.count - 1].file = value
            case "replace": all[all.count - 1].replaced.append(value)
            case "with": all[all.count - 1].replacement.append(value)
            case "by": all[all.count - 1].by = value
            default: throw MutateError("\(path): no such field: \(line)")
            }
        }
        return all
    }

    /// Finds the one place that this mutant changes.
    func candidate(in text: String, tree: SourceFileSyntax?) throws -> Candidate {
        let pattern = replaced.joined(separator: #"\n\s*"#)
        let lines = replaced.map { NSRegularExpression.escapedPattern(for: $0) }
        let expression = try NSRegularExpression(
            pattern: lines.isEmpty ? pattern : lines.joined(separator: #"\s*\n\s*"#)
        )
        let matches = expression.matches(
            in: text,
            range: NSRange(text.startIndex..., in: text)
        )
        guard matches.count == 1, let match = matches.first.flatMap({ Range($0.range, in: text) })
        else {
            throw MutateError("`\(name)`: its text stands \(matches.count) times in \(file)")
        }
        let start = text.utf8.distance(from: text.startIndex, to: match.lowerBound)
        let end = text.utf8.distance(from: text.startIndex, to: match.upperBound)
        return Candidate(
            kind: .named,
            form: tree.map { isStatement($0, start..<end) ? .statement : .expression }
                ?? .cExpression,
            range: start..<end,
            line: text[..<match.lowerBound].count { $0 == "\n" } + 1,
            original: String(text[match]),
            mutated: replacement.joined(separator: "\n"),
            name: name
        )
    }

    private func isStatement(_ tree: SourceFileSyntax, _ range: Range<Int>) -> Bool {
        let finder = StatementFinder(range)
        finder.walk(tree)
        return finder.isFound
    }
}

/// Whether statements begin and end where a range does, and are more than one value.
private final class StatementFinder: SyntaxVisitor {
    private let range: Range<Int>
    private var begins = false
    private(set) var isFound = false

    init(_ range: Range<Int>) {
        self.range = range
        super.init(viewMode: .sourceAccurate)
    }

    override func visit(_ node: CodeBlockItemListSyntax) -> SyntaxVisitorContinueKind {
        let items = Array(node)
        guard
            let first = items.firstIndex(where: {
                $0.positionAfterSkippingLeadingTrivia.utf8Offset == range.lowerBound
            }),
            let last = items.firstIndex(where: {
                $0.endPositionBeforeTrailingTrivia.utf8Offset == range.upperBound
            })
        else { return .visitChildren }
        let isValue: Bool =
            if case .expr(let only) = items[first].item, first == last, items.count == 1 {
                !only.is(InfixOperatorExprSyntax.self)
                    || only.as(InfixOperatorExprSyntax.self)?.operator
                        .is(AssignmentExprSyntax.self) != true
            } else {
                false
            }
        if first < last || !isValue { isFound = true }
        return .visitChildren
    }
}
