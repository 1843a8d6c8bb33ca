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
        /// The ledger's orders that are not ended, at a start.
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
        /// All orders are ended and no new one will come.
        case reportDrained
    }

    /// How long after its own end a resting order is asked about again.
    static let cancelPatience = Duration.seconds(5)
    /// How many ended orders are remembered for late reports.
    static let endedMax = 2_000

    var policy: ExecutionPolicy
    private(set) var ids: OrderIDSource
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
    /// Sales that wait for a stray of their product.
    var waitingExits: Set<ProductID> = []
    /// Orders whose fate is unknown, with what is known of it.
    var unsettled: [ClientOrderID: Unsettled] = [:]
    var lookUps = 0
    /// When the venue last refused an order of each product.
    var refusedAt: [ProductID: Instant] = [:]
    /// How a position is left that an adopted purchase opened.
    let adoption: ExitPlan?
    private var haltedProducts: Set<ProductID> = []
    private var stopping = false
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
        var effects = try react(to: event, at: now)
        if stopping, !drained, orders.values.allSatisfy({ $0.state.isFinal }) {
            drained = true
            effects.append(.reportDrained)
        }
        return effects
    }

    private mutating func react(
        to event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .entriesApproved(let cycle, let approved, let reductions):
            var effects: [Effect] = []
            for sale in reductions {
                effects += try reduce(sale.subject, at: now)
            }
            return try effects + enter(approved, cycle, at: now)
        case .feesChanged(let fees):
            policy.fees = fees
            return []
        case .exitRequested(let request): return try leave(request, at: now)
        case .intentsRecorded(let recorded):
            var effects: [Effect] = []
            for id in recorded {
                effects += try send(id, at: now)
            }
            return effects
        case .intentsRefused(let refused):
            var effects: [Effect] = []
            for id in refused {
                effects += try learn(.denied, about: id, nil, at: now)
            }
            return effects
        case .restored(let records): return restore(records, at: now)
        case .lookedUp(let lookUp): return try take(lookUp, at: now)
        case .strangerFound(let order): return try adopt(order, at: now)
        case .venueReported(let report): return try settle(report, at: now)
        case .outcomeLost(let id):
            let fact: OrderFact =
                Mutation.isOn("order.unknown_is_refused") ? .rejected : .outcomeLost
            return try learn(fact, about: id, nil, at: now)
        case .quoteChanged(let quote):
            quotes[quote.product] = quote
            return []
        case .productChanged(let product):
            products[product.id] = product
            return []
        case .haltChanged(let active, let products):
            if Mutation.isOn("halt.entries_go_on") { return [] }
            (halted, haltedProducts) = (active, products)
            return abandonEntries { active || products.contains($0) }
        case .timerFired: return overdue(at: now) + lookUpDue(at: now)
        case .snapshotRequested(let reader): return try answer(reader, at: now)
        case .stopRequested:
            stopping = true
            halted = true
            return abandonAll() + endStrays(at: now)
        }
    }

    // MARK: Beginning

    private mutating func enter(
        _ approved: [RiskApproved<NewOrder>],
        _ cycle: Int,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        var effects: [Effect] = []
        var count = 0
        for approval in approved {
            let order = approval.subject
            guard !isHalted(order.product), routes[order.product] == nil,
                !hasStray(order.product), !isCooling(order.product, at: now),
                let product = products[order.product]
            else { continue }
            let allowance = try order.slippageBudget - policy.fees.taker
            let steps = RoutePlan.entry(policy, notional: order.notional, allowance: allowance)
            let factor = try Rate.one + min(max(allowance, .zero), policy.slippageMax)
            let wanted = try Quantity(buying: order.notional, at: order.reference, .down)
            let route = Route(
                product: order.product,
                side: .buy,
                purpose: .entry(order.exits),
                cycle: cycle,
                strategy: order.proposal.strategy,
                remaining: try wanted.rounded(.down, to: product.baseIncrement),
                worst: try order.reference.scaled(by: factor, .down)
                    .rounded(.down, to: product.priceIncrement),
                steps: steps
            )
            let begun = try advance(route, at: now)
            count += routes[order.product] == nil ? 0 : 1
            effects += begun
        }
        return effects + [.replyPlaced(cycle: cycle, count: count)]
    }

    /// A part of a position is sold as a whole one is; while anything works on the product it waits.
    private mutating func reduce(
        _ reduction: Reduction,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        guard routes[reduction.product] == nil else { return [] }
        let request = ExitRequest(
            product: reduction.product,
            quantity: reduction.quantity,
            reason: reduction.reason
        )
        return try leave(request, at: now)
    }

    private mutating func leave(
        _ request: ExitRequest,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        guard let product = products[request.product], let quote = quotes[request.product],
            !stopping
        else { return [.recordExitEnded(request.product)] }
        if hasStray(request.product, .sell) {
            // It holds the coins, or may have sold them: what is left is known when it has ended.
            waitingExits.insert(request.product)
            return endStrays(at: now)
        }
        if let route = routes[request.product], route.purpose.isEntry, let id = route.current,
            orders[id]?.state == .unknown
        {
            // A purchase of unknown fate does not hold up the sale of what is there.
            strays.insert(id)
            routes[request.product] = nil
        }
        let factor = try Rate.one - policy.exitSlippageTolerance
        let worst = try quote.bid.scaled(by: factor, .up).rounded(.up, to: product.priceIncrement)
        if var route = routes[request.product] {
            if route.purpose.isEntry {
                // The entry gives way; when it has ended the portfolio asks again, for all it holds.
                (route.steps, route.exitWaits) = ([], true)
            } else if request.reason == .stopLoss {
                // A resting exit gives way to the stop, which takes at today's price.
                (route.steps, route.worst) = ([.immediate], worst)
                route.purpose = .exit(.stopLoss)
            } else {
                return []
            }
            routes[request.product] = route
            return abandon(request.product)
        }
        let route = Route(
            product: request.product,
            side: .sell,
            purpose: .exit(request.reason),
            cycle: nil,
            strategy: "",
            remaining: try request.quantity.rounded(.down, to: product.baseIncrement),
            worst: worst,
            steps: RoutePlan.exit(request.reason, policy)
        )
        return try advance(route, at: now)
    }

    /// Works the next step of a route, or ends it.
    mutating func advance(_ route: Route, at now: Instant) throws(MoneyError) -> [Effect] {
        var route = route
        while !route.steps.isEmpty {
            let step = route.steps.removeFirst()
            guard let request = try request(for: step, route, at: now) else { continue }
            let intent = Intent(
                request: request,
                purpose: route.purpose,
                parent: route.last,
                cycle: route.cycle,
                strategy: route.strategy,
                createdAt: now
            )
            let id = request.clientOrderID
            orders[id] = OrderRecord(intent: intent, state: .intended, filled: .zero)
            (route.current, route.last) = (id, id)
            (route.cancelAsked, route.abandoned) = (false, false)
            var effects: [Effect] = [.recordIntents([intent])]
            route.deadline = nil
            if case .postOnly(let attempt) = step {
                let spread = quotes[route.product]?.spreadBPS ?? 0
                let patience = try RoutePlan.timeToLive(
                    attempt: attempt,
                    spreadBPS: spread,
                    policy
                )
                route.deadline = now + patience
                effects.append(.wake(at: now + patience))
            }
            routes[route.product] = route
            if Mutation.isOn("order.sent_before_durable") {
                effects += try send(id, at: now)
            }
            return effects
        }
        return end(route)
    }

    private mutating func request(
        for step: RouteStep,
        _ route: Route,
        at now: Instant
    ) throws(MoneyError) -> OrderRequest? {
        guard let product = products[route.product], let quote = quotes[route.product],
            now - quote.occurredAt <= policy.quoteAgeMax, product.status != .disabled
        else { return nil }
        let price: Price
        let timeInForce: TimeInForce
        switch step {
        case .postOnly:
            price = route.side == .buy ? quote.bid : quote.ask
            timeInForce = .goodTillTime(now + policy.restingOrderLifetime)
        case .immediate:
            price = route.worst
            timeInForce = .immediateOrCancel
            if route.side == .buy, quote.ask > price { return nil }
        }
        let quantity = try route.remaining.rounded(.down, to: product.baseIncrement)
        let notional = try price.notional(of: quantity, .down)
        let small = try notional.isLess(than: product.quoteMin)
        // An exit is never too small for us, only for the venue.
        let unworthy = try notional.isLess(than: policy.notionalMin)
        guard !small, route.side == .sell || !unworthy, quantity >= product.baseMin else {
            return nil
        }
        return OrderRequest(
            clientOrderID: ids.next(),
            product: route.product,
            side: route.side,
            terms: .limit(
                price: price,
                quantity: quantity,
                timeInForce: timeInForce,
                postOnly: timeInForce != .immediateOrCancel
            )
        )
    }

    private mutating func end(_ route: Route) -> [Effect] {
        routes[route.product] = nil
        if let id = route.current, orders[id]?.state.isFinal == false {
            strays.insert(id)
        }
        var effects: [Effect] = []
        if !route.remaining.isZero, !route.filled.isZero {
            effects.append(.reportRemainder(route.product, route.remaining))
        }
        if route.exitWaits || !route.purpose.isEntry {
            effects.append(.recordExitEnded(route.product))
        }
        return effects
    }

    // MARK: Ending

    private func isHalted(_ product: ProductID) -> Bool {
        halted || haltedProducts.contains(product)
    }

    private mutating func abandonEntries(_ isStopped: (ProductID) -> Bool) -> [Effect] {
        routes.keys.sorted().flatMap { product -> [Effect] in
            guard isStopped(product), routes[product]?.purpose.isEntry == true else { return [] }
            routes[product]?.steps = []
            return abandon(product)
        }
    }

    private mutating func abandonAll() -> [Effect] {
        if Mutation.isOn("order.left_at_the_stop") {
            routes = [:]
            orders = [:]
        }
        return routes.keys.sorted().flatMap { product -> [Effect] in
            routes[product]?.steps = []
            return abandon(product)
        }
    }

    private mutating func abandon(_ product: ProductID) -> [Effect] {
        guard let route = routes[product], let id = route.current else { return [] }
        routes[product]?.abandoned = true
        // What is not sent yet is denied when its intent is durable.
        guard !route.cancelAsked, orders[id]?.state != .intended else { return [] }
        routes[product]?.cancelAsked = true
        return [.cancel(id)]
    }

    private mutating func overdue(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for product in routes.keys.sorted() {
            guard let route = routes[product], let deadline = route.deadline, deadline <= now,
                let id = route.current
            else { continue }
            routes[product]?.deadline = now + Self.cancelPatience
            routes[product]?.cancelAsked = true
            effects += [.cancel(id), .wake(at: now + Self.cancelPatience)]
            if Mutation.isOn("order.cancel_is_an_end") {
                effects += (try? learn(.canceled, about: id, nil, at: now)) ?? []
            }
        }
        if let strayDeadline, strayDeadline <= now {
            effects += endStrays(at: now)
        }
        return effects
    }

    /// What rests for longer than it ever should is canceled, whatever its own deadline says.
    private mutating func cancelStale(at now: Instant) -> [Effect] {
        routes.keys.sorted().flatMap { product -> [Effect] in
            guard let route = routes[product], !route.cancelAsked, let id = route.current,
                let record = orders[id], record.state == .open || record.state == .partiallyFilled,
                now - record.intent.createdAt >= policy.cancelAfter
            else { return [] }
            routes[product]?.cancelAsked = true
            routes[product]?.deadline = now + Self.cancelPatience
            return [.cancel(id), .wake(at: now + Self.cancelPatience)]
        }
    }

    /// True while a product is left alone after the venue refused an order of it.
    private func isCooling(_ product: ProductID, at now: Instant) -> Bool {
        refusedAt[product].map { now - $0 < policy.refusalCooldown } ?? false
    }

    private mutating func send(
        _ id: ClientOrderID,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        guard var record = orders[id], record.state == .intended else { return [] }
        let isEntry = record.intent.purpose.isEntry
        let abandoned = routes[record.intent.request.product]?.abandoned ?? true
        if (isEntry && isHalted(record.intent.request.product)) || stopping || abandoned {
            return try learn(.denied, about: id, nil, at: now)
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

    private mutating func answer(
        _ reader: SnapshotReader,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        var effects: [Effect] = []
        if case .maintenance = reader {
            effects = overdue(at: now) + cancelStale(at: now) + lookUpDue(at: now)
        }
        var working: [WorkingEntry] = []
        for product in routes.keys.sorted() {
            guard let route = routes[product], route.purpose.isEntry else { continue }
            if Mutation.isOn("use.unknown_is_gone"),
                route.current.map({ orders[$0]?.state == .unknown }) == true
            {
                continue
            }
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
        let open = orders.values.filter { !$0.state.isFinal }.sorted { $0.id < $1.id }
        let snapshot = ExecutionSnapshot(
            working: working,
            open: open,
            unknownOrders: open.count { $0.state == .unknown }
        )
        return effects + [.reply(reader, snapshot)]
    }
}
