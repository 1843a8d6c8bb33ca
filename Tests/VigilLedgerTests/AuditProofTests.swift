import Foundation
import GRDB
import Testing
import VigilModel
import VigilTestSupport

@testable import VigilCore
@testable import VigilLedger

/// What a proof of the log says, and the decisions that are found in it.
@Suite struct AuditProofTests {
    private let scratch: ScratchFolder
    private var folder: String { scratch.path }
    private static let zeros = String(repeating: "0", count: 64)

    init() throws {
        scratch = try ScratchFolder()
    }

    /// Writes sealed lines, each naming the sequence and the line before it as told.
    private func write(_ links: [(sequence: Int64, prev: String?)], day: Int = 5) throws -> String {
        var hash = Self.zeros
        var text = ""
        for link in links {
            let sealed = try AuditLine(
                at: LedgerFixture.now,
                configHash: "",
                kind: .flow,
                prev: link.prev ?? hash,
                run: RunID("run1"),
                seq: link.sequence
            ).sealed()
            (text, hash) = (text + sealed.line + "\n", sealed.hash)
        }
        try Data(text.utf8)
            .write(to: URL(fileURLWithPath: folder + "/audit-2026010\(day).jsonl"))
        return hash
    }

    private func verdict(
        _ head: (sequence: Int64, hash: String)? = nil
    ) throws
        -> AuditVerifier.Verdict
    {
        try AuditVerifier.verify(directory: folder, head: head)
    }

    @Test
    func
        `a decision stands in its line as it is hashed for its run, and the line is as encoded whole`()
        throws
    {
        let record = try LedgerFixture.decision(7)
        let line = AuditLine(
            at: LedgerFixture.now,
            configHash: "hash",
            decision: record,
            kind: .decision,
            prev: Self.zeros,
            run: RunID("run1"),
            seq: 1
        )
        let sealed = try line.sealed()
        let whole = String(decoding: try AuditLine.encoder.encode(line).dropLast(), as: UTF8.self)
        let seal = ",\"hash\":\"\(sealed.hash)\"}"
        #expect(sealed.line == whole + seal)
        var (one, other) = (DecisionChain(), DecisionChain())
        try one.append(record)
        other.append(encoded: try #require(sealed.decision))
        #expect(one == other)
    }

    @Test func `an empty log is whole and ends at the chain's zero`() throws {
        #expect(try verdict() == .intact(lines: 0, head: Self.zeros))
        #expect(try verdict((0, Self.zeros)) == .intact(lines: 0, head: Self.zeros))
    }

    @Test func `a whole log is told with its length and its head, with a ledger or without`()
        throws
    {
        let head = try write([(1, nil), (2, nil), (3, nil)])
        #expect(try verdict() == .intact(lines: 3, head: head))
        #expect(try verdict((3, head)) == .intact(lines: 3, head: head))
    }

    @Test func `a log that ends elsewhere than the ledger says is broken at its end`() throws {
        let head = try write([(1, nil), (2, nil)])
        func broken(_ said: Int64) -> AuditVerifier.Verdict {
            .broken(
                place: "end",
                reason: "the log ends at line 2, the ledger says \(said): "
                    + "the tail was cut off or rewritten"
            )
        }
        #expect(try verdict((3, head)) == broken(3))
        #expect(try verdict((1, head)) == broken(1))
        #expect(try verdict((2, Self.zeros)) == broken(2))
    }

    @Test func `a gap, a link that does not fit and half a line are each named`() throws {
        _ = try write([(1, nil), (3, nil)])
        #expect(
            try verdict()
                == .broken(
                    place: "audit-20260105.jsonl:2",
                    reason: "line 3 stands where 2 belongs: lines were removed or reordered"
                )
        )
        _ = try write([(1, nil), (2, Self.zeros)])
        #expect(
            try verdict()
                == .broken(
                    place: "audit-20260105.jsonl:2",
                    reason: "does not follow from the line before it"
                )
        )
        try Data("{\"torn\n".utf8)
            .write(to: URL(fileURLWithPath: folder + "/audit-20260104.jsonl"))
        #expect(
            try verdict()
                == .broken(
                    place: "audit-20260104.jsonl:1",
                    reason: "not a whole line of the log"
                )
        )
    }

    @Test func `a line whose text was changed is named for what it is`() throws {
        _ = try write([(1, nil)])
        let file = URL(fileURLWithPath: folder + "/audit-20260105.jsonl")
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        try Data(text.replacingOccurrences(of: "run1", with: "run2").utf8).write(to: file)
        #expect(
            try verdict()
                == .broken(
                    place: "audit-20260105.jsonl:1",
                    reason: "changed: its hash does not fit its text"
                )
        )
    }

    @Test func `a log with a day of a wrong clock goes on today, and is whole`() throws {
        let (fixture, _) = try decided()
        let year = LedgerFixture.at(365 * 86_400)
        let today = LedgerFixture.at(2 * 86_400)
        func write(_ store: inout LedgerStore, at now: Instant) throws {
            _ = try store.write([.flow(Money("1", .usd), reason: "here")], at: now)
        }
        var store = try fixture.open(run: "ahead")
        try write(&store, at: year)
        store = try fixture.open(run: "back")
        let told = try store.redateAudit(to: today)
        #expect(told == ["audit-20270105.jsonl to audit-20260107.jsonl"])
        #expect(try store.redateAudit(to: today).isEmpty)
        try write(&store, at: today)
        try store.endRun(at: today)
        guard case .intact = try fixture.verdict() else {
            Issue.record("\(try fixture.verdict())")
            return
        }
        let names = try AuditFile.files(in: fixture.audit).map(\.lastPathComponent)
        #expect(names.last == "audit-20260107.jsonl" && names.count == 3)
    }

    @Test func `a redating that was cut short puts no line into an older file`() throws {
        let (fixture, _) = try decided()
        var store = try fixture.open(run: "ahead")
        let year = LedgerFixture.at(365 * 86_400)
        _ = try store.write([.flow(Money("1", .usd), reason: "ahead")], at: year)
        let aside = fixture.folder + "/aside"
        try FileManager.default.moveItem(atPath: fixture.audit, toPath: aside)
        try Data().write(to: URL(fileURLWithPath: fixture.audit))
        let later = LedgerFixture.at(366 * 86_400)
        _ = try store.write([.flow(Money("1", .usd), reason: "waits")], at: later)
        try FileManager.default.removeItem(atPath: fixture.audit)
        try FileManager.default.moveItem(atPath: aside, toPath: fixture.audit)
        // Killed when the outbox was dated, and before the files were.
        let today = LedgerFixture.at(2 * 86_400)
        let queue = try DatabaseQueue(path: fixture.path)
        try queue.write { database in
            try database.execute(sql: "UPDATE audit_outbox SET day = ?", arguments: [today.day])
        }
        try queue.close()
        store = try fixture.open(run: "back")
        #expect(try store.redateAudit(to: today).count == 1)
        try store.endRun(at: today)
        guard case .intact = try fixture.verdict() else {
            Issue.record("\(try fixture.verdict())")
            return
        }
    }

    @Test func `lines of a wrong clock that never reached a file are dated today as well`() throws {
        let (fixture, _) = try decided()
        let today = LedgerFixture.at(2 * 86_400)
        var store = try fixture.open(run: "ahead")
        // The folder takes nothing: what is committed waits in the outbox.
        let aside = fixture.folder + "/aside"
        try FileManager.default.moveItem(atPath: fixture.audit, toPath: aside)
        try Data().write(to: URL(fileURLWithPath: fixture.audit))
        _ = try store.write(
            [.flow(Money("1", .usd), reason: "ahead")],
            at: LedgerFixture.at(365 * 86_400)
        )
        try FileManager.default.removeItem(atPath: fixture.audit)
        try FileManager.default.moveItem(atPath: aside, toPath: fixture.audit)
        for run in ["back", "again"] {
            store = try fixture.open(run: run)
            #expect(try store.redateAudit(to: today).count == (run == "back" ? 1 : 0))
            _ = try store.write([.flow(Money("1", .usd), reason: run)], at: today)
        }
        try store.endRun(at: today)
        guard case .intact = try fixture.verdict() else {
            Issue.record("\(try fixture.verdict())")
            return
        }
    }

    /// Cycles 1 and 2 of `run1` on one day, cycle 3 on the next, and cycle 1 of `run2`.
    private func decided() throws -> (fixture: LedgerFixture, hash: String) {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for (cycle, seconds) in [(1, 60), (2, 120), (3, 86_400)] {
            let record = try LedgerFixture.decision(cycle, at: seconds)
            _ = try store.write(
                [
                    .decision(record, latencies: []),
                    .flow(Money("1", .usd), reason: "\"kind\":\"decision\""),
                ],
                at: LedgerFixture.at(seconds)
            )
        }
        let hash = store.decisionHash
        store = try fixture.open(run: "run2")
        #expect(store.decisionHash == Self.zeros)
        let record = try LedgerFixture.decision(1, at: 90_000)
        _ = try store.write([.decision(record, latencies: [])], at: LedgerFixture.at(90_000))
        return (fixture, hash)
    }

    @Test func `decisions are found newest first, over all files, and no more than asked for`()
        throws
    {
        let (fixture, _) = try decided()
        func found(
            _ limit: Int,
            _ run: String? = nil,
            words: [String] = ["\"kind\""]
        ) throws -> [String] {
            try AuditReader.decisions(directory: fixture.audit, limit: limit, words: words) {
                id,
                _ in
                run == nil || id.text == run
            }.map { "\($0.run) \($0.record.cycle)" }
        }
        #expect(try found(9) == ["run2 1", "run1 3", "run1 2", "run1 1"])
        #expect(try found(1) == ["run2 1"])
        #expect(try found(3) == ["run2 1", "run1 3", "run1 2"])
        #expect(try found(2, "run1") == ["run1 3", "run1 2"])
        #expect(try found(2, "run3").isEmpty)
        // A day's file without any of the words is passed over, whatever would fit.
        #expect(try found(9, words: ["\"cycle\":3", "zebra"]) == ["run2 1", "run1 3"])
        #expect(try found(9, words: ["zebra"]).isEmpty)
    }

    @Test func `a run's decisions are hashed again from the log alone, the last run's by default`()
        throws
    {
        let (fixture, hash) = try decided()
        let first = try #require(
            try AuditVerifier.decisionHash(directory: fixture.audit, run: "run1")
        )
        #expect(first.run == "run1")
        #expect(first.decisions == 3)
        #expect(first.hash == hash)
        let last = try #require(
            try AuditVerifier.decisionHash(directory: fixture.audit, run: nil)
        )
        #expect(last.run == "run2")
        #expect(last.decisions == 1)
        #expect(last.hash != hash)
        #expect(try AuditVerifier.decisionHash(directory: fixture.audit, run: "run3") == nil)
    }
}
