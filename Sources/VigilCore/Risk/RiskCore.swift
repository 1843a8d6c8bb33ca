package import VigilModel

/// Why entries are stopped; the raw values are stable codes.
package enum HaltReason: String, Sendable, Codable, CaseIterable {
    /// The kill switch: SIGUSR1, the kill file or `vigil kill`.
    case kill
    /// A mailbox took in more than its bound.
    case overload
    /// A number could not be held.
    case arithmetic
    /// The ledger or the audit log cannot be written.
    case ledger
    /// Our books and the venue's differ.
    case mismatch
    /// The day's loss limit.
    case dailyStop = "daily_stop"
    /// The week's loss limit.
    case weeklyStop = "weekly_stop"
    /// The fall from the peak.
    case drawdown
    /// Too many losing trades in a row.
    case lossStreak = "loss_streak"
    /// Too few eligible products.
    case universe
    /// The start has not been completed.
    case recovering
    /// No feed of market data is whole.
    case connectivity
    /// The venue's clock and ours differ by too much.
    case clockSkew = "clock_skew"

    /// True where the halt outlives a restart: its cause is not in the process that ended.
    package var persists: Bool {
        switch self {
        case .kill, .arithmetic, .dailyStop, .weeklyStop, .drawdown, .lossStreak: true
        case .overload, .ledger, .mismatch, .universe, .recovering, .connectivity, .clockSkew:
            false
        }
    }

    /// What lifts the halt, in words for the operator.
    package var clearing: String {
        switch self {
        case .kill: "`vigil resume --reason …`"
        case .overload: "one cycle without an overfull mailbox"
        case .arithmetic: "`vigil resume --reason …`, after the cause is understood"
        case .ledger: "the next record that is written"
        case .mismatch: "a reconciliation without a difference"
        case .dailyStop: "the next UTC day"
        case .weeklyStop: "the next Monday, 00:00 UTC"
        case .drawdown: "`vigil resume --reason …`, or a recovery above the limit"
        case .lossStreak: "the end of its cooldown"
        case .universe: "enough eligible products"
        case .recovering: "the end of the start-up reconciliation"
        case .connectivity: "a feed of market data that is whole"
        case .clockSkew: "clocks that agree within exchange.clock_tolerance_ms"
        }
    }
}

/// Owns the limits, the halts and the counters; mints approvals.
package struct RiskCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The ledger's past, replayed at start.
        case restored(RiskCounters, halts: Set<HaltReason>)
        /// The venue charges other fees from now on.
        case feesChanged(FeeSchedule)
        /// A halt was raised elsewhere.
        case haltRaised(HaltReason, detail: String)
        /// The cause of a halt is gone.
        case haltCleared(HaltReason)
        /// The operator resumed after a kill.
        case resumed(reason: String)
        /// The conductor asks whether entries are allowed.
        case breakersRequested(cycle: Int, PortfolioSnapshot)
        /// The universe has this many eligible products.
        case universeCounted(Int, minimum: Int)
        /// The conductor brings proposals.
        case proposed(cycle: Int, [Proposal], RiskInput)
        /// A position began to grow.
        case positionGrown(ProductID)
        /// A position is being left.
        case exitStarted(ProductID, ExitReason)
        /// A position was closed.
        case positionClosed(Money)
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Answer the conductor: the active halts, in their fixed order.
        case replyBreakers(cycle: Int, [HaltReason])
        /// Answer the conductor.
        case replyVerdicts(cycle: Int, [RiskVerdict])
        /// A halt began: record it, tell the operator, cancel working entries.
        case reportHalt(HaltReason, detail: String)
        /// A halt ended.
        case reportCleared(HaltReason, reason: String)
        /// The operator accepts the fall from the peak: losses are measured from here on.
        case resetPeak
        /// The set of active halts changed: Execution stops or goes on.
        case publishHalts([HaltReason])
    }

    private let policy: RiskPolicy
    private var execution: ExecutionPolicy
    private var counters = RiskCounters()
    private var halts: Set<HaltReason> = [.recovering]
    private var overloadedSince: Instant?
    private var growing: Set<ProductID> = []
    private var dailyStopDay: Int64?
    private var weeklyStopWeek: Int64?

    /// Begins halted until the start has been completed.
    package init(policy: RiskPolicy, execution: ExecutionPolicy) {
        self.policy = policy
        self.execution = execution
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .feesChanged(let fees):
            execution.fees = fees
            return []
        case .restored(let counters, let halts):
            self.counters = counters
            self.halts.formUnion(halts)
            // A stop that outlived a restart lasts to the end of the day, or week, it is found in.
            dailyStopDay = halts.contains(.dailyStop) ? now.day : nil
            weeklyStopWeek = halts.contains(.weeklyStop) ? now.week : nil
            return []
        case .haltRaised(let reason, let detail):
            if reason == .overload {
                overloadedSince = now
            }
            return raise(reason, detail)
        case .haltCleared(let reason): return clear(reason, reason.clearing)
        case .resumed(let reason):
            let peak: [Effect] = halts.contains(.drawdown) ? [.resetPeak] : []
            return peak + [.kill, .arithmetic, .drawdown].flatMap { clear($0, reason) }
        case .breakersRequested(let cycle, let portfolio):
            return try judge(portfolio, at: now) + [.replyBreakers(cycle: cycle, active)]
        case .universeCounted(let count, let minimum):
            return count < minimum
                ? raise(.universe, "\(count) eligible products, \(minimum) required")
                : clear(.universe, HaltReason.universe.clearing)
        case .proposed(let cycle, let proposals, let input):
            return [.replyVerdicts(cycle: cycle, try assess(proposals, input, at: now))]
        case .positionGrown(let product):
            // Several fills of one entry are one entry.
            if growing.insert(product).inserted {
                counters.recordEntry(product, at: now)
            }
            return []
        case .exitStarted(let product, let reason):
            growing.remove(product)
            counters.recordExit(product, reason, at: now)
            return []
        case .positionClosed(let realised):
            counters.recordClosed(realised, at: now)
            return []
        }
    }

    private var active: [HaltReason] {
        HaltReason.allCases.filter { halts.contains($0) }
    }

    private func assess(
        _ proposals: [Proposal],
        _ input: RiskInput,
        at now: Instant
    ) throws(MoneyError) -> [RiskVerdict] {
        if let halt = active.first {
            let denial = Denial(.halted, limit: "none", current: halt.rawValue)
            return proposals.map { .denied($0, denial) }
        }
        let pass = RiskPass(
            policy: policy,
            execution: execution,
            input: input,
            counters: counters,
            now: now
        )
        return try pass.verdicts(proposals)
    }

    private mutating func judge(
        _ portfolio: PortfolioSnapshot,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        func fell(_ change: Rate, _ stop: Rate) throws(MoneyError) -> Bool {
            try change <= Rate.zero - stop
        }
        // A stop holds to the end of its day or week, whatever the price does until then.
        if try fell(portfolio.dayChange, policy.dailyStop) {
            dailyStopDay = now.day
        }
        if try fell(portfolio.weekChange, policy.weeklyStop) {
            weeklyStopWeek = now.week
        }
        var effects = set(
            .dailyStop,
            dailyStopDay == now.day,
            "change today \(portfolio.dayChange), stop at -\(policy.dailyStop)"
        )
        effects += set(
            .weeklyStop,
            weeklyStopWeek == now.week,
            "change this week \(portfolio.weekChange), stop at -\(policy.weeklyStop)"
        )
        effects += set(
            .drawdown,
            portfolio.drawdown >= policy.drawdownMax,
            "drawdown \(portfolio.drawdown), limit \(policy.drawdownMax)"
        )
        let cooling = counters.lastLoss.map { now - $0 < policy.lossCooldown } ?? false
        let streak = policy.lossStreakMax > 0 && counters.lossStreak >= policy.lossStreakMax
        effects += set(
            .lossStreak,
            streak && cooling,
            "\(counters.lossStreak) losing trades in a row"
        )
        if let since = overloadedSince, now - since >= .seconds(60) {
            overloadedSince = nil
            effects += clear(.overload, HaltReason.overload.clearing)
        }
        return effects
    }

    private mutating func set(_ reason: HaltReason, _ on: Bool, _ detail: String) -> [Effect] {
        on ? raise(reason, detail) : clear(reason, reason.clearing)
    }

    private mutating func raise(_ reason: HaltReason, _ detail: String) -> [Effect] {
        guard halts.insert(reason).inserted else { return [] }
        return [.publishHalts(active), .reportHalt(reason, detail: detail)]
    }

    private mutating func clear(_ reason: HaltReason, _ why: String) -> [Effect] {
        guard halts.remove(reason) != nil else { return [] }
        return [.publishHalts(active), .reportCleared(reason, reason: why)]
    }
}
