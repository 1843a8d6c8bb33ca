internal import Foundation
internal import VigilCrypto

/// Why a credential cannot be used; never says what is in it.
package struct CredentialError: Error, CustomStringConvertible, Equatable {
    /// What is wrong, where, and how it is mended.
    package let description: String
}

/// A Coinbase API key: its name and what signs with it.
///
/// **Source**: contract 1.2: SEC1 or PKCS#8 PEM of P-256, PKCS#8 PEM of Ed25519, or base64 of an
/// Ed25519 seed with or without its public part; `\n` may be written as two characters.
package struct APIKey: Sendable, CustomStringConvertible {
    /// `organizations/…/apiKeys/…`, or a bare UUID.
    package let name: String
    private let key: SigningKey

    package var description: String { "API key (\(key.kind.rawValue))" }

    /// The signature's algorithm as tokens name it.
    var algorithm: String { key.kind.rawValue }

    func signature(of text: String) -> [UInt8]? {
        key.signature(of: Array(text.utf8))
    }

    /// Takes a key's parts.
    ///
    /// - Throws: ``CredentialError`` for a name or a secret of no known form.
    package init(name: String, secret: Secret) throws(CredentialError) {
        let plain = name.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !name.isEmpty, name.utf8.count <= 256, plain else {
            throw CredentialError(description: "the key's `name` is not one that Coinbase gives")
        }
        guard let key = secret.reveal(Self.key(of:)) else {
            throw CredentialError(
                description: "the key's `privateKey` is none of the forms that Coinbase gives: "
                    + "a PEM of an EC P-256 or Ed25519 key without a passphrase, or base64 of an "
                    + "Ed25519 key; download the key file again"
            )
        }
        self.name = name
        self.key = key
    }

    private static func key(of text: String) -> SigningKey? {
        let text = text.replacingOccurrences(of: "\\n", with: "\n")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("-----BEGIN") { return SigningKey(pem: text + "\n") }
        guard let bytes = Data(base64Encoded: text) else { return nil }
        guard let key = SigningKey(seed: Array(bytes)) else { return nil }
        // The public part is stated twice: where both disagree the text was damaged.
        return bytes.count == 32 || key.seed == Array(bytes) ? key : nil
    }

    /// Reads Coinbase's key file.
    ///
    /// - Throws: ``CredentialError``.
    package init(file bytes: [UInt8]) throws(CredentialError) {
        let parts: (name: String?, secret: Secret?)
        do throws(JSONFault) {
            parts = try JSONReader(lengthMax: 1 << 16).read(bytes) { node in
                (
                    node["name"]?.text ?? node["id"]?.text,
                    (node["privateKey"]?.rawText ?? node["private_key"]?.rawText).map(
                        Secret.init
                    )
                )
            }
        } catch {
            throw CredentialError(description: "the key file is \(error.description)")
        }
        guard let name = parts.name, let secret = parts.secret else {
            throw CredentialError(
                description: "the key file has no `name` (or `id`) and `privateKey`; "
                    + "use the JSON file as Coinbase's portal gives it"
            )
        }
        try self.init(name: name, secret: secret)
    }
}
