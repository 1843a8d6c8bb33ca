internal import CVigilCrypto

/// A private key of one of the two kinds that Coinbase knows; it signs and verifies.
///
/// Never printed, encoded or interpolated: ``pem`` and ``seed`` are the only ways out.
@safe package final class SigningKey: @unchecked Sendable, CustomStringConvertible {
    /// The signature's algorithm.
    package enum Kind: String, Sendable {
        /// ECDSA over P-256 with SHA-256; signatures are r || s.
        case es256 = "ES256"
        /// Ed25519.
        case ed25519 = "EdDSA"
    }

    // Counted by OpenSSL and only read after it was made: safe from any thread.
    private let key: OpaquePointer
    /// Its kind.
    package let kind: Kind

    private init?(_ key: OpaquePointer?) {
        guard let key = unsafe key else { return nil }
        switch unsafe vigil_key_kind(key) {
        case Int32(VIGIL_KEY_P256): kind = .es256
        case Int32(VIGIL_KEY_ED25519): kind = .ed25519
        default:
            unsafe vigil_key_free(key)
            return nil
        }
        unsafe self.key = key
    }

    deinit {
        unsafe vigil_key_free(key)
    }

    /// Has private keys kept in locked pages that no core has, and wiped from wherever they passed.
    ///
    /// Called first in a program that has a key: once OpenSSL has made anything, it changes nothing.
    package static func guardAll() {
        vigil_keys_guard()
    }

    /// Makes a new key; nil where OpenSSL cannot.
    package static func generate(_ kind: Kind) -> SigningKey? {
        let code = kind == .es256 ? VIGIL_KEY_P256 : VIGIL_KEY_ED25519
        return unsafe SigningKey(vigil_key_generate(Int32(code)))
    }

    /// Reads a PEM (SEC1 or PKCS#8); nil for anything but an unencrypted P-256 or Ed25519 key.
    package convenience init?(pem: String) {
        unsafe self.init(vigil_key_from_pem(pem, pem.utf8.count))
    }

    /// Reads a key from a text as Coinbase gives it; nil for anything that it does not give.
    ///
    /// **Source**: contract 1.2: SEC1 or PKCS#8 PEM of P-256, PKCS#8 PEM of Ed25519, or base64 of an Ed25519 seed
    /// with or without its public part; `\n` may be written as two characters.
    package convenience init?(text: UnsafeRawBufferPointer) {
        let signs = unsafe text.assumingMemoryBound(to: CChar.self)
        guard let start = signs.baseAddress else { return nil }
        unsafe self.init(vigil_key_from_text(start, signs.count))
    }

    /// Reads an Ed25519 key from its 32-byte seed, or from seed and public part; nil otherwise.
    package convenience init?(seed: [UInt8]) {
        guard seed.count == 32 || seed.count == 64 else { return nil }
        unsafe self.init(vigil_key_from_seed(seed))
    }

    /// The private key as PEM, as Coinbase's portal hands it out: SEC1 for P-256.
    package var pem: String? {
        guard let text = unsafe vigil_key_pem(key) else { return nil }
        defer { unsafe vigil_free(text) }
        return unsafe String(cString: text)
    }

    /// Seed and public part of an Ed25519 key, 64 bytes; nil for another kind.
    package var seed: [UInt8]? {
        var seed = [UInt8](repeating: 0, count: 32)
        var rest = [UInt8](repeating: 0, count: 32)
        guard kind == .ed25519, unsafe vigil_key_ed25519(key, &seed, &rest) == 0 else { return nil }
        return seed + rest
    }

    /// The 64-byte signature of a message; nil where OpenSSL refuses.
    package func signature(of message: [UInt8]) -> [UInt8]? {
        var signature = [UInt8](repeating: 0, count: 64)
        return unsafe vigil_sign(key, message, message.count, &signature) == 0 ? signature : nil
    }

    /// True where the bytes are this key's signature of the message.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        return unsafe vigil_verify(key, message, message.count, signature) == 1
    }

    package var description: String { "\(kind.rawValue) key" }
}

extension SigningKey {
    func certificate(
        _ name: String,
        names: String?,
        issuer: (certificate: Certificate, key: SigningKey)?,
        days: Int
    ) -> String? {
        let text =
            if let issuer {
                unsafe vigil_certificate(
                    key,
                    name,
                    names,
                    issuer.key.key,
                    issuer.certificate.pem,
                    days
                )
            } else {
                unsafe vigil_certificate(key, name, nil, nil, nil, days)
            }
        guard let text = unsafe text else { return nil }
        defer { unsafe vigil_free(text) }
        return unsafe String(cString: text)
    }
}
