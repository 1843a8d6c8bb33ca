package import VigilModel

/// Works wishes through their routes, one a product at a time: waits for each step, goes on with the remainder.
package struct RouteDesk: Sendable {
    /// What a route's next step is.
    package struct Step: Sendable {
        /// What is to be done.
        package var effects: [ExecutionCore.Effect] = []
        /// The order of the step; nil where the route has ended.
        package var order: OrderRecord?
        /// The route, where it has ended.
        var ended: Route?
    }

    /// How long after its own end a resting order is asked about again.
    static let cancelPatience = Duration.seconds(5)

    private var routes: [ProductID: Route] = [:]
    /// When the venue last refused an order of each product.
    private var refusedAt: [ProductID: Instant] = [:]

    /// Begins with nothing to work.
    package init() {}

    /// The products that are worked, in order.
    package var worked: [ProductID] { routes.keys.sorted() }

    /// True where nothing works on a product.
    package func isFree(_ product: ProductID) -> Bool { routes[product] == nil }

    /// True while a product is left alone after the venue refused an order of it.
    package func isCooling(_ product: ProductID, for span: Duration, at now: Instant) -> Bool {
        refusedAt[product].map { now - $0 < span } ?? false
    }

    /// True for the order that its route works now.
    func works(_ record: OrderRecord) -> Bool {
        routes[record.intent.request.product]?.current == record.id
    }

    /// True for an order that its route still waits for.
    package func wants(_ record: OrderRecord) -> Bool {
        guard let route = routes[record.intent.request.product] else { return false }
        return route.current == record.id && !route.abandoned
    }

    // MARK: Going on

    /// Works the next step of a route, or ends it.
    ///
    /// A step whose numbers cannot be held is passed over, as one is that the venue would refuse.
    mutating func advance(
        _ route: Route,
        _ pricer: inout OrderPricer,
        at now: Instant
    ) -> Step {
        var (route, done) = (route, Step())
        while !route.steps.isEmpty {
            let step = route.steps.removeFirst()
            let planned: (request: OrderRequest, patience: Duration?)
            do throws(MoneyError) {
                let patience = try pricer.patience(for: step, route)
                guard let request = try pricer.request(for: step, route, at: now) else { continue }
                planned = (request, patience)
            } catch {
                done.effects.append(.reportUnplanned(route.product, error))
                continue
            }
            let intent = Intent(
                request: planned.request,
                purpose: route.purpose,
                parent: route.last,
                cycle: route.cycle,
                strategy: route.strategy,
                createdAt: now
            )
            let record = OrderRecord(intent: intent, state: .intended, filled: .zero)
            (route.current, route.last) = (record.id, record.id)
            (route.cancelAsked, route.abandoned) = (false, false)
            done.effects.append(.recordIntents([intent]))
            route.deadline = planned.patience.map { now + $0 }
            if let deadline = route.deadline {
                done.effects.append(.wake(at: deadline))
            }
            routes[route.product] = route
            done.order = record
            return done
        }
        routes[route.product] = nil
        done.ended = route
        return done
    }

    /// A part of what a route wants has traded.
    package mutating func traded(_ fill: Fill) {
        guard var route = routes[fill.product], route.last == fill.clientOrderID else { return }
        route.remaining = route.remaining.less(fill.quantity)
        route.hasFilled = true
        routes[fill.product] = route
    }

    /// What an order's news means for its route: at its end the route goes on with the remainder.
    mutating func goOn(
        after record: OrderRecord,
        _ pricer: inout OrderPricer,
        at now: Instant
    ) -> Step {
        guard let route = routes[record.intent.request.product], route.current == record.id else {
            return Step()
        }
        if record.state.isFinal {
            return advance(route, &pricer, at: now)
        }
        if record.state == .open, route.abandoned {
            // It was on its way when it was given up, and may have passed its cancel: end it now.
            return Step(effects: [.cancel(record.id)])
        }
        return Step()
    }

    // MARK: Giving way, giving up

    /// Gives up a purchase whose order nobody can tell the fate of; that order, where there is one.
    package mutating func drop(
        unknownEntryOf product: ProductID,
        _ orders: OrderRegistry
    ) -> ClientOrderID? {
        guard let route = routes[product], route.purpose.isEntry, let id = route.current,
            orders[id]?.state == .unknown
        else { return nil }
        routes[product] = nil
        return id
    }

    /// What works on a product gives way to an exit; nothing happens where that is one already, and no stop comes.
    mutating func giveWay(
        to request: ExitRequest,
        worst: Price,
        _ orders: OrderRegistry,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        guard var route = routes[request.product] else { return [] }
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
        return abandon(request.product, orders, at: now)
    }

    /// The venue refused an order: its route ends with it; false where a stop has taken the route over, whose terms
    /// are its own and were not refused.
    package mutating func refused(_ intent: Intent, at now: Instant) -> Bool {
        let product = intent.request.product
        refusedAt[product] = now
        let isTakenOver = routes[product].map {
            $0.purpose == .exit(.stopLoss) && intent.purpose != $0.purpose
        }
        guard isTakenOver != true else { return false }
        routes[product]?.steps = []
        return true
    }

    /// Gives up the entries of the products that are stopped.
    package mutating func abandonEntries(
        _ orders: OrderRegistry,
        at now: Instant,
        where isStopped: (ProductID) -> Bool
    ) -> [ExecutionCore.Effect] {
        worked.flatMap { product -> [ExecutionCore.Effect] in
            guard isStopped(product), routes[product]?.purpose.isEntry == true else { return [] }
            routes[product]?.steps = []
            return abandon(product, orders, at: now)
        }
    }

    /// Gives up everything but the sells that may rest on.
    package mutating func abandonAll(
        _ orders: OrderRegistry,
        _ policy: ExecutionPolicy,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        worked.flatMap { product -> [ExecutionCore.Effect] in
            routes[product]?.steps = []
            if let route = routes[product], !route.cancelAsked, let id = route.current,
                let record = orders[id], policy.letsRestOn(record)
            {
                routes[product]?.deadline = nil
                return []
            }
            return abandon(product, orders, at: now)
        }
    }

    /// Asks for the end of what is worked, and again until the venue says so.
    private mutating func abandon(
        _ product: ProductID,
        _ orders: OrderRegistry,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        guard let route = routes[product], let id = route.current else { return [] }
        routes[product]?.abandoned = true
        // What is not sent yet is denied when its intent is durable.
        guard !route.cancelAsked, orders[id]?.state != .intended else { return [] }
        return cancel(id, of: product, at: now)
    }

    private mutating func cancel(
        _ id: ClientOrderID,
        of product: ProductID,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        let again = now + Self.cancelPatience
        routes[product]?.cancelAsked = true
        routes[product]?.deadline = again
        return [.cancel(id), .wake(at: again)]
    }

    /// Asks for the end of what has rested for as long as its step lasts.
    package mutating func overdue(at now: Instant) -> [ExecutionCore.Effect] {
        worked.flatMap { product -> [ExecutionCore.Effect] in
            guard let route = routes[product], let deadline = route.deadline, deadline <= now,
                let id = route.current
            else { return [] }
            return cancel(id, of: product, at: now)
        }
    }

    /// What rests for longer than it ever should is canceled, whatever its own deadline says.
    package mutating func cancelStale(
        _ orders: OrderRegistry,
        _ policy: ExecutionPolicy,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        worked.flatMap { product -> [ExecutionCore.Effect] in
            guard let route = routes[product], !route.cancelAsked, let id = route.current,
                let record = orders[id], record.state == .open || record.state == .partiallyFilled,
                now - record.intent.createdAt >= policy.cancelAfter
            else { return [] }
            return cancel(id, of: product, at: now)
        }
    }

    // MARK: What is worked

    /// True for a sell that stands and may rest on, while nobody has asked for its end.
    package func leavesResting(_ record: OrderRecord) -> Bool {
        let route = routes[record.intent.request.product]
        return route?.current == record.id && route?.cancelAsked == false
    }

    /// The entries that are worked, at their worst case.
    ///
    /// - Throws: `overflow`; nothing is entered then.
    package func entries(_ fees: FeeSchedule) throws(MoneyError) -> [WorkingEntry] {
        var working: [WorkingEntry] = []
        for product in worked {
            guard let route = routes[product], route.purpose.isEntry else { continue }
            let notional = try route.worst.notional(of: route.remaining, .up)
            let worst = try notional + notional.times(fees.taker, .up)
            working.append(
                WorkingEntry(product: product, worst: worst, strategy: route.strategy)
            )
        }
        return working
    }

    /// What must always hold.
    func violations(_ orders: OrderRegistry, _ strays: StrayKeeper) -> [String] {
        var found: [String] = []
        for (product, route) in routes {
            guard let id = route.current, let record = orders[id] else {
                found.append("\(product) is worked without an order")
                continue
            }
            if record.state.isFinal {
                found.append("\(product) waits for \(id), which is \(record.state.rawValue)")
            }
            if record.intent.request.product != product || route.product != product {
                found.append("\(product) is worked by \(id), an order of another product")
            }
            if strays.contains(id) {
                found.append("\(id) is worked, and taken for one that nothing works")
            }
        }
        return found
    }
}
