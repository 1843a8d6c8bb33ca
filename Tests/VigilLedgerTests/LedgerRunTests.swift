import Foundation
import GRDB
import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// What a run leaves in the ledger from its beginning to its end.
@Suite struct LedgerRunTests {
    private typealias Fixture = LedgerFixture

    private func store(_ fixture: LedgerFixture) throws -> LedgerStore {
        try LedgerStore(path: fixture.path, auditDirectory: fixture.audit, freshInstance: "x")
    }

    private func context(
        _ id: String,
        mode: TradingMode = .paper,
        configuration: String = "{}",
        sources: [String: String] = [:]
    ) -> LedgerStore.RunContext {
        LedgerStore.RunContext(
            id: RunID(id),
            mode: mode,
            configHash: "hash of \(id)",
            configuration: configuration,
            sources: sources
        )
    }

    @Test func `a run's row tells its mode, its configuration, its beginning and its end`() throws {
        let fixture = try LedgerFixture()
        var store = try store(fixture)
        try store.beginRun(context("run1"), at: Fixture.at(10))
        let columns = "run_id, mode, config_hash, started_at, ended_at, decision_hash"
        func rows() throws -> [[String]] {
            try fixture.rows("SELECT \(columns) FROM runs ORDER BY rowid")
        }
        let (start, end) = ("\(Fixture.at(10).nanoseconds)", "\(Fixture.at(50).nanoseconds)")
        #expect(try rows() == [["run1", "PAPER", "hash of run1", start, "-", "-"]])
        #expect(try fixture.lines.count == 1)
        _ = try store.write([.decision(Fixture.decision(1), latencies: [])], at: Fixture.at(20))
        let hash = store.decisionHash
        try store.endRun(at: Fixture.at(50))
        #expect(try rows() == [["run1", "PAPER", "hash of run1", start, end, hash]])
        // It has ended once.
        try store.endRun(at: Fixture.at(60))
        #expect(try rows() == [["run1", "PAPER", "hash of run1", start, end, hash]])
        let log = FileManager.default.contents(atPath: fixture.path + "-wal")
        #expect(log?.isEmpty == true)
        #expect(store.decisionHash == hash)
    }

    @Test func `no record is taken before a run begins or after it has ended`() throws {
        let fixture = try LedgerFixture()
        var store = try store(fixture)
        let record = LedgerRecord.flow(try Money("1", .usd), reason: "test")
        let early = #expect(throws: LedgerError.self) {
            try store.write([record], at: Fixture.now)
        }
        #expect(early?.code == .corrupt)
        #expect(early?.message == "a record came before its run began")
        try store.beginRun(context("run1"), at: Fixture.now)
        _ = try store.write([record], at: Fixture.now)
        try store.endRun(at: Fixture.now)
        #expect(throws: LedgerError.self) { try store.write([record], at: Fixture.now) }
        #expect(try store.load().replay.books.flows[.usd]?.amount == "1")
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `each run's decisions are hashed from the chain's zero on`() throws {
        let fixture = try LedgerFixture()
        var store = try store(fixture)
        let zeros = String(repeating: "0", count: 64)
        var hashes: [String] = []
        for run in ["run1", "run2"] {
            try store.beginRun(context(run), at: Fixture.now)
            #expect(store.decisionHash == zeros)
            _ = try store.write([.decision(Fixture.decision(1), latencies: [])], at: Fixture.now)
            hashes.append(store.decisionHash)
            try store.endRun(at: Fixture.now)
        }
        var chain = DecisionChain()
        try chain.append(Fixture.decision(1))
        #expect(hashes == [chain.hash, chain.hash])
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the chain stands where the ledger says, and a refused batch does not move it`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.halt(Fixture.halt("one"))], at: Fixture.now)
        let before = store.auditPosition
        #expect(before.sequence == 2)
        let hash = store.decisionHash
        #expect(throws: (any Error).self) {
            try store.write(
                [
                    .halt(Fixture.halt("two")), .decision(Fixture.decision(1), latencies: []),
                    .fill(Fixture.trade("1", of: "nobody")),
                ],
                at: Fixture.now
            )
        }
        #expect(store.auditPosition == before)
        #expect(try store.auditHead() == before)
        #expect(try LedgerStore.readHead(path: fixture.path) == before)
        #expect(store.decisionHash == hash)
        #expect(store.auditFailure == nil)
        #expect(try fixture.verdict() == .intact(lines: 2, head: before.hash))
    }

    @Test func `a ledger of another account says whose it is`() throws {
        let fixture = try LedgerFixture()
        var store = try store(fixture)
        try store.beginRun(context("run1", mode: .live), at: Fixture.now)
        let error = #expect(throws: LedgerError.self) {
            try store.beginRun(context("run2"), at: Fixture.now)
        }
        #expect(error?.code == .otherAccount)
        #expect(
            error?.message
                == "this ledger is that of LIVE, and PAPER is another account; "
                + "give each a state directory of its own with `--state`"
        )
        #expect(try fixture.rows("SELECT run_id FROM runs") == [["run1"]])
    }

    @Test func `the last run's configuration is told, with the newest text of its files`() throws {
        let fixture = try LedgerFixture()
        var store = try store(fixture)
        #expect(try LastConfiguration.read(ledger: fixture.path) == nil)
        let runs: [(String, String, [String: String])] = [
            ("z", #"{"a":1}"#, ["app": "a: 1"]), ("y", #"{"a":2}"#, ["app": "a: 2"]),
            ("x", #"{"a":1}"#, ["app": "a:  1"]),
        ]
        for (number, (run, configuration, sources)) in runs.enumerated() {
            let context = context(run, configuration: configuration, sources: sources)
            try store.beginRun(context, at: Fixture.at(100 - number))
            let last = try #require(try LastConfiguration.read(ledger: fixture.path))
            #expect(last.run == RunID(run))
            #expect(last.startedAt == Fixture.at(100 - number))
            #expect(last.effective == configuration)
            #expect(last.mode == .paper)
            #expect(last.sources == sources)
            #expect(!last.hasPositions)
        }
        #expect(try fixture.rows("SELECT COUNT(*) FROM configurations") == [["2"]])
        // An older ledger did not keep the files.
        try store.queue.write { database in
            try database.execute(sql: "UPDATE configurations SET sources = NULL")
        }
        #expect(try LastConfiguration.read(ledger: fixture.path)?.sources.isEmpty == true)
    }

    @Test func `a position is something to protect when no order is worked any more`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write(
            [
                .intents([Fixture.order("a", Fixture.eth), Fixture.order("b")]),
                .fill(Fixture.trade("1", of: "a", Fixture.eth)),
                Fixture.step("a", .open, .filled, .filled),
            ],
            at: Fixture.now
        )
        #expect(
            try Protected.products(ledger: fixture.path) == [Fixture.btc, Fixture.eth]
        )
        _ = try store.write([Fixture.step("b", .open, .canceled, .canceled)], at: Fixture.now)
        #expect(try Protected.products(ledger: fixture.path) == [Fixture.eth])
        #expect(try LastConfiguration.read(ledger: fixture.path)?.hasPositions == true)
        // What was sold again is history.
        _ = try store.write(
            [
                .intents([Fixture.order("c", Fixture.eth, side: .sell, exit: .purge)]),
                .fill(Fixture.trade("2", of: "c", Fixture.eth, side: .sell)),
                Fixture.step("c", .open, .filled, .filled),
            ],
            at: Fixture.at(1)
        )
        #expect(try Protected.products(ledger: fixture.path).isEmpty)
        #expect(try LastConfiguration.read(ledger: fixture.path)?.hasPositions == false)
    }
}
