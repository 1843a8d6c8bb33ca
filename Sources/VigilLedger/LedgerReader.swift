internal import Foundation
internal import GRDB
package import VigilCore
package import VigilModel

/// Reading what was written.
enum LedgerReader {
    static func origin(of id: ClientOrderID, _ database: Database) throws -> FillOrigin {
        let row = try database.cachedStatement(
            sql: """
                SELECT exit_reason, stop_loss, take_profit, hold_max_ns, run_id, cycle, strategy
                  FROM intents WHERE client_order_id = ?
                """
        )
        row.arguments = [id.text]
        guard let found = try Row.fetchOne(row) else {
            throw LedgerError(code: .corrupt, message: "order `\(id)` has no intent")
        }
        return try origin(found, from: 0)
    }

    /// Reads what ``purpose(_:from:)`` reads, and behind it run, cycle and strategy.
    static func origin(_ row: Row, from column: Int) throws -> FillOrigin {
        let cycle: Int? = row[column + 5]
        return FillOrigin(
            try purpose(row, from: column),
            key: cycle.map { EntryKey(run: RunID(row[column + 4]), cycle: $0) },
            strategy: row[column + 6]
        )
    }

    /// Reads exit_reason, stop_loss, take_profit and hold_max_ns from a column on.
    static func purpose(_ row: Row, from column: Int) throws -> OrderPurpose {
        if let text: String = row[column] {
            guard let reason = ExitReason(rawValue: text) else {
                throw corrupt("exit reason", text)
            }
            return .exit(reason)
        }
        return .entry(
            ExitPlan(
                stopLoss: try Rate(row[column + 1] as String),
                takeProfit: try Rate(row[column + 2] as String),
                holdMax: .nanoseconds(row[column + 3] as Int64)
            )
        )
    }

    static func fill(_ row: Row) throws -> Fill {
        let text: String = row[3]
        guard let product = ProductID(text), let side = Side(rawValue: row[4]),
            let role = LiquidityRole(rawValue: row[8]), let kind = FillKind(rawValue: row[9])
        else { throw corrupt("fill", row[0] as String) }
        let fee: String = row[7]
        guard let blank = fee.firstIndex(of: " ") else { throw corrupt("fee", fee) }
        return Fill(
            entryID: EntryID(row[0]),
            tradeID: TradeID(row[1]),
            clientOrderID: ClientOrderID(row[2]),
            product: product,
            side: side,
            price: try Price(row[5] as String, product.quote),
            quantity: try Quantity(row[6] as String),
            fee: try Money(fee[..<blank], product.quote),
            role: role,
            kind: kind,
            occurredAt: Instant(nanoseconds: row[10])
        )
    }

    static func order(_ row: Row) throws -> OrderRecord {
        let product: String = row["product"]
        let state: String = row["state"]
        guard let product = ProductID(product), let side = Side(rawValue: row["side"]),
            let state = OrderState(rawValue: state)
        else { throw corrupt("order", row["client_order_id"] as String) }
        let terms = Data((row["terms"] as String).utf8)
        let request = OrderRequest(
            clientOrderID: ClientOrderID(row["client_order_id"]),
            product: product,
            side: side,
            terms: try JSONDecoder().decode(OrderTerms.self, from: terms)
        )
        let parent: String? = row["parent_id"]
        let intent = Intent(
            request: request,
            purpose: try purpose(row, from: 0),
            parent: parent.map { ClientOrderID($0) },
            cycle: row["cycle"],
            strategy: row["strategy"],
            createdAt: Instant(nanoseconds: row["created_at"])
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        let venue: String? = row["venue_order_id"]
        record.venueOrderID = venue.map { VenueOrderID($0) }
        return record
    }

    /// How many ended orders a start looks back on: more than any list of the venue's repeats.
    static let endedMax = 500

    /// Orders with what has traded of them.
    static func orders(
        _ condition: String,
        _ database: Database,
        _ arguments: StatementArguments = []
    ) throws -> [OrderRecord] {
        var orders = try Row.fetchAll(
            database,
            sql: """
                SELECT exit_reason, stop_loss, take_profit, hold_max_ns, i.*, o.state, o.venue_order_id
                  FROM intents i JOIN orders o ON i.client_order_id = o.client_order_id \(condition)
                """,
            arguments: arguments
        ).map(order)
        for index in orders.indices {
            try addFills(to: &orders[index], database)
        }
        return orders
    }

    /// Adds the fills that the ledger has of an order.
    static func addFills(to record: inout OrderRecord, _ database: Database) throws {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT entry_id, quantity, kind FROM fills WHERE client_order_id = ?",
            arguments: [record.id.text]
        )
        for row in rows where row[2] == FillKind.fill.rawValue {
            // Only compared: a row that should never have been booked keeps no start from ending.
            record.filled = try record.filled.saturated(with: Quantity(row[1] as String))
            record.rows.insert(EntryID(row[0]))
        }
    }

    /// What the account held before us.
    static func externals(_ database: Database) throws -> [Money] {
        try Row.fetchAll(database, sql: "SELECT currency, amount FROM externals").map { row in
            let code: String = row[0]
            guard let currency = Currency(code) else { throw corrupt("currency", code) }
            return try Money(row[1] as String, currency)
        }
    }

    /// The flows behind one of them, with their numbers and times, in the order of their recording.
    static func flows(
        after id: Int64,
        _ database: Database
    ) throws -> [(id: Int64, at: Int64, amount: Money)] {
        try Row.fetchAll(
            database,
            sql: "SELECT id, at, currency, amount FROM flows WHERE id > ? ORDER BY id",
            arguments: [id]
        ).map { row in
            let code: String = row[2]
            guard let currency = Currency(code) else { throw corrupt("currency", code) }
            return (row[0], row[1], try Money(row[3] as String, currency))
        }
    }

    /// The halts that are active.
    static func halts(_ database: Database) throws -> [ActiveHalt] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT reason, product, detail, MIN(raised_at) FROM halts
                  WHERE cleared_at IS NULL GROUP BY reason, product
                """
        ).map { row in
            // What cannot be read cannot be cleared: no trading then.
            guard let reason = HaltReason(rawValue: row[0]) else { throw corrupt("halt", row[0]) }
            let product: String? = row[1]
            return ActiveHalt(
                Halt(reason, product.flatMap { ProductID($0) }),
                detail: row[2],
                raisedAt: Instant(nanoseconds: row[3])
            )
        }.sorted { $0.halt < $1.halt }
    }

    static func corrupt(_ what: String, _ text: String) -> LedgerError {
        LedgerError(code: .corrupt, message: "the ledger holds an unreadable \(what): `\(text)`")
    }
}

extension LedgerStore {
    /// All fills in the order of their recording, with what their orders were for.
    static let fillsQuery = fills("")

    /// Those that fit a condition.
    static func fills(_ condition: String) -> String {
        """
        SELECT entry_id, trade_id, f.client_order_id, f.product, f.side, price, quantity, fee, role,
          kind, occurred_at, exit_reason, stop_loss, take_profit, hold_max_ns, i.run_id, i.cycle,
          i.strategy, COALESCE(recorded_at, occurred_at), f.id FROM fills f JOIN intents i ON i.client_order_id = f.client_order_id \(condition)
          ORDER BY f.id
        """
    }

    /// Everything the engine needs to go on where the ledger ends.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where the contents contradict themselves.
    package func load() throws -> LedgerState {
        var state = LedgerState()
        try queue.read { database in
            let reached = try LedgerCheckpoint.replay(database)
            (state.replay, state.fillCount) = (reached.0, reached.fills)
            (state.owedFills, state.owedFlows) = (reached.owed.fills.rows, reached.owed.flows)
            for amount in try LedgerReader.externals(database) {
                state.externals[amount.currency] = amount
            }
            let hasPast = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM cycles)")
            state.hasNoPast = hasPast != true
            let open = "('intended', 'submitting', 'open', 'partially_filled', 'unknown')"
            state.unfinished = try LedgerReader.orders(
                "WHERE state IN \(open) ORDER BY o.client_order_id",
                database
            )
            state.ended = try LedgerReader.orders(
                "WHERE state NOT IN \(open) ORDER BY i.rowid DESC LIMIT \(LedgerReader.endedMax)",
                database
            ).reversed()
            state.lastFillAt = try Int64.fetchOne(
                database,
                sql: """
                    SELECT MAX(occurred_at) FROM
                      (SELECT occurred_at FROM fills ORDER BY id DESC LIMIT 1000)
                    """
            ).map { Instant(nanoseconds: $0) }
            state.lastRunAt = try Int64.fetchOne(
                database,
                sql: "SELECT MAX(started_at) FROM runs WHERE run_id != ?",
                arguments: [run?.id.text ?? ""]
            ).map { Instant(nanoseconds: $0) }
            state.lastRecordAt = try Int64.fetchOne(
                database,
                sql: """
                    SELECT MAX(at) FROM (
                      SELECT MAX(started_at, COALESCE(ended_at, 0)) AS at FROM runs WHERE run_id != ?1
                      UNION ALL SELECT at FROM (
                        SELECT at FROM cycles WHERE run_id = (
                            SELECT run_id FROM runs WHERE run_id != ?1 ORDER BY rowid DESC LIMIT 1)
                          ORDER BY cycle DESC LIMIT 1))
                    """,
                arguments: [run?.id.text ?? ""]
            ).map { Instant(nanoseconds: $0) }
            state.halts = try LedgerReader.halts(database)
            let references = try String.fetchOne(
                database,
                sql: "SELECT value FROM meta WHERE name = 'references'"
            )
            if let references {
                state.references = try JSONDecoder().decode(
                    PortfolioReferences.self,
                    from: Data(references.utf8)
                )
            }
        }
        state.endedCleanly = endedCleanly
        state.tornAuditLine = audit.torn
        return state
    }

    /// What an order was for.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where the order has no intent.
    package func origin(of id: ClientOrderID) throws -> FillOrigin {
        try queue.read { try LedgerReader.origin(of: id, $0) }
    }

    /// These orders, as far as the ledger knows them, with what has traded of each.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package func orders(_ ids: Set<ClientOrderID>) throws -> [OrderRecord] {
        try queue.read { database in
            try ids.sorted().flatMap { id in
                try LedgerReader.orders(
                    "WHERE i.client_order_id = ?",
                    database,
                    [id.text]
                )
            }
        }
    }

    /// Orders of which rows were kept apart.
    ///
    /// - Throws: SQLite's error.
    package func quarantined() throws -> Set<ClientOrderID> {
        try queue.read { database in
            let ids = try String.fetchSet(
                database,
                sql: "SELECT DISTINCT client_order_id FROM quarantined_fills"
            )
            return Set(ids.map { ClientOrderID($0) })
        }
    }

    /// Those of these orders that the ledger has no row for.
    ///
    /// - Throws: SQLite's error.
    package func unknown(_ ids: Set<ClientOrderID>) throws -> [ClientOrderID] {
        try queue.read { database in
            try ids.sorted().filter { id in
                try
                    !(Bool.fetchOne(
                        database,
                        sql: "SELECT EXISTS (SELECT 1 FROM orders WHERE client_order_id = ?)",
                        arguments: [id.text]
                    ) ?? false)
            }
        }
    }

    /// All fills, oldest first, for reports and comparisons.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where a row cannot be read.
    package func fills() throws -> [Fill] {
        try queue.read { database in
            try Row.fetchAll(database, sql: Self.fillsQuery).map(LedgerReader.fill)
        }
    }
}
