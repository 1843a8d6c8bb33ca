package import VigilModel

/// Exits that the venue refuses: they come again, ever more slowly, for what there is to sell.
///
/// An exit that was refused would be refused again at the next quote, a hundred times a minute; one that gave up
/// would leave a position without its stop. What changes meanwhile - rules that are read anew, coins that a cancel
/// sets free, what somebody took out of the account - is known when it comes again.
package struct RefusedExits: Sendable {
    /// What is known of a product whose exits are refused.
    private struct Rest: Sendable {
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
    private static let memory = Duration.seconds(60)
    /// How long behind a rest its exit still goes by what was said during it.
    private static let availableMax = Duration.seconds(5)
    /// From so many refusals in a row on it is told that coins are missing: after a cancel they may be late.
    private static let shortMin = 3

    private var rests: [ProductID: Rest] = [:]

    /// Knows of no refusal.
    package init() {}

    /// True where an exit that ended is asked for only after a rest.
    package func rests(_ product: ProductID) -> Bool { rests[product]?.until != nil }

    /// The venue refused an order that sells: the next comes after a while, and for want of coins goes by what the
    /// venue says is there.
    package mutating func rest(
        _ product: ProductID,
        after reason: RejectionReason,
        at now: Instant
    ) -> [ExecutionCore.Effect] {
        var rest = rests[product] ?? Rest()
        if now - rest.refusedAt > Self.memory { rest.refusals = 0 }
        let span = min(Self.firstRest * (1 << min(rest.refusals, 5)), Self.longestRest)
        rest.refusals += 1
        (rest.refusedAt, rest.until, rest.endedAt) = (now, now + span, nil)
        // What was said before this refusal is not what made it.
        rest.available = nil
        rests[product] = rest
        let isShort = reason == .insufficientFunds
        return (isShort ? [.readAvailable(product)] : []) + [.wake(at: now + span)]
    }

    /// The venue says how much may be sold; of use only to an exit that rests.
    package mutating func learn(available quantity: Quantity, of product: ProductID) {
        if rests(product) { rests[product]?.available = quantity }
    }

    /// Whatever waits for another exit's refusal, a stop comes now.
    package mutating func stopComes(_ product: ProductID) { rests[product]?.until = nil }

    /// A quantity to sell, at most what the venue has for us; nil where that is too little, and the exit rests.
    package mutating func sellable(
        _ wanted: Quantity,
        of product: Product,
        at now: Instant
    ) -> (quantity: Quantity?, effects: [ExecutionCore.Effect]) {
        let id = product.id
        guard var rest = rests[id], let there = rest.available else { return (wanted, []) }
        rests[id]?.available = nil
        guard let endedAt = rest.endedAt, now - endedAt <= Self.availableMax, there < wanted else {
            return (wanted, [])
        }
        var told: [ExecutionCore.Effect] = []
        if rest.refusals >= Self.shortMin, rest.told != there {
            rest.told = there
            rests[id]?.told = there
            told = [.reportShort(id, wanted: wanted, available: there)]
        }
        let whole = (try? there.rounded(.down, to: product.baseIncrement)) ?? there
        guard whole < product.baseMin || whole.isZero else { return (whole, told) }
        return (nil, told + self.rest(id, after: .insufficientFunds, at: now))
    }

    /// Something of it was traded: what is refused next is refused for the first time.
    package mutating func traded(_ product: ProductID, _ side: Side) {
        // An exit that rests is asked for again all the same.
        if side == .buy, !rests(product) {
            rests[product] = nil
        } else {
            rests[product]?.refusals = 0
        }
    }

    /// Other rules than those that an exit was refused by: its rest is over; false where there was none.
    package mutating func rulesChanged(_ product: ProductID, at now: Instant) -> Bool {
        guard rests(product) else { return false }
        rests[product]?.until = now
        return true
    }

    /// The products whose rest is over, once each.
    package mutating func over(at now: Instant) -> [ProductID] {
        rests.keys.sorted().filter { product in
            guard var rest = rests[product], let until = rest.until, until <= now else {
                return false
            }
            (rest.until, rest.endedAt) = (nil, now)
            rests[product] = rest
            return true
        }
    }
}
