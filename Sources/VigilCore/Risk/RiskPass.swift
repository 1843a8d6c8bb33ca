package import VigilModel

/// Working entries of one product, at their worst case; one whose fate is unknown among them.
package struct WorkingEntry: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// What it may still cost in the quote currency, the worst price and the taker fee assumed.
    package let worst: Money
    /// Who proposed it.
    package let strategy: String

    /// Joins the parts.
    package init(product: ProductID, worst: Money, strategy: String) {
        self.product = product
        self.worst = worst
        self.strategy = strategy
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

/// One pass over a cycle's proposals: fixed order, each check with its numbers, shrink before deny.
///
/// A pure function of its inputs. A proposal that is refused takes nothing from the others; what is
/// allowed counts for the next. Proposals of equal conviction are looked at in the order of their tiers
/// and names, so that the order in which they are brought changes nothing.
struct RiskPass {
    let policy: RiskPolicy
    let execution: ExecutionPolicy
    let input: RiskInput
    let counters: RiskCounters
    let halts: [Halt]
    let now: Instant

    /// A proposal with what is looked up for it once.
    struct Candidate {
        let proposal: Proposal
        let quote: Quote?
        let product: Product?
        let use: RiskUse.Use

        init(_ proposal: Proposal, _ input: RiskInput, _ used: RiskUse) {
            self.proposal = proposal
            quote = input.quotes[proposal.product]
            product = input.products[proposal.product]
            use = used.use(of: proposal.product)
        }
    }

    /// What was traded before this pass, in the clock hour and on the day of it.
    private struct Counts {
        let entriesInHour: Int
        let tradesInHour: Int
        let entriesOnDay: Int

        init(_ counters: RiskCounters, at now: Instant) {
            entriesInHour = counters.entries(inHourOf: now)
            tradesInHour = counters.trades(inHourOf: now)
            entriesOnDay = counters.entries(onDayOf: now)
        }
    }

    func verdicts(_ proposals: [Proposal]) throws(MoneyError) -> [RiskVerdict] {
        var verdicts: [RiskVerdict?] = Array(repeating: nil, count: proposals.count)
        var used = try RiskUse(policy, input)
        let counts = Counts(counters, at: now)
        var factors: [Tier: Rate] = [:]
        for tier in Tier.allCases {
            factors[tier] = try worstFactor(tier)
        }
        for index in Self.order(proposals) {
            var checks: [RiskCheck] = []
            checks.reserveCapacity(18)
            let proposal = proposals[index]
            let candidate = Candidate(proposal, input, used)
            let isAllowed =
                isRunning(candidate, &checks) && isTimely(proposal, &checks)
                && isCounted(candidate, counts, used, &checks)
            guard isAllowed, let factor = factors[proposal.tier],
                let order = try sized(candidate, used, factor, &checks)
            else {
                verdicts[index] = .denied(proposal, checks: checks)
                continue
            }
            try used.grant(order, worst: order.notional.times(factor, .up))
            verdicts[index] = Self.approve(order, checks)
        }
        return verdicts.compactMap(\.self)
    }

    private static func order(_ proposals: [Proposal]) -> [Int] {
        if Mutation.isOn("risk.order_matters") { return Array(proposals.indices) }
        return proposals.indices.sorted { left, right in
            let (a, b) = (proposals[left], proposals[right])
            if a.conviction != b.conviction { return a.conviction > b.conviction }
            if a.tier != b.tier { return a.tier < b.tier }
            return a.product == b.product ? left < right : a.product < b.product
        }
    }

    /// Adds a check that nothing can shrink; false where the proposal ends here.
    private func check(
        _ code: RiskCode,
        _ unit: RiskCheck.Unit,
        _ limit: Int128,
        _ current: Int128,
        _ requested: Int128,
        _ subject: String = "",
        _ checks: inout [RiskCheck]
    ) -> Bool {
        let passes = current + requested <= limit || isOff(code)
        checks.append(
            RiskCheck(
                code,
                passes ? .passed : .denied,
                unit,
                limit: limit,
                current: current,
                requested: requested,
                subject: subject
            )
        )
        return passes
    }

    private func count(
        _ code: RiskCode,
        _ current: Int,
        _ limit: Int?,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        guard let limit else { return true }
        let one = FixedPoint.one
        return check(code, .count, Int128(limit) * one, Int128(current) * one, one, "", &checks)
    }

    // MARK: Halts and breakers

    private func isRunning(_ candidate: Candidate, _ checks: inout [RiskCheck]) -> Bool {
        if let halt = halts.first(where: { $0.product == nil }) {
            return isStopped(by: halt.reason, &checks)
        }
        if let halt = halts.first(where: { $0.product == candidate.proposal.product }) {
            return check(
                .breaker,
                .count,
                0,
                FixedPoint.one,
                0,
                halt.reason.rawValue,
                &checks
            )
        }
        let age = candidate.quote.map { now - $0.occurredAt }
        let most = execution.quoteAgeMax
        guard candidate.product != nil, let age else {
            return check(.noQuote, .seconds, most.fixed, most.fixed + 1, 0, "none", &checks)
        }
        return check(.noQuote, .seconds, most.fixed, max(age, .zero).fixed, 0, "", &checks)
    }

    private func isStopped(by reason: HaltReason, _ checks: inout [RiskCheck]) -> Bool {
        let portfolio = input.portfolio
        let one = FixedPoint.one
        // A stop that is latched stays one at a better price: its numbers are those of now.
        let (code, unit, limit, current): (RiskCode, RiskCheck.Unit, Int128, Int128) =
            switch reason {
            case .dailyStop:
                (.dailyStop, .ratio, policy.dailyStop.raw, -portfolio.dayChange.raw)
            case .weeklyStop:
                (.weeklyStop, .ratio, policy.weeklyStop.raw, -portfolio.weekChange.raw)
            case .drawdown: (.drawdown, .ratio, policy.drawdownMax.raw, portfolio.drawdown.raw)
            case .lossStreak:
                (
                    .lossStreak, .count, Int128(policy.lossStreakMax) * one,
                    Int128(counters.lossStreak) * one
                )
            default: (.halted, .count, 0, one)
            }
        checks.append(
            RiskCheck(
                code,
                .denied,
                unit,
                limit: limit,
                current: current,
                requested: 0,
                subject: reason.rawValue
            )
        )
        return isOff(code)
    }

    // MARK: Times and counts

    private func isTimely(_ proposal: Proposal, _ checks: inout [RiskCheck]) -> Bool {
        let last = counters.lastEntries[proposal.product]
        guard hasWaited(.tradeSpacing, counters.lastEntry, policy.tradeSpacing, "", &checks),
            hasWaited(.productSpacing, last, policy.productSpacing, "", &checks)
        else { return false }
        guard let departure = counters.lastExits[proposal.product] else { return true }
        let (span, why) = policy.cooldown(after: departure)
        return hasWaited(.productCooldown, departure.at, span, why, &checks)
    }

    private func hasWaited(
        _ code: RiskCode,
        _ last: Instant?,
        _ span: Duration,
        _ subject: String,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        guard let last, span > .zero else { return true }
        let passed = max(now - last, .zero)
        let isOver = passed >= span || isOff(code)
        checks.append(
            RiskCheck(
                code,
                isOver ? .passed : .denied,
                .seconds,
                limit: span.fixed,
                current: passed.fixed,
                requested: 0,
                subject: subject
            )
        )
        return isOver
    }

    /// True where a mutant has taken the check away; never in a build that trades.
    func isOff(_ code: RiskCode) -> Bool { Mutation.isOn("check_off.\(code.rawValue)") }

    private func isCounted(
        _ candidate: Candidate,
        _ counts: Counts,
        _ used: RiskUse,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        let proposal = candidate.proposal
        let working = candidate.use.isWorking ? FixedPoint.one : 0
        guard check(.workingEntry, .count, 0, working, 0, "", &checks),
            count(
                .hourlyCount,
                counts.entriesInHour + used.granted,
                policy.tradesPerHourMax,
                &checks
            ),
            count(
                .hourlyTrades,
                counts.tradesInHour + used.granted,
                policy.tradesAndExitsPerHourMax,
                &checks
            ),
            count(
                .dailyCount,
                counts.entriesOnDay + used.granted,
                policy.tradesPerDayMax,
                &checks
            ),
            count(
                .strategyTrades,
                used.trades(of: proposal.strategy),
                policy.strategyTradesMax[proposal.strategy],
                &checks
            )
        else { return false }
        guard candidate.use.isHeld else { return isNew(proposal, used, &checks) }
        return isAddition(proposal.product, &checks)
    }

    private func isNew(
        _ proposal: Proposal,
        _ used: RiskUse,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        let most = policy.openPositionsMax
        let inRegime = min(most, policy.regimePositionsMax[input.regime] ?? most)
        return count(.openPositions, used.positions, inRegime, &checks)
            && count(.newPositions, used.opened, policy.newPositionsPerCycleMax, &checks)
    }

    /// What is held may be added to, where that is allowed; an addition takes no place of its own.
    private func isAddition(_ product: ProductID, _ checks: inout [RiskCheck]) -> Bool {
        let pyramid = policy.pyramid
        let allowed = pyramid == nil ? 0 : FixedPoint.one
        guard check(.alreadyHeld, .count, allowed, FixedPoint.one, 0, "", &checks) else {
            return false
        }
        guard let pyramid else { return true }
        let last = counters.lastEntries[product]
        let others = counters.pyramids.subtracting([product]).count
        return hasWaited(.pyramidSpacing, last, pyramid.spacing, "", &checks)
            && count(
                .pyramidCount,
                counters.additions(to: product, onDayOf: now),
                pyramid.additionsPerDayMax,
                &checks
            )
            && count(.pyramidPositions, others, pyramid.positionsMax, &checks)
    }

    /// What an entry may cost at worst against its notional: the price may slip by what its budget leaves
    /// beside the taker fee, and the fee comes on top.
    func worstFactor(_ tier: Tier) throws(MoneyError) -> Rate {
        let fee = execution.fees.taker
        let budget = Mutation.isOn("risk.slip_forgotten") ? .zero : execution.slippageBudget[tier]
        let left = try (budget ?? .zero) - fee
        let slip = try Rate.one + min(max(left, .zero), execution.slippageMax)
        let raw = try FixedPoint.scaled(
            slip.raw,
            times: (Rate.one + fee).raw,
            over: FixedPoint.one,
            .up
        )
        return Rate(raw: raw)
    }
}

extension Duration {
    /// Seconds at 10^-18.
    var fixed: Int128 { Int128(nanoseconds) * 1_000_000_000 }
}
