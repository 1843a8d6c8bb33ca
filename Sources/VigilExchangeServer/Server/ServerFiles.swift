internal import Foundation
import VigilCrypto

/// The files of a session's directory: certificate authority, server certificate, keys, control token.
///
/// What is there is used again, so that clients need not be told anew.
struct ServerFiles {
    /// **Source**: the official clients go to these names.
    private static let names =
        "DNS:localhost,IP:127.0.0.1,IP:::1,DNS:api.coinbase.com,"
        + "DNS:advanced-trade-ws.coinbase.com,DNS:advanced-trade-ws-user.coinbase.com"

    let directory: String
    let certificate: String
    let certificateKey: String
    let keys: [APIKey]
    let controlToken: String

    /// Reads or makes the files.
    ///
    /// - Throws: ``OptionError`` naming the file and the mend.
    init(directory: String, withEd25519: Bool) throws {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw OptionError("--tls-dir \(directory): cannot be made")
        }
        (certificate, certificateKey) = try Self.certificate(directory)
        var keys = [
            try Self.key("key.json", .es256, directory, canTrade: true),
            try Self.key("key-view.json", .es256, directory, canTrade: false),
            try Self.key("key-transfer.json", .es256, directory, canTrade: true, canTransfer: true),
        ]
        if withEd25519 {
            keys.append(try Self.key("key-ed25519.json", .ed25519, directory, canTrade: true))
        }
        self.keys = keys
        controlToken = try Self.text("control.token", directory) { SystemRandom.hex(32) }
    }

    private static func certificate(_ directory: String) throws -> (String, String) {
        let authority = try text("ca-key.pem", directory) { SigningKey.generate(.es256)?.pem }
        guard let authorityKey = SigningKey(pem: authority) else {
            throw damaged("ca-key.pem", directory)
        }
        let root = try text("ca.pem", directory) {
            Certificate(authority: "coinbase-sim CA", key: authorityKey)?.pem
        }
        let server = try text("server-key.pem", directory) { SigningKey.generate(.es256)?.pem }
        guard let serverKey = SigningKey(pem: server) else {
            throw damaged("server-key.pem", directory)
        }
        let certificate = try text("server.pem", directory) {
            Certificate(
                server: "localhost",
                names: names,
                key: serverKey,
                issuer: Certificate(pem: root),
                issuerKey: authorityKey
            )?.pem
        }
        return (certificate, server)
    }

    /// A key in Coinbase's own file format.
    private struct KeyFile: Codable {
        let name: String
        let privateKey: String
    }

    private static func key(
        _ file: String,
        _ kind: SigningKey.Kind,
        _ directory: String,
        canTrade: Bool,
        canTransfer: Bool = false
    ) throws -> APIKey {
        let text = try text(file, directory) {
            guard let key = SigningKey.generate(kind) else { return nil }
            let id = uuid()
            // **Source**: P-256 keys have a path for a name and a PEM, Ed25519 keys a bare UUID and the
            // 64 bytes in base64.
            let made =
                kind == .es256
                ? KeyFile(
                    name: "organizations/\(uuid())/apiKeys/\(id)",
                    privateKey: key.pem ?? ""
                ) : KeyFile(name: id, privateKey: Data(key.seed ?? []).base64EncodedString())
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(made)).map { String(decoding: $0, as: UTF8.self) + "\n" }
        }
        guard let read = try? JSONDecoder().decode(KeyFile.self, from: Data(text.utf8)),
            let key = SigningKey(pem: read.privateKey)
                ?? Data(base64Encoded: read.privateKey).flatMap({ SigningKey(seed: Array($0)) })
        else { throw damaged(file, directory) }
        return APIKey(name: read.name, key: key, canTrade: canTrade, canTransfer: canTransfer)
    }

    private static func uuid() -> String {
        let digits = SystemRandom.hex(32)
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { from, to in
            String(digits.dropFirst(from).prefix(to - from))
        }.joined(separator: "-")
    }

    private static func damaged(_ file: String, _ directory: String) -> OptionError {
        OptionError("\(directory)/\(file): is damaged; delete it, and a new one is made")
    }

    /// Reads a file, or makes it; secrets are for their owner alone.
    private static func text(
        _ file: String,
        _ directory: String,
        _ make: () -> String?
    ) throws -> String {
        let path = "\(directory)/\(file)"
        // A file that is there and cannot be read is not written over.
        if let text = try? String(contentsOfFile: path, encoding: .utf8) { return text }
        guard !FileManager.default.fileExists(atPath: path) else { throw damaged(file, directory) }
        guard let text = make(),
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw OptionError("\(path): cannot be written") }
        return text
    }
}
