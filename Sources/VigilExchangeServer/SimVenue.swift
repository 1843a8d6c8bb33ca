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
    /// What was put off, soonest first.
    var later: [(id: String, what: Later, due: Instant)] = []
    /// Products whose displayed book a fault touches.
    var disturbed: Set<ProductID> = []
    var delisted: Set<ProductID> = []
    var areFaultsApplied = false
    /// The books as they were last told of, where a fault keeps the feed silent.
    var frozenLadders: [ProductID: Ladder] = [:]
    /// What a stale ticker repeats.
    var staleTickers: [ProductID: JSON] = [:]
    /// Stops that end at a date, by order.
    var stopEnds: [String: Instant] = [:]
    var clocks = FeedClocks()
    var trace = Trace()
    /// Why the market stood still the last time that it did.
    private(set) var failure: String?

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
        for product in source.products {
            _ = try engine.update(market.far(settings.depth, of: product, at: now.market))
        }
        try move(at: now)
        _ = hub.takeOutbox()
    }

    /// The time the venue shows: the market's, and what a fault adds.
    func stamp(_ now: Moment) -> Instant { now.market + skew(now) }

    /// The real time as the venue takes it to be.
    func clock(_ now: Moment) -> Instant { now.real + skew(now) }

    /// What a fault adds to the venue's clock.
    func skew(_ now: Moment) -> Duration {
        .milliseconds(faults.standing(.clockSkew, at: now.real)?.ms ?? 0)
    }

    /// True where nobody may come in.
    func isClosed(at now: Moment) -> Bool {
        faults.standing(.maintenance, at: now.real) != nil
    }

    /// Moves time on: the market, what was to happen later, and what is said at intervals.
    package mutating func tick(at now: Moment) -> [Delivery] {
        applyStandingFaults(at: now)
        do throws(MoneyError) {
            try move(at: now)
            try expire(until: now)
        } catch {
            // The books cannot hold a number: the market stands still, and the truth says why.
            failure = error.description
        }
        carryOutLater(at: now)
        // Nothing here is stored; a venue that is stored takes its changes itself.
        _ = engine.takeChanges()
        showDisturbed(at: now)
        publishAtIntervals(at: now)
        watchConnections(at: now)
        return hub.takeOutbox()
    }

    private mutating func move(at now: Moment) throws(MoneyError) {
        trace.hasMoved = trace.hasMoved || market.isDue(at: now.market)
        for step in try market.steps(until: now.market, stepsMax: 20) {
            if marketStatus[step.product] != step.status {
                marketStatus[step.product] = step.status
                applyStatus(of: step.product, at: now)
            }
            if let limit = step.limit { engine.setLimit(limit, of: step.product) }
            guard let touch = step.book, isTrading(step.product),
                !isStill(step.product, at: now.real)
            else { continue }
            // Where time runs fast, a step is earlier than the tick that brings it.
            let then = Moment(real: now.real, market: touch.occurredAt)
            try expire(until: then)
            var events = try engine.update(market.whole(touch, over: engine.books[step.product]))
            for trade in step.trades {
                market.record(trade)
                events += try engine.trade(trade)
            }
            settle(events, at: then)
            show(step.product, at: then)
        }
    }

    /// Ends what is good till a date that has come, by the venue's clock.
    private mutating func expire(until now: Moment) throws(MoneyError) {
        let time = stamp(now)
        if let due = engine.nextExpiry, due <= time {
            trace.hasMoved = true
            settle(try engine.expire(at: time), at: now)
        }
        try expireStops(at: now)
    }

    /// False where nothing moves because the product is halted, disabled or gone.
    func isTrading(_ product: ProductID) -> Bool {
        switch engine.products[product]?.status {
        case .online, .postOnly, .limitOnly: true
        case .cancelOnly, .disabled, nil: false
        }
    }

    /// Takes in what the matching engine reports: records, prints, frames to the owner.
    mutating func settle(_ events: [VenueEvent], at now: Moment) {
        guard !events.isEmpty else { return }
        let lag = Duration.milliseconds(faults.standing(.fillLag, at: now.real)?.ms ?? 0)
        let engine = engine
        let taken = desk.absorb(
            events,
            at: stamp(now),
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
                    occurredAt: now.market
                )
            )
        }
        for record in desk.takeChanged() {
            publish(record, as: record.status(at: now.real), at: now)
            show(record.product, at: now)
        }
    }
}
