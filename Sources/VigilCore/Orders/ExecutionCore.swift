package import VigilModel

/// What Execution is working on, for the cycle and for reconciliation.
package struct ExecutionSnapshot: Sendable, Equatable {
    /// Entries at their worst case.
    package let working: [WorkingEntry]
    /// Orders that are not ended, in the order of their ids.
    package let open: [OrderRecord]
    /// Their ids.
    package var openOrders: [ClientOrderID] { open.map(\.id) }
    /// How many of them have an unknown fate.
    package let unknownOrders: Int
}

/// Owns the orders: works each wish through its route, keeps what filled, goes on with the remainder.
///
/// It never throws. What has happened is booked without arithmetic that could fail; a plan whose numbers cannot
/// be held is given up alone, and an exit that was given up is asked for again.
package struct ExecutionCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// Risk allowed entries.
        case entriesApproved(
            cycle: Int,
            [RiskApproved<NewOrder>],
            reductions: [RiskApproved<Reduction>] = []
        )
        /// A position must be left.
        case exitRequested(ExitRequest)
        /// The ledger holds these intents: they may be sent.
        case intentsRecorded([ClientOrderID])
        /// The ledger could not hold these intents: they are not sent.
        case intentsRefused([ClientOrderID])
        /// The ledger's orders that are not ended, and those that ended last, at a start.
        case restored([OrderRecord])
        /// The venue's lists were read for orders whose fate is unknown.
        case lookedUp(LookUp)
        /// An order of ours stands at the venue that we have no record of.
        case strangerFound(VenueOrder)
        /// The venue reported something.
        case venueReported(VenueEvent)
        /// The transport cannot say what became of an order.
        case outcomeLost(ClientOrderID)
        /// A product has a new best bid and ask.
        case quoteChanged(Quote)
        /// A product's rules or status changed.
        case productChanged(Product)
        /// The venue charges other fees from now on.
        case feesChanged(FeeSchedule)
        /// Entries are allowed no more, or again: all of them, and those of single products.
        case haltChanged(active: Bool, products: Set<ProductID>)
        /// The venue says how much of a product's coin may be sold now.
        case availableRead(ProductID, Quantity)
        /// A timer that was asked for is due.
        case timerFired
        /// The conductor or reconciliation wants to know what is being worked.
        case snapshotRequested(SnapshotReader)
        /// The engine stops: no new order, and the working ones are canceled.
        case stopRequested
    }

    /// Who asked for a snapshot.
    package enum SnapshotReader: Sendable, Equatable {
        /// The risk stage of a cycle.
        case risk(cycle: Int)
        /// The maintenance stage of a cycle, which also cancels what is overdue.
        case maintenance(cycle: Int)
        /// Reconciliation.
        case reconciliation(cycle: Int)
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Make intents durable, then say so.
        case recordIntents([Intent])
        /// Record a step of an order's life.
        case recordTransition(Transition, VenueOrderID?)
        /// Record a fill; the ledger passes a new one on to the portfolio.
        case recordFill(Fill)
        /// Say, behind the fills, that an exit has ended.
        case recordExitEnded(ProductID)
        /// Send an order.
        case submit(OrderRequest, isEntry: Bool)
        /// Ask the venue to end an order.
        case cancel(ClientOrderID)
        /// Read the venue's lists, from a time on, for orders whose fate is unknown.
        case lookUp(number: Int, [ClientOrderID], since: Instant)
        /// Ask the venue how much of a product's coin may be sold now.
        case readAvailable(ProductID)
        /// An exit wants to sell more than the venue has for us.
        case reportShort(ProductID, wanted: Quantity, available: Quantity)
        /// Keep what a look at the venue's lists brought.
        case recordLookUp(LookUp)
        /// An order's fate has been unknown for too long.
        case reportUnsettled(ClientOrderID, since: Instant)
        /// An order's fate is known that was told to the operator as unknown.
        case reportSettled(ClientOrderID)
        /// Call back at a time.
        case wake(at: Instant)
        /// Answer the conductor: how many routes were begun.
        case replyPlaced(cycle: Int, count: Int)
        /// Answer whoever asked.
        case reply(SnapshotReader, ExecutionSnapshot)
        /// Something the venue or we should not have done; recorded and shown.
        case reportAnomaly(ClientOrderID, state: OrderState, fact: OrderFact)
        /// A remainder that is below the product's minimum is left alone.
        case reportRemainder(ProductID, Quantity)
        /// A plan came upon a number that cannot be held, and was given up; of one product, or of all.
        case reportUnplanned(ProductID?, MoneyError)
        /// All orders are ended and no new one will come.
        case reportDrained
    }

    /// How long after its own end a resting order is asked about again.
    static let cancelPatience = Duration.seconds(5)
    /// How many ended orders are remembered for late reports.
    static let endedMax = 2_000

    var policy: ExecutionPolicy
    var ids: OrderIDSource
    var orders: [ClientOrderID: OrderRecord] = [:]
    private var ended: [ClientOrderID] = []
    var routes: [ProductID: Route] = [:]
    var quotes: [ProductID: Quote] = [:]
    var products: [ProductID: Product] = [:]
    var halted = true
    /// Orders that are not ended and that no route works: they only come to their end.
    var strays: Set<ClientOrderID> = []
    /// When each of them is asked to end again.
    var strayDeadline: Instant?
    /// Sales of an earlier run that may rest on for a while.
    var restingOn: [ClientOrderID: Instant] = [:]
    /// Sales that wait for a stray of their product.
    var waitingExits: Set<ProductID> = []
    /// Orders whose fate is unknown, with what is known of it.
    var unsettled: [ClientOrderID: Unsettled] = [:]
    var lookUps = 0
    /// When the venue last refused an order of each product.
    var refusedAt: [ProductID: Instant] = [:]
    /// Fills whose orders we do not know.
    var orphans: [ClientOrderID: Orphan] = [:]
    /// Exits that rest after a refusal, or for want of anything to sell.
    var exitRests: [ProductID: ExitRest] = [:]
    /// How a position is left that an adopted purchase opened.
    let adoption: ExitPlan?
    var haltedProducts: Set<ProductID> = []
    var stopping = false
    private var drained = false

    /// Begins with entries halted, until Risk says otherwise.
    ///
    /// `adoption` is how a position is left whose own plan is not known.
    package init(policy: ExecutionPolicy, ids: OrderIDSource, adoption: ExitPlan? = nil) {
        self.policy = policy
        self.adoption = adoption
        self.ids = ids
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        var effects = react(to: event, at: now)
        if stopping, !drained, orders.values.allSatisfy({ $0.state.isFinal || outlivesStop($0) }) {
            drained = true
            effects.append(.reportDrained)
        }
        return effects
    }

    private mutating func react(to event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .entriesApproved(let cycle, let approved, let reductions):
            let sold = reductions.flatMap { reduce($0.subject, at: now) }
            return sold + enter(approved, cycle, at: now)
        case .feesChanged(let fees):
            policy.fees = fees
            return []
        case .exitRequested(let request): return leave(request, at: now)
        case .intentsRecorded(let recorded): return recorded.flatMap { send($0, at: now) }
        case .intentsRefused(let refused):
            return refused.flatMap { learn(.denied, about: $0, nil, at: now) }
        case .restored(let records): return restore(records, at: now)
        case .lookedUp(let lookUp): return take(lookUp, at: now)
        case .strangerFound(let order): return adopt(order, at: now)
        case .venueReported(let report): return settle(report, at: now)
        case .outcomeLost(let id):
            return learn(.outcomeLost, about: id, nil, at: now)
        case .quoteChanged(let quote):
            quotes[quote.product] = quote
            return []
        case .productChanged(let product):
            let isNew = products.updateValue(product, forKey: product.id) != product
            return isNew ? endRest(of: product.id, at: now) : []
        case .haltChanged(let active, let products):
            (halted, haltedProducts) = (active, products)
            return abandonEntries(at: now) { active || products.contains($0) }
        case .availableRead(let product, let quantity):
            learn(available: quantity, of: product)
            return []
        case .timerFired:
            return overdue(at: now) + lookUpDue(at: now) + orphansDue(at: now) + rested(at: now)
        case .snapshotRequested(let reader): return answer(reader, at: now)
        case .stopRequested:
            stopping = true
            halted = true
            return abandonAll(at: now) + endStrays(at: now)
        }
    }

    mutating func send(_ id: ClientOrderID, at now: Instant) -> [Effect] {
        guard var record = orders[id], record.state == .intended else { return [] }
        let isEntry = record.intent.purpose.isEntry
        // An intent that no route waits for, such as one from before a restart, is not sent any more.
        let route = routes[record.intent.request.product]
        let abandoned = route?.current != id || route?.abandoned != false
        if (isEntry && isHalted(record.intent.request.product)) || stopping || abandoned {
            return learn(.denied, about: id, nil, at: now)
        }
        record.state = .submitting
        orders[id] = record
        let transition = Transition(
            id: id,
            from: .intended,
            to: .submitting,
            fact: .submitted,
            at: now
        )
        return [
            .recordTransition(transition, nil), .submit(record.intent.request, isEntry: isEntry),
        ]
    }

    mutating func forget(_ id: ClientOrderID) {
        ended.append(id)
        if ended.count > Self.endedMax {
            orders[ended.removeFirst()] = nil
        }
    }

    private mutating func answer(_ reader: SnapshotReader, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        if case .maintenance = reader {
            effects =
                overdue(at: now) + cancelStale(at: now) + lookUpDue(at: now) + orphansDue(at: now)
                + rested(at: now)
        }
        let open = orders.values.filter { !$0.state.isFinal }.sorted { $0.id < $1.id }
        do throws(MoneyError) {
            let snapshot = ExecutionSnapshot(
                working: try workingEntries(),
                open: open,
                unknownOrders: open.count { $0.state == .unknown }
            )
            return effects + [.reply(reader, snapshot)]
        } catch {
            // Without an answer the cycle is broken off, and enters nothing; what was due is done.
            return effects + [.reportUnplanned(nil, error)]
        }
    }

    /// Entries at their worst case: those of routes, and those that no route works.
    private func workingEntries() throws(MoneyError) -> [WorkingEntry] {
        var working: [WorkingEntry] = []
        for product in routes.keys.sorted() {
            guard let route = routes[product], route.purpose.isEntry else { continue }
            let notional = try route.worst.notional(of: route.remaining, .up)
            let worst = try notional + notional.times(policy.fees.taker, .up)
            working.append(
                WorkingEntry(product: product, worst: worst, strategy: route.strategy)
            )
        }
        for id in strays.sorted() {
            guard let record = orders[id], record.intent.purpose.isEntry else { continue }
            let product = record.intent.request.product
            let worst = try worstCost(of: record)
            working.append(
                WorkingEntry(product: product, worst: worst, strategy: record.intent.strategy)
            )
        }
        return working
    }
}
