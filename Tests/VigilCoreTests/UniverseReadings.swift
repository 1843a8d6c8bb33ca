import VigilModel
import VigilTestSupport

@testable import VigilCore

/// A row of readings of a universe, each at, just under or just over a demand.
struct UniverseReadings {
    enum Asked {
        struct View: Encodable {
            let status: String
            let bid: Double?
            let ask: Double?
            let ageNanoseconds: Int64
            let depth: Double
        }
        struct Reading: Encodable {
            let views: [String: View]
        }
        struct Demands: Encodable {
            let volume: Double
            let spread: Double
            let depth: Double
        }
        struct Listed: Encodable {
            let product: String
            let tier: Int
            func encode(to encoder: any Encoder) throws {
                var row = encoder.unkeyedContainer()
                try row.encode(product)
                try row.encode(tier)
            }
        }
        struct Rules: Encodable {
            let products: [Listed]
            let tiers: [String: Demands]
            let never: [String]
            let grace: Int
            let quoteAgeNanoseconds: Int64
        }
    }

    private static let now = Sample.now
    private static let ageMax = Duration.seconds(15)
    private let policy: UniversePolicy
    private let markets: [[ProductID: ProductView]]

    init(
        _ products: [(product: Product, tier: Tier)],
        _ candles: [ProductID: [Candle]],
        seed: UInt64,
        _ random: inout SeededRandom
    ) throws {
        var tiers: [Tier: UniversePolicy.TierDemands] = [:]
        for (product, tier) in products {
            // The demand is what the first reading has, to the last bit.
            let day = (candles[product.id] ?? []).suffix(1_440)
            let scale = day.isEmpty ? 0 : 1_440 / Double(day.count)
            let traded = day.reduce(0) { $0 + $1.volume * $1.close } * scale
            tiers[tier] = UniversePolicy.TierDemands(
                products: [product.id],
                volumeMin: [traded, traded / 2, traded.nextUp].cycled(random.next()),
                spreadMaxBPS: try Self.quote(product.id, "100", "101", .zero).spreadBPS,
                depthMin: 5_000
            )
        }
        policy = UniversePolicy(
            tiers: tiers,
            neverTrade: seed % 6 == 5 ? [products[2].product.id] : [],
            graceReadings: [1, 2, 3].cycled(seed),
            eligibleMin: 1
        )
        var markets: [[ProductID: ProductView]] = []
        for _ in 0..<12 {
            var views: [ProductID: ProductView] = [:]
            for (product, _) in products where random.unit() > 0.05 {
                views[product.id] = try Self.view(product, candles[product.id] ?? [], &random)
            }
            // One that no tier lists, seen because it is held.
            if let held = ProductID("LINK-USD"), random.unit() < 0.3 {
                var other = products[0].product
                other = try Product(
                    id: held,
                    baseIncrement: other.baseIncrement,
                    priceIncrement: other.priceIncrement,
                    baseMin: other.baseMin,
                    quoteMin: other.quoteMin,
                    status: .online
                )
                views[held] = try Self.view(other, [], &random)
            }
            markets.append(views)
        }
        self.markets = markets
    }

    private static func quote(
        _ id: ProductID,
        _ bid: String,
        _ ask: String,
        _ age: Duration
    ) throws -> Quote {
        Quote(
            product: id,
            bid: BookLevel(price: try Price(bid, .usd), quantity: try Quantity("1")),
            ask: BookLevel(price: try Price(ask, .usd), quantity: try Quantity("1")),
            occurredAt: now - age
        )
    }

    private static func view(
        _ product: Product,
        _ candles: [Candle],
        _ random: inout SeededRandom
    ) throws -> ProductView {
        let ask = ["101", "100.5", "101.01", "101"].cycled(random.next())
        let age = [Duration.zero, ageMax, ageMax + .nanoseconds(1), .zero, .zero, .zero]
            .cycled(random.next())
        var shown = product
        shown.status = [.online, .online, .online, .online, .online, .cancelOnly]
            .cycled(random.next())
        return ProductView(
            product: shown,
            quote: random.unit() < 0.05 ? nil : try quote(product.id, "100", ask, age),
            depth20BPS: [5_000, 5_000, 6_000, 5_000.0.nextDown].cycled(random.next()),
            candles: candles
        )
    }

    var asked: (readings: [Asked.Reading], rules: Asked.Rules) {
        let readings = markets.map { views in
            var read: [String: Asked.View] = [:]
            for (id, view) in views {
                read[id.description] = Asked.View(
                    status: view.product.status == .online ? "online" : "cancel_only",
                    bid: view.quote?.bid.indicator,
                    ask: view.quote?.ask.indicator,
                    ageNanoseconds: view.quote.map { (Self.now - $0.occurredAt).nanoseconds } ?? 0,
                    depth: view.depth20BPS
                )
            }
            return Asked.Reading(views: read)
        }
        let rules = Asked.Rules(
            products: policy.products.map {
                Asked.Listed(product: $0.product.description, tier: $0.tier.rawValue)
            },
            tiers: Dictionary(
                uniqueKeysWithValues: policy.tiers.map {
                    (
                        "\($0.rawValue)",
                        Asked.Demands(
                            volume: $1.volumeMin,
                            spread: $1.spreadMaxBPS,
                            depth: $1.depthMin
                        )
                    )
                }
            ),
            never: policy.neverTrade.map(\.description),
            grace: policy.graceReadings,
            quoteAgeNanoseconds: Self.ageMax.nanoseconds
        )
        return (readings, rules)
    }

    /// What the universe says after each reading.
    func answers() throws -> [SignalAnswer.Universe] {
        var core = UniverseCore(policy: policy, quoteAgeMax: Self.ageMax)
        var answers: [SignalAnswer.Universe] = []
        for (cycle, views) in markets.enumerated() {
            let market = MarketSnapshot(at: Self.now, products: views)
            let effects = try core.handle(
                .evaluationRequested(cycle: cycle, market),
                at: Self.now
            )
            for case .reply(_, let snapshot) in effects {
                answers.append(
                    SignalAnswer.Universe(
                        eligible: snapshot.eligible.map(\.product.description),
                        excluded: Dictionary(
                            uniqueKeysWithValues: snapshot.excluded.map {
                                ($0.description, $1.rawValue)
                            }
                        )
                    )
                )
            }
        }
        return answers
    }
}
