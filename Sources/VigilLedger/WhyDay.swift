internal import VigilCore
internal import VigilModel

extension WhyAnswer {
    /// What the last day of decisions came to for one product.
    package struct DayTold: Sendable, Codable, Equatable {
        /// The first cycle's time.
        package var from = ""
        /// The last cycle's time.
        package var to = ""
        /// How many cycles there were.
        package var cycles = 0
        /// In how many of them it might have been entered.
        package var eligible = 0
        /// In how many it might not, by reason.
        package var excluded: [String: Int] = [:]
        /// In how many entries were halted for it or altogether, by reason.
        package var halted: [String: Int] = [:]
        /// How often each kind of trigger was seen.
        package var triggers: [String: Int] = [:]
        /// When the last trigger was; nil where there was none.
        package var lastTrigger: String?
        /// How many proposals Risk refused, by check.
        package var denials: [String: Int] = [:]
        /// How many it approved.
        package var approved = 0

        /// True where the product was looked at in any cycle.
        var isKnown: Bool {
            eligible > 0 || !excluded.isEmpty || !triggers.isEmpty || approved > 0
                || !denials.isEmpty
        }

        /// Adds an older decision.
        mutating func add(_ record: DecisionRecord, of product: ProductID) {
            cycles += 1
            from = record.at.description
            if to.isEmpty { to = from }
            if record.eligible.contains(product) { eligible += 1 }
            if let reason = record.excluded[product.description] {
                excluded[reason.rawValue, default: 0] += 1
            }
            for reason in Set(
                record.halts.filter { ($0.product ?? product) == product }.map(\.reason)
            ) {
                halted[reason.rawValue, default: 0] += 1
            }
            for trigger in record.triggers where trigger.product == product {
                triggers[trigger.kind.rawValue, default: 0] += 1
                lastTrigger = lastTrigger ?? from
            }
            for verdict in record.verdicts where verdict.product == product {
                approved += verdict.approvedNotional == nil ? 0 : 1
                if let denial = verdict.denial { denials[denial.code.rawValue, default: 0] += 1 }
            }
        }
    }
}

extension Why {
    /// The day up to the newest decision; nil where none was ever made.
    ///
    /// - Throws: where a file cannot be read.
    func lastDay(of product: ProductID) throws -> WhyAnswer.DayTold? {
        let kind = ["\"kind\":\"decision\""]
        let newest = try AuditReader.decisions(directory: audit, limit: 1, words: kind) { _, _ in
            true
        }
        guard let last = newest.first?.record.at else { return nil }
        var day = WhyAnswer.DayTold()
        for found in try AuditReader.decisions(
            directory: audit,
            limit: .max,
            words: kind,
            since: last - .seconds(86_400),
            where: { _, _ in true }
        ) {
            day.add(found.record, of: product)
        }
        return day
    }
}
