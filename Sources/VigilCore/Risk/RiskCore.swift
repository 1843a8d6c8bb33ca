package import VigilModel

/// Owns the limits, the halts and the counters; mints approvals.
package struct RiskCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The ledger's past, replayed at start.
        case restored(RiskCounters, halts: [ActiveHalt])
        /// The venue charges other fees from now on.
        case feesChanged(FeeSchedule)
        /// A layer has found a cause to halt.
        case haltRaised(Halt, detail: String)
        /// A layer sees that the cause of a halt is gone.
        case haltCleared(Halt)
        /// The operator resumed after a kill.
        case resumed(reason: String)
        /// A request to the venue ended.
        case venueAnswered(VenueAnswer)
        /// The venue's clock was compared with ours: how far it is ahead, and how sure that is.
        case clockCompared(Duration, uncertainty: Duration)
        /// The machine was looked at.
        case hostLooked(HostFigures)
        /// The venue refused an order.
        case orderRejected(RejectionReason)
        /// A cycle was broken off.
        case cycleBroken(AbortReason)
        /// The conductor asks whether entries are allowed.
        case breakersRequested(cycle: Int, PortfolioSnapshot, MarketSnapshot)
        /// The universe has this many eligible products.
        case universeCounted(Int, minimum: Int)
        /// The conductor brings proposals, and what should be sold.
        case proposed(cycle: Int, [Proposal], RiskInput, reductions: [Reduction] = [])
        /// An entry filled, in part or whole.
        case positionGrown(ProductID, EntryKey?)
        /// A position is being left.
        case exitStarted(ProductID, ExitReason)
        /// A position was closed.
        case positionClosed(ProductID, Money)
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Answer the conductor: the active halts, in their fixed order, and what may be entered at all.
        case replyBreakers(cycle: Int, halts: [Halt], openings: Openings)
        /// Answer the conductor.
        case replyVerdicts(cycle: Int, [RiskVerdict], reductions: [RiskApproved<Reduction>] = [])
        /// A halt began: record it, tell the operator, cancel working entries.
        case reportHalt(ActiveHalt)
        /// A halt ended.
        case reportCleared(Halt, reason: String)
        /// The operator accepts the fall from the peak: losses are measured from here on.
        case resetPeak
        /// The clock is known to be right, or not to be.
        case trustTime(Bool)
        /// Tell the operator.
        case report(Notice)
        /// The set of active halts changed: Execution stops or goes on.
        case publishHalts([ActiveHalt])
    }

    private let policy: RiskPolicy
    private var execution: ExecutionPolicy
    private var counters = RiskCounters()
    private var breakers: Breakers
    private var denials = DenialSpell()
    /// What was said last of the clock; nil before it was compared.
    private var isTimeTrusted: Bool?

    /// Begins halted until the start has been completed.
    package init(policy: RiskPolicy, execution: ExecutionPolicy) {
        self.policy = policy
        self.execution = execution
        breakers = Breakers(policy: policy.breakers)
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .feesChanged(let fees): execution.fees = fees
        case .restored(let counters, let halts):
            self.counters = counters
            breakers.restore(halts, at: now)
            return [.publishHalts(breakers.active.values.sorted { $0.halt < $1.halt })]
        case .haltRaised(let halt, let detail): return breakers.raise(halt, detail, at: now)
        case .haltCleared(let halt): return breakers.clear(halt, halt.reason.clearing)
        case .resumed(let reason):
            let peak: [Effect] = breakers.isActive(.drawdown) ? [.resetPeak] : []
            let odd = breakers.active.keys.filter { $0.reason == .oddFill }.sorted()
            return peak
                + ([.kill, .arithmetic, .drawdown].map { Halt($0) } + odd).flatMap {
                    breakers.clear($0, reason)
                }
        case .venueAnswered(let answer): return breakers.take(answer, at: now)
        case .clockCompared(let skew, let uncertainty):
            let effects = breakers.compared(skew, uncertainty: uncertainty, at: now)
            let isRight = !breakers.isActive(.clockSkew)
            defer { isTimeTrusted = isRight }
            return effects + (isTimeTrusted == isRight ? [] : [.trustTime(isRight)])
        case .hostLooked(let figures): return breakers.looked(figures, at: now)
        case .orderRejected(let reason): return breakers.rejected(reason.rawValue, at: now)
        case .cycleBroken(let reason): return breakers.broke(reason.rawValue, at: now)
        case .breakersRequested(let cycle, let portfolio, let market):
            let effects =
                judge(portfolio, at: now) + breakers.look(at: market, at: now)
                + breakers.expire(at: now)
            let openings = Openings(policy, counters, breakers.active.values, portfolio, at: now)
            let spell = denials.look(at: now).map { [Effect.report($0)] } ?? []
            return effects + spell
                + [.replyBreakers(cycle: cycle, halts: breakers.halts, openings: openings)]
        case .universeCounted(let count, let minimum):
            let detail = "\(count) eligible products, \(minimum) required"
            return breakers.set(Halt(.universe), count < minimum ? detail : nil, at: now)
        case .proposed(let cycle, let proposals, let input, let wishes):
            let pass = RiskPass(
                policy: policy,
                execution: execution,
                input: input,
                counters: counters,
                halts: breakers.halts,
                now: now
            )
            let verdicts = try pass.verdicts(proposals)
            let sales = pass.reductions(wishes)
            let spell = denials.take(verdicts, at: now).map { [Effect.report($0)] } ?? []
            return [.replyVerdicts(cycle: cycle, verdicts, reductions: sales)] + spell
        case .positionGrown(let product, let key): counters.recordEntry(product, key, at: now)
        case .exitStarted(let product, let reason): counters.recordExit(product, reason, at: now)
        case .positionClosed(let product, let realised):
            counters.recordClosed(product, realised, at: now)
        }
        return []
    }

    package static func failureRule(of event: Event) -> FailureRule {
        switch event {
        // Its stage times out, and the cycle is broken off.
        case .proposed: .dropped
        case .restored, .feesChanged, .haltRaised, .haltCleared, .resumed, .venueAnswered,
            .clockCompared, .hostLooked, .orderRejected, .cycleBroken, .breakersRequested,
            .universeCounted, .positionGrown, .exitStarted, .positionClosed:
            .cannotFail
        }
    }

    /// What Execution was told last is what is so.
    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        var found: [String] = []
        var isTold = true
        for effect in effects {
            switch effect {
            case .publishHalts(let halts): isTold = Set(halts) == Set(breakers.active.values)
            case .replyVerdicts(_, let verdicts, _):
                let isHalted = breakers.halts.contains { $0.product == nil }
                if isHalted, verdicts.contains(where: { $0.denial == nil }) {
                    found.append("an entry was approved while all entries are halted")
                }
            case .replyBreakers, .reportHalt, .reportCleared, .resetPeak, .trustTime, .report: break
            }
        }
        return found
            + (isTold ? [] : ["the halts that were published are not those that are active"])
    }

    /// A stop holds to the end of its day or week, whatever the price does until then.
    private mutating func judge(_ portfolio: PortfolioSnapshot, at now: Instant) -> [Effect] {
        var effects = stop(
            .dailyStop,
            fell: -portfolio.dayChange.raw >= policy.dailyStop.raw,
            "change today \(portfolio.dayChange), stop at -\(policy.dailyStop)",
            // Only a later day ends it: a clock that was set back must not.
            holds: { $0.day >= now.day },
            at: now
        )
        effects += stop(
            .weeklyStop,
            fell: -portfolio.weekChange.raw >= policy.weeklyStop.raw,
            "change this week \(portfolio.weekChange), stop at -\(policy.weeklyStop)",
            holds: { $0.week >= now.week },
            at: now
        )
        let isDeep = portfolio.drawdown >= policy.drawdownMax
        let fall = "drawdown \(portfolio.drawdown), limit \(policy.drawdownMax)"
        effects += breakers.set(Halt(.drawdown), isDeep ? fall : nil, at: now)
        let off = portfolio.rates.filter {
            abs($0.value.raw - Rate.one.raw) > BreakerPolicy.depegMax.raw
        }
        let rate = off.min { $0.key < $1.key }.map { "1 \($0.key) is \($0.value) USD" }
        effects += breakers.set(Halt(.depeg), rate, at: now)
        let isCooling = counters.lastLoss.map { now - $0 < policy.lossCooldown } ?? false
        let isStreak = policy.lossStreakMax > 0 && counters.lossStreak >= policy.lossStreakMax
        let losses = "\(counters.lossStreak) losing trades in a row, limit \(policy.lossStreakMax)"
        return effects
            + breakers.set(Halt(.lossStreak), isStreak && isCooling ? losses : nil, at: now)
    }

    private mutating func stop(
        _ reason: HaltReason,
        fell: Bool,
        _ detail: String,
        holds: (Instant) -> Bool,
        at now: Instant
    ) -> [Effect] {
        let halt = Halt(reason)
        guard let raised = breakers.active[halt] else {
            return fell ? breakers.raise(halt, detail, at: now) : []
        }
        return holds(raised.raisedAt) ? [] : breakers.clear(halt, reason.clearing)
    }
}
