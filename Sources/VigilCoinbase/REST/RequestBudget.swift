package import VigilModel

/// Decides which call may leave next: the venue's limits, shared by all callers, the urgent first.
///
/// **Units**: times are real, from any fixed beginning.
/// **Source**: contract 3: 30/s by key and 10/s by address in older pages, 10,000 an hour in newer;
/// both are kept, with a margin.
package struct RequestBudget: Sendable {
    /// The limits.
    package struct Limits: Sendable, Hashable {
        /// Calls by key in a second.
        package var authenticatedPerSecond = 10
        /// How many of them may leave at once after a rest.
        package var authenticatedBurst = 20
        /// Calls by address in a second.
        package var openPerSecond = 8
        /// All calls in any hour.
        package var perHour = 9_000
        /// The part of the hour that only cancels and orders may use.
        package var hourReserve = 900
        /// The part of the hour that reading the market leaves to everything else.
        package var marketReserve = 3_000

        /// The defaults.
        package init() {}
    }

    /// One call that waits.
    package struct Ticket: Hashable, Sendable {
        let number: Int
        let lane: RequestLane
        let callClass: CallClass
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Instant
        var pausedUntil = Instant.epoch
        /// When the next cancel may leave while the lane rests.
        var trickleAt = Instant.epoch
        let rate: Double
        let size: Double

        mutating func fill(at now: Instant) {
            let gain = Double((now - filledAt).nanoseconds) / 1e9 * rate
            tokens = min(size, tokens + max(gain, 0))
            filledAt = now
        }

        func wait(for position: Int, at now: Instant) -> Duration {
            let missing = Double(position + 1) - tokens
            let span = missing > 0 ? Duration.nanoseconds(Int64(missing / rate * 1e9) + 1) : .zero
            return max(span, pausedUntil - now)
        }
    }

    private let limits: Limits
    private var buckets: [RequestLane: Bucket]
    private var waiting: [Ticket] = []
    private var lastNumber = 0
    /// Calls by minute, for the last hour.
    private var minutes: [(minute: Int64, count: Int)] = []

    /// Begins with full buckets.
    package init(_ limits: Limits = Limits(), at now: Instant) {
        self.limits = limits
        func bucket(_ rate: Int, _ size: Int) -> Bucket {
            Bucket(tokens: Double(size), filledAt: now, rate: Double(rate), size: Double(size))
        }
        buckets = [
            .authenticated: bucket(limits.authenticatedPerSecond, limits.authenticatedBurst),
            .open: bucket(limits.openPerSecond, limits.openPerSecond),
        ]
    }

    /// How many calls wait.
    package var depth: Int { waiting.count }

    /// Lines a call up.
    package mutating func enter(_ lane: RequestLane, _ callClass: CallClass) -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber, lane: lane, callClass: callClass)
        let place = waiting.firstIndex { $0.callClass > callClass } ?? waiting.endIndex
        waiting.insert(ticket, at: place)
        return ticket
    }

    /// Gives up on a call that waits.
    package mutating func leave(_ ticket: Ticket) {
        waiting.removeAll { $0 == ticket }
    }

    /// While a lane rests one cancel leaves in this time: what protects must not wait for half a minute, and
    /// a venue that says "less" must not be asked for more.
    static let trickle = Duration.seconds(2)

    /// Zero where the call may leave now, and is counted; otherwise how long it waits before it asks again.
    package mutating func take(_ ticket: Ticket, at now: Instant) -> Duration {
        guard var bucket = buckets[ticket.lane] else { return .zero }
        bucket.fill(at: now)
        let ahead = waiting.count {
            $0.lane == ticket.lane
                && ($0.callClass, $0.number) < (ticket.callClass, ticket.number)
        }
        let isTrickling = ticket.callClass == .cancel && bucket.pausedUntil > now
        let laneWait =
            isTrickling
            ? bucket.trickleAt - now + Self.trickle * ahead : bucket.wait(for: ahead, at: now)
        let wait = max(laneWait, hourWait(ticket.callClass, at: now))
        if wait <= .zero {
            bucket.tokens -= 1
            if isTrickling { bucket.trickleAt = now + Self.trickle }
            count(at: now)
            leave(ticket)
        }
        buckets[ticket.lane] = bucket
        return max(wait, .zero)
    }

    /// Stops a lane after the venue said that it is too much.
    package mutating func pause(_ lane: RequestLane, until end: Instant, at now: Instant) {
        guard var bucket = buckets[lane] else { return }
        bucket.pausedUntil = max(bucket.pausedUntil, end)
        bucket.trickleAt = max(bucket.trickleAt, now + Self.trickle / 2)
        bucket.tokens = 0
        buckets[lane] = bucket
    }

    private mutating func count(at now: Instant) {
        let minute = now.floor(to: .seconds(60)).nanoseconds
        if minutes.last?.minute == minute {
            minutes[minutes.count - 1].count += 1
        } else {
            minutes.append((minute, 1))
        }
    }

    /// The hour is counted in whole minutes, the oldest of which counts to its end.
    private mutating func hourWait(_ callClass: CallClass, at now: Instant) -> Duration {
        let hour = Duration.seconds(3_660).nanoseconds
        minutes.removeAll { $0.minute <= now.nanoseconds - hour }
        let used = minutes.reduce(0) { $0 + $1.count }
        let reserve =
            switch callClass {
            case .cancel, .order: 0
            case .reconciliation: limits.hourReserve
            case .marketData: limits.marketReserve
            }
        guard used >= limits.perHour - reserve,
            let oldest = minutes.first
        else { return .zero }
        return Instant(nanoseconds: oldest.minute + hour) - now
    }
}
