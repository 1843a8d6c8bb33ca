import Foundation
import GRDB
import Testing
import VigilModel

@testable import VigilExchange

/// What the paper venue's store has agreed with SQLite, as SQLite itself says it.
@Suite struct PaperStoreTests {
    @Test func `what the paper venue has reported survives a power cut`() throws {
        let folder = NSTemporaryDirectory() + "vigil-paper-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for _ in 0..<2 {
            let store = try PaperStore(path: folder + "/paper.sqlite")
            try store.saveMarks([:])
            let found = try store.queue.read { database in
                [
                    try String.fetchOne(database, sql: "PRAGMA synchronous"),
                    try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                ]
            }
            #expect(found == ["2", "wal"])
        }
    }

    @Test func `a store whose place cannot be written is an error, and no empty venue`() {
        #expect(throws: (any Error).self) { try PaperStore(path: "/proc/nowhere/paper.sqlite") }
    }
}
