package import VigilModel

/// An open position, derived from fills; cost and fees at average cost.
package struct Position: Sendable, Equatable, Codable {
    /// The product.
    package let product: ProductID
    /// How much is held; above zero.
    package internal(set) var quantity: Quantity
    /// What it cost, fees apart.
    package internal(set) var cost: Money
    /// The fees paid to enter what is still held.
    package internal(set) var entryFees: Money
    /// What sales out of this position have realised, all fees counted.
    package internal(set) var realised: Money
    /// When it was opened.
    package let openedAt: Instant
    /// Who proposed it.
    package let strategy: String
    /// When it will be left.
    package internal(set) var exits: ExitPlan
    /// The bid at or below which it is stopped out.
    package internal(set) var stopPrice: Price
    /// The bid at or above which the profit is taken.
    package internal(set) var targetPrice: Price

    /// What a part of it cost, and the fees paid to enter that part; the whole takes all of both.
    func share(of part: Quantity) throws(MoneyError) -> (cost: Money, fees: Money) {
        guard part < quantity else { return (cost, entryFees) }
        return (
            try cost.share(part, of: quantity, .down),
            try entryFees.share(part, of: quantity, .down)
        )
    }

    /// The average entry price, fees apart, towards zero at 10^-18.
    ///
    /// - Throws: `overflow`.
    package func averagePrice() throws(MoneyError) -> Price {
        try Self.average(cost, quantity)
    }

    static func average(_ cost: Money, _ quantity: Quantity) throws(MoneyError) -> Price {
        let raw = try FixedPoint.scaled(cost.raw, times: FixedPoint.one, over: quantity.raw, .down)
        return try Price(raw: raw, currency: cost.currency)
    }
}

/// Why a position is left; the raw values are stable codes.
package enum ExitReason: String, Sendable, Codable, CaseIterable {
    /// The loss limit of the trade was reached.
    case stopLoss = "stop_loss"
    /// The profit goal was reached.
    case takeProfit = "take_profit"
    /// It was held long enough.
    case maxHold = "max_hold"
    /// All positions together had outgrown their cap.
    case trim
    /// The product is no longer eligible.
    case purge
    /// A better position found no place.
    case rotation

    /// True where the whole position is left, so that the product cools down.
    package var leavesWhole: Bool { self != .trim }
}

/// What a fill did to the books.
package struct Booking: Sendable, Equatable, Codable {
    /// Profit or loss that a sale realised, all fees counted; zero for a purchase.
    package let realised: Money
    /// The position's whole result, where this fill closed it.
    package let closed: Money?

    static func none(_ currency: Currency) -> Booking {
        Booking(realised: .zero(currency), closed: nil)
    }
}

/// Cash, positions and profit, derived from fills and flows alone.
package struct PortfolioBooks: Sendable, Equatable, Codable {
    /// The currency the books are valued in.
    package static let currency = Currency.usd

    /// Cash by currency.
    package private(set) var cash: [Currency: Money] = [:]
    /// Open positions.
    package private(set) var positions: [ProductID: Position] = [:]
    /// Profit and loss realised so far, all fees counted, by the currency it was made in.
    package private(set) var realised: [Currency: Money] = [:]
    /// Fees paid so far, by currency.
    package private(set) var fees: [Currency: Money] = [:]
    /// Deposits less withdrawals, by currency.
    package private(set) var flows: [Currency: Money] = [:]
    private var sales: [TradeID: Sale] = [:]
    private var saleOrder: [TradeID] = []

    /// What a sale took out of a position, kept so that a reversal can put it back.
    private struct Sale: Sendable, Equatable, Codable {
        let before: Position
        let booking: Booking
    }

    /// Reversals arrive within hours; older sales than these are beyond reach.
    private static let salesMax = 1_000

    /// Begins with nothing.
    package init() {}

    /// Cash by currency and coins by base; one coin that several products are held in counts once.
    package var holdings: [Currency: Money] {
        var holdings = cash
        for position in positions.values {
            let base = position.product.base
            let (sum, overflow) = (holdings[base]?.raw ?? 0)
                .addingReportingOverflow(position.quantity.raw)
            // Only compared: the largest there is differs from the venue's as well as the true sum would.
            holdings[base] = Money(raw: overflow ? .max : sum, currency: base)
        }
        return holdings
    }

    /// Takes in a deposit (positive) or withdrawal (negative).
    ///
    /// - Throws: `overflow`; nothing changed.
    package mutating func record(flow: Money) throws(MoneyError) {
        let currency = flow.currency
        var left = flow
        var smaller: [ProductID: Position?] = [:]
        // Coins that left the account behind our back are gone from what we hold of them, at their cost.
        for product in positions.keys.sorted() where product.base == currency && left.isNegative {
            guard var position = positions[product] else { continue }
            let gone = try min(Quantity(raw: -left.raw), position.quantity)
            let (cost, fees) = try position.share(of: gone)
            position.quantity = try position.quantity - gone
            try position.cost -= cost
            try position.entryFees -= fees
            smaller[product] = position.quantity.isZero ? .some(nil) : position
            left = Money(raw: left.raw + gone.raw, currency: currency)
        }
        let held = try (cash[currency] ?? .zero(currency)) + left
        flows[currency] = try (flows[currency] ?? .zero(currency)) + flow
        for (product, position) in smaller {
            positions[product] = position
        }
        cash[currency] = held
    }

    /// Takes in a fill that has not been taken in before.
    ///
    /// The plan of its origin applies where the fill opens a position, or adds to one.
    ///
    /// - Throws: `negative` where more is sold than is held, `overflow`; nothing changed.
    package mutating func record(
        _ fill: Fill,
        _ origin: FillOrigin
    ) throws(MoneyError) -> Booking {
        // All that can throw comes first, so that a refusal has changed nothing.
        let effect = try effect(of: fill, origin)
        let change = try fill.cashChange()
        let held = cash[change.currency] ?? .zero(change.currency)
        let newCash = try held + change
        let fee = fill.kind == .reversal ? fill.fee.negated : fill.fee
        let newFees = try (fees[fee.currency] ?? .zero(fee.currency)) + fee
        let gained = effect.booking.realised
        let newRealised = try (realised[gained.currency] ?? .zero(gained.currency)) + gained
        positions[fill.product] = effect.position
        cash[change.currency] = newCash
        fees[fee.currency] = newFees
        realised[gained.currency] = newRealised
        if let trade = effect.reopened, let sale = sales[trade] {
            let booking = Booking(realised: sale.booking.realised, closed: nil)
            sales[trade] = Sale(before: sale.before, booking: booking)
        }
        if fill.side == .sell {
            remember(effect.sale, of: fill.tradeID)
        }
        return effect.booking
    }

    /// What a fill makes of its position.
    private struct Effect {
        let position: Position?
        let booking: Booking
        var sale: Sale?
        /// The sale that had closed the position, and closes it no more.
        var reopened: TradeID?
    }

    private mutating func remember(_ sale: Sale?, of trade: TradeID) {
        sales[trade] = sale
        guard sale != nil else {
            saleOrder.removeAll { $0 == trade }
            return
        }
        saleOrder.append(trade)
        if saleOrder.count >= 2 * Self.salesMax {
            for old in saleOrder.prefix(Self.salesMax) {
                sales[old] = nil
            }
            saleOrder.removeFirst(Self.salesMax)
        }
    }

    private func effect(
        of fill: Fill,
        _ origin: FillOrigin
    ) throws(MoneyError) -> Effect {
        switch (fill.side, fill.kind) {
        case (.buy, .fill), (.buy, .correction): return try buy(fill, origin)
        case (.sell, .fill), (.sell, .correction): return try sell(fill)
        case (.buy, .reversal): return try undoBuy(fill)
        case (.sell, .reversal): return try undoSale(fill)
        }
    }

    private func buy(_ fill: Fill, _ origin: FillOrigin) throws(MoneyError) -> Effect {
        let old = positions[fill.product]
        let zero = Money.zero(fill.price.currency)
        let quantity = try (old?.quantity ?? .zero) + fill.quantity
        let cost = try (old?.cost ?? zero) + fill.notional()
        let position = try Position(
            product: fill.product,
            quantity: quantity,
            cost: cost,
            entryFees: (old?.entryFees ?? zero) + fill.fee,
            realised: old?.realised ?? zero,
            openedAt: old?.openedAt ?? fill.occurredAt,
            exits: origin.purpose.exits,
            strategy: old?.strategy ?? origin.strategy,
            average: Position.average(cost, quantity)
        )
        return Effect(position: position, booking: .none(fill.product.quote))
    }

    private func sell(_ fill: Fill) throws(MoneyError) -> Effect {
        guard var position = positions[fill.product] else {
            throw .negative("-\(fill.quantity) \(fill.product.base)")
        }
        let before = position
        let rest = try position.quantity - fill.quantity
        // The last sale takes all that is left, so that no rounding remains behind.
        let whole = rest.isZero
        let cost =
            whole
            ? position.cost : try position.cost.share(fill.quantity, of: position.quantity, .down)
        let fees =
            whole
            ? position.entryFees
            : try position.entryFees.share(fill.quantity, of: position.quantity, .down)
        let gained = try (fill.notional() - fill.fee) - (cost + fees)
        position.quantity = rest
        try position.cost -= cost
        try position.entryFees -= fees
        try position.realised += gained
        let booking = Booking(
            realised: gained,
            closed: whole ? position.realised : nil
        )
        return Effect(
            position: whole ? nil : position,
            booking: booking,
            sale: Sale(before: before, booking: booking)
        )
    }

    private func undoBuy(_ fill: Fill) throws(MoneyError) -> Effect {
        guard let position = positions[fill.product] else {
            throw .negative("-\(fill.quantity) \(fill.product.base)")
        }
        let rest = try position.quantity - fill.quantity
        let cost = try position.cost - fill.notional()
        let fees = try position.entryFees - fill.fee
        return Effect(
            position: rest.isZero ? nil : try position.holding(rest, cost: cost, entryFees: fees),
            booking: .none(fill.product.quote)
        )
    }

    /// The position goes on as if the sale had not been, whatever was sold or bought since.
    private func undoSale(_ fill: Fill) throws(MoneyError) -> Effect {
        guard let sale = sales[fill.tradeID] else {
            throw .malformed("reversal of unknown trade \(fill.tradeID)")
        }
        let zero = Money.zero(fill.price.currency)
        let now = positions[fill.product]
        let old = sale.before
        // Where the position was closed since, what it had realised until then is its own again.
        let closing = saleOrder.drop { $0 != fill.tradeID }.first { trade in
            guard let other = sales[trade], other.booking.closed != nil else { return false }
            return other.before.product == old.product && other.before.openedAt == old.openedAt
        }
        let end = closing.flatMap { sales[$0] }
        let before = end?.booking.closed ?? zero
        let (cost, fees) = try old.share(of: fill.quantity)
        var position = now.map { $0.openedAt < old.openedAt ? $0 : old } ?? old
        position.exits = (now ?? end?.before ?? old).exits
        position.realised = try before + (now?.realised ?? zero) - sale.booking.realised
        position = try position.holding(
            (now?.quantity ?? .zero) + fill.quantity,
            cost: (now?.cost ?? zero) + cost,
            entryFees: (now?.entryFees ?? zero) + fees
        )
        let back = Booking(realised: sale.booking.realised.negated, closed: nil)
        return Effect(position: position, booking: back, reopened: closing)
    }
}

extension Position {
    init(
        product: ProductID,
        quantity: Quantity,
        cost: Money,
        entryFees: Money,
        realised: Money,
        openedAt: Instant,
        exits: ExitPlan,
        strategy: String,
        average: Price
    ) throws(MoneyError) {
        self.strategy = strategy
        self.product = product
        self.quantity = quantity
        self.cost = cost
        self.entryFees = entryFees
        self.realised = realised
        self.openedAt = openedAt
        self.exits = exits
        (stopPrice, targetPrice) = try exits.prices(from: average)
    }

    /// The same position with other amounts; its stop and target stand where its new average puts them.
    func holding(
        _ quantity: Quantity,
        cost: Money,
        entryFees: Money
    ) throws(MoneyError) -> Position {
        var next = self
        (next.quantity, next.cost, next.entryFees) = (quantity, cost, entryFees)
        // What was taken back may have cost more than all that is left: the old prices protect it then.
        guard cost.isPositive else { return next }
        let average = try Self.average(cost, quantity)
        (next.stopPrice, next.targetPrice) = try exits.prices(from: average)
        return next
    }
}

extension ExitPlan {
    /// Where a position of this average price is stopped out, and where its profit is taken.
    fileprivate func prices(
        from average: Price
    ) throws(MoneyError) -> (stop: Price, target: Price) {
        let stop = try average.scaled(by: Rate.one - stopLoss, .up)
        return (stop, try average.scaled(by: Rate.one + takeProfit, .up))
    }
}
