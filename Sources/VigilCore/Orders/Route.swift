package import VigilModel

/// One way of working an order.
package enum RouteStep: Sendable, Equatable {
    /// Rest at the touch for a while, never taking; the first attempt is number 0.
    case postOnly(attempt: Int)
    /// Take at once what can be had up to a price, the rest is canceled.
    case immediate
}

/// How an order is worked, step by step, as data: what one step leaves, the next goes on with.
package enum RoutePlan {
    /// The steps of an entry: at the touch, repriced with a shrinking patience, then the remainder taken.
    ///
    /// `allowance` is what its slippage budget leaves beside the taker fee: below zero nothing may be
    /// taken. What is small is taken at once, where it may be.
    package static func entry(
        _ policy: ExecutionPolicy,
        notional: Money,
        allowance: Rate
    ) -> [RouteStep] {
        let takes = policy.takerFallback && allowance >= .zero
        if takes, notional.raw < policy.takenBelow.raw { return [.immediate] }
        return resting(policy) + (takes ? [.immediate] : [])
    }

    /// The steps of an exit: a stop takes at once; the others may rest first, and always take in the end.
    package static func exit(_ reason: ExitReason, _ policy: ExecutionPolicy) -> [RouteStep] {
        switch reason {
        case .stopLoss: [.immediate]
        case .takeProfit, .maxHold, .trim, .purge, .rotation:
            (policy.exitsRestFirst ? resting(policy) : []) + [.immediate]
        }
    }

    private static func resting(_ policy: ExecutionPolicy) -> [RouteStep] {
        (0...policy.repricesMax).map { .postOnly(attempt: $0) }
    }

    /// How long an attempt rests: where the spread is narrow the queue moves fast, and waiting is chasing.
    ///
    /// - Throws: `overflow`.
    package static func timeToLive(
        attempt: Int,
        spreadBPS: Double,
        _ policy: ExecutionPolicy
    ) throws(MoneyError) -> Duration {
        let share: Int64 = spreadBPS <= 2 ? 2 : spreadBPS <= 5 ? 3 : 4
        var patience = policy.postOnlyTTL.nanoseconds / 4 * share
        for _ in 0..<attempt {
            let scaled = try FixedPoint.scaled(
                Int128(patience),
                times: policy.repriceDecay.raw,
                over: FixedPoint.one,
                .down
            )
            patience = Int64(scaled)
        }
        let shortest = attempt == 0 ? policy.firstTTLMin : policy.retryTTLMin
        return min(max(.nanoseconds(patience), shortest), policy.postOnlyTTLMax)
    }
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
    /// True once something of it has filled.
    var hasFilled = false
}
