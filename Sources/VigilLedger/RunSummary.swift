internal import GRDB
package import VigilCore
package import VigilModel

/// What a run amounts to, counted in the ledger.
package struct RunSummary: Sendable, Equatable {
    /// Cycles by outcome.
    package var cycles: [String: Int] = [:]
    /// Cycles that led to no order, by reason.
    package var noTradeReasons: [String: Int] = [:]
    /// Orders that were meant.
    package var orders = 0
    /// Positions closed, by why.
    package var exits: [ExitReason: Int] = [:]
    /// Fill rows.
    package var fills = 0
    /// Fill rows of resting orders.
    package var makerFills = 0
    /// Fees in US dollars; those in stable coins at their face.
    package var fees = Money.zero(.usd)
    /// Alerts delivered.
    package var alerts = 0
    /// The longest and the mean cycle, in nanoseconds of real time.
    package var worstCycle: Int64 = 0
    /// The mean cycle.
    package var meanCycle: Int64 = 0
}

extension LedgerStore {
    /// Counts a run.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package func summary(of run: RunID) throws -> RunSummary {
        try queue.read { database in
            var summary = RunSummary()
            let cycles = try Row.fetchAll(
                database,
                sql: """
                    SELECT outcome, reason, COUNT(*) AS n, MAX(latency_ns) AS worst,
                      SUM(latency_ns) AS total FROM cycles WHERE run_id = ?
                      GROUP BY outcome, reason ORDER BY outcome, reason
                    """,
                arguments: [run.text]
            )
            var total: Int64 = 0
            for row in cycles {
                let count: Int = row["n"]
                summary.cycles[row["outcome"], default: 0] += count
                if let reason: String = row["reason"] {
                    summary.noTradeReasons[reason, default: 0] += count
                }
                summary.worstCycle = max(summary.worstCycle, row["worst"])
                total += row["total"] as Int64
            }
            let ended = summary.cycles.values.reduce(0, +)
            summary.meanCycle = ended > 0 ? total / Int64(ended) : 0
            summary.orders = try count(
                database,
                "SELECT COUNT(*) FROM intents WHERE run_id = ?",
                run
            )
            summary.alerts = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM alerts") ?? 0
            try addFills(&summary, database, run)
            return summary
        }
    }

    private func count(_ database: Database, _ sql: String, _ run: RunID) throws -> Int {
        try Int.fetchOne(database, sql: sql, arguments: [run.text]) ?? 0
    }

    private func less(_ before: Quantity, _ quantity: Quantity) throws -> Quantity {
        quantity < before ? try before - quantity : .zero
    }

    private func addFills(
        _ summary: inout RunSummary,
        _ database: Database,
        _ run: RunID
    ) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT f.role, f.fee, f.product, f.kind, f.quantity, i.exit_reason FROM fills f
                  JOIN intents i ON i.client_order_id = f.client_order_id
                  WHERE i.run_id = ? ORDER BY f.id
                """,
            arguments: [run.text]
        )
        var held: [String: Quantity] = [:]
        while let row = try rows.next() {
            summary.fills += 1
            summary.makerFills += (row["role"] as String) == LiquidityRole.maker.rawValue ? 1 : 0
            let isReversal = (row["kind"] as String) == FillKind.reversal.rawValue
            let fee = try Money((row["fee"] as String).prefix { $0 != " " }, .usd)
            try summary.fees += isReversal ? fee.negated : fee
            let product: String = row["product"]
            let quantity = try Quantity(row["quantity"] as String)
            let before = held[product] ?? .zero
            guard let text: String = row["exit_reason"], let reason = ExitReason(rawValue: text)
            else {
                held[product] = isReversal ? try less(before, quantity) : try before + quantity
                continue
            }
            if isReversal {
                held[product] = try before + quantity
                // What had closed the position did not.
                if before.isZero { summary.exits[reason, default: 1] -= 1 }
                continue
            }
            // A position that an earlier run opened is closed by a sale beyond what this one bought.
            let rest = try less(before, quantity)
            held[product] = rest
            if rest.isZero {
                summary.exits[reason, default: 0] += 1
            }
        }
    }
}
