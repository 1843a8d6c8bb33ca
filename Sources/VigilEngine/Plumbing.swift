internal import Synchronization
internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// All the plumbing of one engine: every mailbox with its bound, and the router of every actor.
///
/// | mailbox | kind | when full |
/// | --- | --- | --- |
/// | market | feed | the sender waits: the embedded feed can be paused, so nothing is lost |
/// | ledger, venue, universe, reconciliation | commands | the sender waits |
/// | execution, portfolio, risk, conductor, alerting | events | kept, and entries are halted |
/// | execution, portfolio (quotes) | conflated | the newest quote of a product wins |
/// | backups | one wish | the second is the same wish |
/// | telemetry | telemetry | thinned, with a counter |
package final class Plumbing: Sendable {
    let clock: any EngineClock
    let stages: StageTimer
    let status: StatusBoard
    let venue: Mailbox<VenueRequest>
    let market: Mailbox<MarketDataCore.Event>
    let universe: Mailbox<UniverseCore.Event>
    let conductor: Mailbox<ConductorCore.Event>
    let risk: Mailbox<RiskCore.Event>
    let execution: Mailbox<ExecutionCore.Event>
    let portfolio: Mailbox<PortfolioCore.Event>
    let reconciliation: Mailbox<ReconciliationCore.Event>
    let alerting: Mailbox<AlertingCore.Event>
    let feeds: Mailbox<FeedCommand>
    let ledger: Mailbox<LedgerRecord>
    let backups: Mailbox<Void>
    let telemetry: Mailbox<TelemetryMessage>
    let desk: TelemetryDesk
    private let dead = Atomic<Bool>(false)
    private let drained = Atomic<Bool>(false)
    let submits: Bool
    let eligibleMin: Int

    /// Makes the mailboxes; `bound` replaces every bound, to show that the engine stays live at one.
    init(
        clock: any EngineClock,
        stopwatch: any Stopwatch,
        submits: Bool,
        eligibleMin: Int,
        bound: Int? = nil
    ) {
        self.clock = clock
        self.submits = submits
        self.eligibleMin = eligibleMin
        stages = StageTimer(stopwatch: stopwatch)
        status = StatusBoard()
        venue = Mailbox(bound: bound ?? 1_024, clock: clock)
        market = Mailbox(bound: bound ?? 4_096, clock: clock)
        universe = Mailbox(bound: bound ?? 16, clock: clock)
        conductor = Mailbox(bound: bound ?? 64, clock: clock)
        risk = Mailbox(bound: bound ?? 256, clock: clock)
        execution = Mailbox(bound: bound ?? 1_024, clock: clock)
        portfolio = Mailbox(bound: bound ?? 1_024, clock: clock)
        reconciliation = Mailbox(bound: bound ?? 64, clock: clock)
        alerting = Mailbox(bound: bound ?? 256, clock: clock)
        feeds = Mailbox(bound: bound ?? 4_096, clock: clock)
        ledger = Mailbox(bound: bound ?? 4_096, clock: clock)
        backups = Mailbox(bound: 1, clock: clock)
        telemetry = Mailbox(bound: bound ?? 4_096, clock: clock)
        desk = TelemetryDesk(telemetry)
    }

    /// The depth and age of every mailbox, for the metrics and the watchdog.
    func mailboxes(at now: Instant) -> [(name: MailboxName, depth: Int, age: Duration)] {
        [
            (.venue, venue.depth, venue.age(at: now)),
            (.market, market.depth, market.age(at: now)),
            (.universe, universe.depth, universe.age(at: now)),
            (.conductor, conductor.depth, conductor.age(at: now)),
            (.risk, risk.depth, risk.age(at: now)),
            (.execution, execution.depth, execution.age(at: now)),
            (.portfolio, portfolio.depth, portfolio.age(at: now)),
            (.reconciliation, reconciliation.depth, reconciliation.age(at: now)),
            (.alerting, alerting.depth, alerting.age(at: now)),
            (.feeds, feeds.depth, feeds.age(at: now)),
            (.backups, backups.depth, .zero),
            (.ledger, ledger.depth, ledger.age(at: now)),
            (.telemetry, telemetry.depth, telemetry.age(at: now)),
        ]
    }

    /// True once the engine is dead, as after SIGKILL: nothing of it may have any effect any more.
    var isDead: Bool { dead.load(ordering: .relaxed) }

    /// True once every order has ended, and no new one can come.
    var isDrained: Bool { drained.load(ordering: .relaxed) }

    /// Ends everything at once, as SIGKILL does; for simulations.
    func die() {
        dead.store(true, ordering: .relaxed)
        closeAll()
        ledger.close()
        telemetry.close()
    }

    /// Posts an event that is never dropped; an overfull box halts entries.
    func post<Event>(_ event: Event, to mailbox: Mailbox<Event>) {
        outlet(mailbox).post(event)
    }

    func outlet<Event>(_ mailbox: Mailbox<Event>) -> Outlet<Event> {
        Outlet(mailbox, risk: risk)
    }

    /// Halts entries.
    func raise(_ reason: HaltReason, _ detail: String) {
        risk.post(.haltRaised(Halt(reason), detail: detail))
    }

    /// Says that the cause of a halt is not there; also where none was raised, as one may have
    /// outlived a restart.
    func clear(_ reason: HaltReason) {
        risk.post(.haltCleared(Halt(reason)))
    }

    /// Tells telemetry, which may be thinned.
    func tell(_ message: TelemetryMessage) {
        desk.tell(message)
    }

    func journal(_ entry: JournalEntry) {
        tell(.journal(entry))
    }

    /// The market has come to its end: so does the run.
    func marketEnded() {
        post(.stopRequested, to: conductor)
    }

    /// Lets every actor end once it has handled what waits; the ledger and telemetry end last.
    func closeAll() {
        venue.close()
        market.close()
        universe.close()
        conductor.close()
        risk.close()
        execution.close()
        portfolio.close()
        reconciliation.close()
        alerting.close()
        feeds.close()
        backups.close()
    }
}

// Who may write to whom.
extension Plumbing {
    var venueRouter: VenueRouter {
        VenueRouter(
            execution: outlet(execution),
            reconciliation: outlet(reconciliation),
            risk: outlet(risk),
            universe: outlet(universe),
            alerting: outlet(alerting),
            feeds: outlet(feeds),
            own: outlet(venue),
            desk: desk,
            clock: clock,
            isDead: { [self] in isDead }
        )
    }

    var feedRouter: FeedRouter {
        FeedRouter(
            commands: feeds,
            market: market,
            own: outlet(feeds),
            facts: outlet(market),
            risk: outlet(risk),
            execution: outlet(execution),
            portfolio: outlet(portfolio),
            venue: outlet(venue),
            desk: desk
        )
    }

    var marketRouter: MarketDataRouter {
        MarketDataRouter(
            execution: outlet(execution),
            portfolio: outlet(portfolio),
            conductor: outlet(conductor),
            feeds: outlet(feeds),
            risk: outlet(risk),
            venue: outlet(venue),
            status: status,
            desk: desk
        )
    }

    var universeRouter: UniverseRouter {
        UniverseRouter(conductor: outlet(conductor), desk: desk)
    }

    var conductorRouter: ConductorRouter {
        ConductorRouter(
            reconciliation: reconciliation,
            market: market,
            universe: universe,
            ledger: ledger,
            portfolio: outlet(portfolio),
            risk: outlet(risk),
            execution: outlet(execution),
            alerting: outlet(alerting),
            own: outlet(conductor),
            desk: desk,
            stages: stages,
            status: status,
            clock: clock,
            eligibleMin: eligibleMin
        )
    }

    var riskRouter: RiskRouter {
        RiskRouter(
            conductor: outlet(conductor),
            portfolio: outlet(portfolio),
            execution: outlet(execution),
            alerting: outlet(alerting),
            ledger: ledger,
            status: status,
            desk: desk
        )
    }

    var executionRouter: ExecutionRouter {
        ExecutionRouter(
            ledger: ledger,
            venue: venue,
            conductor: outlet(conductor),
            reconciliation: outlet(reconciliation),
            risk: outlet(risk),
            alerting: outlet(alerting),
            own: outlet(execution),
            desk: desk,
            clock: clock,
            end: { [self] in
                drained.store(true, ordering: .relaxed)
                closeAll()
            }
        )
    }

    var portfolioRouter: PortfolioRouter {
        PortfolioRouter(
            conductor: outlet(conductor),
            reconciliation: outlet(reconciliation),
            risk: outlet(risk),
            execution: outlet(execution),
            alerting: outlet(alerting),
            ledger: ledger,
            desk: desk,
            submits: submits
        )
    }

    var reconciliationRouter: ReconciliationRouter {
        ReconciliationRouter(
            venue: venue,
            portfolio: outlet(portfolio),
            execution: outlet(execution),
            conductor: outlet(conductor),
            risk: outlet(risk),
            desk: desk
        )
    }

    var ledgerRouter: LedgerRouter {
        LedgerRouter(
            execution: outlet(execution),
            portfolio: outlet(portfolio),
            risk: outlet(risk),
            alerting: outlet(alerting),
            backups: backups,
            desk: desk,
            status: status
        )
    }

    var alertingRouter: AlertingRouter {
        AlertingRouter(ledger: ledger, own: outlet(alerting), desk: desk, clock: clock)
    }
}
