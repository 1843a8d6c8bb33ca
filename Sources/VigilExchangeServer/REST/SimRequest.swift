import VigilModel

/// An HTTP request as the venue sees it.
package struct SimRequest: Sendable {
    /// `GET`, `POST` and so on.
    package let method: String
    /// Path and query as they came.
    let target: String
    /// The path, without the query, its escapes resolved.
    package let path: String
    /// The path as it was sent, which is what a token may name.
    let sentPath: String
    /// The query.
    package let query: Query
    /// The `Host` header, port included.
    package let host: String
    /// What stands behind `Bearer`.
    package let token: String?
    /// The body.
    package let body: [UInt8]
    /// What its token is worth; set by who knows the keys.
    var credential: Credential?

    /// Takes a request's parts; `target` is path and query as they came.
    package init(
        method: String,
        target: String,
        host: String = "",
        authorization: String? = nil,
        body: [UInt8] = [],
        credential: Credential? = nil
    ) {
        self.method = method
        self.target = target
        self.credential = credential
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        sentPath = parts.first.map(String.init) ?? "/"
        path = Query.plain(parts.first ?? "/", plusIsBlank: false)
        query = Query(parts.count > 1 ? parts[1] : "")
        self.host = host
        token = authorization.flatMap { text in
            // A scheme's name has no case.
            text.prefix(7).lowercased() == "bearer " ? String(text.dropFirst(7)) : nil
        }
        self.body = body
    }
}

/// A query string; a name may come more than once.
package struct Query: Sendable, Equatable {
    private let pairs: [Pair]

    private struct Pair: Sendable, Equatable {
        let name: String
        let value: String
    }

    init(_ text: Substring) {
        pairs = text.split(separator: "&").map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Pair(
                name: Self.plain(sides.first ?? ""),
                value: sides.count > 1 ? Self.plain(sides[1]) : ""
            )
        }
    }

    /// All values of a name.
    func all(_ names: String...) -> [String] {
        pairs.filter { names.contains($0.name) && !$0.value.isEmpty }.map(\.value)
    }

    /// The first value of a name that is not empty.
    subscript(_ name: String) -> String? { all(name).first }

    static func plain(_ text: Substring, plusIsBlank: Bool = true) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(Substring(rest.prefix(2))), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                let isBlank = plusIsBlank && byte == UInt8(ascii: "+")
                bytes.append(isBlank ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An HTTP answer.
package struct SimResponse: Sendable, Equatable {
    /// The status.
    package var status = 200
    /// The `content-type`.
    package var contentType = "application/json"
    /// The body.
    package var body: [UInt8]
    /// What is left for the key; on private answers only.
    var left: LimitBook.Left?

    init(_ body: JSON, status: Int = 200) {
        self.status = status
        self.body = body.bytes
    }

    init(status: Int, contentType: String, text: String) {
        self.status = status
        self.contentType = contentType
        body = Array(text.utf8)
    }

    /// Header names and values beside type and length.
    ///
    /// **Source**: the official SDK reads the limits in lower case.
    package var headers: [(name: String, value: String)] {
        // The one version there is, for who asks with another.
        if status == 426 { return [("sec-websocket-version", "13")] }
        guard let left else { return [] }
        return [
            ("x-ratelimit-limit", "\(left.limit)"),
            ("x-ratelimit-remaining", "\(left.remaining)"),
            ("x-ratelimit-reset", "\(left.reset)"),
        ]
    }
}

extension SimResponse {
    static let unauthorized = SimResponse(
        status: 401,
        contentType: "text/plain",
        text: "Unauthorized\n"
    )
    static let missingScopes = failure(403, "PERMISSION_DENIED", "Missing required scopes")
    static let notFound = failure(404, "unknown", "Not Found")
    static let noOrder = failure(404, "NOT_FOUND", "order with this orderID was not found")
    static let tooMany = SimResponse(
        ["errors": [["id": "rate_limit_exceeded", "message": "Too many requests"]]],
        status: 429
    )
    static let tooManyPage = page(429, "Too Many Requests")
    static let internalError = failure(500, "INTERNAL", "internal server error")

    static func failure(_ status: Int, _ error: String, _ details: String) -> SimResponse {
        SimResponse(
            [
                "error": .string(error), "error_details": .string(details),
                "message": .string(details),
            ],
            status: status
        )
    }

    static func noProduct(_ name: String) -> SimResponse {
        SimResponse(
            ["error": "NOT_FOUND", "message": .string("Product \(name) not supported")],
            status: 404
        )
    }

    static func invalid(_ details: String) -> SimResponse {
        failure(400, "INVALID_ARGUMENT", details)
    }

    /// What the edge in front of the venue says.
    static func page(_ status: Int, _ title: String) -> SimResponse {
        SimResponse(
            status: status,
            contentType: "text/html; charset=UTF-8",
            text: "<!DOCTYPE html><html><head><title>\(status) \(title)</title></head>"
                + "<body><h1>\(title)</h1></body></html>"
        )
    }
}

/// An answer, and what becomes of it on its way.
package struct SimReply: Sendable {
    /// How much of an answer arrives.
    package enum Arrival: Sendable, Equatable {
        /// All of it.
        case whole
        /// Half of it, then the connection is closed.
        case half
        /// Nothing; the connection is closed.
        case nothing
    }

    /// The answer.
    package var response: SimResponse
    /// How late it is.
    package var delay = Duration.zero
    /// How much of it arrives.
    package var arrival = Arrival.whole
    /// Frames that the request caused.
    package var deliveries: [Delivery] = []
}
