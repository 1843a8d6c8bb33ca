package import VigilCore
internal import VigilModel
package import VigilTelemetry

/// What telemetry is told.
package enum TelemetryMessage: Sendable {
    /// Write a journal entry.
    case journal(JournalEntry)
    /// Count one.
    case count(Metric, String)
    /// A cycle ended.
    case cycle(
        DecisionRecord,
        CycleOutcome,
        portfolio: PortfolioSnapshot?,
        orders: ExecutionSnapshot?,
        nanoseconds: Int64
    )
    /// The active halts changed.
    case halts([Halt])
    /// The universe was judged.
    case eligible(Int)
    /// The books were compared.
    case differences(Int?)
    /// A figure of its own.
    case gauge(Metric, label: String, Double)
    /// What somebody has counted since the start.
    case total(Metric, label: String, Int)
    /// Look around: watchdog, metrics, status.
    case tick
}

/// Metrics, textfile, journal, watchdog; may lag, never blocks, and holds no evidence.
package actor TelemetryActor {
    /// Where telemetry goes.
    package struct Sinks: Sendable {
        /// The journal.
        package var journal: any JournalSink
        /// The fields of every entry.
        package var context: JournalContext
        /// The metrics file.
        package var textfile: TextfileWriter
        /// systemd.
        package var service: ServiceManager

        /// Joins the parts.
        package init(
            journal: any JournalSink,
            context: JournalContext,
            textfile: TextfileWriter,
            service: ServiceManager
        ) {
            self.journal = journal
            self.context = context
            self.textfile = textfile
            self.service = service
        }
    }

    /// How old an unhandled element may be before the watchdog falls silent.
    static let patience = Duration.seconds(10)
    /// How often the metrics file is written.
    static let writingInterval = Duration.seconds(15)

    private var registry = MetricsRegistry()
    private let sinks: Sinks
    private let plumbing: Plumbing
    private let clock: any EngineClock
    private let host: any HostProbe
    private let tickInterval: Duration
    private var writtenAt: Instant?

    package init(
        sinks: Sinks,
        plumbing: Plumbing,
        clock: any EngineClock,
        host: any HostProbe
    ) {
        self.sinks = sinks
        self.plumbing = plumbing
        self.clock = clock
        self.host = host
        let span = sinks.service.watchdogMicroseconds.map { Int64($0) * 1_000 / 3 }
        tickInterval = .nanoseconds(min(span ?? 5_000_000_000, 5_000_000_000))
        registry.set(.buildInfo, 1, label: sinks.context.mode.rawValue)
    }

    /// Writes until the mailbox is closed.
    package func run(ticking: Bool) async {
        if ticking {
            tick()
        }
        for await messages in plumbing.telemetry {
            for message in messages {
                take(message)
            }
        }
        write()
    }

    private func take(_ message: TelemetryMessage) {
        switch message {
        case .journal(let entry): sinks.journal.write(entry, sinks.context, at: clock.now)
        case .count(let metric, let label): registry.add(metric, label: label)
        case .cycle(let record, let outcome, let snapshot, let orders, let nanoseconds):
            count(record, outcome)
            gauge(snapshot, orders)
            registry.observe(seconds: Double(nanoseconds) / 1e9)
            sinks.journal.write(
                JournalEntry(
                    .cycle,
                    .info,
                    "cycle \(record.cycle): \(record.outcome) \(record.reason ?? "")",
                    cycle: record.cycle
                ),
                sinks.context,
                at: clock.now
            )
        case .halts(let halts):
            for reason in HaltReason.allCases {
                let count = halts.count { $0.reason == reason }
                registry.set(.halted, Double(count), label: reason.rawValue)
            }
        case .eligible(let count): registry.set(.eligibleProducts, Double(count))
        case .gauge(let metric, let label, let value): registry.set(metric, value, label: label)
        case .total(let metric, let label, let count):
            registry.raise(metric, to: Double(count), label: label)
        case .differences(let count): registry.set(.differences, Double(count ?? -1))
        case .tick: tick()
        }
    }

    private func count(_ record: DecisionRecord, _ outcome: CycleOutcome) {
        registry.add(.cyclesTotal, label: outcome.name)
        if case .noTrade(let reason) = outcome {
            registry.add(.noTradeTotal, label: reason.rawValue)
        }
        registry.add(.proposalsTotal, Double(record.proposals))
        for code in record.denials {
            registry.add(.denialsTotal, label: code.rawValue)
        }
        registry.set(.lastCycleTime, Double(clock.now.nanoseconds) / 1e9)
    }

    private func gauge(_ snapshot: PortfolioSnapshot?, _ orders: ExecutionSnapshot?) {
        if let snapshot {
            registry.set(.nlvUSD, snapshot.nlv.indicator)
            registry.set(.realisedUSD, snapshot.realised.indicator)
            registry.set(.unrealisedUSD, snapshot.unrealised.indicator)
            registry.set(.feesUSD, snapshot.fees.indicator)
            registry.set(.drawdownRatio, snapshot.drawdown.indicator)
            registry.set(.openPositions, Double(snapshot.openPositions))
            let nlv = snapshot.nlv.indicator
            registry.set(.exposureRatio, nlv > 0 ? snapshot.exposure.indicator / nlv : 0)
        }
        if let orders {
            registry.set(.openOrders, Double(orders.openOrders.count))
            registry.set(.unknownOrders, Double(orders.unknownOrders))
        }
    }

    private func tick() {
        let now = clock.now
        if isAlive(at: now) {
            sinks.service.watchdog()
        }
        plumbing.post(.hostLooked(host.look()), to: plumbing.risk)
        let view = plumbing.status.current
        sinks.service.status(
            "cycle \(view.decision?.cycle ?? 0), \(view.portfolio?.openPositions ?? 0) positions, "
                + (view.halts.isEmpty
                    ? "trading"
                    : "halted: \(view.halts.map(\.halt.description).joined(separator: ", "))")
        )
        if writtenAt.map({ now - $0 >= Self.writingInterval }) ?? true {
            write()
        }
        clock.schedule(at: now + tickInterval) { [plumbing] in
            plumbing.telemetry.post(.tick)
        }
    }

    /// True while every mailbox is being handled and the cycle's stage moves.
    private func isAlive(at now: Instant) -> Bool {
        let view = plumbing.status.current
        let staged = view.stage == .idle || now - view.stageSince < .seconds(90)
        return staged && plumbing.mailboxes(at: now).allSatisfy { $0.age < Self.patience }
    }

    private func write() {
        for mailbox in plumbing.mailboxes(at: clock.now) {
            registry.set(.mailboxDepth, Double(mailbox.depth), label: mailbox.name.rawValue)
        }
        registry.set(.residentBytes, Double(ProcessFigures.residentBytes))
        registry.set(.allocatedBytes, Double(ProcessFigures.allocatedBytes))
        registry.raise(.telemetryThinned, to: Double(plumbing.desk.thinnedCount))
        if sinks.textfile.write(registry.exposition) {
            plumbing.clear(.metrics)
        } else {
            plumbing.raise(.metrics, "the metrics file cannot be written")
        }
        writtenAt = clock.now
    }
}

extension Money {
    /// The amount for a gauge; never to be turned back into money.
    fileprivate var indicator: Double { FixedPoint.indicator(raw) }
}
