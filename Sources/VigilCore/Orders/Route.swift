import VigilModel

/// One way of working an order.
enum RouteStep: Sendable, Equatable {
    /// Rest at the touch for a while, never taking.
    case postOnly(timeToLive: Duration)
    /// Take at once what can be had up to a price, the rest is canceled.
    case immediate
}

/// A wish being worked through its steps: the filled part is kept, only the remainder goes on.
struct Route: Sendable {
    let product: ProductID
    let side: Side
    var purpose: OrderPurpose
    let cycle: Int?
    /// Who proposed the entry; empty for an exit.
    let strategy: String
    /// What is still wanted of the base.
    var remaining: Quantity
    /// The worst price of a taking step.
    var worst: Price
    var steps: [RouteStep]
    /// The order that is being worked now.
    var current: ClientOrderID?
    var last: ClientOrderID?
    /// When the current order is canceled to go on.
    var deadline: Instant?
    var cancelAsked = false
    /// True where the wish is given up: what is on its way is ended as soon as its fate is known.
    var abandoned = false
    /// True for an entry that gives way to an exit, which the portfolio asks for again at its end.
    var exitWaits = false
    var filled: Quantity = .zero

    /// The steps of an entry: at the touch, repriced with a shrinking patience, then the remainder.
    static func entrySteps(_ policy: ExecutionPolicy) throws(MoneyError) -> [RouteStep] {
        try restingSteps(policy) + (policy.takerFallback ? [.immediate] : [])
    }

    /// The steps of an exit: a stop takes at once; the others may rest first.
    static func exitSteps(
        _ reason: ExitReason,
        _ policy: ExecutionPolicy
    ) throws(MoneyError) -> [RouteStep] {
        switch reason {
        case .stopLoss: [.immediate]
        case .takeProfit, .maxHold, .trim, .purge, .rotation:
            (policy.exitsRestFirst ? try restingSteps(policy) : []) + [.immediate]
        }
    }

    private static func restingSteps(_ policy: ExecutionPolicy) throws(MoneyError) -> [RouteStep] {
        var steps: [RouteStep] = []
        var patience = policy.postOnlyTTL.nanoseconds
        for _ in 0...policy.repricesMax {
            steps.append(.postOnly(timeToLive: .nanoseconds(patience)))
            let scaled = try FixedPoint.scaled(
                Int128(patience),
                times: policy.repriceDecay.raw,
                over: FixedPoint.one,
                .down
            )
            patience = max(Int64(scaled), 1_000_000_000)
        }
        return steps
    }
}
