import VigilModel

/// Who has asked how much, by key and by address.
struct LimitBook: Sendable {
    /// What is left for a key, for the headers of its answers.
    struct Left: Sendable, Equatable {
        let limit: Int
        let remaining: Int
        let reset: Int
    }

    private let limits: SimLimits?
    private var perKey: [String: (second: TokenBucket, hour: TokenBucket)] = [:]
    private var open: TokenBucket?
    private var connections: TokenBucket?

    init(_ limits: SimLimits?, at now: Instant) {
        self.limits = limits
        guard let limits else { return }
        open = Self.bucket(limits.publicRate, at: now)
        connections = Self.bucket(limits.connectRate, at: now)
    }

    private static func bucket(_ rate: Int, at now: Instant) -> TokenBucket {
        TokenBucket(capacity: Double(rate), perSecond: Double(rate), at: now)
    }

    /// Whether a request without a key is within the limit; all of loopback is one address.
    mutating func admitsPublic(at now: Instant) -> Bool {
        open?.take(at: now) ?? true
    }

    /// Whether a key's request is within its limits, and what is left of them.
    mutating func admits(_ key: String, at now: Instant) -> (Bool, Left?) {
        guard let limits else { return (true, nil) }
        var buckets =
            perKey[key]
            ?? (
                Self.bucket(limits.privateRate, at: now),
                TokenBucket(
                    capacity: Double(limits.hourly),
                    perSecond: Double(limits.hourly) / 3_600,
                    at: now
                )
            )
        let isAdmitted = buckets.second.take(at: now) && buckets.hour.take(at: now)
        perKey[key] = buckets
        let left = Left(
            limit: limits.privateRate,
            remaining: buckets.second.remaining,
            reset: max(buckets.second.wait, buckets.hour.wait)
        )
        return (isAdmitted, left)
    }

    /// Whether another WebSocket may be opened.
    mutating func connects(at now: Instant) -> Bool {
        connections?.take(at: now) ?? true
    }

    /// The bucket for a connection's messages without a token.
    func newMessageBucket(at now: Instant) -> TokenBucket? {
        limits.map { Self.bucket($0.messageRate, at: now) }
    }
}
