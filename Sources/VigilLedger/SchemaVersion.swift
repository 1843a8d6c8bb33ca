internal import Foundation
internal import GRDB

/// Tells which version of the tables a ledger has, without writing to it.
enum SchemaVersion {
    /// The migrations that a ledger still needs; none for one that is new, or up to date.
    ///
    /// - Throws: ``LedgerError`` where a newer Vigil wrote it, or a build between two versions: this one must not.
    static func pending(_ path: String) throws -> [String] {
        // What cannot be looked at cannot be opened either, and that is told then.
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        guard (facts?[.size] as? Int ?? 0) > 0 else { return [] }
        var options = GRDB.Configuration()
        options.readonly = true
        options.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: options).read { database in
            let migrator = Schema.migrator
            guard try !migrator.hasBeenSuperseded(database) else {
                throw LedgerError(
                    code: .newerSchema,
                    message: "the ledger `\(path)` was written by a newer Vigil; "
                        + "start that version, or restore a backup made by this one"
                )
            }
            let applied = try migrator.appliedIdentifiers(database)
            let ordered = migrator.migrations.filter(applied.contains)
            guard let last = ordered.last else {
                let isEmpty =
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
                guard isEmpty else { throw strange(path, "it has tables and no version") }
                return []
            }
            // What its owner added, such as an index of their own, harms nothing.
            let found = try tables(database)
            for (name, sql) in try fresh(upTo: last) where found[name] != sql {
                throw strange(path, "its `\(name)` is not that of version `\(last)`")
            }
            return migrator.migrations.filter { !applied.contains($0) }
        }
    }

    private static func strange(_ path: String, _ what: String) -> LedgerError {
        LedgerError(
            code: .newerSchema,
            message:
                "the ledger `\(path)` is of no released version: \(what). Nothing was written to it; start the "
                + "build that made it, or restore a backup made by this one"
        )
    }

    private static func fresh(upTo version: String) throws -> [String: String] {
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue, upTo: version)
        return try queue.read(tables)
    }

    /// What was made of each table and index.
    private static func tables(_ database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(
            database,
            sql:
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        )
        return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }) { $1 }
    }
}
