import VigilModel

/// What a pass allows in amounts: the policy's shares worked out once, not once per proposal.
struct RiskLimits {
    /// What shares are taken of: the net value, or the part of it inside the capital fence.
    let base: Money
    /// All positions together.
    let totalAtRisk: Money
    /// One asset, with what was added to it.
    let asset: Money
    /// The smallest entry.
    let entryMin: Money
    /// Open positions in this regime.
    let positionsMax: Int
    private let core: OfTier
    private let rotational: OfTier
    private let eventDriven: OfTier

    /// What differs by tier.
    struct OfTier {
        /// What an entry may cost at worst against its notional.
        let factor: Rate
        /// One position.
        let position: Money
        /// One order, fees included; nil where there is no such limit.
        let order: Money?
        /// What an entry may cost against its reference.
        let slippageBudget: Rate
    }

    init(
        _ policy: RiskPolicy,
        _ execution: ExecutionPolicy,
        nlv: Money,
        regime: Regime
    ) throws(MoneyError) {
        let base = try nlv.smaller(policy.capitalMax)
        self.base = base
        totalAtRisk = try base.times(policy.totalAtRiskMax, .down)
        asset = try base.times(policy.assetMax, .down)
        entryMin = try policy.notionalMin.larger(base.times(policy.positionMin, .up))
        let most = policy.openPositionsMax
        positionsMax = min(most, policy.regimePositionsMax[regime] ?? most)
        func limits(of tier: Tier) throws(MoneyError) -> OfTier {
            let factor = try execution.worstFactor(tier)
            let share = min(policy.positionMax, policy.tierPositionMax[tier] ?? .one)
            var order: Money?
            if let most = policy.orderMax {
                order = try most.times(factor, .up)
            }
            return OfTier(
                factor: factor,
                position: try base.times(share, .down),
                order: order,
                slippageBudget: execution.slippageBudget[tier] ?? .zero
            )
        }
        core = try limits(of: .core)
        rotational = try limits(of: .rotational)
        eventDriven = try limits(of: .eventDriven)
    }

    func of(_ tier: Tier) -> OfTier {
        switch tier {
        case .core: core
        case .rotational: rotational
        case .eventDriven: eventDriven
        }
    }
}

extension ExecutionPolicy {
    /// What an entry may cost at worst against its notional: the price may slip by what its budget leaves
    /// beside the taker fee, and the fee comes on top.
    func worstFactor(_ tier: Tier) throws(MoneyError) -> Rate {
        let fee = fees.taker
        let left = try (slippageBudget[tier] ?? .zero) - fee
        let slip = try Rate.one + min(max(left, .zero), slippageMax)
        let raw = try FixedPoint.scaled(
            slip.raw,
            times: (Rate.one + fee).raw,
            over: FixedPoint.one,
            .up
        )
        return Rate(raw: raw)
    }
}
