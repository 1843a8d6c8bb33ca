import Foundation
import GRDB
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilLedger
import VigilModel
import VigilRehearsal

/// Care of positions by the whole engine: sold through Risk and Execution, in slices, and nothing else.
@Suite struct CareTests {
    /// How many fills came of each reason to sell.
    private func sold(_ fixture: EngineFixture) throws -> [String: Int] {
        try DatabaseQueue(path: fixture.paths.ledger).read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT i.exit_reason, COUNT(DISTINCT i.client_order_id) FROM fills f
                      JOIN intents i USING (client_order_id)
                      WHERE i.exit_reason IS NOT NULL GROUP BY i.exit_reason
                    """
            )
            return Dictionary(rows.map { ($0[0] as String, $0[1] as Int) }) { $1 }
        }
    }

    private func run(
        _ fixture: EngineFixture,
        _ hours: Int,
        from start: Int = 0,
        _ change: (inout VigilConfig.Configuration) -> Void
    ) throws {
        var configuration = fixture.configuration
        change(&configuration)
        let result = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: configuration,
                paths: fixture.paths,
                market: fixture.market(
                    seed: 2,
                    start: EngineFixture.start + .seconds(3_600 * start)
                ),
                duration: .seconds(3_600 * hours),
                seed: UInt64(2 + start)
            )
        )
        try fixture.checkInvariants(result.venue)
    }

    @Test func `a position whose product is excluded is sold in slices after its grace`() throws {
        let fixture = try EngineFixture()
        try run(fixture, 4) { _ in }
        try run(fixture, 4, from: 4) { configuration in
            let products = configuration.policy.universe.products.map(\.product)
            configuration.policy.universe.neverTrade = Set(products)
            configuration.policy.care.purge = CarePolicy.Purge(
                grace: .seconds(1_800),
                valueMin: Money(raw: 10 * FixedPoint.one, currency: .usd),
                slice: Money(raw: 60 * FixedPoint.one, currency: .usd),
                positionsMax: 1
            )
        }
        let sold = try sold(fixture)
        #expect((sold["purge"] ?? 0) >= 3)
        let state = try LedgerStore(
            path: fixture.paths.ledger,
            auditDirectory: fixture.paths.audit,
            freshInstance: "x"
        ).load()
        #expect(state.replay.books.positions.isEmpty)
    }

    @Test func `positions that have outgrown a cap are cut back to it`() throws {
        let fixture = try EngineFixture()
        try run(fixture, 4) { _ in }
        try run(fixture, 1, from: 4) { configuration in
            configuration.policy.risk.totalAtRiskMax = Rate(basisPoints: 150)
            configuration.policy.care.trim = CarePolicy.Trim(
                tolerance: .zero,
                buffer: Rate(basisPoints: 50),
                valueMin: Money(raw: 10 * FixedPoint.one, currency: .usd),
                positionsMax: 5,
                failuresMax: 3
            )
        }
        #expect((try sold(fixture)["trim"] ?? 0) >= 1)
        let equity = try LedgerExport.equity(path: fixture.paths.ledger)
        let last = try #require(equity.rows.last)
        let (nlv, exposure) = (try Money(last[1], .usd), try Money(last[2], .usd))
        #expect(try exposure.ratio(to: nlv) <= Rate(basisPoints: 150))
    }
}
