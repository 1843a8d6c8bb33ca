package import VigilModel

/// Why a product may not be entered; the raw values are stable codes.
package enum Ineligibility: String, Sendable, Codable, CaseIterable {
    /// The operator excluded it.
    case neverTrade = "NEVER_TRADE"
    /// No tier lists it, and a position in it is there from before.
    case notInUniverse = "NOT_IN_UNIVERSE"
    /// The venue does not have it.
    case notListed = "NOT_LISTED"
    /// The venue does not open it to the account.
    case notPermitted = "NOT_PERMITTED"
    /// It is halted, or open for cancels only.
    case notTradable = "NOT_TRADABLE"
    /// There is no valid book, or it is too old.
    case noQuote = "NO_QUOTE"
    /// Too little is traded.
    case volume = "VOLUME_LOW"
    /// The spread is too wide.
    case spread = "SPREAD_WIDE"
    /// Too little rests near the middle.
    case depth = "DEPTH_LOW"
}

/// The products that may be entered at the moment.
package struct UniverseSnapshot: Sendable {
    /// Eligible products in the order of their tiers.
    package let eligible: [(product: ProductID, tier: Tier)]
    /// Why the others are not.
    package let excluded: [ProductID: Ineligibility]

    /// Joins the parts.
    package init(
        eligible: [(product: ProductID, tier: Tier)],
        excluded: [ProductID: Ineligibility]
    ) {
        self.eligible = eligible
        self.excluded = excluded
    }
}

/// Decides which products may be entered; one bad reading does not drop an eligible one.
///
/// The grace is for what flickers (volume, spread, depth); what makes trading impossible has none.
package struct UniverseCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The conductor brings a market to judge.
        case evaluationRequested(cycle: Int, MarketSnapshot)
        /// The venue refused an order because the product is not open to the account.
        case productClosed(ProductID)
    }

    /// What is to be done.
    package enum Effect: Sendable {
        /// Answer the conductor.
        case reply(cycle: Int, UniverseSnapshot)
    }

    /// How long such a product is left alone before it is tried again.
    private static let closedSpan = Duration.seconds(6 * 3_600)

    private let policy: UniversePolicy
    private let quoteAgeMax: Duration
    private var failures: [ProductID: Int] = [:]
    private var eligible: Set<ProductID> = []
    private var closed: [ProductID: Instant] = [:]

    /// Begins with no product eligible.
    package init(policy: UniversePolicy, quoteAgeMax: Duration) {
        self.policy = policy
        self.quoteAgeMax = quoteAgeMax
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .evaluationRequested(let cycle, let market):
            return [.reply(cycle: cycle, evaluate(market, at: now))]
        case .productClosed(let product):
            closed[product] = now
            return []
        }
    }

    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        eligible.subtracting(policy.products.map(\.product)).sorted()
            .map { "\($0) is eligible and in no tier" }
    }

    private mutating func evaluate(_ market: MarketSnapshot, at now: Instant) -> UniverseSnapshot {
        var result: [(product: ProductID, tier: Tier)] = []
        var excluded: [ProductID: Ineligibility] = [:]
        for (id, tier) in policy.products {
            guard let demands = policy.tiers[tier] else { continue }
            if let reason = impossible(id, market, at: now) {
                eligible.remove(id)
                excluded[id] = reason
            } else if let reason = Self.unmet(demands, market.products[id]) {
                let count = (failures[id] ?? 0) + 1
                failures[id] = count
                if count >= policy.graceReadings {
                    eligible.remove(id)
                }
                excluded[id] = reason
            } else {
                failures[id] = 0
                eligible.insert(id)
            }
            if eligible.contains(id) {
                excluded[id] = nil
                result.append((id, tier))
            }
        }
        let known = Set(policy.products.map(\.product))
        for id in market.products.keys where !known.contains(id) {
            excluded[id] = policy.neverTrade.contains(id) ? .neverTrade : .notInUniverse
        }
        return UniverseSnapshot(eligible: result, excluded: excluded)
    }

    private func impossible(
        _ id: ProductID,
        _ market: MarketSnapshot,
        at now: Instant
    ) -> Ineligibility? {
        if policy.neverTrade.contains(id) { return .neverTrade }
        if let since = closed[id], now - since < Self.closedSpan { return .notPermitted }
        guard let view = market.products[id] else { return .notListed }
        guard view.product.status == .online else { return .notTradable }
        guard let quote = view.quote, now - quote.occurredAt <= quoteAgeMax else { return .noQuote }
        return nil
    }

    private static func unmet(
        _ demands: UniversePolicy.TierDemands,
        _ view: ProductView?
    ) -> Ineligibility? {
        guard let view, let quote = view.quote else { return .noQuote }
        let day = view.candles.suffix(1_440)
        // A young recording is measured by what it has, scaled to a day.
        let scale = day.isEmpty ? 0 : 1_440 / Double(day.count)
        let volume = day.reduce(0) { $0 + $1.volume * $1.close } * scale
        if volume < demands.volumeMin { return .volume }
        if quote.spreadBPS > demands.spreadMaxBPS { return .spread }
        if view.depth20BPS < demands.depthMin { return .depth }
        return nil
    }
}
