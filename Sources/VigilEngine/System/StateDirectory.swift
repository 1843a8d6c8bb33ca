internal import Glibc

/// A state directory that cannot be used; says what and how to mend it.
package struct StateDirectoryError: Error, CustomStringConvertible {
    /// The path.
    package let path: String
    /// What the system said.
    package let errno: Int32
    /// The process that holds the directory, where one does.
    package var holder: Int32?

    init(path: String, errno: Int32, holder: Int32? = nil) {
        self.path = path
        self.errno = errno
        self.holder = holder
    }

    package var description: String {
        if let holder {
            return "`\(path)` is in use by the process \(holder); stop that one first, "
                + "or name another directory with `--state`"
        }
        let reason = unsafe String(cString: strerror(errno))
        return "`\(path)` cannot be used: \(reason); "
            + "check that it exists, is yours to write and has room, or name another with `--state`"
    }
}

/// Holds a state directory for this process alone, for as long as it lives.
package final class InstanceLock: Sendable {
    private let folder: Int32
    /// A link is not followed, and a pipe not waited for; a link is taken away once the directory is ours.
    private static let plain = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

    /// Makes the directory where it is missing, and takes its lock.
    ///
    /// - Throws: ``StateDirectoryError``, with the holder's process where another instance runs.
    package init(directory: String) throws(StateDirectoryError) {
        try Self.make(directory)
        // The directory itself is locked: a file in it could be deleted and made anew.
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw StateDirectoryError(path: directory, errno: Glibc.errno) }
        self.folder = folder
        let path = directory + "/instance.pid"
        guard flock(folder, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.number(at: path) ?? 0
            throw StateDirectoryError(path: directory, errno: EWOULDBLOCK, holder: holder)
        }
        let flags = O_RDWR | O_CREAT | Self.plain
        var file = unsafe open(path, flags, 0o600)
        if file < 0, Glibc.errno == ELOOP, unsafe unlink(path) == 0 {
            file = unsafe open(path, flags, 0o600)
        }
        guard file >= 0 else { throw StateDirectoryError(path: path, errno: Glibc.errno) }
        defer { close(file) }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, unsafe pwrite(file, text, text.count, 0) == text.count else {
            throw StateDirectoryError(path: path, errno: Glibc.errno)
        }
    }

    /// The process that holds a directory: 0 where its number cannot be read, nil where none does.
    package static func holder(directory: String) -> Int32? {
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        guard flock(folder, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return number(at: directory + "/instance.pid") ?? 0
    }

    /// The number that stands in a file; nil where there is none to read.
    private static func number(at path: String) -> Int32? {
        let file = unsafe open(path, O_RDONLY | plain)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(file, &buffer, buffer.count, 0)
        return Int32(
            String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).prefix { $0.isNumber }
        )
    }

    deinit {
        close(folder)
    }

    private static func make(_ directory: String) throws(StateDirectoryError) {
        var path = directory.hasPrefix("/") ? "/" : ""
        for part in directory.split(separator: "/") {
            path += part + "/"
            if unsafe mkdir(path, 0o750) != 0, Glibc.errno != EEXIST {
                throw StateDirectoryError(path: path, errno: Glibc.errno)
            }
        }
        guard unsafe access(directory, W_OK | X_OK) == 0 else {
            throw StateDirectoryError(path: directory, errno: Glibc.errno)
        }
    }
}
