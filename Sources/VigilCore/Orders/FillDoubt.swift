package import VigilModel

/// A row of the fill report that cannot be of its order: it is kept as it came, and never booked.
package struct QuarantinedFill: Sendable, Equatable {
    /// The row.
    package let fill: Fill
    /// The product of the order that it names, which is entered no more; the row's own may be any.
    package let product: ProductID
    /// What speaks against it, with both numbers.
    package let why: String

    /// Joins the parts.
    package init(fill: Fill, product: ProductID, why: String) {
        self.fill = fill
        self.product = product
        self.why = why
    }

    /// The case in words.
    package var text: String { "a fill of order \(fill.clientOrderID) is not booked: \(why)" }

    /// The halt that it is a cause of.
    package var halt: Halt { Halt(.oddFill, product) }
}

/// Tells the rows of a start that can be of their orders from those that cannot.
package struct FillJudge: Sendable {
    /// What a list of rows came to.
    package struct Judged: Sendable, Equatable {
        /// What is to be booked, in its order.
        package var sound: [Fill] = []
        /// What is to be kept apart.
        package var doubted: [QuarantinedFill] = []
    }

    private var orders: [ClientOrderID: OrderRecord]

    /// Knows these orders, with what has been counted of each.
    package init(orders: [OrderRecord]) {
        self.orders = Dictionary(orders.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Judges rows in the order of their coming; one of an order that is not known is sound.
    package consuming func judge(_ fills: [Fill]) -> Judged {
        var judged = Judged()
        for fill in fills {
            if let doubted = orders[fill.clientOrderID]?.doubted(fill) {
                judged.doubted.append(doubted)
                continue
            }
            judged.sound.append(fill)
            guard fill.kind == .fill, var order = orders[fill.clientOrderID],
                order.rows.insert(fill.entryID).inserted
            else { continue }
            order.filled = order.filled.saturated(with: fill.quantity)
            orders[order.id] = order
        }
        return judged
    }
}

extension OrderRecord {
    /// The row, where it cannot be of this order; nil where it can, or is counted already.
    package func doubted(_ fill: Fill) -> QuarantinedFill? {
        let request = intent.request
        guard !rows.contains(fill.entryID), let why = fill.doubt(about: request, filled: filled)
        else { return nil }
        return QuarantinedFill(fill: fill, product: request.product, why: why)
    }
}

extension Fill {
    /// Why a row cannot be of an order, with both numbers; nil where it can.
    ///
    /// Asked before anything is booked: one absurd row would stand in the books for good. The bounds are wide, so that
    /// nothing a venue rounds, improves or charges comes near them: a tenth of the notional as a fee, twice the limit as
    /// a price, twice the order in all its rows.
    package func doubt(about request: OrderRequest, filled: Quantity) -> String? {
        if product != request.product || side != request.side {
            return "it is a \(side.rawValue) of \(product), and the order a "
                + "\(request.side.rawValue) of \(request.product)"
        }
        guard let notional = try? notional(),
            let feeMax = try? notional.times(Rate(basisPoints: 1_000), .up) + cent
        else { return "\(quantity) at \(price) is more than can be computed" }
        if fee.currency != notional.currency || fee.raw > feeMax.raw || fee.raw < -feeMax.raw {
            return "its fee of \(fee) is more than a tenth of its \(notional)"
        }
        switch request.terms {
        case .limit(let limit, let wanted, _, _), .stopLimit(_, let limit, let wanted, _):
            return doubt(about: limit) ?? doubt(about: wanted, filled)
        case .marketBase(let wanted): return doubt(about: wanted, filled)
        case .marketQuote(let sum):
            guard kind == .fill, notional.raw / 2 > sum.raw else { return nil }
            return "it is worth \(notional), and the order spends \(sum)"
        }
    }

    /// What a fee is rounded to.
    private var cent: Money { Money(raw: FixedPoint.one / 100, currency: price.currency) }

    private func doubt(about limit: Price) -> String? {
        // A limit never fills worse, but an order may have been edited by hand; better is bounded where it is absurd.
        let (low, high) =
            side == .buy ? (limit.raw / 100, limit.raw * 2) : (limit.raw / 2, limit.raw * 100)
        guard price.currency == limit.currency, price.raw >= low, price.raw <= high else {
            return "its price is \(price), and the order's limit \(limit)"
        }
        return nil
    }

    private func doubt(about wanted: Quantity, _ filled: Quantity) -> String? {
        // Saturated, since what is asked about may be as large as a number can be.
        let sum = kind == .fill ? filled.saturated(with: quantity) : quantity
        guard sum <= wanted.saturated(with: wanted) else {
            return "its quantity is \(quantity), and the order's \(wanted), filled \(filled)"
        }
        return nil
    }
}
