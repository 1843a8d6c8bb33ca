import VigilModel

extension RiskPass {
    /// A notional on its way under the caps, with what it costs at worst.
    private struct Fit {
        let factor: Rate
        var notional: Money
        var cost: Money
        /// The last cap that shrank it: what made it too small is what denies it.
        var binding: RiskCheck?

        init(_ notional: Money, _ factor: Rate) throws(MoneyError) {
            self.notional = notional
            self.factor = factor
            cost = try notional.times(factor, .up)
        }

        mutating func pass(
            _ code: RiskCode,
            _ limit: Money,
            _ current: Money,
            _ checks: inout [RiskCheck],
            of subject: String = ""
        ) throws(MoneyError) {
            let room = try limit - current
            let shrinks = try room.isLess(than: cost)
            checks.append(check(code, shrinks ? .shrunk : .passed, limit, current, subject))
            guard shrinks else { return }
            binding = check(code, .denied, limit, current, subject)
            notional = try room.isPositive ? room.over(factor) : .zero(.usd)
            cost = try notional.times(factor, .up)
        }

        private func check(
            _ code: RiskCode,
            _ outcome: RiskCheck.Outcome,
            _ limit: Money,
            _ current: Money,
            _ subject: String
        ) -> RiskCheck {
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
        _ used: inout RiskUse,
        _ limits: RiskLimits,
        _ checks: inout [RiskCheck]
    ) throws(MoneyError) -> NewOrder? {
        guard let ask = candidate.ask, let quoteMin = candidate.quoteMin else { return nil }
        let proposal = candidate.proposal
        let purse = used.purse(at: try used.place(of: proposal.product.quote))
        guard let rate = purse.rate else {
            checks.append(
                RiskCheck(.noRate, .denied, .ratio, limit: 0, current: 0, requested: 0)
            )
            return nil
        }
        let ofTier = limits.of(proposal.tier)
        var fit = try Fit(limits.base.times(proposal.size, .down), ofTier.factor)
        try fitUnderCaps(&fit, candidate, &used, (limits, purse), &checks)
        let least = try limits.entryMin.larger(quoteMin.inUSD(rate, .up))
        let isEnough = try !fit.notional.isLess(than: least)
        let smallest = RiskCheck(
            .belowMinimum,
            isEnough ? .passed : .denied,
            .usd,
            limit: least.raw,
            current: fit.notional.raw,
            requested: 0
        )
        checks.append(isEnough ? smallest : fit.binding ?? smallest)
        guard isEnough else { return nil }
        let currency = purse.currency
        let raw =
            currency == .usd
            ? fit.notional.raw
            : try FixedPoint.scaled(fit.notional.raw, times: FixedPoint.one, over: rate.raw, .down)
        return NewOrder(
            product: proposal.product,
            notional: Money(raw: raw, currency: currency),
            reference: ask.price,
            slippageBudget: ofTier.slippageBudget,
            exits: proposal.exits,
            proposal: proposal
        )
    }

    private func fitUnderCaps(
        _ fit: inout Fit,
        _ candidate: Candidate,
        _ used: inout RiskUse,
        _ room: (limits: RiskLimits, purse: RiskUse.Purse),
        _ checks: inout [RiskCheck]
    ) throws(MoneyError) {
        let proposal = candidate.proposal
        let (limits, purse) = room
        let use = candidate.use
        let zero = Money.zero(.usd)
        let ofTier = limits.of(proposal.tier)
        if let most = ofTier.order {
            try fit.pass(.orderSize, most, zero, &checks)
        }
        let strategy = used.strategy(at: try used.place(ofStrategy: proposal.strategy))
        if let most = strategy.limit {
            try fit.pass(.strategyBudget, most, strategy.used, &checks, of: strategy.name)
        }
        for name in use.themes {
            let theme = used.theme(at: try used.place(ofTheme: name))
            guard let most = theme.limit else { continue }
            try fit.pass(.theme, most, theme.used, &checks, of: name)
        }
        try fit.pass(.assetSize, limits.asset, use.worst, &checks)
        // An addition is a position of its own; with what is there it is the asset that is capped.
        try fit.pass(.positionSize, ofTier.position, use.isHeld ? zero : use.worst, &checks)
        try fit.pass(.totalAtRisk, limits.totalAtRisk, used.total, &checks)
        try fit.pass(.capitalFence, policy.capitalMax, used.total, &checks)
        try fit.pass(.cash, purse.cash, purse.spent, &checks)
    }
}

extension Money {
    /// The largest amount that does not exceed this one when it is taken times a factor.
    fileprivate func over(_ factor: Rate) throws(MoneyError) -> Money {
        let raw = try FixedPoint.scaled(raw, times: FixedPoint.one, over: factor.raw, .down)
        return Money(raw: raw, currency: currency)
    }
}
