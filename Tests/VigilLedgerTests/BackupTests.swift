import Foundation
import GRDB
import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// The copies of a ledger: their names, their age, and what is kept beside one that is put back.
@Suite struct BackupTests {
    private typealias Fixture = LedgerFixture
    private let fixture: LedgerFixture
    private var copies: String { fixture.folder + "/copies" }

    init() throws {
        fixture = try LedgerFixture()
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private func put(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func put(copies names: String...) throws {
        try FileManager.default.createDirectory(
            atPath: copies,
            withIntermediateDirectories: true
        )
        for name in names {
            try put("copy", copies + "/" + name)
        }
    }

    private func backup(at now: Instant) throws -> String {
        try LedgerMaintenance.backup(path: fixture.path, into: copies, at: now)
    }

    /// The dollars that a copy knows of.
    private func flows(_ path: String) throws -> String? {
        let store = try LedgerStore(
            path: path,
            auditDirectory: fixture.folder + "/another",
            freshInstance: "x"
        )
        return try store.load().replay.books.flows[.usd]?.amount
    }

    private static let ever = Instant(nanoseconds: .max)

    @Test func `a copy is named by its second, and read back as made then`() throws {
        _ = try fixture.open()
        let now = try #require(Instant("2026-02-03T14:05:06.789Z"))
        let copy = try backup(at: now)
        #expect(copy == copies + "/ledger-20260203T140506Z.sqlite")
        #expect(try names(copies) == ["ledger-20260203T140506Z.sqlite"])
        #expect(
            try LedgerMaintenance.lastBackup(in: copies, at: Self.ever)
                == Instant("2026-02-03T14:05:06Z")
        )
    }

    @Test func `of two copies in a second the newer one is kept, and no draft`() throws {
        var store = try fixture.open()
        try put(copies: "ledger-20260105T000000Z.sqlite.part")
        _ = try backup(at: Fixture.now)
        _ = try store.write([.flow(Money("5", .usd), reason: "test")], at: Fixture.now)
        let copy = try backup(at: Fixture.now)
        #expect(try names(copies) == ["ledger-20260105T000000Z.sqlite"])
        let queue = try DatabaseQueue(path: copy)
        let amount = try queue.read { try String.fetchOne($0, sql: "SELECT amount FROM flows") }
        #expect(amount == "5")
    }

    @Test func `only whole copies are counted, and the last one tells when it was made`() throws {
        #expect(try LedgerMaintenance.backups(in: copies).isEmpty)
        #expect(try LedgerMaintenance.lastBackup(in: copies, at: Self.ever) == nil)
        try put(
            copies: "ledger-20260105T010203Z.sqlite",
            "ledger-20251231T235959Z.sqlite",
            "ledger-20270101T000000Z.sqlite.part",
            "notes.sqlite",
            "ledger.txt"
        )
        #expect(
            try LedgerMaintenance.backups(in: copies) == [
                "ledger-20251231T235959Z.sqlite", "ledger-20260105T010203Z.sqlite",
            ]
        )
        #expect(
            try LedgerMaintenance.lastBackup(in: copies, at: Self.ever)
                == Instant("2026-01-05T01:02:03Z")
        )
        try put(copies: "ledger-by-hand.sqlite")
        #expect(
            try LedgerMaintenance.lastBackup(in: copies, at: Self.ever)
                == Instant("2026-01-05T01:02:03Z")
        )
    }

    @Test func `a copy goes when it is older than it is to be kept, and the last three stay`()
        throws
    {
        let days = [
            "ledger-20251229T000000Z.sqlite", "ledger-20251231T235959Z.sqlite",
            "ledger-20260101T000000Z.sqlite", "ledger-20260105T000000Z.sqlite",
            "ledger-20260106T000000Z.sqlite", "ledger-20260107T000000Z.sqlite",
        ]
        try put(copies: days[0], days[1], days[2], days[3], days[4], days[5], "notes.sqlite")
        let now = try #require(Instant("2026-01-08T00:00:00Z"))
        try LedgerMaintenance.prune(copies, keeping: 7, at: now)
        #expect(try names(copies) == days[2...] + ["notes.sqlite"])
        try LedgerMaintenance.prune(copies, keeping: 1, at: now)
        #expect(
            try LedgerMaintenance.backups(in: copies) == Array(days[2...]),
            "nothing newer: a jump"
        )
        try LedgerMaintenance.prune(copies, keeping: 2, at: now)
        #expect(try LedgerMaintenance.backups(in: copies) == Array(days[3...]))
    }

    @Test
    func `a clock that jumps costs no copy, and a copy of the future is the newest of nothing`()
        throws
    {
        let names = (1...8).map { "ledger-2026010\($0)T000000Z.sqlite" }
        for name in names { try put(copies: name) }
        // A start a year ahead makes one copy, and takes none away.
        let ahead = try #require(Instant("2027-01-08T00:00:00Z"))
        try put(copies: "ledger-20270108T000000Z.sqlite")
        try LedgerMaintenance.prune(copies, keeping: 3, at: ahead)
        #expect(try LedgerMaintenance.backups(in: copies).count == 9)
        // Back in time, that copy neither counts as made nor keeps others.
        let now = try #require(Instant("2026-01-09T00:00:00Z"))
        #expect(
            try LedgerMaintenance.lastBackup(in: copies, at: now) == Instant("2026-01-08T00:00:00Z")
        )
        try LedgerMaintenance.prune(copies, keeping: 3, at: now)
        #expect(
            try LedgerMaintenance.backups(in: copies)
                == names[5...] + ["ledger-20270108T000000Z.sqlite"]
        )
    }

    @Test func `half a copy is taken away, at once and at the next start`() throws {
        try put(copies: "ledger-20260101T000000Z.sqlite.part", "ledger-20260101T000000Z.sqlite")
        let now = try #require(Instant("2026-01-01T02:00:00Z"))
        LedgerMaintenance.removeDrafts(copies, at: now - .seconds(5_400))
        #expect(try names(copies).count == 2)
        LedgerMaintenance.removeDrafts(copies, at: now)
        #expect(try names(copies) == ["ledger-20260101T000000Z.sqlite"])
        #expect(throws: (any Error).self) {
            try LedgerMaintenance.backup(path: copies + "/nothing", into: copies, at: .epoch)
        }
        #expect(try names(copies) == ["ledger-20260101T000000Z.sqlite"])
    }

    /// No database, and long enough not to be taken for an empty one.
    private static let damaged = String(repeating: "old", count: 3_000)

    @Test func `what was there and is damaged is kept as it was, its write-ahead log too`() throws {
        var store = try fixture.open()
        _ = try store.write([.flow(Money("5", .usd), reason: "test")], at: Fixture.now)
        let copy = try backup(at: Fixture.now)
        let state = fixture.folder + "/state"
        try FileManager.default.createDirectory(
            atPath: state,
            withIntermediateDirectories: false
        )
        let path = state + "/ledger.sqlite"
        for part in ["", "-wal", "-shm", ".part"] {
            try put(Self.damaged + part, path + part)
        }
        try LedgerMaintenance.restore(
            copy,
            to: path,
            auditDirectory: state + "/audit",
            at: Fixture.at(3_661)
        )
        let old = "ledger.sqlite.replaced-20260105T010101Z"
        #expect(try names(state) == ["ledger.sqlite", old, old + "-shm", old + "-wal"])
        // The third is made anew by whoever looks.
        for part in ["", "-wal"] {
            let kept = FileManager.default.contents(atPath: state + "/" + old + part)
            #expect(kept == Data((Self.damaged + part).utf8))
        }
        #expect(try flows(path) == "5")
    }

    @Test func `a copy is put back where there is no ledger`() throws {
        var store = try fixture.open()
        _ = try store.write([.flow(Money("5", .usd), reason: "test")], at: Fixture.now)
        let copy = try backup(at: Fixture.now)
        let path = fixture.folder + "/elsewhere.sqlite"
        try LedgerMaintenance.restore(
            copy,
            to: path,
            auditDirectory: fixture.audit,
            at: Fixture.now
        )
        #expect(try flows(path) == "5")
        // The log ends where the copy does: nothing is cut.
        #expect(try names(fixture.audit) == ["audit-20260105.jsonl"])
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `a copy of a newer Vigil is refused by name, and what is no ledger too`() throws {
        _ = try fixture.open()
        let copy = try backup(at: Fixture.now)
        try DatabaseQueue(path: copy).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9-of-the-future')")
        }
        func refused(_ copy: String) -> LedgerError? {
            #expect(throws: LedgerError.self) {
                try LedgerMaintenance.restore(
                    copy,
                    to: fixture.path,
                    auditDirectory: fixture.audit,
                    at: Fixture.now
                )
            }
        }
        let newer = refused(copy)
        #expect(newer?.code == .newerSchema)
        #expect(
            newer?.message
                == "`\(copy)` was written by a newer Vigil; restore it with that one"
        )
        let rubbish = fixture.folder + "/rubbish.sqlite"
        try put(String(repeating: "x", count: 9_000), rubbish)
        let damaged = refused(rubbish)
        #expect(damaged?.code == .corrupt)
        #expect(damaged?.message.hasPrefix("`\(rubbish)` is no whole ledger (") == true)
        #expect(damaged?.message.hasSuffix("); take another") == true)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the room of deleted rows is given back, and what is left stays`() throws {
        let store = try fixture.open()
        try store.queue.write { database in
            for number in 0..<500 {
                try database.execute(
                    sql: "INSERT INTO meta VALUES (?, ?)",
                    arguments: ["n\(number)", String(repeating: "x", count: 500)]
                )
            }
            try database.execute(sql: "DELETE FROM meta WHERE name LIKE 'n%' AND name <> 'n7'")
        }
        let before = try fixture.rows("PRAGMA freelist_count").first?.first
        #expect(before != "0")
        try LedgerMaintenance.vacuum(fixture.path)
        #expect(try fixture.rows("PRAGMA freelist_count") == [["0"]])
        #expect(try fixture.rows("SELECT COUNT(*) FROM meta WHERE name LIKE 'n%'") == [["1"]])
        #expect(store.instanceName == "instance")
    }
}
