package import VigilConfig
internal import VigilCore
package import VigilEngine
package import VigilExchange
internal import VigilLedger
package import VigilModel
package import VigilSimulation
package import VigilTelemetry

/// Journal entries of a rehearsal are not written: the scorecard and the ledger tell its story.
package struct SilentJournal: JournalSink {
    /// Makes a sink; it holds nothing.
    package init() {}

    package func write(_ entry: JournalEntry, _ context: JournalContext, at now: Instant) {}
}

/// Runs the whole engine under a virtual clock on the calling thread.
package struct RehearsalRunner: Sendable {
    /// Something an operator or a fault does at a virtual time.
    package struct Intervention: Sendable {
        let after: Duration
        let act: @Sendable (Engine) -> Void

        /// Says when, counted from the start, and what; with zero it is done before anything runs.
        package init(after: Duration, act: @escaping @Sendable (Engine) -> Void) {
            self.after = after
            self.act = act
        }
    }

    /// What a rehearsal is told.
    package struct Plan: Sendable {
        /// The checked configuration.
        package var configuration: Configuration
        /// The files.
        package var paths: EnginePaths
        /// The market.
        package var market: any MarketSource
        /// How long it lasts; a market that ends sooner ends it.
        package var duration: Duration
        /// Seeds everything random.
        package var seed: UInt64
        /// Makes the scheduling of tasks random, from this seed.
        package var shuffle: UInt64?
        /// Replaces every mailbox bound.
        package var bound: Int?
        /// What the machine is said to have left; looked at, as in a daemon, only where it is given.
        package var host: (any HostProbe)?
        /// What the venue and its market are made to suffer; nil where nothing stands before them.
        package var faults: VenueFaultSwitch?
        /// What the ledger's storage is made to suffer; nil where nothing stands before it.
        package var ledger: LedgerFaultSwitch?
        /// Called at virtual times, to do what an operator or a fault would do.
        package var interventions: [Intervention]

        /// Joins the parts.
        package init(
            configuration: Configuration,
            paths: EnginePaths,
            market: any MarketSource,
            duration: Duration,
            seed: UInt64,
            shuffle: UInt64? = nil,
            bound: Int? = nil,
            host: (any HostProbe)? = nil,
            faults: VenueFaultSwitch? = nil,
            ledger: LedgerFaultSwitch? = nil,
            interventions: [Intervention] = []
        ) {
            self.host = host
            self.faults = faults
            self.ledger = ledger
            self.configuration = configuration
            self.paths = paths
            self.market = market
            self.duration = duration
            self.seed = seed
            self.shuffle = shuffle
            self.bound = bound
            self.interventions = interventions
        }
    }

    /// What came of it.
    package struct Result: Sendable {
        /// How the run ended.
        package let ending: Engine.Ending
        /// What start-up found.
        package let recovery: RecoveryReport
        /// The run.
        package let run: RunID
        /// The venue as it is left, for comparisons.
        package let venue: PaperVenue
    }

    /// Runs a plan; `progress` is called at every whole percent of virtual time.
    ///
    /// - Throws: what the start throws, or `SimulationStall` where everything waits for ever.
    package static func run(
        _ plan: Plan,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> Result {
        let executor = SimulationExecutor(start: plan.market.start, shuffle: plan.shuffle)
        var setup = EngineSetup(
            configuration: plan.configuration,
            paths: plan.paths,
            clock: executor,
            stopwatch: MonotonicStopwatch(),
            ledgerExecutor: executor.serialExecutor(),
            venueExecutor: executor.serialExecutor(),
            journal: SilentJournal(),
            service: ServiceManager(),
            seed: plan.seed,
            bound: plan.bound,
            host: plan.host ?? MachineHost(directory: plan.paths.audit),
            ticking: plan.host != nil
        )
        if let faults = plan.ledger {
            setup.ledger = { FaultyLedger($0, faults: faults) }
        }
        let paper = try Engine.paper(setup, plan.market.products)
        let engine = try engine(plan, setup, paper, executor)
        let start = plan.market.start
        for percent in 1...100 {
            let share = plan.duration.nanoseconds / 100 * Int64(percent)
            executor.schedule(at: start + .nanoseconds(share)) { progress(percent) }
        }
        for intervention in plan.interventions where intervention.after == .zero {
            intervention.act(engine)
        }
        for intervention in plan.interventions where intervention.after > .zero {
            executor.schedule(at: start + intervention.after) { intervention.act(engine) }
        }
        executor.schedule(at: start + plan.duration) { engine.requestStop() }
        let ending = try executor.run { try await engine.start() }
        return Result(
            ending: ending,
            recovery: engine.recovery,
            run: engine.run,
            venue: paper
        )
    }

    private static func engine(
        _ plan: Plan,
        _ setup: EngineSetup,
        _ paper: PaperVenue,
        _ executor: SimulationExecutor
    ) throws -> Engine {
        guard let faults = plan.faults else {
            return try Engine(setup, paper: paper, market: EmbeddedMarket(plan.market))
        }
        let market = EmbeddedMarket(plan.market) { faults.outage }
        return try executor.run {
            let venue = FaultyVenue(paper, faults: faults)
            return try await Engine.open(setup, venue: venue, before: paper, market: market)
        }
    }
}
