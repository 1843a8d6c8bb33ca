import Foundation
import Testing
import VigilModel
import VigilTestSupport

@testable import VigilLedger

/// The files of the audit log: which day's, when their lines have reached the disk, what belongs to them.
@Suite struct AuditFileTests {
    private static let today = LedgerFixture.now.day
    private let scratch: ScratchFolder
    private var folder: String { scratch.path }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    private func put(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    /// The numbers of those of so many lines with which all before them had reached the disk.
    private func reached(_ file: inout AuditFile, _ count: Int, day: Int64) throws -> [Int] {
        try (1...count).filter { number in try file.append("line \(number)", day: day) }
    }

    @Test func `a day's file is named by its date`() {
        #expect(AuditFile.name(Self.today) == "audit-20260105.jsonl")
        #expect(AuditFile.name(Self.today + 360) == "audit-20261231.jsonl")
        #expect(AuditFile.name(0) == "audit-19700101.jsonl")
    }

    @Test func `every sixty-fourth line forces all of them out to the disk`() throws {
        var file = try AuditFile(directory: folder)
        #expect(try reached(&file, 130, day: Self.today) == [64, 128])
        #expect(try text("audit-20260105.jsonl").split(separator: "\n").count == 130)
    }

    @Test func `lines that were forced out before wait no more`() throws {
        var file = try AuditFile(directory: folder)
        #expect(try reached(&file, 63, day: Self.today).isEmpty)
        try file.sync()
        #expect(try reached(&file, 63, day: Self.today).isEmpty)
        #expect(try file.append("the last", day: Self.today))
    }

    @Test func `the end of a day forces its lines out, and the next begins a file`() throws {
        var file = try AuditFile(directory: folder)
        #expect(try reached(&file, 10, day: Self.today).isEmpty)
        #expect(try reached(&file, 70, day: Self.today + 1) == [64])
        #expect(try text("audit-20260105.jsonl").hasSuffix("line 9\nline 10\n"))
        #expect(try text("audit-20260106.jsonl").hasPrefix("line 1\nline 2\n"))
    }

    @Test func `a file that is there goes on behind its end`() throws {
        try put("before\n", "audit-20260105.jsonl")
        var file = try AuditFile(directory: folder)
        _ = try file.append("after", day: Self.today)
        #expect(try text("audit-20260105.jsonl") == "before\nafter\n")
    }

    @Test func `folders that are missing are made`() throws {
        var file = try AuditFile(directory: folder + "/a/b")
        _ = try file.append("line", day: Self.today)
        #expect(try text("a/b/audit-20260105.jsonl") == "line\n")
        _ = try AuditFile(directory: folder + "/a/b")
    }

    @Test func `a file that cannot be made is an error that names it`() throws {
        let gone = folder + "/gone"
        var file = try AuditFile(directory: gone)
        try FileManager.default.removeItem(atPath: gone)
        let error = #expect(throws: LedgerError.self) {
            try file.append("line", day: Self.today)
        }
        #expect(error?.code == .unwritable)
        #expect(error?.message == "`\(gone)/audit-20260105.jsonl` cannot be created")
        // Once the folder is back the same line goes in.
        try FileManager.default.createDirectory(
            atPath: gone,
            withIntermediateDirectories: false
        )
        _ = try file.append("line", day: Self.today)
        #expect(try text("gone/audit-20260105.jsonl") == "line\n")
    }

    @Test func `only what is named as a day's file belongs to the log, oldest first`() throws {
        for name in [
            "audit-20260106.jsonl", "audit-20251231.jsonl", "audit-20260105.jsonl",
            "audit-20260105.txt", "cut-20260105T000000Z.jsonl", "torn-audit-20260105-1.part",
        ] {
            try put("", name)
        }
        #expect(
            try AuditFile.files(in: folder).map(\.lastPathComponent) == [
                "audit-20251231.jsonl", "audit-20260105.jsonl", "audit-20260106.jsonl",
            ]
        )
    }

    @Test
    func
        `files that a wrong clock dated get today's date in their order, and today goes on behind them`()
        throws
    {
        for (name, text) in [
            ("audit-20260104.jsonl", "1"), ("audit-20260105.jsonl", "2"),
            ("audit-20260107.jsonl", "3"), ("audit-20271231.jsonl", "4"),
        ] {
            try put(text + "\n", name)
        }
        #expect(
            try AuditFile.redate(in: folder, to: Self.today) == [
                "audit-20260107.jsonl to audit-20260105_002.jsonl",
                "audit-20271231.jsonl to audit-20260105_003.jsonl",
            ]
        )
        #expect(try AuditFile.redate(in: folder, to: Self.today).isEmpty)
        #expect(try AuditFile.lastDay(in: folder) == Self.today)
        var file = try AuditFile(directory: folder)
        _ = try file.append("5", day: Self.today)
        _ = try file.append("6", day: Self.today + 1)
        try file.close()
        let lines = try AuditFile.files(in: folder).flatMap { try AuditFile.lines(of: $0) }
        #expect(lines == ["1", "2", "3", "4", "5", "6"])
        #expect(try text("audit-20260106.jsonl") == "6\n")
    }

    @Test func `without a file of today the first that is late becomes it`() throws {
        try put("1\n", "audit-20260104.jsonl")
        try put("2\n", "audit-20271231.jsonl")
        #expect(
            try AuditFile.redate(in: folder, to: Self.today) == [
                "audit-20271231.jsonl to audit-20260105.jsonl"
            ]
        )
    }

    @Test func `the lines of a file are those with something in them`() throws {
        try put("one\n\ntwo \u{e4}\nthree", "audit-20260105.jsonl")
        let file = try #require(try AuditFile.files(in: folder).first)
        #expect(try AuditFile.lines(of: file) == ["one", "two \u{e4}", "three"])
    }

    @Test func `the newest file's name tells its day, where it tells one`() throws {
        #expect(try AuditFile.lastDay(in: folder) == nil)
        try put("", "audit-20260105.jsonl")
        #expect(try AuditFile.lastDay(in: folder) == Self.today)
        try put("", "audit-20261231.jsonl")
        #expect(try AuditFile.lastDay(in: folder) == Self.today + 360)
        try put("", "audit-20261331.jsonl")
        #expect(try AuditFile.lastDay(in: folder) == nil)
        try put("", "audit-203001011.jsonl")
        #expect(try AuditFile.lastDay(in: folder) == nil)
        try put("", "audit-9999999.jsonl")
        #expect(try AuditFile.lastDay(in: folder) == nil)
    }
}
