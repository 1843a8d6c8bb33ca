internal import CArchive
internal import Glibc

/// Reads a whole file, plain or compressed with gzip, zstd, xz or bzip2, through libarchive.
package enum ArchiveReader {
    /// No recording of candles is larger; a compressed bomb is refused here.
    static let bytesMax = 512 << 20

    /// The text of a file, whatever it is compressed with; of an archive its first entry.
    ///
    /// - Throws: ``CandleFileError`` where it cannot be read.
    package static func text(of path: String) throws(CandleFileError) -> String {
        try entries(of: path).first?.text ?? ""
    }

    /// The texts in a file, with their names: one for a plain or compressed file, as many as a zip has.
    ///
    /// - Throws: ``CandleFileError`` where it is no file or cannot be read.
    static func entries(
        of path: String
    ) throws(CandleFileError) -> [(name: String, text: String)] {
        var facts = stat()
        if unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            let kind =
                facts.st_mode & S_IFMT == S_IFDIR
                ? "a directory; name its files" : "not a plain file"
            throw CandleFileError(path: path, line: nil, reason: kind)
        }
        guard let archive = unsafe archive_read_new() else {
            throw CandleFileError(path: path, line: nil, reason: "out of memory")
        }
        defer { unsafe archive_read_free(archive) }
        unsafe archive_read_support_filter_all(archive)
        unsafe archive_read_support_format_raw(archive)
        unsafe archive_read_support_format_zip(archive)
        unsafe archive_read_support_format_empty(archive)
        func failure(_ what: String) -> CandleFileError {
            let detail = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
            return CandleFileError(path: path, line: nil, reason: "\(what): \(detail ?? "?")")
        }
        guard unsafe archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
            throw failure("cannot be opened")
        }
        var found: [(name: String, text: String)] = []
        var entry: OpaquePointer?
        var total = 0
        while true {
            let code = unsafe archive_read_next_header(archive, &entry)
            if code == ARCHIVE_EOF { break }
            // A name that cannot be shown is no reason to leave its file out.
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN else {
                throw failure("cannot be read")
            }
            let name = unsafe archive_entry_pathname(entry).map { unsafe String(cString: $0) } ?? ""
            // A folder, or what some systems keep beside each file.
            let last = name.split(separator: "/").last ?? ""
            if name.hasSuffix("/") || last.hasPrefix(".") { continue }
            guard let bytes = unsafe data(of: archive, &total) else {
                throw total > bytesMax
                    ? CandleFileError(path: path, line: nil, reason: "larger than 512 MiB")
                    : failure("cannot be read")
            }
            found.append((name, String(decoding: bytes, as: UTF8.self)))
        }
        return found
    }

    /// The bytes of the entry at hand; nil where they cannot be read, or are too many.
    private static func data(of archive: OpaquePointer, _ total: inout Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
            }
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            bytes += chunk[..<Int(count)]
            total += Int(count)
            guard total <= bytesMax else { return nil }
        }
    }
}
