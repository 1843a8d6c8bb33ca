internal import Synchronization
internal import VigilCore
internal import VigilModel

/// Sees that a position whose stop is due is sold: whatever the weather, not later than this.
final class ProtectionWatch: Sendable {
    /// The longest that weather alone may hold a stop up: storage fails for 45 s, a fate is unknown for half a minute,
    /// coins are not free for 90 s, and a refused exit rests for half a minute.
    static let dueMax = Duration.seconds(240)

    private struct Due {
        var since: Instant
        var quantity: Quantity
    }

    private let due = Lock<[ProductID: Due]>([:])

    /// Looks at what is held, and at the bid and the rules of the venue; what must not be.
    func look(
        _ positions: [Position],
        at now: Instant,
        _ venue: (ProductID) -> (bid: Price, rules: Product)?
    ) -> [String] {
        due.withLock { Self.look(positions, at: now, venue, &$0) }
    }

    private static func look(
        _ positions: [Position],
        at now: Instant,
        _ venue: (ProductID) -> (bid: Price, rules: Product)?,
        _ due: inout [ProductID: Due]
    ) -> [String] {
        var found: [String] = []
        var still: [ProductID: Due] = [:]
        for position in positions {
            guard let (bid, rules) = venue(position.product), bid <= position.stopPrice,
                position.quantity >= rules.baseMin,
                let value = try? bid.notional(of: position.quantity, .down),
                (try? value.isLess(than: rules.quoteMin)) == false
            else { continue }
            var known =
                due[position.product] ?? Due(since: now, quantity: position.quantity)
            if position.quantity < known.quantity {
                known = Due(since: now, quantity: position.quantity)
            }
            if now - known.since > dueMax {
                found.append(
                    "the stop of \(position.product) at \(position.stopPrice) has been due since \(known.since), "
                        + "and nothing was sold of \(position.quantity) at \(bid)"
                )
                known.since = now
            }
            still[position.product] = known
        }
        due = still
        return found
    }
}
