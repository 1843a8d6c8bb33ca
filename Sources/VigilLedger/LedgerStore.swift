internal import Foundation
internal import GRDB
package import VigilCore
internal import VigilCrypto
package import VigilModel

/// The database and the audit log, written in commit order by one owner.
///
/// All methods block; call them from a thread of their own.
package struct LedgerStore: Sendable {
    let queue: DatabaseQueue
    private let auditDirectory: String
    var audit: AuditWriter
    let instance: String
    let endedCleanly: Bool
    var run: RunContext?

    /// What every record of a run carries.
    package struct RunContext: Sendable {
        /// The run.
        package let id: RunID
        /// Its mode.
        package let mode: TradingMode
        /// The predecessor's hash of its configuration.
        package let configHash: String
        /// The effective configuration as JSON; kept once for all runs that have the same.
        package let configuration: String
        /// The text of its files by name.
        package let sources: [String: String]
        /// What a ledger belongs to for ever, such as its market, by the key that states it.
        package let belongings: [Belonging: String]

        /// What makes two ledgers those of two accounts.
        package enum Belonging: String, Sendable, CaseIterable {
            /// Where prices come from: a position that was bought in one market is worth nothing in another.
            case market
            /// What a paper account was given at its beginning.
            case initialCash = "initial_cash"
        }

        /// Joins the parts.
        package init(
            id: RunID,
            mode: TradingMode,
            configHash: String,
            configuration: String,
            sources: [String: String] = [:],
            belongings: [Belonging: String] = [:]
        ) {
            self.sources = sources
            self.belongings = belongings
            self.id = id
            self.mode = mode
            self.configHash = configHash
            self.configuration = configuration
        }
    }

    /// Opens or creates a ledger; a nil path keeps it in memory, for simulations.
    ///
    /// `freshInstance` names a new installation; an existing ledger keeps its own name.
    ///
    /// - Throws: ``LedgerError``; do not start then.
    package init(path: String?, auditDirectory: String, freshInstance: String) throws(LedgerError) {
        self.auditDirectory = auditDirectory
        do {
            if let path { try LedgerTraces.requireNone(of: path, auditDirectory) }
            queue = try Self.open(path)
            let opened = queue
            instance = try queue.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO meta VALUES ('instance', ?)",
                    arguments: [freshInstance]
                )
                return try String.fetchOne(
                    database,
                    sql: "SELECT value FROM meta WHERE name = 'instance'"
                ) ?? freshInstance
            }
            let ended = try queue.read { database in
                try Bool.fetchOne(
                    database,
                    sql: "SELECT ended_at IS NOT NULL FROM runs ORDER BY rowid DESC"
                )
            }
            endedCleanly = ended ?? true
            audit = try AuditWriter(directory: auditDirectory, queue: opened)
        } catch {
            throw LedgerError(opening: path ?? "in memory", error)
        }
    }

    /// Gives files of the audit log that are dated later than a time that can be trusted its date.
    ///
    /// - Returns: what became of each, in words.
    /// - Throws: ``LedgerError`` where a file cannot be renamed: do not start.
    package mutating func redateAudit(to now: Instant) throws(LedgerError) -> [String] {
        do {
            return try audit.redate(to: now.day, queue)
        } catch {
            throw LedgerError(opening: auditDirectory, error)
        }
    }

    /// What every connection that writes asks of SQLite: a commit that was answered has reached the disk.
    static var durable: Configuration {
        var configuration = Configuration()
        // A backup tool may hold the lock for a moment; ``wait(forLocks:)`` is shorter while orders wait.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    private static func open(_ path: String?) throws -> DatabaseQueue {
        // Nothing is written before it is known that this build may.
        let pending = try path.map(SchemaVersion.pending) ?? []
        if let path, !pending.isEmpty {
            try LedgerMaintenance.keep(path, before: pending[0])
        }
        let queue =
            try path.map { try DatabaseQueue(path: $0, configuration: durable) }
            ?? DatabaseQueue(configuration: durable)
        if let path {
            let mode = try queue.writeWithoutTransaction { database in
                try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
            }
            // SQLite does not fail where it cannot: without this log a backup would keep records out.
            guard mode == "wal" else {
                throw LedgerError(
                    code: .unwritable,
                    message: "the ledger `\(path)` cannot have a write-ahead log "
                        + "(SQLite says `\(mode ?? "")`); put the state directory on a local disk"
                )
            }
        }
        try Schema.migrator.migrate(queue)
        return queue
    }

    /// The random name of this installation, part of every order id.
    package var instanceName: String { instance }

    /// Why the audit log's file cannot be written; its lines wait in the database then.
    package var auditFailure: String? { audit.failure }

    /// Where the audit chain stands, as far as it is committed.
    package var auditPosition: (sequence: Int64, hash: String) {
        (audit.head.sequence, audit.head.hash)
    }

    /// The decision hash of the run so far.
    package var decisionHash: String { audit.decisions.hash }

    /// Begins a run; every record after it belongs to it.
    ///
    /// - Throws: SQLite's error, or ``LedgerError`` where the ledger is that of another account: the run
    ///   has not begun.
    package mutating func beginRun(_ context: RunContext, at now: Instant) throws {
        let line = AuditWriter.Entry(
            kind: .runStarted,
            at: now,
            note: ["mode": context.mode.rawValue]
        )
        let sources = String(decoding: try AuditLine.encoder.encode(context.sources), as: UTF8.self)
        try queue.write { database in
            try Self.checkAccount(context.mode, database)
            for (belonging, value) in context.belongings {
                try Self.check(belonging, value, database)
            }
            let digest = Digest.sha256(context.configuration.utf8)
            try database.execute(
                sql: """
                    INSERT INTO configurations (digest, effective, sources) VALUES (?, ?, ?)
                      ON CONFLICT DO UPDATE SET sources = excluded.sources
                    """,
                arguments: [digest, context.configuration, sources]
            )
            try database.execute(
                sql: """
                    INSERT INTO runs (run_id, mode, config_hash, configuration, started_at)
                      VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    context.id.text, context.mode.rawValue, context.configHash, digest,
                    now.nanoseconds,
                ]
            )
            try audit.stage([line], context, database)
        }
        run = context
        audit.decisions = DecisionChain()
        audit.flush(queue)
    }

    /// Money on paper and money at a venue never share a ledger: positions on paper would be sold out of
    /// what the account's owner holds.
    private static func checkAccount(_ mode: TradingMode, _ database: Database) throws {
        let isLive = mode == .live
        let other = try String.fetchOne(
            database,
            sql: "SELECT mode FROM runs WHERE (mode = 'LIVE') <> ? LIMIT 1",
            arguments: [isLive]
        )
        guard let other else { return }
        throw LedgerError(
            code: .otherAccount,
            message: "this ledger is that of \(other), and \(mode) is another account; "
                + "give each a state directory of its own with `--state`"
        )
    }

    /// A ledger keeps what it belonged to first.
    private static func check(
        _ belonging: RunContext.Belonging,
        _ value: String,
        _ database: Database
    ) throws {
        let name = belonging.rawValue
        let sql = "SELECT value FROM meta WHERE name = ?"
        guard let known = try String.fetchOne(database, sql: sql, arguments: [name]) else {
            return try database.execute(
                sql: "INSERT INTO meta VALUES (?, ?)",
                arguments: [name, value]
            )
        }
        guard known != value else { return }
        let what =
            switch belonging {
            case .market:
                "this ledger was begun beside the market `\(known)`, and this run is beside `\(value)`: what is held "
                    + "has no price there"
            case .initialCash:
                "this paper account was given \(known) at its beginning, and `paper.initial_cash_usd` says \(value) "
                    + "now: put it back"
            }
        throw LedgerError(
            code: .otherAccount,
            message:
                "\(what); or begin another account in a state directory of its own with `--state`"
        )
    }

    /// Ends the run in order: the next start finds a clean mark.
    ///
    /// - Throws: SQLite's error: the next start will find an unclean end.
    package mutating func endRun(at now: Instant) throws {
        guard let run else { return }
        let hash = decisionHash
        let line = AuditWriter.Entry(kind: .runEnded, at: now, note: ["decision_hash": hash])
        try queue.write { database in
            try database.execute(
                sql: "UPDATE runs SET ended_at = ?, decision_hash = ? WHERE run_id = ?",
                arguments: [now.nanoseconds, hash, run.id.text]
            )
            try audit.stage([line], run, database)
        }
        audit.flush(queue, sync: true)
        try queue.write(LedgerCheckpoint.renew)
        self.run = nil
        _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    /// Commits a batch, whole or not at all, and answers in the order of its records.
    ///
    /// - Throws: SQLite's error, such as a full disk: nothing of the batch is recorded, try again.
    package mutating func write(
        _ records: [LedgerRecord],
        at now: Instant
    ) throws -> [LedgerAnswer] {
        guard let run else {
            throw LedgerError(code: .corrupt, message: "a record came before its run began")
        }
        let before = audit
        do {
            let answers = try queue.write { database in
                var batch = LedgerBatch(run: run, now: now, database: database)
                // What is of one commit bears one time: flows come first, as a start reads them.
                for record in records.filter(\.isFlow) + records.filter({ !$0.isFlow }) {
                    try batch.write(record)
                }
                try audit.stage(batch.lines, run, database)
                Torture.point("ledger.commit")
                return batch.answers
            }
            Torture.point("audit.before")
            audit.flush(queue)
            return answers
        } catch {
            // Nothing was committed, so the chain has not moved either.
            audit = before
            throw error
        }
    }

    /// Where the audit chain must end, for a proof.
    ///
    /// - Throws: SQLite's error.
    package func auditHead() throws -> (sequence: Int64, hash: String) {
        let head = try queue.read { try AuditWriter.head($0) }
        return (head.sequence, head.hash)
    }
}

extension LedgerStore {
    /// The head of the audit chain of a ledger that may be in use, read without touching it.
    ///
    /// - Throws: SQLite's error, where there is no ledger or it cannot be read.
    package static func readHead(path: String) throws -> (sequence: Int64, hash: String) {
        let head = try ReadableLedger.read(path) { try AuditWriter.head($0) }
        return (head.sequence, head.hash)
    }
}

extension LedgerRecord {
    fileprivate var isFlow: Bool {
        if case .flow = self { true } else { false }
    }
}
