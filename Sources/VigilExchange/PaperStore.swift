internal import Foundation
internal import GRDB
package import VigilModel

/// The paper venue's own durable store, apart from Vigil's ledger: two books to compare.
///
/// WAL with synchronous=FULL: what the venue has reported survives a power cut, as at a real one.
package struct PaperStore: Sendable {
    let queue: DatabaseQueue

    /// Opens or creates the store; nil means in memory, for simulations that need no restart.
    ///
    /// - Throws: SQLite's error where the file cannot be opened or is of a newer schema.
    package init(path: String?) throws {
        var configuration = Configuration()
        // A start waits for a backup tool's lock; nothing does while the venue trades, as a kill comes through it.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        if let path {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
            }
        } else {
            queue = try DatabaseQueue(configuration: configuration)
        }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE orders (
                      client_order_id TEXT PRIMARY KEY, is_open INTEGER NOT NULL,
                      json TEXT NOT NULL) WITHOUT ROWID;
                    CREATE INDEX orders_open ON orders (is_open) WHERE is_open = 1;
                    CREATE TABLE fills (
                      sequence INTEGER PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE,
                      json TEXT NOT NULL);
                    CREATE TABLE accounts (
                      currency TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE marks (product TEXT PRIMARY KEY, price TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                    """
            )
        }
        try migrator.migrate(queue)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = 0") }
    }

    /// Writes what an engine has changed, all or nothing.
    ///
    /// - Throws: SQLite's error, such as a full disk; the changes are not stored and must be kept.
    package func save(_ engine: MatchingEngine, _ changes: MatchingEngine.Changes) throws {
        guard !changes.isEmpty else { return }
        let encoder = JSONEncoder()
        try queue.write { database in
            for (id, order) in changes.orders {
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)"
                ).execute(arguments: [
                    id.text, !order.report.status.isFinal, try encoder.text(order),
                ])
            }
            for fill in changes.fills {
                try database.cachedStatement(
                    sql: "INSERT INTO fills (entry_id, json) VALUES (?, ?)"
                ).execute(arguments: [fill.entryID.text, try encoder.text(fill)])
            }
            for (currency, row) in engine.accounts.rows {
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO accounts VALUES (?, ?)"
                ).execute(arguments: [currency.description, try encoder.text(row)])
            }
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO counters VALUES ('sequence', ?)"
            ).execute(arguments: [engine.sequence])
        }
    }

    /// Fills an engine with what the store holds.
    ///
    /// - Throws: SQLite's or the decoder's error; the engine must not be used then.
    package func load(into engine: inout MatchingEngine) throws {
        let decoder = JSONDecoder()
        let state = try queue.read { database in
            (
                orders: try String.fetchAll(
                    database,
                    sql: "SELECT json FROM orders WHERE is_open = 1"
                ),
                accounts: try String.fetchAll(database, sql: "SELECT json FROM accounts"),
                sequence: try Int.fetchOne(
                    database,
                    sql: "SELECT value FROM counters WHERE name = 'sequence'"
                )
            )
        }
        for text in state.orders {
            let order = try decoder.decode(WorkingOrder.self, from: Data(text.utf8))
            engine.open[order.product, default: []].append(order)
        }
        for product in engine.open.keys {
            engine.open[product]?.sort { $0.sequence < $1.sequence }
        }
        for text in state.accounts {
            let row = try decoder.decode(Accounts.Row.self, from: Data(text.utf8))
            engine.accounts.rows[row.available.currency] = row
        }
        engine.sequence = state.sequence ?? 0
        engine.changes = .init()
    }

    /// An order by our id, ended ones included.
    ///
    /// - Throws: SQLite's or the decoder's error.
    package func order(_ id: ClientOrderID) throws -> VenueOrder? {
        let text = try queue.read { database in
            try String.fetchOne(
                database,
                sql: "SELECT json FROM orders WHERE client_order_id = ?",
                arguments: [id.text]
            )
        }
        guard let text else { return nil }
        return try JSONDecoder().decode(WorkingOrder.self, from: Data(text.utf8)).report
    }

    /// All fills from a row on, oldest first, and the number of the next row.
    ///
    /// - Throws: SQLite's or the decoder's error: the list is not complete, and not empty.
    package func fills(from sequence: Int64) throws -> (fills: [Fill], next: Int64) {
        let rows = try queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT sequence, json FROM fills WHERE sequence >= ? ORDER BY sequence",
                arguments: [sequence]
            )
        }
        let decoder = JSONDecoder()
        let fills = try rows.map { row in
            try decoder.decode(Fill.self, from: Data((row["json"] as String).utf8))
        }
        return (fills, rows.last.map { ($0["sequence"] as Int64) + 1 } ?? sequence)
    }

    /// True where somebody has an account in it: a ledger was there.
    ///
    /// - Throws: SQLite's error.
    package func hasAccount() throws -> Bool {
        try queue.read { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM accounts)") ?? false
        }
    }

    /// Remembers the last price of each product, for the market to go on from after a restart.
    ///
    /// - Throws: SQLite's error.
    package func saveMarks(_ marks: [ProductID: Price]) throws {
        try queue.write { database in
            for (product, price) in marks {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO marks VALUES (?, ?)",
                    arguments: [product.description, price.description]
                )
            }
        }
    }

    /// The last prices the store remembers.
    ///
    /// - Throws: SQLite's error.
    package func marks() throws -> [ProductID: Price] {
        var marks: [ProductID: Price] = [:]
        let rows = try queue.read { database in
            try Row.fetchAll(database, sql: "SELECT product, price FROM marks")
        }
        for row in rows {
            guard let product = ProductID(row["product"] as String) else { continue }
            marks[product] = try Price(row["price"] as String, product.quote)
        }
        return marks
    }
}

extension JSONEncoder {
    fileprivate func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}
