import Testing
import VigilCrypto

@Suite struct SigningKeyTests {
    @Test(arguments: [SigningKey.Kind.es256, .ed25519])
    func `a signature is good for its message and key alone`(_ kind: SigningKey.Kind) throws {
        let key = try #require(SigningKey.generate(kind))
        let other = try #require(SigningKey.generate(kind))
        let message = Array("GET /orders".utf8)
        var signature = try #require(key.signature(of: message))
        #expect(signature.count == 64)
        #expect(key.verifies(signature, of: message))
        #expect(!other.verifies(signature, of: message))
        #expect(!key.verifies(signature, of: message + [0]))
        #expect(!key.verifies(Array(signature.dropLast()), of: message))
        signature[5] ^= 1
        #expect(!key.verifies(signature, of: message))
    }

    @Test(arguments: [SigningKey.Kind.es256, .ed25519])
    func `a key comes back from its PEM`(_ kind: SigningKey.Kind) throws {
        let key = try #require(SigningKey.generate(kind))
        let pem = try #require(key.pem)
        let again = try #require(SigningKey(pem: pem))
        #expect(again.kind == kind)
        let signature = try #require(again.signature(of: [1, 2, 3]))
        #expect(key.verifies(signature, of: [1, 2, 3]))
    }

    @Test func `an Ed25519 key comes back from its seed, with and without the public part`() throws
    {
        let key = try #require(SigningKey.generate(.ed25519))
        let seed = try #require(key.seed)
        #expect(seed.count == 64)
        for bytes in [seed, Array(seed.prefix(32))] {
            let again = try #require(SigningKey(seed: bytes))
            #expect(again.signature(of: [7]) == key.signature(of: [7]))
        }
    }

    // RFC 8032, section 7.1, test 2.
    @Test func `Ed25519 signs as its RFC says`() throws {
        let seed: [UInt8] = [
            0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11,
            0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed,
            0x4f, 0xb8, 0xa6, 0xfb,
        ]
        let signature = try #require(SigningKey(seed: seed)?.signature(of: [0x72]))
        #expect(
            Hex.text(signature)
                == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
    }

    @Test(arguments: [
        "", "x", "-----BEGIN EC PRIVATE KEY-----\n\n-----END EC PRIVATE KEY-----",
        // P-384: a good key that Coinbase does not know.
        """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ==
        -----END PRIVATE KEY-----
        """,
    ])
    func `what is no key of Coinbase's is refused`(_ pem: String) {
        #expect(SigningKey(pem: pem) == nil)
    }

    @Test func `a key is not printed`() throws {
        let key = try #require(SigningKey.generate(.es256))
        #expect("\(key)" == "ES256 key")
    }
}
