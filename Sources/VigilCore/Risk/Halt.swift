package import VigilModel

/// How a halt ends.
package enum ClearingRule: String, Sendable, Codable, CaseIterable {
    /// After a span in which its cause did not come again.
    case time
    /// When its cause is seen to be gone.
    case recovery
    /// At the next 00:00 UTC.
    case nextDay = "next_day"
    /// On the next Monday, 00:00 UTC.
    case nextWeek = "next_week"
    /// When the operator resumes.
    case `operator`
}

/// Why entries are stopped; the raw values are stable codes, in the order in which they are looked at.
package enum HaltReason: String, Sendable, Codable, CaseIterable {
    /// The kill switch: SIGUSR1, the kill file or `vigil kill`.
    case kill
    /// A mailbox took in more than its bound.
    case overload
    /// A number could not be held.
    case arithmetic
    /// The ledger cannot be written.
    case ledger
    /// The audit log cannot be written.
    case audit
    /// The metrics file cannot be written.
    case metrics
    /// The disk of the state directory is nearly full.
    case diskLow = "disk_low"
    /// The process holds too much memory.
    case memory
    /// `LIVE` runs without a permit.
    case permit
    /// Our books and the venue's differ.
    case mismatch
    /// The start has not been completed.
    case recovering
    /// The venue cannot be reached, or no feed of market data is whole.
    case connectivity
    /// Too many requests failed in a row.
    case apiErrors = "api_errors"
    /// The venue said that we ask too much.
    case rateLimited = "rate_limited"
    /// The venue's clock and ours differ by too much.
    case clockSkew = "clock_skew"
    /// The venue refused too many orders.
    case rejectionBurst = "rejection_burst"
    /// Too many cycles were broken off.
    case exceptionBurst = "exception_burst"
    /// A stable coin is not worth a dollar.
    case depeg
    /// Too few eligible products.
    case universe
    /// The day's loss limit.
    case dailyStop = "daily_stop"
    /// The week's loss limit.
    case weeklyStop = "weekly_stop"
    /// The fall from the peak.
    case drawdown
    /// Too many losing trades in a row.
    case lossStreak = "loss_streak"
    /// A product cannot be traded.
    case productStatus = "product_status"
    /// A product's feed lost messages, and its book has not come anew.
    case feedGap = "feed_gap"
    /// A product's quotes are too old.
    case quoteStale = "quote_stale"
    /// A product's candles are too old.
    case candleStale = "candle_stale"
    /// A product's price moved as it hardly can.
    case priceOutlier = "price_outlier"
    /// A product moves too much.
    case volatility
    /// A product's spread is too wide.
    case spread
    /// The venue reported a fill of a product that cannot be of its order.
    case oddFill = "odd_fill"

    /// True where the detail names a cause that an operator acts on, and not only how far a limit is passed.
    package var namesCause: Bool {
        switch self {
        case .kill, .arithmetic, .ledger, .audit, .metrics, .permit, .mismatch, .connectivity,
            .clockSkew, .depeg, .oddFill:
            true
        case .overload, .diskLow, .memory, .recovering, .apiErrors, .rateLimited, .rejectionBurst,
            .exceptionBurst, .universe, .dailyStop, .weeklyStop, .drawdown, .lossStreak,
            .productStatus, .feedGap, .quoteStale, .candleStale, .priceOutlier, .volatility,
            .spread:
            false
        }
    }

    /// True where the halt stops one product and not all.
    package var concernsProduct: Bool {
        switch self {
        case .productStatus, .feedGap, .quoteStale, .candleStale, .priceOutlier, .volatility,
            .spread, .oddFill:
            true
        case .kill, .overload, .arithmetic, .ledger, .audit, .metrics, .diskLow, .memory, .permit,
            .mismatch, .recovering, .connectivity, .apiErrors, .rateLimited, .clockSkew,
            .rejectionBurst,
            .exceptionBurst, .depeg, .universe, .dailyStop, .weeklyStop, .drawdown, .lossStreak:
            false
        }
    }

    /// How it ends.
    package var rule: ClearingRule {
        switch self {
        case .kill, .arithmetic, .oddFill: .operator
        case .dailyStop: .nextDay
        case .weeklyStop: .nextWeek
        case .overload, .rateLimited, .rejectionBurst, .exceptionBurst, .lossStreak, .priceOutlier:
            .time
        case .ledger, .audit, .metrics, .diskLow, .memory, .permit, .mismatch, .recovering,
            .connectivity, .apiErrors, .clockSkew, .depeg, .universe, .drawdown, .productStatus,
            .feedGap,
            .quoteStale, .candleStale, .volatility, .spread:
            .recovery
        }
    }

    /// What lifts the halt, in words for the operator.
    package var clearing: String {
        switch self {
        case .kill: "`vigil resume --reason …`"
        case .overload: "a minute without an overfull mailbox"
        case .arithmetic: "`vigil resume --reason …`, after the cause is understood"
        case .ledger: "the next record that is written"
        case .audit: "the next line that is written"
        case .metrics: "the next metrics file that is written"
        case .diskLow: "more free space than circuit_breakers.min_free_disk_mb"
        case .memory: "less memory than circuit_breakers.max_memory_mb, as after a restart"
        case .permit: "a start with a permit"
        case .mismatch:
            "a reconciliation without a difference; what you moved yourself is booked by `vigil account explain`"
        case .recovering: "the end of the start-up reconciliation"
        case .connectivity: "a connection that is whole"
        case .apiErrors: "the next request that is answered"
        case .rateLimited: "circuit_breakers.rate_limit_cooldown_seconds without another refusal"
        case .clockSkew: "clocks that agree within exchange.clock_tolerance_ms"
        case .rejectionBurst: "ten minutes without another rejection"
        case .exceptionBurst: "five minutes without another broken cycle"
        case .depeg: "a rate within 1 % of a dollar"
        case .universe: "enough eligible products"
        case .dailyStop: "the next UTC day"
        case .weeklyStop: "the next Monday, 00:00 UTC"
        case .drawdown: "`vigil resume --reason …`, or a recovery above the limit"
        case .lossStreak: "the end of its cooldown"
        case .productStatus: "a product that is open again"
        case .feedGap: "a book that came anew"
        case .quoteStale: "a quote that is fresh"
        case .candleStale: "a candle that is fresh"
        case .priceOutlier: "five minutes without another such move"
        case .volatility:
            "fifteen minutes with volatility a tenth below circuit_breakers.max_realized_volatility_pct"
        case .spread: "a spread within liquidity.max_spread_bps"
        case .oddFill:
            "`vigil resume --reason …`, after you have compared the order with the venue's own page"
        }
    }
}

/// A stop of entries: of all of them, or of one product's.
package struct Halt: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// Why.
    package let reason: HaltReason
    /// The product; nil where all are stopped.
    package let product: ProductID?

    /// Joins both.
    package init(_ reason: HaltReason, _ product: ProductID? = nil) {
        self.reason = reason
        self.product = product
    }

    /// The reason, and the product behind it.
    package var description: String {
        product.map { "\(reason.rawValue) \($0)" } ?? reason.rawValue
    }

    package static func < (left: Halt, right: Halt) -> Bool {
        let order = (left.reason.order, right.reason.order)
        guard order.0 == order.1 else { return order.0 < order.1 }
        guard let product = right.product else { return false }
        return left.product.map { $0 < product } ?? true
    }

    /// Reads what ``description`` writes.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ")
        guard let first = parts.first, let reason = HaltReason(rawValue: String(first)) else {
            return nil
        }
        self.init(reason, parts.count > 1 ? ProductID(parts[1]) : nil)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let halt = Halt(text) else { throw MoneyError.malformed(text) }
        self = halt
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Halt {
    /// How much the operator should care: what stops one product is worth knowing, what ends by itself
    /// worth looking at in the morning.
    package var severity: Severity {
        // Of what stops one product, this alone is for a person.
        if reason == .oddFill { return .critical }
        if reason.concernsProduct { return .info }
        switch reason.rule {
        case .time, .nextDay: return .warning
        case .nextWeek, .operator: return .critical
        case .recovery: return reason == .universe ? .warning : .critical
        }
    }
}

extension HaltReason {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A halt with what is known of it.
package struct ActiveHalt: Hashable, Sendable {
    /// The halt.
    package let halt: Halt
    /// The case, with its numbers.
    package let detail: String
    /// When it began.
    package let raisedAt: Instant

    /// Joins the parts.
    package init(_ halt: Halt, detail: String, raisedAt: Instant) {
        self.halt = halt
        self.detail = detail.printable()
        self.raisedAt = raisedAt
    }

    /// The halt for a clock that is known to be right: one that lies ahead of it has just begun.
    package func mended(at now: Instant) -> ActiveHalt {
        ActiveHalt(halt, detail: detail, raisedAt: min(raisedAt, now))
    }
}
