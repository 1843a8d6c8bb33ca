import Foundation
import Testing
import VigilCore
import VigilLedger
import VigilModel
import VigilTestSupport

/// Whoever only reads makes no ledger where there is none.
@Suite struct LedgerAbsentTests {
    private static let readers: [(name: String, read: @Sendable (String) throws -> Void)] = [
        ("evidence of orders", { _ = try OrderEvidence(path: $0) }),
        ("evidence of a halt", { _ = try HaltEvidence(path: $0, halt: Halt(.kill)) }),
        ("latency", { _ = try FillLatency(path: $0) }),
        ("lots", { _ = try LedgerExport.lots(path: $0) }),
        ("equity", { _ = try LedgerExport.equity(path: $0) }),
        ("head", { _ = try LedgerStore.readHead(path: $0) }),
        ("configuration", { _ = try LastConfiguration.read(ledger: $0) }),
        (
            "why",
            { path in
                _ = try Why(ledger: path, audit: path).answer(.order(ClientOrderID("v-1")))
            }
        ),
        (
            "backup",
            { path in
                let folder = path + "-copies"
                _ = try LedgerMaintenance.backup(path: path, into: folder, at: .epoch)
            }
        ),
        (
            "restore",
            { path in
                try LedgerMaintenance.restore(
                    path,
                    to: path + "-other",
                    auditDirectory: path + "-audit",
                    at: .epoch
                )
            }
        ),
    ]

    @Test func `what is not there cannot be read, and is not made by the attempt`() throws {
        for reader in Self.readers {
            let scratch = try ScratchFolder()
            let path = scratch.file("ledger.sqlite")
            #expect(throws: (any Error).self, "\(reader.name)") { try reader.read(path) }
            #expect(!FileManager.default.fileExists(atPath: path), "\(reader.name)")
            #expect(!FileManager.default.fileExists(atPath: path + "-other"), "\(reader.name)")
            #expect(scratch.path.isEmpty == false)
        }
    }

    @Test func `a ledger that is not there has nothing to protect`() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("ledger.sqlite")
        #expect(try Protected.products(ledger: path).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `an audit log that is not there is no log`() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.file("audit")
        #expect(throws: (any Error).self) {
            try AuditVerifier.verify(directory: folder, head: nil)
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
