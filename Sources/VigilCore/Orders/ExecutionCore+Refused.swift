import VigilModel

/// Exits that the venue refuses: they come again, ever more slowly, for what there is to sell.
///
/// An exit that was refused would be refused again at the next quote, a hundred times a minute; one that gave up
/// would leave a position without its stop. What changes meanwhile - rules that are read anew, coins that a cancel
/// sets free, what somebody took out of the account - is known when it comes again.
extension ExecutionCore {
    /// An exit that waits until it is asked for again.
    struct ExitRest: Sendable, Equatable {
        /// Refusals since something of it was sold last.
        var refusals = 0
        /// When it is asked for again; nil where it does not wait.
        var until: Instant?
    }

    /// The first rest; each further one is twice as long.
    private static let firstRest = Duration.seconds(1)
    /// The longest rest.
    private static let longestRest = Duration.seconds(30)

    /// The venue refused an order that sells: the next comes after a while, and for want of coins goes by what the
    /// venue says is there.
    mutating func rest(
        _ product: ProductID,
        after reason: RejectionReason,
        at now: Instant
    ) -> [Effect] {
        var rest = exitRests[product] ?? ExitRest()
        let span = min(Self.firstRest * (1 << min(rest.refusals, 5)), Self.longestRest)
        rest.refusals += 1
        rest.until = now + span
        exitRests[product] = rest
        // What was said before this refusal is not what made it.
        available[product] = nil
        let isShort = reason == .insufficientFunds
        return (isShort ? [.readAvailable(product)] : []) + [.wake(at: now + span)]
    }

    /// A quantity to sell, at most what the venue has for us; nil where that is too little, and the exit rests.
    mutating func sellable(
        _ wanted: Quantity,
        of product: Product,
        at now: Instant
    ) -> (quantity: Quantity?, effects: [Effect]) {
        let id = product.id
        guard let there = available.removeValue(forKey: id), there < wanted else {
            return (wanted, [])
        }
        let told: [Effect] = [.reportShort(id, wanted: wanted, available: there)]
        let whole = (try? there.rounded(.down, to: product.baseIncrement)) ?? there
        guard whole < product.baseMin || whole.isZero else { return (whole, told) }
        return (nil, told + rest(id, after: .insufficientFunds, at: now))
    }

    /// True where an exit that ended is asked for only after a rest.
    func rests(_ product: ProductID) -> Bool { exitRests[product]?.until != nil }

    /// Something of it was sold: what is refused next is refused for the first time.
    mutating func sold(_ product: ProductID) {
        exitRests[product]?.refusals = 0
    }

    /// Exits whose rest is over are asked for again.
    mutating func rested(at now: Instant) -> [Effect] {
        exitRests.keys.sorted().flatMap { product -> [Effect] in
            guard let until = exitRests[product]?.until, until <= now else { return [] }
            exitRests[product]?.until = nil
            return routes[product] == nil ? [.recordExitEnded(product)] : []
        }
    }
}
