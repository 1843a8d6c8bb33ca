internal import Foundation
internal import GRDB
internal import VigilCore
package import VigilModel

/// What is asked about: a word that an operator can type.
package enum WhyQuestion: Sendable, Equatable {
    /// Everything about the newest decision of a product.
    case product(ProductID)
    /// One cycle, of the newest run that has it where no run is named.
    case cycle(run: String?, Int)
    /// What one cycle decided of one product.
    case proposal(run: String?, Int, ProductID)
    /// An order, with every attempt before and behind it.
    case order(ClientOrderID)

    /// Reads `BTC-USD`, `[RUN/]CYCLE`, `[RUN/]CYCLE/PRODUCT` or an order's id; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("v-") {
            self = .order(ClientOrderID(text))
            return
        }
        var parts = text.split(separator: "/").map(String.init)
        guard let last = parts.last else { return nil }
        let product = ProductID(last)
        if product != nil {
            parts.removeLast()
        }
        guard let word = parts.popLast() else {
            guard let product else { return nil }
            self = .product(product)
            return
        }
        guard let cycle = Int(word) else { return nil }
        let run = parts.popLast()
        guard parts.isEmpty else { return nil }
        self = product.map { .proposal(run: run, cycle, $0) } ?? .cycle(run: run, cycle)
    }
}

/// The whole story of a decision with its numbers; all numbers are decimal strings.
package struct WhyAnswer: Sendable, Codable {
    /// A trigger with its values.
    package struct TriggerTold: Sendable, Codable {
        package let product: String
        package let kind: String
        package let strength: String
        package let confidence: String
        package let changePct: String
        package let volatilityPct: String
    }

    /// A check with its numbers, and what is left of its limit.
    package struct CheckTold: Sendable, Codable {
        package let code: String
        package let outcome: String
        package let unit: String
        package let limit: String
        package let current: String
        package let requested: String
        package let allowed: String
        package let subject: String
    }

    /// A step of sizing.
    package struct StepTold: Sendable, Codable {
        package let step: String
        package let sizeOfNlv: String
    }

    /// A proposal with its way through Risk.
    package struct ProposalTold: Sendable, Codable {
        package let product: String
        package let strategy: String
        package let trigger: String
        package let conviction: String
        package let sizing: [StepTold]
        package let checks: [CheckTold]
        package let approved: String?
        package let reference: String?
        package let denial: String?
    }

    /// A step of an order's life.
    package struct TransitionTold: Sendable, Codable {
        package let at: String
        package let from: String
        package let to: String
        package let fact: String
    }

    /// A fill.
    package struct FillTold: Sendable, Codable {
        package let at: String
        package let price: String
        package let quantity: String
        package let fee: String
        package let role: String
    }

    /// One attempt at an order.
    package struct AttemptTold: Sendable, Codable {
        package let id: String
        package let product: String
        package let side: String
        package let terms: String
        package let purpose: String
        package let state: String
        package let createdAt: String
        package let transitions: [TransitionTold]
        package let fills: [FillTold]
    }

    package var run = ""
    package var cycle = 0
    package var at = ""
    package var outcome = ""
    package var reason: String?
    package var regime = ""
    package var nlv: String?
    package var eligible: [String] = []
    package var excluded: [String: String] = [:]
    package var reductions: [String] = []
    package var halts: [String] = []
    package var triggers: [TriggerTold] = []
    package var proposals: [ProposalTold] = []
    package var orders: [AttemptTold] = []
    /// What the last day came to, where a product was asked about.
    package var day: DayTold?
}

/// Answers why, from the audit log and the ledger of an engine that may be running.
package struct Why {
    private let ledger: String
    let audit: String

    /// Names the files.
    package init(ledger: String, audit: String) {
        self.ledger = ledger
        self.audit = audit
    }

    /// The answer; nil where nothing of the kind was ever decided.
    ///
    /// - Throws: where a file cannot be read.
    package func answer(_ question: WhyQuestion) throws -> WhyAnswer? {
        switch question {
        case .product(let product):
            let name = product.description
            let words = ["\"product\":\"\(name)\"", "\"\(name)\":"]
            let answer = try told(about: product, words: words) { _, record in
                record.verdicts.contains { $0.product == product }
                    || record.triggers.contains { $0.product == product }
                    || record.excluded[name] != nil
            }
            let day = try lastDay(of: product)
            guard var told = answer ?? (day?.isKnown == true ? WhyAnswer() : nil) else {
                return nil
            }
            told.day = day
            return told
        case .cycle(let run, let cycle):
            return try told(words: Self.words(of: cycle)) {
                $1.cycle == cycle && (run == nil || run == $0.text)
            }
        case .proposal(let run, let cycle, let product):
            return try told(about: product, words: Self.words(of: cycle)) { id, record in
                record.cycle == cycle && (run == nil || run == id.text)
            }
        case .order(let id): return try told(order: id)
        }
    }

    /// How a cycle stands in its line.
    private static func words(of cycle: Int) -> [String] { ["\"cycle\":\(cycle)"] }

    private func told(
        about product: ProductID? = nil,
        words: [String],
        where fits: (RunID, DecisionRecord) -> Bool
    ) throws -> WhyAnswer? {
        let found = try AuditReader.decisions(
            directory: audit,
            limit: 1,
            words: words,
            where: fits
        ).first
        guard let found else { return nil }
        var answer = WhyAnswer(found.run, found.record, about: product)
        answer.orders = try read { database in
            let ids = try String.fetchAll(
                database,
                sql: """
                    SELECT client_order_id FROM intents WHERE run_id = ? AND cycle = ?
                      AND (? IS NULL OR product = ?) ORDER BY created_at, client_order_id
                    """,
                arguments: [
                    found.run.text, found.record.cycle, product?.description,
                    product?.description,
                ]
            )
            return try ids.compactMap { try WhyAnswer.AttemptTold($0, database) }
        }
        return answer
    }

    private func told(order id: ClientOrderID) throws -> WhyAnswer? {
        let (attempts, run, cycle) = try read { database in
            let chain = try String.fetchAll(
                database,
                sql: """
                    WITH RECURSIVE
                      up(id) AS (SELECT ? UNION SELECT parent_id FROM intents JOIN up
                        ON client_order_id = id WHERE parent_id IS NOT NULL),
                      down(id) AS (SELECT id FROM up UNION SELECT client_order_id FROM intents
                        JOIN down ON parent_id = id)
                    SELECT client_order_id FROM intents JOIN down ON client_order_id = id
                      ORDER BY created_at, client_order_id
                    """,
                arguments: [id.text]
            )
            let origin = try Row.fetchOne(
                database,
                sql: "SELECT run_id, cycle FROM intents WHERE client_order_id = ?",
                arguments: [id.text]
            )
            let run: String? = origin?[0]
            let cycle: Int? = origin?[1]
            return (try chain.compactMap { try WhyAnswer.AttemptTold($0, database) }, run, cycle)
        }
        guard let first = attempts.first else { return nil }
        var answer = WhyAnswer()
        // An exit is decided by no cycle: what it was for says why.
        if let run, let cycle, let product = ProductID(first.product) {
            answer =
                try told(about: product, words: Self.words(of: cycle)) {
                    $1.cycle == cycle && run == $0.text
                } ?? answer
        }
        answer.orders = attempts
        return answer
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try ReadableLedger.read(ledger, body)
    }
}

extension WhyAnswer {
    /// Tells a decision, whole or as far as one product is concerned.
    init(_ run: RunID, _ record: DecisionRecord, about product: ProductID?) {
        func concerns(_ other: ProductID) -> Bool { product == nil || product == other }
        self.run = run.text
        cycle = record.cycle
        at = record.at.description
        outcome = record.outcome
        reason = record.reason
        regime = record.regime.rawValue
        nlv = record.nlv?.amount
        eligible = record.eligible.filter(concerns).map(\.description)
        excluded = record.excluded.filter { name, _ in ProductID(name).map(concerns) ?? false }
            .mapValues(\.rawValue)
        reductions = record.reductions.filter { text in
            text.split(separator: " ").compactMap { ProductID($0) }.contains(where: concerns)
        }
        halts = record.halts.filter { $0.product.map(concerns) ?? true }.map(\.description)
        triggers = record.triggers.filter { concerns($0.product) }.map { trigger in
            TriggerTold(
                product: trigger.product.description,
                kind: trigger.kind.rawValue,
                strength: trigger.strength.description,
                confidence: trigger.confidence.description,
                changePct: trigger.changePct.description,
                volatilityPct: trigger.volatilityPct.description
            )
        }
        proposals = record.verdicts.filter { concerns($0.product) }.map(ProposalTold.init)
    }
}

extension WhyAnswer.ProposalTold {
    fileprivate init(_ verdict: DecisionRecord.VerdictRow) {
        product = verdict.product.description
        strategy = verdict.strategy
        trigger = verdict.trigger.rawValue
        conviction = verdict.conviction.description
        sizing = verdict.sizing.map {
            WhyAnswer.StepTold(step: $0.name, sizeOfNlv: $0.size.description)
        }
        checks = verdict.checks.map(WhyAnswer.CheckTold.init)
        approved = verdict.approvedNotional?.description
        reference = verdict.reference?.description
        denial = verdict.denial?.code.rawValue
    }
}

extension WhyAnswer.CheckTold {
    init(_ check: RiskCheck) {
        code = check.code.rawValue
        outcome = check.outcome.rawValue
        unit = check.unit.rawValue
        limit = Rate(raw: check.limit).description
        current = Rate(raw: check.current).description
        requested = Rate(raw: check.requested).description
        allowed = Rate(raw: check.allowed).description
        subject = check.subject
    }
}

extension WhyAnswer.AttemptTold {
    fileprivate init?(_ id: String, _ database: Database) throws {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT i.product, i.side, i.terms, i.exit_reason, i.strategy, i.created_at, o.state
                  FROM intents i JOIN orders o USING (client_order_id) WHERE client_order_id = ?
                """,
            arguments: [id]
        )
        guard let row else { return nil }
        self.id = id
        product = row[0]
        side = row[1]
        terms = Self.text(
            try JSONDecoder().decode(OrderTerms.self, from: Data((row[2] as String).utf8))
        )
        let exit: String? = row[3]
        purpose = exit.map { "exit, \($0)" } ?? "entry of \(row[4] as String)"
        createdAt = Instant(nanoseconds: row[5]).description
        state = row[6]
        transitions = try Row.fetchAll(
            database,
            sql: """
                SELECT at, from_state, to_state, fact FROM transitions WHERE client_order_id = ?
                  ORDER BY id
                """,
            arguments: [id]
        ).map { row in
            WhyAnswer.TransitionTold(
                at: Instant(nanoseconds: row[0]).description,
                from: row[1],
                to: row[2],
                fact: row[3]
            )
        }
        fills = try Row.fetchAll(
            database,
            sql: """
                SELECT occurred_at, price, quantity, fee, role FROM fills WHERE client_order_id = ?
                  ORDER BY id
                """,
            arguments: [id]
        ).map { row in
            WhyAnswer.FillTold(
                at: Instant(nanoseconds: row[0]).description,
                price: row[1],
                quantity: row[2],
                fee: row[3],
                role: row[4]
            )
        }
    }

    private static func text(_ terms: OrderTerms) -> String {
        switch terms {
        case .limit(let price, let quantity, let timeInForce, let postOnly):
            "\(quantity) at \(price), \(postOnly ? "post-only" : "\(timeInForce)")"
        case .marketBase, .marketQuote, .stopLimit: "\(terms)"
        }
    }
}
