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

    /// A fresh token; nil where OpenSSL cannot sign.
    package func token(uri: String?) -> Token? {
        let nonce = SystemRandom.hex(32)
        let begin = now()
        let head =
            #"{"alg":"\#(key.algorithm)","kid":"\#(key.name)","nonce":"\#(nonce)","typ":"JWT"}"#
        let place = uri.map { #","uri":"\#($0)""# } ?? ""
        let claims =
            #"{"sub":"\#(key.name)","iss":"cdp","nbf":\#(begin),"exp":\#(begin + 120)\#(place)}"#
        let text = Self.base64(Array(head.utf8)) + "." + Self.base64(Array(claims.utf8))
        guard let signature = key.signature(of: text) else { return nil }
        return Token(text: text + "." + Self.base64(signature), begin: begin)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
