internal import VigilConfig
package import VigilCore
package import VigilExchange
internal import VigilLedger
package import VigilModel
package import VigilTelemetry
internal import VigilTransport

/// One run: opened, recovered, run to its end, closed in order.
package struct Engine: Sendable {
    /// How a run ended.
    package struct Ending: Sendable {
        /// The hash over all decisions of the run.
        package let decisionHash: String
        /// The last state of the books.
        package let view: StatusBoard.View
        /// False where the end of an order was waited for in vain: it may stand at the venue.
        package let isDrained: Bool
    }

    /// What start-up found and did.
    package let recovery: RecoveryReport
    /// The kill path.
    package let kill: KillSwitch
    /// What the engine looks like from outside.
    package let status: StatusBoard
    /// Where our orders are.
    package let venue: any Venue
    /// The paper venue behind it, for comparisons; nil where nobody gave it.
    package let paper: PaperVenue?
    /// The market in this process; nil where feeds bring one.
    let market: EmbeddedMarket?
    /// The run.
    package let run: RunID
    let setup: EngineSetup
    let plumbing: Plumbing
    /// What each journal entry says of the run.
    package let context: JournalContext
    let store: LedgerStore
    let state: LedgerState
    /// Orders that Execution brings to their end.
    let unfinished: [OrderRecord]
    let right: VenueGateway.EntryRight
    /// Why nothing may be entered at the start; nil where it may.
    package let unpermitted: String?
    /// True where the machine's clock may be wrong: nothing is mended by it, and no time limit fires.
    private let isTimeDoubted: Bool

    /// Opens and recovers everything over a new paper venue; nothing trades before ``start()``.
    ///
    /// - Throws: ``LedgerError``, ``StateDirectoryError`` or the paper store's error: do not start.
    package init(_ setup: EngineSetup, market: EmbeddedMarket) throws {
        try self.init(setup, paper: Self.paper(setup, market.products), market: market)
    }

    /// Opens and recovers everything over a paper venue that is there already.
    ///
    /// - Throws: ``LedgerError``, ``StateDirectoryError`` or the paper store's error: do not start.
    package init(_ setup: EngineSetup, paper: PaperVenue, market: EmbeddedMarket?) throws {
        let opening = try Opening(setup)
        let truth = try paper.truth(for: opening.past(setup))
        try self.init(setup, opening, paper, truth, market: market, right: .paper, paper: paper)
    }

    /// Opens and recovers everything over a venue that stands before a paper venue.
    ///
    /// - Throws: ``LedgerError``, ``StateDirectoryError`` or what the venue says: do not start.
    package static func open(
        _ setup: EngineSetup,
        venue: any Venue,
        before paper: PaperVenue,
        market: EmbeddedMarket?
    ) async throws -> Engine {
        let opening = try Opening(setup)
        let truth = try await venue.truth(for: opening.past(setup))
        return try Engine(
            setup,
            opening,
            venue,
            truth,
            market: market,
            right: .paper,
            paper: paper
        )
    }

    /// Makes the ledger equal what a venue has said; without a permit nothing is entered, for the reason given.
    ///
    /// - Throws: SQLite's error: do not start.
    package init(
        _ setup: EngineSetup,
        _ opening: Opening,
        _ venue: any Venue,
        _ truth: VenueTruth,
        permit: LivePermit?,
        unpermitted: String?
    ) throws {
        try self.init(
            setup,
            opening,
            venue,
            truth,
            market: nil,
            right: .live(PermitSlot(permit)),
            unpermitted: unpermitted
        )
    }

    /// A paper venue over its store; one beside a market that is not its own looks at its orders by itself.
    ///
    /// - Throws: ``LedgerError`` or the store's error: do not start.
    package static func paper(
        _ setup: EngineSetup,
        _ products: [Product],
        interval: Duration? = nil
    ) throws -> PaperVenue {
        try PaperVenue(
            products: products,
            fees: setup.configuration.policy.execution.fees,
            store: paperStore(setup.paths.paper),
            seed: setup.seed,
            interval: interval,
            mayEnter: { [gate = setup.gate] in gate.isOpen }
        )
    }

    /// Makes the ledger equal what a venue has said; nothing trades before ``start()``.
    ///
    /// - Throws: SQLite's error: do not start.
    init(
        _ setup: EngineSetup,
        _ opening: Opening,
        _ venue: any Venue,
        _ truth: VenueTruth,
        market: EmbeddedMarket?,
        right: VenueGateway.EntryRight,
        paper: PaperVenue? = nil,
        unpermitted: String? = nil
    ) throws {
        self.setup = setup
        self.paper = paper
        self.market = market
        self.right = right
        #if TORTURE
        self.venue = TorturedVenue(base: venue)
        #else
        self.venue = venue
        #endif
        run = opening.run
        var store = opening.store
        let doubt = opening.doubt(setup)
        isTimeDoubted = doubt != nil || setup.isClockWrong
        let reasons = [unpermitted ?? setup.unpermitted, doubt].compactMap(\.self)
        self.unpermitted = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        let found: LedgerState
        (found, recovery, unfinished) = try StartUp(
            truth: truth,
            configuration: setup.configuration,
            latched: opening.latch.cause,
            unpermitted: self.unpermitted,
            known: { [path = setup.paths.ledger] in ReplacedLedgers.purpose(of: $0, beside: path) }
        ).recover(&store, opening.state, at: setup.clock.now)
        state = isTimeDoubted ? found : found.mended(at: setup.clock.now)
        if state.isKilled, opening.latch.cause == nil {
            setup.gate.close()
            _ = opening.latch.set("the ledger's record of an earlier kill")
        }
        self.store = store
        plumbing = Plumbing(
            clock: setup.clock,
            stopwatch: setup.stopwatch,
            submits: setup.configuration.mode != .dryRun,
            eligibleMin: setup.configuration.policy.universe.eligibleMin,
            bound: setup.bound
        )
        status = plumbing.status
        context = setup.context(of: run)
        kill = KillSwitch(
            gate: setup.gate,
            venue: venue,
            latch: opening.latch,
            plumbing: plumbing,
            journal: setup.journal,
            context: context
        )
    }

    /// Books what moved in the account without us.
    package func book(_ flow: Money, reason: String) {
        plumbing.ledger.post(.flow(flow, reason: reason))
    }

    /// Asks MarketData to show a product's book; ``StatusBoard/book(_:)`` has it a moment later, under this ticket.
    package func requestBook(of product: ProductID) -> Int {
        let ticket = status.takeTicket()
        plumbing.market.post(.bookRequested(product, ticket: ticket))
        return ticket
    }

    /// Permits entries from now on: what spoke against them at the start is over.
    package func grant(_ permit: LivePermit) {
        if case .live(let slot) = right { slot.grant(permit) }
        plumbing.clear(.permit)
        plumbing.post(.timeTrusted(true), to: plumbing.portfolio)
    }

    /// Says anew what speaks against entries.
    package func objects(_ reason: String) {
        plumbing.raise(.permit, reason)
    }

    /// Says how it starts: what recovery found, what is not permitted, and under which name it runs.
    package func announce() {
        let isUnusual = !recovery.endedCleanly || recovery.latched != nil
        write(.recovered, isUnusual ? .warning : .notice, recovery.summary)
        if !recovery.endedCleanly {
            plumbing.alerting.post(.noticed(.recovered(recovery.summary)))
        }
        for adoption in recovery.adoptions { write(.recovered, .warning, adoption) }
        if let permit = state.halts.first(where: { $0.halt.reason == .permit }) {
            let notice = Notice.reduceOnly(because: permit.detail)
            write(.halt, .critical, notice.text)
            plumbing.alerting.post(.noticed(notice))
        }
        // What a person has to look at is told by each start until somebody has.
        for odd in state.halts where odd.halt.reason == .oddFill {
            let notice = Notice.halted(odd)
            write(.halt, .critical, notice.text)
            plumbing.alerting.post(.noticed(notice))
        }
        write(.ready, .notice, "ready, run \(run)")
    }

    /// Writes a journal entry past telemetry, which may not run yet, or not any more.
    package func write(_ kind: EventKind, _ priority: Priority, _ text: String) {
        setup.journal.write(JournalEntry(kind, priority, text), context, at: setup.clock.now)
    }

    /// Says what happened to the machine's time; after a time in which nobody looked, all books are read anew, as what
    /// waited to be read is older than it looks.
    package func noticed(_ jump: MachineClock.Jump) {
        let (priority, text): (Priority, String) =
            switch jump {
            case .slept(let span):
                (.warning, "this machine slept for \(span.shown); all market feeds begin anew")
            case .stoodStill(let span):
                (.warning, "the process stood still for \(span.shown); all market feeds begin anew")
            case .setForward(let span):
                (
                    .warning,
                    "this machine's clock was set forward by \(span.shown); Vigil's time follows at once"
                )
            case .setBack(let span):
                (
                    .warning,
                    "this machine's clock was set back by \(span.shown); Vigil's time goes at half its pace until "
                        + "both agree, and never backwards"
                )
            }
        plumbing.journal(JournalEntry(.clock, priority, text))
        switch jump {
        case .slept, .stoodStill:
            plumbing.post(.renew(text), to: plumbing.feeds)
            plumbing.post(.look, to: plumbing.feeds)
        case .setForward, .setBack: plumbing.post(.look, to: plumbing.feeds)
        }
    }

    /// Ends a run that was recovered and is not to be started.
    package func endUnstarted() {
        var store = store
        // Where that fails the next start says that this one did not end in order, which is so.
        try? store.endRun(at: setup.clock.now)
    }

    /// Ends the engine as SIGKILL does: nothing of it has any effect from here on; for simulations.
    package func die() {
        plumbing.die()
    }

    /// The paper venue's store, in a file or in memory.
    ///
    /// - Throws: ``LedgerError`` where it is damaged, or SQLite's error: do not start.
    package static func paperStore(_ path: String?) throws -> PaperStore {
        do {
            return try PaperStore(path: path)
        } catch  where StorageFailure.isDamage(error) || !StorageFailure.isOne(error) {
            throw LedgerError(
                code: .corrupt,
                message: "the paper venue's store `\(path ?? "in memory")` is damaged: \(error); "
                    + "restore it together with the ledger, or move both aside"
            )
        }
    }

    /// Eight characters of `[a-z0-9]`.
    static func name(_ random: inout SeededRandom) -> String {
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
        let origins = try unfinished.map { ($0.id, try store.origin(of: $0.id)) }
        let ledger = LedgerActor(
            store: setup.ledger?(store) ?? store,
            run: run,
            origins: Dictionary(origins) { $1 },
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
        await restore()
        await withDiscardingTaskGroup { outer in
            outer.addTask { await ledger.run() }
            if let keeper {
                outer.addTask { await keeper.run() }
            }
            outer.addTask { await telemetry.run(ticking: setup.ticking) }
            await runCores()
            plumbing.ledger.close()
            plumbing.telemetry.close()
        }
        let end = try await ledger.end()
        let head = end.head
        write(.auditHead, .notice, "audit log ends at line \(head.sequence) with \(head.hash)")
        return Ending(
            decisionHash: end.decisionHash,
            view: plumbing.status.current,
            isDrained: plumbing.isDrained
        )
    }

    private var keeper: BackupKeeper? {
        setup.backups.map { plan, executor in
            BackupKeeper(
                plan,
                ledger: setup.paths.ledger,
                plumbing: plumbing,
                clock: setup.clock,
                executor: executor
            )
        }
    }

    /// Says which positions have no market here: nothing can protect what cannot be seen.
    private func tellOfBlind() {
        let seen = Set(venue.products.map(\.id))
        for product in state.replay.books.positions.keys.sorted() where !seen.contains(product) {
            plumbing.alerting.post(.noticed(.blind(product)))
        }
    }

    /// Tells the cores what the ledger knows, and lets the cycle begin; the market begins with the gateway.
    private func restore() async {
        plumbing.portfolio.post(.timeTrusted(!isTimeDoubted))
        plumbing.portfolio.post(.restored(state.replay.books, state.references))
        // What cannot be booked halts entries, and waits there for what it lacks.
        for owed in state.owedFills {
            plumbing.portfolio.post(.fillRecorded(owed.fill, owed.origin))
        }
        for flow in state.owedFlows {
            plumbing.portfolio.post(.flowRecorded(flow))
        }
        plumbing.risk.post(.restored(state.replay.counters, halts: state.halts))
        plumbing.execution.post(.restored(unfinished + state.ended))
        tellOfBlind()
        await plumbing.market.send(
            .productsListed(venue.products, history: market?.history ?? [:])
        )
        plumbing.conductor.post(.started)
    }
}
