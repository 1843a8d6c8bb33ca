package import VigilModel

/// How long to wait before asking again: full jitter below a bound that doubles.
package struct Backoff: Sendable {
    private let base: Duration
    private let cap: Duration
    private var random: SeededRandom
    private var attempt = 0

    /// Doubles from a first bound up to a last one.
    package init(base: Duration, cap: Duration, random: SeededRandom) {
        self.base = base
        self.cap = cap
        self.random = random
    }

    /// The next wait: anything from zero to the bound, or what the venue asks for, at most a minute.
    package mutating func next(retryAfter: Duration? = nil) -> Duration {
        let bound = min(base * (1 << min(attempt, 20)), cap)
        attempt += 1
        let jitter = Duration.nanoseconds(Int64(Double(bound.nanoseconds) * random.unit()))
        guard let retryAfter else { return jitter }
        // A little above what is asked for, so that not all come back at once.
        return min(retryAfter, .seconds(60)) + min(jitter, .seconds(1))
    }

    /// All is well again.
    package mutating func reset() {
        attempt = 0
    }
}
