/// How a call ended; there is no fourth way.
package enum Outcome<Value: Sendable>: Sendable {
    /// The venue did it, or said it.
    case ok(Value)
    /// It certainly did not happen.
    case refused(CallRefusal)
    /// It may have happened: only the venue's own evidence can settle it. Never send it again.
    case unknown(String)
}

extension Outcome {
    /// The same failure of another call; a value is no failure, and nothing is known then.
    func failed<Other: Sendable>() -> Outcome<Other> {
        switch self {
        case .ok: .unknown("it did not fail")
        case .refused(let refusal): .refused(refusal)
        case .unknown(let detail): .unknown(detail)
        }
    }

    /// What is made of the value, where there is one.
    func map<Other: Sendable>(_ change: (Value) -> Other) -> Outcome<Other> {
        if case .ok(let value) = self { .ok(change(value)) } else { failed() }
    }

    /// What the venue said, where it did.
    package var value: Value? {
        if case .ok(let value) = self { value } else { nil }
    }

    /// Why there is no value, for people.
    package var trouble: String? {
        switch self {
        case .ok: nil
        case .refused(let refusal): refusal.description
        case .unknown(let detail): "no answer: \(detail)"
        }
    }
}

/// Why a call did not happen.
package struct CallRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    package enum Kind: String, Sendable {
        /// The entry gate is closed; nothing was sent.
        case gateClosed = "gate_closed"
        /// No connection: nothing was sent.
        case notSent = "not_sent"
        /// The key is missing, wrong, or not the one of this portfolio.
        case unauthorized
        /// The key may not do this.
        case forbidden
        /// There is no such thing.
        case notFound = "not_found"
        /// Too many requests.
        case rateLimited = "rate_limited"
        /// The venue does not accept the request as it is.
        case invalid
        /// The venue is out of order; only said of what may safely be asked again.
        case server
        /// The answer could not be read.
        case unreadable
        /// The venue's own no to an order or cancel.
        case business
    }

    /// True where the same question would be answered alike a second later: nothing is gained by waiting for another.
    package var isFinal: Bool {
        switch kind {
        case .notFound, .invalid, .forbidden, .unreadable, .business, .gateClosed: true
        case .notSent, .unauthorized, .rateLimited, .server: false
        }
    }

    /// The kind.
    package let kind: Kind
    /// The HTTP status; zero where there was none.
    package let status: Int
    /// The venue's code of the reason, where it gave one.
    package let code: String
    /// The venue's words.
    package let message: String

    /// States a refusal.
    package init(kind: Kind, status: Int = 0, code: String = "", message: String = "") {
        self.kind = kind
        self.status = status
        self.code = code
        self.message = message
    }

    package var description: String {
        let number = status > 0 ? " (HTTP \(status))" : ""
        let words = [code, message].filter { !$0.isEmpty }.joined(separator: ", ")
        return kind.rawValue + number + (words.isEmpty ? "" : ": " + words)
    }
}
