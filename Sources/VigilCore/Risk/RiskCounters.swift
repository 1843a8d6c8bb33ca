package import VigilModel

/// What Risk remembers between cycles; restored from the ledger at start.
package struct RiskCounters: Sendable, Equatable {
    /// The times of entries, oldest first; those of two days at least.
    package private(set) var entries: [Instant] = []
    /// The last entry by product.
    package private(set) var lastEntries: [ProductID: Instant] = [:]
    /// The last exit by product.
    package private(set) var lastExits: [ProductID: Instant] = [:]
    /// The last stop-loss by product.
    package private(set) var lastStops: [ProductID: Instant] = [:]
    /// Losing trades in a row, counted per closed position.
    package private(set) var lossStreak = 0
    /// When the last of them was closed.
    package private(set) var lastLoss: Instant?

    /// Begins with nothing.
    package init() {}

    /// The last entry in any product.
    package var lastEntry: Instant? { entries.last }

    /// An entry began to fill.
    package mutating func recordEntry(_ product: ProductID, at now: Instant) {
        entries.append(now)
        lastEntries[product] = now
        if entries.count > 1_024, let first = entries.first, now - first > .seconds(172_800) {
            entries.removeAll { now - $0 > .seconds(172_800) }
        }
    }

    /// An exit was asked for.
    package mutating func recordExit(_ product: ProductID, _ reason: ExitReason, at now: Instant) {
        lastExits[product] = now
        if reason == .stopLoss {
            lastStops[product] = now
        }
    }

    /// A position was closed with a result.
    package mutating func recordClosed(_ realised: Money, at now: Instant) {
        if realised.isNegative {
            lossStreak += 1
            lastLoss = now
        } else if realised.isPositive {
            lossStreak = 0
        }
    }

    /// Entries in the clock hour of an instant, of that day and no other.
    package func entries(inHourOf now: Instant) -> Int {
        let hour = now.floor(to: .seconds(3_600))
        return entries.count { $0 >= hour }
    }

    /// Entries on the UTC day of an instant.
    package func entries(onDayOf now: Instant) -> Int {
        entries.count { $0.day == now.day }
    }
}
