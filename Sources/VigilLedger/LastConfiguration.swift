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
                    SELECT run_id, started_at, effective FROM runs
                      JOIN configurations ON digest = runs.configuration
                      ORDER BY runs.rowid DESC LIMIT 1
                    """
            )
            return row.map {
                LastConfiguration(
                    run: RunID($0[0]),
                    startedAt: Instant(nanoseconds: $0[1]),
                    effective: $0[2]
                )
            }
        }
    }
}
