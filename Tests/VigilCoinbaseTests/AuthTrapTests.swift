import Foundation
import Testing
import VigilCoinbase
import VigilCrypto
import VigilModel
import VigilTestSupport

/// What Coinbase's keys and tokens have in store; the numbers are those of coinbase-traps.md.
@Suite struct AuthTrapTests {
    static func decoded(_ token: String) throws -> [[String: Any]] {
        try token.split(separator: ".").prefix(2).map { part in
            var text = part.replacingOccurrences(of: "-", with: "+")
                .replacingOccurrences(of: "_", with: "/")
            text += String(repeating: "=", count: (4 - text.count % 4) % 4)
            let data = try #require(Data(base64Encoded: text))
            return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
    }

    static func key(_ secret: String, name: String = "organizations/a/apiKeys/b") throws -> APIKey {
        let file = ["name": name, "privateKey": secret]
        return try APIKey(file: SecretBytes(copying: JSONSerialization.data(withJSONObject: file)))
    }

    /// PKCS#8 as OpenSSL writes it, from a key that was made here.
    static func pkcs8(_ kind: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let algorithm =
            kind == "ed25519"
            ? ["-algorithm", "ed25519"]
            : ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind]
        process.arguments = ["openssl", "genpkey"] + algorithm
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func `trap 1: a key comes in six forms`() throws {
        let ec = try #require(SigningKey.generate(.es256)?.pem)
        let seed = try #require(SigningKey.generate(.ed25519)?.seed)
        let forms: [(String, String)] = [
            (ec, "ES256"), (ec.replacingOccurrences(of: "\n", with: "\\n"), "ES256"),
            ("\n  " + ec + " \n", "ES256"), (try Self.pkcs8("P-256"), "ES256"),
            (try Self.pkcs8("ed25519"), "EdDSA"), (Data(seed).base64EncodedString(), "EdDSA"),
            (Data(seed.prefix(32)).base64EncodedString(), "EdDSA"),
        ]
        for (form, algorithm) in forms {
            #expect(try Self.key(form).description == "API key (\(algorithm))")
        }
    }

    @Test func `trap 2: keys that Coinbase does not know are refused, and never shown`() throws {
        let rsa = try Self.pkcs8("P-384")
        var damaged = try #require(SigningKey.generate(.ed25519)?.seed)
        damaged[40] ^= 1
        for secret in [
            rsa, "", "c2hvcnQ=", "-----BEGIN EC PRIVATE KEY-----\nAAAA",
            Data(damaged).base64EncodedString(),
        ] {
            let error = #expect(throws: CredentialError.self) { try Self.key(secret) }
            #expect(error.map { !$0.description.contains("AAAA") } == true)
        }
        for name in ["", "a\"b", "a b", "a\\b", String(repeating: "x", count: 300)] {
            #expect(throws: CredentialError.self) { try Self.key(rsa, name: name) }
        }
    }

    @Test func `trap 3: a token names method, host and path, lives 120 s, and is never the same`()
        throws
    {
        let mint = TokenMint(key: try Self.key(SigningKey.generate(.es256)?.pem ?? "")) {
            1_700_000_000
        }
        let uri = "GET api.coinbase.com/api/v3/brokerage/accounts"
        let token = try #require(mint.token(uri: uri)?.text)
        let parts = try Self.decoded(token)
        #expect(parts[0]["alg"] as? String == "ES256" && parts[0]["typ"] as? String == "JWT")
        #expect(parts[0]["kid"] as? String == "organizations/a/apiKeys/b")
        #expect((parts[0]["nonce"] as? String)?.count == 32)
        #expect(parts[1]["uri"] as? String == uri)
        #expect(
            parts[1]["iss"] as? String == "cdp"
                && parts[1]["sub"] as? String == "organizations/a/apiKeys/b"
        )
        #expect(
            parts[1]["nbf"] as? Int == 1_700_000_000 && parts[1]["exp"] as? Int == 1_700_000_120
        )
        #expect(try #require(mint.token(uri: uri)?.text) != token)
    }

    @Test func `whatever stands in a path, a token names that one path and nothing beside it`()
        throws
    {
        let mint = TokenMint(key: try Self.key(SigningKey.generate(.es256)?.pem ?? "")) { 1 }
        var random = SeededRandom(seed: 19)
        let attack = #"GET h/orders/x","uris":["POST h/orders"],"z":""#
        let paths =
            [attack, "\\\"", "\u{0}\u{7f}\u{2028}", "a\nb"]
            + (0..<200).map { _ in
                let bytes = (0..<random.integer(in: 0...60)).map { _ in
                    UInt8(random.integer(in: 0...255))
                }
                return String(decoding: bytes, as: UTF8.self)
            }
        for path in paths {
            let claims = try Self.decoded(#require(mint.token(uri: path)?.text))[1]
            #expect(claims["uri"] as? String == path)
            #expect(Set(claims.keys) == ["exp", "iss", "nbf", "sub", "uri"])
        }
    }

    @Test func `trap 4: a feed's token has no uri`() throws {
        let mint = TokenMint(key: try Self.key(SigningKey.generate(.es256)?.pem ?? "")) { 1 }
        #expect(try Self.decoded(#require(mint.token(uri: nil)?.text))[1]["uri"] == nil)
    }

    @Test func `a key file that others can read is refused, and says how it is mended`() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("key.json")
        let pem = try #require(SigningKey.generate(.es256)?.pem)
        let body = try JSONSerialization.data(withJSONObject: ["name": "n", "privateKey": pem])
        _ = FileManager.default.createFile(
            atPath: path,
            contents: body,
            attributes: [.posixPermissions: 0o640]
        )
        let error = #expect(throws: CredentialError.self) {
            try CredentialFile.key(path: path, environment: [:])
        }
        #expect(error?.description.contains("chmod 600 \(path)") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try CredentialFile.key(path: path, environment: [:])?.name == "n")
        #expect(try CredentialFile.key(path: nil, environment: [:]) == nil)
        let folder = scratch.file("credentials")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(
            try CredentialFile.key(path: nil, environment: ["CREDENTIALS_DIRECTORY": folder]) == nil
        )
        try body.write(to: URL(fileURLWithPath: folder + "/coinbase.json"))
        #expect(
            try CredentialFile.key(path: nil, environment: ["CREDENTIALS_DIRECTORY": folder])?.name
                == "n"
        )
    }

    @Test func `trap 5: the newer key files say id, the older name`() throws {
        let pem = try #require(SigningKey.generate(.es256)?.pem)
        for word in ["name", "id"] {
            let body = try JSONSerialization.data(withJSONObject: [
                word: "n", "privateKey": pem, "new": 1,
            ])
            #expect(try APIKey(file: SecretBytes(copying: body)).name == "n")
        }
        for text in ["", "{}", "[]", "{\"name\":\"n\"}", "{\"name\":1,\"privateKey\":2}"] {
            #expect(throws: CredentialError.self) {
                try APIKey(file: SecretBytes(copying: text.utf8))
            }
        }
    }
}
