package import VigilConfig
package import VigilCore
package import VigilExchange
internal import VigilLedger
package import VigilModel
package import VigilTelemetry
package import VigilTransport

/// What differs between a daemon, a rehearsal and a test: time, randomness, threads and sinks.
package struct EngineSetup: Sendable {
    /// The checked configuration.
    package var configuration: Configuration
    /// Where the ledger, the paper store, the latch and the audit log are.
    package var paths: EnginePaths
    /// Time.
    package var clock: any EngineClock
    /// Real time, for latencies.
    package var stopwatch: any Stopwatch
    /// Where the ledger's blocking work is done.
    package var ledgerExecutor: any SerialExecutor
    /// Where the venue's blocking work is done.
    package var venueExecutor: any SerialExecutor
    /// Journal entries go here.
    package var journal: any JournalSink
    /// systemd.
    package var service: ServiceManager
    /// Seeds ids, jitter and the venue's latency.
    package var seed: UInt64
    /// The actor whose loop hangs from a time on, to show what happens then.
    package var hang: (name: MailboxName, at: Instant)?
    /// Replaces every mailbox bound.
    package var bound: Int?
    /// What every entry passes on its way out.
    package var gate: EntryGate
    /// The venue whose market is shown to the paper venue; nil for a market of the embedded kind.
    package var access: VenueAccess?
    /// What the machine has left.
    package var host: any HostProbe
    /// True where the watchdog and the metrics file need a timer.
    package var ticking: Bool

    /// Joins the parts.
    package init(
        configuration: Configuration,
        paths: EnginePaths,
        clock: any EngineClock,
        stopwatch: any Stopwatch,
        ledgerExecutor: any SerialExecutor,
        venueExecutor: any SerialExecutor,
        journal: any JournalSink,
        service: ServiceManager,
        seed: UInt64,
        hang: (name: MailboxName, at: Instant)? = nil,
        bound: Int? = nil,
        gate: EntryGate = EntryGate(open: true),
        access: VenueAccess? = nil,
        host: any HostProbe,
        ticking: Bool
    ) {
        self.host = host
        self.gate = gate
        self.access = access
        self.configuration = configuration
        self.paths = paths
        self.clock = clock
        self.stopwatch = stopwatch
        self.ledgerExecutor = ledgerExecutor
        self.venueExecutor = venueExecutor
        self.journal = journal
        self.service = service
        self.seed = seed
        self.hang = hang
        self.bound = bound
        self.ticking = ticking
    }
}

/// The files of an engine.
package struct EnginePaths: Sendable, Equatable, Codable {
    /// The ledger.
    package var ledger: String
    /// The paper venue's store.
    package var paper: String
    /// The audit log's directory.
    package var audit: String
    /// The metrics file.
    package var metrics: String
    /// The kill switch's latch.
    package var latch: String

    /// All below one directory, unless the service manager names others.
    package init(state: String, logs: String? = nil, textfiles: String? = nil) {
        ledger = state + "/ledger.sqlite"
        paper = state + "/paper.sqlite"
        audit = logs ?? state + "/audit"
        metrics = (textfiles ?? state) + "/vigil.prom"
        latch = state + "/kill.latch"
    }
}

/// One run: opened, recovered, run to its end, closed in order.
package struct Engine: Sendable {
    /// How a run ended.
    package struct Ending: Sendable {
        /// The hash over all decisions of the run.
        package let decisionHash: String
        /// The last state of the books.
        package let view: StatusBoard.View
    }

    /// What start-up found and did.
    package let recovery: RecoveryReport
    /// The kill path.
    package let kill: KillSwitch
    /// What the engine looks like from outside.
    package let status: StatusBoard
    /// The paper venue, for comparisons.
    package let venue: EmbeddedVenue
    /// The run.
    package let run: RunID
    let setup: EngineSetup
    let plumbing: Plumbing
    let context: JournalContext
    let store: LedgerStore
    let state: LedgerState

    /// Opens and recovers everything; nothing trades before ``start()``.
    ///
    /// - Throws: ``LedgerError``, ``StateDirectoryError`` or the paper store's error: do not start.
    package init(_ setup: EngineSetup, market: any MarketSource) throws {
        self.setup = setup
        let policy = setup.configuration.policy
        var random = SeededRandom(seed: setup.seed)
        let fresh = Self.name(&random)
        run = RunID(Self.name(&random))
        let latch = try KillLatch(path: setup.paths.latch)
        let gate = setup.gate
        if latch.cause != nil {
            gate.close()
        }
        venue = try EmbeddedVenue(
            source: market,
            fees: policy.execution.fees,
            store: Self.paperStore(setup.paths.paper),
            gate: gate,
            seed: setup.seed
        )
        var store = try LedgerStore(
            path: setup.paths.ledger,
            auditDirectory: setup.paths.audit,
            freshInstance: fresh
        )
        let mode = setup.configuration.mode.rawValue
        try store.beginRun(
            .init(
                id: run,
                mode: mode,
                configHash: setup.configuration.configHash,
                configuration: setup.configuration.effective.json()
            ),
            at: setup.clock.now
        )
        (state, recovery) = try StartUp(venue: venue, configuration: setup.configuration)
            .recover(&store, latched: latch.cause, at: setup.clock.now)
        if state.isKilled, latch.cause == nil {
            gate.close()
            _ = latch.set("the ledger's record of an earlier kill")
        }
        self.store = store
        plumbing = Plumbing(
            clock: setup.clock,
            stopwatch: setup.stopwatch,
            submits: setup.configuration.mode == .paper,
            eligibleMin: policy.universe.eligibleMin,
            bound: setup.bound
        )
        status = plumbing.status
        context = JournalContext(
            configHash: setup.configuration.configHash,
            decisionHash: setup.configuration.decisionHash,
            run: run,
            mode: mode
        )
        kill = KillSwitch(
            gate: gate,
            venue: venue,
            latch: latch,
            plumbing: plumbing,
            journal: setup.journal,
            context: context
        )
    }

    static func paperStore(_ path: String) throws -> PaperStore {
        do {
            return try PaperStore(path: path)
        } catch  where !LedgerStore.isStorageFailure(error) {
            throw LedgerError(
                code: .corrupt,
                message: "the paper venue's store `\(path)` is damaged: \(error); "
                    + "restore it together with the ledger, or move both aside"
            )
        }
    }

    /// Eight characters of `[a-z0-9]`.
    private static func name(_ random: inout SeededRandom) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<8).map { _ in letters[random.integer(in: 0...letters.count - 1)] })
    }

    /// Asks the run to end: the cycle in hand is finished, working orders are canceled.
    package func requestStop() {
        plumbing.post(.stopRequested, to: plumbing.conductor)
        // What cannot be drained in time is left to the venue's own end of every resting order.
        setup.clock.schedule(at: setup.clock.now + .seconds(20)) { [plumbing] in
            plumbing.closeAll()
        }
    }

    /// Trades until it is asked to stop.
    ///
    /// - Throws: SQLite's error where the end could not be recorded; all that came before is.
    package func start() async throws -> Ending {
        let ledger = LedgerActor(
            store: store,
            plumbing: plumbing,
            clock: setup.clock,
            executor: setup.ledgerExecutor
        )
        let telemetry = TelemetryActor(
            sinks: .init(
                journal: setup.journal,
                context: context,
                textfile: TextfileWriter(path: setup.paths.metrics),
                service: setup.service
            ),
            plumbing: plumbing,
            clock: setup.clock,
            host: setup.host
        )
        restore()
        await withDiscardingTaskGroup { outer in
            outer.addTask { await ledger.run() }
            outer.addTask { await telemetry.run(ticking: setup.ticking) }
            await runCores()
            plumbing.ledger.close()
            plumbing.telemetry.close()
        }
        let end = try await ledger.end()
        setup.journal.write(
            JournalEntry(
                .auditHead,
                .notice,
                "audit log ends at line \(end.head.sequence) with \(end.head.hash)"
            ),
            context,
            at: setup.clock.now
        )
        return Ending(decisionHash: end.decisionHash, view: plumbing.status.current)
    }

    /// Tells the cores what the ledger knows, and lets the market and the cycle begin.
    private func restore() {
        plumbing.portfolio.post(.restored(state.replay.books, state.references))
        plumbing.risk.post(.restored(state.replay.counters, halts: state.halts))
        plumbing.venue.post(.start)
        plumbing.conductor.post(.started)
    }
}
