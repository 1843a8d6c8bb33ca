internal import CVigilCrypto

/// An X.509 certificate as PEM.
package struct Certificate: Sendable {
    /// The certificate.
    package let pem: String

    /// Takes a certificate that was read from a file; nothing is checked.
    package init(pem: String) {
        self.pem = pem
    }

    /// Makes a certificate authority that signs itself, good for ten years; nil where OpenSSL cannot.
    package init?(authority name: String, key: SigningKey) {
        guard let pem = key.certificate(name, names: nil, issuer: nil, days: 3_650) else {
            return nil
        }
        self.pem = pem
    }

    /// Makes a server's certificate, good for two years; nil where OpenSSL cannot.
    ///
    /// **Shape**: names such as `DNS:localhost,IP:127.0.0.1`.
    package init?(
        server name: String,
        names: String,
        key: SigningKey,
        issuer: Certificate,
        issuerKey: SigningKey
    ) {
        let pem = key.certificate(name, names: names, issuer: (issuer, issuerKey), days: 730)
        guard let pem else { return nil }
        self.pem = pem
    }
}

/// Random bytes of the operating system, for keys, nonces and control tokens.
package enum SystemRandom {
    /// As many lower-case hexadecimal digits as asked for, rounded up to an even number.
    package static func hex(_ digits: Int) -> String {
        var random = SystemRandomNumberGenerator()
        return Hex.text(
            (0..<(digits + 1) / 2).map { _ in UInt8.random(in: 0...255, using: &random) }
        )
    }
}
