internal import VigilCore
internal import VigilModel
internal import VigilTelemetry

/// Where the effects of each core go.
extension Plumbing {
    func perform(_ effect: MarketDataCore.Effect) async {
        switch effect {
        case .publishQuote(let quote):
            portfolio.post(.quoteChanged(quote), conflating: quote.product)
            execution.post(.quoteChanged(quote), conflating: quote.product)
        case .publishProduct(let product):
            post(.productChanged(product), to: execution)
            post(.productChanged(product), to: portfolio)
        case .reply(let cycle, let snapshot):
            tellOfAges(snapshot)
            post(.marketRead(cycle: cycle, snapshot), to: conductor)
        case .reportInvalidBook(let product):
            tell(.count(.anomaliesTotal, ""))
            journal(
                JournalEntry(.anomaly, .warning, "a book was crossed or empty", product: product)
            )
        case .moveVenue(let move):
            // Prints are never dropped; of the books only the newest matters.
            if move.trades.isEmpty {
                venue.post(.observe(move), conflating: move.product)
            } else {
                post(.observe(move), to: venue)
            }
        case .dropFeed(let product, let trouble, let detail):
            post(.distrust(product, trouble, detail), to: feeds)
        case .readCandles(let product, let length, let since):
            post(.readCandles(product, length, since: since), to: feeds)
        case .showBook(let ticket, let book): status.show(book, ticket)
        case .reportAmended: tell(.count(.candlesAmended, ""))
        case .reportFeed(let product, let trouble):
            let halt = Halt(.feedGap, product)
            if let trouble {
                let detail = "\(product): \(trouble.rawValue)"
                post(.haltRaised(halt, detail: detail), to: risk)
            } else {
                post(.haltCleared(halt), to: risk)
            }
        }
    }

    /// How old the oldest books are, where a feed brings them.
    private func tellOfAges(_ snapshot: MarketSnapshot) {
        let times = snapshot.products.values.compactMap(\.feedTimes)
        guard let venue = times.map(\.venue).min(), let received = times.map(\.received).min()
        else { return }
        tell(.gauge(.feedAge, "venue", Double((snapshot.at - venue).nanoseconds) / 1e9))
        tell(.gauge(.feedAge, "receive", Double((snapshot.at - received).nanoseconds) / 1e9))
    }

    func perform(_ effect: UniverseCore.Effect) async {
        switch effect {
        case .reply(let cycle, let snapshot):
            tell(.eligible(snapshot.eligible.count))
            post(.universeRead(cycle: cycle, snapshot), to: conductor)
        }
    }

    func perform(_ effect: PortfolioCore.Effect) async {
        switch effect {
        case .reply(let cycle, let snapshot): post(.marked(cycle: cycle, snapshot), to: conductor)
        case .replyHoldings(let cycle, let holdings, let prices):
            let answer = ReconciliationCore.Event.holdingsAnswered(
                cycle: cycle,
                holdings,
                prices: prices
            )
            post(answer, to: reconciliation)
        case .requestExit(let request):
            post(.exitStarted(request.product, request.reason), to: risk)
            tell(.count(.exitsTotal, request.reason.rawValue))
            journal(
                JournalEntry(
                    .exit,
                    .notice,
                    "leaving: \(request.reason.rawValue)",
                    product: request.product
                )
            )
            if submits {
                post(.exitRequested(request), to: execution)
            }
        case .reportExitUnfilled(let product, let reason):
            let text = "the \(reason.rawValue) exit of \(product) does not fill"
            post(.raised(.exitUnfilled, product.description, .critical, text), to: alerting)
        case .recordReferences(let references): await ledger.send(.references(references))
        case .reportPositionGrown(let product, let key):
            post(.positionGrown(product, key), to: risk)
        case .reportPositionClosed(let product, let realised):
            post(.positionClosed(product, realised), to: risk)
            post(.resolved(.exitUnfilled, product.description), to: alerting)
            journal(
                JournalEntry(
                    .exit,
                    .notice,
                    "position closed, result \(realised)",
                    product: product
                )
            )
        }
    }

    func perform(_ effect: RiskCore.Effect) async {
        switch effect {
        case .replyBreakers(let cycle, let halts):
            post(.breakersRead(cycle: cycle, halts), to: conductor)
        case .replyVerdicts(let cycle, let verdicts, let reductions):
            post(.judged(cycle: cycle, verdicts, reductions: reductions), to: conductor)
        case .resetPeak: post(.peakReset, to: portfolio)
        case .publishHalts(let halts):
            tell(.halts(halts.map(\.halt)))
            status.set(halts: halts)
            let products = Set(halts.compactMap(\.halt.product))
            let isActive = halts.contains { $0.halt.product == nil }
            post(.haltChanged(active: isActive, products: products), to: execution)
        case .reportHalt(let active):
            await ledger.send(.halt(active))
            let name = active.halt.description
            journal(
                JournalEntry(
                    .halt,
                    active.halt.severity == .critical ? .error : .warning,
                    "entries halted (\(name)): \(active.detail)",
                    product: active.halt.product
                )
            )
            let text = "\(name): \(active.detail)"
            post(.raised(.halt, name, active.halt.severity, text), to: alerting)
        case .reportCleared(let halt, let because):
            await ledger.send(.haltCleared(halt, reason: because))
            journal(
                JournalEntry(
                    .haltCleared,
                    .notice,
                    "halt \(halt) cleared: \(because)",
                    product: halt.product
                )
            )
            post(.resolved(.halt, halt.description), to: alerting)
        }
    }

    func perform(_ effect: ExecutionCore.Effect) async {
        switch effect {
        case .recordIntents(let intents): await ledger.send(.intents(intents))
        case .recordTransition(let transition, let venueOrderID):
            await ledger.send(.transition(transition, venueOrderID))
            tellOf(transition)
        case .recordFill(let fill):
            await ledger.send(.fill(fill))
        case .recordExitEnded(let product): await ledger.send(.exitEnded(product))
        case .submit(let request, let isEntry):
            await venue.send(.submit(request, isEntry: isEntry))
        case .cancel(let id): await venue.send(.cancel(id))
        case .lookUp(let number, let ids, let since):
            await venue.send(.lookUp(number: number, ids, since: since))
        case .recordLookUp(let lookUp): await ledger.send(.lookUp(lookUp))
        case .reportUnsettled(let id, let since):
            let text = "the fate of order \(id) has not been known since \(since)"
            post(.raised(.orderUnsettled, id.text, .critical, text), to: alerting)
        case .reportSettled(let id):
            post(.resolved(.orderUnsettled, id.text), to: alerting)
        case .wake(let due): wake(execution, .timerFired, at: due)
        case .replyPlaced(let cycle, let count):
            post(.placed(cycle: cycle, count: count), to: conductor)
        case .reply(let reader, let snapshot):
            switch reader {
            case .risk(let cycle): post(.workingRead(cycle: cycle, snapshot), to: conductor)
            case .maintenance(let cycle): post(.maintained(cycle: cycle, snapshot), to: conductor)
            case .reconciliation(let cycle):
                post(.ordersAnswered(cycle: cycle, snapshot.openOrders), to: reconciliation)
            }
        case .reportAnomaly(let id, let state, let fact):
            tell(.count(.anomaliesTotal, ""))
            let text = "`\(fact.rawValue)` was reported of an order that is \(state.rawValue)"
            journal(JournalEntry(.anomaly, .warning, text, clientOrderID: id))
            post(.raised(.anomaly, "order", .warning, "order \(id): \(text)"), to: alerting)
        case .reportRemainder(let product, let rest):
            journal(
                JournalEntry(
                    .order,
                    .info,
                    "a remainder of \(rest) is left alone",
                    product: product
                )
            )
        case .reportDrained: closeAll()
        }
    }

    func perform(_ effect: ReconciliationCore.Effect) async {
        switch effect {
        case .askVenue(let cycle): await venue.send(.list(cycle: cycle))
        case .askPortfolio(let cycle): post(.holdingsRequested(cycle: cycle), to: portfolio)
        case .askExecution(let cycle):
            post(.snapshotRequested(.reconciliation(cycle: cycle)), to: execution)
        case .reply(let cycle, let differences):
            if differences == 0 {
                // A clean comparison is what completes a start.
                clear(.recovering)
            }
            tell(.differences(differences))
            post(.reconciled(cycle: cycle, differences: differences), to: conductor)
        case .adopt(let order): post(.strangerFound(order), to: execution)
        case .raiseMismatch(let detail): raise(.mismatch, detail)
        case .clearMismatch: clear(.mismatch)
        }
    }

    func perform(_ effect: AlertingCore.Effect) async {
        switch effect {
        case .deliver(let alert):
            await ledger.send(.alert(alert))
            tell(.count(.alertsTotal, alert.severity.name))
            let text = "\(alert.severity.name) \(alert.kind.rawValue): \(alert.detail)"
            let priority: Priority = alert.severity == .critical ? .critical : .warning
            journal(JournalEntry(.alert, priority, alert.escalated ? "escalated, \(text)" : text))
        case .wake(let due): wake(alerting, .timerFired, at: due)
        }
    }

    func perform(_ effect: ConductorCore.Effect) async {
        switch effect {
        case .enterStage(let stage, _):
            stages.enter(stage)
            status.set(stage: stage, at: clock.now)
        case .reconcile(let cycle): await reconciliation.send(.requested(cycle: cycle))
        case .mark(let cycle): post(.markRequested(cycle: cycle), to: portfolio)
        case .readBreakers(let cycle, let snapshot, let market):
            post(.breakersRequested(cycle: cycle, snapshot, market), to: risk)
        case .readMarket(let cycle): await market.send(.snapshotRequested(cycle: cycle))
        case .readUniverse(let cycle, let snapshot):
            await universe.send(.evaluationRequested(cycle: cycle, snapshot))
        case .countUniverse(let count):
            post(.universeCounted(count, minimum: eligibleMin), to: risk)
        case .readWorking(let cycle):
            post(.snapshotRequested(.risk(cycle: cycle)), to: execution)
        case .judge(let cycle, let proposals, let input, let wishes):
            post(.proposed(cycle: cycle, proposals, input, reductions: wishes), to: risk)
        case .place(let cycle, let approved, let reductions):
            tellOfSales(reductions.map(\.subject))
            let orders = ExecutionCore.Event.entriesApproved(
                cycle: cycle,
                approved,
                reductions: reductions
            )
            post(orders, to: execution)
        case .reportCareFailed(let count):
            let text = "positions are over their cap, and \(count) looks found nothing to cut back"
            post(.raised(.careFailed, "", .critical, text), to: alerting)
        case .maintain(let cycle):
            post(.snapshotRequested(.maintenance(cycle: cycle)), to: execution)
        case .finish(let record, let outcome, let snapshot, let orders):
            let latencies = stages.take()
            await ledger.send(.decision(record, latencies: latencies))
            status.set(record, snapshot, orders)
            let total = latencies.reduce(0) { $0 + $1.nanoseconds }
            tell(.cycle(record, outcome, snapshot, orders, nanoseconds: total))
            if case .aborted(let reason) = outcome {
                // A venue that cannot be read is counted where it is asked.
                if reason != .venueUnreadable {
                    post(.cycleBroken(reason), to: risk)
                }
                let text = "cycle \(record.cycle) aborted: \(record.reason ?? "")"
                post(.raised(.cycleAborted, "", .warning, text), to: alerting)
            }
        case .wake(let due): wake(conductor, .timerFired, at: due)
        case .reportStopped: post(.stopRequested, to: execution)
        }
    }

    private func tellOf(_ transition: Transition) {
        tell(.count(.ordersTotal, transition.to.rawValue))
        let proof = transition.evidence.isEmpty ? "" : ", proven by \(transition.evidence)"
        journal(
            JournalEntry(
                .order,
                .info,
                "order \(transition.from.rawValue) → \(transition.to.rawValue)\(proof)",
                clientOrderID: transition.id
            )
        )
    }

    private func tellOfSales(_ reductions: [Reduction]) {
        for sale in reductions {
            let reason = sale.reason.rawValue
            if sale.reason.leavesWhole {
                post(.exitStarted(sale.product, sale.reason), to: risk)
            }
            tell(.count(.exitsTotal, reason))
            let text = "selling \(sale.quantity): \(reason)"
            journal(JournalEntry(.exit, .notice, text, product: sale.product))
        }
    }
}
