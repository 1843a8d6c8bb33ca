internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where the reports of a venue go: what happened to orders to Execution, what it lists to Reconciliation, and
/// how it answers to Risk.
struct VenueRouter: EffectRouter {
    enum Post: Sendable {
        case execution(ExecutionCore.Event)
        case reconciliation(ReconciliationCore.Event)
        case risk(RiskCore.Event)
        case universe(UniverseCore.Event)
        case alerting(AlertingCore.Event)
        case feeds(FeedCommand)
        case wake(at: Instant)
        case later(Duration, VenueReport)
        case tell(TelemetryMessage)
    }

    let execution: Outlet<ExecutionCore.Event>
    let reconciliation: Outlet<ReconciliationCore.Event>
    let risk: Outlet<RiskCore.Event>
    let universe: Outlet<UniverseCore.Event>
    let alerting: Outlet<AlertingCore.Event>
    let feeds: Outlet<FeedCommand>
    let own: Outlet<VenueRequest>
    let desk: TelemetryDesk
    let clock: any EngineClock
    let isDead: @Sendable () -> Bool

    /// Takes reports from any thread; a dead engine hears nothing.
    var sink: VenueSink {
        { report in
            guard !isDead() else { return }
            for post in posts(for: report) {
                deliver(post)
            }
        }
    }

    func posts(for report: VenueReport) -> [Post] {
        switch report {
        case .event(let event): rejected(event) + [.execution(.venueReported(event))]
        case .availableRead(let product, let quantity):
            [.execution(.availableRead(product, quantity))]
        case .outcomeLost(let id): [.execution(.outcomeLost(id))]
        case .listed(let cycle, let listing):
            [.reconciliation(.venueListed(cycle: cycle, listing))]
        case .unreadable(let cycle): [.reconciliation(.venueUnreadable(cycle: cycle))]
        case .lookedUp(let lookUp): [.execution(.lookedUp(lookUp))]
        case .answered(let answer): [.risk(.venueAnswered(answer))]
        case .clockCompared(let ahead, let uncertainty):
            [.risk(.clockCompared(ahead, uncertainty: uncertainty))]
        case .otherSeen(let instance): [.reconciliation(.otherSeen(instance: instance))]
        case .closed(let product, let words):
            [
                .universe(.productClosed(product)),
                .alerting(.noticed(.productClosed(product, words))),
            ]
        case .storeRefused(let detail): [.alerting(.noticed(.paperStoreRefused(detail)))]
        case .storeWritten: [.alerting(.noticed(.paperStoreWritten))]
        case .failed(let error):
            [.risk(.haltRaised(Halt(.arithmetic), detail: "the venue's market: \(error)"))]
        case .noted(let note):
            // What concerns an order of ours wakes its owner as well.
            (note.kind == .unreadable
                ? [.alerting(.noticed(.rowUnreadable(note.order, note.text)))] : [])
                + [.tell(entry(note))]
        case .wake(let due): [.wake(at: due)]
        case .delayed(let span, let report): [.later(span, report)]
        }
    }

    private func rejected(_ event: VenueEvent) -> [Post] {
        // A gate of ours, and a quote that moved before a resting order came, are no complaint.
        guard case .orderRejected(_, let reason) = event, reason != .gateClosed,
            reason != .postOnlyWouldCross
        else { return [] }
        return [.risk(.orderRejected(reason))] + (Self.doubtsRules(reason) ? [.feeds(.look)] : [])
    }

    /// True where the venue's rules may not be those that we know: they are read at once.
    private static func doubtsRules(_ reason: RejectionReason) -> Bool {
        switch reason {
        case .productNotTradable, .quantityPrecision, .pricePrecision, .tooSmall, .other: true
        case .insufficientFunds, .postOnlyWouldCross, .stopPrice, .endTimeInPast, .selfTrade,
            .notFillable, .gateClosed, .arithmetic:
            false
        }
    }

    private func entry(_ note: VenueNote) -> TelemetryMessage {
        let (kind, priority): (EventKind, Priority) =
            switch note.kind {
            case .trouble, .unreadable: (.venue, .warning)
            case .feedLost: (.feedLost, .warning)
            case .feedWhole: (.feedWhole, .notice)
            case .simulated: (.simulated, .notice)
            }
        return .entry(
            kind,
            priority,
            note.text,
            product: note.product,
            clientOrderID: note.order
        )
    }

    func deliver(_ post: Post) {
        switch post {
        case .execution(let event): execution.post(event)
        case .reconciliation(let event): reconciliation.post(event)
        case .risk(let event): risk.post(event)
        case .universe(let event): universe.post(event)
        case .alerting(let event): alerting.post(event)
        case .feeds(let command): feeds.post(command)
        case .wake(let due): own.post(.wake, at: due, by: clock)
        case .later(let span, let report):
            clock.schedule(at: clock.now + span) { [sink] in sink(report) }
        case .tell(let message): desk.tell(message)
        }
    }
}
