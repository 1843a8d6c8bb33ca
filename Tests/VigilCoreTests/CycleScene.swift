import Testing
import VigilModel

@testable import VigilCore

/// A conductor under whose policy one product triggers and is proposed, with what it is told.
struct CycleScene {
    static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    var core: ConductorCore

    init(submits: Bool = true, _ change: (inout TradingPolicy) -> Void = { _ in }) {
        var policy = Self.policy
        change(&policy)
        core = ConductorCore(policy: policy, submits: submits, random: SeededRandom(seed: 1))
    }

    /// A move of two percent in a quarter of an hour triggers, and is proposed with three percent at most.
    static var policy: TradingPolicy {
        let moves = TriggerPolicy.Thresholds(move15mPct: 2, move60mPct: 1e9, volumeRatio: 1e9)
        let exits = ExitPlan(
            stopLoss: Rate(basisPoints: 300),
            takeProfit: Rate(basisPoints: 600),
            holdMax: .seconds(3_600)
        )
        return TradingPolicy(
            loop: LoopPolicy(interval: .seconds(60), jitter: .zero, stageTimeout: .seconds(10)),
            risk: RiskTests.policy,
            execution: Sample.execution(),
            universe: UniversePolicy(
                tiers: [:],
                neverTrade: [],
                graceReadings: 1,
                eligibleMin: 1
            ),
            triggers: TriggerPolicy(
                thresholds: [.bull: moves, .chop: moves, .bear: moves, .crash: moves],
                breakoutHours: 48,
                momentumPct: 1e9,
                onlyUpside: true,
                scoreMin: 0,
                perCycleMax: 5,
                candleAgeMax: .seconds(600)
            ),
            strategy: StrategyPolicy(
                basePosition: [.core: Rate(basisPoints: 300)],
                convictionMin: 0,
                strengthWeight: 1,
                confidenceWeight: 0,
                coreTierBoost: 0,
                riskPerTrade: .one,
                regimeMultipliers: [.crash: Rate(basisPoints: 5_000)]
            ),
            strategies: Sample.strategies([.priceMove: .init(exits: exits, sizeMultiplier: .one)])
        )
    }

    /// The minutes before now at 100: the first of the last day, and the last quarter of an hour, elsewhere.
    static func candles(quarter: Double = 103, first: Double = 100, count: Int = 1_500) -> [Candle]
    {
        (0..<count).map { place in
            let left = count - place
            let price = left == 1_440 ? first : left <= 1 ? quarter : 100
            return Candle(start: Sample.now - .seconds(60 * left), price: price, volume: 1)
        }
    }

    static func view(_ candles: [Candle], hasQuote: Bool = true) throws -> ProductView {
        ProductView(
            product: try Sample.product(),
            quote: hasQuote ? try Sample.quote("99", "100") : nil,
            depth20BPS: 0,
            candles: candles
        )
    }

    static func market(_ candles: [Candle] = candles()) throws -> MarketSnapshot {
        MarketSnapshot(at: Sample.now, products: [Sample.btc: try view(candles)])
    }

    static let one = UniverseSnapshot(eligible: [(Sample.btc, .core)], excluded: [:])
    static let none = UniverseSnapshot(eligible: [], excluded: [:])
    static let idle = ExecutionSnapshot(working: [], open: [], unknownOrders: 0)

    /// One coin that was bought at 100 and is worth a sum.
    static func holding(worth: String) throws -> PortfolioSnapshot {
        var books = PortfolioBooks()
        _ = try books.record(Sample.fill(.buy, "1", "100", entry: "1"), Sample.origin())
        var snapshot = try RiskTests().snapshot(exposure: worth, held: [Sample.btc])
        snapshot.positions = [try #require(books.positions[Sample.btc])]
        return snapshot
    }

    @discardableResult
    mutating func tell(_ event: ConductorCore.Event, at seconds: Int = 0) throws -> [String] {
        let effects = try core.handle(event, at: Sample.now + .seconds(seconds))
        #expect(core.violations(after: event, effects) == [])
        return effects.map(Self.text)
    }

    /// Runs a cycle up to the answer of the universe, and says what comes of that.
    mutating func decide(
        _ universe: UniverseSnapshot = one,
        cycle: Int = 1,
        portfolio: PortfolioSnapshot? = nil,
        market: MarketSnapshot? = nil,
        halts: [Halt] = []
    ) throws -> [String] {
        let seconds = 60 * (cycle - 1)
        if cycle == 1 { try tell(.started) }
        try tell(.timerFired, at: seconds)
        try tell(.reconciled(cycle: cycle, differences: 0), at: seconds)
        try tell(.marked(cycle: cycle, portfolio ?? RiskTests().snapshot()), at: seconds)
        try tell(.marketRead(cycle: cycle, market ?? Self.market()), at: seconds)
        try tell(.breakersRead(cycle: cycle, halts: halts), at: seconds)
        return try tell(.universeRead(cycle: cycle, universe), at: seconds)
    }

    /// Ends the cycle after its maintenance.
    mutating func end(cycle: Int = 1, at seconds: Int = 1) throws -> (DecisionRecord, CycleOutcome)
    {
        let event = ConductorCore.Event.maintained(cycle: cycle, Self.idle)
        let now = Sample.now + .seconds(60 * (cycle - 1) + seconds)
        for case .finish(let record, let outcome, _, _) in try core.handle(event, at: now) {
            return (record, outcome)
        }
        throw MoneyError.overflow
    }

    static func text(_ effect: ConductorCore.Effect) -> String {
        switch effect {
        case .enterStage(let stage, let cycle): return "enter \(stage.rawValue) \(cycle)"
        case .reconcile(let cycle): return "reconcile \(cycle)"
        case .mark(let cycle): return "mark \(cycle)"
        case .readBreakers(let cycle, let portfolio, let market):
            return "breakers \(cycle) of \(portfolio.nlv) and \(market.products.count)"
        case .readMarket(let cycle): return "market \(cycle)"
        case .readUniverse(let cycle, let market):
            return "universe \(cycle) of \(market.products.count)"
        case .countUniverse(let count): return "eligible \(count)"
        case .readWorking(let cycle): return "working \(cycle)"
        case .judge(let cycle, let proposals, let input, let reductions):
            let wishes = proposals.map { "\($0.product) \($0.size)" }
            let sales = reductions.map { "\($0.reason.rawValue) \($0.product) \($0.quantity)" }
            return "judge \(cycle) \(wishes) sell \(sales) nlv \(input.portfolio.nlv)"
                + " working \(input.working.map(\.strategy))"
                + " bids \(input.quotes.values.map(\.bid.description))"
                + " rules \(input.products.count) \(input.regime.rawValue)"
        case .place(let cycle, let orders, let reductions):
            return "place \(cycle) \(orders.map(\.subject.notional.description))"
                + " sell \(reductions.map(\.subject.quantity.description))"
        case .reportCareFailed(let count): return "care failed \(count)"
        case .maintain(let cycle): return "maintain \(cycle)"
        case .finish(_, let outcome, let portfolio, let execution):
            return "finish \(outcome.name) \(outcome.reason ?? "-")"
                + " \(portfolio?.nlv.description ?? "-") \(execution?.unknownOrders ?? -1)"
        case .wake(let due): return "wake \((due - Sample.now).nanoseconds / 1_000_000_000)"
        case .reportStopped: return "stopped"
        }
    }
}
