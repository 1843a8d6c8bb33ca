internal import Foundation
internal import GRDB
internal import VigilCore
internal import VigilModel

/// One transaction's worth of records, with the answers and audit lines it gives rise to.
struct LedgerBatch {
    let run: LedgerStore.RunContext
    let now: Instant
    let database: Database
    private(set) var answers: [LedgerAnswer] = []
    private(set) var lines: [AuditWriter.Entry] = []

    init(run: LedgerStore.RunContext, now: Instant, database: Database) {
        self.run = run
        self.now = now
        self.database = database
    }

    mutating func write(_ record: LedgerRecord) throws {
        switch record {
        case .intents(let intents):
            for intent in intents {
                try write(intent)
            }
            answers.append(.intentsRecorded(intents.map(\.request.clientOrderID)))
        case .transition(let transition, let venueOrderID): try write(transition, venueOrderID)
        case .fill(let fill): try write(fill)
        case .quarantinedFill(let doubted): try quarantine(doubted)
        case .lookUp(let lookUp): try write(lookUp)
        case .exitEnded(let product): answers.append(.exitEnded(product))
        case .flow(let amount, let reason): try write(amount, reason)
        case .externals(let amounts):
            for amount in amounts {
                try execute(
                    "INSERT OR REPLACE INTO externals VALUES (?, ?, ?)",
                    [amount.currency.description, amount.amount, now.nanoseconds]
                )
            }
        case .decision(let record, let latencies): try write(record, latencies)
        case .halt(let halt): try raise(halt)
        case .haltCleared(let halt, let because): try clear(halt, because)
        case .alert(let alert): try write(alert)
        case .references(let references):
            let json = String(decoding: try AuditLine.encoder.encode(references), as: UTF8.self)
            try execute("INSERT OR REPLACE INTO meta VALUES ('references', ?)", [json])
        }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func write(_ intent: Intent) throws {
        let request = intent.request
        let terms = String(decoding: try AuditLine.encoder.encode(request.terms), as: UTF8.self)
        var exit: ExitReason?
        var plan: ExitPlan?
        switch intent.purpose {
        case .entry(let exits): plan = exits
        case .exit(let reason): exit = reason
        }
        try execute(
            "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                request.clientOrderID.text, run.id.text, intent.cycle,
                request.product.description, request.side.rawValue, terms, exit?.rawValue,
                plan?.stopLoss.description, plan?.takeProfit.description,
                plan?.holdMax.nanoseconds, intent.parent?.text, intent.createdAt.nanoseconds,
                intent.strategy,
            ]
        )
        try execute(
            "INSERT INTO orders VALUES (?, NULL, ?, ?)",
            [
                request.clientOrderID.text, OrderState.intended.rawValue,
                intent.createdAt.nanoseconds,
            ]
        )
    }

    private func write(_ transition: Transition, _ venueOrderID: VenueOrderID?) throws {
        try execute(
            """
            UPDATE orders SET state = ?, updated_at = ?,
              venue_order_id = COALESCE(?, venue_order_id) WHERE client_order_id = ?
            """,
            [
                transition.to.rawValue, transition.at.nanoseconds, venueOrderID?.text,
                transition.id.text,
            ]
        )
        try execute(
            """
            INSERT INTO transitions (client_order_id, from_state, to_state, fact, at, evidence)
              VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                transition.id.text, transition.from.rawValue, transition.to.rawValue,
                transition.fact.rawValue, transition.at.nanoseconds, transition.evidence,
            ]
        )
    }

    private func write(_ lookUp: LookUp) throws {
        for id in lookUp.asked {
            let status = lookUp.found.map { $0[id]?.status.rawValue ?? "absent" }
            try execute(
                "INSERT INTO look_ups VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    run.id.text, lookUp.number, id.text, lookUp.at.nanoseconds,
                    lookUp.since.nanoseconds, status ?? "unreadable", lookUp.detail,
                ]
            )
        }
    }

    private mutating func write(_ fill: Fill) throws {
        try execute(
            "INSERT OR IGNORE INTO fills VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                fill.entryID.text, fill.tradeID.text, fill.clientOrderID.text,
                fill.product.description, fill.side.rawValue, fill.price.description,
                fill.quantity.description,
                fill.fee.description,
                fill.role.rawValue,
                fill.kind.rawValue, fill.occurredAt.nanoseconds, now.nanoseconds,
            ]
        )
        // A row that is there already changes nothing: the portfolio hears of a fill once.
        guard database.changesCount > 0 else { return }
        let origin = try LedgerReader.origin(of: fill.clientOrderID, database)
        answers.append(.fillRecorded(fill, origin))
        lines.append(.init(kind: .fill, at: now, fill: fill))
    }

    private mutating func quarantine(_ doubted: QuarantinedFill) throws {
        let fill = doubted.fill
        let row = String(decoding: try AuditLine.encoder.encode(fill), as: UTF8.self)
        try execute(
            "INSERT OR IGNORE INTO quarantined_fills VALUES (?, ?, ?, ?, ?, ?)",
            [
                fill.entryID.text, fill.clientOrderID.text, doubted.product.description, row,
                doubted.why, now.nanoseconds,
            ]
        )
        // What is told again, as after a restart, was looked at by a person, or still halts.
        guard database.changesCount > 0 else { return }
        // In one commit: a row that is kept without its halt would never be told again.
        try raise(ActiveHalt(doubted.halt, detail: doubted.text, raisedAt: now))
        answers.append(.fillQuarantined(doubted))
    }

    private mutating func write(_ amount: Money, _ reason: String) throws {
        try execute(
            "INSERT INTO flows (currency, amount, reason, at) VALUES (?, ?, ?, ?)",
            [amount.currency.description, amount.amount, reason, now.nanoseconds]
        )
        answers.append(.flowRecorded(amount))
        lines.append(
            .init(kind: .flow, at: now, note: ["amount": amount.description, "reason": reason])
        )
    }

    private mutating func write(
        _ record: DecisionRecord,
        _ latencies: [(stage: Stage, nanoseconds: Int64)]
    ) throws {
        try execute(
            """
            INSERT INTO cycles (run_id, cycle, at, outcome, reason, latency_ns, nlv, exposure, drawdown)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                run.id.text, record.cycle, record.at.nanoseconds, record.outcome, record.reason,
                latencies.reduce(0) { $0 + $1.nanoseconds }, record.nlv?.amount,
                record.exposure?.amount, record.drawdown?.description,
            ]
        )
        let named = latencies.map { ($0.stage.rawValue, $0.nanoseconds) }
        lines.append(
            .init(
                kind: .decision,
                at: now,
                decision: record,
                latencies: Dictionary(named) { first, _ in first }
            )
        )
    }

    private mutating func raise(_ active: ActiveHalt) throws {
        let (reason, product) = (active.halt.reason.rawValue, active.halt.product?.description)
        // One that goes on has one row, with its newest detail; the audit log keeps each.
        try execute(
            """
            UPDATE halts SET detail = ?
              WHERE reason = ? AND product IS ? AND cleared_at IS NULL
            """,
            [active.detail, reason, product]
        )
        if database.changesCount == 0 {
            try execute(
                "INSERT INTO halts (reason, detail, raised_at, product) VALUES (?, ?, ?, ?)",
                [reason, active.detail, active.raisedAt.nanoseconds, product]
            )
        }
        lines.append(
            .init(
                kind: .halt,
                at: now,
                note: ["reason": active.halt.description, "detail": active.detail]
            )
        )
    }

    private mutating func clear(_ halt: Halt, _ because: String) throws {
        try execute(
            """
            UPDATE halts SET cleared_at = ?, cleared_because = ?
              WHERE reason = ? AND product IS ? AND cleared_at IS NULL
            """,
            [now.nanoseconds, because, halt.reason.rawValue, halt.product?.description]
        )
        lines.append(
            .init(
                kind: .haltCleared,
                at: now,
                note: ["reason": halt.description, "because": because]
            )
        )
    }

    private mutating func write(_ alert: Alert) throws {
        try execute(
            """
            INSERT INTO alerts (kind, severity, detail, count, escalated, raised_at, delivered_at)
              VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                alert.kind.rawValue, alert.severity.name, alert.detail, alert.count,
                alert.escalated, alert.raisedAt.nanoseconds, now.nanoseconds,
            ]
        )
        lines.append(
            .init(
                kind: .alert,
                at: now,
                note: ["kind": alert.kind.rawValue, "detail": alert.detail]
            )
        )
    }
}
