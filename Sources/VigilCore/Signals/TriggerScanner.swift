package import VigilModel

/// What kind of thing has happened.
package enum TriggerKind: String, Sendable, Codable, CaseIterable {
    /// A fast move; its sign says which way.
    case priceMove = "price_move"
    /// Far more volume than usual.
    case volumeSpike = "volume_spike"
    /// A new high.
    case breakout
    /// A move that has lasted a day.
    case momentum
}

/// Something that has happened in a product, with its numbers.
package struct Trigger: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// Its tier.
    package let tier: Tier
    /// What happened.
    package let kind: TriggerKind
    /// How strong it is, 0 to 1.
    package let strength: Double
    /// How sure it is, 0 to 1.
    package let confidence: Double
    /// The move behind it in percent, **signed**: a fall is negative.
    package let changePct: Double
    /// Annualised volatility in percent.
    package let volatility: Double

    /// States a trigger.
    package init(
        product: ProductID,
        tier: Tier,
        kind: TriggerKind,
        strength: Double,
        confidence: Double,
        changePct: Double,
        volatility: Double
    ) {
        self.product = product
        self.tier = tier
        self.kind = kind
        self.strength = strength
        self.confidence = confidence
        self.changePct = changePct
        self.volatility = volatility
    }

    /// What triggers are ranked by.
    package var score: Double { strength * confidence }

    /// What decides who is seen: a rise before every fall, as nothing is sold short; then the score.
    var rank: (Int, Double) { (changePct > 0 ? 1 : 0, score) }
}

/// Finds triggers in completed candles; never in the forming one.
package struct TriggerScanner: Sendable {
    private let policy: TriggerPolicy

    /// Takes the thresholds.
    package init(policy: TriggerPolicy) {
        self.policy = policy
    }

    /// The strongest trigger of each eligible product, rises first and then by score, at most `perCycleMax`.
    ///
    /// A product whose newest candle ended too long ago has no trigger: its market is not seen.
    package func scan(
        _ universe: UniverseSnapshot,
        _ market: MarketSnapshot,
        regime: Regime,
        at now: Instant
    ) -> [Trigger] {
        guard let thresholds = policy.thresholds[regime] else { return [] }
        var found: [Trigger] = []
        for (product, tier) in universe.eligible {
            guard let candles = market.products[product]?.candles, let last = candles.last,
                now - last.start - .seconds(60) <= policy.candleAgeMax
            else { continue }
            let best = triggers(product, tier, candles, thresholds)
                .filter { $0.score >= policy.scoreMin && (!policy.onlyUpside || $0.changePct > 0) }
                .max { $0.rank < $1.rank }
            if let best {
                found.append(best)
            }
        }
        // The sort is stable by hand: equal scores keep the universe's order.
        let ranked = found.enumerated().sorted {
            let (left, right) = ($0.element.rank, $1.element.rank)
            return left == right ? $0.offset < $1.offset : left > right
        }
        return ranked.prefix(policy.perCycleMax).map(\.element)
    }

    private func triggers(
        _ product: ProductID,
        _ tier: Tier,
        _ candles: [Candle],
        _ thresholds: TriggerPolicy.Thresholds
    ) -> [Trigger] {
        func trigger(
            _ kind: TriggerKind,
            _ strength: Double,
            _ confidence: Double,
            _ change: Double
        ) -> Trigger {
            Trigger(
                product: product,
                tier: tier,
                kind: kind,
                strength: min(max(strength, 0), 1),
                confidence: min(max(confidence, 0), 1),
                changePct: change,
                volatility: Indicators.volatility(candles)
            )
        }
        guard let hour = Indicators.change(candles, minutes: 60),
            let quarter = Indicators.change(candles, minutes: 15), let last = candles.last
        else { return [] }
        var result: [Trigger] = []
        let fast = abs(quarter) >= thresholds.move15mPct
        let slow = abs(hour) >= thresholds.move60mPct
        switch (fast, slow) {
        case (true, true): result.append(trigger(.priceMove, 0.8, 0.85, hour))
        case (true, false): result.append(trigger(.priceMove, 0.6, 0.7, quarter))
        case (false, true): result.append(trigger(.priceMove, 0.7, 0.75, hour))
        case (false, false): break
        }
        if let ratio = Indicators.volumeRatio(candles), ratio >= thresholds.volumeRatio {
            result.append(trigger(.volumeSpike, (ratio - 1) / 3, ratio / 4, hour))
        }
        if let high = Indicators.high(candles, hours: policy.breakoutHours), last.close >= high {
            result.append(trigger(.breakout, 0.7, 0.8, hour))
        }
        if let day = Indicators.change(candles, minutes: 1_439), abs(day) >= policy.momentumPct {
            let persistence = Indicators.persistence(candles, upward: day > 0)
            result.append(trigger(.momentum, abs(day) / 10, persistence, day))
        }
        return result
    }
}
