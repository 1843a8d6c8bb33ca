package import VigilModel

/// An order inside the venue, with what its queue and its hold need.
package struct WorkingOrder: Sendable, Equatable, Codable {
    /// What its owner sees.
    package var report: VenueOrder
    /// The worst price it may trade at; nil for a market order.
    var limit: Price?
    /// What is left to fill.
    var remaining: Quantity
    /// The external volume that must trade at its price before it does.
    package internal(set) var ahead: Quantity
    /// What is set aside for it.
    var held: Money
    /// Its place in time.
    let sequence: Int
    /// When its time in force ends.
    var expiresAt: Instant?
    /// The stop price it still waits for.
    var stop: Price?
    /// The rates at its arrival, which it keeps: what it holds has to last.
    ///
    /// Nil in stores of an earlier version.
    var rates: FeeSchedule?

    /// What is set aside for it.
    package var hold: Money { held }
    /// True while it waits for its stop price.
    package var isWaiting: Bool { stop != nil }

    var side: Side { report.request.side }
    var product: ProductID { report.request.product }

    /// True where another order's price is reached by this one's limit.
    func reaches(_ price: Price) -> Bool {
        guard let limit else { return true }
        return side == .buy ? price <= limit : price >= limit
    }
}

/// A stop that a trade price wakes up.
extension StopDirection {
    func isReached(_ stop: Price, by price: Price) -> Bool {
        switch self {
        case .rising: price >= stop
        case .falling: price <= stop
        }
    }
}
