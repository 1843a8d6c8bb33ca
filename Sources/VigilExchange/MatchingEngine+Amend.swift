package import VigilModel

extension MatchingEngine {
    /// Changes price and size of an open limit order, which keeps its name and what it has filled.
    ///
    /// A smaller size at the same price keeps the place in the queue; anything else loses it. The size is
    /// the new whole, filled part included. Nothing has changed where a reason comes back.
    ///
    /// **Source**: Coinbase edits only open limit orders, and reads the size as the new total.
    ///
    /// - Throws: `overflow`, only where the books are broken.
    package mutating func amend(
        _ id: ClientOrderID,
        of product: ProductID,
        price: Price,
        quantity: Quantity,
        at now: Instant
    ) throws(MoneyError) -> Result<[VenueEvent], Refused> {
        let before = self
        do throws(MoneyError) {
            return try change(id, of: product, price: price, quantity: quantity, at: now)
        } catch {
            self = before
            throw error
        }
    }

    private mutating func change(
        _ id: ClientOrderID,
        of product: ProductID,
        price: Price,
        quantity: Quantity,
        at now: Instant
    ) throws(MoneyError) -> Result<[VenueEvent], Refused> {
        guard let index = index(of: id, in: product), let old = open[product]?[index],
            case .limit(let oldPrice, _, let timeInForce, let postOnly) = old.report.request.terms,
            let rules = products[product]
        else { return .failure(Refused(reason: .productNotTradable)) }
        let terms = OrderTerms.limit(
            price: price,
            quantity: quantity,
            timeInForce: timeInForce,
            postOnly: postOnly
        )
        let request = OrderRequest(
            clientOrderID: id,
            product: product,
            side: old.side,
            terms: terms
        )
        let reason = try OrderRules.rejection(
            of: request,
            product: rules,
            book: books[product],
            lastTrade: lastTrades[product],
            at: now
        )
        if let reason { return .failure(Refused(reason: reason)) }
        guard quantity > old.report.filledQuantity else {
            return .failure(Refused(reason: .tooSmall))
        }
        let remaining = try quantity - old.report.filledQuantity
        let held = try needed(request, price, remaining)
        let keepsPlace = price == oldPrice && remaining <= old.remaining
        var new = old.amended(request, remaining, held, keepsPlace ? old.sequence : sequence + 1)
        new.rates = fees
        guard !crossesOwn(new) else { return .failure(Refused(reason: .selfTrade)) }
        try accounts.release(old.held)
        guard try accounts.hold(held) else {
            _ = try accounts.hold(old.held)
            return .failure(Refused(reason: .insufficientFunds))
        }
        open[product]?.remove(at: index)
        sequence += 1
        remember(new)
        guard !keepsPlace else {
            open[product]?.insert(new, at: index)
            return .success([.orderUpdated(new.report)])
        }
        let events: [VenueEvent] = [.orderUpdated(new.report)] + (try take(&new, at: now))
        return .success(events + (try settleArrival(new)))
    }

    /// Why an order was not changed.
    package struct Refused: Error, Equatable {
        /// The venue's reason.
        package let reason: RejectionReason
    }
}

extension WorkingOrder {
    /// The same order under new terms.
    func amended(
        _ request: OrderRequest,
        _ remaining: Quantity,
        _ held: Money,
        _ sequence: Int
    ) -> WorkingOrder {
        var limit = limit
        if case .limit(let price, _, _, _) = request.terms {
            limit = price
        }
        return WorkingOrder(
            report: VenueOrder(
                venueOrderID: report.venueOrderID,
                request: request,
                status: report.status,
                filledQuantity: report.filledQuantity,
                createdAt: report.createdAt
            ),
            limit: limit,
            remaining: remaining,
            ahead: ahead,
            held: held,
            sequence: sequence,
            expiresAt: expiresAt,
            stop: stop,
            rates: rates
        )
    }
}
