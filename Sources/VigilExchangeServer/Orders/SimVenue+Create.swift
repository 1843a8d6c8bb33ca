internal import Foundation
import VigilExchange
import VigilModel

extension SimVenue {
    /// An order that was understood and may be sent to the matching engine.
    struct Draft {
        let body: CreateBody
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
        let clientID = draft.body.clientOrderID ?? ""
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
        if let refusal = refusal(of: draft, at: now) {
            return SimResponse(refusal.body(echo: draft.configuration.echo))
        }
        let record = record(of: draft, clientID, at: now)
        if let failure = faults.strikes(
            .failAfterAccept,
            endpoint: "POST /orders",
            product: draft.listing.id,
            at: now.real
        ) {
            acceptToFail(record, after: .milliseconds(failure.ms ?? 0), at: now)
            return accepted(record)
        }
        return submit(record, draft, at: now)
    }

    private mutating func submit(
        _ record: OrderRecord,
        _ draft: Draft,
        at now: Moment
    ) -> SimResponse {
        let request = OrderRequest(
            clientOrderID: ClientOrderID(record.id),
            product: record.product,
            side: record.side,
            terms: draft.configuration.terms
        )
        desk.open(record)
        let events = engine.submit(request, at: now.market)
        if case .orderRejected(_, let reason) = events.first {
            guard reason == .notFillable else {
                desk.withdraw(record.id)
                let status = engine.products[record.product]?.status ?? .online
                let refusal = Refusal(reason, draft.configuration, status)
                return SimResponse(refusal.body(echo: draft.configuration.echo))
            }
            // A fill-or-kill order is accepted, and killed.
            publish(record, as: .pending, at: now)
            kill(record.id, at: now)
            return accepted(record)
        }
        let working = engine.working(request.clientOrderID, of: record.product)
        desk.change(record.id) { $0.hold = working?.hold ?? $0.hold }
        publish(record, as: .pending, at: now)
        if let end = draft.configuration.endTime, draft.configuration.kind.isStop {
            stopEnds[record.id] = end
        }
        settle(events, at: now)
        show(record.product, at: now)
        return accepted(record)
    }

    private mutating func kill(_ id: String, at now: Moment) {
        desk.change(id) { record in
            record.status = .cancelled
            record.lastUpdateAt = now.market
        }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
        }
    }

    private mutating func acceptToFail(
        _ draft: OrderRecord,
        after wait: Duration,
        at now: Moment
    ) {
        var record = draft
        record.status = .pending
        desk.open(record)
        failing.append((record.id, now.real + wait))
        failing.sort { $0.due < $1.due }
        publish(record, as: .pending, at: now)
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
            createdAt: now.market,
            visibleFrom: now.real + settings.visibilityLag,
            opensAt: now.real + settings.pendingSpan,
            filledValue: .zero(quote),
            fees: .zero(quote),
            hold: .zero(draft.side == .buy ? quote : draft.listing.id.base),
            lastUpdateAt: now.market
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
                Draft(body: body, listing: listing, side: side, configuration: configuration)
            )
        } catch let refusal as Refusal {
            let variant = body.orderConfiguration.keys.first ?? ""
            return answer(SimResponse(refusal.body(echo: [variant: [:]])))
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
        if case .marketQuote(let amount) = configuration.terms,
            amount.raw > draft.listing.quoteMax.raw
        {
            return Refusal(preview: "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE")
        }
        if let end = configuration.endTime {
            if end <= now.market {
                return Refusal(
                    "END_TIME_IS_IN_THE_PAST",
                    preview: "PREVIEW_END_TIME_IS_IN_THE_PAST"
                )
            }
            // How far is too far is not established; a year is what people ask for at most.
            if end - now.market > .seconds(366 * 86_400) {
                return Refusal(
                    "END_TIME_TOO_FAR_IN_FUTURE",
                    preview: "PREVIEW_END_TIME_TOO_FAR_IN_FUTURE"
                )
            }
        }
        if engine.openCount(of: draft.listing.id) >= settings.openOrdersMax {
            return Refusal("COMMANDER_REJECTED_NEW_ORDER", message: "too many open orders")
        }
        return nil
    }
}
