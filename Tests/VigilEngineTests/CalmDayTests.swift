import Foundation
import GRDB
import Testing
import VigilEngine
import VigilMarkets
import VigilRehearsal

/// What an owner is told of a day on which nothing is wrong.
@Suite struct CalmDayTests {
    private func alerts(_ fixture: EngineFixture) throws -> [String] {
        try DatabaseQueue(path: fixture.paths.ledger).read { database in
            try String.fetchAll(
                database,
                sql: "SELECT severity || ' ' || kind || ' ' || detail FROM alerts ORDER BY id"
            )
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `a calm day wakes nobody, and is told in fewer than ten alerts besides its positions`(
        seed: UInt64
    ) throws {
        let fixture = try EngineFixture()
        let result = try fixture.run(seed: seed, hours: 24)
        let told = try alerts(fixture)
        // Three losing trades in a row pause entries for an hour: worth looking at in the morning.
        let grave = told.filter {
            !$0.hasPrefix("info ") && !$0.hasPrefix("warning halt loss_streak")
        }
        #expect(grave == [])
        let others = told.filter { !$0.contains(" position ") }
        #expect(others.count < 10, "\(others)")
        #expect(told.count > others.count, "nothing was traded")
        try fixture.checkInvariants(result.venue)
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: EngineSimulation.recording),
            "the recorded minutes are not on this machine"
        )
    )
    func `a recorded day wakes nobody either`() throws {
        let fixture = try EngineFixture()
        let market = RecordedMarket(try Recording.read([EngineSimulation.recording]), seed: 1)
        _ = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: fixture.configuration,
                paths: fixture.paths,
                market: market,
                duration: .seconds(86_400),
                seed: 1
            )
        )
        let told = try alerts(fixture)
        #expect(told.filter { !$0.hasPrefix("info ") && !$0.contains("halt universe") } == [])
        #expect(told.count { !$0.contains(" position ") } < 10, "\(told)")
    }
}
