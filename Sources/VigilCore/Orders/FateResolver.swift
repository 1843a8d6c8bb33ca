package import VigilModel

/// Looks for what became of orders whose fate is not known, and of orders that only a fill tells of.
///
/// A fate is settled by the venue's evidence alone: an order is found, or it is proven absent by three complete
/// listings over at least ten seconds that do not have it. Nothing is ever sent again for it. A fill of an order that we
/// do not know - the engine was killed while no disk took its intent - has no row in the ledger that it could stand on:
/// its order is looked for and adopted first; what was traded must not get lost with what was meant.
package struct FateResolver: Sendable {
    /// What is known of an order whose fate is not.
    private struct Unsettled: Sendable {
        let since: Instant
        /// The complete looks at the venue's lists that did not find it.
        var absences: [LookUp] = []
        /// When the lists are read again.
        var nextLook: Instant
        var isReported = false
    }

    /// Fills that wait for their order.
    private struct Orphan: Sendable {
        var fills: [Fill]
        /// Complete looks at the venue's lists that did not have the order.
        var absences = 0
        /// When the lists are read again.
        var nextLook: Instant
    }

    /// What becomes of fills whose order was looked for.
    package enum Orphaned: Sendable, Equatable {
        /// The order is there: it is adopted, and they are booked on it.
        case found([Fill])
        /// It is not there, however often it was looked for: the ledger decides.
        case givenUp([Fill])
    }

    /// How many complete listings without it prove that an order does not exist.
    private static let absencesMin = 3
    /// Over how long a time.
    private static let absenceSpan = Duration.seconds(10)
    /// Between two looks.
    private static let lookInterval = Duration.seconds(5)
    /// From the loss of the answer to the first look: the venue may show an order late.
    private static let firstLook = Duration.seconds(1)
    /// How far before an order's own time the lists are read from, as the clocks may differ.
    private static let lookOverlap = Duration.seconds(60)
    /// How long a fate may be unknown before the operator hears of it.
    private static let reportAfter = Duration.seconds(60)
    /// After so many complete looks without the order of a fill the ledger decides.
    private static let orphanLooks = 3
    /// How far before a fill its order may lie, beside the time that it may rest.
    private static let orphanMargin = Duration.seconds(3_600)

    private var unsettled: [ClientOrderID: Unsettled] = [:]
    private var orphans: [ClientOrderID: Orphan] = [:]
    private var looks = 0

    /// Knows every fate.
    package init() {}

    // MARK: Unknown fates

    /// An order's fate is not known from now on.
    package mutating func begin(_ id: ClientOrderID, at now: Instant) -> [ExecutionCore.Effect] {
        guard unsettled[id] == nil else { return [] }
        let due = now + Self.firstLook
        unsettled[id] = Unsettled(since: now, nextLook: due)
        return [.wake(at: due)]
    }

    /// An order's fate is known again.
    package mutating func end(_ id: ClientOrderID) -> [ExecutionCore.Effect] {
        let wasReported = unsettled.removeValue(forKey: id)?.isReported == true
        return wasReported ? [.reportSettled(id)] : []
    }

    /// True while an order's fate is looked for.
    package func seeks(_ id: ClientOrderID) -> Bool { unsettled[id] != nil }

    /// Looks for everything that is due in one reading of the lists, and one more for what only fills tell of.
    package mutating func due(
        _ orders: OrderRegistry,
        lifetime: Duration,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        var effects: [ExecutionCore.Effect] = []
        let due = unsettled.keys.sorted().filter {
            unsettled[$0].map { $0.nextLook <= now } ?? false
        }
        for id in due {
            unsettled[id]?.nextLook = now + Self.lookInterval
            if let known = unsettled[id], !known.isReported, now - known.since >= Self.reportAfter {
                unsettled[id]?.isReported = true
                effects.append(.reportUnsettled(id, since: known.since))
            }
        }
        if let oldest = due.compactMap({ orders[$0]?.intent.createdAt }).min() {
            effects += look(for: due, since: oldest - Self.lookOverlap, at: now)
        }
        return effects + orphansDue(lifetime: lifetime, at: now)
    }

    private mutating func look(
        for ids: [ClientOrderID],
        since: Instant,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        looks += 1
        return [
            .lookUp(number: looks, ids, since: since), .wake(at: now + Self.lookInterval),
        ]
    }

    /// Notes that a complete look did not have an order; the evidence once that proves it absent.
    package mutating func absent(_ id: ClientOrderID, in lookUp: LookUp) -> String? {
        guard var known = unsettled[id] else { return nil }
        known.absences.append(lookUp)
        unsettled[id] = known
        guard let first = known.absences.first, known.absences.count >= Self.absencesMin,
            lookUp.at - first.at >= Self.absenceSpan
        else { return nil }
        return "look-ups " + known.absences.map { String($0.number) }.joined(separator: ", ")
    }

    // MARK: Fills without an order

    /// True where a look is for orders that only fills tell of: the ledger has no rows of them.
    package func isForOrphans(_ lookUp: LookUp) -> Bool {
        lookUp.asked.contains { orphans[$0] != nil }
    }

    /// Keeps a fill of an order that we do not know, and has the order looked for.
    package mutating func keep(
        _ fill: Fill,
        lifetime: Duration,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        let id = fill.clientOrderID
        let isNew = orphans[id] == nil
        orphans[id, default: Orphan(fills: [], nextLook: now)].fills.append(fill)
        return isNew ? orphansDue(lifetime: lifetime, at: now) : []
    }

    /// Looks for the orders of all fills that wait; `lifetime` is how long an order may have rested before one.
    private mutating func orphansDue(
        lifetime: Duration,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        let due = orphans.keys.sorted().filter { orphans[$0].map { $0.nextLook <= now } ?? false }
        guard let oldest = due.compactMap({ orphans[$0]?.fills.first?.occurredAt }).min() else {
            return []
        }
        for id in due {
            orphans[id]?.nextLook = now + Self.lookInterval
        }
        return look(for: due, since: oldest - lifetime - Self.orphanMargin, at: now)
    }

    /// What becomes of the fills of an order that a complete look was for; nil where they wait on, or there are none.
    package mutating func orphaned(_ id: ClientOrderID, isFound: Bool) -> Orphaned? {
        guard var orphan = orphans[id] else { return nil }
        orphan.absences += 1
        let isGivenUp = orphan.absences >= Self.orphanLooks
        orphans[id] = isFound || isGivenUp ? nil : orphan
        return isFound ? .found(orphan.fills) : isGivenUp ? .givenUp(orphan.fills) : nil
    }

    /// What must always hold.
    func violations(_ orders: OrderRegistry) -> [String] {
        unsettled.keys.filter { orders[$0]?.state != .unknown }
            .map { "\($0) is looked for, and its fate is known" }
    }
}
