internal import Foundation
internal import GRDB
package import VigilModel

/// The configuration that the last run began with, read beside a running engine.
package struct LastConfiguration: Sendable {
    /// The run.
    package let run: RunID
    /// When it began.
    package let startedAt: Instant
    /// Its effective configuration as JSON.
    package let effective: String
    /// The mode of the run; nil where it is one that this build does not know.
    package let mode: TradingMode?
    /// The text of its files by name; empty where an older Vigil did not keep it.
    package let sources: [String: String]
    /// True where the ledger has something to protect: a position, or an order that is not ended.
    package let hasPositions: Bool

    /// Reads it from a ledger; nil where no run has kept one.
    ///
    /// - Throws: SQLite's error where the file is no ledger or cannot be read.
    package static func read(ledger path: String) throws -> LastConfiguration? {
        var options = GRDB.Configuration()
        options.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: options)
        return try queue.read { database in
            guard try database.tableExists("configurations") else { return nil }
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT run_id, started_at, effective, mode, sources FROM runs
                      JOIN configurations ON digest = runs.configuration
                      ORDER BY runs.rowid DESC LIMIT 1
                    """
            )
            guard let row else { return nil }
            let sources: String? = row[4]
            return LastConfiguration(
                run: RunID(row[0]),
                startedAt: Instant(nanoseconds: row[1]),
                effective: row[2],
                mode: TradingMode(rawValue: row[3]),
                sources: try sources.map {
                    try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
                } ?? [:],
                hasPositions: try !Protected.products(database).isEmpty
            )
        }
    }
}
