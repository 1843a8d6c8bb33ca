import Foundation
import Testing
import VigilCore
import VigilLedger
import VigilModel

@Suite struct AuditTests {
    /// A log of twelve lines: the run's beginning, ten alerts of halts, and a flow.
    private func written() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for index in 0..<10 {
            _ = try store.write([.halt(LedgerFixture.halt("no. \(index)"))], at: LedgerFixture.now)
        }
        _ = try store.write([.flow(Money("1", .usd), reason: "end")], at: LedgerFixture.now)
        #expect(try fixture.lines.count == 12)
        #expect(try fixture.verdict().isIntact)
        return fixture
    }

    @Test func `a changed line is found and named`() throws {
        let fixture = try written()
        var lines = try fixture.lines
        lines[4] = lines[4].replacingOccurrences(of: "no. 3", with: "no. 4")
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().place == "audit-20260105.jsonl:5")
    }

    @Test func `a removed line is found and named`() throws {
        let fixture = try written()
        var lines = try fixture.lines
        lines.remove(at: 4)
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().place == "audit-20260105.jsonl:5")
    }

    @Test func `reordered lines are found and named`() throws {
        let fixture = try written()
        var lines = try fixture.lines
        lines.swapAt(4, 5)
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().place == "audit-20260105.jsonl:5")
    }

    @Test func `a cut tail is found by the head in the database`() throws {
        let fixture = try written()
        try fixture.rewrite(Array(try fixture.lines.dropLast()))
        #expect(try fixture.verdict().place == "end")
    }

    @Test func `a whole day that is missing is found`() throws {
        let fixture = try written()
        try FileManager.default.removeItem(atPath: fixture.file)
        #expect(try fixture.verdict().place == "end")
    }

    @Test func `a torn last line is kept aside, and the chain goes on`() throws {
        let fixture = try written()
        let text = try String(contentsOfFile: fixture.file, encoding: .utf8)
        try String(text.dropLast(40)).write(toFile: fixture.file, atomically: true, encoding: .utf8)
        var store = try fixture.open(run: "run2")
        let torn = try #require(try store.load().tornAuditLine)
        #expect(FileManager.default.fileExists(atPath: torn))
        _ = try store.write([.halt(LedgerFixture.halt("after"))], at: LedgerFixture.now)
        #expect(try fixture.verdict() == .intact(lines: 14, head: store.auditHead().hash))
    }

    @Test func `a clock that was set back does not break the chain`() throws {
        let fixture = try written()
        var store = try fixture.open(run: "run2")
        let yesterday = LedgerFixture.now - .seconds(86_400)
        _ = try store.write([.halt(LedgerFixture.halt("earlier"))], at: yesterday)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `lines that a crash kept from the file come back from the database`() throws {
        let fixture = try written()
        try fixture.rewrite(Array(try fixture.lines.dropLast(3)))
        _ = try fixture.open(run: "run2")
        #expect(try fixture.verdict().isIntact)
        #expect(try fixture.lines.count == 13)
    }
}
