package import VigilModel

/// A purchase that is still held, whole or in part; first in, first out.
package struct TaxLot: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// When it was bought.
    package let acquiredAt: Instant
    /// The fill that bought it.
    package let bought: EntryID
    /// What is left of it.
    package internal(set) var quantity: Quantity
    /// What the rest cost, its fee included, in the product's quote currency.
    package internal(set) var cost: Money
}

/// A part of a purchase that a sale has used up.
package struct TaxSale: Sendable, Equatable {
    /// The product.
    package let product: ProductID
    /// When the part was bought.
    package let acquiredAt: Instant
    /// When it was sold.
    package let soldAt: Instant
    /// The fill that bought it.
    package let bought: EntryID
    /// The fill that sold it.
    package let sold: EntryID
    /// How much it was.
    package let quantity: Quantity
    /// What it cost, its share of the fee included.
    package let cost: Money
    /// What it brought, its share of the fee taken off.
    package let proceeds: Money
}

/// All lots and sales that fills come to, first in, first out.
///
/// Beside the average cost of the books: what an owner pays taxes on is matched purchase by purchase.
package struct TaxLots: Sendable, Equatable {
    /// What is still held, oldest first within a product.
    package private(set) var open: [ProductID: [TaxLot]] = [:]
    /// What was sold, in the order of the sales.
    package private(set) var sales: [TaxSale] = []

    /// Derives everything from fills in the order of their recording.
    ///
    /// A reversal takes its trade out as if it had never been, so that what came after it is matched anew.
    ///
    /// - Throws: `negative` where more is sold than is held, `overflow`.
    package init(_ fills: [Fill]) throws(MoneyError) {
        for fill in Self.standing(fills) {
            switch fill.side {
            case .buy: try buy(fill)
            case .sell: try sell(fill)
            }
        }
    }

    private static func standing(_ fills: [Fill]) -> [Fill] {
        var standing: [Fill] = []
        for fill in fills {
            guard fill.kind == .reversal else {
                standing.append(fill)
                continue
            }
            let undone = standing.lastIndex { $0.tradeID == fill.tradeID && $0.side == fill.side }
            if let undone {
                standing.remove(at: undone)
            }
        }
        return standing
    }

    private mutating func buy(_ fill: Fill) throws(MoneyError) {
        let lot = TaxLot(
            product: fill.product,
            acquiredAt: fill.occurredAt,
            bought: fill.entryID,
            quantity: fill.quantity,
            cost: try fill.notional() + fill.fee
        )
        open[fill.product, default: []].append(lot)
    }

    private mutating func sell(_ fill: Fill) throws(MoneyError) {
        var lots = open[fill.product] ?? []
        var left = fill.quantity
        var proceeds = try fill.notional() - fill.fee
        while !left.isZero {
            guard var lot = lots.first else { throw .negative("-\(left) \(fill.product.base)") }
            let part = min(left, lot.quantity)
            let (rest, after) = (try lot.quantity - part, try left - part)
            // The last part takes all that is left, so that no rounding remains behind.
            let cost = rest.isZero ? lot.cost : try lot.cost.share(part, of: lot.quantity, .down)
            let brought = after.isZero ? proceeds : try proceeds.share(part, of: left, .down)
            sales.append(
                TaxSale(
                    product: fill.product,
                    acquiredAt: lot.acquiredAt,
                    soldAt: fill.occurredAt,
                    bought: lot.bought,
                    sold: fill.entryID,
                    quantity: part,
                    cost: cost,
                    proceeds: brought
                )
            )
            (lot.quantity, lot.cost) = (rest, try lot.cost - cost)
            if rest.isZero {
                lots.removeFirst()
            } else {
                lots[0] = lot
            }
            (left, proceeds) = (after, try proceeds - brought)
        }
        open[fill.product] = lots.isEmpty ? nil : lots
    }
}
