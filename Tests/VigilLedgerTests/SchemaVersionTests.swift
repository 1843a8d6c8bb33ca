import Foundation
import GRDB
import Testing
import VigilCrypto
import VigilModel
import VigilTestSupport

@testable import VigilLedger

/// The tables of every version stay what they were, and a ledger of no version is not touched.
@Suite struct SchemaVersionTests {
    /// What each version made of a ledger.
    ///
    /// A released one never changes; a new version adds a line.
    private static let released = [
        "1-spine": "cc91c61538e53aac", "2-configurations": "e2842f1075422f43",
        "3-risk": "dbb7c7ab7d2ece22", "4-orders": "97c7d8f8a8b9974e",
        "5-why": "c639332a550acd36", "6-quarantine": "ac145c3f2c2c6820",
    ]

    private let scratch: ScratchFolder
    private var path: String { scratch.file("ledger.sqlite") }

    init() throws {
        scratch = try ScratchFolder()
    }

    /// A ledger of a version, as that version's build left it.
    private func make(_ version: String) throws {
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: version)
        try queue.write { try $0.execute(sql: "INSERT INTO meta VALUES ('instance', 'old')") }
        try queue.close()
    }

    private func open() throws -> LedgerStore {
        try LedgerStore(path: path, auditDirectory: scratch.path + "/audit", freshInstance: "new")
    }

    @Test func `no released version is ever edited`() throws {
        for version in Schema.migrator.migrations {
            let queue = try DatabaseQueue()
            try Schema.migrator.migrate(queue, upTo: version)
            let text = try queue.read { database in
                try String.fetchAll(
                    database,
                    sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
                ).joined(separator: "\n")
            }
            #expect(
                Digest.sha256(text.utf8).prefix(16) == Self.released[version] ?? "",
                "\(version)"
            )
        }
    }

    @Test
    func `a ledger of every version is opened, and a copy of it is kept before it is changed`()
        throws
    {
        for version in Schema.migrator.migrations {
            for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
                try FileManager.default.removeItem(atPath: scratch.file(name))
            }
            try make(version)
            #expect(try open().instanceName == "old", "\(version)")
            let kept = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
                .filter { $0.contains(".before-") }
            #expect(
                kept.count == (version == Schema.migrator.migrations.last ? 0 : 1),
                "\(version)"
            )
            for copy in kept {
                let migrations = try DatabaseQueue(path: scratch.file(copy)).read {
                    try Schema.migrator.appliedIdentifiers($0)
                }
                #expect(
                    migrations.contains(version)
                        && migrations.count < Schema.migrator.migrations.count
                )
            }
        }
    }

    @Test func `a ledger of a build between two versions is refused, and not touched`() throws {
        try make("4-orders")
        try DatabaseQueue(path: path).write { database in
            try database.execute(sql: "ALTER TABLE fills ADD COLUMN something TEXT")
        }
        let before = FileManager.default.contents(atPath: path)
        let error = #expect(throws: LedgerError.self) { _ = try open() }
        #expect(error?.code == .newerSchema)
        #expect(error?.message.contains("its `fills` is not that of version `4-orders`") == true)
        #expect(FileManager.default.contents(atPath: path) == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(left == ["ledger.sqlite"])
    }

    @Test
    func `commands that only read understand a ledger of every version, and leave it as it is`()
        throws
    {
        for version in Schema.migrator.migrations {
            try? FileManager.default.removeItem(atPath: path)
            try make(version)
            let before = FileManager.default.contents(atPath: path)
            #expect(try LedgerExport.equity(path: path).rows.isEmpty, "\(version)")
            #expect(try LedgerExport.lots(path: path).rows.isEmpty, "\(version)")
            #expect(try FillLatency(path: path).spans.isEmpty, "\(version)")
            #expect(try LedgerStore.readHead(path: path).sequence == 0, "\(version)")
            let why = Why(ledger: path, audit: scratch.path)
            #expect(try why.answer(.order(ClientOrderID("v-1"))) == nil, "\(version)")
            #expect(FileManager.default.contents(atPath: path) == before, "\(version)")
        }
    }

    @Test func `an index of the owner's own is no reason to leave what is held alone`() throws {
        try make("4-orders")
        try DatabaseQueue(path: path).write { database in
            try database.execute(sql: "CREATE INDEX mine ON fills (product)")
        }
        #expect(try open().instanceName == "old")
    }

    @Test func `somebody else's database is refused, and not touched`() throws {
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "CREATE TABLE notes (text TEXT)")
        }
        let error = #expect(throws: LedgerError.self) { _ = try open() }
        #expect(error?.message.contains("it has tables and no version") == true)
    }
}
