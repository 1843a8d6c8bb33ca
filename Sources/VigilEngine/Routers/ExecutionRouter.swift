internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where effects of Execution go: to the ledger first, then to the venue, and to who waits.
struct ExecutionRouter: EffectRouter {
    enum Post: Sendable {
        case ledger(LedgerRecord)
        case venue(VenueRequest)
        case conductor(ConductorCore.Event)
        case reconciliation(ReconciliationCore.Event)
        case risk(RiskCore.Event)
        case alerting(AlertingCore.Event)
        case wake(at: Instant)
        case tell(TelemetryMessage)
        /// All orders are ended: so are the actors.
        case end
    }

    let ledger: Mailbox<LedgerRecord>
    let venue: Mailbox<VenueRequest>
    let conductor: Outlet<ConductorCore.Event>
    let reconciliation: Outlet<ReconciliationCore.Event>
    let risk: Outlet<RiskCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let own: Outlet<ExecutionCore.Event>
    let desk: TelemetryDesk
    let clock: any EngineClock
    let end: @Sendable () -> Void

    func posts(for effect: ExecutionCore.Effect) -> [Post] {
        switch effect {
        case .recordIntents(let intents): [.ledger(.intents(intents))]
        case .recordTransition(let transition, let id):
            [.ledger(.transition(transition, id))] + told(transition)
        case .recordFill(let fill): [.ledger(.fill(fill))]
        case .quarantine(let doubted): [.ledger(.quarantinedFill(doubted))]
        case .recordExitEnded(let product): [.ledger(.exitEnded(product))]
        case .recordLookUp(let lookUp): [.ledger(.lookUp(lookUp))]
        case .submit(let request, let isEntry): [.venue(.submit(request, isEntry: isEntry))]
        case .cancel(let id): [.venue(.cancel(id))]
        case .lookUp(let number, let ids, let since):
            [.venue(.lookUp(number: number, ids, since: since))]
        case .readAvailable(let product): [.venue(.readAvailable(product))]
        case .reportShort(let product, let wanted, let available):
            [.alerting(.noticed(.exitShort(product, wanted: wanted, available: available)))]
        case .wake(let due): [.wake(at: due)]
        case .replyPlaced(let cycle, let count): [.conductor(.placed(cycle: cycle, count: count))]
        case .reply(let reader, let snapshot): [answer(reader, snapshot)]
        case .reportUnsettled(let id, let since):
            [.alerting(.noticed(.orderUnsettled(id, since: since)))]
        case .reportSettled(let id): [.alerting(.noticed(.orderSettled(id)))]
        case .reportAnomaly(let id, let state, let fact): anomaly(id, state, fact)
        case .reportRemainder(let product, let rest):
            [
                .tell(
                    .entry(.order, .info, "a remainder of \(rest) is left alone", product: product)
                )
            ]
        case .reportUnplanned(let product, let error): [unplanned(product, error)]
        case .reportDrained: [.end]
        }
    }

    private func answer(_ reader: ExecutionCore.SnapshotReader, _ orders: ExecutionSnapshot) -> Post
    {
        switch reader {
        case .risk(let cycle): .conductor(.workingRead(cycle: cycle, orders))
        case .maintenance(let cycle): .conductor(.maintained(cycle: cycle, orders))
        case .reconciliation(let cycle):
            .reconciliation(.ordersAnswered(cycle: cycle, orders.openOrders))
        }
    }

    private func told(_ transition: Transition) -> [Post] {
        let proof = transition.evidence.isEmpty ? "" : ", proven by \(transition.evidence)"
        let request = transition.request
        let text =
            "\(request.inWords): \(transition.from.rawValue) → \(transition.to.rawValue)\(proof)"
        let id = transition.id
        return [
            .tell(.count(.ordersTotal, transition.to.rawValue)),
            .tell(.entry(.order, .info, text, product: request.product, clientOrderID: id)),
        ]
    }

    private func anomaly(_ id: ClientOrderID, _ state: OrderState, _ fact: OrderFact) -> [Post] {
        let text = "`\(fact.rawValue)` arrived for an order that is \(state.rawValue)"
        return [
            .tell(.count(.anomaliesTotal, "")),
            .tell(.entry(.anomaly, .warning, text, clientOrderID: id)),
            .alerting(.noticed(.anomaly(of: id, state, fact))),
        ]
    }

    private func unplanned(_ product: ProductID?, _ error: MoneyError) -> Post {
        let subject = product.map { "an order of \($0)" } ?? "what is worked"
        let detail = "\(subject) cannot be worked out: \(error)"
        return .risk(.haltRaised(Halt(.arithmetic), detail: detail))
    }

    func deliver(_ post: Post) async {
        switch post {
        case .ledger(let record): await ledger.send(record)
        case .venue(let command): await venue.send(command)
        case .conductor(let event): conductor.post(event)
        case .reconciliation(let event): reconciliation.post(event)
        case .risk(let event): risk.post(event)
        case .alerting(let event): alerting.post(event)
        case .wake(let due): own.post(.timerFired, at: due, by: clock)
        case .tell(let message): desk.tell(message)
        case .end: end()
        }
    }
}
