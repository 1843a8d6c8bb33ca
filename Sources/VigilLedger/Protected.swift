internal import Foundation
internal import GRDB
internal import VigilCore
package import VigilModel

/// What a ledger has to protect, read beside a running engine or before one.
package enum Protected {
    /// The products of positions, and of orders that are not ended; none where there is no ledger yet.
    ///
    /// Their market must be seen, whatever the universe says by now: their stops live on it.
    ///
    /// - Throws: ``LedgerError`` where the file is no ledger or cannot be read: do not start.
    package static func products(ledger path: String) throws -> Set<ProductID> {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        var options = GRDB.Configuration()
        options.readonly = true
        do {
            return try DatabaseQueue(path: path, configuration: options).read(products)
        } catch {
            throw LedgerError(opening: path, error)
        }
    }

    static func products(_ database: Database) throws -> Set<ProductID> {
        guard try database.tableExists("intents") else { return [] }
        let open = try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT product FROM orders JOIN intents USING (client_order_id) WHERE state IN
                  ('intended', 'submitting', 'open', 'partially_filled', 'unknown')
                """
        )
        let working = Set(open.compactMap { ProductID($0) })
        guard try database.tableExists("checkpoints") else {
            // An older ledger: rather too many than one too few.
            let traded = try String.fetchAll(database, sql: "SELECT DISTINCT product FROM fills")
            return working.union(traded.compactMap { ProductID($0) })
        }
        return working.union(try LedgerCheckpoint.replay(database).0.books.positions.keys)
    }
}
