package import VigilModel

/// What the venue's clock said once, and how long the answer was on its way.
package struct ClockReading: Sendable, Equatable {
    /// The venue's time.
    package let venue: Instant
    /// Our time when it was asked.
    package let askedAt: Instant
    /// From the question to the answer.
    package let trip: Duration

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
    /// A single answer that a busy machine takes in late makes clocks look apart that are not.
    package func clockReading(
        times: Int = 5,
        by now: @Sendable () -> Instant
    ) async -> Outcome<ClockReading> {
        var best: ClockReading?
        var trouble: Outcome<ClockReading> = .unknown("it was not asked")
        for _ in 0..<times {
            let askedAt = now()
            switch await time() {
            case .ok(let venue):
                let reading = ClockReading(venue: venue, askedAt: askedAt, trip: now() - askedAt)
                best = best.map { $0.trip <= reading.trip ? $0 : reading } ?? reading
            case .refused(let refusal): trouble = .refused(refusal)
            case .unknown(let detail): trouble = .unknown(detail)
            }
        }
        return best.map { .ok($0) } ?? trouble
    }
}
