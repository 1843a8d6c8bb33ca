package import VigilModel

/// The books valued at one moment.
package struct PortfolioSnapshot: Sendable, Equatable {
    /// When it was taken.
    package let at: Instant
    /// Cash plus positions at the bid, less the taker fee of leaving them.
    package let nlv: Money
    /// Positions at the bid.
    package let exposure: Money
    /// Value at the bid by product.
    package let exposures: [ProductID: Money]
    /// Cash in dollars and in stable coins, at their rates.
    package let cash: Money
    /// Profit realised since the ledger began.
    package let realised: Money
    /// Profit of open positions at the bid, all fees counted.
    package let unrealised: Money
    /// Fees paid since the ledger began.
    package let fees: Money
    /// The fall from the peak, flows taken out, 0 to 1.
    package let drawdown: Rate
    /// The change since 00:00 UTC, flows taken out.
    package let dayChange: Rate
    /// The change since Monday 00:00 UTC, flows taken out.
    package let weekChange: Rate
    /// The change since 00:00 UTC, flows taken out.
    package var dayPnL = Money.zero(PortfolioBooks.currency)
    /// The change since Monday 00:00 UTC, flows taken out.
    package var weekPnL = Money.zero(PortfolioBooks.currency)
    /// The open positions, in the order of their products.
    package var positions: [Position] = []
    /// Why a position's stop cannot fire, in words, where something speaks against it.
    package var hindrances: [ProductID: String] = [:]
    /// How many positions are open.
    package let openPositions: Int
    /// Cash by currency and coins by base, to be compared with the venue.
    package let holdings: [Currency: Money]
    /// What a dollar, and each stable coin whose market is seen, is worth in US dollars.
    package let rates: [Currency: Rate]
    /// Who proposed each position.
    package let strategies: [ProductID: String]
}

/// A position that must be left now.
package struct ExitRequest: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// All that is held.
    package let quantity: Quantity
    /// Why.
    package let reason: ExitReason
}
