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
    }

    @Test
    func `the machine itself says what it has left, and nothing of a place that is not there`() {
        let here = MachineHost(directory: "/tmp").look()
        #expect((here.diskFree ?? 0) > 1 << 20)
        #expect(here.resident > 1 << 20)
        #expect(MachineHost(directory: "/tmp/nowhere-\(UUID())").look().diskFree == nil)
    }

    @Test func `every halt that a fault can cause has its drill`() {
        // A permit is a matter of the start; it is looked at there.
        let without: Set<HaltReason> = [.kill, .overload, .arithmetic, .recovering, .permit]
        let drilled = Set(Drill.all.map(\.halt.reason))
        #expect(drilled == Set(HaltReason.allCases).subtracting(without))
        #expect(Drill.all.count == drilled.count)
    }
}
