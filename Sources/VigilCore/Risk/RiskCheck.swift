import VigilModel

/// A check of the risk pass, and so why Risk says no; the raw values are stable codes.
package enum RiskCode: String, Sendable, Codable, CaseIterable {
    /// The kill switch is latched, or entries are halted for another reason.
    case halted = "HALTED"
    /// The day's loss limit is reached.
    case dailyStop = "DAILY_STOP"
    /// The week's loss limit is reached.
    case weeklyStop = "WEEKLY_STOP"
    /// The fall from the peak is too deep.
    case drawdown = "DRAWDOWN"
    /// Too many losing trades in a row.
    case lossStreak = "LOSS_STREAK"
    /// A breaker of the product is open.
    case breaker = "BREAKER"
    /// No fresh quote to decide at.
    case noQuote = "NO_QUOTE"
    /// What the product is paid in has no known rate in dollars.
    case noRate = "NO_RATE"
    /// An entry of the product is being worked, or its fate is unknown.
    case workingEntry = "WORKING_ENTRY"
    /// Too soon after the last entry.
    case tradeSpacing = "TRADE_SPACING"
    /// Too soon after the last entry in the product.
    case productSpacing = "PRODUCT_SPACING"
    /// Too soon after the product was left.
    case productCooldown = "PRODUCT_COOLDOWN"
    /// Too many entries this hour.
    case hourlyCount = "HOURLY_COUNT"
    /// Too many entries and exits this hour.
    case hourlyTrades = "HOURLY_TRADES"
    /// Too many entries today.
    case dailyCount = "DAILY_COUNT"
    /// Too many entries of the strategy in one cycle.
    case strategyTrades = "STRATEGY_TRADES"
    /// Too many positions.
    case openPositions = "OPEN_POSITIONS"
    /// Too many new positions in one cycle.
    case newPositions = "NEW_POSITIONS"
    /// The product is held, and adding is not allowed.
    case alreadyHeld = "ALREADY_HELD"
    /// Too soon to add to the position.
    case pyramidSpacing = "PYRAMID_SPACING"
    /// Too many additions to the asset today.
    case pyramidCount = "PYRAMID_COUNT"
    /// Too many positions that were added to.
    case pyramidPositions = "PYRAMID_POSITIONS"
    /// The order would be too large.
    case orderSize = "ORDER_SIZE"
    /// The strategy's positions would be too large together.
    case strategyBudget = "STRATEGY_BUDGET"
    /// The positions of a theme would be too large together.
    case theme = "THEME"
    /// The asset would be too large, with what was added to it.
    case assetSize = "ASSET_SIZE"
    /// The position would be too large.
    case positionSize = "POSITION_SIZE"
    /// All positions together would be too large.
    case totalAtRisk = "TOTAL_AT_RISK"
    /// More than the capital that may be used.
    case capitalFence = "CAPITAL_FENCE"
    /// Not enough cash.
    case cash = "CASH"
    /// What fits is below the smallest order.
    case belowMinimum = "BELOW_MINIMUM"
}

/// One check of one proposal with its numbers.
///
/// **Shape**: `limit` is what may be at most, `current` what is already, `requested` what would come on
/// top, and `allowed` what is left of the limit: money in USD at worst case, fees included; for spans of
/// time what has passed and what is still to wait.
package struct RiskCheck: Sendable, Equatable {
    /// What the numbers are.
    package enum Unit: String, Sendable, Codable {
        /// US dollars.
        case usd
        /// A ratio of one.
        case ratio
        /// A plain count.
        case count
        /// Seconds.
        case seconds
    }

    /// What became of the proposal here.
    package enum Outcome: String, Sendable, Codable {
        /// It went on as it was.
        case passed
        /// It went on smaller.
        case shrunk
        /// It ended here.
        case denied
    }

    /// The check.
    package let code: RiskCode
    /// What became of the proposal.
    package let outcome: Outcome
    /// What the numbers are.
    package let unit: Unit
    /// What may be at most, at 10^-18.
    package let limit: Int128
    /// What is already, at 10^-18.
    package let current: Int128
    /// What would come on top, at 10^-18.
    package let requested: Int128
    /// What it is about, where the code alone does not say.
    package let subject: String

    init(
        _ code: RiskCode,
        _ outcome: Outcome,
        _ unit: Unit,
        limit: Int128,
        current: Int128,
        requested: Int128,
        subject: String = ""
    ) {
        self.code = code
        self.outcome = outcome
        self.unit = unit
        self.limit = limit
        self.current = current
        self.requested = requested
        self.subject = subject
    }

    /// What is left of the limit, at 10^-18.
    package var allowed: Int128 { max(limit - current, 0) }
}
