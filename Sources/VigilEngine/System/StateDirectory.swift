internal import Glibc

/// A state directory that cannot be used; says what and how to mend it.
package struct StateDirectoryError: Error, CustomStringConvertible {
    /// What is wrong with it.
    package enum Cause: Sendable, Equatable {
        /// The system refused, with this `errno`.
        case refused(Int32)
        /// Another process holds it; 0 where its number cannot be read.
        case held(by: Int32)
        /// It belongs to another user than this process runs as.
        case owner(UInt32, us: UInt32)
        /// Its group or everybody may write to it.
        case open(mode: UInt32)
    }

    /// The path.
    package let path: String
    /// What is wrong.
    package let cause: Cause

    init(path: String, errno: Int32) {
        self.init(path: path, .refused(errno))
    }

    init(path: String, _ cause: Cause) {
        self.path = path
        self.cause = cause
    }

    package var description: String {
        switch cause {
        case .held(let holder):
            return "`\(path)` is in use by the process \(holder); stop that one first, "
                + "or name another directory with `--state`"
        case .owner(let owner, let us):
            return "`\(path)` belongs to user \(owner), and this process runs as user \(us); "
                + "run it as that user (`sudo -u '#\(owner)' vigil …`), or name another with `--state`"
        case .open(let mode):
            return "`\(path)` may be written by its group or by everybody (mode "
                + "\(String(mode, radix: 8))); close it first: `chmod go-w \(path)`"
        case .refused(let errno):
            let reason = unsafe String(cString: strerror(errno))
            return "`\(path)` cannot be used: \(reason); "
                + "check that it exists, is yours to write and has room, or name another with `--state`"
        }
    }
}

/// Holds a state directory for this process alone, for as long as it lives.
package final class InstanceLock: Sendable {
    private let file: Int32
    /// A link is not followed, and a pipe not waited for; a link is taken away once the directory is ours.
    private static let plain = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    /// What is locked, as nobody else can open it; a directory that others may read they may lock as well.
    private static let lockName = ".lock"

    /// Makes the directory where it is missing, closes it to others, and takes its lock.
    ///
    /// From here on this process makes no file that others may read, but for those whose mode it sets.
    ///
    /// - Throws: ``StateDirectoryError``, with the holder's process where another instance runs.
    package init(directory: String) throws(StateDirectoryError) {
        umask(0o077)
        try Self.make(directory)
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw StateDirectoryError(path: directory, errno: Glibc.errno) }
        defer { close(folder) }
        try Self.requireOurs(folder, directory)
        file = try Self.lock(folder, directory)
        Self.closeFiles(folder)
        try Self.writeNumber(folder, directory)
    }

    /// Opens and locks the file; one that was replaced meanwhile is not the one that others see.
    private static func lock(
        _ folder: Int32,
        _ directory: String
    ) throws(StateDirectoryError) -> Int32 {
        let path = directory + "/" + lockName
        while true {
            let file = unsafe openat(folder, lockName, O_RDWR | O_CREAT | plain, 0o600)
            guard file >= 0 else {
                if Glibc.errno == ELOOP, unsafe unlinkat(folder, lockName, 0) == 0 { continue }
                throw StateDirectoryError(path: path, errno: Glibc.errno)
            }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                close(file)
                let holder = number(at: directory + "/instance.pid") ?? 0
                throw StateDirectoryError(path: directory, .held(by: holder))
            }
            var (mine, there) = (stat(), stat())
            unsafe fstat(file, &mine)
            if unsafe fstatat(folder, lockName, &there, AT_SYMLINK_NOFOLLOW) == 0,
                mine.st_ino == there.st_ino, mine.st_dev == there.st_dev
            {
                return file
            }
            close(file)
        }
    }

    private static func writeNumber(
        _ folder: Int32,
        _ directory: String
    ) throws(StateDirectoryError) {
        let (name, flags) = ("instance.pid", O_RDWR | O_CREAT | plain)
        let path = directory + "/" + name
        var file = unsafe openat(folder, name, flags, 0o600)
        if file < 0, Glibc.errno == ELOOP, unsafe unlinkat(folder, name, 0) == 0 {
            file = unsafe openat(folder, name, flags, 0o600)
        }
        guard file >= 0 else { throw StateDirectoryError(path: path, errno: Glibc.errno) }
        defer { close(file) }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file, 0) == 0, unsafe pwrite(file, text, text.count, 0) == text.count else {
            throw StateDirectoryError(path: path, errno: Glibc.errno)
        }
    }

    /// Whoever may write to a directory may put anything in the place of a ledger.
    private static func requireOurs(
        _ folder: Int32,
        _ directory: String
    ) throws(StateDirectoryError) {
        var facts = stat()
        guard unsafe fstat(folder, &facts) == 0 else {
            throw StateDirectoryError(path: directory, errno: Glibc.errno)
        }
        guard facts.st_uid == geteuid() else {
            throw StateDirectoryError(path: directory, .owner(facts.st_uid, us: geteuid()))
        }
        guard facts.st_mode & 0o022 == 0 else {
            throw StateDirectoryError(path: directory, .open(mode: facts.st_mode & 0o7777))
        }
    }

    /// What the names of our own files begin with; whatever else lies there is not ours to close.
    private static let ours = [
        "ledger.sqlite", "paper.sqlite", "kill.latch", "instance.pid", "audit", "backups",
    ]

    /// Takes from others what an earlier version, or a hand, has let them read.
    private static func closeFiles(_ folder: Int32) {
        let copy = dup(folder)
        guard copy >= 0, let entries = unsafe fdopendir(copy) else { return }
        defer { unsafe closedir(entries) }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            var facts = stat()
            guard ours.contains(where: name.hasPrefix),
                unsafe fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0,
                [S_IFREG, S_IFDIR].contains(facts.st_mode & S_IFMT), facts.st_mode & 0o077 != 0
            else { continue }
            // What is not ours to close is not ours to keep secret either.
            _ = unsafe fchmodat(folder, name, facts.st_mode & 0o700, 0)
        }
    }

    /// The process that holds a directory: 0 where its number cannot be read, nil where none does.
    package static func holder(directory: String) -> Int32? {
        let file = unsafe open(directory + "/" + lockName, O_RDONLY | plain)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard flock(file, LOCK_SH | LOCK_NB) != 0 else { return nil }
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
        close(file)
    }

    private static func make(_ directory: String) throws(StateDirectoryError) {
        var path = directory.hasPrefix("/") ? "/" : ""
        for part in directory.split(separator: "/") {
            path += part + "/"
            if unsafe mkdir(path, 0o700) != 0, Glibc.errno != EEXIST {
                throw StateDirectoryError(path: path, errno: Glibc.errno)
            }
        }
        guard unsafe access(directory, W_OK | X_OK) == 0 else {
            throw StateDirectoryError(path: directory, errno: Glibc.errno)
        }
    }
}

/// Who a command that works on a state directory runs as.
package enum DirectoryOwner {
    /// Becomes the owner of a directory, where root works on one that is somebody else's: what root makes there the
    /// service could not open, and what somebody else put there root must not follow.
    ///
    /// Returns the user that the process runs as from now on; nil where nothing had to change.
    ///
    /// - Throws: ``StateDirectoryError`` where the system refuses: do nothing as root then.
    package static func become(_ directory: String) throws(StateDirectoryError) -> UInt32? {
        umask(0o077)
        var facts = stat()
        guard geteuid() == 0, unsafe stat(directory, &facts) == 0, facts.st_uid != 0 else {
            return nil
        }
        let group = unsafe getpwuid(facts.st_uid)?.pointee.pw_gid ?? facts.st_gid
        guard setgroups(0, nil) == 0, setgid(group) == 0, setuid(facts.st_uid) == 0
        else { throw StateDirectoryError(path: directory, errno: Glibc.errno) }
        return facts.st_uid
    }

    /// Opens, as root, a file that lies where nobody but root can put another in its place; nil for any other.
    ///
    /// What it opens is read after root has become somebody else, so that a link of theirs must lead nowhere.
    package static func openTrusted(_ path: String) -> Int32? {
        guard geteuid() == 0, let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        var place = unsafe String(cString: real)
        // Without a link on its way: it may have been laid by anyone.
        guard path == place || (!path.hasPrefix("/") && place.hasSuffix("/" + path)) else {
            return nil
        }
        let file = unsafe open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        var facts = stat()
        var isTrusted = unsafe fstat(file, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        while isTrusted, let slash = place.lastIndex(of: "/"), place != "/" {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
            // Where names may be added but not changed, as in a folder for temporary files, root's stay root's.
            isTrusted =
                unsafe stat(place, &facts) == 0 && facts.st_uid == 0
                && (facts.st_mode & 0o022 == 0 || facts.st_mode & S_ISVTX != 0)
        }
        guard isTrusted else {
            close(file)
            return nil
        }
        return file
    }
}
