internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of Risk go: halts to who enters, to the ledger and to the operator.
struct RiskRouter: EffectRouter {
    enum Post: Sendable {
        case conductor(ConductorCore.Event)
        case portfolio(PortfolioCore.Event)
        case execution(ExecutionCore.Event)
        case alerting(AlertingCore.Event)
        case ledger(LedgerRecord)
        case status([ActiveHalt])
        case tell(TelemetryMessage)
    }

    let conductor: Outlet<ConductorCore.Event>
    let portfolio: Outlet<PortfolioCore.Event>
    let execution: Outlet<ExecutionCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let ledger: Mailbox<LedgerRecord>
    let status: StatusBoard
    let desk: TelemetryDesk

    func posts(for effect: RiskCore.Effect) -> [Post] {
        switch effect {
        case .replyBreakers(let cycle, let halts, let openings):
            return [.conductor(.breakersRead(cycle: cycle, halts: halts, openings: openings))]
        case .replyVerdicts(let cycle, let verdicts, let reductions):
            return [.conductor(.judged(cycle: cycle, verdicts, reductions: reductions))]
        case .resetPeak: return [.portfolio(.peakReset)]
        case .report(let notice): return [.alerting(.noticed(notice))]
        // Time limits do not fire on a clock that differs from the venue's.
        case .trustTime(let isTrusted): return [.portfolio(.timeTrusted(isTrusted))]
        case .publishHalts(let halts):
            let products = Set(halts.compactMap(\.halt.product))
            let isActive = halts.contains { $0.halt.product == nil }
            return [
                .tell(.halts(halts.map(\.halt))), .status(halts),
                .execution(.haltChanged(active: isActive, products: products)),
            ]
        case .reportHalt(let active):
            let halt = active.halt
            return [
                .ledger(.halt(active)),
                .tell(
                    .entry(
                        .halt,
                        Priority(halt.severity, critical: .error),
                        "entries halted (\(halt)): \(active.detail)",
                        product: halt.product
                    )
                ),
                .alerting(.noticed(.halted(active))),
            ]
        case .reportCleared(let halt, let because):
            let text = "halt \(halt) cleared: \(because)"
            return [
                .ledger(.haltCleared(halt, reason: because)),
                .tell(.entry(.haltCleared, .notice, text, product: halt.product)),
                .alerting(.noticed(.cleared(halt))),
            ]
        }
    }

    func deliver(_ post: Post) async {
        switch post {
        case .conductor(let event): conductor.post(event)
        case .portfolio(let event): portfolio.post(event)
        case .execution(let event): execution.post(event)
        case .alerting(let event): alerting.post(event)
        case .ledger(let record): await ledger.send(record)
        case .status(let halts): status.set(halts: halts)
        case .tell(let message): desk.tell(message)
        }
    }
}
