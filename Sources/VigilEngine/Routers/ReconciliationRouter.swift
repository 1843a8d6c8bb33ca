internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of reconciliation go: questions to the three who know, differences to Risk.
struct ReconciliationRouter: EffectRouter {
    enum Post: Sendable {
        case venue(VenueRequest)
        case portfolio(PortfolioCore.Event)
        case execution(ExecutionCore.Event)
        case conductor(ConductorCore.Event)
        case risk(RiskCore.Event)
        case tell(TelemetryMessage)
    }

    let venue: Mailbox<VenueRequest>
    let portfolio: Outlet<PortfolioCore.Event>
    let execution: Outlet<ExecutionCore.Event>
    let conductor: Outlet<ConductorCore.Event>
    let risk: Outlet<RiskCore.Event>
    let desk: TelemetryDesk

    func posts(for effect: ReconciliationCore.Effect) -> [Post] {
        switch effect {
        case .askVenue(let cycle): return [.venue(.list(cycle: cycle))]
        case .askPortfolio(let cycle): return [.portfolio(.holdingsRequested(cycle: cycle))]
        case .askExecution(let cycle):
            return [.execution(.snapshotRequested(.reconciliation(cycle: cycle)))]
        case .reply(let cycle, let differences):
            // A clean comparison is what completes a start.
            let completed: [Post] =
                differences == 0 ? [.risk(.haltCleared(Halt(.recovering)))] : []
            return completed + [
                .tell(.differences(differences)),
                .conductor(.reconciled(cycle: cycle, differences: differences)),
            ]
        case .adopt(let order): return [.execution(.strangerFound(order))]
        case .raiseMismatch(let detail):
            return [.risk(.haltRaised(Halt(.mismatch), detail: detail))]
        case .clearMismatch: return [.risk(.haltCleared(Halt(.mismatch)))]
        }
    }

    func deliver(_ post: Post) async {
        switch post {
        case .venue(let command): await venue.send(command)
        case .portfolio(let event): portfolio.post(event)
        case .execution(let event): execution.post(event)
        case .conductor(let event): conductor.post(event)
        case .risk(let event): risk.post(event)
        case .tell(let message): desk.tell(message)
        }
    }
}
