internal import Foundation
import VigilExchange
import VigilModel

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
    /// An edit that may be tried.
    private struct Edit {
        let record: OrderRecord
        let price: Price
        let size: Quantity
        let draft: Draft
    }

    /// Why an edit is not made, in the venue's two words.
    private struct EditFailure: Error {
        var reason = "COMMANDER_REJECTED_EDIT_ORDER"
        var preview = "UNKNOWN_PREVIEW_FAILURE_REASON"

        var body: JSON {
            [
                "edit_failure_reason": .string(reason),
                "preview_failure_reason": .string(preview),
            ]
        }
    }

    /// POST /orders/edit: price and size of an open limit order; size is the new whole.
    mutating func edit(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        guard let body = try? JSONDecoder().decode(EditBody.self, from: Data(bytes)) else {
            return .invalid("order_id, price and size are strings")
        }
        do throws(EditFailure) {
            let edit = try checked(body, at: now)
            let events = try Self.amend(&engine, edit, at: stamp(now))
            note(edit, at: now)
            settle(events, at: now)
            show(edit.record.product, at: now)
            return SimResponse(["success": true, "errors": []])
        } catch {
            return SimResponse(["success": false, "errors": [error.body]])
        }
    }

    /// POST /orders/edit_preview: the same, tried on a copy.
    func editPreview(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        guard let body = try? JSONDecoder().decode(EditBody.self, from: Data(bytes)) else {
            return .invalid("order_id, price and size are strings")
        }
        var errors: [JSON] = []
        var cost: Cost?
        do throws(EditFailure) {
            let edit = try checked(body, at: now)
            var trial = engine
            let events = try Self.amend(&trial, edit, at: stamp(now))
            cost = try? self.cost(of: edit.draft, events)
        } catch {
            errors = [error.body]
        }
        return SimResponse([
            "errors": .array(errors), "slippage": "0",
            "order_total": .string(cost?.total.amount ?? "0"),
            "commission_total": .string(cost?.fees.amount ?? "0"),
            "quote_size": .string(cost?.value.amount ?? "0"),
            "base_size": .string(body.size ?? "0"),
            "best_bid": .string(cost == nil ? "" : bestPrice(.buy, of: body.orderID)),
            "best_ask": .string(cost == nil ? "" : bestPrice(.sell, of: body.orderID)),
            "average_filled_price": .string(cost?.average ?? "0"),
        ])
    }

    private func bestPrice(_ side: Side, of order: String) -> String {
        let ladder = desk.records[order].flatMap { market.ladders[$0.product] }
        return ladder?.levels(side).first?.price.description ?? ""
    }

    private static func amend(
        _ engine: inout MatchingEngine,
        _ edit: Edit,
        at now: Instant
    ) throws(EditFailure) -> [VenueEvent] {
        let result = try? engine.amend(
            ClientOrderID(edit.record.id),
            of: edit.record.product,
            price: edit.price,
            quantity: edit.size,
            at: now
        )
        switch result {
        case .success(let events): return events
        case .failure(let refused):
            let status = engine.products[edit.record.product]?.status ?? .online
            let refusal = Refusal(refused.reason, edit.draft.configuration, status)
            throw EditFailure(preview: refusal.preview)
        case nil: throw EditFailure()
        }
    }

    /// Whether an order may be edited at all, and whether it might have been sent like that.
    private func checked(_ body: EditBody, at now: Moment) throws(EditFailure) -> Edit {
        guard let record = desk.records[body.orderID], let listing = market.listings[record.product]
        else { throw EditFailure(reason: "ORDER_NOT_FOUND") }
        // **Source**: only open limit orders that are good till canceled can be edited.
        guard record.configuration.kind == .limitGTC,
            case .limit(let oldPrice, let oldSize, let timeInForce, let postOnly) =
                record.configuration.terms
        else { throw EditFailure(reason: "ONLY_LIMIT_ORDER_EDITS_SUPPORTED") }
        guard record.configuration.body.quoteSize ?? "" == "" else {
            throw EditFailure(reason: "SIZE_IN_QUOTE_EDITS_NOT_ALLOWED")
        }
        guard record.status == .open else {
            throw EditFailure(reason: "ONLY_OPEN_ORDERS_CAN_BE_EDITED")
        }
        // **Source**: a size that is left out is read as 0.
        guard let size = try? Quantity(body.size ?? "0"), !size.isZero else {
            throw EditFailure(reason: "INVALID_EDITED_SIZE")
        }
        guard let price = try? Price(body.price ?? "0", record.product.quote), price.raw > 0 else {
            throw EditFailure(reason: "INVALID_EDITED_PRICE")
        }
        guard size > record.filled else {
            throw EditFailure(reason: "CANNOT_EDIT_TO_BELOW_FILLED_SIZE")
        }
        guard price != oldPrice || size != oldSize else {
            throw EditFailure(reason: "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST")
        }
        var configuration = record.configuration
        configuration.terms = .limit(
            price: price,
            quantity: size,
            timeInForce: timeInForce,
            postOnly: postOnly
        )
        configuration.body.limitPrice = price.description
        configuration.body.baseSize = size.description
        let draft = Draft(listing: listing, side: record.side, configuration: configuration)
        if let refusal = refusal(of: draft, at: now) {
            throw EditFailure(preview: refusal.preview)
        }
        return Edit(record: record, price: price, size: size, draft: draft)
    }

    private mutating func note(_ edit: Edit, at now: Moment) {
        let time = stamp(now)
        desk.change(edit.record.id) { record in
            record.configuration = edit.draft.configuration
            // The venue shows the last five.
            record.edits.removeFirst(max(0, record.edits.count - 4))
            record.edits.append(
                OrderRecord.Edit(
                    price: edit.price.description,
                    size: edit.size.description,
                    at: time
                )
            )
        }
    }
}
