internal import Foundation
package import VigilTransport

/// Where a venue is found.
package struct VenueAddress: Sendable, Hashable {
    /// The host of the REST interface, with a port where it is not 443.
    package let host: String
    /// The feed of market data.
    package let feed: WebSocket.Address
    /// The feed of our own orders.
    package let userFeed: WebSocket.Address

    /// The real one.
    ///
    /// **Source**: contract 0.
    package static let production = VenueAddress(
        host: "api.coinbase.com",
        feed: WebSocket.Address(host: "advanced-trade-ws.coinbase.com", path: "/"),
        userFeed: WebSocket.Address(host: "advanced-trade-ws-user.coinbase.com", path: "/")
    )

    private init(host: String, feed: WebSocket.Address, userFeed: WebSocket.Address) {
        self.host = host
        self.feed = feed
        self.userFeed = userFeed
    }

    /// Another one that serves everything on one port, such as coinbase-sim; nil for no such address.
    package init?(endpoint: String) {
        guard let parts = URLComponents(string: endpoint), parts.scheme == "https",
            let name = parts.encodedHost, Self.isName(name), parts.user == nil,
            parts.password == nil,
            parts.query == nil, parts.fragment == nil,
            ["", "/", "/api/v3/brokerage", "/api/v3/brokerage/"].contains(parts.path)
        else { return nil }
        let host = parts.port.map { "\(name):\($0)" } ?? name
        self.init(
            host: host,
            feed: WebSocket.Address(host: host, path: "/"),
            userFeed: WebSocket.Address(host: host, path: "/user")
        )
    }

    /// True for a host that everybody reads as it is written: decoded, `127.0.0.1%3Ax%40host` would be this machine to
    /// the permit, and another one to libcurl.
    private static func isName(_ name: String) -> Bool {
        let isBracketed = name.hasPrefix("[") && name.hasSuffix("]")
        let text = isBracketed ? name.dropFirst().dropLast() : name[...]
        return !text.isEmpty && text.count <= 253
            && text.utf8.allSatisfy { byte in
                let scalar = Unicode.Scalar(byte)
                let isHex = Character(scalar).isHexDigit && byte < 0x80
                return isBracketed
                    ? isHex || scalar == ":" || scalar == "."
                    : byte.isLetterOrDigit || "._-".unicodeScalars.contains(scalar)
            }
    }

    /// True where the venue runs on this machine, and can only be a simulation.
    package var isLoopback: Bool {
        let name = host.hasPrefix("[") ? "[::1]" : String(host.prefix { $0 != ":" })
        return ["127.0.0.1", "localhost", "[::1]"].contains(name)
            && (name != "[::1]" || host.hasPrefix("[::1]"))
    }
}
