import Foundation
import GRDB
import Testing
import VigilConfig
import VigilCore
import VigilEngine
import VigilExchange
import VigilModel
import VigilRehearsal
import VigilSimulation

/// Whole days of the whole engine, with faults at its ports, kills and restarts at random times.
///
/// One runs with every test; `VIGIL_SIM_DAYS=100` asks for more.
@Suite struct EngineDays {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = Int(environment["VIGIL_SIM_DAYS"] ?? "") ?? 1
    private static let first = UInt64(environment["VIGIL_SIM_FIRST"] ?? "") ?? 1

    @Test func `days with faults, kills and restarts break no invariant`() throws {
        var (fills, halts) = (0, 0)
        for seed in Self.first..<Self.first + UInt64(Self.count) {
            let fixture = try EngineFixture()
            var random = SeededRandom(seed: seed)
            let noon = random.integer(in: 4...20)
            let morning = try run(fixture, seed, from: 0, to: noon, &random)
            let evening = try run(fixture, seed, from: noon, to: 24, &random)
            #expect(morning.recovery.endedCleanly)
            try fixture.checkInvariants(evening.venue)
            let found = try DatabaseQueue(path: fixture.paths.ledger).read { database in
                (
                    try Int.fetchOne(database, sql: Self.entriesWhileHalted) ?? 0,
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM fills") ?? 0,
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM halts") ?? 0
                )
            }
            #expect(found.0 == 0, "seed \(seed): entries were meant while halted")
            fills += found.1
            halts += found.2
        }
        print("\(Self.count) days of the engine: \(fills) fills, \(halts) halts")
        #expect(fills > 0 && halts > 0)
    }

    private static let entriesWhileHalted = """
        SELECT COUNT(*) FROM intents i JOIN halts h ON h.product IS NULL OR h.product = i.product
          WHERE i.exit_reason IS NULL AND i.created_at > h.raised_at
            AND (h.cleared_at IS NULL OR i.created_at < h.cleared_at)
        """

    private func run(
        _ fixture: EngineFixture,
        _ seed: UInt64,
        from first: Int,
        to last: Int,
        _ random: inout SeededRandom
    ) throws -> RehearsalRunner.Result {
        let control = MarketFaultSwitch()
        let faults = VenueFaultSwitch()
        let products = fixture.configuration.policy.universe.products.map(\.product)
        let length = 3_600 * (last - first)
        var interventions: [RehearsalRunner.Intervention] = []
        for _ in 0..<random.integer(in: 1...8) {
            let begin = random.integer(in: 1...length - 600)
            let end = begin + random.integer(in: 5...min(3_600, length - begin))
            let product = products[random.integer(in: 0...products.count - 1)]
            let fault = Self.fault(product, control, faults, &random)
            interventions.append(.init(after: .seconds(begin), act: fault.begin))
            interventions.append(.init(after: .seconds(end), act: fault.end))
        }
        let market = try fixture.market(
            seed: seed &* 1_000 + UInt64(first),
            start: EngineFixture.start + .seconds(3_600 * first)
        )
        return try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration,
                paths: fixture.paths,
                market: FaultyMarket(market, control: control),
                duration: .seconds(length),
                seed: seed &* 100 + UInt64(first),
                shuffle: random.unit() < 0.5 ? seed : nil,
                bound: random.unit() < 0.2 ? 1 : nil,
                faults: faults,
                interventions: interventions
            )
        )
    }

    private typealias Act = @Sendable (Engine) -> Void

    private static func fault(
        _ product: ProductID,
        _ control: MarketFaultSwitch,
        _ faults: VenueFaultSwitch,
        _ random: inout SeededRandom
    ) -> (begin: Act, end: Act) {
        let venue: [VenueFault] = [
            .unreachable, .failing, .limiting, .silent, .rejecting, .ahead(.seconds(3)),
            .gap(product),
        ]
        let market: [MarketFault] = [
            .closed(product), .mute(product), .still(product), .wide(product), .wild(product),
            .scaled(0.9, [product]), .scaled(1.1, [product]),
        ]
        switch random.integer(in: 0...9) {
        case 0...4:
            let chosen = venue[random.integer(in: 0...venue.count - 1)]
            return ({ _ in faults.set(chosen) }, { _ in faults.set(nil) })
        case 5...8:
            let chosen = market[random.integer(in: 0...market.count - 1)]
            return ({ _ in control.set(chosen) }, { _ in control.set(nil) })
        default: return ({ $0.kill.pull("seed") }, { _ = $0.kill.resume("seed") })
        }
    }
}
