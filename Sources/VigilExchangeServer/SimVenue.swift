internal import VigilCrypto
package import VigilExchange
package import VigilModel

/// The whole venue as a value: requests, frames and ticks come in with their moments, answers and frames
/// go out.
package struct SimVenue: Sendable {
    let settings: SimSettings
    let names: VenueNames
    var engine: MatchingEngine
    var market: SimMarket
    var desk: OrderDesk
    var hub = FeedHub()
    var faults: FaultPlan
    var keys: KeyRing
    var limits: LimitBook
    /// What the market itself says of each product, beneath any fault.
    var marketStatus: [ProductID: TradingStatus] = [:]
    /// Orders that were accepted and will fail, with the real time at which they do.
    var failing: [(id: String, due: Instant)] = []
    /// Stops that end at a date, by order.
    var stopEnds: [String: Instant] = [:]
    var clocks = FeedClocks()
    var trace = Trace()

    /// What a journal has to know of the last call.
    struct Trace: Sendable {
        /// True where a tick changed something.
        var hasMoved = false
        /// The name of the key that a request came with.
        var key = ""
    }

    /// Hands over the trace of the last call.
    mutating func takeTrace() -> Trace {
        defer { trace = Trace() }
        return trace
    }

    /// Opens a venue over a market.
    ///
    /// - Throws: `MoneyError` where a number cannot be held: choose other products or deposits.
    package init(
        _ source: any MarketSource,
        _ settings: SimSettings,
        keys: KeyRing,
        at now: Moment
    ) throws(MoneyError) {
        self.settings = settings
        self.keys = keys
        names = VenueNames(seed: settings.seed)
        engine = MatchingEngine(products: source.products, fees: settings.fees)
        market = try SimMarket(source, depth: settings.depth)
        desk = OrderDesk(names: names)
        faults = FaultPlan(seed: settings.seed)
        limits = LimitBook(settings.limits, at: now.real)
        for deposit in settings.deposits {
            try engine.deposit(deposit)
        }
        try move(at: now)
        _ = hub.takeOutbox()
    }

    /// The time the venue shows: the market's, and what a fault adds.
    func stamp(_ now: Moment) -> Instant {
        now.market + .milliseconds(faults.standing(.clockSkew, at: now.real)?.ms ?? 0)
    }

    /// Moves time on: the market, what was to happen later, and what is said at intervals.
    package mutating func tick(at now: Moment) -> [Delivery] {
        do throws(MoneyError) {
            try move(at: now)
            let expired = try engine.expire(at: now.market)
            trace.hasMoved = trace.hasMoved || !expired.isEmpty
            settle(expired, at: now)
            try expireStops(at: now)
            try failAccepted(at: now)
        } catch {
            // The books cannot hold a number: the truth shows it, and the market stands still.
        }
        publishAtIntervals(at: now)
        watchConnections(at: now)
        return hub.takeOutbox()
    }

    private mutating func move(at now: Moment) throws(MoneyError) {
        applyStandingFaults(at: now.real)
        let stale = faults.products(.staleQuotes, at: now.real)
        for step in try market.steps(until: now.market, stepsMax: 20) {
            trace.hasMoved = true
            if stale.contains(step.product) || stale.contains(nil) { continue }
            if marketStatus[step.product] != step.status {
                marketStatus[step.product] = step.status
                applyStatus(of: step.product, at: now.real)
                publishStatus(of: step.product, at: now)
            }
            guard let book = step.book else { continue }
            var events = try engine.update(book)
            for trade in step.trades {
                market.record(trade)
                events += try engine.trade(trade)
            }
            settle(events, at: now)
            show(step.product, at: now)
        }
    }

    /// Takes in what the matching engine reports: records, prints, frames to the owner.
    mutating func settle(_ events: [VenueEvent], at now: Moment) {
        guard !events.isEmpty else { return }
        let lag = Duration.milliseconds(faults.standing(.fillLag, at: now.real)?.ms ?? 0)
        let engine = engine
        let taken = desk.absorb(
            events,
            at: now.market,
            fillsVisibleFrom: now.real + settings.fillLag + lag,
            working: { engine.working($0.request.clientOrderID, of: $0.request.product) }
        )
        for fill in taken {
            market.record(
                Trade(
                    product: fill.product,
                    price: fill.price,
                    quantity: fill.quantity,
                    makerSide: fill.side.opposite,
                    occurredAt: fill.occurredAt
                )
            )
        }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
        }
    }

    /// Brings the displayed book of a product up to date, and tells of what changed.
    mutating func show(_ product: ProductID, at now: Moment) {
        let frozen = faults.products(.frozenFeed, at: now.real)
        if frozen.contains(product) || frozen.contains(nil) { return }
        guard var book = engine.books[product], let own = try? engine.displayed(of: product) else {
            return
        }
        if isCrossed(product, at: now.real), let ask = book.asks.first, book.asks.count > 2 {
            let level = BookLevel(price: book.asks[2].price, quantity: ask.quantity)
            book.bids.insert(level, at: 0)
        }
        publish(market.show(book, own: own), of: product, at: now)
    }

    func isCrossed(_ product: ProductID, at now: Instant) -> Bool {
        faults.standing(.crossedBook, product: product, at: now) != nil
    }

    /// Rates and product states follow the faults that are on, and go back when they end.
    mutating func applyStandingFaults(at now: Instant) {
        let tier = faults.standing(.feeTier, at: now)
        if let maker = tier?.maker.flatMap({ try? Rate($0) }),
            let taker = tier?.taker.flatMap({ try? Rate($0) })
        {
            engine.fees = FeeSchedule(maker: maker, taker: taker)
        } else {
            engine.fees = settings.fees
        }
        for product in market.products {
            applyStatus(of: product, at: now)
        }
    }

    private mutating func applyStatus(of product: ProductID, at now: Instant) {
        let state = state(of: product, at: now)
        engine.setStatus(state?.status ?? marketStatus[product] ?? .online, of: product)
    }

    /// The state that a fault gives a product; nil where there is no such fault.
    func state(of product: ProductID, at now: Instant) -> ProductState? {
        faults.standing(.productStatus, product: product, at: now)?.state
            .flatMap { ProductState(rawValue: $0) }
    }

    /// Good-till-date stops end with us: the matching engine's stops have no end.
    private mutating func expireStops(at now: Moment) throws(MoneyError) {
        for (id, due) in stopEnds where due <= now.market {
            stopEnds[id] = nil
            trace.hasMoved = true
            let events = try engine.cancel(ClientOrderID(id))
            guard !events.isEmpty else { continue }
            end(id, as: .expired, at: now)
        }
    }

    private mutating func failAccepted(at now: Moment) throws(MoneyError) {
        while let first = failing.first, first.due <= now.real {
            failing.removeFirst()
            trace.hasMoved = true
            desk.change(first.id) { record in
                record.rejectReason = "HOLD_FAILURE"
                record.rejectMessage = "the order could not be placed"
            }
            end(first.id, as: .failed, at: now)
        }
    }

    /// Ends an order in a way that the matching engine has no word for.
    private mutating func end(_ id: String, as status: OrderStatus, at now: Moment) {
        desk.change(id) { record in
            record.status = status
            record.hold = .zero(record.hold.currency)
            record.lastUpdateAt = now.market
        }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
            show(record.product, at: now)
        }
    }
}
