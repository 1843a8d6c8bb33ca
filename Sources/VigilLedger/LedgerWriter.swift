internal import GRDB
package import VigilCore
package import VigilModel

/// The half of a ledger that writes, as its one owner uses it; what a disk does to it is a decorator around it.
///
/// All methods block; call them from a thread of their own.
package protocol LedgerWriter: Sendable {
    /// Commits a batch, whole or not at all, and answers in the order of its records.
    ///
    /// - Throws: what ``StorageFailure/isOne(_:)`` tells from a contradiction: nothing of the batch is recorded.
    mutating func write(_ records: [LedgerRecord], at now: Instant) throws -> [LedgerAnswer]

    /// What an order of the ledger was for.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where it has no row.
    func origin(of id: ClientOrderID) throws -> FillOrigin

    /// True where the ledger has this row of the venue's, which tells of a fill more than once.
    ///
    /// - Throws: SQLite's error: it is not known then.
    func isRecorded(_ row: EntryID) throws -> Bool

    /// Makes the next start shorter.
    ///
    /// - Throws: SQLite's error: the next start takes longer, nothing else.
    func renewCheckpoint() throws

    /// Ends the run in order.
    ///
    /// - Throws: SQLite's error: the next start will find an unclean end.
    mutating func endRun(at now: Instant) throws

    /// How long a lock of somebody else's is waited for before a call fails.
    ///
    /// - Throws: SQLite's error.
    func wait(forLocks span: Duration) throws

    /// Where the audit chain must end, for a proof.
    ///
    /// - Throws: SQLite's error.
    func auditHead() throws -> (sequence: Int64, hash: String)
    /// Where the audit chain stands, as far as it is committed.
    var auditPosition: (sequence: Int64, hash: String) { get }
    /// Why the audit log's file cannot be written.
    var auditFailure: String? { get }
    /// The decision hash of the run so far.
    var decisionHash: String { get }
}

extension LedgerStore: LedgerWriter {
    /// True where the ledger has this row of the venue's.
    ///
    /// - Throws: SQLite's error: it is not known then.
    package func isRecorded(_ row: EntryID) throws -> Bool {
        try queue.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM fills WHERE entry_id = ?)",
                arguments: [row.text]
            ) ?? false
        }
    }

    /// How long a lock of somebody else's is waited for before a call fails.
    ///
    /// - Throws: SQLite's error.
    package func wait(forLocks span: Duration) throws {
        let milliseconds = Int(span / .milliseconds(1))
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
        }
    }
}

/// What storage does without having anything against a record: it passes, and what waits is written then.
package enum StorageFailure: String, Sendable, CaseIterable {
    /// Another process holds the lock on writing: a backup tool, `sqlite3`.
    case busy
    /// Another connection holds a table.
    case locked
    /// The call was broken off.
    case interrupted
    /// There is no memory.
    case memory
    /// The disk failed.
    case io
    /// The disk is full.
    case full
    /// The disk was mounted read-only.
    case readOnly

    /// What SQLite says then; for decorators that make a ledger fail.
    package var error: any Error {
        let code: ResultCode =
            switch self {
            case .busy: .SQLITE_BUSY
            case .locked: .SQLITE_LOCKED
            case .interrupted: .SQLITE_INTERRUPT
            case .memory: .SQLITE_NOMEM
            case .io: .SQLITE_IOERR
            case .full: .SQLITE_FULL
            case .readOnly: .SQLITE_READONLY
            }
        return DatabaseError(resultCode: code)
    }

    /// What of an error concerns the record that was to be written, whatever the disk does; all else passes.
    private static let contradictions: [ResultCode] = [
        .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE, .SQLITE_ERROR,
        .SQLITE_MISUSE,
    ]

    /// What a database's error means, in words; nil for any other error.
    package static func words(for error: any Error) -> String? {
        guard let error = error as? DatabaseError else { return nil }
        let detail = error.message ?? "\(error.resultCode)"
        return words[error.resultCode.rawValue].map { "\($0) (SQLite: \(detail))" }
            ?? "the database refused: \(detail)"
    }

    private static let words: [Int32: String] = [
        ResultCode.SQLITE_BUSY.rawValue:
            "the database is locked by another process; try again in a moment",
        ResultCode.SQLITE_LOCKED.rawValue:
            "the database is locked by another process; try again in a moment",
        ResultCode.SQLITE_FULL.rawValue: "the disk is full",
        ResultCode.SQLITE_READONLY.rawValue: "the database may not be written; are you its owner?",
        ResultCode.SQLITE_IOERR.rawValue:
            "the disk failed; look at `dmesg` and at the disk's health",
        ResultCode.SQLITE_CANTOPEN.rawValue:
            "the database cannot be opened; does it exist, and may you read it?",
        ResultCode.SQLITE_CORRUPT.rawValue:
            "the file is damaged; bring a copy back with `vigil ledger restore`",
        ResultCode.SQLITE_NOTADB.rawValue:
            "the file is no database; bring a copy back with `vigil ledger restore`",
        ResultCode.SQLITE_ERROR.rawValue:
            "the tables are not those of this version of Vigil; use the one that wrote them",
    ]

    /// True where a file is no whole database: do not start on it.
    package static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    /// True where an error says nothing against the records: keep them, and try again.
    package static func isOne(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return !contradictions.contains(error.resultCode)
    }
}
