// VigilDigest is SHA-256 from OpenSSL, for the adapters that chain or name things by their contents.
internal import CCrypto

/// SHA-256 over bytes.
package enum Digest {
    /// The digest as 64 lower-case hexadecimal digits.
    package static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let input = Array(bytes)
        let done = unsafe EVP_Digest(input, input.count, &digest, nil, EVP_sha256(), nil)
        precondition(done == 1, "Invariant: SHA-256 is available")
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
