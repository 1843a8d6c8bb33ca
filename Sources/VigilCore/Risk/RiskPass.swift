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
        /// The price that an entry is decided at, and when it was seen; nil without a quote.
        let ask: (price: Price, occurredAt: Instant)?
        /// The venue's smallest notional; nil where the product is not known.
        let quoteMin: Money?
        /// Where ``RiskUse`` keeps the product.
        let place: Int
        let use: RiskUse.Use

        init(_ proposal: Proposal, _ quote: Quote?, _ product: Product?, _ used: inout RiskUse) {
            self.proposal = proposal
            ask = quote.map { ($0.ask, $0.occurredAt) }
            quoteMin = product?.quoteMin
            place = used.place(of: proposal.product)
            use = used.use(at: place)
        }
    }

    /// What was traded before this pass, in the clock hour and on the day of it; what is worked counts as traded.
    private struct Counts {
        let entriesInHour: Int
        let tradesInHour: Int
        let entriesOnDay: Int

        init(_ counters: RiskCounters, working: Int, at now: Instant) {
            entriesInHour = counters.entries(inHourOf: now) + working
            tradesInHour = counters.trades(inHourOf: now) + working
            entriesOnDay = counters.entries(onDayOf: now) + working
        }
    }

    func verdicts(_ proposals: [Proposal]) throws(MoneyError) -> [RiskVerdict] {
        let portfolio = input.portfolio
        let limits = try RiskLimits(policy, execution, nlv: portfolio.nlv, regime: input.regime)
        var used = try RiskUse(policy, portfolio, input.working, base: limits.base)
        let counts = Counts(counters, working: input.working.count, at: now)
        let (quotes, products) = (input.quotes, input.products)
        var verdicts = proposals.map { RiskVerdict.denied($0, checks: []) }
        for index in Self.order(proposals) {
            var checks: [RiskCheck] = []
            checks.reserveCapacity(20)
            let id = proposals[index].product
            let candidate = Candidate(proposals[index], quotes[id], products[id], &used)
            guard isRunning(candidate, &checks),
                isTimely(candidate.proposal, &checks),
                try isCounted(candidate, counts, &used, limits, &checks),
                let order = try sized(candidate, &used, limits, &checks)
            else {
                verdicts[index] = .denied(candidate.proposal, checks: checks)
                continue
            }
            let factor = limits.of(candidate.proposal.tier).factor
            let worst = try order.notional.times(factor, .up)
            try used.grant(order, at: candidate.place, worst: worst)
            verdicts[index] = Self.approve(order, checks)
        }
        return verdicts
    }

    /// What decides the order of proposals, and where each stands.
    private struct Rank: Comparable {
        let conviction: Double
        let tier: Tier
        let product: ProductID
        let index: Int

        static func < (left: Rank, right: Rank) -> Bool {
            if left.conviction != right.conviction { return left.conviction > right.conviction }
            if left.tier != right.tier { return left.tier < right.tier }
            if left.product != right.product { return left.product < right.product }
            return left.index < right.index
        }
    }

    private static func order(_ proposals: [Proposal]) -> [Int] {
        let ranks = proposals.indices.map { index in
            Rank(
                conviction: proposals[index].conviction,
                tier: proposals[index].tier,
                product: proposals[index].product,
                index: index
            )
        }
        return ranks.sorted().map(\.index)
    }

    /// A limit, what stands against it, and what is asked for on top; of whom, where there are several.
    private struct Measured {
        let unit: RiskCheck.Unit
        let limit: Int128
        let current: Int128
        var requested: Int128 = 0
        var subject = ""

        static func count(
            _ limit: Int128,
            _ current: Int128,
            _ requested: Int128 = 0,
            for subject: String = ""
        ) -> Self {
            Self(
                unit: .count,
                limit: limit,
                current: current,
                requested: requested,
                subject: subject
            )
        }

        static func seconds(_ limit: Int128, _ current: Int128, for subject: String = "") -> Self {
            Self(unit: .seconds, limit: limit, current: current, subject: subject)
        }
    }

    /// Adds a check that nothing can shrink; false where the proposal ends here.
    private func check(
        _ code: RiskCode,
        _ measured: Measured,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        let passes = measured.current + measured.requested <= measured.limit
        checks.append(
            RiskCheck(
                code,
                passes ? .passed : .denied,
                measured.unit,
                limit: measured.limit,
                current: measured.current,
                requested: measured.requested,
                subject: measured.subject
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
        return check(
            code,
            .count(Int128(limit) * one, Int128(current) * one, one),
            &checks
        )
    }

    // MARK: Halts and breakers

    private func isRunning(_ candidate: Candidate, _ checks: inout [RiskCheck]) -> Bool {
        if let halt = halts.first(where: { $0.product == nil }) {
            stop(by: halt.reason, &checks)
            return false
        }
        if let halt = halts.first(where: { $0.product == candidate.proposal.product }) {
            return check(.breaker, .count(0, FixedPoint.one, for: halt.reason.rawValue), &checks)
        }
        let age = candidate.ask.map { now - $0.occurredAt }
        let most = execution.quoteAgeMax
        guard candidate.quoteMin != nil, let age else {
            return check(.noQuote, .seconds(most.fixed, most.fixed + 1, for: "none"), &checks)
        }
        return check(.noQuote, .seconds(most.fixed, max(age, .zero).fixed), &checks)
    }

    private func stop(by reason: HaltReason, _ checks: inout [RiskCheck]) {
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
            case .kill, .overload, .arithmetic, .ledger, .audit, .metrics, .diskLow, .memory,
                .permit, .mismatch, .recovering, .connectivity, .apiErrors, .rateLimited,
                .clockSkew, .rejectionBurst, .exceptionBurst, .depeg, .universe, .productStatus,
                .feedGap, .quoteStale, .candleStale, .priceOutlier, .volatility, .spread,
                .oddFill:
                (.halted, .count, 0, one)
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
    }

    // MARK: Times and counts

    private func isTimely(_ proposal: Proposal, _ checks: inout [RiskCheck]) -> Bool {
        let last = counters.lastEntries[proposal.product]
        // What is worked may fill at any moment: it is the last entry, and has just come. What one cycle grants is
        // one entry in time; how many that are has a limit of its own.
        let isWorking = !input.working.isEmpty
        let lastOfAll = isWorking ? now : counters.lastEntry
        let whose = isWorking ? "working" : ""
        guard hasWaited(.tradeSpacing, lastOfAll, policy.tradeSpacing, whose, &checks),
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
        let isOver = passed >= span
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

    private func isCounted(
        _ candidate: Candidate,
        _ counts: Counts,
        _ used: inout RiskUse,
        _ limits: RiskLimits,
        _ checks: inout [RiskCheck]
    ) throws(MoneyError) -> Bool {
        let proposal = candidate.proposal
        let working = candidate.use.isWorking ? FixedPoint.one : 0
        let strategy = used.strategy(at: try used.place(ofStrategy: proposal.strategy))
        guard check(.workingEntry, .count(0, working), &checks),
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
            count(.strategyTrades, strategy.trades, strategy.tradesMax, &checks)
        else { return false }
        guard candidate.use.isHeld else { return isNew(used, limits, &checks) }
        return isAddition(proposal.product, &checks)
    }

    private func isNew(
        _ used: borrowing RiskUse,
        _ limits: RiskLimits,
        _ checks: inout [RiskCheck]
    ) -> Bool {
        count(.openPositions, used.positions, limits.positionsMax, &checks)
            && count(.newPositions, used.opened, policy.newPositionsPerCycleMax, &checks)
    }

    /// What is held may be added to, where that is allowed; an addition takes no place of its own.
    private func isAddition(_ product: ProductID, _ checks: inout [RiskCheck]) -> Bool {
        let pyramid = policy.pyramid
        let allowed = pyramid == nil ? 0 : FixedPoint.one
        guard check(.alreadyHeld, .count(allowed, FixedPoint.one), &checks) else {
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
}

extension Duration {
    /// Seconds at 10^-18.
    var fixed: Int128 { Int128(nanoseconds) * 1_000_000_000 }
}
