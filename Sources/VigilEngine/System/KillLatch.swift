internal import Glibc

/// The kill switch's memory: a file whose space is taken beforehand, so that a full disk cannot keep a
/// kill from outliving a restart.
package struct KillLatch: Sendable {
    private static let size = 4_096
    private static let blank = UInt8(ascii: " ")
    private static let unreadable = "the latch cannot be read"
    /// A link is not followed, and a pipe not waited for: either is a latch that cannot be read.
    private static let plain = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    private let path: String

    /// Opens or creates the latch.
    ///
    /// - Throws: ``StateDirectoryError`` where it cannot be created; do not start then.
    package init(path: String) throws(StateDirectoryError) {
        self.path = path
        let file = unsafe open(path, O_RDWR | O_CREAT | Self.plain, 0o600)
        // What is no file of ours counts as pulled: exits go on, and nothing is entered.
        if file < 0, errno == ELOOP { return }
        guard file >= 0 else { throw StateDirectoryError(path: path, errno: errno) }
        defer { close(file) }
        let length = Int(lseek(file, 0, SEEK_END))
        guard length >= 0 else { throw StateDirectoryError(path: path, errno: errno) }
        guard length < Self.size else { return }
        // What stands in a short one was put there by someone, and stays.
        let blank = [UInt8](repeating: Self.blank, count: Self.size - length)
        guard unsafe pwrite(file, blank, blank.count, off_t(length)) == blank.count,
            fsync(file) == 0
        else {
            throw StateDirectoryError(path: path, errno: errno)
        }
    }

    /// Why the switch was pulled; nil where it was not, which is known of a latch of blanks alone.
    package var cause: String? {
        var buffer = [UInt8](repeating: 0, count: Self.size)
        let file = unsafe open(path, O_RDONLY | Self.plain)
        guard file >= 0 else { return Self.unreadable }
        defer { close(file) }
        guard unsafe pread(file, &buffer, Self.size, 0) == Self.size else {
            return Self.unreadable
        }
        guard buffer.contains(where: { $0 != Self.blank }) else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? Self.unreadable : words
    }

    /// Latches where there is no engine yet; false where that failed.
    package static func set(_ cause: String, at path: String) -> Bool {
        do throws(StateDirectoryError) {
            return try KillLatch(path: path).set(cause)
        } catch {
            return false
        }
    }

    /// Latches, in place; false where even that failed.
    func set(_ cause: String) -> Bool {
        // The first cause stays; one that cannot be read is written anew.
        if let known = self.cause, known != Self.unreadable { return true }
        // Of blanks alone the latch would be one that nobody pulled.
        return overwrite(cause.allSatisfy(\.isWhitespace) ? "killed" : cause)
    }

    /// Takes the latch off; false where that failed.
    func clear() -> Bool {
        overwrite("")
    }

    private func overwrite(_ text: String) -> Bool {
        let file = unsafe open(path, O_WRONLY | O_CREAT | Self.plain, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = Array(text.utf8.prefix(Self.size - 1))
        bytes += [UInt8](repeating: Self.blank, count: Self.size - bytes.count)
        return unsafe pwrite(file, bytes, Self.size, 0) == Self.size && fdatasync(file) == 0
    }
}
