package import VigilModel

/// Working entries of one product, at their worst case.
package struct WorkingEntry: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// What it may still cost, the worst price and the taker fee assumed.
    package let worst: Money

    /// Joins the parts.
    package init(product: ProductID, worst: Money) {
        self.product = product
        self.worst = worst
    }
}

/// What a risk pass looks at besides its own counters.
package struct RiskInput: Sendable {
    /// The books.
    package let portfolio: PortfolioSnapshot
    /// Entries that are being worked.
    package let working: [WorkingEntry]
    /// Best bid and ask by product.
    package let quotes: [ProductID: Quote]
    /// Product rules.
    package let products: [ProductID: Product]
    /// The market's weather.
    package let regime: Regime

    /// Joins the parts.
    package init(
        portfolio: PortfolioSnapshot,
        working: [WorkingEntry],
        quotes: [ProductID: Quote],
        products: [ProductID: Product],
        regime: Regime
    ) {
        self.portfolio = portfolio
        self.working = working
        self.quotes = quotes
        self.products = products
        self.regime = regime
    }
}

/// One pass over a cycle's proposals: fixed order, each denial with its numbers, shrink before deny.
///
/// A proposal that is refused takes nothing from the others; what is allowed counts for the next.
struct RiskPass {
    let policy: RiskPolicy
    let execution: ExecutionPolicy
    let input: RiskInput
    let counters: RiskCounters
    let now: Instant

    func verdicts(_ proposals: [Proposal]) throws(MoneyError) -> [RiskVerdict] {
        var verdicts: [RiskVerdict] = []
        var granted: [WorkingEntry] = []
        for proposal in proposals {
            if let denial = limits(proposal, granted: granted) {
                verdicts.append(.denied(proposal, denial))
                continue
            }
            switch try sized(proposal, granted) {
            case .success(let order):
                granted.append(
                    WorkingEntry(product: order.product, worst: try worst(of: order.notional))
                )
                verdicts.append(Self.approve(order))
            case .failure(let refusal):
                verdicts.append(.denied(proposal, refusal.denial))
            }
        }
        return verdicts
    }

    private func limits(_ proposal: Proposal, granted: [WorkingEntry]) -> Denial? {
        timing(proposal, granted) ?? counts(proposal, granted)
    }

    private func timing(_ proposal: Proposal, _ granted: [WorkingEntry]) -> Denial? {
        func tooSoon(_ code: DenialCode, _ last: Instant?, _ spacing: Duration) -> Denial? {
            guard let last, now - last < spacing else { return nil }
            return Denial(
                code,
                limit: "\(spacing.nanoseconds / 1_000_000_000)",
                current: "\((now - last).nanoseconds / 1_000_000_000)"
            )
        }
        let product = proposal.product
        return tooSoon(.tradeSpacing, counters.lastEntry, policy.tradeSpacing)
            ?? tooSoon(.productSpacing, counters.lastEntries[product], policy.productSpacing)
            ?? tooSoon(.productCooldown, counters.lastExits[product], policy.productCooldown)
            ?? tooSoon(.productCooldown, counters.lastStops[product], policy.stopCooldown)
    }

    private func counts(_ proposal: Proposal, _ granted: [WorkingEntry]) -> Denial? {
        func over(_ code: DenialCode, _ count: Int, _ limit: Int) -> Denial? {
            count < limit ? nil : Denial(code, limit: "\(limit)", current: "\(count)")
        }
        let held = Set(input.portfolio.exposures.keys)
        let working = Set(input.working.map(\.product))
        if held.contains(proposal.product) || working.contains(proposal.product) {
            return Denial(.alreadyHeld, limit: "0", current: "1")
        }
        let positions = held.union(working).count + granted.count
        return over(
            .hourlyCount,
            counters.entries(inHourOf: now) + granted.count,
            policy.tradesPerHourMax
        )
            ?? over(
                .dailyCount,
                counters.entries(onDayOf: now) + granted.count,
                policy.tradesPerDayMax
            )
            ?? over(
                .openPositions,
                positions,
                min(
                    policy.openPositionsMax,
                    policy.regimePositionsMax[input.regime] ?? policy.openPositionsMax
                )
            )
            ?? over(.newPositions, granted.count, policy.newPositionsPerCycleMax)
    }

    private struct Refusal: Error {
        let denial: Denial
    }

    /// Shrinks a proposal to what fits under every cap; denies only what is too small then.
    private func sized(
        _ proposal: Proposal,
        _ granted: [WorkingEntry]
    ) throws(MoneyError) -> Result<NewOrder, Refusal> {
        let nlv = input.portfolio.nlv
        guard let quote = input.quotes[proposal.product],
            now - quote.occurredAt <= execution.quoteAgeMax,
            let product = input.products[proposal.product]
        else {
            let age = "\(execution.quoteAgeMax.nanoseconds / 1_000_000_000)"
            return .failure(Refusal(denial: Denial(.noQuote, limit: age, current: "none")))
        }
        var used = Money.zero(nlv.currency)
        for entry in input.working + granted {
            used = try used + entry.worst
        }
        let wanted = try nlv.times(proposal.size, .down)
        // A cap is on what a position costs at worst, fee included, so the notional is below it.
        let largest = min(policy.positionMax, policy.tierPositionMax[proposal.tier] ?? .one)
        let caps: [(code: DenialCode, room: Money)] = [
            (.orderSize, policy.orderMax ?? wanted),
            (.positionSize, try net(of: nlv.times(largest, .down))),
            (
                .totalAtRisk,
                try net(
                    of: nlv.times(policy.totalAtRiskMax, .down) - (input.portfolio.exposure + used)
                )
            ),
            (.cash, try net(of: input.portfolio.cash - used)),
        ]
        var notional = wanted
        var binding = DenialCode.belowMinimum
        for cap in caps where try cap.room.isLess(than: notional) {
            notional = cap.room
            binding = cap.code
        }
        let least = try larger(
            larger(policy.notionalMin, product.quoteMin),
            nlv.times(policy.positionMin, .up)
        )
        guard try !notional.isLess(than: least) else {
            return .failure(
                Refusal(denial: Denial(binding, limit: least.amount, current: notional.amount))
            )
        }
        return .success(
            NewOrder(
                product: proposal.product,
                notional: notional,
                reference: quote.ask,
                slippageBudget: execution.slippageBudget[proposal.tier] ?? .zero,
                exits: proposal.exits,
                proposal: proposal
            )
        )
    }

    private func larger(_ left: Money, _ right: Money) throws(MoneyError) -> Money {
        try left.isLess(than: right) ? right : left
    }

    private func worst(of notional: Money) throws(MoneyError) -> Money {
        try notional + notional.times(execution.fees.taker, .up)
    }

    private func net(of gross: Money) throws(MoneyError) -> Money {
        guard gross.isPositive else { return .zero(gross.currency) }
        let raw = try FixedPoint.scaled(
            gross.raw,
            times: FixedPoint.one,
            over: (Rate.one + execution.fees.taker).raw,
            .down
        )
        return Money(raw: raw, currency: gross.currency)
    }
}
