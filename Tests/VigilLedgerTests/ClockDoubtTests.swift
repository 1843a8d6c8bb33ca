import Testing
import VigilCore
import VigilModel
import VigilTestSupport

@testable import VigilLedger

/// Which start can believe its clock, by what the ledger has seen.
@Suite struct ClockDoubtTests {
    private static let last = Instant(seconds: 1_767_571_200)
    private static let day = 86_400

    private func doubt(_ seconds: Int, fill: Int? = nil) -> String? {
        var state = LedgerState()
        state.lastRecordAt = Self.last
        state.lastFillAt = fill.map { Self.last + .seconds($0) }
        return state.clockDoubt(at: Self.last + .seconds(seconds))
    }

    @Test func `a start more than a minute before the last record is doubted`() {
        #expect(doubt(0) == nil && doubt(-60) == nil)
        #expect(doubt(-61)?.contains("which is earlier") == true)
        #expect(doubt(-61)?.contains("2026-01-05T00:00:00Z") == true)
        #expect(doubt(-61)?.contains("2026-01-04T23:58:59Z") == true)
        // A fill is a record too.
        #expect(doubt(0, fill: 61) != nil)
    }

    @Test func `a start more than a year later is doubted`() {
        #expect(doubt(400 * Self.day) == nil)
        #expect(doubt(400 * Self.day + 1)?.contains("more than a year later") == true)
    }

    @Test func `a ledger without a past doubts nothing`() {
        #expect(LedgerState().clockDoubt(at: .epoch) == nil)
    }

    @Test func `the end of a run counts, and this run's own beginning does not`() throws {
        let scratch = try ScratchFolder()
        func begin(_ run: String, at now: Instant) throws -> LedgerStore {
            var store = try LedgerStore(
                path: scratch.file("ledger.sqlite"),
                auditDirectory: scratch.path + "/audit",
                freshInstance: "instance"
            )
            try store.beginRun(
                .init(id: RunID(run), mode: .paper, configHash: "", configuration: "{}"),
                at: now
            )
            return store
        }
        var first = try begin("one", at: Self.last)
        #expect(try first.load().lastRecordAt == nil)
        try first.endRun(at: Self.last + .seconds(500))
        let second = try begin("two", at: Self.last + .seconds(9_000))
        #expect(try second.load().lastRecordAt == Self.last + .seconds(500))
    }
}
