package import VigilModel

/// How orders are worked.
package struct ExecutionPolicy: Sendable {
    /// How long a post-only order rests before it is repriced.
    package var postOnlyTTL: Duration
    /// How often it is repriced.
    package var repricesMax: Int
    /// What each reprice leaves of the time to live.
    package var repriceDecay: Rate
    /// Whether a remainder may be taken from the book.
    package var takerFallback: Bool
    /// What an entry may cost against the price it was decided at, taker fee included, by tier.
    package var slippageBudget: [Tier: Rate]
    /// How far below the bid a protective exit may reach.
    package var exitSlippageTolerance: Rate
    /// Whether profit-taking and time exits try to rest first.
    package var exitsRestFirst: Bool
    /// Whether a resting sell order stays at the venue when Vigil shuts down.
    package var exitsOutliveStop = false
    /// The venue's own end for every resting order, so that a dead host leaves no orphan.
    package var restingOrderLifetime: Duration
    /// The rates that are assumed: the venue's worst public tier.
    package var fees: FeeSchedule
    /// How old a quote may be to be traded on.
    package var quoteAgeMax: Duration
    /// How far above its reference an entry may take, whatever the budget allows.
    package var slippageMax = Rate.one
    /// A remainder that is worth less is not worked further.
    package var notionalMin = Money.zero(.usd)
    /// The longest a post-only order rests, whatever the spread says.
    package var postOnlyTTLMax = Duration.seconds(600)
    /// The shortest the first one rests.
    package var firstTTLMin = Duration.seconds(1)
    /// The shortest a repriced one rests.
    package var retryTTLMin = Duration.seconds(1)
    /// What is worth less than this is taken at once.
    package var takenBelow = Money.zero(.usd)
    /// The age at which maintenance cancels a resting order.
    package var cancelAfter = Duration.seconds(86_400)
    /// After the venue refused an order, before its product is entered again.
    package var refusalCooldown = Duration.zero
    /// After the venue's word of a trade, before its rows are asked for.
    package var fillWait = Duration.zero

    /// Joins the parts; what only some configurations bound is set afterwards.
    package init(
        postOnlyTTL: Duration,
        repricesMax: Int,
        repriceDecay: Rate,
        takerFallback: Bool,
        slippageBudget: [Tier: Rate],
        exitSlippageTolerance: Rate,
        exitsRestFirst: Bool,
        restingOrderLifetime: Duration,
        fees: FeeSchedule,
        quoteAgeMax: Duration
    ) {
        self.postOnlyTTL = postOnlyTTL
        self.repricesMax = repricesMax
        self.repriceDecay = repriceDecay
        self.takerFallback = takerFallback
        self.slippageBudget = slippageBudget
        self.exitSlippageTolerance = exitSlippageTolerance
        self.exitsRestFirst = exitsRestFirst
        self.restingOrderLifetime = restingOrderLifetime
        self.fees = fees
        self.quoteAgeMax = quoteAgeMax
    }
}

extension ExecutionPolicy {
    /// True for a sell that may rest at the venue while nobody watches.
    ///
    /// It can only lessen what is held, and has an end of its own there. An entry never may: its fill would
    /// have no stop. One that takes, or that has ended but for its rows, is waited for.
    package func letsRestOn(_ record: OrderRecord) -> Bool {
        guard exitsOutliveStop, !record.intent.purpose.isEntry, record.ending == nil,
            case .limit(_, _, .goodTillTime, _) = record.intent.request.terms
        else { return false }
        return record.state != .intended
    }
}
