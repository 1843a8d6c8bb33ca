import Foundation
import GRDB
import Testing
import VigilModel

@testable import VigilLedger

/// What an operator reads where a ledger cannot be used.
@Suite struct LedgerErrorTests {
    @Test(arguments: [
        ResultCode.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_BUSY,
        .SQLITE_BUSY_SNAPSHOT, .SQLITE_LOCKED, .SQLITE_INTERRUPT, .SQLITE_NOMEM, .SQLITE_CORRUPT,
        .SQLITE_PROTOCOL,
    ])
    func `what storage refuses says nothing against a record`(code: ResultCode) {
        #expect(StorageFailure.isOne(DatabaseError(resultCode: code)))
    }

    @Test(arguments: [
        ResultCode.SQLITE_CONSTRAINT, .SQLITE_CONSTRAINT_FOREIGNKEY, .SQLITE_MISMATCH,
        .SQLITE_TOOBIG, .SQLITE_RANGE, .SQLITE_ERROR, .SQLITE_MISUSE,
    ])
    func `what a record contradicts does not pass`(code: ResultCode) {
        #expect(!StorageFailure.isOne(DatabaseError(resultCode: code)))
        #expect(!StorageFailure.isOne(LedgerError(code: .unwritable, message: "")))
    }

    @Test(arguments: [ResultCode.SQLITE_CORRUPT, .SQLITE_NOTADB])
    func `a damaged ledger is told as damaged`(code: ResultCode) {
        let error = LedgerError(opening: "/state/ledger", DatabaseError(resultCode: code))
        #expect(error.code == .corrupt)
        #expect(error.description == error.message)
        #expect(
            error.message
                == "the ledger `/state/ledger` is damaged (\(code)); do not trade on it: "
                + "restore a backup, or move it and the audit log aside"
        )
    }

    @Test func `any other trouble is told as it came, and our own as it was`() {
        let full = DatabaseError(resultCode: .SQLITE_FULL)
        let error = LedgerError(opening: "/state/ledger", full)
        #expect(error.code == .unwritable)
        #expect(error.message == "the ledger `/state/ledger` cannot be opened: \(full)")
        let own = LedgerError(code: .otherAccount, message: "ours")
        #expect(LedgerError(opening: "/state/ledger", own).code == .otherAccount)
        #expect(LedgerError(opening: "/state/ledger", own).message == "ours")
    }

    @Test func `a file that is no ledger is refused by name, and so is a newer one`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try store.endRun(at: LedgerFixture.now)
        try store.queue.write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9-of-the-future')")
        }
        let newer = #expect(throws: LedgerError.self) { try fixture.open(run: "run2") }
        #expect(
            newer?.message
                == "the ledger `\(fixture.path)` was written by a newer Vigil; "
                + "start that version, or restore a backup made by this one"
        )
        let rubbish = try LedgerFixture()
        try Data(repeating: 7, count: 9_000).write(to: URL(fileURLWithPath: rubbish.path))
        let damaged = #expect(throws: LedgerError.self) { try rubbish.open() }
        #expect(damaged?.code == .corrupt)
        #expect(damaged?.message.hasPrefix("the ledger `\(rubbish.path)` is damaged") == true)
        let protected = #expect(throws: LedgerError.self) {
            try Protected.products(ledger: rubbish.path)
        }
        #expect(protected?.code == .corrupt)
    }

    @Test func `a file without tables has nothing to protect`() throws {
        let fixture = try LedgerFixture()
        try Data().write(to: URL(fileURLWithPath: fixture.path))
        #expect(try Protected.products(ledger: fixture.path).isEmpty)
        #expect(try LastConfiguration.read(ledger: fixture.path) == nil)
    }
}
