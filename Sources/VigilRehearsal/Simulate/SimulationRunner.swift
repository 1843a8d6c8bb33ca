internal import Foundation
package import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilLedger
internal import VigilMarkets
internal import VigilModel
package import VigilSimulation
package import VigilTelemetry
internal import VigilTransport

/// Half an hour of the whole engine on a bad day, from a seed: faults at its ports, kills between any two
/// of its jobs, and the comparison of both books at the end.
package struct SimulationRunner: Sendable {
    /// What is simulated.
    package struct Plan: Sendable {
        /// The checked configuration; it is made to trade all the time.
        package var configuration: Configuration
        /// Decides everything.
        package var seed: UInt64
        /// What may go wrong.
        package var faults: Set<VenueWeather.Fault>
        /// How long, in virtual time.
        package var duration: Duration
        /// An empty folder for the ledger; best in memory.
        package var folder: String
        /// Hears the story.
        package var journal: any JournalSink

        /// Joins the parts.
        package init(
            configuration: Configuration,
            seed: UInt64,
            faults: Set<VenueWeather.Fault>,
            duration: Duration,
            folder: String,
            journal: any JournalSink
        ) {
            self.configuration = configuration
            self.seed = seed
            self.faults = faults
            self.duration = duration
            self.folder = folder
            self.journal = journal
        }
    }

    /// What came of it.
    package struct Story: Sendable {
        /// What must not be and is; empty where all is well.
        package var violations: [String] = []
        /// Orders that were meant.
        package var orders = 0
        /// Fills.
        package var fills = 0
        /// How often it was killed.
        package var kills = 0
        /// Stops in order before the last.
        package var stops = 0
        /// How long each unknown fate was unknown.
        package var unknownSpans: [Duration] = []

        /// Begins with nothing.
        package init() {}
    }

    /// What outlives every life of the engine.
    private struct World: Sendable {
        let gate: EntryGate
        let paper: PaperVenue
        let venue: FaultyVenue
        let market: EmbeddedMarket
    }

    private let plan: Plan
    private let paths: EnginePaths
    private let configuration: Configuration
    private let start = Instant(seconds: 1_767_571_200)
    private var random: SeededRandom
    private var story = Story()

    private init(_ plan: Plan) {
        self.plan = plan
        paths = EnginePaths(state: plan.folder)
        configuration = plan.configuration.hectic()
        random = SeededRandom(seed: plan.seed)
    }

    /// Simulates a plan.
    ///
    /// - Throws: what a start throws, or `SimulationStall`: the seed has found something then, too.
    package static func run(_ plan: Plan) throws -> Story {
        var runner = SimulationRunner(plan)
        try runner.run()
        return runner.story
    }

    private mutating func run() throws {
        let gate = EntryGate(open: true)
        let products = configuration.policy.universe.products.prefix(2)
        let specs = try products.map { try ProductSpec($0.product, tier: $0.tier.rawValue) }
        let end = start + plan.duration
        let calm = end - .seconds(180)
        let generator = MarketGenerator(specs, seed: plan.seed, start: start, warmup: 90)
        let rules = RuleWeather(generator, seed: plan.seed, calmFrom: calm)
        let paper = try PaperVenue(
            products: generator.products,
            fees: configuration.policy.execution.fees,
            store: Engine.paperStore(nil),
            seed: plan.seed,
            mayEnter: { gate.isOpen }
        )
        let world = World(
            gate: gate,
            paper: paper,
            venue: FaultyVenue(paper),
            market: EmbeddedMarket(plan.faults.contains(.rules) ? rules : generator)
        )
        var now = start
        var hasEnded = false
        while !hasEnded {
            let isLast = !plan.faults.contains(.kills) || random.unit() < 0.4
            let span = Int((calm - now) / .seconds(1))
            // Most kills come in the middle of a cycle, where the most is under way.
            var killAt = isLast || span < 60 ? nil : now + .seconds(random.integer(in: 1...span))
            if random.unit() < 0.7 {
                killAt = killAt?.floor(to: configuration.policy.loop.interval)
            }
            (now, hasEnded) = try live(
                world,
                from: now,
                killAt: killAt,
                until: end,
                calm: calm
            )
        }
        try compare(paper)
    }

    /// One life of the engine: to its end in order, or to its kill.
    private mutating func live(
        _ world: World,
        from now: Instant,
        killAt: Instant?,
        until end: Instant,
        calm: Instant
    ) throws -> (Instant, hasEnded: Bool) {
        let shuffle = random.unit() < 0.5 ? random.next() : nil
        let executor = SimulationExecutor(start: now, shuffle: shuffle)
        // In some lives a resting sell order outlives the stop; the last leaves nothing behind.
        var lasting = configuration
        lasting.policy.execution.exitsOutliveStop = killAt != nil && random.unit() < 0.5
        var setup = EngineSetup(
            configuration: lasting,
            paths: paths,
            clock: executor,
            stopwatch: MonotonicStopwatch(),
            ledgerExecutor: executor.serialExecutor(),
            venueExecutor: executor.serialExecutor(),
            journal: plan.journal,
            service: ServiceManager(),
            seed: random.next(),
            bound: random.unit() < 0.1 ? 1 : nil,
            gate: world.gate,
            host: MachineHost(directory: plan.folder),
            ticking: false
        )
        let weather = VenueWeather(seed: random.next(), faults: plan.faults, calmFrom: calm)
        let fails = plan.faults.contains(.numbers)
        let inspector = SeededInspector(seed: random.next(), fails: fails, calmFrom: calm)
        setup.inspector = inspector
        world.venue.change(to: weather)
        if plan.faults.contains(.storage) {
            let faults = LedgerFaultSwitch(seed: random.next(), calmFrom: calm)
            setup.ledger = { FaultyLedger($0, faults: faults) }
        }
        let ready = setup
        let engine = try executor.run {
            try await Engine.open(
                ready,
                venue: world.venue,
                before: world.paper,
                market: world.market
            )
        }
        defer { story.violations += inspector.violations }
        resumeNumbers(of: engine, executor, from: now, until: end)
        watchStops(of: engine, at: world.paper, executor, inspector, during: now..<end)
        let isOrderly = planEnd(of: engine, executor, at: killAt, or: end)
        do {
            _ = try executor.run { try await engine.start() }
        } catch  where killAt != nil && StorageFailure.isOne(error) {
            // The end could not be recorded: the next life begins as after a kill.
        }
        guard killAt != nil else { return (executor.now, true) }
        if isOrderly { story.stops += 1 } else { story.kills += 1 }
        return (executor.now + .seconds(random.integer(in: 1...60)), false)
    }

    /// Plans the end of a life; true where it is one in order, without a kill.
    private mutating func planEnd(
        of engine: Engine,
        _ executor: SimulationExecutor,
        at killAt: Instant?,
        or end: Instant
    ) -> Bool {
        let (jobs, journal) = (random.integer(in: 1...120), plan.journal)
        let isOrderly = killAt == nil || random.unit() < 0.2
        executor.schedule(at: killAt ?? end) {
            guard !isOrderly else { return engine.requestStop() }
            executor.interrupt(afterJobs: jobs) {
                engine.die()
                let entry = JournalEntry(.simulated, .warning, "killed")
                journal.write(entry, engine.context, at: executor.now)
            }
        }
        return isOrderly
    }

    /// Somebody looks each minute at what could not be held, and lets entries go on.
    private func resumeNumbers(
        of engine: Engine,
        _ executor: SimulationExecutor,
        from now: Instant,
        until end: Instant
    ) {
        var due = now + .seconds(60)
        while due < end {
            executor.schedule(at: due) {
                let halts = engine.status.current.halts
                guard halts.contains(where: { $0.halt.reason == .arithmetic }) else { return }
                _ = engine.kill.resume("seen")
            }
            due = due + .seconds(60)
        }
    }

    /// Looks at every stop, cycle by cycle.
    private func watchStops(
        of engine: Engine,
        at venue: PaperVenue,
        _ executor: SimulationExecutor,
        _ inspector: SeededInspector,
        during time: Range<Instant>
    ) {
        let (watch, span) = (ProtectionWatch(), configuration.policy.loop.interval)
        var due = time.lowerBound + span
        while due < time.upperBound {
            executor.schedule(at: due) {
                let held = engine.status.current.portfolio?.positions ?? []
                for violation in watch.look(held, at: executor.now, venue.bid) {
                    inspector.found(violation)
                }
            }
            due = due + span
        }
    }

    /// What of an order's state in the ledger is not so at the venue.
    private static func fault(_ state: OrderState, _ order: VenueOrder?) -> String? {
        guard let order else {
            let isNowhere = state == .denied || state == .rejected || state == .canceled
            return isNowhere ? nil : "is \(state.rawValue) and unknown to the venue"
        }
        let fits: Bool
        switch order.status {
        case .filled: fits = state == .filled
        case .canceled: fits = state == .canceled || state == .rejected
        case .expired: fits = state == .expired || state == .canceled
        case .failed: fits = state == .rejected
        case .pending, .open: fits = false
        }
        return fits ? nil : "is \(state.rawValue), and \(order.status.rawValue) at the venue"
    }

    private mutating func compare(_ venue: PaperVenue) throws {
        let evidence = try OrderEvidence(path: paths.ledger)
        story.orders = evidence.orders
        story.fills = evidence.fills
        story.unknownSpans = evidence.unknownSpans
        story.violations += evidence.overfilled + evidence.contradictions
        story.violations += evidence.adopted.map { "\($0) was sent before its intent was durable" }
        story.violations += try evidence.absent.filter { try venue.order($0) != nil }
            .map { "\($0) was proven absent, and is at the venue" }
        let store = try LedgerStore(
            path: paths.ledger,
            auditDirectory: paths.audit,
            freshInstance: "x"
        )
        let state = try store.load()
        story.violations += state.unfinished.map { "\($0.id) is \($0.state.rawValue) at the end" }
        for (id, state) in evidence.states.sorted(by: { $0.key < $1.key }) {
            let order = try venue.order(id)
            if let fault = Self.fault(state, order) {
                story.violations.append("\(id) \(fault)")
            }
        }
        story.violations += venue.list().openOrders.map { "\($0) stands at the venue at the end" }
        let (ours, theirs) = (Set(try store.fills()), Set(try venue.fills(from: 0)))
        story.violations += theirs.subtracting(ours).map { "fill \($0.entryID) is lost" }
        story.violations += ours.subtracting(theirs).map { "fill \($0.entryID) is made up" }
        let held = state.replay.books.holdings
        for balance in venue.list().balances {
            let total = try balance.total()
            let mine = held[total.currency] ?? .zero(total.currency)
            if mine != total {
                story.violations.append("the ledger has \(mine), the venue \(total)")
            }
        }
        let lasting: [HaltReason] = [.mismatch, .ledger, .audit, .arithmetic]
        story.violations += state.halts.filter { lasting.contains($0.halt.reason) }
            .map { "halted at the end: \($0.halt), \($0.detail)" }
        story.violations += try venue.imbalances().map { "the venue's books are off by \($0)" }
        let verdict = try AuditVerifier.verify(directory: paths.audit, head: store.auditHead())
        guard case .intact = verdict else {
            return story.violations.append("the audit log is not intact: \(verdict)")
        }
    }
}

extension Configuration {
    /// A configuration that is in the market all the time, and in a hurry.
    func hectic() -> Configuration {
        var hectic = busy()
        hectic.policy.loop.interval = .seconds(20)
        hectic.policy.loop.jitter = .zero
        hectic.policy.execution.postOnlyTTL = .seconds(6)
        hectic.policy.execution.repricesMax = 1
        hectic.policy.execution.fees = FeeSchedule(
            maker: Rate(basisPoints: 25),
            taker: Rate(basisPoints: 40)
        )
        hectic.policy.risk.notionalMin = Money(raw: FixedPoint.one, currency: .usd)
        hectic.policy.risk.positionMin = .zero
        hectic.policy.risk.orderMax = Money(raw: 40 * FixedPoint.one, currency: .usd)
        hectic.policy.risk.pyramid = PyramidPolicy(
            spacing: .zero,
            additionsPerDayMax: 10_000,
            positionsMax: 100
        )
        for kind in TriggerKind.allCases {
            guard var rule = hectic.policy.rules.rules[kind] else { continue }
            rule.exits = ExitPlan(
                stopLoss: Rate(basisPoints: 15),
                takeProfit: Rate(basisPoints: 20),
                holdMax: .seconds(300)
            )
            hectic.policy.rules.rules[kind] = rule
        }
        return hectic
    }
}
