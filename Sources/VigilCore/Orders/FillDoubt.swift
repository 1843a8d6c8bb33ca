package import VigilModel

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
        let before = kind == .fill ? filled.raw : 0
        guard before + quantity.raw <= wanted.raw * 2 else {
            return "its quantity is \(quantity), and the order's \(wanted), filled \(filled)"
        }
        return nil
    }
}
