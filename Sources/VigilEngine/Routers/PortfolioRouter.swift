internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of the portfolio go: exits to who sells, values to who asked, levels to the ledger.
struct PortfolioRouter: EffectRouter {
    enum Post: Sendable {
        case conductor(ConductorCore.Event)
        case reconciliation(ReconciliationCore.Event)
        case risk(RiskCore.Event)
        case execution(ExecutionCore.Event)
        case alerting(AlertingCore.Event)
        case ledger(LedgerRecord)
        case tell(TelemetryMessage)
    }

    let conductor: Outlet<ConductorCore.Event>
    let reconciliation: Outlet<ReconciliationCore.Event>
    let risk: Outlet<RiskCore.Event>
    let execution: Outlet<ExecutionCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let ledger: Mailbox<LedgerRecord>
    let desk: TelemetryDesk
    /// False where the mode proposes only.
    let submits: Bool

    func posts(for effect: PortfolioCore.Effect) -> [Post] {
        switch effect {
        case .reply(let cycle, let snapshot): [.conductor(.marked(cycle: cycle, snapshot))]
        case .replyHoldings(let cycle, let holdings, let prices):
            [.reconciliation(.holdingsAnswered(cycle: cycle, holdings, prices: prices))]
        case .requestExit(let request): left(request)
        case .reportExitUnfilled(let product, let reason):
            [.alerting(.noticed(.exitUnfilled(product, reason)))]
        case .reportUnbooked(let fill, let error): [unbooked(fill, error)]
        case .reportUnvalued(let error):
            [
                .risk(
                    .haltRaised(
                        Halt(.arithmetic),
                        detail: "what is held cannot be valued: \(error)"
                    )
                )
            ]
        case .recordReferences(let references): [.ledger(.references(references))]
        case .reportUnsellable(let product, let status):
            [.alerting(.noticed(.unsellable(product, status)))]
        case .reportSellable(let product): [.alerting(.noticed(.sellable(product)))]
        case .reportUnseen(let product, let since):
            [.alerting(.noticed(.unseen(product, since: since)))]
        case .reportSeen(let product): [.alerting(.noticed(.leftBlind(product)))]
        case .reportPositionOpened(let product, let fill):
            [.alerting(.noticed(.positionOpened(product, fill)))]
        case .reportPositionGrown(let product, let key): [.risk(.positionGrown(product, key))]
        case .reportPositionClosed(let product, let realised):
            [
                .risk(.positionClosed(product, realised)),
                .alerting(.noticed(.exitFilled(product))), .alerting(.noticed(.leftBlind(product))),
                .alerting(.noticed(.sellable(product))), .alerting(.noticed(.exitWhole(product))),
                .alerting(.noticed(.positionClosed(product, realised))),
                .tell(
                    .entry(
                        .exit,
                        .notice,
                        "position closed, result \(realised)",
                        product: product
                    )
                ),
            ]
        }
    }

    private func unbooked(_ fill: Fill, _ error: MoneyError) -> Post {
        let what = "\(fill.kind.rawValue) of \(fill.side.rawValue) \(fill.quantity) \(fill.product)"
        let detail =
            "the \(what), row \(fill.entryID), cannot be booked: \(error); if it took coins, nothing "
            + "more of \(fill.product) is sold until it is; compare the books with the venue's"
        return .risk(.haltRaised(Halt(.arithmetic), detail: detail))
    }

    private func left(_ request: ExitRequest) -> [Post] {
        let reason = request.reason.rawValue
        let fired: [Post] =
            request.reason == .stopLoss ? [.alerting(.noticed(.stopFired(request.product)))] : []
        let told: [Post] = [
            .risk(.exitStarted(request.product, request.reason)),
            .tell(.count(.exitsTotal, reason)),
            .tell(.entry(.exit, .notice, "leaving: \(reason)", product: request.product)),
        ]
        return told + fired + (submits ? [.execution(.exitRequested(request))] : [])
    }

    func deliver(_ post: Post) async {
        switch post {
        case .conductor(let event): conductor.post(event)
        case .reconciliation(let event): reconciliation.post(event)
        case .risk(let event): risk.post(event)
        case .execution(let event): execution.post(event)
        case .alerting(let event): alerting.post(event)
        case .ledger(let record): await ledger.send(record)
        case .tell(let message): desk.tell(message)
        }
    }
}
