internal import Glibc
internal import VigilCrypto

/// Where an API key may lie: systemd's credentials, or a file that only its owner can read.
package enum CredentialFile {
    /// The credential's name in the unit file.
    package static let name = "coinbase.json"
    private static let bytesMax = 1 << 17

    /// The key of systemd's credentials directory, or of a named file; nil where there is neither.
    ///
    /// - Throws: ``CredentialError``: a key that is there and cannot be used is never passed over.
    package static func key(
        path: String?,
        environment: [String: String]
    ) throws(CredentialError) -> APIKey? {
        if let path {
            let file = try opened(path)
            defer { close(file) }
            try requirePrivate(file, path)
            return try APIKey(file: read(file, path), at: path)
        }
        guard let directory = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = directory + "/" + name
        // A directory that is not there or cannot be searched is no answer to whether there is a key.
        guard unsafe access(directory, X_OK) == 0 else { throw unreadable(directory, errno) }
        guard unsafe access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        let file = try opened(path)
        defer { close(file) }
        // systemd guards this directory itself, by mode and by access list.
        return try APIKey(file: read(file, path), at: path)
    }

    /// What is judged is what is read: a file that is put in its place meanwhile is another one.
    private static func opened(_ path: String) throws(CredentialError) -> Int32 {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            throw errno == ELOOP ? notPlain(path) : unreadable(path, errno)
        }
        return file
    }

    private static func read(_ file: Int32, _ path: String) throws(CredentialError) -> SecretBytes {
        var bytes = SecretBytes(capacity: bytesMax)
        let isRead = unsafe bytes.fill { rest in
            unsafe Glibc.read(file, rest.baseAddress, rest.count)
        }
        guard isRead else { throw unreadable(path, errno) }
        return bytes
    }

    private static func requirePrivate(_ file: Int32, _ path: String) throws(CredentialError) {
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0 else { throw unreadable(path, errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw notPlain(path) }
        guard facts.st_uid == geteuid() else {
            throw CredentialError(
                description:
                    "`\(path)` belongs to user \(facts.st_uid), and this process runs as user "
                    + "\(geteuid()); a key that somebody else may change is not used: "
                    + "chown \(geteuid()) \(path)"
            )
        }
        guard facts.st_mode & 0o077 == 0 else {
            let shown = String(facts.st_mode & 0o777, radix: 8)
            throw CredentialError(
                description: "`\(path)` may be read by others (mode \(shown)); "
                    + "make it private: chmod 600 \(path)"
            )
        }
    }

    private static func notPlain(_ path: String) -> CredentialError {
        CredentialError(description: "`\(path)` is not a plain file; name the file itself")
    }

    private static func unreadable(_ path: String, _ errno: Int32) -> CredentialError {
        let reason = unsafe String(cString: strerror(errno))
        return CredentialError(description: "`\(path)` cannot be read: \(reason)")
    }
}

extension APIKey {
    fileprivate init(file bytes: consuming SecretBytes, at path: String) throws(CredentialError) {
        do throws(CredentialError) {
            try self.init(file: bytes)
        } catch {
            throw CredentialError(description: "`\(path)`: \(error.description)")
        }
    }
}
