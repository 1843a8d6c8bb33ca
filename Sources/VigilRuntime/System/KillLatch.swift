internal import Glibc

/// The kill switch's memory: a file whose space is taken beforehand, so that a full disk cannot keep a
/// kill from outliving a restart.
package struct KillLatch: Sendable {
    private static let size = 4_096
    private static let unreadable = "the latch cannot be read"
    private let path: String

    /// Opens or creates the latch.
    ///
    /// - Throws: ``StateDirectoryError`` where it cannot be created; do not start then.
    package init(path: String) throws(StateDirectoryError) {
        self.path = path
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateDirectoryError(path: path, errno: errno) }
        defer { close(file) }
        guard lseek(file, 0, SEEK_END) < Self.size else { return }
        let blank = [UInt8](repeating: 0x20, count: Self.size)
        guard unsafe pwrite(file, blank, Self.size, 0) == Self.size, fsync(file) == 0 else {
            throw StateDirectoryError(path: path, errno: errno)
        }
    }

    /// Why the switch was pulled; nil where it was not.
    package var cause: String? {
        var buffer = [UInt8](repeating: 0, count: Self.size)
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return Self.unreadable }
        defer { close(file) }
        guard unsafe pread(file, &buffer, Self.size, 0) >= 0 else {
            return Self.unreadable
        }
        let text = String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        let trimmed = text.split(separator: " ").joined(separator: " ")
        return trimmed.isEmpty ? nil : trimmed
    }

    /// Latches, in place; false where even that failed.
    func set(_ cause: String) -> Bool {
        // The first cause stays; one that cannot be read is written anew.
        if let known = self.cause, known != Self.unreadable { return true }
        return overwrite(cause.isEmpty ? "killed" : cause)
    }

    /// Takes the latch off; false where that failed.
    func clear() -> Bool {
        overwrite("")
    }

    private func overwrite(_ text: String) -> Bool {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = Array(text.utf8.prefix(Self.size - 1))
        bytes += [UInt8](repeating: 0x20, count: Self.size - bytes.count)
        return unsafe pwrite(file, bytes, Self.size, 0) == Self.size && fdatasync(file) == 0
    }
}
