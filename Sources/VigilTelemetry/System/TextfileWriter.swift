internal import Glibc

/// Writes the metrics for node-exporter's textfile collector: a temporary file, then a rename, so that
/// a reader never sees half a file.
package struct TextfileWriter: Sendable {
    /// Where the file is.
    package let path: String

    /// Names the file; its directory must exist.
    package init(path: String) {
        self.path = path
    }

    /// Replaces the file's contents; false where that failed, and the old contents remain.
    package func write(_ text: String) -> Bool {
        let temporary = path + ".tmp"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(file, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            guard count > 0 else { break }
            done += count
        }
        let closed = close(file) == 0
        guard closed, done == bytes.count, unsafe rename(temporary, path) == 0 else {
            unsafe unlink(temporary)
            return false
        }
        return true
    }
}
