package import VigilModel

/// When positions are cut back or sold that no exit of their own leaves; ratios are of the net value.
package struct CarePolicy: Sendable {
    /// Cutting positions back that have outgrown the total.
    package struct Trim: Sendable {
        /// How far beyond the total they may grow first.
        package var tolerance: Rate
        /// How far below the total they are cut back.
        package var buffer: Rate
        /// The smallest position that is cut.
        package var valueMin: Money
        /// Positions that one cut may touch.
        package var positionsMax: Int
        /// Cuts in a row that found nothing, before an alert.
        package var failuresMax: Int

        /// Joins the parts.
        package init(
            tolerance: Rate,
            buffer: Rate,
            valueMin: Money,
            positionsMax: Int,
            failuresMax: Int
        ) {
            self.tolerance = tolerance
            self.buffer = buffer
            self.valueMin = valueMin
            self.positionsMax = positionsMax
            self.failuresMax = failuresMax
        }
    }

    /// Selling positions whose product is no longer eligible.
    package struct Purge: Sendable {
        /// How long it must have been so without a break.
        package var grace: Duration
        /// The smallest position that is sold so.
        package var valueMin: Money
        /// What is sold of a position at a time.
        package var slice: Money
        /// Positions that one cycle sells so.
        package var positionsMax: Int

        /// Joins the parts.
        package init(grace: Duration, valueMin: Money, slice: Money, positionsMax: Int) {
            self.grace = grace
            self.valueMin = valueMin
            self.slice = slice
            self.positionsMax = positionsMax
        }
    }

    /// Selling the worst position where a better one finds no place.
    package struct Rotation: Sendable {
        /// The loss that makes a position worth giving up.
        package var lossMin: Rate
        /// The conviction that makes any losing position worth giving up.
        package var convictionMin: Double

        /// Joins both.
        package init(lossMin: Rate, convictionMin: Double) {
            self.lossMin = lossMin
            self.convictionMin = convictionMin
        }
    }

    /// Nil where nothing is cut back.
    package var trim: Trim?
    /// Nil where nothing is sold for being ineligible.
    package var purge: Purge?
    /// Nil where nothing is sold for another.
    package var rotation: Rotation?

    /// Begins with no care at all.
    package init() {}
}

/// A wish to sell a part of a position, or all of it; nothing has been allowed yet.
package struct Reduction: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// How much.
    package let quantity: Quantity
    /// Why.
    package let reason: ExitReason
}

/// Looks after positions from cycle to cycle, and proposes what should be sold; it never waits, and what
/// is not ours it does not know.
package struct PortfolioCare: Sendable {
    /// What a look comes to.
    package struct Result: Sendable, Equatable {
        /// What should be sold, in the order of its urgency.
        package var reductions: [Reduction] = []
        /// Cuts that found nothing, where there were too many in a row.
        package var failures: Int?
    }

    private let policy: CarePolicy
    private let totalMax: Rate
    private let capitalMax: Money
    private var ineligibleSince: [ProductID: Instant] = [:]
    private var trimFailures = 0
    /// The conviction of the best proposal that found no place in the cycle before.
    private var unplaced: Double?

    /// Takes the care's own policy and the total that Risk allows.
    package init(policy: CarePolicy, risk: RiskPolicy) {
        self.policy = policy
        totalMax = risk.totalAtRiskMax
        capitalMax = risk.capitalMax
    }

    /// Notes what Risk refused for want of a place, for the cycle after.
    package mutating func note(_ verdicts: [RiskVerdict]) {
        unplaced =
            verdicts.compactMap { verdict -> Double? in
                guard case .denied(let proposal, let checks) = verdict,
                    checks.last?.code == .openPositions
                else { return nil }
                return proposal.conviction
            }.max()
    }

    /// Looks at the positions of one cycle.
    ///
    /// - Throws: `overflow`.
    package mutating func look(
        _ portfolio: PortfolioSnapshot,
        _ universe: UniverseSnapshot,
        _ quotes: [ProductID: Quote],
        at now: Instant
    ) throws(MoneyError) -> Result {
        var result = Result()
        try trim(portfolio, quotes, &result)
        try purge(portfolio, universe, quotes, &result, at: now)
        try rotate(portfolio, quotes, &result)
        return result
    }

    // MARK: Trim

    private mutating func trim(
        _ portfolio: PortfolioSnapshot,
        _ quotes: [ProductID: Quote],
        _ result: inout Result
    ) throws(MoneyError) {
        guard let trim = policy.trim else { return }
        let base = try portfolio.nlv.smaller(capitalMax)
        let most = try base.times(totalMax + trim.tolerance, .down)
        guard try most.isLess(than: portfolio.exposure) else {
            trimFailures = 0
            return
        }
        let share = try max(totalMax - trim.buffer, .zero)
        var excess = try portfolio.exposure - base.times(share, .down)
        // The largest first: the fewest orders.
        let candidates = portfolio.positions.sorted { left, right in
            let (a, b) = (value(left, portfolio), value(right, portfolio))
            return a == b ? left.product < right.product : a > b
        }
        for position in candidates.prefix(trim.positionsMax) where excess.isPositive {
            guard let worth = portfolio.exposures[position.product], worth.isPositive,
                try !worth.isLess(than: trim.valueMin), quotes[position.product] != nil
            else { continue }
            let part = try excess.smaller(worth)
            let raw = try FixedPoint.scaled(
                position.quantity.raw,
                times: part.raw,
                over: worth.raw,
                .up
            )
            let quantity = min(try Quantity(raw: raw), position.quantity)
            result.reductions.append(
                Reduction(product: position.product, quantity: quantity, reason: .trim)
            )
            excess = try excess - part
        }
        trimFailures = result.reductions.isEmpty ? trimFailures + 1 : 0
        result.failures = trimFailures >= trim.failuresMax ? trimFailures : nil
    }

    private func value(_ position: Position, _ portfolio: PortfolioSnapshot) -> Int128 {
        portfolio.exposures[position.product]?.raw ?? 0
    }

    // MARK: Purge

    /// Reasons that say something of a product, and not of this minute.
    private static let lasting: Set<Ineligibility> = [
        .neverTrade, .notInUniverse, .volume, .spread, .depth,
    ]

    private mutating func purge(
        _ portfolio: PortfolioSnapshot,
        _ universe: UniverseSnapshot,
        _ quotes: [ProductID: Quote],
        _ result: inout Result,
        at now: Instant
    ) throws(MoneyError) {
        guard let purge = policy.purge else { return }
        let eligible = Set(universe.eligible.map(\.product))
        let held = Set(portfolio.positions.map(\.product))
        ineligibleSince = ineligibleSince.filter { held.contains($0.key) }
        var count = 0
        for position in portfolio.positions {
            let product = position.product
            guard !eligible.contains(product) else {
                ineligibleSince[product] = nil
                continue
            }
            // What cannot be seen or traded for a while says nothing, and ends nothing either.
            guard let reason = universe.excluded[product], Self.lasting.contains(reason) else {
                continue
            }
            let since = ineligibleSince[product] ?? now
            ineligibleSince[product] = since
            guard now - since >= purge.grace, count < purge.positionsMax, quotes[product] != nil,
                let worth = portfolio.exposures[product], worth.isPositive,
                try !worth.isLess(than: purge.valueMin)
            else { continue }
            count += 1
            let part = try purge.slice.smaller(worth)
            let raw = try FixedPoint.scaled(
                position.quantity.raw,
                times: part.raw,
                over: worth.raw,
                .up
            )
            // A rest that could not be sold alone goes with the last slice.
            let rest = try worth - part
            let isLast = try rest.isLess(than: purge.valueMin)
            let quantity =
                isLast ? position.quantity : min(try Quantity(raw: raw), position.quantity)
            result.reductions.append(
                Reduction(product: product, quantity: quantity, reason: .purge)
            )
        }
    }

    // MARK: Rotation

    private func rotate(
        _ portfolio: PortfolioSnapshot,
        _ quotes: [ProductID: Quote],
        _ result: inout Result
    ) throws(MoneyError) {
        guard let rotation = policy.rotation, let conviction = unplaced, result.reductions.isEmpty
        else { return }
        var worst: (position: Position, change: Rate)?
        for position in portfolio.positions {
            guard let bid = quotes[position.product]?.bid,
                portfolio.exposures[position.product] != nil
            else { continue }
            let change = try bid.change(from: position.averagePrice())
            if worst.map({ change < $0.change }) ?? true {
                worst = (position, change)
            }
        }
        guard let worst, worst.change < .zero else { return }
        let isWorth = try worst.change <= Rate.zero - rotation.lossMin
        guard isWorth || conviction >= rotation.convictionMin else { return }
        result.reductions.append(
            Reduction(
                product: worst.position.product,
                quantity: worst.position.quantity,
                reason: .rotation
            )
        )
    }
}
