import Testing
import VigilModel
import VigilTestSupport

@testable import VigilCore

/// What must hold of every risk pass, on random ones.
@Suite struct RiskProperties {
    private static let now = Instant(seconds: 1_767_571_200 + 45_000)
    private static let products = (0..<12).map {
        ProductID(base: Currency("P\($0)") ?? .usd, quote: .usd)
    }

    /// A random pass.
    private struct Scene {
        var policy: RiskPolicy
        var execution: ExecutionPolicy
        var input: RiskInput
        var proposals: [Proposal]
        var counters = RiskCounters()

        func verdicts() throws -> [RiskVerdict] {
            try RiskPass(
                policy: policy,
                execution: execution,
                input: input,
                counters: counters,
                halts: [],
                now: RiskProperties.now
            ).verdicts(proposals)
        }
    }

    private static func rate(_ random: inout SeededRandom, _ least: Int, _ most: Int) -> Rate {
        Rate(basisPoints: random.integer(in: least...most))
    }

    private static func usd(_ random: inout SeededRandom, _ most: Int) -> Money {
        Money(raw: Int128(random.integer(in: 1...most)) * FixedPoint.one / 7, currency: .usd)
    }

    private static func scene(_ seed: UInt64) throws -> Scene {
        var random = SeededRandom(seed: seed)
        var policy = RiskPolicy(
            totalAtRiskMax: rate(&random, 500, 10_000),
            positionMax: rate(&random, 50, 4_000),
            positionMin: rate(&random, 0, 100),
            openPositionsMax: random.integer(in: 1...15),
            dailyStop: .one,
            weeklyStop: .one,
            drawdownMax: .one,
            tradesPerDayMax: random.integer(in: 1...20),
            tradesPerHourMax: random.integer(in: 1...20),
            tradeSpacing: .zero,
            productSpacing: .zero,
            productCooldown: .zero,
            stopCooldown: .zero,
            lossStreakMax: 0,
            lossCooldown: .zero,
            notionalMin: usd(&random, 700),
            newPositionsPerCycleMax: random.integer(in: 1...12)
        )
        policy.breakers = .usual
        policy.assetMax = rate(&random, 50, 4_000)
        policy.capitalMax = usd(&random, 1_000_000)
        policy.themeMax = ["x": rate(&random, 100, 5_000)]
        policy.strategyBudget = ["s": rate(&random, 100, 8_000)]
        policy.pyramid = PyramidPolicy(spacing: .zero, additionsPerDayMax: 9, positionsMax: 9)
        for product in products where random.unit() < 0.5 {
            policy.themesByProduct[product] = ["x"]
        }
        let execution = ExecutionPolicy(
            postOnlyTTL: .seconds(1),
            repricesMax: 0,
            repriceDecay: .one,
            takerFallback: true,
            slippageBudget: [.core: rate(&random, 0, 300)],
            exitSlippageTolerance: .zero,
            exitsRestFirst: true,
            restingOrderLifetime: .seconds(1),
            fees: FeeSchedule(maker: .zero, taker: rate(&random, 0, 120)),
            quoteAgeMax: .seconds(15)
        )
        let input = try input(&random)
        var proposals: [Proposal] = []
        for product in products where random.unit() < 0.7 {
            proposals.append(
                proposal(product, rate(&random, 1, 3_000), 0.25 * random.unit().rounded())
            )
        }
        return Scene(policy: policy, execution: execution, input: input, proposals: proposals)
    }

    private static func input(_ random: inout SeededRandom) throws -> RiskInput {
        var exposures: [ProductID: Money] = [:]
        var exposure = Money.zero(.usd)
        var working: [WorkingEntry] = []
        for product in products {
            if random.unit() < 0.3 {
                let value = usd(&random, 20_000)
                exposures[product] = value
                exposure = try exposure + value
            } else if random.unit() < 0.2 {
                let worst = usd(&random, 10_000)
                working.append(WorkingEntry(product: product, worst: worst, strategy: "s"))
            }
        }
        let cash = usd(&random, 200_000)
        return RiskInput(
            portfolio: PortfolioSnapshot(
                at: now,
                nlv: try cash + exposure,
                exposure: exposure,
                exposures: exposures,
                cash: cash,
                realised: .zero(.usd),
                unrealised: .zero(.usd),
                fees: .zero(.usd),
                drawdown: .zero,
                dayChange: .zero,
                weekChange: .zero,
                openPositions: exposures.count,
                holdings: [.usd: cash],
                rates: [.usd: .one],
                strategies: exposures.mapValues { _ in "s" }
            ),
            working: working,
            quotes: try Dictionary(products.map { ($0, try quote($0, &random)) }) { $1 },
            products: try Dictionary(products.map { ($0, try rules($0)) }) { $1 },
            regime: .chop
        )
    }

    private static func quote(_ id: ProductID, _ random: inout SeededRandom) throws -> Quote {
        let ask = try Price("\(random.integer(in: 1...90_000)).37", .usd)
        let level = BookLevel(price: ask, quantity: try Quantity("1"))
        return Quote(product: id, bid: level, ask: level, occurredAt: now)
    }

    private static func rules(_ id: ProductID) throws -> Product {
        try Product(
            id: id,
            baseIncrement: Quantity("0.00000001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.00000001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
    }

    private static func proposal(_ id: ProductID, _ size: Rate, _ conviction: Double) -> Proposal {
        Proposal(
            product: id,
            tier: .core,
            size: size,
            conviction: conviction,
            trigger: Trigger(
                product: id,
                tier: .core,
                kind: .breakout,
                strength: 1,
                confidence: 1,
                changePct: 1,
                volatility: 50
            ),
            exits: ExitPlan(stopLoss: .one, takeProfit: .one, holdMax: .seconds(1)),
            strategy: "s"
        )
    }

    /// What an allowed order costs where it fills whole, as Execution would send it, at its worst price.
    private static func cost(_ order: NewOrder, _ scene: Scene) throws -> Money {
        let fee = scene.execution.fees.taker
        let left = try (scene.execution.slippageBudget[.core] ?? .zero) - fee
        let slip = try Rate.one + min(max(left, .zero), scene.execution.slippageMax)
        let product = try #require(scene.input.products[order.product])
        let quantity = try Quantity(buying: order.notional, at: order.reference, .down)
            .rounded(.down, to: product.baseIncrement)
        let price = try order.reference.scaled(by: slip, .down)
            .rounded(.down, to: product.priceIncrement)
        let notional = try price.notional(of: quantity, .up)
        return try notional + notional.times(fee, .up)
    }

    @Test func `whatever is allowed, filled at worst, exceeds no cap`() throws {
        var granted = 0
        for seed in 1...2_000 as ClosedRange<UInt64> {
            let scene = try Self.scene(seed)
            var orders: [NewOrder] = []
            for case .approved(let approval, _) in try scene.verdicts() {
                orders.append(approval.subject)
            }
            granted += orders.count
            try Self.expectWithin(orders, scene, "seed \(seed)")
        }
        #expect(granted > 1_000)
    }

    private static func expectWithin(
        _ orders: [NewOrder],
        _ scene: Scene,
        _ seed: Comment
    ) throws {
        let (policy, portfolio) = (scene.policy, scene.input.portfolio)
        let base = try portfolio.nlv.smaller(policy.capitalMax)
        /// Caps hold for what an order adds to; what was over them before is not made worse.
        func hold(_ share: Rate, _ fits: (ProductID) -> Bool) throws {
            var (before, added) = (Money.zero(.usd), Money.zero(.usd))
            for (product, value) in portfolio.exposures where fits(product) {
                before = try before + value
            }
            for entry in scene.input.working where fits(entry.product) {
                before = try before + entry.worst
            }
            for order in orders where fits(order.product) {
                added = try added + cost(order, scene)
            }
            let limit = try base.times(share, .down).smaller(policy.capitalMax)
            if added.isPositive {
                #expect(try !limit.isLess(than: before + added), seed)
            }
        }
        try hold(policy.totalAtRiskMax) { _ in true }
        try hold(policy.strategyBudget["s"] ?? .one) { _ in true }
        try hold(policy.themeMax["x"] ?? .one) { policy.themesByProduct[$0] != nil }
        for product in products {
            try hold(policy.assetMax) { $0 == product }
        }
        var spent = Money.zero(.usd)
        for entry in scene.input.working {
            spent = try spent + entry.worst
        }
        for order in orders {
            spent = try spent + cost(order, scene)
        }
        if !orders.isEmpty {
            #expect(try !portfolio.cash.isLess(than: spent), seed)
        }
        let places = Set(portfolio.exposures.keys).union(scene.input.working.map(\.product))
        let opened = Set(orders.map(\.product)).subtracting(portfolio.exposures.keys)
        #expect(opened.isEmpty || places.union(opened).count <= policy.openPositionsMax, seed)
        #expect(orders.count <= policy.tradesPerHourMax, seed)
    }

    @Test func `a limit that is added allows no proposal more than it was allowed before`() throws {
        var tighter = 0
        for seed in 1...2_000 as ClosedRange<UInt64> {
            var scene = try Self.scene(seed)
            // One at a time: what one is refused, another may be given.
            for wish in scene.proposals {
                scene.proposals = [wish]
                let before = try scene.verdicts().first
                var random = SeededRandom(seed: seed &* 31)
                var tight = scene
                Self.tighten(&tight, &random)
                let after = try tight.verdicts().first
                guard case .approved(let now, _)? = after else { continue }
                guard case .approved(let then, _)? = before else {
                    Issue.record("seed \(seed): a limit allowed what was denied")
                    return
                }
                let (less, more) = (now.subject.notional, then.subject.notional)
                #expect(try !more.isLess(than: less), "seed \(seed)")
                tighter += less == more ? 0 : 1
            }
        }
        #expect(tighter > 500)
    }

    private static func tighten(_ scene: inout Scene, _ random: inout SeededRandom) {
        let half = Rate(basisPoints: 5_000)
        func less(_ rate: Rate) -> Rate { (try? rate * half) ?? rate }
        switch random.integer(in: 0...7) {
        case 0: scene.policy.totalAtRiskMax = less(scene.policy.totalAtRiskMax)
        case 1: scene.policy.positionMax = less(scene.policy.positionMax)
        case 2: scene.policy.assetMax = less(scene.policy.assetMax)
        case 3: scene.policy.themeMax["x"] = less(scene.policy.themeMax["x"] ?? .one)
        case 4: scene.policy.strategyBudget["s"] = less(scene.policy.strategyBudget["s"] ?? .one)
        case 5: scene.policy.orderMax = Money(raw: 100 * FixedPoint.one, currency: .usd)
        case 6: scene.policy.openPositionsMax -= 1
        default: scene.policy.tierPositionMax[.core] = less(scene.policy.positionMax)
        }
    }

    @Test func `the order in which proposals are brought changes nothing`() throws {
        for seed in 1...1_000 as ClosedRange<UInt64> {
            var scene = try Self.scene(seed)
            let before = try scene.verdicts()
            let wishes = scene.proposals
            var random = SeededRandom(seed: seed)
            var indices = Array(wishes.indices)
            for index in indices.indices.dropFirst() {
                indices.swapAt(index, random.integer(in: 0...index))
            }
            scene.proposals = indices.map { wishes[$0] }
            let after = try scene.verdicts()
            #expect(after == indices.map { before[$0] }, "seed \(seed)")
        }
    }
}
