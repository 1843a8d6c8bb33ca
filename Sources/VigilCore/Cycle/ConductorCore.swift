package import VigilModel

/// Drives the decision cycle on a fixed grid, stage by stage; nothing skips its maintenance.
package struct ConductorCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The start is complete: cycles may begin.
        case started
        /// A timer that was asked for is due.
        case timerFired
        /// Reconciliation's answer: the differences, nil where the venue is unreadable.
        case reconciled(cycle: Int, differences: Int?)
        /// The portfolio's answer.
        case marked(cycle: Int, PortfolioSnapshot)
        /// Risk's answer.
        case breakersRead(cycle: Int, halts: [Halt], openings: Openings = Openings())
        /// The market's answer.
        case marketRead(cycle: Int, MarketSnapshot)
        /// The universe's answer.
        case universeRead(cycle: Int, UniverseSnapshot)
        /// Execution's answer before the risk stage.
        case workingRead(cycle: Int, ExecutionSnapshot)
        /// Risk's verdicts.
        case judged(cycle: Int, [RiskVerdict], reductions: [RiskApproved<Reduction>] = [])
        /// Execution's answer.
        case placed(cycle: Int, count: Int)
        /// Execution's answer after maintenance.
        case maintained(cycle: Int, ExecutionSnapshot)
        /// The engine stops: the running cycle ends, no new one begins.
        case stopRequested
    }

    /// What is to be done.
    package enum Effect: Sendable {
        /// A stage began: note the time.
        case enterStage(Stage, cycle: Int)
        /// Ask reconciliation.
        case reconcile(cycle: Int)
        /// Ask the portfolio.
        case mark(cycle: Int)
        /// Ask Risk.
        case readBreakers(cycle: Int, PortfolioSnapshot, MarketSnapshot)
        /// Ask MarketData.
        case readMarket(cycle: Int)
        /// Ask the universe.
        case readUniverse(cycle: Int, MarketSnapshot)
        /// Tell Risk how many products are eligible.
        case countUniverse(Int)
        /// Ask Execution.
        case readWorking(cycle: Int)
        /// Ask Risk for verdicts.
        case judge(cycle: Int, [Proposal], RiskInput, reductions: [Reduction])
        /// Ask Execution to place.
        case place(cycle: Int, [RiskApproved<NewOrder>], reductions: [RiskApproved<Reduction>])
        /// Care has found nothing to cut back, again and again.
        case reportCareFailed(Int)
        /// Ask Execution to maintain.
        case maintain(cycle: Int)
        /// Record the decision and show it.
        case finish(
            DecisionRecord,
            CycleOutcome,
            portfolio: PortfolioSnapshot?,
            orders: ExecutionSnapshot?
        )
        /// Call back at a time.
        case wake(at: Instant)
        /// No cycle runs and none will.
        case reportStopped
    }

    /// What one cycle has learned so far.
    private struct Work: Sendable {
        var portfolio: PortfolioSnapshot?
        var market: MarketSnapshot?
        var eligible: [ProductID] = []
        var excluded: [String: Ineligibility] = [:]
        var regime = Regime.chop
        var triggers: [Trigger] = []
        var proposals: [Proposal] = []
        var verdicts: [RiskVerdict] = []
        var reductions: [Reduction] = []
        /// Why there is nothing to enter, where only something is to be sold.
        var idle: NoTradeReason?
        var halts: [Halt] = []
        var openings = Openings()
        var outcome: CycleOutcome?
        var startedAt = Instant.epoch
    }

    private let policy: TradingPolicy
    private let submits: Bool
    private var strategies: [HeardStrategy]
    private var gate: WishGate
    /// When the first cycle was decided.
    private var firstAsked: Instant?
    /// Products of which the minutes before that are known to the gate.
    private var warm: Set<ProductID> = []
    /// What was being worked at the end of the last cycle.
    private var working: [WorkingEntry] = []
    private var care: PortfolioCare
    private var random: SeededRandom
    /// The stage the cycle is in; Telemetry's watchdog looks at it.
    package private(set) var stage = Stage.idle
    private var cycle = 0
    private var next: Instant?
    private var deadline: Instant?
    private var work = Work()
    private var stopping = false

    /// Takes the policy; `submits` is false where the mode proposes only.
    package init(policy: TradingPolicy, submits: Bool, random: SeededRandom) {
        self.policy = policy
        self.submits = submits
        self.random = random
        strategies = StrategyRegistry.strategies(for: policy)
        care = PortfolioCare(policy: policy.care, risk: policy.risk)
        gate = WishGate(repeatAfter: policy.triggers.repeatAfter)
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch (event, stage) {
        case (.started, _): return plan(from: now)
        case (.timerFired, _): return timer(at: now)
        case (.stopRequested, .idle):
            stopping = true
            return [.reportStopped]
        case (.stopRequested, _):
            stopping = true
            return []
        case (.reconciled(cycle, let differences), .reconcile):
            guard differences != nil else { return conclude(.aborted(.venueUnreadable), at: now) }
            return enter(.mark, [.mark(cycle: cycle)], at: now)
        case (.marked(cycle, let snapshot), .mark):
            work.portfolio = snapshot
            return enter(.market, [.readMarket(cycle: cycle)], at: now)
        case (.marketRead(cycle, let market), .market):
            work.market = market
            guard let portfolio = work.portfolio else { return [] }
            let ask = Effect.readBreakers(cycle: cycle, portfolio, market)
            return enter(.breakers, [ask], at: now)
        case (.breakersRead(cycle, let halts, let openings), .breakers):
            (work.halts, work.openings) = (halts, openings)
            guard let market = work.market else { return [] }
            return enter(.universe, [.readUniverse(cycle: cycle, market)], at: now)
        case (.universeRead(cycle, let universe), .universe):
            return try decide(universe, at: now)
        case (.workingRead(cycle, let snapshot), .working):
            return judge(snapshot, at: now)
        case (.judged(cycle, let verdicts, let reductions), .risk):
            return place(verdicts, reductions, at: now)
        case (.placed(cycle, let count), .execution):
            return conclude(count > 0 ? .executed : .noTrade(work.idle ?? .notPlaced), at: now)
        case (.maintained(cycle, let snapshot), .maintenance):
            working = snapshot.working
            return finish(snapshot, at: now)
        // An answer to a stage that has timed out, or to an earlier cycle, says nothing any more.
        default: return []
        }
    }

    package static func failureRule(of event: Event) -> FailureRule {
        switch event {
        // Its stage times out, and the cycle is broken off.
        case .universeRead: .dropped
        case .started, .timerFired, .reconciled, .marked, .breakersRead, .marketRead, .workingRead,
            .judged, .placed, .maintained, .stopRequested:
            .cannotFail
        }
    }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        var found: [String] = []
        if (stage == .idle) != (deadline == nil) {
            found.append(
                "the stage is \(stage), and its deadline \(deadline == nil ? "missing" : "set")"
            )
        }
        if cycle > 0, stage == .idle, next == nil {
            found.append("no cycle runs and none is planned")
        }
        return found
    }

    /// Plans the cycle of the first grid point that is not before a time.
    private mutating func plan(from earliest: Instant) -> [Effect] {
        let interval = policy.loop.interval
        let floor = earliest.floor(to: interval)
        let tick = floor == earliest ? floor : floor + interval
        let share = policy.loop.jitter.indicator * random.unit()
        let delay = Int64(Double(interval.nanoseconds) * share)
        let due = tick + .nanoseconds(delay)
        next = due
        return [.wake(at: due)]
    }

    private mutating func timer(at now: Instant) -> [Effect] {
        if stage == .idle {
            guard let due = next, due <= now, !stopping else { return [] }
            cycle += 1
            work = Work()
            work.startedAt = now
            return enter(.reconcile, [.reconcile(cycle: cycle)], at: now)
        }
        guard let late = deadline, late <= now else { return [] }
        return stage == .maintenance
            ? finish(nil, at: now) : conclude(.aborted(.stageTimeout), at: now)
    }

    private mutating func enter(_ new: Stage, _ effects: [Effect], at now: Instant) -> [Effect] {
        stage = new
        let due = now + policy.loop.stageTimeout
        deadline = due
        return [.enterStage(new, cycle: cycle)] + effects + [.wake(at: due)]
    }

    /// Ends the deciding part; maintenance follows whatever it came to.
    private mutating func conclude(_ outcome: CycleOutcome, at now: Instant) -> [Effect] {
        // While all entries are halted that is the reason, whatever else there was.
        let isHalted = work.halts.contains { $0.product == nil }
        if case .aborted = outcome, work.verdicts.isEmpty { gate.forget(work.proposals) }
        if case .noTrade = outcome, isHalted {
            work.outcome = .noTrade(.halted)
        } else {
            work.outcome = outcome
        }
        return enter(.maintenance, [.maintain(cycle: cycle)], at: now)
    }

    private mutating func decide(
        _ universe: UniverseSnapshot,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        var effects = [Effect.countUniverse(universe.eligible.count)]
        work.eligible = universe.eligible.map(\.product)
        work.excluded = Dictionary(universe.excluded.map { ($0.key.description, $0.value) }) { $1 }
        guard let market = work.market, let portfolio = work.portfolio else { return effects }
        if policy.strategy.judgesRegime, let leader = universe.eligible.first {
            let candles = market.products[leader.product]?.candles.suffix(1_440) ?? []
            work.regime = Regime.judged(candles)
        }
        try ask(StrategyView(universe: universe, market: market, regime: work.regime, now: now))
        if universe.eligible.isEmpty {
            work.idle = .emptyUniverse
        } else if work.proposals.isEmpty {
            work.idle = work.triggers.isEmpty ? .noTriggers : .noProposals
        }
        let quotes = market.products.compactMapValues(\.quote)
        let cared = try care.look(portfolio, universe, quotes, at: now)
        work.reductions = cared.reductions
        effects += cared.failures.map { [.reportCareFailed($0)] } ?? []
        if let idle = work.idle, work.reductions.isEmpty {
            care.note([])
            return effects + conclude(.noTrade(idle), at: now)
        }
        return effects + enter(.working, [.readWorking(cycle: cycle)], at: now)
    }

    /// Asks every strategy; of all wishes that are new the most believed in come first.
    private mutating func ask(_ view: StrategyView) throws(MoneyError) {
        // Where the worst position makes room for a better one, what finds no place must be heard.
        if policy.care.rotation == nil, let full = work.openings.fullSince {
            work.openings.closedSince = min(work.openings.closedSince ?? full, full)
        }
        let isSpaced = policy.risk.tradeSpacing > .zero
        work.openings.close(working: working, isSpaced: isSpaced, at: view.now)
        try warmUp(view)
        let advice = try advice(on: view)
        work.triggers = advice.triggers
        let isSettled = isSettled(at: view.now)
        work.proposals = gate.fresh(advice.proposals, work.openings, at: view.now).filter {
            isSettled || warm.contains($0.product)
        }
    }

    /// True once a run has lasted as long as what has gone is remembered, or nothing is ever old news.
    private func isSettled(at now: Instant) -> Bool {
        policy.triggers.repeatAfter == .zero
            || firstAsked.map { now - $0 >= WishGate.memory } ?? false
    }

    /// Shows the strategies the minutes before a start, as what stands then began before it.
    ///
    /// A product whose day has not been read yet is only watched at first.
    private mutating func warmUp(_ view: StrategyView) throws(MoneyError) {
        firstAsked = firstAsked ?? view.now
        guard !isSettled(at: view.now) else { return }
        let minutes = Int(WishGate.memory.nanoseconds / 60_000_000_000)
        let whole = view.universe.eligible.map(\.product).filter { product in
            let count = view.market.products[product]?.candles.count ?? 0
            return !warm.contains(product) && count >= 1_440 + minutes
        }
        guard !whole.isEmpty else { return }
        warm.formUnion(whole)
        for minute in (1...minutes).reversed() {
            let past = view.earlier(by: minute)
            let wishes = try advice(on: past).proposals.filter { whole.contains($0.product) }
            _ = gate.fresh(wishes, work.openings, at: past.now)
        }
    }

    private mutating func advice(on view: StrategyView) throws(MoneyError) -> StrategyAdvice {
        var triggers: [Trigger] = []
        var wishes: [Proposal] = []
        for place in strategies.indices {
            let advice = try strategies[place].advice(on: view)
            triggers += advice.triggers
            wishes += advice.proposals
        }
        // Stable by hand: what is believed in alike keeps its order.
        let ranked = wishes.enumerated().sorted {
            ($1.element.conviction, $0.offset) < ($0.element.conviction, $1.offset)
        }
        return StrategyAdvice(triggers: triggers, proposals: ranked.map(\.element))
    }

    private mutating func judge(_ snapshot: ExecutionSnapshot, at now: Instant) -> [Effect] {
        guard let portfolio = work.portfolio, let market = work.market else {
            preconditionFailure("Invariant: the risk stage comes after mark and market")
        }
        let input = RiskInput(
            portfolio: portfolio,
            working: snapshot.working,
            quotes: market.products.compactMapValues(\.quote),
            products: market.products.mapValues(\.product),
            regime: work.regime
        )
        let ask = Effect.judge(
            cycle: cycle,
            work.proposals,
            input,
            reductions: work.reductions
        )
        return enter(.risk, [ask], at: now)
    }

    private mutating func place(
        _ verdicts: [RiskVerdict],
        _ reductions: [RiskApproved<Reduction>],
        at now: Instant
    ) -> [Effect] {
        work.verdicts = verdicts
        care.note(verdicts)
        gate.note(verdicts, submitted: submits)
        let approved = verdicts.compactMap { verdict -> RiskApproved<NewOrder>? in
            guard case .approved(let approval, _) = verdict else { return nil }
            return approval
        }
        work.idle = work.idle ?? (approved.isEmpty ? .allDenied : nil)
        guard !approved.isEmpty || !reductions.isEmpty else {
            return conclude(.noTrade(work.idle ?? .allDenied), at: now)
        }
        guard submits else { return conclude(.noTrade(.dryRun), at: now) }
        let orders = Effect.place(cycle: cycle, approved, reductions: reductions)
        return enter(.execution, [orders], at: now)
    }

    private mutating func finish(_ snapshot: ExecutionSnapshot?, at now: Instant) -> [Effect] {
        let outcome = snapshot == nil ? .aborted(.stageTimeout) : work.outcome ?? .noTrade(.halted)
        let record = DecisionRecord(
            cycle: cycle,
            at: work.startedAt,
            outcome: outcome.name,
            reason: outcome.reason,
            regime: work.regime,
            eligible: work.eligible,
            excluded: work.excluded,
            triggers: work.triggers.map(DecisionRecord.TriggerRow.init),
            proposals: work.proposals.count,
            verdicts: work.verdicts.map(DecisionRecord.VerdictRow.init),
            reductions: work.reductions.map {
                "\($0.reason.rawValue) \($0.product) \($0.quantity)"
            },
            halts: work.halts,
            nlv: work.portfolio?.nlv,
            exposure: work.portfolio?.exposure,
            realised: work.portfolio?.realised,
            drawdown: work.portfolio?.drawdown,
            openPositions: work.portfolio?.openPositions ?? 0
        )
        stage = .idle
        deadline = nil
        let done: [Effect] = [
            .enterStage(.idle, cycle: cycle),
            .finish(record, outcome, portfolio: work.portfolio, orders: snapshot),
        ]
        return done + (stopping ? [.reportStopped] : plan(from: now + .nanoseconds(1)))
    }
}
