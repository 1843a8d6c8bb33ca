internal import Foundation
internal import GRDB
internal import Glibc
internal import VigilCore
package import VigilModel

/// Copies of a ledger, and the way back from one.
package enum LedgerMaintenance {
    private static let prefix = "ledger-"
    private static let suffix = ".sqlite"

    /// Copies a ledger that may be in use, whole as of one moment, into a folder; the name tells when.
    ///
    /// The copy is complete and on the disk before it gets its name.
    ///
    /// It is not begun where it would leave the ledger less room than the copy itself takes. `free` says how many bytes
    /// a folder's disk has.
    ///
    /// - Throws: ``LedgerError`` for want of room, SQLite's error, or the file system's: there is no new copy then.
    package static func backup(
        path: String,
        into folder: String,
        at now: Instant,
        free: (String) throws -> Int64 = Self.freeBytes
    ) throws -> String {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try requireRoom(for: path, in: folder, times: 2, free)
        let copy = folder + "/" + name(now)
        let draft = copy + ".part"
        try files.clear(draft)
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
        try files.clear(copy)
        try files.moveItem(atPath: draft, toPath: copy)
        try AuditFile.sync(folder)
        return copy
    }

    /// How many bytes of a folder's disk are free.
    ///
    /// - Throws: the file system's error.
    package static func freeBytes(_ folder: String) throws -> Int64 {
        let figures = try FileManager.default.attributesOfFileSystem(forPath: folder)
        return (figures[.systemFreeSize] as? NSNumber)?.int64Value ?? .max
    }

    private static func requireRoom(
        for path: String,
        in folder: String,
        times: Int64,
        _ free: (String) throws -> Int64
    ) throws {
        func size(_ file: String) throws -> Int64 {
            guard FileManager.default.fileExists(atPath: file) else { return 0 }
            let figures = try FileManager.default.attributesOfItem(atPath: file)
            return (figures[.size] as? NSNumber)?.int64Value ?? 0
        }
        let (needed, left) = (try size(path) + size(path + "-wal"), try free(folder))
        guard left < needed * times else { return }
        throw LedgerError(
            code: .unwritable,
            message:
                "a copy of the ledger takes \(needed) bytes, and the disk of `\(folder)` has \(left) left; "
                + "\(needed * times) must be free, so that the ledger itself does not run out of room: free some there"
        )
    }

    /// Copies a ledger beside itself before its tables are changed; one that is there already stays.
    ///
    /// - Throws: as ``backup(path:into:at:free:)``: the tables must not be changed then.
    static func keep(_ path: String, before migration: String) throws {
        let copy = "\(path).before-\(migration)"
        guard !FileManager.default.fileExists(atPath: copy) else { return }
        let draft = copy + ".part"
        try FileManager.default.clear(draft)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        // Without it nothing starts, so that it needs no more than its own room.
        try requireRoom(for: path, in: folder, times: 1, freeBytes)
        try read(path) { try $0.execute(sql: "VACUUM INTO ?", arguments: [draft]) }
        try AuditFile.sync(draft)
        try FileManager.default.moveItem(atPath: draft, toPath: copy)
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
        // Drafts that stay cost room, and the next copy tries again.
        let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
        let young = name(now - .seconds(3_600))...name(now + .seconds(3_600))
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix + ".part") {
            guard !young.contains(String(name.dropLast(5))) else { continue }
            // As above.
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

    /// Puts a copy in a ledger's place, in one step: whoever looks sees the one or the other.
    ///
    /// The ledger that was there is kept beside it, whole, and can be restored like any copy. The audit log keeps every
    /// line: where it knows more than the copy, a line says from where on the copy does not know it, and the chain
    /// goes on behind that. `foreign` lets a copy of another installation or account in, as on a new machine.
    ///
    /// The caller holds the state directory's lock. Called again after it was killed, it does what is left.
    ///
    /// - Returns: where the ledger that was there is kept; nil where there was none.
    /// - Throws: ``LedgerError`` where the copy is damaged, of a newer Vigil or of another account, and the file
    ///   system's error: the ledger that is there stays.
    @discardableResult
    package static func restore(
        _ copy: String,
        to path: String,
        auditDirectory: String,
        foreign: Bool = false,
        at now: Instant
    ) throws -> String? {
        let owner = try check(copy)
        let files = FileManager.default
        let exists = files.fileExists(atPath: path)
        let old = "\(path).replaced-\(stamp(now))"
        var isWhole = false
        if exists {
            try checkOwner(owner, copy, path, foreign)
            isWhole = try checkpoint(path)
        }
        // All that a full disk can refuse comes first: the ledger that is there stays until then.
        let draft = path + ".part"
        for part in ["", "-wal", "-shm"] {
            try files.clear(draft + part)
        }
        try files.copyItem(atPath: copy, toPath: draft)
        if files.fileExists(atPath: auditDirectory) {
            // A power cut may have torn its last line, and the start that would see to it needs a ledger.
            _ = try AuditFile.repairTail(in: auditDirectory)
        }
        try continueChain(of: draft, behind: AuditFile.end(in: auditDirectory), copy, at: now)
        try AuditFile.sync(draft)
        if exists {
            try files.clear(old)
            try files.linkItem(atPath: path, toPath: old)
        }
        // What is damaged is kept with what was not brought into it; and the log of a ledger that is gone would be
        // played into the copy.
        for part in ["-wal", "-shm"] where !isWhole && files.fileExists(atPath: path + part) {
            try files.clear(old + part)
            try files.moveItem(atPath: path + part, toPath: old + part)
        }
        guard unsafe rename(draft, path) == 0 else {
            throw LedgerError(
                code: .unwritable,
                message: "the copy cannot take the place of `\(path)`: "
                    + "\(unsafe String(cString: strerror(errno))); the ledger is as it was"
            )
        }
        // Or a power cut could take the ledger's name away again.
        try AuditFile.sync(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        return exists ? old : nil
    }

    /// Whose a ledger is.
    private struct Owner: Equatable {
        let instance: String
        let isLive: Bool
    }

    private static func owner(_ database: Database) throws -> Owner {
        Owner(
            instance: try String.fetchOne(
                database,
                sql: "SELECT value FROM meta WHERE name = 'instance'"
            ) ?? "",
            isLive: try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM runs WHERE mode = 'LIVE')"
            ) ?? false
        )
    }

    private static func checkOwner(
        _ owner: Owner,
        _ copy: String,
        _ path: String,
        _ foreign: Bool
    ) throws {
        // A ledger that is damaged says nothing of its owner, and is what a copy is for.
        guard !foreign, let known = try? read(path, { try Self.owner($0) }), known != owner else {
            return
        }
        func text(_ owner: Owner) -> String {
            "`\(owner.instance)`, \(owner.isLive ? "LIVE" : "on paper")"
        }
        throw LedgerError(
            code: .otherAccount,
            message: "`\(copy)` is of the installation \(text(owner)), and the ledger here of "
                + "\(text(known)); name the right state directory with --state, or, to move an installation "
                + "to this machine, say --from-another-installation"
        )
    }

    /// Brings everything that is committed into the one file that is kept; false where it is damaged.
    private static func checkpoint(_ path: String) throws -> Bool {
        let file = FileHandle(forReadingAtPath: path)
        // It was read from alone.
        defer { try? file?.close() }
        // SQLite throws the log of a file away that it does not take for a database.
        guard try file?.read(upToCount: 16) == Data("SQLite format 3\0".utf8) else { return false }
        do {
            let queue = try DatabaseQueue(path: path, configuration: LedgerStore.durable)
            _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try queue.close()
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        {
            return false
        }
        // Mostly there is none any more.
        let facts = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        guard facts?[.size] as? Int ?? 0 == 0 else {
            throw LedgerError(
                code: .unwritable,
                message:
                    "the ledger `\(path)` is in use by another process; end what reads it, and try again"
            )
        }
        return true
    }

    /// Lets the chain of a copy go on behind the end of the log, which may know more than the copy.
    private static func continueChain(
        of draft: String,
        behind end: AuditHead,
        _ copy: String,
        at now: Instant
    ) throws {
        let queue = try DatabaseQueue(path: draft)
        try queue.write { database in
            let known = try AuditWriter.head(database)
            guard end != known, end.sequence >= known.sequence else { return }
            let line = AuditLine(
                at: now,
                configHash: "",
                kind: .restored,
                note: [
                    "copy": URL(fileURLWithPath: copy).lastPathComponent,
                    "known_to_line": String(known.sequence), "known_hash": known.hash,
                ],
                prev: end.hash,
                run: RunID("restore"),
                seq: end.sequence + 1
            )
            let sealed = try line.sealed()
            try database.execute(sql: "DELETE FROM audit_outbox")
            try database.execute(
                sql: "INSERT INTO audit_outbox VALUES (?, ?, ?)",
                arguments: [line.seq, now.day, sealed.line]
            )
            try database.execute(
                sql: "INSERT OR REPLACE INTO meta VALUES ('audit_head', ?)",
                arguments: ["\(line.seq) \(sealed.hash)"]
            )
        }
        _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try queue.close()
        for part in ["-wal", "-shm"] {
            try FileManager.default.clear(draft + part)
        }
    }

    /// Rewrites a ledger without the room that deleted rows left; the caller holds the directory's lock.
    ///
    /// - Throws: SQLite's error: nothing changed.
    package static func vacuum(_ path: String) throws {
        let queue = try DatabaseQueue(path: path, configuration: LedgerStore.durable)
        try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
    }

    private static func check(_ copy: String) throws -> Owner {
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
                return try owner(database)
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

extension FileManager {
    /// Removes what may not be there.
    ///
    /// - Throws: the file system's error where it is there and cannot be removed.
    func clear(_ path: String) throws {
        do {
            try removeItem(atPath: path)
        } catch CocoaError.fileNoSuchFile {
            // Then there is nothing to remove.
        }
    }
}
