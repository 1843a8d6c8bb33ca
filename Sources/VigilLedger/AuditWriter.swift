internal import Foundation
internal import GRDB
internal import VigilCore
internal import VigilModel

/// Carries the chain: stages lines inside a commit, appends them to the files after it.
struct AuditWriter: Sendable {
    /// What is to become a line.
    struct Entry {
        var kind: AuditKind
        var at: Instant
        var decision: DecisionRecord?
        var fill: Fill?
        var latencies: [String: Int64]?
        var note: [String: String]?
    }

    private let directory: String
    private var file: AuditFile
    private(set) var head: AuditHead
    private var written: Int64
    private var lastDay: Int64
    private var staged: [(sequence: Int64, day: Int64, line: String)] = []
    var decisions = DecisionChain()
    /// Where a torn last line was put, for the operator to see.
    let torn: String?
    /// Why lines could not be appended; they wait in the outbox.
    private(set) var failure: String?

    init(directory: String, queue: DatabaseQueue) throws {
        self.directory = directory
        file = try AuditFile(directory: directory)
        head = try queue.read(Self.head)
        let tail = try AuditFile.repairTail(in: directory)
        torn = tail.torn
        written = tail.lastSequence
        // What a killed run wrote may not have reached the disk yet; the outbox is emptied only behind it.
        if let last = try AuditFile.files(in: directory).last {
            try AuditFile.sync(last.path)
        }
        lastDay = try AuditFile.lastDay(in: directory) ?? .min
        guard written <= head.sequence else {
            throw LedgerError(
                code: .corrupt,
                message: "the audit log in `\(directory)` is ahead of the ledger "
                    + "(line \(written) against \(head.sequence)): was an old ledger restored? "
                    + "move the audit files aside to begin a new chain"
            )
        }
        let missing = try queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM audit_outbox WHERE sequence > ? ORDER BY sequence",
                arguments: [written]
            )
        }
        // Never into an older file than the newest: a redating may have been cut short between the two.
        staged = missing.map { ($0["sequence"], max($0["day"], lastDay), $0["line"]) }
        lastDay = max(lastDay, staged.map(\.day).max() ?? .min)
        flush(queue, sync: true)
    }

    /// Gives files of later days today's date, where today is known; what became of each, in words.
    ///
    /// - Throws: the file system's error.
    mutating func redate(to today: Int64, _ queue: DatabaseQueue) throws -> [String] {
        guard lastDay > today else { return [] }
        try file.close()
        // What waits for its file must not make one of that day again.
        try queue.write { database in
            try database.execute(
                sql: "UPDATE audit_outbox SET day = ? WHERE day > ?",
                arguments: [today, today]
            )
        }
        let told = try AuditFile.redate(in: directory, to: today)
        lastDay = today
        staged = staged.map { ($0.sequence, min($0.day, today), $0.line) }
        return told
    }

    static func head(_ database: Database) throws -> AuditHead {
        let text = try String.fetchOne(
            database,
            sql: "SELECT value FROM meta WHERE name = 'audit_head'"
        )
        guard let text, let blank = text.firstIndex(of: " "), let sequence = Int64(text[..<blank])
        else { return .start }
        return AuditHead(sequence: sequence, hash: String(text[text.index(after: blank)...]))
    }

    /// Seals lines and writes them into the outbox of a running transaction.
    mutating func stage(
        _ entries: [Entry],
        _ run: LedgerStore.RunContext,
        _ database: Database
    ) throws {
        guard !entries.isEmpty else { return }
        for entry in entries {
            head.sequence += 1
            // A machine whose clock was set back goes on in the newest file.
            lastDay = max(lastDay, entry.at.day)
            let line = AuditLine(
                at: entry.at,
                configHash: run.configHash,
                decision: entry.decision,
                fill: entry.fill,
                kind: entry.kind,
                latencies: entry.latencies,
                note: entry.note,
                prev: head.hash,
                run: run.id,
                seq: head.sequence
            )
            let sealed = try line.sealed()
            head.hash = sealed.hash
            if let decision = sealed.decision { decisions.append(encoded: decision) }
            try database.cachedStatement(sql: "INSERT INTO audit_outbox VALUES (?, ?, ?)")
                .execute(arguments: [head.sequence, lastDay, sealed.line])
            staged.append((head.sequence, lastDay, sealed.line))
        }
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES ('audit_head', ?)")
            .execute(arguments: ["\(head.sequence) \(head.hash)"])
    }

    /// Appends what has been committed; what cannot be appended stays in the outbox.
    mutating func flush(_ queue: DatabaseQueue, sync: Bool = false) {
        var done = 0
        var synced = false
        do {
            for line in staged {
                synced = try file.append(line.line, day: line.day)
                written = line.sequence
                done += 1
            }
            if sync {
                try file.sync()
                synced = true
            }
            if synced {
                let reached = written
                try queue.write { database in
                    try database.cachedStatement(
                        sql: "DELETE FROM audit_outbox WHERE sequence <= ?"
                    )
                    .execute(arguments: [reached])
                }
            }
            failure = nil
        } catch {
            failure = "\(error)"
        }
        staged.removeFirst(done)
    }
}
