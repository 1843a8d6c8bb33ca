package import VigilModel

/// What the venue is asked to do.
package enum VenueRequest: Sendable {
    /// Send an order.
    case submit(OrderRequest, isEntry: Bool)
    /// Ask for an order's end.
    case cancel(ClientOrderID)
    /// List everything.
    case list(cycle: Int)
    /// Read the lists from a time on, for orders whose fate is unknown.
    case lookUp(number: Int, [ClientOrderID], since: Instant)
    /// Say how much of a product's coin may be sold now.
    case readAvailable(ProductID)
    /// Take in what the market did; for venues that have none of their own.
    case observe([MarketDataCore.MarketMove])
    /// Charge these fees from now on; for venues that have none of their own.
    case feesChanged(FeeSchedule)
    /// Carry out what is due, as it was asked for by ``VenueReport/wake(at:)``.
    case wake
}

/// What a venue says.
package indirect enum VenueReport: Sendable {
    /// Something happened to an order.
    case event(VenueEvent)
    /// It is not known what became of an order that was sent.
    case outcomeLost(ClientOrderID)
    /// Everything is listed, to its end.
    case listed(cycle: Int, VenueListing)
    /// The lists could not be read to their end, which is not an empty list.
    case unreadable(cycle: Int)
    /// Orders of unknown fate were looked for.
    case lookedUp(LookUp)
    /// So much of a product's coin may be sold now.
    case availableRead(ProductID, Quantity)
    /// How a request was answered, for the breakers.
    case answered(VenueAnswer)
    /// How far its clock is ahead.
    case clockCompared(Duration, uncertainty: Duration)
    /// An order of another Vigil that trades with our key was seen.
    case otherSeen(instance: String)
    /// A product is not open to the account, in the venue's words.
    case closed(ProductID, String)
    /// It cannot store what it did; told each time, with why.
    case storeRefused(String)
    /// It can store again.
    case storeWritten
    /// Its market or its books cannot go on.
    case failed(MoneyError)
    /// For the journal.
    case noted(VenueNote)
    /// Wants to be woken.
    case wake(at: Instant)
    /// The same, to be said after a while.
    case delayed(Duration, VenueReport)
}

/// Something about a venue for people to read.
package struct VenueNote: Sendable, Equatable {
    /// What it is about.
    package enum Kind: Sendable, Equatable {
        /// A call that was refused or went wrong.
        case trouble
        /// A row about an order of ours that cannot be read.
        case unreadable
        /// The feed of our orders was lost.
        case feedLost
        /// The feed of our orders is whole.
        case feedWhole
        /// What a simulation makes happen.
        case simulated
    }

    /// What it is about.
    package let kind: Kind
    /// In words.
    package let text: String
    /// The order, where it is about one.
    package let order: ClientOrderID?
    /// The product, where it is about one.
    package let product: ProductID?

    /// Joins the parts.
    package init(
        _ kind: Kind,
        _ text: String,
        order: ClientOrderID? = nil,
        product: ProductID? = nil
    ) {
        self.kind = kind
        self.text = text
        self.order = order
        self.product = product
    }
}

/// What a venue must know before the first request.
package struct VenueStart: Sendable {
    /// Tells our orders from those of others.
    package let instance: String
    /// Orders of ours that are not ended.
    package let unfinished: [OrderRecord]

    /// Joins the parts.
    package init(instance: String, unfinished: [OrderRecord]) {
        self.instance = instance
        self.unfinished = unfinished
    }
}

/// What of the ledger a venue must know to say its truth.
package struct LedgerPast: Sendable {
    /// Tells our orders from those of others.
    package let instance: String
    /// Orders of ours that are not ended.
    package let unfinished: [OrderRecord]
    /// How many fills the ledger has.
    package let fillCount: Int64
    /// From when on the venue's lists can have something new.
    package let since: Instant
    /// When the start asks.
    package let at: Instant
    /// Picks the orders that the ledger has no row for.
    package let missing: @Sendable (Set<ClientOrderID>) throws -> [ClientOrderID]
    /// What a new paper account is given.
    package var funding = Money.zero(.usd)
    /// True where an order that sells outlives a stop in order.
    package var exitsOutliveStop = false
    /// True for the first start of a ledger.
    package var isFirst = false
    /// True where orders may still be on their way there.
    package var mayBeUnderWay = false

    /// Joins what the ledger knows.
    package init(
        instance: String,
        unfinished: [OrderRecord],
        fillCount: Int64,
        since: Instant,
        at now: Instant,
        missing: @escaping @Sendable (Set<ClientOrderID>) throws -> [ClientOrderID]
    ) {
        self.instance = instance
        self.unfinished = unfinished
        self.fillCount = fillCount
        self.since = since
        at = now
        self.missing = missing
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

    /// Begins with nothing.
    package init() {}
}
