import Foundation
import GRDB
import Testing
import VigilCore
import VigilModel

@testable import VigilLedger

/// What the ledger's connections have agreed with SQLite, as SQLite itself says it.
@Suite struct DurabilityTests {
    /// `synchronous` 2 is FULL: 1, NORMAL, may lose commits that were answered in a power cut.
    private func pragmas(_ queue: DatabaseQueue) throws -> [String: String] {
        try queue.read { database in
            var values: [String: String] = [:]
            for name in ["synchronous", "journal_mode", "foreign_keys"] {
                values[name] = try String.fetchOne(database, sql: "PRAGMA \(name)")
            }
            return values
        }
    }

    private static let demanded = [
        "synchronous": "2", "journal_mode": "wal", "foreign_keys": "1",
    ]

    @Test func `a commit that was answered has reached the disk, and no row is an orphan`() throws {
        let fixture = try LedgerFixture()
        let created = try fixture.open()
        #expect(try pragmas(created.queue) == Self.demanded)
        // The same for one that was there, and after what it was used for.
        var store = try fixture.open(run: "run2")
        _ = try store.write([.flow(Money("1", .usd), reason: "test")], at: LedgerFixture.now)
        #expect(try pragmas(store.queue) == Self.demanded)
        try store.endRun(at: LedgerFixture.now)
        #expect(try pragmas(store.queue) == Self.demanded)
        try LedgerMaintenance.vacuum(fixture.path)
        #expect(try pragmas(fixture.open(run: "run3").queue) == Self.demanded)
    }

    @Test func `a ledger that was restored is opened as durable as the first one`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try store.endRun(at: LedgerFixture.now)
        let copy = try LedgerMaintenance.backup(
            path: fixture.path,
            into: fixture.folder + "/backups",
            at: LedgerFixture.now
        )
        try LedgerMaintenance.restore(
            copy,
            to: fixture.path,
            auditDirectory: fixture.audit,
            at: LedgerFixture.now
        )
        #expect(try pragmas(fixture.open(run: "run2").queue) == Self.demanded)
    }

    @Test func `a place that cannot have a write-ahead log holds no ledger`() throws {
        let fixture = try LedgerFixture()
        // SQLite answers as it does on a share of a network: with another mode, and without an error.
        let error = #expect(throws: LedgerError.self) {
            try LedgerStore(path: ":memory:", auditDirectory: fixture.audit, freshInstance: "x")
        }
        #expect(error?.code == .unwritable)
    }

    /// With a real lock of another connection, as a backup tool or `sqlite3` holds it.
    @Test
    func `a lock of somebody else's is no contradiction, and nothing of the batch is written`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try store.wait(forLocks: .milliseconds(1))
        var shared = Configuration()
        shared.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: fixture.path, configuration: shared)
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let before = store.auditPosition.sequence
        let error = #expect(throws: DatabaseError.self) {
            try store.write([.flow(Money("1", .usd), reason: "test")], at: LedgerFixture.now)
        }
        #expect(error.map { StorageFailure.isOne($0) } == true)
        #expect(store.auditPosition.sequence == before)
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        _ = try store.write([.flow(Money("2", .usd), reason: "test")], at: LedgerFixture.now)
        #expect(try pragmas(store.queue) == Self.demanded)
        #expect(try store.load().replay.books.flows[.usd]?.amount == "2")
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the bare rules of the tables hold: no row without the one it stands on`() throws {
        let fixture = try LedgerFixture()
        let store = try fixture.open()
        for sql in [
            "INSERT INTO orders VALUES ('o', NULL, 'open', 0)",
            "INSERT INTO transitions (client_order_id, from_state, to_state, fact, at) "
                + "VALUES ('o', 'a', 'b', 'c', 0)",
            "INSERT INTO cycles VALUES ('nobody', 1, 0, 'x', NULL, 0, NULL, NULL, NULL)",
        ] {
            let error = #expect(throws: DatabaseError.self) {
                try store.queue.write { try $0.execute(sql: sql) }
            }
            #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY, "\(sql)")
        }
    }
}
