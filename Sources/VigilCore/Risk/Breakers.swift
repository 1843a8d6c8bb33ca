import VigilModel

/// How a request to the venue ended, as far as the breakers are concerned.
package enum VenueAnswer: Sendable, Equatable {
    /// It was answered.
    case answered
    /// It failed, or nobody knows.
    case failed(String)
    /// The venue said that we ask too much.
    case limited(String)
}

/// What the machine has left.
package struct HostFigures: Sendable, Equatable {
    /// Free space on the disk of the state directory, in bytes; nil where it cannot be read.
    package let diskFree: Int64?
    /// Memory of the process, in bytes.
    package let resident: Int64

    /// Joins both.
    package init(diskFree: Int64?, resident: Int64) {
        self.diskFree = diskFree
        self.resident = resident
    }
}

/// The halts that are active, with what trips and clears them.
///
/// Each change is answered with the effects that make it known. All of it outlives a restart: what is
/// active then stays so until its own rule clears it.
struct Breakers: Sendable {
    let policy: BreakerPolicy
    private(set) var active: [Halt: ActiveHalt] = [
        Halt(.recovering): ActiveHalt(Halt(.recovering), detail: "", raisedAt: .epoch)
    ]
    /// Which detail of each active halt was written down last, and when.
    private var told: [Halt: (detail: String, at: Instant)] = [:]
    /// Between two details of one halt that are written down.
    private static let detailSpacing = Duration.seconds(300)
    /// When the cause of a halt that time clears was last seen.
    private var lastSeen: [Halt: Instant] = [:]
    private var failures: [Instant] = []
    private var rejections: [Instant] = []
    private var exceptions: [Instant] = []
    /// Products of which quotes and candles have come: before that there is nothing to be stale.
    private var known: Set<ProductID> = []

    init(policy: BreakerPolicy) {
        self.policy = policy
    }

    /// The active halts in their fixed order.
    var halts: [Halt] { active.keys.sorted() }

    mutating func restore(_ restored: [ActiveHalt], at now: Instant) {
        for halt in restored {
            active[halt.halt] = halt
            // How long a product has been calm is not known: it must be so from here on.
            lastSeen[halt.halt] = halt.halt.reason == .volatility ? now : halt.raisedAt
        }
    }

    func isActive(_ reason: HaltReason, _ product: ProductID? = nil) -> Bool {
        active[Halt(reason, product)] != nil
    }

    // MARK: Trips and clears

    mutating func raise(_ halt: Halt, _ detail: String, at now: Instant) -> [RiskCore.Effect] {
        lastSeen[halt] = now
        let known = active[halt]
        let raised = ActiveHalt(halt, detail: detail, raisedAt: known?.raisedAt ?? now)
        active[halt] = raised
        let published: [RiskCore.Effect] =
            known?.detail == detail
            ? [] : [.publishHalts(active.values.sorted { $0.halt < $1.halt })]
        // What shows is true now; told again is another cause, not each number that moves, and once in a while.
        if known != nil {
            let (told, at) = told[halt] ?? (known?.detail ?? "", .epoch)
            guard halt.reason.namesCause, told != detail, now - at >= Self.detailSpacing else {
                return published
            }
        }
        told[halt] = (detail, now)
        return published + [.reportHalt(raised)]
    }

    mutating func clear(_ halt: Halt, _ why: String) -> [RiskCore.Effect] {
        guard active.removeValue(forKey: halt) != nil else { return [] }
        told[halt] = nil
        return [
            .publishHalts(active.values.sorted { $0.halt < $1.halt }),
            .reportCleared(halt, reason: why),
        ]
    }

    mutating func clear(_ reason: HaltReason, _ product: ProductID? = nil) -> [RiskCore.Effect] {
        clear(Halt(reason, product), reason.clearing)
    }

    /// Raises or clears, as the cause is there or not; for halts that recovery clears.
    mutating func set(
        _ halt: Halt,
        _ detail: String?,
        at now: Instant
    ) -> [RiskCore.Effect] {
        guard let detail else { return clear(halt, halt.reason.clearing) }
        return raise(halt, detail, at: now)
    }

    // MARK: What the layers report

    mutating func take(_ answer: VenueAnswer, at now: Instant) -> [RiskCore.Effect] {
        switch answer {
        case .answered:
            failures = []
            return clear(.apiErrors)
        case .limited(let detail): return raise(Halt(.rateLimited), detail, at: now)
        case .failed(let detail):
            let count = Self.add(now, to: &failures, within: policy.apiErrorWindow)
            guard count >= policy.apiErrorsMax else { return [] }
            return raise(
                Halt(.apiErrors),
                "\(count) failed requests in a row, limit \(policy.apiErrorsMax): \(detail)",
                at: now
            )
        }
    }

    mutating func rejected(_ detail: String, at now: Instant) -> [RiskCore.Effect] {
        let count = Self.add(now, to: &rejections, within: BreakerPolicy.rejectionWindow)
        guard count >= BreakerPolicy.rejectionsMax else { return [] }
        return raise(
            Halt(.rejectionBurst),
            "\(count) rejected orders within ten minutes, the last for \(detail)",
            at: now
        )
    }

    mutating func broke(_ detail: String, at now: Instant) -> [RiskCore.Effect] {
        let count = Self.add(now, to: &exceptions, within: BreakerPolicy.exceptionWindow)
        guard count >= BreakerPolicy.exceptionsMax else { return [] }
        return raise(
            Halt(.exceptionBurst),
            "\(count) broken cycles within five minutes, the last: \(detail)",
            at: now
        )
    }

    /// Clocks differ only by what the answer's way cannot account for.
    mutating func compared(
        _ skew: Duration,
        uncertainty: Duration,
        at now: Instant
    ) -> [RiskCore.Effect] {
        let size = max(skew, .zero - skew) - uncertainty
        let milliseconds = skew.nanoseconds / 1_000_000
        let isOff = size > policy.clockTolerance
        let side = milliseconds < 0 ? "behind" : "ahead of"
        return set(
            Halt(.clockSkew),
            isOff ? "the venue's clock is \(abs(milliseconds)) ms \(side) ours" : nil,
            at: now
        )
    }

    mutating func looked(_ host: HostFigures, at now: Instant) -> [RiskCore.Effect] {
        let free = host.diskFree ?? 0
        let isFull = free < policy.diskFreeMin
        let effects = set(
            Halt(.diskLow),
            isFull
                ? "\(free >> 20) MB free, \(policy.diskFreeMin >> 20) MB required" : nil,
            at: now
        )
        let isLarge = host.resident > policy.memoryMax
        return effects
            + set(
                Halt(.memory),
                isLarge
                    ? "\(host.resident >> 20) MB held, \(policy.memoryMax >> 20) MB allowed" : nil,
                at: now
            )
    }

    private static func add(
        _ now: Instant,
        to times: inout [Instant],
        within window: Duration
    ) -> Int {
        times.append(now)
        times.removeAll { now - $0 > window }
        return times.count
    }

    // MARK: The look of each cycle

    mutating func look(at market: MarketSnapshot, at now: Instant) -> [RiskCore.Effect] {
        var effects: [RiskCore.Effect] = []
        for id in market.products.keys.sorted() {
            guard let view = market.products[id] else { continue }
            if view.quote != nil, !view.candles.isEmpty {
                known.insert(id)
            }
            effects += judge(view, at: now)
        }
        // A product that is no longer listed can clear nothing, and be entered no more.
        for halt in halts {
            guard let product = halt.product, market.products[product] == nil else { continue }
            effects += clear(halt, "the product is no longer among those that are traded")
        }
        return effects
    }

    private mutating func judge(_ view: ProductView, at now: Instant) -> [RiskCore.Effect] {
        let id = view.product.id
        var effects: [RiskCore.Effect] = []
        if view.quote != nil {
            effects += clear(.feedGap, id)
        }
        let isWild = isActive(.volatility, id)
        let health = ProductHealth(policy: policy, view: view, now: now, isWild: isWild)
        let faults = health.faults
        let isSilent = isActive(.feedGap, id) || !known.contains(id)
        for reason in [
            HaltReason.productStatus, .quoteStale, .candleStale, .priceOutlier, .volatility,
            .spread,
        ] {
            let halt = Halt(reason, id)
            let fault = faults.first { $0.reason == reason }
            if let fault {
                // Of a feed that is known to be lost nothing more is said.
                let isNoNews = reason == .quoteStale || reason == .candleStale
                if isNoNews, isSilent { continue }
                effects += raise(halt, fault.detail, at: now)
            } else if reason.rule == .recovery, let clearing = health.clearing(reason) {
                // What moves about its limit would stop and go with every look.
                let calm = now - (lastSeen[halt] ?? .epoch)
                if reason == .volatility, calm < BreakerPolicy.volatilityHold { continue }
                effects += clear(halt, clearing)
            }
        }
        return effects
    }

    /// Ends what time alone ends.
    mutating func expire(at now: Instant) -> [RiskCore.Effect] {
        var effects: [RiskCore.Effect] = []
        for halt in halts {
            guard let seen = lastSeen[halt], let hold = hold(halt.reason), now - seen >= hold
            else { continue }
            effects += clear(halt, halt.reason.clearing)
        }
        return effects
    }

    private func hold(_ reason: HaltReason) -> Duration? {
        switch reason {
        case .overload: BreakerPolicy.overloadHold
        case .rateLimited: policy.rateLimitCooldown
        case .rejectionBurst: BreakerPolicy.rejectionWindow
        case .exceptionBurst: BreakerPolicy.exceptionWindow
        case .priceOutlier: BreakerPolicy.outlierHold
        // What caused these says itself when it is over, or a person does.
        case .kill, .arithmetic, .ledger, .audit, .metrics, .diskLow, .memory, .permit, .mismatch,
            .recovering, .connectivity, .apiErrors, .clockSkew, .depeg, .universe, .dailyStop,
            .weeklyStop, .drawdown, .lossStreak, .productStatus, .feedGap, .quoteStale,
            .candleStale, .volatility, .spread, .oddFill:
            nil
        }
    }
}
