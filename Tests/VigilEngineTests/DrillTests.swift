import Foundation
import Testing
import VigilCore
import VigilEngine
import VigilRehearsal

/// What drills are made of; that each holds is seen where they run fast, in `Tests/Processes`.
@Suite struct DrillTests {
    @Test
    func `the machine itself says what it has left, and nothing of a place that is not there`() {
        let here = MachineHost(directory: "/tmp").look()
        #expect((here.diskFree ?? 0) > 1 << 20)
        #expect(here.resident > 1 << 20)
        #expect(MachineHost(directory: "/tmp/nowhere-\(UUID())").look().diskFree == nil)
    }

    @Test func `every halt that a fault can cause has its drill`() {
        // A permit is a matter of the start; it is looked at there.
        let without: Set<HaltReason> = [.kill, .overload, .recovering, .permit]
        let drilled = Set(Drill.all.map(\.halt.reason))
        #expect(drilled == Set(HaltReason.allCases).subtracting(without))
        #expect(Drill.all.count == drilled.count)
    }
}
