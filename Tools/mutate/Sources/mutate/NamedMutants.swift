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
            // One space ends the field's name; more of them are the text's own, and tell its lines apart.
            var value = String(line[line.index(after: colon)...])
            if value.hasPrefix(" ") { value.removeFirst() }
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
        let lines = replaced.enumerated().map { index, line in
            NSRegularExpression.escapedPattern(
                for: index == 0 ? line : line.trimmingCharacters(in: .whitespaces)
            )
        }
        let expression = try NSRegularExpression(pattern: lines.joined(separator: #"\s*\n\s*"#))
        let matches = expression.matches(
            in: text,
            range: NSRange(text.startIndex..., in: text)
        )
        guard matches.count == 1, let match = matches.first.flatMap({ Range($0.range, in: text) })
        else {
            throw MutateError("`\(name)`: its text stands \(matches.count) times in \(file)")
        }
        let whole = match.lowerBound..<match.upperBound
        let original = Array(text[whole].utf8)
        let mutated = Array(replacement.joined(separator: "\n").utf8)
        let start = text.utf8.distance(from: text.startIndex, to: whole.lowerBound)
        let line = text[..<whole.lowerBound].count { $0 == "\n" } + 1
        guard let tree else {
            return candidate(.cExpression, start..<start + original.count, line, text, mutated)
        }
        // Only what differs is changed, in the smallest expression or statements around it.
        let shorter = min(original.count, mutated.count)
        let before = zip(original, mutated).prefix { $0 == $1 }.count
        let after = min(
            zip(original.reversed(), mutated.reversed()).prefix { $0 == $1 }.count,
            shorter - before
        )
        let changed = start + before..<start + original.count - after
        let finder = EnclosingFinder(changed, within: start..<start + original.count)
        finder.walk(tree)
        guard let (range, form) = finder.found else {
            throw MutateError("`\(name)`: no expression and no statement holds its change")
        }
        let bytes = Array(text.utf8)
        let replaced =
            bytes[range.lowerBound..<changed.lowerBound]
            + mutated[before..<mutated.count - after] + bytes[changed.upperBound..<range.upperBound]
        return candidate(form, range, line, text, Array(replaced))
    }

    private func candidate(
        _ form: Candidate.Form,
        _ range: Range<Int>,
        _ line: Int,
        _ text: String,
        _ mutated: [UInt8]
    ) -> Candidate {
        Candidate(
            kind: .named,
            form: form,
            range: range,
            line: line,
            original: String(decoding: Array(text.utf8)[range], as: UTF8.self),
            mutated: String(decoding: mutated, as: UTF8.self),
            name: name
        )
    }
}

/// Finds the smallest expression, or the smallest run of statements, that holds a change.
private final class EnclosingFinder: SyntaxAnyVisitor {
    private let changed: Range<Int>
    private let all: Range<Int>
    private var isExact = false
    private(set) var found: (range: Range<Int>, form: Candidate.Form)?

    init(_ changed: Range<Int>, within all: Range<Int>) {
        self.all = all
        // A change between two tokens belongs to what is on both sides of it.
        self.changed =
            max(
                changed.lowerBound - 1,
                all.lowerBound
            )..<min(changed.upperBound + 1, all.upperBound)
        super.init(viewMode: .sourceAccurate)
    }

    override func visitAny(_ node: Syntax) -> SyntaxVisitorContinueKind {
        let range =
            node.positionAfterSkippingLeadingTrivia
            .utf8Offset..<node.endPositionBeforeTrailingTrivia.utf8Offset
        guard range.lowerBound <= changed.lowerBound, changed.upperBound <= range.upperBound else {
            return .skipChildren
        }
        // A pattern is no value: what holds it is changed.
        if node.is(ExpressionPatternSyntax.self) { return .skipChildren }
        // Where what is replaced is a whole value or statement, it is changed as one.
        if !isExact, let form = form(of: node) {
            found = (range, form)
            isExact = range == all
        }
        return .visitChildren
    }

    private func form(of node: Syntax) -> Candidate.Form? {
        if let item = node.as(CodeBlockItemSyntax.self) {
            if case .decl = item.item { return nil }
            return isValue(item) ? nil : .statement
        }
        if let list = node.as(CodeBlockItemListSyntax.self) {
            return list.count > 1 ? .statement : nil
        }
        guard node.is(ExprSyntax.self), !node.is(AssignmentExprSyntax.self),
            !node.is(BinaryOperatorExprSyntax.self), !node.is(IfExprSyntax.self),
            !node.is(SwitchExprSyntax.self), !node.is(PatternExprSyntax.self)
        else { return nil }
        if let infix = node.as(InfixOperatorExprSyntax.self) {
            let sign = infix.operator.trimmedDescription
            if infix.operator.is(AssignmentExprSyntax.self) { return nil }
            if sign.hasSuffix("="), !["==", "!=", "<=", ">="].contains(sign) { return nil }
        }
        if node.parent?.is(CodeBlockItemSyntax.self) == true,
            let item = node.parent?.as(CodeBlockItemSyntax.self), !isValue(item)
        {
            return nil
        }
        // What is called, or stands behind a dot, is a name and no value.
        if let member = node.parent?.as(MemberAccessExprSyntax.self),
            member.declName.id == node.id
        {
            return nil
        }
        if let call = node.parent?.as(FunctionCallExprSyntax.self),
            call.calledExpression.id == node.id
        {
            return nil
        }
        return .expression
    }

    /// Whether a statement is the value of its block: then it stays an expression.
    private func isValue(_ item: CodeBlockItemSyntax) -> Bool {
        guard case .expr(let only) = item.item,
            item.parent?.as(CodeBlockItemListSyntax.self)?.count == 1
        else { return false }
        if only.is(IfExprSyntax.self) || only.is(SwitchExprSyntax.self) { return false }
        let sign = only.as(InfixOperatorExprSyntax.self)?.operator.trimmedDescription ?? ""
        return !(sign.hasSuffix("=") && !["==", "!=", "<=", ">="].contains(sign))
    }
}
