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
        case .pending, .open: break
        }
        guard faults.strikes(.cancelRefused, product: record.product, at: now.real) == nil else {
            return "UNKNOWN_CANCEL_ORDER"
        }
        // Accepted is not done: the order is queued, and may fill meanwhile.
        let name = ClientOrderID(id)
        let canFill =
            isTrading(record.product)
            && engine.working(name, of: record.product).map { !$0.isWaiting } ?? false
        let fills =
            canFill
            && faults.strikes(.cancelFills, product: record.product, at: now.real) != nil
        desk.change(id) { $0.status = .cancelQueued }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
        }
        putOff(.cancels(fills: fills), of: id, by: settings.pendingSpan, at: now)
        return nil
    }
}
