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

    @Test func `a byte that was changed anywhere in a long line is found, its end included`() throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let reason = String(repeating: "a long reason ", count: 100)
        _ = try store.write([.flow(Money("1", .usd), reason: reason)], at: LedgerFixture.now)
        _ = try store.write([.flow(Money("2", .usd), reason: "after")], at: LedgerFixture.now)
        let lines = try fixture.lines
        let long = Array(lines[1].utf8)
        #expect(long.count > 1_500)
        // Every seventh byte, and each of the last hundred: the end of the text, and its seal.
        let places = Array(stride(from: 0, to: long.count, by: 7)) + (long.count - 100..<long.count)
        for place in places {
            var bytes = long
            bytes[place] = bytes[place] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
            try fixture.rewrite([lines[0], String(decoding: bytes, as: UTF8.self), lines[2]])
            let verdict = try fixture.verdict()
            #expect(verdict.place == "audit-20260105.jsonl:2", "byte \(place): \(verdict)")
        }
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the last line, and the last word of it, are sealed as well as the first`() throws {
        let fixture = try written()
        var lines = try fixture.lines
        lines[11] = lines[11].replacingOccurrences(of: #""seq":12"#, with: #""seq":13"#)
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().place == "audit-20260105.jsonl:12")
    }

    @Test func `a line that is resealed after a change still does not fit the line behind it`()
        throws
    {
        let fixture = try written()
        let other = try LedgerFixture()
        var store = try other.open()
        for index in 0..<10 {
            let detail = index == 3 ? "another" : "no. \(index)"
            _ = try store.write([.halt(LedgerFixture.halt(detail))], at: LedgerFixture.now)
        }
        // A whole line with a right seal of its own, from a log that differs in it alone.
        var lines = try fixture.lines
        lines[4] = try other.lines[4]
        try fixture.rewrite(lines)
        #expect(try fixture.verdict().place == "audit-20260105.jsonl:6")
    }

    @Test func `the hash of decisions covers each whole decision, and their order`() throws {
        func record(_ cycle: Int, _ reduction: String) throws -> DecisionRecord {
            let text = """
                {"cycle":\(cycle),"at":"2026-01-05T00:00:00Z","outcome":"executed",
                "regime":"chop","eligible":[],"excluded":{},"triggers":[],"proposals":0,
                "verdicts":[],"reductions":["\(reduction)"],"halts":[],"openPositions":0}
                """
            return try JSONDecoder().decode(DecisionRecord.self, from: Data(text.utf8))
        }
        func hash(_ records: DecisionRecord...) throws -> String {
            var chain = DecisionChain()
            for record in records {
                try chain.append(record)
            }
            return chain.hash
        }
        let padding = String(repeating: "x", count: 500)
        let right = try hash(record(1, padding + "a"), record(2, padding + "b"))
        #expect(try right == hash(record(1, padding + "a"), record(2, padding + "b")))
        #expect(try right != hash(record(1, padding + "c"), record(2, padding + "b")))
        #expect(try right != hash(record(1, padding + "a"), record(2, padding + "c")))
        #expect(try right != hash(record(2, padding + "b"), record(1, padding + "a")))
    }
}
