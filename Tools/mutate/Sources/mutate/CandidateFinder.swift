import SwiftSyntax

/// Walks a folded syntax tree and lists every change that the operators of mutation can make to it.
final class CandidateFinder: SyntaxVisitor {
    private(set) var found: [Candidate] = []
    private let lines: SourceLocationConverter
    private let types: DeclaredTypes

    init(_ tree: some SyntaxProtocol, _ types: DeclaredTypes) {
        self.types = types
        lines = SourceLocationConverter(fileName: "", tree: tree)
        super.init(viewMode: .sourceAccurate)
    }

    private static let comparisons: [String: [String]] = [
        "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
        "==": ["!="], "!=": ["=="], "..<": ["..."], "...": ["..<"],
    ]
    private static let sums: [String: [String]] = [
        "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
        "&+": ["&-"], "&-": ["&+"], "&*": ["&+"], "+=": ["-="], "-=": ["+="], "*=": ["/="],
    ]
    private static let logic: [String: [String]] = ["&&": ["||"], "||": ["&&"]]
    private static let opposites: [String: String] = [
        "up": "down", "down": "up", "buy": "sell", "sell": "buy", "bid": "ask", "ask": "bid",
        "maker": "taker", "taker": "maker", "first": "last", "last": "first",
    ]

    private static let commutative: Set<String> = [
        "min", "max", "FixedPoint.sum", "FixedPoint.scaled", "fullProduct", "wide",
    ]

    func add(
        _ kind: Candidate.Kind,
        _ form: Candidate.Form,
        _ node: some SyntaxProtocol,
        _ mutated: String
    ) {
        let start = node.positionAfterSkippingLeadingTrivia.utf8Offset
        let end = node.endPositionBeforeTrailingTrivia.utf8Offset
        found.append(
            Candidate(
                kind: kind,
                form: form,
                range: start..<end,
                line: lines.location(for: node.positionAfterSkippingLeadingTrivia).line,
                original: node.trimmedDescription,
                mutated: mutated
            )
        )
    }

    private func insert(_ body: CodeBlockItemListSyntax, _ mutated: String) {
        guard let first = body.first else { return }
        let start = first.positionAfterSkippingLeadingTrivia
        found.append(
            Candidate(
                kind: .early,
                form: .insertion,
                range: start.utf8Offset..<start.utf8Offset,
                line: lines.location(for: start).line,
                original: "",
                mutated: mutated
            )
        )
    }

    // Words, patterns, raw values and attributes are not behaviour, or not expressions.
    override func visit(_ node: StringLiteralExprSyntax) -> SyntaxVisitorContinueKind {
        .skipChildren
    }
    override func visit(_ node: EnumCaseDeclSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
    override func visit(_ node: AttributeSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
    override func visit(_ node: ExpressionPatternSyntax) -> SyntaxVisitorContinueKind {
        .skipChildren
    }
    override func visit(_ node: IfConfigDeclSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
    override func visit(_ node: MacroExpansionExprSyntax) -> SyntaxVisitorContinueKind {
        .skipChildren
    }

    override func visit(_ node: InfixOperatorExprSyntax) -> SyntaxVisitorContinueKind {
        guard let sign = node.operator.as(BinaryOperatorExprSyntax.self)?.operator.text else {
            return .visitChildren
        }
        let left = node.leftOperand.trimmedDescription
        let right = node.rightOperand.trimmedDescription
        if sign.hasPrefix("+"),
            types.isJoined(node.leftOperand) || types.isJoined(node.rightOperand)
        {
            return .visitChildren
        }
        for (kind, table) in [
            (Candidate.Kind.comparison, Self.comparisons), (.arithmetic, Self.sums),
            (.logic, Self.logic),
        ] {
            for other in table[sign] ?? [] {
                let form: Candidate.Form =
                    sign.count > 1 && sign.hasSuffix("=")
                        && kind == .arithmetic ? .statement : .expression
                add(kind, form, node, "\(left) \(other) \(right)")
            }
        }
        return .visitChildren
    }

    override func visit(_ node: TryExprSyntax) -> SyntaxVisitorContinueKind {
        if node.questionOrExclamationMark == nil {
            add(.throwing, .expression, node.expression, "_vt()")
        }
        return .visitChildren
    }

    override func visit(_ node: PrefixOperatorExprSyntax) -> SyntaxVisitorContinueKind {
        if node.operator.text == "!" {
            add(.logic, .expression, node, node.expression.trimmedDescription)
        } else if node.operator.text == "-" && !node.expression.is(IntegerLiteralExprSyntax.self) {
            add(.arithmetic, .expression, node, node.expression.trimmedDescription)
        }
        return .visitChildren
    }

    override func visit(_ node: ConditionElementSyntax) -> SyntaxVisitorContinueKind {
        guard case .expression(let condition) = node.condition else { return .visitChildren }
        add(.condition, .expression, condition, "false")
        if node.parent?.parent?.is(WhileStmtSyntax.self) != true {
            add(.condition, .expression, condition, "true")
        }
        return .visitChildren
    }

    override func visit(_ node: IntegerLiteralExprSyntax) -> SyntaxVisitorContinueKind {
        let digits = node.literal.text.filter { $0 != "_" }
        guard let value = Int(digits), value < Int.max else { return .skipChildren }
        add(.literal, .expression, node, "\(value + 1)")
        return .skipChildren
    }

    override func visit(_ node: BooleanLiteralExprSyntax) -> SyntaxVisitorContinueKind {
        add(.literal, .expression, node, node.literal.text == "true" ? "false" : "true")
        return .skipChildren
    }

    override func visit(_ node: MemberAccessExprSyntax) -> SyntaxVisitorContinueKind {
        guard let other = Self.opposites[node.declName.baseName.text],
            node.parent?.is(FunctionCallExprSyntax.self) != true
        else { return .visitChildren }
        let base = node.base?.trimmedDescription ?? ""
        add(.rounding, .expression, node, "\(base).\(other)")
        return .visitChildren
    }

    override func visit(_ node: FunctionCallExprSyntax) -> SyntaxVisitorContinueKind {
        let called = node.calledExpression.trimmedDescription
        if called == "min" || called == "max" {
            let text = node.trimmedDescription.dropFirst(3)
            add(.rounding, .expression, node, (called == "min" ? "max" : "min") + text)
        }
        swapArguments(of: node)
        return .visitChildren
    }

    /// Swaps neighbours that are names of one type.
    private func swapArguments(of node: FunctionCallExprSyntax) {
        let arguments = Array(node.arguments)
        guard arguments.count > 1, node.trailingClosure == nil else { return }
        let called = node.calledExpression.trimmedDescription
        for index in 1..<arguments.count {
            // Which of two factors comes first makes no difference.
            if index == 1, Self.commutative.contains(called) { continue }
            let (left, right) = (arguments[index - 1].expression, arguments[index].expression)
            guard types.areAlike(left, right), left.trimmedDescription != right.trimmedDescription
            else { continue }
            let texts = arguments.enumerated().map { position, argument in
                let label = argument.label.map { "\($0.text): " } ?? ""
                let value =
                    position == index - 1
                    ? right
                    : position == index ? left : argument.expression
                return label + value.trimmedDescription
            }
            add(
                .swappedArguments,
                .expression,
                node,
                "\(called)(\(texts.joined(separator: ", ")))"
            )
        }
    }

    override func visit(_ node: CodeBlockItemSyntax) -> SyntaxVisitorContinueKind {
        if isRemovable(node) { add(.removal, .statement, node, "") }
        return .visitChildren
    }

    /// Calls and assignments that stand as statements.
    ///
    /// Checks of our own invariants stay, and so do the assignments of an initialiser: without them
    /// nothing compiles.
    private func isRemovable(_ node: CodeBlockItemSyntax) -> Bool {
        guard case .expr(var expression) = node.item,
            let list = node.parent?.as(CodeBlockItemListSyntax.self)
        else { return false }
        if let attempt = expression.as(TryExprSyntax.self) { expression = attempt.expression }
        if let waiting = expression.as(AwaitExprSyntax.self) { expression = waiting.expression }
        if let unsafe = expression.as(UnsafeExprSyntax.self) { expression = unsafe.expression }
        let isAssignment =
            expression.as(InfixOperatorExprSyntax.self).map {
                $0.operator.is(AssignmentExprSyntax.self)
                    || $0.operator.trimmedDescription.hasSuffix("=")
                        && !["==", "!=", "<=", ">="].contains($0.operator.trimmedDescription)
            } ?? false
        guard isAssignment || expression.is(FunctionCallExprSyntax.self) else { return false }
        let text = expression.trimmedDescription
        if ["precondition", "assert", "fatalError", "self.init", "super.init"].contains(
            where: text.hasPrefix
        ) {
            return false
        }
        if isAssignment && isInInitializer(node) { return false }
        return list.count > 1 || isAssignment || returnsNothing(list)
    }

    private func isInInitializer(_ node: some SyntaxProtocol) -> Bool {
        var parent = node.parent
        while let current = parent, !current.is(FunctionDeclSyntax.self) {
            if current.is(InitializerDeclSyntax.self) { return true }
            parent = current.parent
        }
        return false
    }

    /// Whether a single call is a statement for sure, not the value of its block.
    private func returnsNothing(_ list: CodeBlockItemListSyntax) -> Bool {
        guard let block = list.parent?.as(CodeBlockSyntax.self) else { return false }
        guard let function = block.parent?.as(FunctionDeclSyntax.self) else {
            return block.parent?.is(IfExprSyntax.self) == true
                || block.parent?.is(ForStmtSyntax.self) == true
                || block.parent?.is(DoStmtSyntax.self) == true
        }
        return function.signature.returnClause == nil
    }

    override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
        if let body = node.body {
            returnEarly(body.statements, node.signature.returnClause?.type)
        }
        return .visitChildren
    }

    override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
        if case .getter(let statements) = node.accessorBlock?.accessors {
            returnEarly(statements, node.typeAnnotation?.type)
        }
        return .visitChildren
    }

    private func returnEarly(_ body: CodeBlockItemListSyntax, _ type: TypeSyntax?) {
        let values = type.map { Self.emptyValues($0) } ?? [""]
        for value in values {
            if type != nil, body.count == 1, case .expr(let only) = body.first?.item {
                guard !only.is(IfExprSyntax.self), !only.is(SwitchExprSyntax.self) else { return }
                add(.early, .expression, only, value)
            } else if type != nil || body.count > 1 {
                insert(body, value.isEmpty ? "return" : "return \(value)")
            }
        }
    }

    private static func emptyValues(_ type: TypeSyntax) -> [String] {
        if type.is(OptionalTypeSyntax.self) { return ["nil"] }
        if type.is(ArrayTypeSyntax.self) { return ["[]"] }
        if type.is(DictionaryTypeSyntax.self) { return ["[:]"] }
        return type.trimmedDescription == "Bool" ? ["true", "false"] : []
    }

    override func visit(_ node: SwitchCaseListSyntax) -> SyntaxVisitorContinueKind {
        let cases = node.compactMap { $0.as(SwitchCaseSyntax.self) }
        for (one, next) in zip(cases, cases.dropFirst()) {
            guard [one, next].allSatisfy({ !$0.label.description.contains("let ") }),
                one.statements.trimmedDescription != next.statements.trimmedDescription
            else { continue }
            add(.swappedCase, .statement, one.statements, next.statements.trimmedDescription)
        }
        return .visitChildren
    }
}
