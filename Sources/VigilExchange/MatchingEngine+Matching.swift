package import VigilModel

extension MatchingEngine {
    /// Takes in a new external book; resting orders that it crosses are filled at their own price.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func update(
        _ book: OrderBook
    ) throws(MoneyError) -> [VenueEvent] {
        books[book.product] = book
        guard let orders = open[book.product] else { return [] }
        var events: [VenueEvent] = []
        for order in orders.sorted(by: hasPriority) where order.stop == nil && !waits(order) {
            let id = order.report.request.clientOrderID
            guard let index = index(of: id, in: book.product) else { continue }
            // The displayed volume bounds what can still be ahead of us.
            let shown = displayed(at: order.limit, order)
            open[book.product]?[index].ahead = min(order.ahead, shown)
            events += try fillCrossed(id, book)
        }
        return events
    }

    /// Takes in a print: it fills resting orders behind their queue, and wakes stops.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func trade(_ trade: Trade) throws(MoneyError) -> [VenueEvent] {
        lastTrades[trade.product] = trade.price
        guard let orders = open[trade.product] else { return [] }
        var events: [VenueEvent] = []
        var left = trade.quantity
        var external = Quantity.zero
        for order in orders.sorted(by: hasPriority)
        where order.stop == nil && order.side == trade.makerSide && !waits(order) {
            guard let limit = order.limit, order.reaches(trade.price) else { continue }
            if limit == trade.price, external < order.ahead {
                let waits = min(left, try order.ahead - external)
                left = try left - waits
                external = try external + waits
            }
            let filled = fillable(min(order.remaining, left), of: trade.product)
            left = try left - filled
            let id = order.report.request.clientOrderID
            try shorten(id, trade, by: external)
            guard !filled.isZero else { continue }
            events += try fill(resting: id, filled, at: trade.occurredAt, trade.product)
        }
        return events + (try wakeStops(trade))
    }

    /// Lets a resting order trade whole at its own price, whatever is ahead of it; for rehearsals of a
    /// fill that crosses a cancel.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func fillWhole(
        _ id: ClientOrderID,
        of product: ProductID,
        at now: Instant
    ) throws(MoneyError) -> [VenueEvent] {
        guard let order = working(id, of: product), order.stop == nil else { return [] }
        return try fill(resting: id, order.remaining, at: now, product)
    }

    /// Trades an arriving order against the external book; the caller settles what is left.
    mutating func take(
        _ order: inout WorkingOrder,
        at now: Instant
    ) throws(MoneyError) -> [VenueEvent] {
        var events: [VenueEvent] = []
        while let level = opposite(of: order).first {
            let price = taken(level.price, by: order)
            guard order.reaches(price) else { break }
            let wanted = try takeable(order, at: price)
            let quantity = fillable(min(wanted, level.quantity), of: order.product)
            guard !quantity.isZero else { break }
            consume(quantity, order)
            events += try book(&order, quantity, price, .taker, at: now)
        }
        return events
    }

    /// The price at which an order takes a level: none below the least that the market's limit lets a buy pay.
    private func taken(_ price: Price, by order: WorkingOrder) -> Price {
        guard order.side == .buy, let least = limits[order.product]?.limit.leastTaken else {
            return price
        }
        return price < least ? least : price
    }

    /// True for a resting order that the market's limit keeps waiting.
    func waits(_ order: WorkingOrder) -> Bool {
        limits[order.product]?.limit.waiting == order.side
    }

    /// True where the other side's best price is within an order's limit.
    func crosses(_ order: WorkingOrder) -> Bool {
        opposite(of: order).first.map { order.reaches($0.price) } ?? false
    }

    /// As much of a quantity as the market's limit leaves.
    func fillable(_ quantity: Quantity, of product: ProductID) -> Quantity {
        limits[product].map { min(quantity, $0.left) } ?? quantity
    }

    /// Best price first, then first come; buys before sells, because an order between the sides by their
    /// times would contradict the prices, and a sort by contradictions puts worse prices first.
    private func hasPriority(_ left: WorkingOrder, _ right: WorkingOrder) -> Bool {
        guard left.side == right.side else { return left.side == .buy }
        guard let first = left.limit, let second = right.limit, first != second
        else { return left.sequence < right.sequence }
        return left.side == .buy ? first > second : first < second
    }

    private mutating func shorten(
        _ id: ClientOrderID,
        _ trade: Trade,
        by external: Quantity
    ) throws(MoneyError) {
        guard let index = index(of: id, in: trade.product),
            let order = open[trade.product]?[index], order.limit == trade.price
        else { return }
        let ahead = external < order.ahead ? try order.ahead - external : .zero
        open[trade.product]?[index].ahead = ahead
    }

    private mutating func fillCrossed(
        _ id: ClientOrderID,
        _ book: OrderBook
    ) throws(MoneyError) -> [VenueEvent] {
        var events: [VenueEvent] = []
        while let index = index(of: id, in: book.product),
            let order = open[book.product]?[index],
            let level = opposite(of: order).first, order.reaches(level.price)
        {
            let quantity = fillable(min(order.remaining, level.quantity), of: book.product)
            guard !quantity.isZero else { break }
            consume(quantity, order)
            events += try fill(resting: id, quantity, at: book.occurredAt, book.product)
        }
        return events
    }

    private mutating func fill(
        resting id: ClientOrderID,
        _ quantity: Quantity,
        at now: Instant,
        _ product: ProductID
    ) throws(MoneyError) -> [VenueEvent] {
        guard let index = index(of: id, in: product), var order = open[product]?[index],
            let price = order.limit
        else { return [] }
        var events = try book(&order, quantity, price, .maker, at: now)
        if order.report.status == .filled {
            open[product]?.remove(at: index)
            try finish(&order, as: .filled)
        } else {
            open[product]?[index] = order
            remember(order)
        }
        events.append(.orderUpdated(order.report))
        return events
    }

    private mutating func wakeStops(_ trade: Trade) throws(MoneyError) -> [VenueEvent] {
        var events: [VenueEvent] = []
        for order in open[trade.product] ?? [] {
            guard let stop = order.stop,
                case .stopLimit(_, _, _, let direction) = order.report.request.terms,
                direction.isReached(stop, by: trade.price),
                let index = index(of: order.report.request.clientOrderID, in: trade.product)
            else { continue }
            var woken = order
            woken.stop = nil
            open[trade.product]?.remove(at: index)
            guard !crossesOwn(woken) else {
                try finish(&woken, as: .canceled)
                events.append(.orderUpdated(woken.report))
                continue
            }
            events += try take(&woken, at: trade.occurredAt)
            let settled = try settleArrival(woken)
            events += settled.isEmpty ? [.orderUpdated(woken.report)] : settled
        }
        return events
    }

    /// What an order still wants at a price; a quote-sized one wants what its money buys, fee included.
    private func takeable(
        _ order: WorkingOrder,
        at price: Price
    ) throws(MoneyError) -> Quantity {
        guard case .marketQuote = order.report.request.terms else { return order.remaining }
        let gross = try price.scaled(by: Rate.one + (order.rates ?? fees).taker, .up)
        // Notional and fee are each rounded up: three units more than their exact sum always pay them.
        let spare = Money(raw: 3, currency: order.held.currency)
        guard try spare.isLess(than: order.held) else { return .zero }
        let exact = try Quantity(buying: order.held - spare, at: gross, .down)
        // Sixteen places, as the venue's own fills carry, and far from the rounding of the fee.
        return try Quantity(raw: FixedPoint.snapped(exact.raw, to: 100, .down))
    }

    private mutating func consume(_ quantity: Quantity, _ order: WorkingOrder) {
        guard var book = books[order.product] else { return }
        var levels = order.side == .buy ? book.asks : book.bids
        guard let first = levels.first, let rest = try? first.quantity - quantity else { return }
        if rest.isZero {
            levels.removeFirst()
        } else {
            levels[0].quantity = rest
        }
        if order.side == .buy {
            book.asks = levels
        } else {
            book.bids = levels
        }
        books[order.product] = book
    }

    /// Moves money and coins for one fill of an order.
    private mutating func book(
        _ order: inout WorkingOrder,
        _ quantity: Quantity,
        _ price: Price,
        _ role: LiquidityRole,
        at now: Instant
    ) throws(MoneyError) -> [VenueEvent] {
        sequence += 1
        let rates = order.rates ?? fees
        let rate = role == .maker ? rates.maker : rates.taker
        let request = order.report.request
        let gross = try price.notional(of: quantity, order.side == .buy ? .up : .down)
        let fill = Fill(
            entryID: EntryID("entry-\(sequence)"),
            tradeID: TradeID("trade-\(sequence)"),
            clientOrderID: request.clientOrderID,
            product: request.product,
            side: request.side,
            price: price,
            quantity: quantity,
            fee: Self.payable(try gross.times(rate, .up), of: gross, by: order),
            role: role,
            kind: .fill,
            occurredAt: now
        )
        order.held = try settled(order, fill, gross)
        order.remaining = quantity < order.remaining ? try order.remaining - quantity : .zero
        order.report.filledQuantity = try order.report.filledQuantity + quantity
        if try isComplete(order, price) {
            order.report.status = .filled
        }
        changes.fills.append(fill)
        if let left = limits[order.product]?.left {
            limits[order.product]?.left = quantity < left ? try left - quantity : .zero
        }
        return [.fillReported(fill)]
    }

    /// A fee as far as it is held: each fill is rounded up by itself, and the hold once.
    ///
    /// More than what rounding makes of a thousand fills is no rounding, and left for the books to complain of.
    private static func payable(_ fee: Money, of gross: Money, by order: WorkingOrder) -> Money {
        let spare = order.held.raw - gross.raw
        guard order.side == .buy, spare >= 0, spare < fee.raw, fee.raw - spare <= 1_000 else {
            return fee
        }
        return Money(raw: spare, currency: fee.currency)
    }

    /// Moves the money and the coins of a fill, all of them or none; gives back what is still held.
    private mutating func settled(
        _ order: WorkingOrder,
        _ fill: Fill,
        _ gross: Money
    ) throws(MoneyError) -> Money {
        let coins = Money(raw: fill.quantity.raw, currency: fill.product.base)
        let before = (accounts.row(gross.currency), accounts.row(coins.currency))
        do throws(MoneyError) {
            switch fill.side {
            case .buy:
                try accounts.payHeld(gross, fee: fill.fee)
                try accounts.receive(coins, fee: .zero(coins.currency))
                return try order.held - (gross + fill.fee)
            case .sell:
                try accounts.payHeld(coins, fee: .zero(coins.currency))
                try accounts.receive(gross, fee: fill.fee)
                return try order.held - coins
            }
        } catch {
            accounts.rows[gross.currency] = before.0
            accounts.rows[coins.currency] = before.1
            throw error
        }
    }

    private func isComplete(_ order: WorkingOrder, _ price: Price) throws(MoneyError) -> Bool {
        guard case .marketQuote = order.report.request.terms else {
            return order.remaining.isZero
        }
        return try takeable(order, at: price).isZero
    }
}
