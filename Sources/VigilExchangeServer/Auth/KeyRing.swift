internal import Foundation
package import VigilCrypto
import VigilModel

/// An API key and what it may do.
package struct APIKey: Sendable {
    /// `organizations/…/apiKeys/…`, or a bare UUID.
    package let name: String
    /// Nil where a session is replayed and its keys are not at hand.
    let key: SigningKey?
    let canView: Bool
    let canTrade: Bool
    let canTransfer: Bool

    /// States a key.
    package init(
        name: String,
        key: SigningKey?,
        canView: Bool = true,
        canTrade: Bool,
        canTransfer: Bool = false
    ) {
        self.name = name
        self.key = key
        self.canView = canView
        self.canTrade = canTrade
        self.canTransfer = canTransfer
    }
}

/// A key that a token was made with, and from when until when it is good, in seconds since the epoch.
package struct Credential: Sendable {
    let key: APIKey
    let notBefore: Double
    let expires: Double

    /// What a journal says a request came with: good for ever, since it was good then.
    package init(replayed key: APIKey) {
        self.key = key
        (notBefore, expires) = (-.infinity, .infinity)
    }

    init(key: APIKey, notBefore: Double, expires: Double) {
        self.key = key
        self.notBefore = notBefore
        self.expires = expires
    }

    func isGood(at now: Instant) -> Bool {
        let seconds = Double(now.nanoseconds) / 1e9
        return notBefore <= seconds + 60 && expires > seconds
    }
}

/// The keys the venue knows, and whether a token was made with one of them.
///
/// **Source**: ES256 and EdDSA; issuer `cdp` or the older `coinbase-cloud`; one `uri` or a list of
/// `uris`, without scheme and query; at most 120 seconds long. What is not established, such as replay
/// checks, is not checked.
package struct KeyRing: Sendable {
    private let keys: [String: APIKey]
    private let hosts: Set<String>

    /// Takes the keys, and the host names that tokens may be made for besides the request's own.
    package init(_ keys: [APIKey], hosts: Set<String>) {
        self.keys = Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
        self.hosts = hosts
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String
    }

    private struct Claims: Decodable {
        let iss: String
        let sub: String?
        let nbf: Double
        let exp: Double
        let uri: String?
        let uris: [String]?
    }

    /// A key by its name.
    func key(named name: String) -> APIKey? { keys[name] }

    /// What a REST token is worth for this request; nil where it is no token of ours for it.
    ///
    /// Needs no state but the keys, so that the costly part is done outside of any lock.
    func credential(
        of token: String,
        _ method: String,
        host: String,
        path: String
    ) -> Credential? {
        guard let (credential, claims) = verified(token) else { return nil }
        let named = (claims.uris ?? []) + (claims.uri.map { [$0] } ?? [])
        let isMeant = named.contains { uri in
            let parts = uri.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0] == method else { return false }
            var place = parts[1]
            for scheme in ["https://", "http://"] where place.hasPrefix(scheme) {
                place = place.dropFirst(scheme.count)
            }
            guard place.hasSuffix(path) else { return false }
            let name = String(place.dropLast(path.count))
            return name == host || hosts.contains(name)
        }
        return isMeant ? credential : nil
    }

    /// What a WebSocket token is worth; nil where it is no token of ours.
    func socketCredential(of token: String) -> Credential? { verified(token)?.credential }

    private func verified(_ token: String) -> (credential: Credential, claims: Claims)? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, token.utf8.count < 8_192, let head = Self.decoded(parts[0]),
            let body = Self.decoded(parts[1]), let signature = Self.decoded(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: head),
            let key = keys[header.kid], let secret = key.key, header.alg == secret.kind.rawValue,
            secret.verifies(Array(signature), of: Array("\(parts[0]).\(parts[1])".utf8)),
            let claims = try? JSONDecoder().decode(Claims.self, from: body),
            ["cdp", "coinbase-cloud"].contains(claims.iss), claims.sub ?? key.name == key.name,
            claims.exp - claims.nbf <= 121
        else { return nil }
        return (Credential(key: key, notBefore: claims.nbf, expires: claims.exp), claims)
    }

    private static func decoded(_ text: Substring) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(
            base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        )
    }
}
