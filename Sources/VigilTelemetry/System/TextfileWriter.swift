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
        // Others may write in the collector's folder. What somebody put in the way - a link to a file of ours, a
        // pipe that nobody reads - is taken away, and never opened.
        unsafe unlink(temporary)
        let fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = unsafe open(temporary, fresh, 0o644)
        guard file >= 0 else { return false }
        // Whatever the umask is: the collector is another user.
        fchmod(file, 0o644)
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
