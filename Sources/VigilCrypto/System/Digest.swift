// VigilCrypto is OpenSSL behind a thin wall: SHA-256, the two signatures that Coinbase knows, and the
// certificates of a server on loopback. It invents nothing.
internal import CCrypto

/// SHA-256 over bytes.
package enum Digest {
    /// The digest as 64 lower-case hexadecimal digits.
    package static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let input = Array(bytes)
        let done = unsafe EVP_Digest(input, input.count, &digest, nil, EVP_sha256(), nil)
        precondition(done == 1, "Invariant: SHA-256 is available")
        return Hex.text(digest)
    }
}
