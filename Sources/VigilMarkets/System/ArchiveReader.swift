internal import CArchive

/// Reads a whole file, plain or compressed with gzip, zstd, xz or bzip2, through libarchive.
package enum ArchiveReader {
    /// No recording of candles is larger; a compressed bomb is refused here.
    static let bytesMax = 512 << 20

    /// The text of a file, whatever it is compressed with.
    ///
    /// - Throws: ``CandleFileError`` where it cannot be read.
    package static func text(of path: String) throws(CandleFileError) -> String {
        try contents(of: path).text
    }

    /// The text of a file, or of the first entry of a zip, and that entry's name.
    static func contents(
        of path: String
    ) throws(CandleFileError) -> (name: String, text: String) {
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
        var entry: OpaquePointer?
        guard unsafe archive_read_next_header(archive, &entry) == ARCHIVE_OK else {
            return ("", "")
        }
        let name = unsafe archive_entry_pathname(entry).map { unsafe String(cString: $0) } ?? ""
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
            }
            guard count >= 0 else { throw failure("cannot be read") }
            guard count > 0 else { break }
            bytes += chunk[..<Int(count)]
            guard bytes.count <= bytesMax else { throw failure("larger than 512 MiB") }
        }
        return (name, String(decoding: bytes, as: UTF8.self))
    }
}
