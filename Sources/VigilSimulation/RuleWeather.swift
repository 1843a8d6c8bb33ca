package import VigilExchange
package import VigilModel

/// A market whose products get coarser price steps for a while, from a seed.
package struct RuleWeather: MarketSource {
    /// The chance of a change with each step of a product: with steps of five seconds, about one in half an hour.
    private static let chance = 0.003
    /// How much coarser a step becomes.
    private static let factors: [Int128] = [1, 5, 10, 25]

    private var base: any MarketSource
    private var random: SeededRandom
    private let calmFrom: Instant
    private var factor: [ProductID: Int128] = [:]

    /// Stands before a market; from `calmFrom` on all steps are as they were.
    package init(_ base: any MarketSource, seed: UInt64, calmFrom: Instant) {
        self.base = base
        self.calmFrom = calmFrom
        random = SeededRandom(seed: seed).forked(0x72_756c_6573)
    }

    package var products: [Product] { base.products }
    package var interval: Duration { base.interval }
    package var start: Instant { base.start }
    package var end: Instant? { base.end }
    package var history: [ProductID: [Candle]] { base.history }
    package var hasWholeBooks: Bool { base.hasWholeBooks }

    package mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] {
        var steps = try base.step(at: now)
        for index in steps.indices {
            let id = steps[index].product
            let old = factor[id] ?? 1
            let new = next(after: old, at: now)
            guard new != old, let product = products.first(where: { $0.id == id }) else { continue }
            factor[id] = new
            steps[index].rules = try product.coarser(by: new)
        }
        return steps
    }

    private mutating func next(after old: Int128, at now: Instant) -> Int128 {
        guard now < calmFrom else { return 1 }
        guard random.unit() < Self.chance else { return old }
        return Self.factors[random.integer(in: 0...Self.factors.count - 1)]
    }
}

extension Product {
    /// The same product with a price step this many times its own.
    fileprivate func coarser(by factor: Int128) throws(MoneyError) -> Product {
        try Product(
            id: id,
            baseIncrement: baseIncrement,
            priceIncrement: Price(raw: priceIncrement.raw * factor, currency: id.quote),
            baseMin: baseMin,
            quoteMin: quoteMin,
            status: status
        )
    }
}
