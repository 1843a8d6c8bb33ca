internal import Foundation
internal import GRDB
package import VigilCore
package import VigilModel

/// What a ledger's books were worth last, read beside a running engine or before one.
package struct LastBooks: Sendable {
    /// What is held, in the order of the products.
    package let positions: [Position]
    /// The net value of the last cycle that has one; nil where none was ever taken.
    package let nlv: Money?
    /// When that was.
    package let at: Instant?
    /// Orders that buy and are not ended, as far as the ledger knows.
    package let entries: [ClientOrderID]

    /// Reads them; nil where there is no ledger yet, or one of an older version, or it cannot be read now.
    package static func read(ledger path: String) -> LastBooks? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var options = GRDB.Configuration()
        options.readonly = true
        do {
            return try DatabaseQueue(path: path, configuration: options).read { database in
                let held = try LedgerCheckpoint.replay(database).0.books.positions
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT nlv, at FROM cycles WHERE nlv IS NOT NULL AND run_id IN
                            (SELECT run_id FROM runs ORDER BY rowid DESC LIMIT 20)
                          ORDER BY at DESC LIMIT 1
                        """
                )
                return LastBooks(
                    positions: held.values.sorted { $0.product < $1.product },
                    nlv: try row.map { try Money($0[0] as String, .usd) },
                    at: row.map { Instant(nanoseconds: $0[1]) },
                    entries: try String.fetchAll(
                        database,
                        sql: """
                            SELECT client_order_id FROM orders JOIN intents USING (client_order_id)
                              WHERE side = 'buy' AND state IN
                                ('submitting', 'open', 'partially_filled', 'unknown')
                            """
                    ).map { ClientOrderID($0) }
                )
            }
        } catch {
            // It is shown where it is known, and nothing follows from it.
            return nil
        }
    }
}
