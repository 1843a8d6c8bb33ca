import VigilModel

/// Exits that the venue refuses: they come again, ever more slowly, for what there is to sell.
///
/// An exit that was refused would be refused again at the next quote, a hundred times a minute; one that gave up
/// would leave a position without its stop. What changes meanwhile - rules that are read anew, coins that a cancel
/// sets free, what somebody took out of the account - is known when it comes again.
extension ExecutionCore {
    /// What is known of a product whose exits are refused.
    struct ExitRest: Sendable, Equatable {
        /// Refusals since something of it was sold last.
        var refusals = 0
        /// When the last of them came.
        var refusedAt = Instant.epoch
        /// When the exit is asked for again; nil where it does not wait.
        var until: Instant?
        /// When the last wait ended; nil while it waits.
        var endedAt: Instant?
        /// How much the venue said during the wait that may be sold.
        var available: Quantity?
        /// What was told of it last.
        var told: Quantity?
    }

    /// The first rest; each further one is twice as long.
    private static let firstRest = Duration.seconds(1)
    /// The longest rest.
    private static let longestRest = Duration.seconds(30)
    /// Refusals that are further apart have nothing to do with each other.
    private static let restMemory = Duration.seconds(60)
    /// How long behind a rest its exit still goes by what was said during it.
    private static let availableMax = Duration.seconds(5)
    /// From so many refusals in a row on it is told that coins are missing: after a cancel they may be late.
    private static let shortMin = 3

    /// The venue refused an order that sells: the next comes after a while, and for want of coins goes by what the
    /// venue says is there.
    mutating func rest(
        _ product: ProductID,
        after reason: RejectionReason,
        at now: Instant
    ) -> [Effect] {
        var rest = exitRests[product] ?? ExitRest()
        if now - rest.refusedAt > Self.restMemory { rest.refusals = 0 }
        let span = min(Self.firstRest * (1 << min(rest.refusals, 5)), Self.longestRest)
        rest.refusals += 1
        (rest.refusedAt, rest.until, rest.endedAt) = (now, now + span, nil)
        // What was said before this refusal is not what made it.
        rest.available = nil
        exitRests[product] = rest
        let isShort = reason == .insufficientFunds
        return (isShort ? [.readAvailable(product)] : []) + [.wake(at: now + span)]
    }

    /// The venue says how much may be sold; of use only to an exit that rests.
    mutating func learn(available quantity: Quantity, of product: ProductID) {
        if rests(product) { exitRests[product]?.available = quantity }
    }

    /// A quantity to sell, at most what the venue has for us; nil where that is too little, and the exit rests.
    mutating func sellable(
        _ wanted: Quantity,
        of product: Product,
        at now: Instant
    ) -> (quantity: Quantity?, effects: [Effect]) {
        let id = product.id
        guard var rest = exitRests[id], let there = rest.available else { return (wanted, []) }
        exitRests[id]?.available = nil
        guard let endedAt = rest.endedAt, now - endedAt <= Self.availableMax, there < wanted else {
            return (wanted, [])
        }
        var told: [Effect] = []
        if rest.refusals >= Self.shortMin, rest.told != there {
            rest.told = there
            exitRests[id]?.told = there
            told = [.reportShort(id, wanted: wanted, available: there)]
        }
        let whole = (try? there.rounded(.down, to: product.baseIncrement)) ?? there
        guard whole < product.baseMin || whole.isZero else { return (whole, told) }
        return (nil, told + self.rest(id, after: .insufficientFunds, at: now))
    }

    /// True where an exit that ended is asked for only after a rest.
    func rests(_ product: ProductID) -> Bool { exitRests[product]?.until != nil }

    /// Something of it was traded: what is refused next is refused for the first time.
    mutating func traded(_ product: ProductID, _ side: Side) {
        // An exit that rests is asked for again all the same.
        if side == .buy, !rests(product) {
            exitRests[product] = nil
        } else {
            exitRests[product]?.refusals = 0
        }
    }

    /// Other rules than those that an exit was refused by: it is asked for again at once.
    mutating func endRest(of product: ProductID, at now: Instant) -> [Effect] {
        guard rests(product) else { return [] }
        exitRests[product]?.until = now
        return rested(at: now)
    }

    /// Exits whose rest is over are asked for again.
    mutating func rested(at now: Instant) -> [Effect] {
        exitRests.keys.sorted().flatMap { product -> [Effect] in
            guard var rest = exitRests[product], let until = rest.until, until <= now else {
                return []
            }
            (rest.until, rest.endedAt) = (nil, now)
            exitRests[product] = rest
            return routes[product] == nil ? [.recordExitEnded(product)] : []
        }
    }
}
