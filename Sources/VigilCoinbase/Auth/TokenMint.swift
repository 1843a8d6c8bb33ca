internal import Foundation
internal import VigilCrypto

/// Makes the tokens that requests and subscriptions carry.
///
/// **Source**: contract 1.3 and 1.4: `uri` is method, host and path without scheme and query; a token
/// lives for 120 s at most, and a WebSocket's has no `uri`.
package struct TokenMint: Sendable {
    private let key: APIKey
    private let now: @Sendable () -> Int64

    /// Signs with a key; `now` is the real time in seconds since 1970, whatever the market's may be.
    package init(key: APIKey, now: @escaping @Sendable () -> Int64) {
        self.key = key
        self.now = now
    }

    /// A token, and since when it counts.
    package struct Token: Sendable {
        /// What goes into the request.
        package let text: String
        /// Its first second since 1970.
        let begin: Int64
    }

    /// True for a token that was made in the last minute of the clock that the venue's is compared with: one
    /// that was made before the machine's clock was set is of another time.
    func isYoung(_ token: Token) -> Bool {
        (0..<60).contains(now() - token.begin)
    }

    /// A fresh token; nil where it cannot be signed.
    package func token(uri: String?) -> Token? {
        let begin = now()
        let head = Head(alg: key.algorithm, kid: key.name, nonce: SystemRandom.hex(32))
        let claims = Claims(sub: key.name, nbf: begin, exp: begin + 120, uri: uri)
        // Whatever stands in a name or a path, it stays one value: nothing of ours is signed beside it.
        guard let head = Self.encoded(head), let claims = Self.encoded(claims) else { return nil }
        let text = head + "." + claims
        guard let signature = key.signature(of: text) else { return nil }
        return Token(text: text + "." + Self.base64(signature), begin: begin)
    }

    private struct Head: Encodable {
        let alg: String
        let kid: String
        let nonce: String
        let typ = "JWT"
    }

    private struct Claims: Encodable {
        let sub: String
        let iss = "cdp"
        let nbf: Int64
        let exp: Int64
        let uri: String?
    }

    private static func encoded(_ part: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(part)).map { base64(Array($0)) }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
