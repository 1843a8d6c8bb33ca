package import VigilModel

/// What a strategy sees at one moment.
package struct StrategyView: Sendable {
    /// The products that may be entered, in the order of their tiers.
    package let universe: UniverseSnapshot
    /// The market, completed candles only.
    package let market: MarketSnapshot
    /// The weather of the whole market.
    package let regime: Regime
    /// The time of the decision.
    package let now: Instant

    /// Joins the parts.
    package init(
        universe: UniverseSnapshot,
        market: MarketSnapshot,
        regime: Regime,
        now: Instant
    ) {
        self.universe = universe
        self.market = market
        self.regime = regime
        self.now = now
    }

    /// The view of some minutes ago, as far as candles tell of it.
    func earlier(by minutes: Int) -> StrategyView {
        let products = market.products.mapValues { view in
            var past = ProductView(
                product: view.product,
                quote: view.quote,
                depth20BPS: view.depth20BPS,
                candles: view.candles.dropLast(minutes)
            )
            past.hours = view.hours
            return past
        }
        let now = now - .seconds(60 * minutes)
        return StrategyView(
            universe: universe,
            market: MarketSnapshot(at: now, products: products),
            regime: regime,
            now: now
        )
    }
}

/// What a strategy came to.
package struct StrategyAdvice: Sendable, Equatable {
    /// What has happened, for the record.
    package let triggers: [Trigger]
    /// What it wishes, the most believed in first.
    package let proposals: [Proposal]

    /// Joins both.
    package init(triggers: [Trigger], proposals: [Proposal]) {
        self.triggers = triggers
        self.proposals = proposals
    }
}

/// Turns what is seen into wishes; Risk decides what becomes of them.
///
/// What it keeps is a function of the candles that it has seen, so that after a restart it decides as if there had
/// been none. It never asks for the time, draws a random number, or reads anything but its view.
package protocol Strategy: Sendable {
    /// What its operator may set.
    associatedtype Parameters: StrategyParameters

    /// What it is called in the configuration and in the ledger; never changed once positions carry it.
    static var name: String { get }

    /// Takes what all strategies share, and what this one declared.
    init(_ policy: TradingPolicy, _ parameters: Parameters)

    /// Decides on one view.
    ///
    /// - Throws: `MoneyError` where a number cannot be held: the cycle is broken off, and nothing is entered.
    mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice
}

/// Every strategy there is.
package enum StrategyRegistry {
    /// In the order in which they are asked; a new one is added here, and nowhere else.
    package static let kinds: [any Strategy.Type] = [RuleEngine.self]

    /// One of each that the policy has settings for.
    static func strategies(for policy: TradingPolicy) -> [HeardStrategy] {
        kinds.compactMap { $0.heard(policy) }
    }
}

/// A strategy, and whether its wishes are heard.
struct HeardStrategy {
    var strategy: any Strategy
    let isEnabled: Bool

    /// What it sees is told either way, what it wishes only where it is enabled.
    ///
    /// - Throws: what a strategy throws that is enabled; one that is not breaks off no cycle.
    mutating func advice(on view: StrategyView) throws(MoneyError) -> StrategyAdvice {
        guard !isEnabled else { return try strategy.decide(view) }
        let seen = (try? strategy.decide(view))?.triggers ?? []
        return StrategyAdvice(triggers: seen, proposals: [])
    }
}

extension Strategy {
    static func heard(_ policy: TradingPolicy) -> HeardStrategy? {
        guard let settings = policy.strategies[name],
            let parameters = settings.parameters as? Parameters
        else { return nil }
        return HeardStrategy(
            strategy: Self(policy, parameters),
            isEnabled: settings.enabled
        )
    }
}
