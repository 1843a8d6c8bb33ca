internal import Foundation

/// Where an API key may lie: systemd's credentials, or a file that only its owner can read.
package enum CredentialFile {
    /// The credential's name in the unit file.
    package static let name = "coinbase.json"

    /// The key of systemd's credentials directory, or of a named file; nil where there is neither.
    ///
    /// - Throws: ``CredentialError``: a key that is there and cannot be used is never passed over.
    package static func key(
        path: String?,
        environment: [String: String]
    ) throws(CredentialError) -> APIKey? {
        if let path {
            try requirePrivate(path)
            return try APIKey(file: read(path), at: path)
        }
        guard let directory = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = directory + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        // systemd guards this directory itself, by mode and by access list.
        return try APIKey(file: read(path), at: path)
    }

    private static func read(_ path: String) throws(CredentialError) -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return Array(try file.read(upToCount: 1 << 17) ?? Data())
        } catch {
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: String, _ error: any Error) -> CredentialError {
        CredentialError(description: "`\(path)` cannot be read: \(error.localizedDescription)")
    }

    private static func requirePrivate(_ path: String) throws(CredentialError) {
        let facts: [FileAttributeKey: Any]
        do {
            facts = try FileManager.default.attributesOfItem(atPath: path)
        } catch {
            throw unreadable(path, error)
        }
        let mode = facts[.posixPermissions] as? Int ?? 0o777
        guard facts[.type] as? FileAttributeType == .typeRegular else {
            throw CredentialError(
                description: "`\(path)` is not a plain file; name the file itself"
            )
        }
        guard mode & 0o077 == 0 else {
            let shown = String(mode & 0o777, radix: 8)
            throw CredentialError(
                description: "`\(path)` may be read by others (mode \(shown)); "
                    + "make it private: chmod 600 \(path)"
            )
        }
    }
}

extension APIKey {
    fileprivate init(file bytes: [UInt8], at path: String) throws(CredentialError) {
        do throws(CredentialError) {
            try self.init(file: bytes)
        } catch {
            throw CredentialError(description: "`\(path)`: \(error.description)")
        }
    }
}
