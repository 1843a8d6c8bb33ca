internal import VigilTransport

/// Asks again and again what a start must know.
package enum Patience {
    /// How long a venue that does not answer is waited for; then the service manager tries again.
    private static let span = Duration.seconds(20)

    /// Asks until there is an answer, or patience is out; a definite no is not asked again.
    ///
    /// - Throws: ``VenueUnreachable`` with what was asked, and what came of it.
    package static func answer<Value: Sendable>(
        _ name: String,
        _ ask: () async -> Outcome<Value>
    ) async throws -> Value {
        let began = MonotonicTime.nanoseconds
        while true {
            let outcome = await ask()
            if let value = outcome.value { return value }
            let trouble = "\(name): \(outcome.trouble ?? "")"
            if case .refused(let refusal) = outcome,
                [.unauthorized, .forbidden, .invalid, .notFound].contains(refusal.kind)
            {
                throw VenueUnreachable(description: "the venue refuses: \(trouble)")
            }
            let waited = Duration.nanoseconds(MonotonicTime.nanoseconds - began)
            guard waited < span else {
                throw VenueUnreachable(description: "the venue does not answer: \(trouble)")
            }
        }
    }
}

/// A venue that could not be used at the start; nothing has traded.
package struct VenueUnreachable: Error, CustomStringConvertible {
    package let description: String

    /// Says why.
    package init(description: String) {
        self.description = description
    }
}
