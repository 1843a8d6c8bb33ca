internal import Synchronization
package import VigilCore
package import VigilModel

/// A venue to which the way is bad: from a seed, or as it is told at a time.
///
/// It outlives the engines that ask it, and so does what is on its way there.
package final class FaultyVenue: Venue {
    struct State {
        var weather: VenueWeather?
        /// Coins of which a part is not free.
        var held: [ProductID: HeldFunds] = [:]
        /// Orders whose answer was lost on its way to us.
        var muted: Set<ClientOrderID> = []
        /// Orders that are still under way.
        var late: [(due: Instant, request: VenueRequest)] = []
        /// When it was last asked.
        var now = Instant.epoch
    }

    /// How long an order is under way that is refused, and its refusal.
    private static let refusalSpan = Duration.milliseconds(60)

    private let base: any Venue
    private let faults: VenueFaultSwitch
    let state: Lock<State>

    /// Stands before a sound venue.
    package init(
        _ base: any Venue,
        weather: VenueWeather? = nil,
        faults: VenueFaultSwitch = VenueFaultSwitch()
    ) {
        self.base = base
        self.faults = faults
        state = Lock(State(weather: weather))
    }

    /// The weather from now on; what is under way stays under way.
    package func change(to weather: VenueWeather) {
        state.withLock { state in
            state.weather = weather
            state.muted = []
            state.held = [:]
        }
    }

    /// What the venue behind it trades.
    package var products: [Product] { base.products }
    /// As the venue behind it knows them.
    package var openEntries: Int { base.openEntries }

    /// Reaches the venue whatever the weather, as in its own process.
    ///
    /// What is still under way never arrives; its answer is given up already, so that looking for it settles its
    /// fate.
    package func cancelEntriesNow() -> [VenueEvent] {
        state.withLock { state in
            state.late.removeAll { late in
                guard case .submit(let order, _) = late.request else { return false }
                return order.side == .buy
            }
        }
        return base.cancelEntriesNow()
    }

    /// Ends what is waited for behind it.
    package func end() async { await base.end() }

    /// Lets everything that is told from now on travel.
    package func begin(_ start: VenueStart, _ report: @escaping VenueSink) async {
        await base.begin(start) { [self] in travel($0, report) }
        // What was under way to the venue when the engine before this one died still arrives.
        for due in state.withLock({ $0.late.map(\.due) }) {
            report(.wake(at: due))
        }
    }

    /// Follows the venue behind it.
    package func follow() async { await base.follow() }

    /// What the venue behind it says and shows; in weather nothing is proven absent by it.
    ///
    /// - Throws: what the venue says: do not start.
    package func truth(for past: LedgerPast) async throws -> VenueTruth {
        let hasWeather = state.withLock { $0.weather != nil }
        guard hasWeather else { return try await base.truth(for: past) }
        var far = past
        far.mayBeUnderWay = true
        var truth = try await base.truth(for: far)
        truth.orders = truth.orders.filter { shows($0.value, at: past.at) }
        return truth
    }

    private func shows(_ order: VenueOrder, at now: Instant) -> Bool {
        state.withLock { $0.weather?.shows(order, at: now) != false }
    }

    /// Lets a request travel, and its answers.
    package func take(
        _ request: VenueRequest,
        at now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        state.withLock { $0.now = now }
        let travels: VenueSink = { [self] in travel($0, report) }
        switch request {
        case .submit(let order, _):
            guard !isShort(order, at: now) else {
                report(.story("\(order.clientOrderID) is refused, a part of its coins is not free"))
                return refuse(order.clientOrderID, .insufficientFunds, report)
            }
            return submit(order.clientOrderID, request, now, report)
        case .cancel where faults.current == .keeping: return nil
        case .cancel(let id):
            if let trouble = state.withLock({ $0.weather?.cancelTrouble(at: now) }) {
                report(.story("the cancel of \(id) \(trouble)"))
                return nil
            }
        case .list(let cycle): return list(cycle, now, report)
        case .lookUp(let number, let ids, let since):
            return lookUp((number, ids, since), now, report)
        case .wake:
            var works = arrived(by: now).compactMap { base.take($0, at: now, travels) }
            if let work = base.take(request, at: now, travels) { works.append(work) }
            guard !works.isEmpty else { return nil }
            return { [works] in
                for work in works {
                    await work()
                }
            }
        case .readAvailable:
            return base.take(request, at: now) { [self] in report(reduced($0, at: now)) }
        case .observe, .feesChanged: break
        }
        return base.take(request, at: now, travels)
    }

    private func arrived(by now: Instant) -> [VenueRequest] {
        state.withLock { state in
            let due = state.late.filter { $0.due <= now }.map(\.request)
            state.late.removeAll { $0.due <= now }
            return due
        }
    }

    private func submit(
        _ id: ClientOrderID,
        _ request: VenueRequest,
        _ now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        guard faults.current != .rejecting else {
            return refuse(id, .other, report)
        }
        let fate: VenueWeather.Fate = state.withLock { state in
            let fate = state.weather?.fate(at: now) ?? .arrives
            if fate.loses { state.muted.insert(id) }
            return fate
        }
        if case .refused(let reason) = fate {
            report(.story("\(id) \(fate.text)"))
            return refuse(id, reason, report)
        }
        if fate.loses {
            report(.story("\(id) \(fate.text)"))
            report(.delayed(VenueWeather.patience, .outcomeLost(id)))
        }
        switch fate {
        case .lost, .refused: return nil
        case .late(let span):
            state.withLock { $0.late.append((now + span, request)) }
            report(.wake(at: now + span))
            return nil
        case .arrives, .answerLost:
            return base.take(request, at: now) { [self] in travel($0, report) }
        }
    }

    /// Refuses an order; a refusal has its way back as well.
    private func refuse(
        _ id: ClientOrderID,
        _ reason: RejectionReason,
        _ report: VenueSink
    ) -> VenueWork? {
        report(.delayed(Self.refusalSpan, .event(.orderRejected(id, reason))))
        return nil
    }

    private func list(
        _ cycle: Int,
        _ now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        func refuse(_ answer: VenueAnswer) -> VenueWork? {
            report(.answered(answer))
            report(.unreadable(cycle: cycle))
            return nil
        }
        guard state.withLock({ $0.weather?.failsToList(at: now) }) != true else {
            report(.story("the venue's lists break off"))
            return refuse(.failed("a list breaks off"))
        }
        if state.withLock({ $0.weather?.isLimited(at: now) }) == true {
            report(.story("the venue says that it is asked too much"))
            return refuse(.limited("the venue answers with HTTP 429"))
        }
        switch faults.current {
        case .silent: return nil
        case .unreachable: return refuse(.failed("the venue cannot be reached"))
        case .failing: return refuse(.failed("the venue answers with HTTP 503"))
        case .limiting: return refuse(.limited("the venue answers with HTTP 429"))
        case .ahead(let span): report(.clockCompared(span, uncertainty: .zero))
        case .rejecting, .absurdFills, .keeping, .gap, nil:
            report(.clockCompared(.zero, uncertainty: .zero))
        }
        return base.take(.list(cycle: cycle), at: now) { [self] said in
            guard case .listed(cycle, let listing) = said,
                let place = state.withLock({
                    $0.weather?.oddRow(of: listing.balances.count, at: now)
                })
            else { return report(said) }
            let odd = listing.balances[place].available.currency
            report(.story("the wallet of \(odd) is listed in a way that cannot be read"))
            report(.listed(cycle: cycle, listing.without(odd)))
        }
    }

    private func lookUp(
        _ asked: (number: Int, ids: [ClientOrderID], since: Instant),
        _ now: Instant,
        _ report: @escaping VenueSink
    ) -> VenueWork? {
        let request = VenueRequest.lookUp(number: asked.number, asked.ids, since: asked.since)
        let isBroken = state.withLock { $0.weather?.failsToList(at: now) } == true
        if isBroken { report(.story("look-up \(asked.number) breaks off")) }
        return base.take(request, at: now) { [self] said in
            guard case .lookedUp(let whole) = said else { return travel(said, report) }
            let odd = state.withLock { $0.weather?.oddRow(of: whole.asked.count, at: now) }
                .map { whole.asked[$0] }
            if let odd { report(.story("\(odd) is listed in a way that cannot be read")) }
            let seen = whole.found?.filter { shows($0.value, at: now) && $0.key != odd }
            let found = isBroken ? nil : seen
            let lookUp = LookUp(
                number: whole.number,
                at: whole.at,
                since: whole.since,
                // Nothing was learned of one whose row cannot be read.
                asked: whole.asked.filter { $0 != odd },
                found: found,
                detail: found == nil
                    ? "the list could not be read to its end" : whole.detail
            )
            report(.lookedUp(lookUp))
        }
    }

    /// Lets a report travel to us.
    private func travel(_ said: VenueReport, _ report: VenueSink) {
        guard case .event(let event) = said else { return report(said) }
        if case .fillReported(let fill) = event, case .absurdFills(fill.product) = faults.current {
            report(.event(.fillReported(fill.absurd)))
        }
        let (isMuted, delays): (Bool, [Duration]) = state.withLock { state in
            guard state.weather != nil else { return (false, [.zero]) }
            switch event {
            case .orderRejected(_, .gateClosed): return (false, [.zero])
            // The answer itself: it came in time or never.
            case .orderAccepted(let order):
                return (state.muted.contains(order.request.clientOrderID), [.zero])
            case .orderRejected(let id, _): return (state.muted.contains(id), [.zero])
            case .orderUpdated, .fillReported:
                return (false, state.weather?.delays(at: state.now) ?? [.zero])
            }
        }
        guard !isMuted else { return }
        if delays != [.zero] {
            let spans = delays.map { "\($0 / .milliseconds(1)) ms" }.joined(separator: ", again ")
            report(.story("\(event.subject) is told after \(spans)"))
        }
        for delay in delays {
            report(delay > .zero ? .delayed(delay, said) : said)
        }
    }
}

extension VenueListing {
    /// The listing with a wallet that cannot be read.
    fileprivate func without(_ currency: Currency) -> VenueListing {
        VenueListing(
            balances: balances.filter { $0.available.currency != currency },
            unreadable: [currency: "`available_balance` is \"?\""],
            openOrders: openOrders,
            orders: orders
        )
    }
}

extension VenueReport {
    /// Tells the story of a simulation.
    fileprivate static func story(_ text: String) -> VenueReport {
        .noted(VenueNote(.simulated, text))
    }
}

extension Fill {
    /// The row again under a name of its own, and a million times as large.
    fileprivate var absurd: Fill {
        Fill(
            entryID: EntryID(entryID.text + "-absurd"),
            tradeID: TradeID(tradeID.text + "-absurd"),
            clientOrderID: clientOrderID,
            product: product,
            side: side,
            price: price,
            quantity: (try? Quantity(raw: quantity.raw * 1_000_000)) ?? quantity,
            fee: fee,
            role: role,
            kind: kind,
            occurredAt: occurredAt
        )
    }
}

extension VenueEvent {
    /// What it is about.
    fileprivate var subject: String {
        switch self {
        case .orderAccepted(let order), .orderUpdated(let order):
            "\(order.request.clientOrderID) \(order.status.rawValue)"
        case .orderRejected(let id, let reason): "\(id) rejected (\(reason.rawValue))"
        case .fillReported(let fill): "fill \(fill.entryID) of \(fill.clientOrderID)"
        }
    }
}
