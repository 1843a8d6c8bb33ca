internal import Foundation
internal import VigilModel

/// The audit log's files: one a day, each line written after its commit.
struct AuditFile {
    private let directory: URL
    private var day: Int64?
    private var handle: FileHandle?
    private var unsynced = 0

    /// How many lines may wait for the disk before they are forced out; the outbox holds them meanwhile.
    static let unsyncedMax = 64

    init(directory: String) throws {
        self.directory = URL(fileURLWithPath: directory, isDirectory: true)
        try FileManager.default.createDirectory(
            at: self.directory,
            withIntermediateDirectories: true
        )
    }

    /// The name of a day's file, or of its further part: names sort as the lines follow each other.
    static func name(_ day: Int64, part: Int = 1) -> String {
        let date = CivilDate(day: day).description.filter { $0 != "-" }
        let digits = String(1_000 + part).dropFirst()
        return part == 1 ? "audit-\(date).jsonl" : "audit-\(date)_\(digits).jsonl"
    }

    /// The day of a file's name; nil for another name.
    private static func day(of file: URL) -> Int64? {
        let name = file.lastPathComponent.dropFirst("audit-".count)
        let (digits, rest) = (name.prefix(8), name.dropFirst(8))
        guard digits.count == 8, digits.allSatisfy(\.isNumber),
            rest == ".jsonl" || rest.hasPrefix("_")
        else { return nil }
        let (year, month) = (digits.prefix(4), digits.dropFirst(4).prefix(2))
        return CivilDate("\(year)-\(month)-\(digits.suffix(2))")?.day
    }

    /// Gives files that are dated later than today the date of today, one by one and in their order.
    ///
    /// A clock that was wrong has made them, and every line until then would go into them. Their lines stay as they are.
    static func redate(in directory: String, to today: Int64) throws -> [String] {
        let all = try files(in: directory)
        let late = all.filter { day(of: $0).map { $0 > today } ?? false }
        var part = all.count { day(of: $0) == today } + 1
        var told: [String] = []
        for file in late {
            let folder = file.deletingLastPathComponent()
            var fresh = folder.appendingPathComponent(name(today, part: part))
            while FileManager.default.fileExists(atPath: fresh.path) {
                part += 1
                fresh = folder.appendingPathComponent(name(today, part: part))
            }
            try FileManager.default.moveItem(at: file, to: fresh)
            told.append("\(file.lastPathComponent) to \(fresh.lastPathComponent)")
        }
        if !late.isEmpty { try sync(directory) }
        return told
    }

    /// Appends a line; true where all lines so far have reached the disk.
    mutating func append(_ line: String, day: Int64) throws -> Bool {
        let handle = try handle(of: day)
        let offset = try handle.offset()
        do {
            try handle.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            // Half a line must not stay: the whole one is written when the disk allows.
            try handle.truncate(atOffset: offset)
            try handle.seek(toOffset: offset)
            throw error
        }
        unsynced += 1
        guard unsynced >= Self.unsyncedMax else { return false }
        try sync()
        return true
    }

    /// The open file of a day.
    private mutating func handle(of day: Int64) throws -> FileHandle {
        if let handle, self.day == day { return handle }
        try sync()
        try handle?.close()
        handle = nil
        // A day may have several parts, and goes on in its last.
        let exists = FileManager.default.fileExists(atPath: directory.path)
        let files = exists ? try Self.files(in: directory.path) : []
        let url =
            files.last { Self.day(of: $0) == day }
            ?? directory.appendingPathComponent(Self.name(day))
        if !FileManager.default.fileExists(atPath: url.path) {
            guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
                throw LedgerError(code: .unwritable, message: "`\(url.path)` cannot be created")
            }
            try Self.sync(directory.path)
        }
        let opened = try FileHandle(forWritingTo: url)
        try opened.seekToEnd()
        (handle, self.day) = (opened, day)
        return opened
    }

    /// Closes the open file; the next line opens its own.
    mutating func close() throws {
        try sync()
        try handle?.close()
        (handle, day) = (nil, nil)
    }

    /// Forces all lines out to the disk.
    mutating func sync() throws {
        try handle?.synchronize()
        unsynced = 0
    }

    /// The files of the log, oldest first.
    static func files(in directory: String) throws -> [URL] {
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        return try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasPrefix("audit-") && $0.hasSuffix(".jsonl") }
            .sorted()
            .map { folder.appendingPathComponent($0) }
    }

    /// The lines of a file.
    static func lines(of file: URL) throws -> [Substring] {
        lines(of: try Data(contentsOf: file))
    }

    /// The lines of a text; by bytes, which is far faster than by characters.
    static func lines(of data: Data) -> [Substring] {
        let text = String(decoding: data, as: UTF8.self)
        return text.utf8.split(separator: UInt8(ascii: "\n")).map { Substring($0) }
    }

    /// The last line of a part of a file; nil where there is none, or where it begins before the part.
    private static func lastLine(of data: Data, isWhole: Bool) -> Data? {
        let newline = UInt8(ascii: "\n")
        guard let last = data.lastIndex(where: { $0 != newline }) else { return nil }
        let body = data[...last]
        guard let before = body.lastIndex(of: newline) else { return isWhole ? body : nil }
        return body[(before + 1)...]
    }

    /// The day of the newest file; lines never go into an older one, or the chain would break there.
    static func lastDay(in directory: String) throws -> Int64? {
        try files(in: directory).last.flatMap { day(of: $0) }
    }

    /// The sequence of the last whole line, after putting a torn one aside into `audit-torn-….part`.
    ///
    /// A crash can tear only the last line of the last file.
    static func repairTail(in directory: String) throws -> (lastSequence: Int64, torn: String?) {
        guard let last = try files(in: directory).last else { return (0, nil) }
        let (data, offset) = try end(of: last)
        var line = lastLine(of: data, isWhole: offset == 0)
        var torn: String?
        if let tail = line, AuditLine.opened(String(decoding: tail, as: UTF8.self)) == nil {
            line = lastLine(of: data[..<tail.startIndex], isWhole: offset == 0)
            torn = try setAside(tail, from: last, at: offset + UInt64(tail.startIndex))
        } else if data.last != UInt8(ascii: "\n"), !data.isEmpty {
            let handle = try FileHandle(forWritingTo: last)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("\n".utf8))
            try handle.close()
        }
        if let line {
            let opened = AuditLine.opened(String(decoding: line, as: UTF8.self))
            return (opened?.line.seq ?? 0, torn)
        }
        // The last file held only the torn line; the one before it ends the chain.
        let before = try files(in: directory).dropLast().last
        guard let before else { return (0, torn) }
        let previous = try lines(of: before).last.flatMap { AuditLine.opened($0) }
        return (previous?.line.seq ?? 0, torn)
    }

    /// Where the log ends; its beginning where there is none.
    static func end(in directory: String) throws -> AuditHead {
        guard FileManager.default.fileExists(atPath: directory) else { return .start }
        for file in try files(in: directory).reversed() {
            guard let line = try lines(of: file).last else { continue }
            guard let opened = AuditLine.opened(line) else {
                throw LedgerError(
                    code: .corrupt,
                    message:
                        "the audit log in `\(directory)` ends with a line that is torn or changed; "
                        + "`vigil audit verify` names it, and a start puts a torn one aside"
                )
            }
            return AuditHead(sequence: opened.line.seq, hash: opened.hash)
        }
        return .start
    }

    /// Forces a file or a folder out to the disk.
    static func sync(_ path: String) throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try handle.synchronize()
        try handle.close()
    }

    /// The last part of a file, with where it begins: a day may be long, and a line is not.
    private static func end(of file: URL) throws -> (data: Data, offset: UInt64) {
        let handle = try FileHandle(forReadingFrom: file)
        let size = try handle.seekToEnd()
        let offset = size > tailMax ? size - tailMax : 0
        try handle.seek(toOffset: offset)
        let data = try handle.readToEnd() ?? Data()
        try handle.close()
        return (data, offset)
    }

    /// No line is longer than this.
    private static let tailMax: UInt64 = 8 << 20

    private static func setAside(
        _ tail: Data.SubSequence,
        from file: URL,
        at offset: UInt64
    ) throws -> String {
        let base = file.deletingPathExtension().lastPathComponent
        var number = 1
        var aside = file
        repeat {
            aside = file.deletingLastPathComponent()
                .appendingPathComponent("torn-\(base)-\(number).part")
            number += 1
        } while FileManager.default.fileExists(atPath: aside.path)
        try Data(tail).write(to: aside)
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: offset)
        try handle.synchronize()
        try handle.close()
        return aside.path
    }
}
