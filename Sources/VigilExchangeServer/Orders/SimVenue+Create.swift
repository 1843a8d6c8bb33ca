internal import Foundation
import VigilExchange
import VigilModel

extension SimVenue {
    /// An order that was understood and may be sent to the matching engine.
    struct Draft {
        var clientID = ""
        let listing: Listing
        let side: Side
        let configuration: OrderConfiguration
    }

    /// POST /orders: a refusal for business reasons is HTTP 200 too.
    mutating func create(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        let draft: Draft
        switch drafted(bytes) {
        case .success(let read): draft = read
        case .failure(let answer): return answer.response
        }
        let clientID = draft.clientID
        guard !clientID.isEmpty, clientID.utf8.count <= 128 else {
            return .invalid("client_order_id: is missing or too long")
        }
        if let known = desk.record(clientID: clientID) {
            // **Source**: documented is that the order of that id is returned and none is created.
            return settings.refusesDuplicates
                ? SimResponse(
                    Refusal("DUPLICATE_CLIENT_ORDER_ID").body(echo: draft.configuration.echo)
                ) : accepted(known)
        }
        let isFull = engine.openCount(of: draft.listing.id) >= settings.openOrdersMax
        let full = Refusal("COMMANDER_REJECTED_NEW_ORDER", message: "too many open orders")
        if let refusal = isFull ? full : refusal(of: draft, at: now) {
            return SimResponse(refusal.body(echo: draft.configuration.echo))
        }
        let record = record(of: draft, clientID, at: now)
        let product = draft.listing.id
        guard let failure = faults.strikes(.failAfterAccept, product: product, at: now.real) else {
            return submit(record, draft.configuration, at: now)
        }
        // What would be refused at once is refused at once; the books are only tried.
        var trial = engine
        let events = trial.submit(request(record, draft.configuration), at: stamp(now))
        if let refusal = refusal(in: events, draft.configuration, product) {
            return SimResponse(refusal.body(echo: draft.configuration.echo))
        }
        acceptToFail(record, after: .milliseconds(failure.ms ?? 0), at: now)
        return accepted(record)
    }

    private func request(
        _ record: OrderRecord,
        _ configuration: OrderConfiguration
    ) -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(record.id),
            product: record.product,
            side: record.side,
            terms: configuration.terms
        )
    }

    private mutating func submit(
        _ draft: OrderRecord,
        _ configuration: OrderConfiguration,
        at now: Moment
    ) -> SimResponse {
        var record = draft
        let request = request(record, configuration)
        let events = engine.submit(request, at: stamp(now))
        if let refusal = refusal(in: events, configuration, record.product) {
            return SimResponse(refusal.body(echo: configuration.echo))
        }
        let working = engine.working(request.clientOrderID, of: record.product)
        record.hold = working?.hold ?? record.hold
        desk.open(record)
        publish(record, as: .pending, at: now)
        if case .orderRejected = events.first {
            // A fill-or-kill order is accepted, and killed.
            end(record.id, as: .cancelled, at: now)
        } else {
            settle(events, at: now)
            rest(record, at: now)
        }
        return accepted(record)
    }

    /// Why the matching engine refuses; a fill-or-kill order that it cannot fill is accepted and killed.
    private func refusal(
        in events: [VenueEvent],
        _ configuration: OrderConfiguration,
        _ product: ProductID
    ) -> Refusal? {
        guard case .orderRejected(_, let reason) = events.first, reason != .notFillable else {
            return nil
        }
        return Refusal(reason, configuration, engine.products[product]?.status ?? .online)
    }

    /// What an order that rests has before it: its opening, and its end where it has one of our own.
    private mutating func rest(_ record: OrderRecord, at now: Moment) {
        guard desk.records[record.id]?.status.isFinal == false else { return }
        show(record.product, at: now)
        if let end = record.configuration.endTime, record.configuration.kind.isStop {
            stopEnds[record.id] = end
        }
        putOff(.opens, of: record.id, by: settings.pendingSpan, at: now)
    }

    private mutating func acceptToFail(
        _ draft: OrderRecord,
        after wait: Duration,
        at now: Moment
    ) {
        var record = draft
        record.status = .pending
        desk.open(record)
        publish(record, as: .pending, at: now)
        putOff(.fails, of: record.id, by: wait, at: now)
    }

    private func record(of draft: Draft, _ clientID: String, at now: Moment) -> OrderRecord {
        let quote = draft.listing.id.quote
        return OrderRecord(
            id: desk.nextID,
            number: desk.created + 1,
            clientID: clientID,
            product: draft.listing.id,
            side: draft.side,
            configuration: draft.configuration,
            createdAt: stamp(now),
            visibleFrom: now.real + settings.visibilityLag,
            opensAt: now.real + settings.pendingSpan,
            fillsValue: .zero(quote),
            fees: .zero(quote),
            hold: .zero(draft.side == .buy ? quote : draft.listing.id.base),
            lastUpdateAt: stamp(now)
        )
    }

    /// **Source**: no `error_response` on success: ccxt takes its mere presence for a failure.
    private func accepted(_ record: OrderRecord) -> SimResponse {
        SimResponse([
            "success": true,
            "success_response": [
                "order_id": .string(record.id),
                "product_id": .text(record.product),
                "side": .string(record.side == .buy ? "BUY" : "SELL"),
                "client_order_id": .string(record.clientID),
                "attached_order_id": "",
            ],
            "order_configuration": record.configuration.echo,
        ])
    }

    /// Why a body was answered at once.
    struct Answered: Error {
        let response: SimResponse
        var refusal: Refusal?
    }

    /// Reads the body of a new order.
    func drafted(_ bytes: [UInt8]) -> Result<Draft, Answered> {
        func answer(_ response: SimResponse) -> Result<Draft, Answered> {
            .failure(Answered(response: response))
        }
        guard let body = try? JSONDecoder().decode(CreateBody.self, from: Data(bytes)) else {
            return answer(.invalid("the body is no order: amounts are strings"))
        }
        guard let id = ProductID(body.productID), let listing = market.listings[id] else {
            return answer(.invalid("product_id: unknown product \(body.productID.prefix(40))"))
        }
        guard body.side == "BUY" || body.side == "SELL" else {
            return answer(.invalid("side: BUY or SELL"))
        }
        let side: Side = body.side == "BUY" ? .buy : .sell
        do {
            let configuration = try OrderConfiguration(body.orderConfiguration, side, listing)
            return .success(
                Draft(
                    clientID: body.clientOrderID ?? "",
                    listing: listing,
                    side: side,
                    configuration: configuration
                )
            )
        } catch let refusal as Refusal {
            let echo = OrderConfiguration.echo(body.orderConfiguration)
            return .failure(
                Answered(response: SimResponse(refusal.body(echo: echo)), refusal: refusal)
            )
        } catch let invalid as InvalidArgument {
            return answer(.invalid(invalid.details))
        } catch {
            return answer(.invalid("order_configuration: a number cannot be held"))
        }
    }

    /// What the venue refuses before its matching engine sees it.
    func refusal(of draft: Draft, at now: Moment) -> Refusal? {
        let configuration = draft.configuration
        if let quantity = configuration.quantity {
            if quantity > draft.listing.baseMax {
                return Refusal(preview: "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE")
            }
            if let least = try? Quantity(draft.listing.baseMinText), quantity < least {
                return Refusal(preview: "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL")
            }
        }
        if let refusal = notionalRefusal(of: draft) ?? priceRefusal(of: draft) { return refusal }
        if let end = configuration.endTime {
            if end <= stamp(now) {
                return Refusal(
                    "END_TIME_IS_IN_THE_PAST",
                    preview: "PREVIEW_END_TIME_IS_IN_THE_PAST"
                )
            }
            // How far is too far is not established; a year is what people ask for at most.
            if end - stamp(now) > .seconds(366 * 86_400) {
                return Refusal(
                    "END_TIME_TOO_FAR_IN_FUTURE",
                    preview: "PREVIEW_END_TIME_TOO_FAR_IN_FUTURE"
                )
            }
        }
        return nil
    }

    /// Too much or too little money, at the limit or at the touch.
    private func notionalRefusal(of draft: Draft) -> Refusal? {
        let listing = draft.listing
        if case .marketQuote(let amount) = draft.configuration.terms {
            return amount.raw > listing.quoteMax.raw
                ? Refusal(preview: "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE") : nil
        }
        let book = engine.books[listing.id]
        let touch = draft.side == .buy ? book?.asks.first?.price : book?.bids.first?.price
        guard let quantity = draft.configuration.quantity,
            let price = draft.configuration.limitPrice ?? touch
        else { return nil }
        guard let notional = try? price.notional(of: quantity, .down),
            notional.raw <= listing.quoteMax.raw
        else { return Refusal(preview: "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE") }
        return notional.raw < listing.product.quoteMin.raw
            ? Refusal(preview: "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL") : nil
    }

    /// A price that is far through the market, or a stop on the wrong side of its limit.
    ///
    /// **Source**: that there is a band is established, its width is not; half of the price is taken.
    private func priceRefusal(of draft: Draft) -> Refusal? {
        let isBuy = draft.side == .buy
        if case .stopLimit(let stop, let limit, _, _) = draft.configuration.terms {
            if isBuy ? stop > limit : stop < limit {
                return Refusal(
                    preview: isBuy
                        ? "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE"
                        : "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE"
                )
            }
            return nil
        }
        let book = engine.books[draft.listing.id]
        guard let price = draft.configuration.limitPrice,
            let touch = isBuy ? book?.asks.first?.price : book?.bids.first?.price
        else { return nil }
        let isThrough = isBuy ? price.raw > touch.raw / 2 * 3 : price.raw < touch.raw / 2
        let side = isBuy ? "BUY" : "SELL"
        return isThrough
            ? Refusal(
                "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_\(side)",
                preview: "PREVIEW_LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_\(side)"
            ) : nil
    }
}
