package import VigilCrypto

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
    /// - Throws: ``CredentialError`` for a name or a key of no known form.
    init(name: String, key: SigningKey?) throws(CredentialError) {
        let plain = name.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard !name.isEmpty, name.utf8.count <= 256, plain else {
            throw CredentialError(description: "the key's `name` is not one that Coinbase gives")
        }
        guard let key else {
            throw CredentialError(
                description: "the key's `privateKey` is none of the forms that Coinbase gives: "
                    + "a PEM of an EC P-256 or Ed25519 key without a passphrase, or base64 of an "
                    + "Ed25519 key; download the key file again"
            )
        }
        self.name = name
        self.key = key
    }

    /// Reads Coinbase's key file.
    ///
    /// - Throws: ``CredentialError``.
    package init(file bytes: borrowing SecretBytes) throws(CredentialError) {
        let parts: (name: String?, key: SigningKey??)
        do throws(JSONFault) {
            parts = try JSONReader(lengthMax: 1 << 16).read(secret: bytes) { node in
                (
                    node["name"]?.text ?? node["id"]?.text,
                    node["privateKey"]?.signingKey ?? node["private_key"]?.signingKey
                )
            }
        } catch {
            throw CredentialError(description: "the key file is \(error.description)")
        }
        guard let name = parts.name, let key = parts.key else {
            throw CredentialError(
                description: "the key file has no `name` (or `id`) and `privateKey`; "
                    + "use the JSON file as Coinbase's portal gives it"
            )
        }
        try self.init(name: name, key: key)
    }
}
