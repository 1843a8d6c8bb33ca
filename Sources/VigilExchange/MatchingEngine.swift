package import VigilModel

/// A price-time matching engine for one account against an external market.
///
/// External liquidity comes in as books and trade prints. Our takers walk the book; our makers wait
/// in a queue behind the volume that was displayed before them, and a print fills them only with what
/// is left of it. Two of our own orders never trade with each other: the arriving one is refused.
package struct MatchingEngine: Sendable {
    /// How far a market order may run from the touch before its rest is canceled.
    ///
    /// **Source**: Coinbase protects market orders at about 2 % to 3 %.
    package static let marketProtection = Rate(basisPoints: 300)
    /// How many ended orders stay in memory; older ones are in the store.
    static let closedMax = 1_000

    /// The products and their rules.
    package internal(set) var products: [ProductID: Product]
    /// The account's rates.
    package var fees: FeeSchedule
    /// The books of the account.
    package internal(set) var accounts = Accounts()
    /// The external books.
    package internal(set) var books: [ProductID: OrderBook] = [:]
    /// The last trade price of each product.
    package internal(set) var lastTrades: [ProductID: Price] = [:]
    var open: [ProductID: [WorkingOrder]] = [:]
    /// What may be filled of a market of candles, and what of that is left.
    var limits: [ProductID: (limit: FillLimit, left: Quantity)] = [:]
    var closed: [ClientOrderID: WorkingOrder] = [:]
    var closedInOrder: [ClientOrderID] = []
    var sequence = 0
    var changes = Changes()

    /// What has changed since it was last asked for, to be stored.
    package struct Changes: Sendable {
        /// Orders that are new or changed, latest state.
        package internal(set) var orders: [ClientOrderID: WorkingOrder] = [:]
        /// New fills in their order.
        package internal(set) var fills: [Fill] = []
        /// True where a balance moved.
        package internal(set) var accounts = false
        /// Adds later changes.
        package mutating func merge(_ later: Changes) {
            orders.merge(later.orders) { _, new in new }
            fills += later.fills
            accounts = accounts || later.accounts
        }

        /// Begins with none.
        package init() {}

        /// True where there is nothing to store.
        package var isEmpty: Bool { orders.isEmpty && fills.isEmpty && !accounts }
    }

    /// Opens a venue for these products.
    package init(products: [Product], fees: FeeSchedule) {
        self.products = [:]
        self.fees = fees
        for product in products {
            self.products[product.id] = product
        }
    }

    /// Brings money into the account.
    ///
    /// - Throws: `overflow`.
    package mutating func deposit(_ amount: Money) throws(MoneyError) {
        try accounts.deposit(amount)
        changes.accounts = true
    }

    /// Sets a product's rules; orders that rest stay as they are.
    package mutating func setRules(_ product: Product) {
        guard products[product.id] != nil else { return }
        products[product.id] = product
    }

    /// Sets what may be filled of a product; a limit of the same candle goes on where it was.
    package mutating func setLimit(_ limit: FillLimit, of product: ProductID) {
        let isNew = limits[product]?.limit.candle != limit.candle
        limits[product] = (limit, isNew ? limit.quantity : limits[product]?.left ?? limit.quantity)
    }

    /// Sets what may be done with a product; orders that rest stay.
    package mutating func setStatus(_ status: TradingStatus, of product: ProductID) {
        products[product]?.status = status
    }

    /// All orders that are not ended, oldest first.
    package var openOrders: [VenueOrder] {
        open.values.joined().sorted { $0.sequence < $1.sequence }.map(\.report)
    }

    /// An open order with its hold and its stop; nil where it is not open.
    package func working(_ id: ClientOrderID, of product: ProductID) -> WorkingOrder? {
        index(of: id, in: product).flatMap { open[product]?[$0] }
    }

    /// What the open orders hold of a currency, which is what the account has on hold.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package func heldByOrders(_ currency: Currency) throws(MoneyError) -> Money {
        var sum = Money.zero(currency)
        for order in open.values.joined() where order.held.currency == currency {
            try sum += order.held
        }
        return sum
    }

    /// How many orders of a product are open.
    package func openCount(of product: ProductID) -> Int { open[product]?.count ?? 0 }

    /// What the account's own orders show in a product's book, by side and price.
    package func displayed(of product: ProductID) throws(MoneyError) -> [Side: [Price: Quantity]] {
        var shown: [Side: [Price: Quantity]] = [:]
        for order in open[product] ?? [] where order.stop == nil {
            // One that waits, or for which nothing is left of the candle's share, may stand beyond the other side: no
            // book shows that.
            guard let price = order.limit, !crosses(order) else { continue }
            let before = shown[order.side]?[price] ?? .zero
            shown[order.side, default: [:]][price] = try before + order.remaining
        }
        return shown
    }

    /// An order by our id, also an ended one that is still in memory.
    package func order(_ id: ClientOrderID) -> VenueOrder? {
        if let order = closed[id] { return order.report }
        for orders in open.values {
            if let order = orders.first(where: { $0.report.request.clientOrderID == id }) {
                return order.report
            }
        }
        return nil
    }

    /// Hands over what has to be stored, and forgets it.
    package mutating func takeChanges() -> Changes {
        defer { changes = Changes() }
        return changes
    }

    /// Takes an order in.
    ///
    /// An id that is known already creates nothing: the original order is reported again.
    package mutating func submit(_ request: OrderRequest, at now: Instant) -> [VenueEvent] {
        if let known = order(request.clientOrderID) { return [.orderAccepted(known)] }
        let before = self
        do throws(MoneyError) {
            return try accept(request, at: now)
        } catch {
            // What was held and matched on the way is as if it had not been.
            self = before
            return [.orderRejected(request.clientOrderID, .arithmetic)]
        }
    }

    /// Ends an open order; nothing happens to one that is not open.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func cancel(
        _ id: ClientOrderID
    ) throws(MoneyError) -> [VenueEvent] {
        for product in open.keys.sorted() {
            guard let index = index(of: id, in: product) else { continue }
            return [try close(product, index, as: .canceled)]
        }
        return []
    }

    /// Ends every open order of a side.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func cancelAll(_ side: Side) throws(MoneyError) -> [VenueEvent] {
        var events: [VenueEvent] = []
        for order in openOrders where order.request.side == side {
            events += try cancel(order.request.clientOrderID)
        }
        return events
    }

    /// Ends orders whose time is over.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func expire(at now: Instant) throws(MoneyError) -> [VenueEvent] {
        var events: [VenueEvent] = []
        for product in open.keys.sorted() {
            var index = 0
            while let orders = open[product], index < orders.count {
                if let end = orders[index].expiresAt, end <= now {
                    events.append(try close(product, index, as: .expired))
                } else {
                    index += 1
                }
            }
        }
        return events
    }

    /// The first time at which an open order expires.
    package var nextExpiry: Instant? {
        open.values.joined().compactMap(\.expiresAt).min()
    }

    func index(of id: ClientOrderID, in product: ProductID) -> Int? {
        open[product]?.firstIndex { $0.report.request.clientOrderID == id }
    }

    /// Ends an open order and gives back its hold.
    mutating func close(
        _ product: ProductID,
        _ index: Int,
        as status: VenueOrderStatus
    ) throws(MoneyError) -> VenueEvent {
        guard var order = open[product]?.remove(at: index) else {
            preconditionFailure("Invariant: only an open order is closed")
        }
        try finish(&order, as: status)
        return .orderUpdated(order.report)
    }

    /// Settles an order that has left the book (or never entered it).
    mutating func finish(
        _ order: inout WorkingOrder,
        as status: VenueOrderStatus
    ) throws(MoneyError) {
        try accounts.release(order.held)
        order.held = .zero(order.held.currency)
        order.report.status = status
        remember(order)
        let id = order.report.request.clientOrderID
        closed[id] = order
        closedInOrder.append(id)
        if closedInOrder.count > Self.closedMax {
            closed[closedInOrder.removeFirst()] = nil
        }
    }

    mutating func remember(_ order: WorkingOrder) {
        changes.orders[order.report.request.clientOrderID] = order
        changes.accounts = true
    }
}
