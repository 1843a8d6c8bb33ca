internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of alerting go: into the ledger and the journal.
struct AlertingRouter: EffectRouter {
    enum Post: Sendable {
        case ledger(LedgerRecord)
        case tell(TelemetryMessage)
        case wake(at: Instant)
    }

    let ledger: Mailbox<LedgerRecord>
    let own: Outlet<AlertingCore.Event>
    let desk: TelemetryDesk
    let clock: any EngineClock

    func posts(for effect: AlertingCore.Effect) -> [Post] {
        switch effect {
        case .deliver(let alert):
            let text = "\(alert.severity.name) \(alert.kind.rawValue): \(alert.detail)"
            let priority = Priority(alert.severity, critical: .critical)
            return [
                .ledger(.alert(alert)),
                .tell(.count(.alertsTotal, alert.severity.name)),
                .tell(.entry(.alert, priority, alert.escalated ? "escalated, \(text)" : text)),
            ]
        case .wake(let due): return [.wake(at: due)]
        }
    }

    func deliver(_ post: Post) async {
        switch post {
        case .ledger(let record): await ledger.send(record)
        case .tell(let message): desk.tell(message)
        case .wake(let due): own.post(.timerFired, at: due, by: clock)
        }
    }
}
