import Foundation
import GRDB
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilExchange
import VigilLedger
import VigilMarkets
import VigilModel
import VigilRehearsal

@Suite struct EngineSimulation {
    @Test func `a day of paper trading opens, stops out and takes profit`() throws {
        let fixture = try EngineFixture()
        let result = try fixture.run(hours: 24)
        try fixture.checkInvariants(result.venue)
        let summary = try fixture.summary(result)
        #expect(summary.cycles.values.reduce(0, +) == 1_440)
        #expect((summary.cycles["executed"] ?? 0) > 0)
        #expect((summary.exits[.stopLoss] ?? 0) > 0)
        #expect((summary.exits[.takeProfit] ?? 0) > 0)
        #expect(summary.fills > 0 && summary.makerFills > 0 && summary.makerFills < summary.fills)
        let recomputed = try AuditVerifier.decisionHash(directory: fixture.paths.audit, run: nil)
        #expect(recomputed?.hash == result.ending.decisionHash)
    }

    @Test func `one seed gives one decision hash, another seed another`() throws {
        let first = try EngineFixture().run(seed: 5).ending.decisionHash
        #expect(first == (try EngineFixture().run(seed: 5).ending.decisionHash))
        #expect(first != (try EngineFixture().run(seed: 6).ending.decisionHash))
    }

    @Test(arguments: [1, 2, 3])
    func `random scheduling breaks no invariant`(shuffle: UInt64) throws {
        let fixture = try EngineFixture()
        let result = try fixture.run(seed: 2, shuffle: shuffle)
        try fixture.checkInvariants(result.venue)
        #expect(try fixture.summary(result).fills > 0)
    }

    @Test func `with every mailbox bound at one the engine stays live`() throws {
        let fixture = try EngineFixture()
        let result = try fixture.run(seed: 2, bound: 1)
        try fixture.checkInvariants(result.venue)
        let summary = try fixture.summary(result)
        #expect(summary.cycles.values.reduce(0, +) == 360)
        #expect(summary.cycles["aborted"] == nil)
    }

    @Test func `a kill cancels every entry, lets none through, and leaves exits alive`() throws {
        let fixture = try EngineFixture()
        let pulled = Duration.seconds(3 * 3_600 + 17)
        let result = try fixture.run(
            seed: 2,
            hours: 24,
            interventions: [.init(after: pulled) { $0.kill.pull("test") }]
        )
        let state = try fixture.checkInvariants(result.venue)
        #expect(state.isKilled)
        #expect(result.venue.list().openOrders.isEmpty)
        let killedAt = EngineFixture.start + pulled
        let fills = try result.venue.fills(from: 0)
        #expect(fills.contains { $0.side == .buy && $0.occurredAt < killedAt })
        #expect(!fills.contains { $0.side == .buy && $0.occurredAt > killedAt })
        #expect(fills.contains { $0.side == .sell && $0.occurredAt > killedAt })
    }

    @Test func `a paper venue that cannot store says so, and stores everything later`() throws {
        let fixture = try EngineFixture()
        let path = fixture.paths.paper
        func rename(_ old: String, _ new: String) -> @Sendable (Engine) -> Void {
            { _ in
                #expect(throws: Never.self) {
                    try DatabaseQueue(path: path).write { database in
                        try database.execute(sql: "ALTER TABLE \(old) RENAME TO \(new)")
                    }
                }
            }
        }
        let result = try fixture.run(
            seed: 2,
            hours: 12,
            interventions: [
                .init(after: .seconds(3_600), act: rename("fills", "gone")),
                .init(after: .seconds(10 * 3_600), act: rename("gone", "fills")),
            ]
        )
        try fixture.checkInvariants(result.venue)
        #expect(result.venue.saveFailure == nil)
        let alerts = try DatabaseQueue(path: fixture.paths.ledger).read { database in
            try String.fetchAll(
                database,
                sql: "SELECT DISTINCT kind || ' ' || severity FROM alerts WHERE kind LIKE 'venue%'"
            )
        }
        #expect(alerts == ["venue_unwritable critical"])
    }

    @Test func `a kill outlives a restart, and only a resume lifts it`() throws {
        let fixture = try EngineFixture()
        _ = try fixture.run(
            hours: 1,
            interventions: [.init(after: .seconds(60)) { $0.kill.pull("test") }]
        )
        let later = EngineFixture.start + .seconds(2 * 3_600)
        let again = try fixture.run(seed: 3, hours: 2, start: later)
        #expect(again.recovery.latched == "test")
        #expect(try fixture.summary(again).orders == 0)
        // Told in the ledger once, when it was pulled; the restart found the row there.
        let rows = try DatabaseQueue(path: fixture.paths.ledger).read { database in
            try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM halts WHERE reason = 'kill'")
        }
        #expect(rows == 1)
        let resumed = try fixture.run(
            seed: 4,
            hours: 12,
            start: later + .seconds(3 * 3_600),
            interventions: [.init(after: .seconds(60)) { _ = $0.kill.resume("tested") }]
        )
        try fixture.checkInvariants(resumed.venue)
        #expect(try fixture.summary(resumed).orders > 0)
    }

    @Test func `a second run goes on with the positions of the first`() throws {
        let fixture = try EngineFixture()
        let first = try fixture.run(seed: 2, hours: 4)
        let held = try fixture.checkInvariants(first.venue).replay.books.positions
        #expect(!held.isEmpty)
        let second = try fixture.run(
            seed: 9,
            hours: 48,
            start: EngineFixture.start + .seconds(5 * 3_600)
        )
        #expect(second.recovery.endedCleanly && second.recovery.ordersSettled == 0)
        try fixture.checkInvariants(second.venue)
        let sold = try second.venue.fills(from: 0).filter { $0.side == .sell }.map(\.product)
        #expect(held.keys.contains { sold.contains($0) })
    }

    @Test func `a ledger that lost its orders adopts what the venue traded`() throws {
        let fixture = try EngineFixture()
        let first = try fixture.run(seed: 2, hours: 4)
        let held = try fixture.checkInvariants(first.venue).replay.books.positions
        #expect(!held.isEmpty)
        for path in ["/ledger.sqlite", "/ledger.sqlite-wal", "/ledger.sqlite-shm", "/audit"] {
            try? FileManager.default.removeItem(atPath: fixture.folder + path)
        }
        let later = EngineFixture.start + .seconds(5 * 3_600)
        let second = try fixture.run(seed: 9, hours: 48, start: later)
        #expect(second.recovery.fillsRecovered > 0)
        try fixture.checkInvariants(second.venue)
        let sold = try second.venue.fills(from: 0).filter {
            $0.occurredAt > later && $0.side == .sell
        }
        #expect(!sold.isEmpty)
    }

    @Test
    func `what a restored copy does not know keeps its own exits, by the ledger that was replaced`()
        throws
    {
        let fixture = try EngineFixture()
        func hour(_ hours: Int) -> Instant { EngineFixture.start + .seconds(hours * 3_600) }
        _ = try fixture.run(seed: 2, hours: 1)
        let copy = try LedgerMaintenance.backup(
            path: fixture.paths.ledger,
            into: fixture.folder + "/backups",
            at: hour(1)
        )
        let second = try fixture.run(seed: 9, hours: 6, start: hour(2))
        #expect(try !fixture.checkInvariants(second.venue).replay.books.positions.isEmpty)
        try LedgerMaintenance.restore(
            copy,
            to: fixture.paths.ledger,
            auditDirectory: fixture.paths.audit,
            at: hour(9)
        )
        let third = try fixture.run(seed: 10, hours: 1, start: hour(10))
        #expect(!third.recovery.adoptions.isEmpty)
        for told in third.recovery.adoptions {
            #expect(told.contains("keeps its own exits, by the ledger that was replaced: stop "))
        }
        try fixture.checkInvariants(third.venue)
        // Without that ledger the tightest exits count, and it is said of which order.
        let again = try FileManager.default.contentsOfDirectory(atPath: fixture.folder)
        for name in again where name.contains(".replaced-") {
            try FileManager.default.removeItem(atPath: fixture.folder + "/" + name)
        }
        try LedgerMaintenance.restore(
            copy,
            to: fixture.paths.ledger,
            auditDirectory: fixture.paths.audit,
            at: hour(12)
        )
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder)
        where name.contains(".replaced-") {
            try FileManager.default.removeItem(atPath: fixture.folder + "/" + name)
        }
        let fourth = try fixture.run(seed: 11, hours: 1, start: hour(13))
        #expect(
            fourth.recovery.adoptions.contains {
                $0.contains("gets the tightest of the configured ones")
            }
        )
    }

    static let recording = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("shared/data/coinbase_BTC-USD_1m_2025-11-23_50000.csv.gz").path

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: EngineSimulation.recording),
            "the recorded minutes are not on this machine"
        )
    )
    func `a day of recorded minutes goes through the whole engine`() throws {
        let fixture = try EngineFixture()
        let market = RecordedMarket(try Recording.read([Self.recording]), seed: 1)
        let result = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration,
                paths: fixture.paths,
                market: market,
                duration: .seconds(86_400),
                seed: 1
            )
        )
        try fixture.checkInvariants(result.venue)
        #expect(try fixture.summary(result).cycles.values.reduce(0, +) == 1_440)
    }
}

/// More seeds, on demand: `./dev sim 50`.
@Suite struct EngineSeeds {
    private static let count =
        Int(ProcessInfo.processInfo.environment["VIGIL_SIM_SEEDS"] ?? "") ?? 2

    @Test func `seeds with a kill and a resume at random times break no invariant`() throws {
        for seed in 1...UInt64(Self.count) {
            var random = SeededRandom(seed: seed)
            let fixture = try EngineFixture()
            let kill = Duration.seconds(random.integer(in: 1...14_400))
            let resume = kill + .seconds(random.integer(in: 1...7_200))
            let result = try fixture.run(
                seed: 1_000 + seed,
                hours: 6,
                shuffle: seed,
                interventions: [
                    .init(after: kill) { $0.kill.pull("seed") },
                    .init(after: resume) { _ = $0.kill.resume("seed") },
                ]
            )
            try fixture.checkInvariants(result.venue)
        }
    }
}
