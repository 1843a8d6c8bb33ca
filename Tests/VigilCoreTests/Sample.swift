import VigilModel

@testable import VigilCore

/// What several suites begin with.
enum Sample {
    static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    static let now = Instant(seconds: 1_767_571_200)

    static func fill(
        _ side: Side,
        _ quantity: String,
        _ price: String,
        fee: String = "0",
        order: String = "o1",
        entry: String
    ) throws -> Fill {
        Fill(
            entryID: EntryID(entry),
            tradeID: TradeID("trade-\(entry)"),
            clientOrderID: ClientOrderID(order),
            product: btc,
            side: side,
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            fee: try Money(fee, .usd),
            role: .maker,
            kind: .fill,
            occurredAt: now
        )
    }

    static func plan(_ stop: String = "0.03", _ target: String = "0.05") throws -> ExitPlan {
        ExitPlan(stopLoss: try Rate(stop), takeProfit: try Rate(target), holdMax: .seconds(86_400))
    }

    static func strategies(
        _ rules: [TriggerKind: RuleParameters.Rule]
    ) -> [String: StrategySettings] {
        [
            RuleEngine.name: StrategySettings(
                enabled: true,
                parameters: RuleParameters(rules: rules)
            )
        ]
    }

    static func origin() throws -> FillOrigin { FillOrigin(.entry(try plan())) }

    static func quote(_ bid: String, _ ask: String, at time: Instant = now) throws -> Quote {
        Quote(
            product: btc,
            bid: BookLevel(price: try Price(bid, .usd), quantity: try Quantity("1")),
            ask: BookLevel(price: try Price(ask, .usd), quantity: try Quantity("1")),
            occurredAt: time
        )
    }

    /// What lets orders rest for half a minute, reprices once, and takes the remainder.
    static func execution(_ change: (inout ExecutionPolicy) -> Void = { _ in }) -> ExecutionPolicy {
        var policy = ExecutionPolicy(
            postOnlyTTL: .seconds(30),
            repricesMax: 1,
            repriceDecay: Rate(basisPoints: 5_000),
            takerFallback: true,
            slippageBudget: [.core: Rate(basisPoints: 140)],
            exitSlippageTolerance: Rate(basisPoints: 100),
            exitsRestFirst: true,
            restingOrderLifetime: .seconds(120),
            fees: FeeSchedule(maker: Rate(basisPoints: 60), taker: Rate(basisPoints: 120)),
            quoteAgeMax: .seconds(600)
        )
        change(&policy)
        return policy
    }

    static func product(increment: String = "0.001", tick: String = "0.01") throws -> Product {
        try Product(
            id: btc,
            baseIncrement: Quantity(increment),
            priceIncrement: Price(tick, .usd),
            baseMin: Quantity(increment),
            quoteMin: Money("1", .usd),
            status: .online
        )
    }

    /// Execution that may enter, with a product and a quote of 100 to 101.
    static func executionCore(
        _ policy: ExecutionPolicy = execution(),
        run: String = "running1",
        product: Product? = nil,
        quote: Quote? = nil
    ) throws -> ExecutionCore {
        var core = ExecutionCore(
            policy: policy,
            ids: OrderIDSource(instance: "instance", run: RunID(run)),
            adoption: try plan()
        )
        _ = try core.handle(.haltChanged(active: false, products: []), at: now)
        _ = try core.handle(.productChanged(product ?? Sample.product()), at: now)
        _ = try core.handle(.quoteChanged(quote ?? Sample.quote("100", "101")), at: now)
        return core
    }

    /// The intents among effects.
    static func intents(_ effects: [ExecutionCore.Effect]) -> [Intent] {
        effects.flatMap { effect in
            guard case .recordIntents(let intents) = effect else { return [Intent]() }
            return intents
        }
    }
}
