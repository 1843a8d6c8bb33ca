import VigilModel

/// Fills of orders that we do not know: the engine was killed while no disk took their intents.
///
/// The ledger has no row that such a fill could stand on. Its order is looked for at the venue and adopted first; what
/// was traded must not get lost with what was meant.
extension ExecutionCore {
    /// Fills that wait for their order.
    struct Orphan: Sendable {
        var fills: [Fill]
        /// Complete looks at the venue's lists that did not have the order.
        var absences = 0
        /// When the lists are read again.
        var nextLook: Instant
    }

    /// After so many complete looks without the order the ledger decides.
    private static let absencesMax = 3
    /// How far before a fill its order may lie, beside the time that it may rest.
    private static let margin = Duration.seconds(3_600)

    /// Keeps a fill of an order that we do not know, and has the order looked for.
    mutating func keep(orphan fill: Fill, at now: Instant) -> [Effect] {
        let id = fill.clientOrderID
        let isNew = orphans[id] == nil
        orphans[id, default: Orphan(fills: [], nextLook: now)].fills.append(fill)
        return isNew ? orphansDue(at: now) : []
    }

    /// Looks for the orders of all fills that wait.
    mutating func orphansDue(at now: Instant) -> [Effect] {
        let due = orphans.keys.sorted().filter { orphans[$0].map { $0.nextLook <= now } ?? false }
        guard let oldest = due.compactMap({ orphans[$0]?.fills.first?.occurredAt }).min() else {
            return []
        }
        for id in due {
            orphans[id]?.nextLook = now + Self.lookInterval
        }
        lookUps += 1
        let since = oldest - policy.restingOrderLifetime - Self.margin
        return [.lookUp(number: lookUps, due, since: since), .wake(at: now + Self.lookInterval)]
    }

    /// Adopts the orders that a look has found, and books what waited for them.
    mutating func settleOrphans(_ lookUp: LookUp, at now: Instant) -> [Effect] {
        guard let found = lookUp.found else { return [] }
        return lookUp.asked.flatMap { id -> [Effect] in
            guard var orphan = orphans[id] else { return [] }
            if let order = found[id] {
                orphans[id] = nil
                let adopted = orders[id] == nil ? adopt(order, at: now) : []
                let fills = orphan.fills.flatMap { take($0, at: now) }
                return adopted + fills + take(order, evidence: "look-up \(lookUp.number)", at: now)
            }
            orphan.absences += 1
            orphans[id] = orphan
            guard orphan.absences >= Self.absencesMax else { return [] }
            orphans[id] = nil
            return orphan.fills.map { .recordFill($0) }
        }
    }
}
