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
    /// Decides on one view.
    ///
    /// - Throws: `MoneyError` where a number cannot be held: the cycle is broken off, and nothing is entered.
    mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice
}

/// Every strategy there is, by the name that it has in the configuration and in the ledger.
package enum StrategyRegistry {
    /// How each is made of the configuration, in the order in which they are asked.
    package static let makers: [(name: String, make: @Sendable (TradingPolicy) -> any Strategy)] = [
        (RuleEngine.name, { RuleEngine(triggers: $0.triggers, rules: $0.strategy) })
    ]

    static func strategies(for policy: TradingPolicy) -> [any Strategy] {
        makers.map { $0.make(policy) }
    }
}

/// The first strategy: something happens in a product, and a rule says what is done about it.
package struct RuleEngine: Strategy {
    /// Its name.
    package static let name = "rules_engine"

    private let scanner: TriggerScanner
    private let rules: RuleStrategy

    /// Takes what counts as an event, and what is done about it.
    package init(triggers: TriggerPolicy, rules: StrategyPolicy) {
        scanner = TriggerScanner(policy: triggers)
        self.rules = RuleStrategy(policy: rules)
    }

    /// Decides on one view; keeps nothing.
    package mutating func decide(_ view: StrategyView) throws(MoneyError) -> StrategyAdvice {
        let triggers = scanner.scan(view.universe, view.market, regime: view.regime, at: view.now)
        let proposals = try rules.proposals(for: triggers, regime: view.regime)
        return StrategyAdvice(triggers: triggers, proposals: proposals)
    }
}
