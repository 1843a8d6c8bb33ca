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

/// Directs what is done about orders: works each wish through its route, keeps what filled, goes on with the remainder.
///
/// Each part owns what it knows: the registry where orders stand, the pricer the market, the desk the routes, the
/// resolver unknown fates, the keeper what no route works, and refused exits their rests. It never throws. What has happened is booked without arithmetic that could fail; a plan whose numbers cannot
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
        /// Keep a row apart that cannot be of its order, and enter its product no more.
        case quarantine(QuarantinedFill)
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

    var orders = OrderRegistry()
    var desk = RouteDesk()
    var pricer: OrderPricer
    var fates = FateResolver()
    var strays = StrayKeeper()
    var refused = RefusedExits()
    /// How a position is left that an adopted purchase opened.
    let adoption: ExitPlan?
    var halted = true
    var haltedProducts: Set<ProductID> = []
    var stopping = false
    private var drained = false

    /// Begins with entries halted, until Risk says otherwise.
    ///
    /// `adoption` is how a position is left whose own plan is not known.
    package init(policy: ExecutionPolicy, ids: OrderIDSource, adoption: ExitPlan? = nil) {
        pricer = OrderPricer(policy: policy, ids: ids)
        self.adoption = adoption
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        var effects = react(to: event, at: now)
        if stopping, !drained, !orders.isOpen(where: { !outlivesStop($0) }) {
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
            pricer.charge(fees)
            return []
        case .exitRequested(let request): return leave(request, at: now)
        case .intentsRecorded(let recorded): return recorded.flatMap { send($0, at: now) }
        case .intentsRefused(let refused):
            return refused.flatMap { learn(.denied, about: $0, nil, at: now) }
        case .restored(let records): return restore(records, at: now)
        case .lookedUp(let lookUp): return conclude(from: lookUp, at: now)
        case .strangerFound(let order): return adopt(order, at: now)
        case .venueReported(let report): return settle(report, at: now)
        case .outcomeLost(let id):
            return learn(.outcomeLost, about: id, nil, at: now)
        case .quoteChanged(let quote):
            pricer.note(quote)
            return []
        case .productChanged(let product):
            let isNew = pricer.note(product)
            return isNew && refused.rulesChanged(product.id, at: now) ? rested(at: now) : []
        case .haltChanged(let active, let products):
            (halted, haltedProducts) = (active, products)
            return desk.abandonEntries(orders, at: now) { active || products.contains($0) }
        case .availableRead(let product, let quantity):
            refused.learn(available: quantity, of: product)
            return []
        case .timerFired: return overdue(at: now) + due(at: now)
        case .snapshotRequested(let reader): return answer(reader, at: now)
        case .stopRequested:
            stopping = true
            halted = true
            return desk.abandonAll(orders, pricer.policy, at: now) + strays.end(in: orders, at: now)
        }
    }

    // MARK: What is due

    private mutating func overdue(at now: Instant) -> [Effect] {
        desk.overdue(at: now) + strays.overdue(in: orders, at: now)
    }

    private mutating func due(at now: Instant) -> [Effect] {
        fates.due(orders, lifetime: pricer.policy.restingOrderLifetime, at: now) + rested(at: now)
    }

    /// What waits for rows that were never booked waits no longer: the venue's word of the end counts, and the
    /// comparison of the books shows what is missing.
    private mutating func endDoubted(at now: Instant) -> [Effect] {
        orders.doubtedEndings(at: now).flatMap { ended in
            let record = orders[ended.id]
            // Nobody knows how much of the route is left to buy: nothing more of it is.
            let given = desk.abandonEntries(orders, at: now) {
                $0 == record?.intent.request.product
            }
            return given + learn(ended.fact, about: ended.id, record?.venueOrderID, at: now)
        }
    }

    /// Exits whose rest is over are asked for again.
    mutating func rested(at now: Instant) -> [Effect] {
        refused.over(at: now).filter(desk.isFree).map { .recordExitEnded($0) }
    }

    private mutating func answer(_ reader: SnapshotReader, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        if case .maintenance = reader {
            effects =
                overdue(at: now) + desk.cancelStale(orders, pricer.policy, at: now) + due(at: now)
                + endDoubted(at: now)
        }
        let open = orders.open
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
        var working = try desk.entries(pricer.policy.fees)
        for id in strays.ids {
            guard let record = orders[id], record.intent.purpose.isEntry else { continue }
            let worst = try record.worstCost(pricer.policy.fees)
            let product = record.intent.request.product
            working.append(
                WorkingEntry(product: product, worst: worst, strategy: record.intent.strategy)
            )
        }
        return working
    }
}
