internal import Foundation
internal import GRDB

/// Reads a ledger that may be in use, or was written by an earlier version; nothing of it is changed.
enum ReadableLedger {
    /// Reads what is asked for; of an earlier version's ledger a copy is read that has the tables of today.
    ///
    /// - Throws: SQLite's error where there is no ledger or it cannot be read, and ``LedgerError`` where a newer version
    ///   wrote it.
    static func read<Value>(_ path: String, _ body: (Database) throws -> Value) throws -> Value {
        var options = GRDB.Configuration()
        options.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: options)
        guard try !SchemaVersion.pending(path).isEmpty else { return try queue.read(body) }
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent(
            "vigil-read-\(UUID().uuidString)"
        )
        try files.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // What stays of it lies in the folder for temporary files.
        defer { try? files.removeItem(at: folder) }
        let copy = folder.appendingPathComponent("ledger.sqlite").path
        try queue.unsafeRead { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy]) }
        let today = try DatabaseQueue(path: copy)
        try Schema.migrator.migrate(today)
        return try today.read(body)
    }
}
