internal import VigilCore
package import VigilModel

/// Where our orders are.
package enum TradingVenue: Sendable {
    /// At the paper venue of this process.
    case paper(EmbeddedVenue)
    /// At Coinbase.
    case coinbase(LiveVenue)

    /// The paper venue, where that is the one.
    package var paper: EmbeddedVenue? {
        guard case .paper(let venue) = self else { return nil }
        return venue
    }

    /// How many orders that buy are not ended there, as far as is known.
    var openEntries: Int {
        switch self {
        case .paper(let venue): venue.openEntries
        case .coinbase(let venue): venue.openEntries
        }
    }

    /// The products that are traded.
    var products: [Product] {
        switch self {
        case .paper(let venue): venue.listing.products
        case .coinbase(let venue): venue.products
        }
    }

    /// Ends every order that buys; what is not reported here is reported when the venue says so.
    func cancelEntries() -> [VenueEvent] {
        switch self {
        case .paper(let venue): venue.cancelEntries()
        // The halt that follows has Execution cancel each of them, again and again until it has ended.
        case .coinbase: []
        }
    }
}

/// What a venue says at a start, read to its end.
package struct VenueTruth: Sendable {
    /// What it holds for us.
    package var balances: [Balance] = []
    /// Our orders that were asked about, or that the ledger has no row for.
    package var orders: [ClientOrderID: VenueOrder] = [:]
    /// Our fills, the ledger's newest among them.
    package var fills: [Fill] = []
    /// What was ever brought into a paper account; nil where the account is its owner's.
    package var deposited: Money?
    /// True where an order that it does not know does not exist and cannot come into being.
    package var isExhaustive = false
    /// How many orders it has ended for this start.
    package var canceled = 0
}

extension EmbeddedVenue {
    /// How far back of the ledger's own count the venue's fills are read again.
    private static let fillOverlap: Int64 = 1_000

    /// Ends every order, or every entry where sales may stay, and says all that a start needs.
    ///
    /// `missing` picks the orders that the ledger has no row for.
    ///
    /// - Throws: the store's error, `missing`'s, or `MoneyError.overflow`: do not start.
    func truth(
        for past: LedgerPast,
        funding cash: Money,
        manners: VenueManners?,
        salesStay: Bool,
        at now: Instant,
        missing: (Set<ClientOrderID>) throws -> [ClientOrderID]
    ) throws -> VenueTruth {
        var truth = VenueTruth()
        if manners == nil {
            // Nothing can be on its way: the venue lives in this process.
            truth.isExhaustive = true
            let before = list().openOrders.count
            _ = salesStay ? cancelEntries() : cancelEverything()
            truth.canceled = before - list().openOrders.count
        }
        // A new paper account is given its cash; also where a crash came in between.
        if deposited.isZero {
            try deposit(cash)
        }
        truth.deposited = deposited
        truth.balances = list().balances
        truth.fills = try fills(from: max(1, past.fillCount - Self.fillOverlap))
        if Mutation.isOn("start.fills_not_read") { truth.fills = [] }
        if Mutation.isOn("start.page_dropped") { truth.fills = Array(truth.fills.dropLast(3)) }
        let ids = try past.unfinished.map(\.id) + missing(Set(truth.fills.map(\.clientOrderID)))
        for id in ids {
            guard let order = try order(id), manners?.shows(order, at: now) != false else {
                continue
            }
            truth.orders[id] = order
        }
        return truth
    }
}

/// What of the ledger a venue must know to say its truth.
struct LedgerPast: Sendable {
    let instance: String
    let unfinished: [OrderRecord]
    let fillCount: Int64
    /// From when on the venue's lists can have something new.
    let since: Instant
}
