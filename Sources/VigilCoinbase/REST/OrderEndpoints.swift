internal import Foundation
internal import VigilCore
package import VigilModel

/// An order as Coinbase lists it.
///
/// A row with something in it that cannot be read is still that order's row: it is there, and nothing else
/// follows from it.
package struct ListedOrder: Sendable, Hashable {
    /// The venue's name of it; empty where it has none that can be read.
    package let id: VenueOrderID
    /// Our key of it, or that of whoever sent it.
    package let clientOrderID: ClientOrderID
    /// Buy or sell; nil where it cannot be told.
    package let side: Side?
    /// What was asked for; nil for kinds that we never send.
    package let request: OrderRequest?
    /// Where it stands; nil for a status that we do not know, which is never taken for an end.
    package let status: VenueOrderStatus?
    /// How much has been filled, also of one that was canceled.
    package let filledQuantity: Quantity
    /// When the venue accepted it.
    package let createdAt: Instant
    /// Which field cannot be read, with its value; nil where all can.
    package let trouble: String?

    /// The order as the cores know it; nil where a part of it is not known.
    package var order: VenueOrder? {
        guard trouble == nil, let request, let status else { return nil }
        return VenueOrder(
            venueOrderID: id,
            request: request,
            status: status,
            filledQuantity: filledQuantity,
            createdAt: createdAt
        )
    }
}

/// A row of the fill report; which of our orders it belongs to stands in the order list alone.
package struct ListedFill: Sendable, Hashable {
    /// The venue's name of the order; empty where it cannot be read.
    package let order: VenueOrderID
    /// When the venue put the row in its sequence, which is what lists are read from; nil where it cannot be read.
    package let sequencedAt: Instant?
    /// Which field cannot be read, with its value; nil where all can.
    package let trouble: String?
    private let row: Fill?

    /// The fill, once the order's own key is known; nil where the row cannot be read.
    package func fill(of id: ClientOrderID) -> Fill? {
        row.map { row in
            Fill(
                entryID: row.entryID,
                tradeID: row.tradeID,
                clientOrderID: id,
                product: row.product,
                side: row.side,
                price: row.price,
                quantity: row.quantity,
                fee: row.fee,
                role: row.role,
                kind: row.kind,
                occurredAt: row.occurredAt
            )
        }
    }

    /// Reads a row: whole, or as much of it as tells whose it is.
    package init(_ node: JSONNode) {
        order = VenueOrderID(node["order_id"]?.text ?? "")
        let sequenced = (try? node["sequence_timestamp"]?.time("")) ?? nil
        do throws(JSONFault) {
            let row = try Fill(node)
            self.row = row
            sequencedAt = sequenced ?? row.occurredAt
            trouble = nil
        } catch {
            (row, sequencedAt) = (nil, sequenced)
            trouble = node.trouble(error)
        }
    }
}

extension Fill {
    /// Reads a row of the fill report, of an order whose own key stands elsewhere.
    ///
    /// **Source**: contract 2.13: with `size_in_quote` the size is in the quote currency; a row without
    /// an entry id is known by its trade and its order.
    ///
    /// - Throws: ``JSONFault`` where a part of it is missing or cannot be held.
    fileprivate init(_ node: JSONNode) throws(JSONFault) {
        guard let order = node["order_id"]?.text, !order.isEmpty else { throw .field("order_id") }
        guard let id = node["product_id"]?.text.flatMap({ ProductID($0) }) else {
            throw .field("product_id")
        }
        guard let side = Side(venue: node["side"]?.text) else { throw .field("side") }
        guard let kind = FillKind(venue: node["trade_type"]?.text) else {
            throw .field("trade_type")
        }
        guard let time = try node["trade_time"]?.time("trade_time") else {
            throw .field("trade_time")
        }
        guard let price = try node["price"]?.decimal("price"), price > 0,
            let size = try node["size"]?.computed("size", .down), size >= 0
        else { throw .field("size") }
        // Price times quantity times rate, unrounded: 19 places and more are real.
        let fee = try node["commission"]?.computed("commission", .up) ?? 0
        let inQuote = node["size_in_quote"]?.bool ?? false
        let trade = node["trade_id"]?.text ?? ""
        let entry = node["entry_id"]?.text.flatMap { $0.isEmpty ? nil : $0 } ?? trade + order
        do throws(MoneyError) {
            let quantity =
                inQuote
                ? try FixedPoint.scaled(size, times: FixedPoint.one, over: price, .halfEven) : size
            // What is computed of a fill that the ledger has must be held.
            guard FixedPoint.isVenueSized(price: price, quantity: quantity) else {
                throw .overflow
            }
            self.init(
                entryID: EntryID(entry),
                tradeID: TradeID(trade),
                clientOrderID: ClientOrderID(""),
                product: id,
                side: side,
                price: try Price(raw: price, currency: id.quote),
                quantity: try Quantity(raw: quantity),
                fee: Money(raw: fee, currency: id.quote),
                role: node["liquidity_indicator"]?.text == "MAKER" ? .maker : .taker,
                kind: kind,
                occurredAt: time
            )
        } catch {
            throw .number("size")
        }
    }
}

extension CoinbaseClient {
    /// Sends an order, once, whatever happens; an entry only while the gate is open.
    ///
    /// The name of an order that exists already is a success that names an old order.
    ///
    /// **Source**: contract 2.7: a refusal is HTTP 200 too; success only means that it is in the pipeline.
    package func create(_ request: OrderRequest, isEntry: Bool) async -> Outcome<VenueOrderID> {
        var call = Call(path: "/orders", callClass: .order, lane: .authenticated)
        call.method = "POST"
        call.body = request.body
        call.isEntry = isEntry
        let outcome = await self.call(call) { node throws(JSONFault) in
            guard let success = node["success"]?.bool else { throw .field("success") }
            guard success else { return Result<VenueOrderID, CallRefusal>.failure(.business(node)) }
            let id = node["success_response"]?["order_id"]?.text ?? node["order_id"]?.text ?? ""
            guard !id.isEmpty else { throw .field("order_id") }
            return .success(VenueOrderID(id))
        }
        switch outcome {
        case .ok(.success(let id)): return .ok(id)
        case .ok(.failure(let refusal)): return .refused(refusal)
        case .refused(let refusal): return .refused(refusal)
        case .unknown(let detail): return .unknown(detail)
        }
    }

    /// Asks for orders' ends, at most 100 at a time; nil in the answer for each that was accepted.
    ///
    /// **Source**: contract 2.8: one row an id; accepted means queued, and fills may still come.
    package func cancel(
        _ ids: [VenueOrderID]
    ) async -> Outcome<[VenueOrderID: CallRefusal?]> {
        var rows: [VenueOrderID: CallRefusal?] = [:]
        for start in stride(from: 0, to: ids.count, by: 100) {
            let part = ids[start..<min(start + 100, ids.count)]
            var call = Call(
                path: "/orders/batch_cancel",
                callClass: .cancel,
                lane: .authenticated
            )
            call.method = "POST"
            let names = part.map { $0.text.jsonQuoted }.joined(separator: ",")
            call.body = #"{"order_ids":[\#(names)]}"#
            let outcome = await self.call(call) { node throws(JSONFault) in
                guard let items = node["results"]?.items else { throw .field("results") }
                var rows: [VenueOrderID: CallRefusal?] = [:]
                for item in items {
                    guard let id = item["order_id"]?.text else { throw .field("order_id") }
                    let refusal = CallRefusal(
                        kind: .business,
                        status: 200,
                        code: item["failure_reason"]?.text ?? ""
                    )
                    rows[VenueOrderID(id)] = .some(item["success"]?.bool == true ? nil : refusal)
                }
                return rows
            }
            switch outcome {
            case .ok(let part): rows.merge(part) { $1 }
            case .refused(let refusal):
                guard rows.isEmpty else {
                    return .unknown("some were taken, and then: \(refusal.description)")
                }
                return .refused(refusal)
            case .unknown(let detail): return .unknown(detail)
            }
        }
        return .ok(rows)
    }

    /// All orders with the status OPEN; ones that are pending or queued are not among them.
    package func openOrders() async -> Outcome<[ListedOrder]> {
        await orders([("order_status", "OPEN")])
    }

    /// All orders that were created since a time, whatever became of them.
    package func orders(since start: Instant) async -> Outcome<[ListedOrder]> {
        await orders([("start_date", start.description)])
    }

    private func orders(_ filters: [(String, String)]) async -> Outcome<[ListedOrder]> {
        var call = Call.reading("/orders/historical/batch")
        call.query = filters + [("limit", "250"), ("product_type", "SPOT")]
        let outcome = await pages(call) { node throws(JSONFault) in
            guard let items = node["orders"]?.items else { throw .field("orders") }
            var orders: [ListedOrder] = []
            for item in items where !item.isForeignOrder {
                orders.append(ListedOrder(item))
            }
            return (orders, try node.nextCursor())
        }
        for order in outcome.value ?? [] where order.status == nil || order.trouble != nil {
            countUnknown(order.trouble == nil ? "order_status" : "order_row")
        }
        return outcome
    }

    /// One order; refused with `notFound` for some time after it was accepted, too.
    package func order(_ id: VenueOrderID) async -> Outcome<ListedOrder> {
        // What is no name must not become another path.
        guard (1...64).contains(id.text.utf8.count),
            id.text.utf8.allSatisfy({ $0 == 0x2d || $0 == 0x5f || $0.isLetterOrDigit })
        else {
            return .refused(CallRefusal(kind: .invalid, message: "`\(id)` is no order's name"))
        }
        return await call(.reading("/orders/historical/\(id)")) { node throws(JSONFault) in
            guard let order = node["order"] else { throw .field("order") }
            return ListedOrder(order)
        }
    }

    /// All fill rows that were sequenced since a time, newest first.
    ///
    /// **Source**: contract 2.13: there is no `has_next`; an empty cursor or an empty page is the end.
    package func fills(since start: Instant) async -> Outcome<[ListedFill]> {
        var call = Call.reading("/orders/historical/fills")
        call.query = [("start_sequence_timestamp", start.description), ("limit", "250")]
        let outcome = await pages(call) { node throws(JSONFault) in
            guard let items = node["fills"]?.items else { throw .field("fills") }
            var fills: [ListedFill] = []
            for item in items
            where item["trade_type"]?.text != "SYNTHETIC" && !item.isOfForeignProduct {
                fills.append(ListedFill(item))
            }
            return (fills, items.isEmpty ? nil : node["cursor"]?.text)
        }
        for fill in outcome.value ?? [] where fill.trouble != nil {
            countUnknown("fill_row")
        }
        return outcome
    }
}

extension JSONNode {
    /// What of a row cannot be read, with what stands there.
    func trouble(_ fault: JSONFault) -> String {
        // An amount is an object whose value is what matters.
        let value = self[named: fault.field].map { $0["value"] ?? $0 }.map {
            $0.text.map { "\"\($0.prefix(40))\"" } ?? "not text"
        }
        return "`\(fault.field)` is \(value ?? "missing")"
    }

    /// True for an order of such a product that no Vigil sent; one that a Vigil sent must not be passed over.
    var isForeignOrder: Bool {
        let id = ClientOrderID(self["client_order_id"]?.text ?? "")
        return isOfForeignProduct && OrderOwner(of: id, instance: "") == .foreign
    }

    /// True for a row of something that is no pair of currencies, such as a dated future: none that we sent.
    ///
    /// **Source**: contract 9: `BIT-25DEC26-CDE` may stand in the lists and in the user feed.
    fileprivate var isOfForeignProduct: Bool {
        self["product_id"]?.text.map { ProductID($0) == nil } ?? false
    }
}

extension CallRefusal {
    /// The first of the three reasons that says something.
    ///
    /// **Source**: contract 2.7: any of them may be missing or say that it does not know.
    static func business(_ node: JSONNode) -> CallRefusal {
        let response = node["error_response"]
        let reasons = [
            response?["new_order_failure_reason"]?.text, response?["error"]?.text,
            response?["preview_failure_reason"]?.text, node["failure_reason"]?.text,
        ].compactMap(\.self)
        let telling = reasons.first { !$0.isEmpty && !$0.hasPrefix("UNKNOWN_") }
        return CallRefusal(
            kind: .business,
            status: 200,
            code: telling ?? reasons.first ?? "",
            message: String((response?["message"]?.text ?? "").prefix(200))
        )
    }

    /// True where the account may trade, and not this product: a key without the scope was no permit.
    package var concernsProduct: Bool {
        kind == .forbidden && !message.isEmpty && !message.contains("scopes")
    }

    /// The venue's code in the terms of the cores.
    package var rejection: RejectionReason {
        if kind == .gateClosed { return .gateClosed }
        if concernsProduct { return .productNotTradable }
        let code = code.replacingPrefix("PREVIEW_")
        if let known = RejectionReason(rawValue: code) { return known }
        switch code {
        case "INVALID_QUOTE_SIZE_PRECISION", "INVALID_BASE_SIZE_PRECISION":
            return .quantityPrecision
        case "INVALID_BASE_SIZE_TOO_SMALL", "INVALID_QUOTE_SIZE_TOO_SMALL": return .tooSmall
        case "INSUFFICIENT_FUNDS": return .insufficientFunds
        case "STOP_PRICE_ABOVE_LAST_TRADE_PRICE", "STOP_PRICE_BELOW_LAST_TRADE_PRICE":
            return .stopPrice
        case "TRADING_DISABLED", "PRODUCT_TRADING_HALTED", "ORDER_ENTRY_DISABLED",
            "UNSUPPORTED_ORDER_CONFIGURATION", "NOT_ALLOWED_BY_MARKET_STATE":
            return .productNotTradable
        case "INVALID_NO_LIQUIDITY": return .notFillable
        case "COMMANDER_REJECTED_NEW_ORDER" where message == "self trade": return .selfTrade
        default: return .other
        }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}

extension String {
    /// As a JSON text, by an encoder: whatever stands in it, it is one text.
    var jsonQuoted: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A text can always be encoded; an order with an empty name would be refused by the venue.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    fileprivate func replacingPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
