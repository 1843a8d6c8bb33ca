/// What kind of call it is: what it may cost in time, and who goes first.
package enum CallClass: Int, Sendable, Comparable, CaseIterable {
    /// Ends orders; never waits for anything else.
    case cancel
    /// Sends an order.
    case order
    /// Reads what the venue knows of us.
    case reconciliation
    /// Reads the market.
    case marketData

    package static func < (left: CallClass, right: CallClass) -> Bool {
        left.rawValue < right.rawValue
    }

    /// From the request's start to its last byte.
    package var timeout: Duration {
        switch self {
        case .cancel: .seconds(5)
        case .order: .seconds(5)
        case .reconciliation: .seconds(10)
        case .marketData: .seconds(10)
        }
    }

    /// How often it is tried at most; what changes something is sent once.
    package var attemptsMax: Int {
        switch self {
        case .cancel, .order: 1
        case .reconciliation, .marketData: 5
        }
    }
}

/// The venue's two separate limits.
package enum RequestLane: Sendable, CaseIterable {
    /// Counted by key.
    case authenticated
    /// Counted by address.
    case open
}
