package import VigilModel

/// What the venue says of our account.
package struct VenueListing: Sendable, Equatable {
    /// What it holds for us.
    package let balances: [Balance]
    /// What it holds and says in a way that cannot be read, with its words; none of these is among the balances.
    package let unreadable: [Currency: String]
    /// Orders that are not ended.
    package let openOrders: [ClientOrderID]
    /// Those of them that can be taken over, should they turn out to be ours and unknown to us.
    package let orders: [ClientOrderID: VenueOrder]

    /// Joins the parts.
    package init(
        balances: [Balance],
        unreadable: [Currency: String] = [:],
        openOrders: [ClientOrderID],
        orders: [ClientOrderID: VenueOrder] = [:]
    ) {
        self.balances = balances
        self.unreadable = unreadable
        self.openOrders = openOrders
        self.orders = orders
    }
}

/// Compares the venue's truth with ours; balances are compared, never copied over.
///
/// Reports travel, so a difference counts only when two comparisons in a row show one.
package struct ReconciliationCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The conductor wants a comparison.
        case requested(cycle: Int)
        /// The venue listed everything, to its end.
        case venueListed(cycle: Int, VenueListing)
        /// The venue could not be read to its end, which is not an empty list.
        case venueUnreadable(cycle: Int)
        /// An order of another Vigil that trades with our key was seen.
        case otherSeen(instance: String)
        /// The portfolio's holdings.
        ///
        /// `prices` is what one unit of each brings in US dollars, where that is known.
        case holdingsAnswered(cycle: Int, [Currency: Money], prices: [Currency: Rate] = [:])
        /// Execution's open orders.
        case ordersAnswered(cycle: Int, [ClientOrderID])
    }

    /// What is to be done.
    package enum Effect: Sendable, Equatable {
        /// Ask the three who know.
        case askVenue(cycle: Int)
        /// Ask the portfolio.
        case askPortfolio(cycle: Int)
        /// Ask execution.
        case askExecution(cycle: Int)
        /// Answer the conductor: how many differences there are; nil where the venue is unreadable.
        case reply(cycle: Int, differences: Int?)
        /// An order of ours stands at the venue that Execution does not know: take it over.
        case adopt(VenueOrder)
        /// Two comparisons in a row differ.
        case raiseMismatch(String)
        /// The comparison is clean again.
        case clearMismatch
    }

    private var cycle = -1
    private var venue: VenueListing?
    private var holdings: [Currency: Money]?
    private var orders: [ClientOrderID]?
    private var before: [String: String] = [:]
    /// Whether a mismatch was raised; not known at first, as one may have outlived a restart.
    private var mismatched: Bool?

    private let externals: [Currency: Money]
    private let instance: String
    private let dust: Money
    private var prices: [Currency: Rate] = [:]
    /// When each other Vigil's orders were seen last.
    private var others: [String: Instant] = [:]
    /// For how long after the last sight of another Vigil entries are halted.
    private static let othersMemory = Duration.seconds(600)

    /// Begins with nothing compared.
    ///
    /// `externals` is what the account held before us, `instance` the name of this installation; a
    /// difference that is worth less than `dust` is none.
    package init(
        externals: [Currency: Money] = [:],
        instance: String = "",
        dust: Money = .zero(.usd)
    ) {
        self.dust = dust
        self.instance = instance
        self.externals = externals
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .requested(let number):
            cycle = number
            (venue, holdings, orders) = (nil, nil, nil)
            return [
                .askVenue(cycle: number), .askPortfolio(cycle: number),
                .askExecution(cycle: number),
            ]
        case .venueListed(let number, let listing) where number == cycle:
            venue = listing
        case .venueUnreadable(let number) where number == cycle:
            return [.reply(cycle: number, differences: nil)]
        case .otherSeen(let instance):
            let isNew = others.updateValue(now, forKey: instance) == nil
            // One sight is proof, and its orders may be gone before the next comparison.
            guard isNew else { return [] }
            mismatched = true
            return [.raiseMismatch(Self.describe(instance))]
        case .holdingsAnswered(let number, let answer, let known) where number == cycle:
            holdings = answer
            prices = known
        case .ordersAnswered(let number, let answer) where number == cycle:
            orders = answer
        case .venueListed, .venueUnreadable, .holdingsAnswered, .ordersAnswered:
            return []
        }
        return try compare(at: now)
    }

    package static func failureRule(of event: Event) -> FailureRule {
        switch event {
        // Without an answer the cycle is broken off; the next one compares anew.
        case .venueListed, .holdingsAnswered, .ordersAnswered: .dropped
        case .requested, .venueUnreadable, .otherSeen: .cannotFail
        }
    }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        effects.contains(.clearMismatch) && !before.isEmpty
            ? ["a mismatch was cleared over a difference"] : []
    }

    /// A difference with the amount that would explain it.
    private static func describe(
        _ currency: Currency,
        venue: String,
        ledger: String,
        _ gap: String
    ) -> String {
        "\(currency): venue \(venue), ledger \(ledger), difference \(gap)"
    }

    private static func describe(_ instance: String) -> String {
        "another Vigil, `\(instance)`, trades with this key; give each its own key and portfolio"
    }

    private mutating func compare(at now: Instant) throws(MoneyError) -> [Effect] {
        guard let venue, let holdings, let orders else { return [] }
        let found = try differences(venue, holdings, orders)
        others = others.filter { now - $0.value < Self.othersMemory }
        let lasting =
            found.filter { before[$0.key] != nil }.values + others.keys.map(Self.describe)
        var effects: [Effect] = []
        for id in venue.openOrders.sorted() where before["order \(id)"] != nil {
            guard !orders.contains(id), OrderOwner(of: id, instance: instance) == .us,
                let stranger = venue.orders[id]
            else { continue }
            effects.append(.adopt(stranger))
        }
        before = found
        if !lasting.isEmpty {
            mismatched = true
            effects.append(.raiseMismatch(lasting.sorted().joined(separator: "; ")))
        } else if mismatched != false, found.isEmpty {
            mismatched = false
            effects.append(.clearMismatch)
        }
        return effects + [.reply(cycle: cycle, differences: found.count + others.count)]
    }

    /// True where a difference is worth too little to stop for; one without a price is never that.
    private func isDust(_ gap: Money) throws(MoneyError) -> Bool {
        guard let price = gap.currency == .usd ? .one : prices[gap.currency] else { return false }
        let size = gap.isNegative ? gap.negated : gap
        return try size.inUSD(price, .up).isLess(than: dust)
    }

    private func differences(
        _ venue: VenueListing,
        _ holdings: [Currency: Money],
        _ orders: [ClientOrderID]
    ) throws(MoneyError) -> [String: String] {
        var differences: [String: String] = [:]
        var seen: Set<Currency> = []
        var holdings = holdings
        for (currency, amount) in externals {
            holdings[currency] = try (holdings[currency] ?? .zero(currency)) + amount
        }
        for balance in venue.balances {
            let total = try balance.total()
            seen.insert(total.currency)
            let ours = holdings[total.currency] ?? .zero(total.currency)
            let gap = try total - ours
            let isDust = try isDust(gap)
            if !gap.isZero, !isDust {
                // The difference is what lasts; both totals move with every trade.
                differences["\(total.currency) \(gap.amount)"] =
                    Self.describe(
                        total.currency,
                        venue: total.amount,
                        ledger: ours.amount,
                        gap.amount
                    )
            }
        }
        for (currency, trouble) in venue.unreadable {
            // It cannot be compared; everything else can.
            seen.insert(currency)
            differences["\(currency) unreadable"] =
                "\(currency): the venue's wallet cannot be read, \(trouble); look at it there"
        }
        for (currency, ours) in holdings where !seen.contains(currency) {
            let isDust = try isDust(ours)
            if ours.isZero || isDust { continue }
            differences["\(currency) -\(ours.amount)"] =
                Self.describe(currency, venue: "0", ledger: ours.amount, "-\(ours.amount)")
        }
        for id in Set(venue.openOrders).symmetricDifference(orders) {
            let known = orders.contains(id)
            differences["order \(id)"] =
                "order \(id): \(known ? "not at the venue" : "not in the ledger")"
        }
        return differences
    }
}
