internal import Foundation
import VigilExchange
import VigilModel

/// The body of POST /orders/batch_cancel.
private struct CancelBody: Decodable {
    let orderIDs: [String]

    enum CodingKeys: String, CodingKey {
        case orderIDs = "order_ids"
    }
}

/// The body of POST /orders/edit.
private struct EditBody: Decodable {
    let orderID: String
    let price: String?
    let size: String?

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case price, size
    }
}

extension SimVenue {
    /// POST /orders/batch_cancel: a row for each id, HTTP 200 even where all fail.
    mutating func cancel(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        guard let body = try? JSONDecoder().decode(CancelBody.self, from: Data(bytes)) else {
            return .invalid("order_ids: a list of strings")
        }
        guard body.orderIDs.count <= 100 else {
            return SimResponse(
                [
                    "error": "InvalidArgument",
                    "message": "Too many orderIDs entered, limit is 100",
                ],
                status: 400
            )
        }
        var seen: Set<String> = []
        let rows: [JSON] = body.orderIDs.map { id in
            let reason =
                seen.insert(id).inserted ? cancelOne(id, at: now) : "DUPLICATE_CANCEL_REQUEST"
            return [
                "success": .bool(reason == nil),
                "failure_reason": .string(reason ?? "UNKNOWN_CANCEL_FAILURE_REASON"),
                "order_id": .string(id),
            ]
        }
        return SimResponse(["results": .array(rows)])
    }

    /// Cancels an order; the venue's reason where it does not.
    private mutating func cancelOne(_ id: String, at now: Moment) -> String? {
        guard let record = desk.records[id] else { return "UNKNOWN_CANCEL_ORDER" }
        switch record.status {
        case .filled: return "ORDER_IS_FULLY_FILLED"
        case .cancelled, .expired, .failed: return "UNKNOWN_CANCEL_ORDER"
        case .cancelQueued: return "DUPLICATE_CANCEL_REQUEST"
        case .pending: return nil
        case .open: break
        }
        // Accepted is not done: the order is queued, and may fill meanwhile.
        let fault = faults.strikes(
            .cancelFills,
            endpoint: "POST /orders/batch_cancel",
            product: record.product,
            at: now.real
        )
        desk.change(id) { $0.status = .cancelQueued }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
        }
        do throws(MoneyError) {
            try putOff(.cancels(fills: fault != nil), of: id, by: settings.pendingSpan, at: now)
        } catch {
            return "COMMANDER_REJECTED_CANCEL_ORDER"
        }
        return nil
    }

    /// POST /orders/edit: price and size of an open limit order; size is the new whole.
    mutating func edit(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        let change: (record: OrderRecord, price: Price, size: Quantity)
        switch editable(bytes) {
        case .success(let read): change = read
        case .failure(let answer): return answer.response
        }
        let id = ClientOrderID(change.record.id)
        let result: Result<[VenueEvent], MatchingEngine.Refused>
        do throws(MoneyError) {
            result = try engine.amend(
                id,
                of: change.record.product,
                price: change.price,
                quantity: change.size,
                at: now.market
            )
        } catch {
            return Self.editFailure("COMMANDER_REJECTED_EDIT_ORDER")
        }
        switch result {
        case .failure(let refused):
            let status = engine.products[change.record.product]?.status ?? .online
            let refusal = Refusal(refused.reason, change.record.configuration, status)
            return Self.editFailure("COMMANDER_REJECTED_EDIT_ORDER", refusal.preview)
        case .success(let events):
            note(change, at: now)
            settle(events, at: now)
            show(change.record.product, at: now)
            return SimResponse(["success": true, "errors": []])
        }
    }

    /// POST /orders/edit_preview.
    func editPreview(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        switch editable(bytes) {
        case .success(let change):
            let total = (try? change.price.notional(of: change.size, .down).amount) ?? "0"
            return SimResponse([
                "errors": [], "slippage": "0", "order_total": .string(total),
                "commission_total": "0", "quote_size": .string(total),
                "base_size": .text(change.size),
            ])
        case .failure(let answer): return answer.response
        }
    }

    private mutating func note(
        _ change: (record: OrderRecord, price: Price, size: Quantity),
        at now: Moment
    ) {
        desk.change(change.record.id) { record in
            if case .limit(_, _, let timeInForce, let postOnly) = record.configuration.terms {
                record.configuration.terms = .limit(
                    price: change.price,
                    quantity: change.size,
                    timeInForce: timeInForce,
                    postOnly: postOnly
                )
            }
            record.configuration.body.limitPrice = change.price.description
            record.configuration.body.baseSize = change.size.description
            // The venue shows the last five.
            record.edits.removeFirst(max(0, record.edits.count - 4))
            record.edits.append(
                OrderRecord.Edit(
                    price: change.price.description,
                    size: change.size.description,
                    at: now.market
                )
            )
        }
    }

    private static func editFailure(
        _ reason: String,
        _ preview: String = "UNKNOWN_PREVIEW_FAILURE_REASON"
    ) -> SimResponse {
        SimResponse([
            "success": false,
            "errors": [
                [
                    "edit_failure_reason": .string(reason),
                    "preview_failure_reason": .string(preview),
                ]
            ],
        ])
    }

    /// Reads the body of an edit, and whether the order may be edited at all.
    private func editable(
        _ bytes: [UInt8]
    ) -> Result<(record: OrderRecord, price: Price, size: Quantity), Answered> {
        func failure(
            _ reason: String
        ) -> Result<
            (record: OrderRecord, price: Price, size: Quantity), Answered
        > {
            .failure(Answered(response: Self.editFailure(reason)))
        }
        guard let body = try? JSONDecoder().decode(EditBody.self, from: Data(bytes)) else {
            return .failure(Answered(response: .invalid("order_id, price and size are strings")))
        }
        guard let record = desk.records[body.orderID] else { return failure("ORDER_NOT_FOUND") }
        // **Source**: only open limit orders that are good till canceled can be edited.
        guard record.configuration.kind == .limitGTC else {
            return failure("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
        }
        guard record.configuration.body.quoteSize ?? "" == "" else {
            return failure("SIZE_IN_QUOTE_EDITS_NOT_ALLOWED")
        }
        guard record.status == .open else { return failure("ONLY_OPEN_ORDERS_CAN_BE_EDITED") }
        // **Source**: a size that is left out is read as 0.
        guard let size = try? Quantity(body.size ?? "0"), !size.isZero else {
            return failure("INVALID_EDITED_SIZE")
        }
        guard let price = try? Price(body.price ?? "0", record.product.quote), price.raw > 0 else {
            return failure("INVALID_EDITED_PRICE")
        }
        guard size > record.filled else { return failure("CANNOT_EDIT_TO_BELOW_FILLED_SIZE") }
        guard price != record.configuration.limitPrice || size != record.configuration.quantity
        else { return failure("EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST") }
        return .success((record, price, size))
    }
}
