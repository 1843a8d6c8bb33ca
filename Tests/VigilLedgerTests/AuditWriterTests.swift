import Foundation
import GRDB
import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// How lines get from their commit into the files, whatever happens between.
@Suite struct AuditWriterTests {
    private typealias Fixture = LedgerFixture

    private func waiting(_ fixture: LedgerFixture) throws -> [String] {
        try fixture.rows("SELECT sequence FROM audit_outbox ORDER BY sequence").flatMap { $0 }
    }

    private func count(_ fixture: LedgerFixture, _ date: String) throws -> Int {
        let text = try String(
            contentsOfFile: fixture.audit + "/audit-\(date).jsonl",
            encoding: .utf8
        )
        return text.split(separator: "\n").count
    }

    @Test func `lines wait in the ledger until they have reached the disk`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write(
            (2...63).map { .halt(Fixture.halt("\($0)")) },
            at: Fixture.now
        )
        #expect(try waiting(fixture) == (1...63).map { "\($0)" })
        _ = try store.write([.halt(Fixture.halt("64"))], at: Fixture.now)
        #expect(try waiting(fixture).isEmpty)
        _ = try store.write([.halt(Fixture.halt("65"))], at: Fixture.now)
        #expect(try waiting(fixture) == ["65"])
        try store.endRun(at: Fixture.now)
        #expect(try waiting(fixture).isEmpty)
        #expect(try fixture.lines.count == 66)
    }

    @Test func `a start forces out what waits, and takes back what the files lack`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for number in 2...5 {
            _ = try store.write([.halt(Fixture.halt("\(number)"))], at: Fixture.now)
        }
        let whole = try fixture.lines
        try fixture.rewrite(Array(whole.prefix(3)))
        #expect(try waiting(fixture).count == 5)
        store = try LedgerStore(
            path: fixture.path,
            auditDirectory: fixture.audit,
            freshInstance: "x"
        )
        #expect(try waiting(fixture).isEmpty)
        #expect(try fixture.lines == whole)
        #expect(store.auditPosition.sequence == 5)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `each line is in the file of its day, and never in one older than the newest`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.halt(Fixture.halt("2"))], at: Fixture.at(86_399))
        _ = try store.write([.halt(Fixture.halt("3"))], at: Fixture.at(86_400))
        _ = try store.write([.halt(Fixture.halt("4"))], at: Fixture.at(10))
        _ = try store.write([.halt(Fixture.halt("5"))], at: Fixture.at(2 * 86_400))
        #expect(try count(fixture, "20260105") == 2)
        #expect(try count(fixture, "20260106") == 2)
        #expect(try count(fixture, "20260107") == 1)
        // A start on an earlier day goes on in the newest file.
        _ = try fixture.open(run: "run2")
        #expect(try count(fixture, "20260107") == 2)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `lines that cannot be written wait, and go in once they can, none twice`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try FileManager.default.moveItem(atPath: fixture.audit, toPath: fixture.audit + "-away")
        for number in [2, 3] {
            _ = try store.write([.halt(Fixture.halt("\(number)"))], at: Fixture.at(86_400))
            #expect(store.auditFailure?.contains("cannot be created") == true)
        }
        #expect(try waiting(fixture) == ["1", "2", "3"])
        try FileManager.default.moveItem(atPath: fixture.audit + "-away", toPath: fixture.audit)
        _ = try store.write([.halt(Fixture.halt("4"))], at: Fixture.at(86_400))
        #expect(store.auditFailure == nil)
        #expect(try count(fixture, "20260105") == 1)
        #expect(try count(fixture, "20260106") == 3)
        #expect(try fixture.verdict() == .intact(lines: 4, head: store.auditHead().hash))
        try store.endRun(at: Fixture.at(86_401))
        #expect(try waiting(fixture).isEmpty)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `a log that is ahead of its ledger is refused with both ends`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for number in 2...4 {
            _ = try store.write([.halt(Fixture.halt("\(number)"))], at: Fixture.now)
        }
        let other = try LedgerFixture()
        var short = try other.open()
        _ = try short.write([.halt(Fixture.halt("2"))], at: Fixture.now)
        let error = #expect(throws: LedgerError.self) {
            try LedgerStore(path: other.path, auditDirectory: fixture.audit, freshInstance: "x")
        }
        #expect(error?.code == .corrupt)
        #expect(
            error?.message
                == "the audit log in `\(fixture.audit)` is ahead of the ledger (line 4 against 2): "
                + "was an old ledger restored? move the audit files aside to begin a new chain"
        )
        #expect(try fixture.lines.count == 4)
    }

    @Test func `a line that the ledger refuses moves neither the chain nor the hash`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let (before, hash) = (store.auditPosition, store.decisionHash)
        let record = LedgerRecord.decision(try Fixture.decision(1), latencies: [])
        try store.queue.write { database in
            try database.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON audit_outbox
                      BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """
            )
        }
        #expect(throws: DatabaseError.self) { try store.write([record], at: Fixture.now) }
        #expect(store.auditPosition == before)
        #expect(store.decisionHash == hash)
        try store.queue.write { try $0.execute(sql: "DROP TRIGGER refuse") }
        _ = try store.write([record], at: Fixture.now)
        #expect(store.auditPosition.sequence == 2)
        #expect(try fixture.verdict() == .intact(lines: 2, head: store.auditHead().hash))
    }

    @Test func `the head is read as it was written, and without one the chain begins`() throws {
        let fixture = try LedgerFixture()
        let store = try fixture.open()
        func head(_ text: String) throws -> AuditHead {
            try store.queue.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO meta VALUES ('audit_head', ?)",
                    arguments: [text]
                )
                return try AuditWriter.head(database)
            }
        }
        #expect(try head("12 abc") == AuditHead(sequence: 12, hash: "abc"))
        #expect(try head("") == .start)
        #expect(try head("12") == .start)
        #expect(try head("twelve abc") == .start)
        #expect(AuditHead.start.sequence == 0)
        #expect(AuditHead.start.hash == String(repeating: "0", count: 64))
        try store.queue.write { database in
            try database.execute(sql: "DELETE FROM meta WHERE name = 'audit_head'")
        }
        #expect(try store.auditHead() == (0, AuditHead.start.hash))
        #expect(try LedgerStore.readHead(path: fixture.path).sequence == 0)
    }
}
