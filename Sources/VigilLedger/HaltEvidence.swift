internal import GRDB
package import VigilCore
package import VigilModel

/// What the ledger's rows say of one halt.
package struct HaltEvidence: Sendable {
    /// A row of the halts.
    package struct Row: Sendable, Equatable {
        /// Its number.
        package let id: Int64
        /// The case, with its numbers.
        package let detail: String
        /// When it began.
        package let raisedAt: Instant
        /// When it ended; nil while it lasts.
        package let clearedAt: Instant?
        /// Why it ended.
        package let because: String?
    }

    /// An intent, as far as the evidence needs it.
    package struct Meant: Sendable {
        /// When it was decided.
        package let at: Instant
        /// The product.
        package let product: ProductID
        /// True for an entry.
        package let isEntry: Bool
    }

    /// The halt's rows, oldest first.
    package let rows: [Row]
    /// All intents, oldest first.
    package let intents: [Meant]
    /// When each run began, oldest first.
    package let runs: [Instant]
    /// When each cycle that has ended began, oldest first.
    package let cycles: [Instant]
    /// Alerts about the halt: when, and how grave.
    package let alerts: [(at: Instant, severity: String)]

    /// Reads the rows of a ledger that is not written at the time.
    ///
    /// - Throws: SQLite's error, where there is no ledger or it cannot be read.
    package init(path: String, halt: Halt) throws {
        (rows, intents, runs, cycles, alerts) = try ReadableLedger.read(path) { database in
            (
                try Self.rows(of: halt, database), try Self.intents(database),
                try Int64.fetchAll(database, sql: "SELECT started_at FROM runs ORDER BY rowid")
                    .map { Instant(nanoseconds: $0) },
                try Int64.fetchAll(database, sql: "SELECT at FROM cycles ORDER BY at")
                    .map { Instant(nanoseconds: $0) },
                try GRDB.Row.fetchAll(
                    database,
                    sql: """
                        SELECT delivered_at, severity FROM alerts
                          WHERE kind = 'halt' AND detail LIKE ? || ':%' ORDER BY id
                        """,
                    arguments: [halt.description]
                ).map { (Instant(nanoseconds: $0[0]), $0[1]) }
            )
        }
    }

    private static func rows(of halt: Halt, _ database: Database) throws -> [Row] {
        try GRDB.Row.fetchAll(
            database,
            sql: """
                SELECT id, detail, raised_at, cleared_at, cleared_because FROM halts
                  WHERE reason = ? AND product IS ? ORDER BY id
                """,
            arguments: [halt.reason.rawValue, halt.product?.description]
        ).map { row in
            let cleared: Int64? = row[3]
            return Row(
                id: row[0],
                detail: row[1],
                raisedAt: Instant(nanoseconds: row[2]),
                clearedAt: cleared.map { Instant(nanoseconds: $0) },
                because: row[4]
            )
        }
    }

    private static func intents(_ database: Database) throws -> [Meant] {
        try GRDB.Row.fetchAll(
            database,
            sql: "SELECT created_at, product, exit_reason IS NULL FROM intents ORDER BY created_at"
        ).compactMap { row in
            guard let product = ProductID(row[1] as String) else { return nil }
            return Meant(
                at: Instant(nanoseconds: row[0]),
                product: product,
                isEntry: row[2]
            )
        }
    }
}
