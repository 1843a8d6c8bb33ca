import VigilModel

/// How what is worked comes to its end: given up, run out of patience, or halted.
extension ExecutionCore {
    func isHalted(_ product: ProductID) -> Bool {
        halted || haltedProducts.contains(product)
    }

    mutating func abandonEntries(
        at now: Instant,
        where isStopped: (ProductID) -> Bool
    ) -> [Effect] {
        routes.keys.sorted().flatMap { product -> [Effect] in
            guard isStopped(product), routes[product]?.purpose.isEntry == true else { return [] }
            routes[product]?.steps = []
            return abandon(product, at: now)
        }
    }

    /// True for a sale that may rest at the venue while nobody watches.
    ///
    /// It can only lessen what is held, and has an end of its own there. An entry never may: its fill would
    /// have no stop. One that takes, or that has ended but for its rows, is waited for.
    func mayRestOn(_ record: OrderRecord) -> Bool {
        guard policy.exitsOutliveStop, !record.intent.purpose.isEntry, record.ending == nil,
            case .limit(_, _, .goodTillTime, _) = record.intent.request.terms
        else { return false }
        return record.state != .intended
    }

    /// True for such a sale once it stands, and while nobody has asked for its end.
    func outlivesStop(_ record: OrderRecord) -> Bool {
        guard mayRestOn(record), record.state == .open || record.state == .partiallyFilled else {
            return false
        }
        if strays.contains(record.id) { return restingOn[record.id] != nil }
        let route = routes[record.intent.request.product]
        return route?.current == record.id && route?.cancelAsked == false
    }

    mutating func abandonAll(at now: Instant) -> [Effect] {
        routes.keys.sorted().flatMap { product -> [Effect] in
            routes[product]?.steps = []
            if let route = routes[product], !route.cancelAsked, let id = route.current,
                let record = orders[id], mayRestOn(record)
            {
                routes[product]?.deadline = nil
                return []
            }
            return abandon(product, at: now)
        }
    }

    /// Asks for the end of what is worked, and again until the venue says so.
    mutating func abandon(_ product: ProductID, at now: Instant) -> [Effect] {
        guard let route = routes[product], let id = route.current else { return [] }
        routes[product]?.abandoned = true
        // What is not sent yet is denied when its intent is durable.
        guard !route.cancelAsked, orders[id]?.state != .intended else { return [] }
        let again = now + Self.cancelPatience
        routes[product]?.cancelAsked = true
        routes[product]?.deadline = again
        return [.cancel(id), .wake(at: again)]
    }

    mutating func overdue(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for product in routes.keys.sorted() {
            guard let route = routes[product], let deadline = route.deadline, deadline <= now,
                let id = route.current
            else { continue }
            routes[product]?.deadline = now + Self.cancelPatience
            routes[product]?.cancelAsked = true
            effects += [.cancel(id), .wake(at: now + Self.cancelPatience)]
        }
        if let strayDeadline, strayDeadline <= now {
            effects += endStrays(at: now)
        }
        return effects
    }

    /// What rests for longer than it ever should is canceled, whatever its own deadline says.
    mutating func cancelStale(at now: Instant) -> [Effect] {
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
    func isCooling(_ product: ProductID, at now: Instant) -> Bool {
        refusedAt[product].map { now - $0 < policy.refusalCooldown } ?? false
    }
}
