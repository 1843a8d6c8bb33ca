package import VigilConfig
package import VigilCore
package import VigilLedger
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
    /// Makes the feed of a market elsewhere, for these products; nil for one in this process.
    package var feed: (@Sendable (FeedRouter, [Product]) -> any MarketFeed)?
    /// Why nothing may be entered whatever else allows it; nil where nothing forbids it.
    package var unpermitted: String?
    /// Names the market that prices come from; nil where no ledger outlives it.
    package var market: String?
    /// True where a venue's clock agrees with the machine's: what the ledger dates later was a wrong clock's.
    package var isClockConfirmed = false
    /// True where a venue's clock differs from the machine's.
    package var isClockWrong = false
    /// How the ledger is copied, and the thread for it; nil for not at all.
    package var backups: (plan: BackupPlan, executor: any SerialExecutor)?
    /// What stands before the ledger once it is opened; nil for nothing.
    package var ledger: (@Sendable (LedgerStore) -> any LedgerWriter)?
    /// Looks into the cores; nil where nobody does.
    package var inspector: (any CoreInspector)?
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
        host: any HostProbe,
        ticking: Bool
    ) {
        self.host = host
        self.gate = gate
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

extension EngineSetup {
    /// What each journal entry says of a run.
    func context(of run: RunID) -> JournalContext {
        JournalContext(
            configHash: configuration.configHash,
            decisionHash: configuration.decisionHash,
            run: run,
            mode: configuration.mode
        )
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
