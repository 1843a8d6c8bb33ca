package import VigilModel

/// What Risk remembers between cycles; restored from the ledger at start.
package struct RiskCounters: Sendable, Equatable, Codable {
    /// The times of entries, oldest first; those of two days at least.
    package private(set) var entries: [Instant] = []
    /// The times of exits, oldest first; those of two days at least.
    package private(set) var exits: [Instant] = []
    /// The last entry by product.
    package private(set) var lastEntries: [ProductID: Instant] = [:]
    /// The last exit by product.
    package private(set) var lastExits: [ProductID: Departure] = [:]
    /// Additions to what was held, by product, oldest first.
    package private(set) var additions: [ProductID: [Instant]] = [:]
    /// Open positions that were added to.
    package private(set) var pyramids: Set<ProductID> = []
    /// Losing trades in a row, counted per closed position.
    package private(set) var lossStreak = 0
    /// When the last of them was closed.
    package private(set) var lastLoss: Instant?
    private var held: [ProductID: EntryKey?] = [:]

    /// How a product was left.
    package struct Departure: Sendable, Equatable, Codable {
        /// When.
        package let at: Instant
        /// Why.
        package let reason: ExitReason
        /// What came of it; nil while it is not closed.
        package var realised: Money?
    }

    /// How many times are kept before old ones are let go.
    private static let keptMax = 1_024

    /// Begins with nothing.
    package init() {}

    /// The last entry in any product.
    package var lastEntry: Instant? { entries.last }

    /// A fill of an entry came; several fills of one entry are one entry.
    package mutating func recordEntry(_ product: ProductID, _ key: EntryKey?, at now: Instant) {
        let known = held[product]
        if let known, known == key { return }
        if known != nil {
            // Only those of the day are ever counted.
            additions[product, default: []].removeAll { $0.day != now.day }
            additions[product, default: []].append(now)
            pyramids.insert(product)
        }
        held[product] = .some(key)
        Self.append(now, to: &entries)
        lastEntries[product] = now
    }

    /// An exit began.
    package mutating func recordExit(_ product: ProductID, _ reason: ExitReason, at now: Instant) {
        lastExits[product] = Departure(at: now, reason: reason, realised: nil)
        Self.append(now, to: &exits)
    }

    /// A position was closed with a result.
    package mutating func recordClosed(_ product: ProductID, _ realised: Money, at now: Instant) {
        held[product] = nil
        pyramids.remove(product)
        lastExits[product]?.realised = realised
        if realised.isNegative {
            lossStreak += 1
            lastLoss = now
        } else if realised.isPositive {
            lossStreak = 0
        }
    }

    /// The counters for a clock that is known to be right: what lies ahead of it has just happened.
    package func mended(at now: Instant) -> RiskCounters {
        var next = self
        next.entries = entries.map { min($0, now) }
        next.exits = exits.map { min($0, now) }
        next.lastEntries = lastEntries.mapValues { min($0, now) }
        next.lastExits = lastExits.mapValues {
            Departure(at: min($0.at, now), reason: $0.reason, realised: $0.realised)
        }
        next.additions = additions.mapValues { $0.map { min($0, now) } }
        next.lastLoss = lastLoss.map { min($0, now) }
        return next
    }

    private static func append(_ now: Instant, to times: inout [Instant]) {
        times.append(now)
        if times.count > keptMax, let first = times.first, now - first > .seconds(172_800) {
            times.removeAll { now - $0 > .seconds(172_800) }
        }
    }

    /// Entries in the clock hour of an instant, of that day and no other.
    package func entries(inHourOf now: Instant) -> Int {
        let hour = now.floor(to: .seconds(3_600))
        return Self.count(entries, since: hour)
    }

    /// Entries and exits in the clock hour of an instant.
    package func trades(inHourOf now: Instant) -> Int {
        let hour = now.floor(to: .seconds(3_600))
        return Self.count(entries, since: hour) + Self.count(exits, since: hour)
    }

    /// Entries on the UTC day of an instant.
    package func entries(onDayOf now: Instant) -> Int {
        Self.count(entries, since: now.floor(to: .seconds(86_400)))
    }

    /// Additions to a product on the UTC day of an instant; the first entry is none.
    package func additions(to product: ProductID, onDayOf now: Instant) -> Int {
        Self.count(additions[product] ?? [], since: now.floor(to: .seconds(86_400)))
    }

    /// Times are kept oldest first, so that those since a moment stand at the end.
    private static func count(_ times: [Instant], since start: Instant) -> Int {
        times.reversed().prefix { $0 >= start }.count
    }
}
