import Foundation
import Testing
import VigilCore
import VigilExchange
import VigilModel
import VigilTestSupport

/// Days of the cores alone: a venue and a ledger in memory, everything else random.
///
/// A few run with every test; `VIGIL_CORE_DAYS=10000` asks for more.
@Suite struct CoreDays {
    private static let count =
        Int(ProcessInfo.processInfo.environment["VIGIL_CORE_DAYS"] ?? "") ?? 20

    @Test func `random days of the cores break no invariant`() throws {
        var (fills, halts, restarts) = (0, 0, 0)
        for seed in 1...UInt64(Self.count) {
            var day = try CoreDay(seed: seed)
            try day.run()
            #expect(day.violations.isEmpty, "seed \(seed): \(day.violations.first ?? "")")
            fills += day.fills.count
            halts += day.haltCount
            restarts += day.restarts
        }
        print(
            "\(Self.count) days of the cores: \(fills) fills, \(halts) halts, \(restarts) restarts"
        )
        #expect(fills > Self.count && halts > 0 && restarts > 0)
    }
}
