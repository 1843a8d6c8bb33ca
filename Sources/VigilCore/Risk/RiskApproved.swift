package import VigilModel

/// An entry that Risk has sized and allowed.
package struct NewOrder: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// What to spend, fees apart.
    package let notional: Money
    /// The ask it was decided at.
    package let reference: Price
    /// What it may cost against the reference, taker fee included.
    package let slippageBudget: Rate
    /// How the position will be left.
    package let exits: ExitPlan
    /// Who proposed it.
    package let proposal: Proposal
}

/// Proof that Risk allowed something: only Risk can make one, so only such an entry can be submitted.
package struct RiskApproved<Subject: Sendable & Equatable>: Sendable, Equatable {
    /// What was allowed.
    package let subject: Subject

    fileprivate init(_ subject: Subject) {
        self.subject = subject
    }
}

/// Why Risk says no; the raw values are stable codes.
package enum DenialCode: String, Sendable, Codable, CaseIterable {
    /// The kill switch is latched, or another halt is active.
    case halted = "HALTED"
    /// The day's loss limit is reached.
    case dailyStop = "DAILY_STOP"
    /// The week's loss limit is reached.
    case weeklyStop = "WEEKLY_STOP"
    /// The fall from the peak is too deep.
    case drawdown = "DRAWDOWN"
    /// Too many losing trades in a row.
    case lossStreak = "LOSS_STREAK"
    /// Too soon after the last entry.
    case tradeSpacing = "TRADE_SPACING"
    /// Too soon after the last entry in the product.
    case productSpacing = "PRODUCT_SPACING"
    /// Too soon after the last exit of the product.
    case productCooldown = "PRODUCT_COOLDOWN"
    /// Too many entries this hour.
    case hourlyCount = "HOURLY_COUNT"
    /// Too many entries today.
    case dailyCount = "DAILY_COUNT"
    /// Too many positions.
    case openPositions = "OPEN_POSITIONS"
    /// Too many new positions in one cycle.
    case newPositions = "NEW_POSITIONS"
    /// The product is held or being bought, and adding is not allowed.
    case alreadyHeld = "ALREADY_HELD"
    /// No fresh quote to decide at.
    case noQuote = "NO_QUOTE"
    /// The order would be too large.
    case orderSize = "ORDER_SIZE"
    /// The position would be too large.
    case positionSize = "POSITION_SIZE"
    /// All positions together would be too large.
    case totalAtRisk = "TOTAL_AT_RISK"
    /// Not enough cash.
    case cash = "CASH"
    /// What fits is below the smallest order.
    case belowMinimum = "BELOW_MINIMUM"
}

/// A refusal with its numbers; money in USD, times in seconds, the rest plain counts and ratios.
package struct Denial: Sendable, Equatable {
    /// The check that refused.
    package let code: DenialCode
    /// What it allows.
    package let limit: String
    /// What was the case.
    package let current: String

    package init(_ code: DenialCode, limit: String, current: String) {
        self.code = code
        self.limit = limit
        self.current = current
    }
}

/// What Risk says to one proposal.
package enum RiskVerdict: Sendable, Equatable {
    /// Go ahead, at this size.
    case approved(RiskApproved<NewOrder>)
    /// No, for this reason.
    case denied(Proposal, Denial)
}

extension RiskPass {
    /// The only place in which an approval is made.
    static func approve(_ order: NewOrder) -> RiskVerdict {
        .approved(RiskApproved(order))
    }
}
