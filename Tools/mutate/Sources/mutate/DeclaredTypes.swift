import SwiftSyntax

/// The types that names are declared with, wherever in the sources that is.
///
/// A name may stand for things of several types; two names are alike where they have one in common. It
/// spares the compiler most of what it would refuse.
final class DeclaredTypes: SyntaxVisitor {
    private var types: [String: Set<String>] = [:]

    init() { super.init(viewMode: .sourceAccurate) }

    override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
        if let name = node.pattern.as(IdentifierPatternSyntax.self)?.identifier.text {
            if let type = node.typeAnnotation?.type {
                add(name, type.trimmedDescription)
            } else if let value = node.initializer?.value {
                learn(name, from: value)
            }
        }
        return .visitChildren
    }

    override func visit(_ node: FunctionParameterSyntax) -> SyntaxVisitorContinueKind {
        add((node.secondName ?? node.firstName).text, node.type.trimmedDescription)
        return .visitChildren
    }

    override func visit(_ node: EnumCaseParameterSyntax) -> SyntaxVisitorContinueKind {
        if let name = node.secondName ?? node.firstName {
            add(name.text, node.type.trimmedDescription)
        }
        return .visitChildren
    }

    private func learn(_ name: String, from value: ExprSyntax) {
        if value.is(ArrayExprSyntax.self) { add(name, "[]") }
        if value.is(StringLiteralExprSyntax.self) { add(name, "String") }
    }

    private func add(_ name: String, _ type: String) {
        let attributes = ["inout ", "borrowing ", "consuming ", "@escaping ", "@autoclosure "]
        let plain = attributes.reduce(type) {
            $0.hasPrefix($1) ? String($0.dropFirst($1.count)) : $0
        }
        types[name, default: []].insert(plain)
    }

    /// Whether two expressions are names of one type.
    func areAlike(_ left: ExprSyntax, _ right: ExprSyntax) -> Bool {
        guard let left = Self.name(left), let right = Self.name(right) else { return false }
        return !types[left, default: []].isDisjoint(with: types[right, default: []])
    }

    /// Whether an operand is text or a list, where a plus does not add numbers.
    func isJoined(_ operand: ExprSyntax) -> Bool {
        if operand.is(StringLiteralExprSyntax.self) || operand.is(ArrayExprSyntax.self) {
            return true
        }
        if let sum = operand.as(InfixOperatorExprSyntax.self) {
            return isJoined(sum.leftOperand) || isJoined(sum.rightOperand)
        }
        guard let name = Self.name(operand), let known = types[name] else { return false }
        return known.allSatisfy { $0.hasPrefix("[") || $0 == "String" }
    }

    private static func name(_ expression: ExprSyntax) -> String? {
        expression.as(DeclReferenceExprSyntax.self)?.baseName.text
            ?? expression.as(MemberAccessExprSyntax.self)?.declName.baseName.text
    }
}
