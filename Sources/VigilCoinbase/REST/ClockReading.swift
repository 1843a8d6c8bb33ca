package import VigilModel

/// What the venue's clock said once, and how long the answer was on its way.
package struct ClockReading: Sendable, Equatable {
    /// The venue's time.
    package let venue: Instant
    /// Our time when it was asked.
    package let askedAt: Instant
    /// From the question to the answer.
    package let trip: Duration
    /// Why it was not asked again; nil where every answer came.
    package var trouble: String?

    /// Joins the parts.
    package init(venue: Instant, askedAt: Instant, trip: Duration) {
        self.venue = venue
        self.askedAt = askedAt
        self.trip = trip
    }

    /// Our time to which the venue's is compared: the middle of the way there and back.
    package var middle: Instant { askedAt + trip / 2 }
    /// How far the venue is ahead.
    package var skew: Duration { venue - middle }
    /// How far off ``skew`` may be.
    package var uncertainty: Duration { trip / 2 }
    /// How far the clocks differ at the very least, whatever the way hid.
    package var differenceMin: Duration {
        max(.zero, max(skew, .zero - skew) - uncertainty)
    }
}

extension CoinbaseClient {
    /// Asks the venue's clock several times; the answer that was under way the shortest hides the least.
    ///
    /// A single answer that a busy machine takes in late makes clocks look apart that are not. The first call that
    /// fails is the last: what was heard until then counts, and a venue that does not answer is not asked in vain.
    package func clockReading(
        times: Int = 5,
        by now: @Sendable () -> Instant
    ) async -> Outcome<ClockReading> {
        var best: ClockReading?
        for _ in 0..<times {
            let askedAt = now()
            let answer = await time()
            guard let venue = answer.value else {
                best?.trouble = answer.trouble
                if let best { return .ok(best) }
                return answer.failed()
            }
            let reading = ClockReading(venue: venue, askedAt: askedAt, trip: now() - askedAt)
            best = best.map { $0.trip <= reading.trip ? $0 : reading } ?? reading
        }
        return best.map { .ok($0) } ?? .unknown("it was not asked")
    }
}
