package import VigilModel

/// How far the venue's clock is ahead of ours, from both what it answers and what it sends.
///
/// An answer of the venue's clock bounds the difference on both sides, by its way there and back, once a
/// minute. A heartbeat bounds it every second, but on one side alone: it was sent before it came, so the
/// venue is at least so far ahead as it says.
package struct ClockWatch: Sendable {
    /// What is known now.
    package struct Estimate: Sendable, Equatable {
        /// How far the venue is ahead.
        package let skew: Duration
        /// How far off that may be.
        package let uncertainty: Duration
    }

    /// How many heartbeats are looked back on.
    private static let heardMax = 10
    /// Between two wishes to ask the venue's clock.
    private static let askSpacing = Duration.seconds(10)
    /// Heartbeats that are all so much later than the last answer allows are a reason to ask.
    private static let lateness = Duration.seconds(1)

    private var heard: [Duration] = []
    private var answer: Estimate?
    private var askedAt: Instant?

    /// Knows nothing yet.
    package init() {}

    /// The venue's clock was asked.
    package mutating func answered(_ skew: Duration, uncertainty: Duration) -> Estimate {
        // What was heard before the answer says nothing that it does not.
        heard.removeAll()
        var (low, high) = (skew - uncertainty, skew + uncertainty)
        if let known = answer {
            // Both clocks run on: a slow answer does not make what was known any less so. Where the two
            // cannot both be, a clock has jumped, and the newer one is believed.
            let narrow = (
                max(low, known.skew - known.uncertainty), min(high, known.skew + known.uncertainty)
            )
            if narrow.0 <= narrow.1 { (low, high) = narrow }
        }
        let estimate = Estimate(skew: (low + high) / 2, uncertainty: (high - low) / 2)
        answer = estimate
        return estimate
    }

    /// A heartbeat came that the venue dates so far ahead of us; nil while nothing was answered.
    package mutating func heard(_ ahead: Duration) -> Estimate? {
        if heard.count == Self.heardMax { heard.removeFirst() }
        heard.append(ahead)
        guard let answer, let floor = heard.max() else { return nil }
        let (low, high) = (answer.skew - answer.uncertainty, answer.skew + answer.uncertainty)
        guard floor > low else { return answer }
        guard floor < high else { return Estimate(skew: floor, uncertainty: .zero) }
        return Estimate(skew: (floor + high) / 2, uncertainty: (high - floor) / 2)
    }

    /// True where the venue's clock should be asked at once: either our clock went forward, or everything
    /// comes late, and heartbeats alone cannot tell which.
    package mutating func shouldAsk(at now: Instant) -> Bool {
        guard let answer, heard.count == Self.heardMax, let floor = heard.max(),
            floor < answer.skew - answer.uncertainty - Self.lateness,
            askedAt.map({ now - $0 >= Self.askSpacing }) ?? true
        else { return false }
        askedAt = now
        return true
    }
}
