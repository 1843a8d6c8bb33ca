internal import VigilCore
internal import VigilLedger
internal import VigilModel
internal import VigilTelemetry

/// What the owner of the ledger has to say.
enum LedgerNews: Sendable {
    /// A record is durable, or could not be made so.
    case answered(LedgerAnswer)
    /// A record contradicts the ledger and was left out.
    case leftOut(detail: String)
    /// The ledger or the audit log cannot be written.
    case troubled(HaltReason, detail: String)
    /// It can be written, again or still.
    case relieved(HaltReason)
    /// An hour has begun: where the audit log ends now, and the time for a copy.
    case hourBegan(sequence: Int64, hash: String)
}

/// Where news of the ledger goes: to who waits for a record, to Risk where there is trouble, and to the operator.
struct LedgerRouter: EffectRouter {
    enum Post: Sendable {
        case execution(ExecutionCore.Event)
        case portfolio(PortfolioCore.Event)
        case risk(RiskCore.Event)
        case alerting(AlertingCore.Event)
        case tell(TelemetryMessage)
        /// A copy is wanted.
        case backup
        /// A movement of money is committed, for who waits to hear it.
        case booked(Money)
    }

    let execution: Outlet<ExecutionCore.Event>
    let portfolio: Outlet<PortfolioCore.Event>
    let risk: Outlet<RiskCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let backups: Mailbox<Void>
    let desk: TelemetryDesk
    let status: StatusBoard

    func posts(for effect: LedgerNews) -> [Post] {
        switch effect {
        case .answered(let answer): told(answer)
        case .leftOut(let detail): [.alerting(.noticed(.recordLeftOut(detail)))]
        case .troubled(let reason, let detail):
            [
                .risk(.haltRaised(Halt(reason), detail: detail)),
                .alerting(.noticed(.storageRefused(reason, detail))),
            ]
        case .relieved(let reason):
            [
                .risk(.haltCleared(Halt(reason))),
                .alerting(.noticed(.storageWritten(reason))),
            ]
        case .hourBegan(let sequence, let hash):
            // Whoever rewrites the log must rewrite the journal too.
            [
                .backup,
                .tell(.entry(.auditHead, .notice, "audit log is at line \(sequence) with \(hash)")),
            ]
        }
    }

    private func told(_ answer: LedgerAnswer) -> [Post] {
        switch answer {
        case .intentsRecorded(let ids): [.execution(.intentsRecorded(ids))]
        case .intentsRefused(let ids): [.execution(.intentsRefused(ids))]
        case .fillRecorded(let fill, let origin):
            // Only here: what the venue tells again is not told again.
            [
                .portfolio(.fillRecorded(fill, origin)),
                .tell(.count(.fillsTotal, fill.role.rawValue)),
                .tell(
                    .entry(
                        .fill,
                        .info,
                        "\(fill.side.rawValue) \(fill.quantity) at \(fill.price)",
                        product: fill.product,
                        clientOrderID: fill.clientOrderID
                    )
                ),
            ]
        case .fillQuarantined(let doubted):
            [
                .tell(.count(.anomaliesTotal, "")),
                .tell(
                    .entry(
                        .anomaly,
                        .error,
                        doubted.text,
                        product: doubted.product,
                        clientOrderID: doubted.fill.clientOrderID
                    )
                ),
                .risk(.haltRaised(doubted.halt, detail: doubted.text)),
            ]
        case .exitEnded(let product): [.portfolio(.exitEnded(product))]
        case .flowRecorded(let flow): [.portfolio(.flowRecorded(flow)), .booked(flow)]
        }
    }

    func deliver(_ post: Post) {
        switch post {
        case .execution(let event): execution.post(event)
        case .portfolio(let event): portfolio.post(event)
        case .risk(let event): risk.post(event)
        case .alerting(let event): alerting.post(event)
        case .tell(let message): desk.tell(message)
        case .booked(let flow): status.noteBooked(flow)
        case .backup:
            // A second wish would be the same one.
            if backups.depth == 0 { backups.post(()) }
        }
    }
}
