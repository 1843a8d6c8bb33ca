import Foundation
import Testing
import VigilConfig
import VigilCore
import VigilRuntime

/// Every breaker, tripped by a fault at a port of the real engine.
@Suite struct DrillTests {
    @Test(arguments: Drill.all.map(\.name))
    func `every breaker holds its drill`(name: String) throws {
        let drill = try #require(Drill.all.first { $0.name == name })
        let fixture = try EngineFixture()
        let report = try DrillRunner.run(
            drill,
            fixture.configuration,
            folder: fixture.folder + "/drill"
        )
        #expect(report.findings.count == 7)
        for finding in report.findings {
            #expect(finding.holds, "\(name): \(finding.claim): \(finding.evidence)")
        }
        try FileManager.default.removeItem(atPath: fixture.folder)
    }

    @Test func `every halt that a fault can cause has its drill`() {
        let without: Set<HaltReason> = [.kill, .overload, .arithmetic, .recovering]
        let drilled = Set(Drill.all.map(\.halt.reason))
        #expect(drilled == Set(HaltReason.allCases).subtracting(without))
        #expect(Drill.all.count == drilled.count)
    }
}
