package import VigilModel

/// What gets lost, late or doubled between us and a venue far away, from a seed.
package struct VenueWeather: Sendable {
    /// What can go wrong.
    package enum Fault: String, Sendable, CaseIterable {
        /// An order is carried out, and the answer is lost.
        case answers
        /// An order is lost on its way there.
        case requests
        /// An order arrives seconds after we gave its answer up.
        case arrivals
        /// A cancel is lost on its way there, or refused for an order that stands.
        case cancels
        /// What the venue reports comes late, and in another order.
        case reports
        /// What the venue reports comes twice.
        case doubles
        /// What the venue reports is lost, and read from its lists later.
        case losses
        /// A list breaks off before its end.
        case lists
        /// The venue refuses an order that is in order, an exit too: for its rules, for funds, for nothing that it says.
        case refusals
        /// The venue says that it is asked too much.
        case limits
        /// A row of the venue's lists, an order's or a wallet's, cannot be read.
        case rows
        /// A part of a coin that is ours is not free for a while, and a sell of more than the rest is refused.
        case funds
        /// The venue changes the price step of a product, and we hear of it up to a minute later.
        case rules
        /// The venue does not show an order for a while after it came.
        case visibility
        /// A core comes upon a number that it cannot hold.
        case numbers
        /// The ledger's storage is locked, full or failing for a while.
        case storage
        /// The engine is killed, and started again.
        case kills
    }

    /// What becomes of an order on its way there.
    enum Fate: Equatable {
        case arrives
        case answerLost
        case lost
        case late(Duration)
        case refused(RejectionReason)

        /// True where it is not known what became of the order.
        var loses: Bool {
            switch self {
            case .answerLost, .lost, .late: true
            case .arrives, .refused: false
            }
        }

        /// What the story says of it.
        var text: String {
            switch self {
            case .arrives: "arrives"
            case .answerLost: "arrives, and the answer is lost"
            case .lost: "is lost on its way"
            case .refused(let reason): "is refused, \(reason.rawValue)"
            case .late(let span): "arrives \(span / .milliseconds(1)) ms late, its answer given up"
            }
        }
    }

    /// How long an answer is waited for.
    static let patience = Duration.seconds(2)
    /// The longest an order is under way, or not shown; with the looks' ten seconds this is what
    /// "three complete listings prove an order absent" stands on.
    static let delayMax = 4_000
    /// When what was lost is read from the lists.
    static let relisting = 25_000

    private var random: SeededRandom
    private let faults: Set<Fault>
    private let calmFrom: Instant

    /// Begins with a seed; from `calmFrom` on all is well.
    package init(seed: UInt64, faults: Set<Fault>, calmFrom: Instant) {
        random = SeededRandom(seed: seed)
        self.faults = faults
        self.calmFrom = calmFrom
    }

    private mutating func happens(_ fault: Fault, _ chance: Double, at now: Instant) -> Bool {
        faults.contains(fault) && random.unit() < chance && now < calmFrom
    }

    /// What an order is refused for that is in order.
    private static let refusals: [RejectionReason] = [
        .pricePrecision, .insufficientFunds, .tooSmall, .other,
    ]

    mutating func fate(at now: Instant) -> Fate {
        if happens(.refusals, 0.05, at: now) {
            return .refused(Self.refusals[random.integer(in: 0...Self.refusals.count - 1)])
        }
        if happens(.answers, 0.08, at: now) { return .answerLost }
        if happens(.requests, 0.05, at: now) { return .lost }
        if happens(.arrivals, 0.05, at: now) {
            return .late(.milliseconds(random.integer(in: 1_000...Self.delayMax)))
        }
        return .arrives
    }

    /// What becomes of a cancel that has no effect, in words; nil where it has one.
    mutating func cancelTrouble(at now: Instant) -> String? {
        guard happens(.cancels, 0.2, at: now) else { return nil }
        return random.unit() < 0.7
            ? "is lost on its way" : "is refused, UNKNOWN_CANCEL_ORDER, and the order stands"
    }

    /// Picks the row that cannot be read, of so many; nil where all can.
    mutating func oddRow(of count: Int, at now: Instant) -> Int? {
        guard count > 0, happens(.rows, 0.1, at: now) else { return nil }
        return random.integer(in: 0...count - 1)
    }

    /// Until when a part of a coin is not free from now on; nil where all is.
    mutating func holdsFunds(at now: Instant) -> Instant? {
        guard happens(.funds, 0.1, at: now) else { return nil }
        return min(now + .seconds(random.integer(in: 2...90)), calmFrom)
    }

    mutating func isLimited(at now: Instant) -> Bool { happens(.limits, 0.05, at: now) }

    mutating func failsToList(at now: Instant) -> Bool { happens(.lists, 0.15, at: now) }

    /// When a report reaches us, once or more than once.
    mutating func delays(at now: Instant) -> [Duration] {
        var delays: [Duration] = [.zero]
        if happens(.losses, 0.04, at: now) {
            delays = [.milliseconds(random.integer(in: 3_000...Self.relisting))]
        } else if happens(.reports, 0.2, at: now) {
            delays = [.milliseconds(random.integer(in: 1...3_000))]
        }
        if happens(.doubles, 0.1, at: now) {
            delays.append(.milliseconds(random.integer(in: 0...20_000)))
        }
        return delays
    }

    /// Whether the venue shows an order; each has its own time to be shown from, the same whenever asked.
    func shows(_ order: VenueOrder, at now: Instant) -> Bool {
        guard faults.contains(.visibility), now < calmFrom else { return true }
        let name = order.venueOrderID.text.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff }
        return now - order.createdAt >= .milliseconds(name % Self.delayMax)
    }
}
