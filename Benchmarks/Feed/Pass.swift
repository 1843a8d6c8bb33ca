import ArgumentParser
import VigilCore
import VigilModel
import VigilTransport

/// One risk pass over many proposals, many positions and many working entries, with every check recorded.
struct Pass: ParsableCommand {
    private static let now = Instant(seconds: 1_767_571_200)
    private static let plan = ExitPlan(
        stopLoss: Rate(basisPoints: 300),
        takeProfit: Rate(basisPoints: 600),
        holdMax: .seconds(86_400)
    )

    func run() throws {
        let proposed = try (0..<50).map { try Self.proposal(Self.product("P\($0)")) }
        let held = (0..<20).map { Self.product("H\($0)") }
        let worked = (0..<50).map { Self.product("W\($0)") }
        let all = proposed.map(\.product) + held + worked
        let input = RiskInput(
            portfolio: try Self.portfolio(held),
            working: try worked.map {
                WorkingEntry(product: $0, worst: try Money("100", .usd), strategy: "bench")
            },
            quotes: try Dictionary(all.map { ($0, try Self.quote($0)) }) { $1 },
            products: try Dictionary(all.map { ($0, try Self.rules($0)) }) { $1 },
            regime: .bull
        )
        var risk = RiskCore(policy: try Self.policy(all), execution: try Self.execution())
        _ = try risk.handle(.haltCleared(Halt(.recovering)), at: Self.now)
        var spans: [Double] = []
        var approved = 0
        for _ in 0..<3_000 {
            let began = MonotonicTime.nanoseconds
            let effects = try risk.handle(.proposed(cycle: 1, proposed, input), at: Self.now)
            spans.append(Double(MonotonicTime.nanoseconds - began) / 1e3)
            guard case .replyVerdicts(_, let verdicts, _)? = effects.first else { continue }
            approved = verdicts.count { $0.denial == nil }
        }
        spans.sort()
        try Figures.show([
            "approved": Double(approved), "p50_us": spans[spans.count / 2],
            "p99_us": spans[spans.count * 99 / 100],
        ])
    }

    private static func product(_ code: String) -> ProductID {
        ProductID(base: Currency(code) ?? .usd, quote: .usd)
    }

    private static func proposal(_ id: ProductID) throws -> Proposal {
        Proposal(
            product: id,
            tier: .core,
            size: Rate(basisPoints: 50),
            conviction: 0.5,
            trigger: Trigger(
                product: id,
                tier: .core,
                kind: .breakout,
                strength: 0.7,
                confidence: 0.8,
                changePct: 2,
                volatility: 60
            ),
            exits: plan,
            strategy: "bench"
        )
    }

    private static func quote(_ id: ProductID) throws -> Quote {
        let level = BookLevel(price: try Price("100.37", .usd), quantity: try Quantity("9"))
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

    private static func portfolio(_ held: [ProductID]) throws -> PortfolioSnapshot {
        var core = PortfolioCore(takerFee: Rate(basisPoints: 120))
        _ = try core.handle(.flowRecorded(Money("1000000", .usd)), at: now)
        for (index, id) in held.enumerated() {
            let fill = Fill(
                entryID: EntryID("e\(index)"),
                tradeID: TradeID("t\(index)"),
                clientOrderID: ClientOrderID("o\(index)"),
                product: id,
                side: .buy,
                price: try Price("100.37", .usd),
                quantity: try Quantity("10"),
                fee: try Money("1", .usd),
                role: .maker,
                kind: .fill,
                occurredAt: now
            )
            let origin = FillOrigin(.entry(plan), strategy: "bench")
            _ = try core.handle(.fillRecorded(fill, origin), at: now)
            _ = try core.handle(.quoteChanged(quote(id)), at: now)
        }
        for case .reply(_, let snapshot) in try core.handle(.markRequested(cycle: 1), at: now) {
            return snapshot
        }
        throw ValidationError("no mark")
    }

    /// Limits that are all there and let most proposals through, so that each goes all the way.
    private static func policy(_ all: [ProductID]) throws -> RiskPolicy {
        let wide = Rate(basisPoints: 9_000)
        var policy = RiskPolicy(
            totalAtRiskMax: wide,
            positionMax: Rate(basisPoints: 300),
            positionMin: Rate(basisPoints: 1),
            openPositionsMax: 200,
            dailyStop: wide,
            weeklyStop: wide,
            drawdownMax: wide,
            tradesPerDayMax: 1_000,
            tradesPerHourMax: 1_000,
            tradeSpacing: .seconds(1),
            productSpacing: .seconds(1),
            productCooldown: .seconds(1),
            stopCooldown: .seconds(1),
            lossStreakMax: 3,
            lossCooldown: .seconds(1),
            notionalMin: try Money("10", .usd),
            newPositionsPerCycleMax: 100
        )
        policy.orderMax = try Money("10000", .usd)
        (policy.breakers.quoteAgeMax, policy.breakers.candleAgeMax) = (.seconds(60), .seconds(300))
        policy.breakers.memoryMax = 1 << 40
        policy.breakers.diskFreeMin = 0
        policy.tradesAndExitsPerHourMax = 2_000
        policy.themeMax = ["even": wide, "odd": wide]
        policy.strategyBudget = ["bench": wide]
        policy.strategyTradesMax = ["bench": 100]
        for (index, id) in all.enumerated() {
            policy.themesByProduct[id] = [index % 2 == 0 ? "even" : "odd"]
        }
        return policy
    }

    private static func execution() throws -> ExecutionPolicy {
        ExecutionPolicy(
            postOnlyTTL: .seconds(30),
            repricesMax: 2,
            repriceDecay: Rate(basisPoints: 7_000),
            takerFallback: true,
            slippageBudget: [.core: Rate(basisPoints: 140)],
            exitSlippageTolerance: Rate(basisPoints: 100),
            exitsRestFirst: true,
            restingOrderLifetime: .seconds(120),
            fees: FeeSchedule(maker: Rate(basisPoints: 60), taker: Rate(basisPoints: 120)),
            quoteAgeMax: .seconds(15)
        )
    }
}
