import Testing
import VigilMarkets
import VigilModel
import VigilTestSupport

@testable import VigilCore

/// A random day of three products, with rules whose limits lie at, just under and just over what the day
/// brings, so that every comparison is met at its edge.
struct SignalDay {
    struct Asked: Encodable {
        struct Product: Encodable {
            let product: String
            let tier: Int
            let candles: [[Double]]
        }
        struct Limits: Encodable {
            let move15: Double
            let move60: Double
            let volume: Double
        }
        struct Triggers: Encodable {
            let breakoutHours: Int
            let momentum: Double
            let onlyUpside: Bool
            let scoreMin: Double
            let perCycle: Int
            let candleAge: Double
            let limits: [String: Limits]
        }
        struct Rule: Encodable {
            let stop: String
            let multiplier: String
        }
        struct Strategy: Encodable {
            let enabled: Bool
            let base: [String: String]
            let convictionMin: Double
            let strengthWeight: Double
            let confidenceWeight: Double
            let coreBoost: Double
            let risk: String
            let weather: [String: String]
            let rules: [String: Rule]
        }
        let products: [Product]
        let now: Double
        let hours: Int
        let triggers: Triggers
        let strategy: Strategy
        let readings: [UniverseReadings.Asked.Reading]
        let universe: UniverseReadings.Asked.Rules
    }

    private static let start = Instant(seconds: 1_767_571_200)
    private let products: [(product: Product, tier: Tier)]
    private let candles: [ProductID: [Candle]]
    private let now: Instant
    private let hours: Int
    let triggers: TriggerPolicy
    let strategy: StrategyPolicy
    let settings: StrategySettings
    private let readings: UniverseReadings

    /// The products of every day.
    static func specs() throws -> [ProductSpec] {
        try ["BTC-USD", "SOL-USD", "DOGE-USD"].enumerated().map { index, name in
            try ProductSpec(try #require(ProductID(name)), tier: index + 1)
        }
    }

    /// The minutes before ``start``, from the simulator's market.
    static func history(seed: UInt64) throws -> [ProductID: [Candle]] {
        MarketGenerator(try specs(), seed: seed, start: start, warmup: 1_500).history
    }

    init(seed: UInt64, _ history: [ProductID: [Candle]]) throws {
        var random = SeededRandom(seed: seed)
        let specs = try Self.specs()
        let length = [1_500, 1_500, 1_500, 1_441, 1_440, 1_439, 1_381, 700, 61, 15]
            .cycled(random.next())
        let drift = [0, 0.12, -0.07, 0.3, -0.2, 0.05].cycled(random.next())
        let burst = [1.0, 4, 1.3].cycled(random.next())
        let isCalm = random.unit() < 0.4
        candles = history.mapValues {
            Self.shaped(Array($0.suffix(length)), drift: drift, calm: isCalm, burst: burst)
        }
        products = specs.enumerated().map { ($1.product, Tier.allCases[$0]) }
        hours = [24, 12, 4].cycled(seed)
        now = Self.start + [.zero, .seconds(90), .seconds(91), .seconds(30)].cycled(seed)
        triggers = try Self.triggerPolicy(candles[specs[0].product.id] ?? [], seed, &random)
        strategy = try Self.strategyPolicy(seed, &random)
        settings = try Self.settings(seed)
        readings = try UniverseReadings(products, candles, seed: seed, &random)
    }

    /// The same minutes with a trend, in a calm day with hardly any noise, and a loud last hour.
    private static func shaped(
        _ candles: [Candle],
        drift: Double,
        calm: Bool,
        burst: Double
    ) -> [Candle] {
        guard let first = candles.first else { return [] }
        let count = Double(candles.count)
        return candles.enumerated().map { index, candle in
            let trend = 1 + drift * Double(index + 1) / count
            let noise = calm ? 0.2 : 1.0
            func moved(_ price: Double) -> Double {
                first.open * trend * (1 + (price / first.open - 1) * noise)
            }
            return Candle(
                start: candle.start,
                open: moved(candle.open),
                high: moved(candle.high),
                low: moved(candle.low),
                close: moved(candle.close),
                volume: candle.volume * (index >= candles.count - 60 ? burst : 1)
            )
        }
    }

    private static func triggerPolicy(
        _ candles: [Candle],
        _ seed: UInt64,
        _ random: inout SeededRandom
    ) throws -> TriggerPolicy {
        // A third of the limits is exactly what was measured, a third is far below, a third just above.
        func limit(_ measured: Double?, _ usual: Double) -> Double {
            guard let measured, measured != 0 else { return usual }
            return [abs(measured), abs(measured) / 2, abs(measured).nextUp].cycled(random.next())
        }
        let limits = TriggerPolicy.Thresholds(
            move15mPct: limit(Indicators.change(candles, minutes: 15), 1),
            move60mPct: limit(Indicators.change(candles, minutes: 60), 2),
            volumeRatio: limit(Indicators.volumeRatio(candles), 1.5)
        )
        var thresholds: [Regime: TriggerPolicy.Thresholds] = [:]
        for regime in Regime.allCases where seed % 9 != 8 || regime == .bull {
            thresholds[regime] = limits
        }
        return TriggerPolicy(
            thresholds: thresholds,
            breakoutHours: [1, 4, 24].cycled(seed),
            momentumPct: limit(Indicators.change(candles, minutes: 1_439), 3),
            onlyUpside: seed % 4 == 3,
            scoreMin: [0, 0.3, 0.56].cycled(random.next()),
            perCycleMax: [3, 2, 1].cycled(seed),
            candleAgeMax: .seconds(90)
        )
    }

    private static func strategyPolicy(
        _ seed: UInt64,
        _ random: inout SeededRandom
    ) throws -> StrategyPolicy {
        var strategy = StrategyPolicy(
            basePosition: try [
                .core: Rate("0.2"), .rotational: Rate(seed % 2 == 0 ? "0.9" : "0.05"),
                .eventDriven: Rate("0.04"),
            ],
            convictionMin: [0, 0.3, 0.5].cycled(seed),
            strengthWeight: 0.4,
            confidenceWeight: 0.5,
            coreTierBoost: 0.07,
            riskPerTrade: try Rate(["0.005", "0.01", "0.0007"].cycled(seed)),
            regimeMultipliers: try [.bull: Rate("1.2"), .bear: Rate("0.6"), .crash: Rate("0.1")]
        )
        if seed % 5 == 4 { strategy.basePosition[.rotational] = nil }
        return strategy
    }

    private static func settings(_ seed: UInt64) throws -> StrategySettings {
        var rules: [TriggerKind: RuleParameters.Rule] = [:]
        for (index, kind) in TriggerKind.allCases.enumerated()
        where (seed + UInt64(index)) % 7 != 6 {
            let stop = ["0.03", "0.05", "0.0123", "0"].cycled(seed / 2 + UInt64(index))
            rules[kind] = RuleParameters.Rule(
                exits: try Sample.plan(stop),
                sizeMultiplier: try Rate(["1", "0.75", "1.2"].cycled(seed + UInt64(index)))
            )
        }
        return StrategySettings(
            enabled: seed % 11 != 10,
            parameters: RuleParameters(rules: rules)
        )
    }

    var asked: Asked {
        Asked(
            products: products.map { product, tier in
                Asked.Product(
                    product: product.id.description,
                    tier: tier.rawValue,
                    candles: (candles[product.id] ?? []).map {
                        [Self.seconds($0.start), $0.open, $0.high, $0.low, $0.close, $0.volume]
                    }
                )
            },
            now: Self.seconds(now),
            hours: hours,
            triggers: askedTriggers,
            strategy: askedStrategy,
            readings: readings.asked.readings,
            universe: readings.asked.rules
        )
    }

    private var askedTriggers: Asked.Triggers {
        Asked.Triggers(
            breakoutHours: triggers.breakoutHours,
            momentum: triggers.momentumPct,
            onlyUpside: triggers.onlyUpside,
            scoreMin: triggers.scoreMin,
            perCycle: triggers.perCycleMax,
            candleAge: 90,
            limits: Dictionary(
                uniqueKeysWithValues: triggers.thresholds.map {
                    (
                        $0.rawValue,
                        Asked.Limits(
                            move15: $1.move15mPct,
                            move60: $1.move60mPct,
                            volume: $1.volumeRatio
                        )
                    )
                }
            )
        )
    }

    private var askedStrategy: Asked.Strategy {
        Asked.Strategy(
            enabled: settings.enabled,
            base: Dictionary(
                uniqueKeysWithValues: strategy.basePosition.map {
                    ("\($0.rawValue)", "\($1.raw)")
                }
            ),
            convictionMin: strategy.convictionMin,
            strengthWeight: strategy.strengthWeight,
            confidenceWeight: strategy.confidenceWeight,
            coreBoost: strategy.coreTierBoost,
            risk: "\(strategy.riskPerTrade.raw)",
            weather: Dictionary(
                uniqueKeysWithValues: strategy.regimeMultipliers.map { ($0.rawValue, "\($1.raw)") }
            ),
            rules: Dictionary(
                uniqueKeysWithValues: policy.rules.rules.map {
                    (
                        $0.rawValue,
                        Asked.Rule(
                            stop: "\($1.exits.stopLoss.raw)",
                            multiplier: "\($1.sizeMultiplier.raw)"
                        )
                    )
                }
            )
        )
    }

    private var views: [ProductView] {
        products.map { product, _ in
            ProductView(
                product: product,
                quote: nil,
                depth20BPS: 0,
                candles: candles[product.id] ?? []
            )
        }
    }

    /// What the day tells the engine.
    var policy: TradingPolicy {
        var policy = CycleScene.policy
        (policy.triggers, policy.strategy) = (triggers, strategy)
        policy.strategies = [RuleEngine.name: settings]
        return policy
    }

    /// What a strategy sees of the day.
    var view: StrategyView {
        StrategyView(
            universe: UniverseSnapshot(
                eligible: products.map { ($0.product.id, $0.tier) },
                excluded: [:]
            ),
            market: MarketSnapshot(
                at: now,
                products: Dictionary(uniqueKeysWithValues: views.map { ($0.product.id, $0) })
            ),
            regime: Regime.judged(candles[products[0].product.id] ?? []),
            now: now
        )
    }

    /// What Vigil makes of the day.
    func answer() throws -> SignalAnswer {
        var rules = try #require(StrategyRegistry.strategies(for: policy).first)
        let advice = try rules.advice(on: view)
        return SignalAnswer(
            regime: view.regime.rawValue,
            realised: Indicators.realised(views[0], hours: hours),
            triggers: advice.triggers.map {
                SignalAnswer.Trigger(
                    product: $0.product.description,
                    tier: $0.tier.rawValue,
                    kind: $0.kind.rawValue,
                    strength: $0.strength,
                    confidence: $0.confidence,
                    change: $0.changePct,
                    volatility: $0.volatility
                )
            },
            proposals: advice.proposals.map {
                SignalAnswer.Proposal(
                    product: $0.product.description,
                    conviction: $0.conviction,
                    steps: $0.steps.map { "\($0.size.raw)" }
                )
            },
            universe: try readings.answers()
        )
    }

    private static func seconds(_ instant: Instant) -> Double {
        Double((instant - start).nanoseconds) / 1e9
    }
}
