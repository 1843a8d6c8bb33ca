internal import Foundation
internal import GRDB
package import VigilModel

/// Copies of a ledger, and the way back from one.
package enum LedgerMaintenance {
    private static let prefix = "ledger-"
    private static let suffix = ".sqlite"

    /// Copies a ledger that may be in use, whole as of one moment, into a folder; the name tells when.
    ///
    /// The copy is complete and on the disk before it gets its name.
    ///
    /// - Throws: SQLite's error, or the file system's: there is no new copy then.
    package static func backup(path: String, into folder: String, at now: Instant) throws -> String
    {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let copy = folder + "/" + name(now)
        let draft = copy + ".part"
        try? files.removeItem(atPath: draft)
        do {
            try read(path) { database in
                try database.execute(sql: "VACUUM INTO ?", arguments: [draft])
            }
            try AuditFile.sync(draft)
        } catch {
            // Half a copy is of no use, and its room may be what the ledger lacks.
            try? files.removeItem(atPath: draft)
            throw error
        }
        // Two copies within a second have one name: the newer one is the one to keep.
        try? files.removeItem(atPath: copy)
        try files.moveItem(atPath: draft, toPath: copy)
        try AuditFile.sync(folder)
        return copy
    }

    /// So many copies stay whatever their dates: a clock that is wrong must not cost them.
    static let copiesMin = 3

    /// Removes copies that are older than they are to be kept; the newest few always stay.
    ///
    /// A copy that is dated in the future was made by a clock that was wrong, or is read by one: it stays, and is not
    /// the newest of anything. Where the one before the last is itself too old the clock may have jumped, and nothing
    /// goes this time.
    ///
    /// - Throws: the file system's error.
    package static func prune(_ folder: String, keeping days: Int, at now: Instant) throws {
        let oldest = "\(prefix)\(stamp(now - .seconds(86_400 * days)))\(suffix)"
        let past = try backups(in: folder).filter { $0 <= name(now) }
        guard let before = past.dropLast().last, before >= oldest else { return }
        for name in past.dropLast(copiesMin) where name < oldest {
            try FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    /// Removes drafts that a copy left behind which came to nothing, such as on a full disk.
    ///
    /// One that is younger than an hour may be somebody's who copies just now.
    package static func removeDrafts(_ folder: String, at now: Instant) {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
        let young = name(now - .seconds(3_600))...name(now + .seconds(3_600))
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix + ".part") {
            guard !young.contains(String(name.dropLast(5))) else { continue }
            try? files.removeItem(atPath: folder + "/" + name)
        }
    }

    private static func name(_ now: Instant) -> String { "\(prefix)\(stamp(now))\(suffix)" }

    /// The names of the copies in a folder, oldest first; none where there is no folder.
    package static func backups(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.sorted()
    }

    /// When the newest copy in a folder was made, of those that are not dated in the future; nil where there is none.
    package static func lastBackup(in folder: String, at now: Instant) throws -> Instant? {
        try backups(in: folder).last { $0 <= self.name(now) }.flatMap { name in
            let text = name.dropFirst(prefix.count).dropLast(suffix.count)
            guard text.count == 16 else { return nil }
            let digits = Array(text)
            let day = "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))"
            let time =
                "\(String(digits[9..<11])):\(String(digits[11..<13])):\(String(digits[13..<15]))"
            return Instant("\(day)T\(time)Z")
        }
    }

    /// Puts a copy in a ledger's place.
    ///
    /// What was there is kept beside it, and the lines of the audit log that the copy does not know are
    /// put aside.
    ///
    /// The caller holds the state directory's lock.
    ///
    /// - Throws: ``LedgerError`` where the copy is damaged or of a newer Vigil, and the file system's error.
    package static func restore(
        _ copy: String,
        to path: String,
        auditDirectory: String,
        at now: Instant
    ) throws {
        let head = try check(copy)
        let files = FileManager.default
        // All that a full disk can refuse comes first: the ledger that is there stays until then.
        let draft = path + ".part"
        try? files.removeItem(atPath: draft)
        try files.copyItem(atPath: copy, toPath: draft)
        try AuditFile.sync(draft)
        let old = "\(path).replaced-\(stamp(now))"
        for part in ["", "-wal", "-shm"] where files.fileExists(atPath: path + part) {
            try files.moveItem(atPath: path + part, toPath: old + part)
        }
        try AuditFile.cut(in: auditDirectory, after: head, into: "cut-\(stamp(now)).jsonl")
        try files.moveItem(atPath: draft, toPath: path)
        // Or a power cut could take the ledger's name away again.
        try AuditFile.sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Rewrites a ledger without the room that deleted rows left; the caller holds the directory's lock.
    ///
    /// - Throws: SQLite's error: nothing changed.
    package static func vacuum(_ path: String) throws {
        let queue = try DatabaseQueue(path: path, configuration: LedgerStore.durable)
        try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
    }

    private static func check(_ copy: String) throws -> Int64 {
        do {
            return try read(copy) { database in
                let found = try String.fetchAll(database, sql: "PRAGMA quick_check")
                guard found == ["ok"] else { throw damaged(copy, found.first ?? "") }
                guard try !Schema.migrator.hasBeenSuperseded(database) else {
                    throw LedgerError(
                        code: .newerSchema,
                        message: "`\(copy)` was written by a newer Vigil; restore it with that one"
                    )
                }
                return try AuditWriter.head(database).sequence
            }
        } catch let error as DatabaseError {
            throw damaged(copy, "\(error.resultCode)")
        }
    }

    private static func damaged(_ copy: String, _ what: String) -> LedgerError {
        LedgerError(code: .corrupt, message: "`\(copy)` is no whole ledger (\(what)); take another")
    }

    private static func read<Value>(
        _ path: String,
        _ body: (Database) throws -> Value
    ) throws -> Value {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
            .unsafeRead { database in try body(database) }
    }

    /// `20261125T190101Z`: sorts as time does.
    private static func stamp(_ now: Instant) -> String {
        now.description.prefix(19).filter { $0.isNumber || $0 == "T" } + "Z"
    }
}
