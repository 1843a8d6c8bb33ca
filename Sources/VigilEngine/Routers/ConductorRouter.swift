internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of the cycle go: a question to each actor in its turn, and the decision to the ledger.
struct ConductorRouter: EffectRouter {
    enum Post: Sendable {
        case stage(Stage)
        case reconciliation(ReconciliationCore.Event)
        case portfolio(PortfolioCore.Event)
        case risk(RiskCore.Event)
        case market(MarketDataCore.Event)
        case universe(UniverseCore.Event)
        case execution(ExecutionCore.Event)
        case alerting(AlertingCore.Event)
        case tell(TelemetryMessage)
        case wake(at: Instant)
        case finish(
            DecisionRecord,
            CycleOutcome,
            portfolio: PortfolioSnapshot?,
            orders: ExecutionSnapshot?
        )
    }

    let reconciliation: Mailbox<ReconciliationCore.Event>
    let market: Mailbox<MarketDataCore.Event>
    let universe: Mailbox<UniverseCore.Event>
    let ledger: Mailbox<LedgerRecord>
    let portfolio: Outlet<PortfolioCore.Event>
    let risk: Outlet<RiskCore.Event>
    let execution: Outlet<ExecutionCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let own: Outlet<ConductorCore.Event>
    let desk: TelemetryDesk
    let stages: StageTimer
    let status: StatusBoard
    let clock: any EngineClock
    /// How many products must be eligible.
    let eligibleMin: Int

    func posts(for effect: ConductorCore.Effect) -> [Post] {
        switch effect {
        case .enterStage(let stage, _): [.stage(stage)]
        case .reconcile(let cycle): [.reconciliation(.requested(cycle: cycle))]
        case .mark(let cycle): [.portfolio(.markRequested(cycle: cycle))]
        case .readBreakers(let cycle, let snapshot, let market):
            [.risk(.breakersRequested(cycle: cycle, snapshot, market))]
        case .readMarket(let cycle): [.market(.snapshotRequested(cycle: cycle))]
        case .readUniverse(let cycle, let snapshot):
            [.universe(.evaluationRequested(cycle: cycle, snapshot))]
        case .countUniverse(let count): [.risk(.universeCounted(count, minimum: eligibleMin))]
        case .readWorking(let cycle): [.execution(.snapshotRequested(.risk(cycle: cycle)))]
        case .judge(let cycle, let proposals, let input, let wishes):
            [.risk(.proposed(cycle: cycle, proposals, input, reductions: wishes))]
        case .place(let cycle, let approved, let reductions):
            reductions.flatMap { sold($0.subject) } + [
                .execution(.entriesApproved(cycle: cycle, approved, reductions: reductions))
            ]
        case .reportCareFailed(let count):
            [.alerting(.noticed(.careFailed(looks: count)))]
        case .maintain(let cycle): [.execution(.snapshotRequested(.maintenance(cycle: cycle)))]
        case .finish(let record, let outcome, let snapshot, let orders):
            [.finish(record, outcome, portfolio: snapshot, orders: orders)]
                + broken(record, outcome)
        case .wake(let due): [.wake(at: due)]
        case .reportStopped: [.execution(.stopRequested)]
        }
    }

    private func sold(_ sale: Reduction) -> [Post] {
        let reason = sale.reason.rawValue
        let left: [Post] =
            sale.reason.leavesWhole ? [.risk(.exitStarted(sale.product, sale.reason))] : []
        let text = "selling \(sale.quantity): \(reason)"
        return left + [
            .tell(.count(.exitsTotal, reason)),
            .tell(.entry(.exit, .notice, text, product: sale.product)),
        ]
    }

    private func broken(_ record: DecisionRecord, _ outcome: CycleOutcome) -> [Post] {
        guard case .aborted(let reason) = outcome else { return [] }
        // A venue that cannot be read is counted where it is asked.
        let counted: [Post] = reason == .venueUnreadable ? [] : [.risk(.cycleBroken(reason))]
        let notice = Notice.cycleAborted(record.cycle, reason: record.reason ?? "")
        return counted + [.alerting(.noticed(notice))]
    }

    func deliver(_ post: Post) async {
        switch post {
        case .stage(let stage):
            stages.enter(stage)
            status.set(stage: stage, at: clock.now)
        case .reconciliation(let event): await reconciliation.send(event)
        case .market(let event): await market.send(event)
        case .universe(let event): await universe.send(event)
        case .portfolio(let event): portfolio.post(event)
        case .risk(let event): risk.post(event)
        case .execution(let event): execution.post(event)
        case .alerting(let event): alerting.post(event)
        case .tell(let message): desk.tell(message)
        case .wake(let due): own.post(.timerFired, at: due, by: clock)
        case .finish(let record, let outcome, let snapshot, let orders):
            let latencies = stages.take()
            await ledger.send(.decision(record, latencies: latencies))
            status.set(record, snapshot, orders)
            let total = latencies.reduce(0) { $0 + $1.nanoseconds }
            desk.tell(
                .cycle(
                    record,
                    outcome,
                    portfolio: snapshot,
                    orders: orders,
                    nanoseconds: total
                )
            )
        }
    }
}
