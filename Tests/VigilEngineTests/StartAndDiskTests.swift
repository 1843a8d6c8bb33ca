import Foundation
import GRDB
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilExchange
import VigilLedger
import VigilModel
import VigilSimulation

@testable import VigilMarkets
@testable import VigilRehearsal

/// What the whole engine does while its books are not whole, a market is missing, or the disk refuses.
@Suite struct StartAndDiskTests {
    private static let later = EngineFixture.start + .seconds(6 * 3_600)

    private func rows(_ path: String, _ sql: String) throws -> [String] {
        try DatabaseQueue(path: path).read { try String.fetchAll($0, sql: sql) }
    }

    private func entries(_ fixture: EngineFixture, since start: Instant) throws -> Int {
        try rows(
            fixture.paths.ledger,
            """
            SELECT client_order_id FROM intents
              WHERE exit_reason IS NULL AND created_at >= \(start.nanoseconds)
            """
        ).count
    }

    @Test func `a start with one difference left is not complete, and enters nothing`() throws {
        let fixture = try EngineFixture()
        _ = try fixture.run(seed: 2, hours: 6)
        #expect(try entries(fixture, since: EngineFixture.start) > 0)
        let store = try PaperStore(path: fixture.paths.paper)
        var venue = MatchingEngine(
            products: [],
            fees: fixture.configuration.policy.execution.fees
        )
        try store.load(into: &venue)
        try venue.deposit(Money("0.5", #require(Currency("BTC"))))
        try store.save(venue, venue.takeChanges())
        let second = try fixture.run(seed: 3, hours: 3, start: Self.later)
        let halts = second.ending.view.halts.map(\.halt)
        #expect(halts.contains(Halt(.recovering)))
        #expect(halts.contains(Halt(.mismatch)))
        #expect(try entries(fixture, since: Self.later) == 0)
        try FileManager.default.removeItem(atPath: fixture.folder)
    }

    @Test func `a start without a difference is complete after its first comparison`() throws {
        let fixture = try EngineFixture()
        let run = try fixture.run(seed: 2, hours: 1)
        #expect(!run.ending.view.halts.contains { $0.halt == Halt(.recovering) })
        try FileManager.default.removeItem(atPath: fixture.folder)
    }

    @Test func `a position whose market is gone is told as critical, by its name`() throws {
        let fixture = try EngineFixture()
        _ = try fixture.run(seed: 2, hours: 6)
        let state = try LedgerStore(
            path: fixture.paths.ledger,
            auditDirectory: fixture.paths.audit,
            freshInstance: "x"
        ).load()
        let held = Set(state.replay.books.positions.keys)
        #expect(!held.isEmpty)
        let specs = try fixture.configuration.policy.universe.products
            .filter { !held.contains($0.product) }
            .map { try ProductSpec($0.product, tier: $0.tier.rawValue) }
        _ = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration,
                paths: fixture.paths,
                market: MarketGenerator(specs, seed: 3, start: Self.later),
                duration: .seconds(600),
                seed: 3
            )
        )
        let told = try rows(
            fixture.paths.ledger,
            "SELECT severity || ' ' || detail FROM alerts WHERE kind = 'blind' AND escalated = 0"
        )
        #expect(told.count == held.count)
        for product in held {
            #expect(told.contains { $0.hasPrefix("critical \(product) is held") })
        }
        try FileManager.default.removeItem(atPath: fixture.folder)
    }

    /// The disk refuses for half of every second minute, from just before the cycle: the first record that
    /// it refuses is often an entry's own intent, before any halt is known.
    @Test func `while the disk refuses no entry reaches the venue without its intent`() throws {
        let fixture = try EngineFixture()
        let ledger = LedgerFaultSwitch()
        var refusals: [RehearsalRunner.Intervention] = []
        for minute in stride(from: 10, to: 360, by: 2) {
            let begin = Duration.milliseconds(60_000 * minute - 500)
            refusals.append(.init(after: begin) { _ in ledger.set(.full) })
            refusals.append(.init(after: begin + .seconds(30)) { _ in ledger.set(nil) })
        }
        let result = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration.busy(),
                paths: fixture.paths,
                market: fixture.market(seed: 2),
                duration: .seconds(6 * 3_600),
                seed: 2,
                ledger: ledger,
                interventions: refusals
            )
        )
        let meant = Set(
            try rows(fixture.paths.ledger, "SELECT client_order_id FROM intents")
        )
        let placed = try rows(fixture.paths.paper, "SELECT client_order_id FROM orders")
        #expect(placed.count > 100)
        #expect(placed.filter { !meant.contains($0) }.isEmpty)
        try fixture.checkInvariants(result.venue)
        try FileManager.default.removeItem(atPath: fixture.folder)
    }

    /// A venue that cancels nothing is left while an order stands there, or one that is sound.
    @Test(arguments: [true, false])
    func `a stop says whether every order has ended`(isSound: Bool) throws {
        let fixture = try EngineFixture()
        let venue = VenueFaultSwitch()
        let result = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration.busy(),
                paths: fixture.paths,
                market: fixture.market(seed: 2),
                duration: .seconds(4 * 3_600),
                seed: 2,
                faults: venue,
                interventions: (0..<12_000).map { tick in
                    .init(after: .seconds(60 * (tick / 50)) + .milliseconds(1_100 * (tick % 50))) {
                        engine in
                        guard !isSound, venue.current == nil,
                            engine.paper?.list().openOrders.isEmpty == false
                        else { return }
                        venue.set(.keeping)
                        engine.requestStop()
                    }
                }
            )
        )
        #expect(result.ending.isDrained == isSound)
        try FileManager.default.removeItem(atPath: fixture.folder)
    }
}
