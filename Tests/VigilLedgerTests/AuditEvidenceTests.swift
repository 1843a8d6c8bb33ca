import GRDB
import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// A ledger is held against its log, both ways: neither is believed alone.
@Suite struct AuditEvidenceTests {
    private static let deposit = Money(raw: 1_000 * FixedPoint.one, currency: .usd)

    /// A run with a deposit and two fills that has ended.
    private func ended() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write(
            [
                .flow(Self.deposit, reason: "start"), .intents([try LedgerFixture.intent("a")]),
                .fill(try LedgerFixture.trade("e1", of: "a")),
                .fill(try LedgerFixture.trade("e2", of: "a")),
            ],
            at: LedgerFixture.now
        )
        try store.endRun(at: LedgerFixture.at(60))
        return fixture
    }

    private func differences(_ fixture: LedgerFixture) throws -> [String] {
        try AuditEvidence(ledger: fixture.path).differences(from: fixture.audit)
    }

    @Test func `a ledger and its log say the same`() throws {
        let fixture = try ended()
        #expect(try differences(fixture) == [])
        guard case .intact = try fixture.verdict() else {
            Issue.record("not whole")
            return
        }
    }

    @Test(
        arguments: [
            ("UPDATE fills SET price = '1.00' WHERE entry_id = 'e1'", "fill e1: the ledger has"),
            ("UPDATE fills SET fee = '1 USD' WHERE entry_id = 'e2'", "fill e2: the ledger has"),
            ("DELETE FROM fills WHERE entry_id = 'e2'", "is in the log alone"),
            ("UPDATE fills SET entry_id = 'e3' WHERE entry_id = 'e2'", "fill e3"),
            (
                "UPDATE flows SET amount = '2000'",
                "a movement of 1000 USD: 0 in the ledger, 1 in the log"
            ),
            (
                "INSERT INTO flows SELECT NULL, currency, amount, reason, at FROM flows",
                "2 in the ledger, 1 in the log"
            ),
            ("UPDATE runs SET decision_hash = 'x'", "the ledger's decision hash is x"),
        ]
    )
    func `what was changed in the ledger alone is told`(change: String, said: String) throws {
        let fixture = try ended()
        try DatabaseQueue(path: fixture.path).write { try $0.execute(sql: change) }
        let found = try differences(fixture)
        #expect(found.contains { $0.contains(said) }, "\(found)")
    }

    @Test func `lines that wait for their file belong to the log`() throws {
        let fixture = try ended()
        let lines = try fixture.lines
        // As after a commit whose lines no disk took.
        try DatabaseQueue(path: fixture.path).write { database in
            for (offset, line) in lines.enumerated().suffix(2) {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO audit_outbox VALUES (?, 20458, ?)",
                    arguments: [offset + 1, line]
                )
            }
        }
        try fixture.rewrite(lines.dropLast(2))
        let evidence = try AuditEvidence(ledger: fixture.path)
        let verdict = try AuditVerifier.verify(
            directory: fixture.audit,
            head: evidence.head,
            waiting: evidence
        )
        guard case .intact(let count, _) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(count == Int64(lines.count))
        #expect(try differences(fixture) == [])
        guard case .broken = try AuditVerifier.verify(directory: fixture.audit, head: evidence.head)
        else {
            Issue.record("a log that was cut off passes")
            return
        }
    }

    @Test func `a log that is being written goes on behind what the ledger said a moment ago`()
        throws
    {
        let fixture = try ended()
        let earlier = try AuditEvidence(ledger: fixture.path)
        var store = try fixture.open(run: "run2")
        _ = try store.write([.flow(Self.deposit, reason: "later")], at: LedgerFixture.at(70))
        let verdict = try AuditVerifier.verify(
            directory: fixture.audit,
            head: earlier.head,
            waiting: earlier
        )
        guard case .intact = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(try earlier.differences(from: fixture.audit) == [])
    }
}
