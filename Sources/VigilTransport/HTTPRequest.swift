/// One request as it is to leave.
package struct HTTPRequest: Sendable {
    /// The method, such as `GET` or `POST`.
    package var method: String
    /// An `https://` address.
    package var url: String
    /// Lines of `Name: value`.
    package var headers: [String]
    /// Empty for a GET.
    package var body: [UInt8]
    /// From the start to the last byte of the answer.
    package var timeout: Duration
    /// How long the answer may be, in bytes, once it is unpacked; the longest page of lists is well under a MiB.
    package var answerMax = Self.answerMax
    /// True where no kept connection may be used.
    package var isFresh = false
    /// True where it must leave at most once, whatever happens to the connection.
    package var leavesOnce = false
    /// True where a closed entry gate stops it.
    package var isEntry = false

    /// What an answer may be where nothing else is said.
    package static let answerMax = 4 << 20

    /// States a request.
    package init(
        method: String,
        url: String,
        headers: [String] = [],
        body: [UInt8] = [],
        timeout: Duration
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// What became of a request.
package struct HTTPAnswer: Sendable {
    /// How far it came: what decides between refused and unknown.
    package enum Fate: Sendable, Equatable {
        /// A whole response was read.
        case answered
        /// The entry gate was closed; nothing left.
        case gated
        /// Nothing left: no name, no connection, no trust.
        case notSent
        /// It may have arrived.
        case lost
        /// It may have arrived, and its time was up.
        case timedOut
        /// The response was longer than the request allows; the request arrived.
        case tooLong
    }

    /// How far it came.
    package var fate: Fate
    /// The HTTP status; zero where there was none.
    package var status: Int
    /// The response's body.
    package var body: [UInt8]
    /// The response's headers, names in lower case.
    package var headers: [String: String]
    /// What libcurl says, for people.
    package var detail: String
    /// When the request's last byte went to TLS, on the monotonic clock; only for what leaves once.
    package var sentAtNanoseconds: Int64

    /// States an answer.
    package init(
        fate: Fate,
        status: Int = 0,
        body: [UInt8] = [],
        headers: [String: String] = [:],
        detail: String = "",
        sentAtNanoseconds: Int64 = 0
    ) {
        self.fate = fate
        self.status = status
        self.body = body
        self.headers = headers
        self.detail = detail
        self.sentAtNanoseconds = sentAtNanoseconds
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" {
            text.removeLast()
        }
        return String(text)
    }

    /// Reads header lines; a repeated one counts with its last value.
    static func headers(of text: String) -> [String: String] {
        var headers: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...]
            headers[line[..<colon].lowercased()] = Self.trimmed(value)
        }
        return headers
    }
}
