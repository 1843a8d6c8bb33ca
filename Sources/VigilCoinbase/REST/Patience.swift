/// Asks again and again what a start must know, for as long as it takes.
///
/// A venue that is down for an hour is no reason to end: whoever is told waits with us, and can end the waiting.
package struct Patience: Sendable {
    /// The longest pause between two questions.
    private static let longest = Duration.seconds(30)

    private let told: @Sendable (String) -> Void
    private let isOver: @Sendable () -> Bool
    private let pause: @Sendable (Duration) async -> Void

    /// `told` hears each time what is in the way, `isOver` ends the waiting, `pause` waits between two questions.
    package init(
        told: @escaping @Sendable (String) -> Void,
        isOver: @escaping @Sendable () -> Bool,
        pause: @escaping @Sendable (Duration) async -> Void
    ) {
        self.told = told
        self.isOver = isOver
        self.pause = pause
    }

    /// Asks until there is an answer; a definite no is not asked again.
    ///
    /// - Throws: ``VenueUnreachable`` with what was asked and refused, ``StartEnded`` where nobody waits any more.
    package func answer<Value: Sendable>(
        _ name: String,
        _ ask: () async -> Outcome<Value>
    ) async throws -> Value {
        var wait = Duration.seconds(1)
        while true {
            let outcome = await ask()
            if let value = outcome.value { return value }
            guard !isOver() else { throw StartEnded() }
            let trouble = "\(name): \(outcome.trouble ?? "")"
            if case .refused(let refusal) = outcome,
                [.unauthorized, .forbidden, .invalid, .notFound].contains(refusal.kind)
            {
                let hint =
                    refusal.kind == .unauthorized
                    ? "; a machine whose clock is a minute off is refused so too: `vigil venue check` compares"
                    : ""
                throw VenueUnreachable(description: "the venue refuses: \(trouble)\(hint)")
            }
            told("the venue does not answer: \(trouble)")
            await pause(wait)
            guard !isOver() else { throw StartEnded() }
            wait = min(wait * 2, Self.longest)
        }
    }
}

/// A start that was ended before anything traded.
package struct StartEnded: Error {
    /// Ends it.
    package init() {}
}

/// A venue that could not be used at the start; nothing has traded.
package struct VenueUnreachable: Error, CustomStringConvertible {
    package let description: String

    /// Says why.
    package init(description: String) {
        self.description = description
    }
}
