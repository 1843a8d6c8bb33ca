import Foundation
import Testing
import VigilModel
import VigilTestSupport

@testable import VigilLedger

/// What a crash left of the last line, and what a restored ledger does not know.
@Suite struct AuditRepairTests {
    private static let today = "audit-20260105.jsonl"
    private let scratch: ScratchFolder
    private var folder: String { scratch.path }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func line(_ sequence: Int64) throws -> String {
        try AuditLine(
            at: LedgerFixture.now,
            configHash: "hash",
            kind: .flow,
            note: ["amount": "1 USD"],
            prev: "before",
            run: RunID("run1"),
            seq: sequence
        ).sealed().line
    }

    private func lines(_ sequences: ClosedRange<Int64>) throws -> String {
        try sequences.map { try line($0) + "\n" }.joined()
    }

    private func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: folder + "/" + name)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func put(_ text: String, _ name: String = today) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    @Test func `a log without a file begins at nothing`() throws {
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 0)
        #expect(found.torn == nil)
    }

    @Test func `a whole log is left as it is`() throws {
        let whole = try lines(1...3)
        try put(whole)
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 3)
        #expect(found.torn == nil)
        #expect(text(Self.today) == whole)
        #expect(try names == [Self.today])
    }

    @Test func `a whole last line without its end gets one, so that the next does not join it`()
        throws
    {
        let whole = try lines(1...3)
        try put(String(whole.dropLast()))
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 3)
        #expect(found.torn == nil)
        #expect(text(Self.today) == whole)
        #expect(try names == [Self.today])
    }

    @Test func `an empty file stays empty, and the one before it ends the chain`() throws {
        try put(lines(1...2))
        try put("", "audit-20260106.jsonl")
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 2)
        #expect(found.torn == nil)
        #expect(text("audit-20260106.jsonl")?.isEmpty == true)
    }

    @Test func `a torn line is put aside byte by byte, and each tear into a file of its own`()
        throws
    {
        let whole = try lines(1...3)
        let half = String(try line(4).dropLast(20))
        for number in 1...3 {
            try put(whole + half + "\(number)")
            let found = try AuditFile.repairTail(in: folder)
            #expect(found.lastSequence == 3)
            #expect(found.torn == folder + "/torn-audit-20260105-\(number).part")
            #expect(text(Self.today) == whole)
            #expect(text("torn-audit-20260105-\(number).part") == half + "\(number)")
        }
        #expect(try names.count == 4)
    }

    @Test func `where only a torn line is in the last file, the one before it ends the chain`()
        throws
    {
        try put(lines(1...4), "audit-20260104.jsonl")
        try put(lines(5...7))
        try put("{\"torn", "audit-20260106.jsonl")
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 7)
        #expect(text("audit-20260106.jsonl")?.isEmpty == true)
        #expect(text("torn-audit-20260106-1.part") == "{\"torn")
    }

    @Test func `where nothing before a torn line can be read either, the chain begins anew`()
        throws
    {
        try put("no line\n{\"torn")
        #expect(try AuditFile.repairTail(in: folder).lastSequence == 0)
        #expect(text(Self.today) == "no line\n")
        try put("no line\n")
        try put("{\"torn", "audit-20260106.jsonl")
        #expect(try AuditFile.repairTail(in: folder).lastSequence == 0)
    }

    @Test func `where a torn line is all there is, the chain begins anew`() throws {
        try put("{\"torn")
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 0)
        #expect(found.torn == folder + "/torn-audit-20260105-1.part")
        #expect(text(Self.today)?.isEmpty == true)
    }

    @Test func `the end of a long day is repaired at its place`() throws {
        // Longer than what is read of it at once.
        let filler = String(repeating: String(repeating: "x", count: 999_999) + "\n", count: 9)
        let whole = filler + (try line(7)) + "\n"
        try put(whole + "{\"torn")
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 7)
        #expect(text("torn-audit-20260105-1.part") == "{\"torn")
        #expect(text(Self.today)?.utf8.count == whole.utf8.count)
        #expect(text(Self.today) == whole)
    }

    @Test func `what is longer than any line is not taken for a torn one, and nothing is lost`()
        throws
    {
        try put(lines(1...2))
        let whole = String(repeating: "x", count: 9_000_000)
        try put(whole, "audit-20260106.jsonl")
        let found = try AuditFile.repairTail(in: folder)
        #expect(found.lastSequence == 2)
        #expect(found.torn == nil)
        #expect(text("audit-20260106.jsonl") == whole + "\n")
    }
}
