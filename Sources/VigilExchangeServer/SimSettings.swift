package import VigilModel

/// Two times of one moment: market time may run faster, tokens and sockets live in real time.
package struct Moment: Sendable, Equatable {
    /// The machine's time.
    package let real: Instant
    /// The market's time.
    package let market: Instant

    /// Joins both.
    package init(real: Instant, market: Instant) {
        self.real = real
        self.market = market
    }
}

/// What an operator can choose when a venue is opened; the switches are what Coinbase leaves unsaid.
package struct SimSettings: Sendable {
    /// The seed of market, names and chances.
    package var seed: UInt64 = 1
    /// The account's rates.
    ///
    /// **Source**: the lowest US tier since 2026-09-16 is 0.50 % maker and 0.90 % taker.
    package var fees = FeeSchedule(maker: Rate(basisPoints: 50), taker: Rate(basisPoints: 90))
    /// What the account begins with.
    package var deposits: [Money] = []
    /// How long a new order answers 404 when it is looked up.
    ///
    /// **Source**: not established; reports speak of some hundred milliseconds.
    package var visibilityLag = Duration.milliseconds(100)
    /// How long a resting order is PENDING before it is OPEN, and CANCEL_QUEUED before it is CANCELLED.
    package var pendingSpan = Duration.milliseconds(50)
    /// How long after a fill its row appears.
    package var fillLag = Duration.zero
    /// Whether a repeated client order id is answered with DUPLICATE_CLIENT_ORDER_ID.
    ///
    /// **Source**: documented is that the original order is returned; the enum has the refusal too.
    package var refusesDuplicates = false
    /// Levels a side that lie behind each touch.
    package var depth = 100
    /// The limits; nil for none.
    package var limits: SimLimits? = SimLimits()
    /// The production host, which tokens may name in the place of ours.
    package var productionHost = "api.coinbase.com"
    /// The most of a currency that an account may have, a trillion: no product of two such numbers
    /// leaves the range of exact arithmetic in mid-trade.
    static let depositMax = FixedPoint.one * 1_000_000_000_000
    /// How many orders may be open in one product.
    package var openOrdersMax = 500

    /// The standard settings.
    package init() {}
}

/// How much a client may ask.
///
/// **Source**: 30 private requests a second and 10 public ones in the older pages, 10,000 an hour in
/// the newer; 8 WebSocket connections and 8 unauthenticated messages a second.
package struct SimLimits: Sendable {
    /// Requests a second of one key, with as many at once.
    package var privateRate = 30
    /// Requests a second without a key.
    package var publicRate = 10
    /// Requests an hour of one key.
    package var hourly = 10_000
    /// WebSocket connections a second.
    package var connectRate = 8
    /// WebSocket messages a second that carry no token.
    package var messageRate = 8

    /// The standard limits.
    package init() {}
}

/// A bucket that fills at a rate and holds one second's worth (or what it is told).
struct TokenBucket: Sendable {
    let capacity: Double
    let perSecond: Double
    private var level: Double
    private var at: Instant

    init(capacity: Double, perSecond: Double, at now: Instant) {
        self.capacity = capacity
        self.perSecond = perSecond
        level = capacity
        at = now
    }

    /// Takes one, if there is one.
    mutating func take(at now: Instant) -> Bool {
        fill(now)
        guard level >= 1 else { return false }
        level -= 1
        return true
    }

    /// Whole tokens that are left.
    var remaining: Int { Int(level) }

    /// Whole seconds until there is one again.
    var wait: Int { level >= 1 ? 0 : Int(((1 - level) / perSecond).rounded(.up)) }

    private mutating func fill(_ now: Instant) {
        let elapsed = Double(max(0, (now - at).nanoseconds)) / 1e9
        level = min(capacity, level + elapsed * perSecond)
        at = max(at, now)
    }
}
