import VigilModel

extension RiskPass {
    /// A cap on money: what may be at most, and what is used of it.
    private struct Cap {
        let code: RiskCode
        let limit: Money
        let current: Money
        var subject = ""

        func check(_ outcome: RiskCheck.Outcome, _ cost: Money) -> RiskCheck {
            RiskCheck(
                code,
                outcome,
                .usd,
                limit: limit.raw,
                current: current.raw,
                requested: cost.raw,
                subject: subject
            )
        }
    }

    /// Shrinks a proposal to what fits under every cap; denies only what is too small then.
    ///
    /// Caps are on what a position costs at worst, fee included, so that the notional is below them.
    func sized(
        _ candidate: Candidate,
        _ used: RiskUse,
        _ factor: Rate,
        _ checks: inout [RiskCheck]
    ) throws(MoneyError) -> NewOrder? {
        guard let quote = candidate.quote, let product = candidate.product else { return nil }
        let proposal = candidate.proposal
        let currency = proposal.product.quote
        guard let rate = input.portfolio.rates[currency], rate > .zero else {
            checks.append(
                RiskCheck(.noRate, .denied, .ratio, limit: 0, current: 0, requested: 0)
            )
            return nil
        }
        let nlv = input.portfolio.nlv
        let base =
            try Mutation.isOn("risk.size_beyond_fence") ? nlv : nlv.smaller(policy.capitalMax)
        var notional = try base.times(proposal.size, .down)
        // What made it too small is what denies it.
        var binding: RiskCheck?
        for cap in try caps(candidate, used, base, rate, factor) {
            let cost = try notional.times(factor, .up)
            let room = try cap.limit - cap.current
            let shrinks = try room.isLess(than: cost) && !isOff(cap.code)
            checks.append(cap.check(shrinks ? .shrunk : .passed, cost))
            if shrinks {
                notional = try room.isPositive ? room.over(factor) : .zero(.usd)
                binding = cap.check(.denied, cost)
            }
        }
        let least = try larger(
            larger(policy.notionalMin, product.quoteMin.inUSD(rate, .up)),
            base.times(policy.positionMin, .up)
        )
        let isEnough = try !notional.isLess(than: least) || isOff(.belowMinimum)
        let smallest = RiskCheck(
            .belowMinimum,
            isEnough ? .passed : .denied,
            .usd,
            limit: least.raw,
            current: notional.raw,
            requested: 0
        )
        checks.append(isEnough ? smallest : binding ?? smallest)
        guard isEnough else { return nil }
        let raw =
            currency == .usd
            ? notional.raw
            : try FixedPoint.scaled(notional.raw, times: FixedPoint.one, over: rate.raw, .down)
        return NewOrder(
            product: proposal.product,
            notional: Money(raw: raw, currency: currency),
            reference: quote.ask,
            slippageBudget: execution.slippageBudget[proposal.tier] ?? .zero,
            exits: proposal.exits,
            proposal: proposal
        )
    }

    private func caps(
        _ candidate: Candidate,
        _ used: RiskUse,
        _ base: Money,
        _ rate: Rate,
        _ factor: Rate
    ) throws(MoneyError) -> [Cap] {
        let proposal = candidate.proposal
        let product = proposal.product
        let zero = Money.zero(.usd)
        var caps: [Cap] = []
        caps.reserveCapacity(9)
        func add(
            _ code: RiskCode,
            _ share: Rate,
            _ current: Money,
            _ subject: String = ""
        ) throws(MoneyError) {
            let limit = try base.times(share, .down)
            caps.append(Cap(code: code, limit: limit, current: current, subject: subject))
        }
        if let most = policy.orderMax {
            caps.append(Cap(code: .orderSize, limit: try most.times(factor, .up), current: zero))
        }
        if let share = policy.strategyBudget[proposal.strategy] {
            let current = used.used(by: proposal.strategy)
            try add(.strategyBudget, share, current, proposal.strategy)
        }
        for theme in used.themes(of: product) {
            guard let share = policy.themeMax[theme] else { continue }
            try add(.theme, share, used.used(byTheme: theme), theme)
        }
        let inAsset = candidate.use.worst
        try add(.assetSize, policy.assetMax, inAsset)
        // An addition is a position of its own; with what is there it is the asset that is capped.
        let position = min(policy.positionMax, policy.tierPositionMax[proposal.tier] ?? .one)
        try add(.positionSize, position, candidate.use.isHeld ? zero : inAsset)
        try add(.totalAtRisk, policy.totalAtRiskMax, used.total)
        caps.append(Cap(code: .capitalFence, limit: policy.capitalMax, current: used.total))
        let cash = input.portfolio.holdings[product.quote] ?? .zero(product.quote)
        let spent = used.spent(of: product.quote)
        caps.append(Cap(code: .cash, limit: try cash.inUSD(rate, .down), current: spent))
        return caps
    }

    private func larger(_ left: Money, _ right: Money) throws(MoneyError) -> Money {
        try left.isLess(than: right) ? right : left
    }
}

extension Money {
    /// The largest amount that does not exceed this one when it is taken times a factor.
    fileprivate func over(_ factor: Rate) throws(MoneyError) -> Money {
        let raw = try FixedPoint.scaled(raw, times: FixedPoint.one, over: factor.raw, .down)
        return Money(raw: raw, currency: currency)
    }
}
