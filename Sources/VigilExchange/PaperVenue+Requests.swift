internal import Synchronization
package import VigilCore
package import VigilModel

// What the engine asks of it.
extension PaperVenue {
    /// Begins to look at its orders by itself, where its market is not its own.
    package func begin(_ start: VenueStart, _ report: @escaping VenueSink) {
        guard interval != nil else { return }
        state.withLock { $0.ticksAt = nil }
        report(.wake(at: .epoch))
    }

    /// Nothing: all that it does is asked for.
    package func follow() {}

    /// Nothing: nobody waits for it.
    package func end() {}

    /// Carries everything out at once; orders and cancels arrive after a latency.
    package func take(
        _ request: VenueRequest,
        at now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        switch request {
        case .submit(let order, let isEntry):
            send(.submit(order, isEntry: isEntry), at: now, report)
        case .cancel(let id): send(.cancel(id), at: now, report)
        case .list(let cycle):
            tellOfStore(report)
            // Beside a real market it is the real venue's answers and clock that count.
            if interval == nil {
                report(.answered(.answered))
            }
            report(.listed(cycle: cycle, list()))
        case .lookUp(let number, let ids, let since):
            report(.lookedUp(lookUp(number, ids, since, at: now)))
        case .readAvailable(let product):
            report(.availableRead(product, available(product)))
        case .observe(let moves):
            let (events, failure) = observe(moves, at: now)
            tell(events, report)
            if let failure { report(.failed(failure)) }
        case .feesChanged(let fees): state.withLock { $0.engine.fees = fees }
        case .wake:
            tell(process(at: now), report)
            tick(at: now, report)
        }
        return nil
    }

    private func available(_ product: ProductID) -> Quantity {
        let balance = list().balances.first { $0.available.currency == product.base }
        return (try? Quantity(raw: balance?.available.raw ?? 0)) ?? .zero
    }

    private func tell(_ events: [VenueEvent], _ report: VenueSink) {
        for event in events {
            report(.event(event))
        }
    }

    /// Beside a market that is not its own: looks again at what has ended, on a grid.
    private func tick(at now: Instant, _ report: VenueSink) {
        guard let interval else { return }
        let next: Instant? = state.withLock { state in
            guard state.ticksAt.map({ $0 <= now }) ?? true else { return nil }
            saveMarks(&state, at: now)
            let next = now.floor(to: interval) + interval
            state.ticksAt = next
            return next
        }
        if let next { report(.wake(at: next)) }
    }

    private func lookUp(
        _ number: Int,
        _ ids: [ClientOrderID],
        _ since: Instant,
        at now: Instant
    ) -> LookUp {
        var found: [ClientOrderID: VenueOrder]? = [:]
        do {
            for id in ids {
                found?[id] = try order(id)
            }
        } catch {
            found = nil
        }
        return LookUp(
            number: number,
            at: now,
            since: since,
            asked: ids,
            found: found,
            detail: found == nil ? "the list could not be read to its end" : "the whole list"
        )
    }

    /// Once a cycle: a venue that cannot store would forget what it traded at the next start.
    private func tellOfStore(_ report: VenueSink) {
        let (failure, isMended): (String?, Bool) = state.withLock { state in
            defer { state.hasRefused = state.saveFailure != nil }
            return (state.saveFailure, state.hasRefused)
        }
        if let failure {
            report(.storeRefused(failure))
        } else if isMended {
            report(.storeWritten)
        }
    }

    /// Ends every order, or every entry where sells may stay, and says all that a start needs.
    ///
    /// - Throws: the store's error, the ledger's, or `MoneyError.overflow`: do not start.
    package func truth(for past: LedgerPast) throws -> VenueTruth {
        var truth = VenueTruth()
        if !past.mayBeUnderWay {
            // Nothing can be on its way: the venue lives in this process.
            truth.isExhaustive = true
            let before = list().openOrders.count
            _ = past.exitsOutliveStop ? cancelEntriesNow() : cancelEverything()
            truth.canceled = before - list().openOrders.count
        }
        // A new paper account is given its cash; also where a crash came in between.
        if deposited.isZero {
            try deposit(past.funding)
        }
        truth.deposited = deposited
        truth.balances = list().balances
        truth.fills = try fills(from: max(1, past.fillCount - Self.fillOverlap))
        let names = Set(truth.fills.map(\.clientOrderID))
        for id in try past.unfinished.map(\.id) + past.missing(names) {
            truth.orders[id] = try order(id)
        }
        return truth
    }
}
