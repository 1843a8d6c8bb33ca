import VigilExchange
import VigilModel

extension SimVenue {
    /// GET /orders/historical/{id}; 404 for a moment after the order was accepted.
    func order(_ id: String, at now: Moment) -> SimResponse {
        guard let record = desk.records[id], record.visibleFrom <= now.real else { return .noOrder }
        return SimResponse(["order": record.body(names, at: now.real)])
    }

    /// GET /orders/historical/batch, newest first.
    func orders(_ query: Query, at now: Moment) -> SimResponse {
        let filter: OrderFilter
        switch OrderFilter.read(query) {
        case .success(let read): filter = read
        case .failure(let invalid): return .invalid(invalid.details)
        }
        var bodies: [JSON] = []
        var next: Int?
        for id in desk.sequence.reversed() {
            guard let record = desk.records[id], record.visibleFrom <= now.real,
                filter.before.map({ record.number < $0 }) ?? true,
                filter.admits(record, at: now.real)
            else { continue }
            guard bodies.count < filter.limit else {
                next = record.number + 1
                break
            }
            bodies.append(record.body(names, at: now.real))
        }
        return SimResponse([
            "orders": .array(salted(bodies, .orders, at: now)),
            "sequence": "0",
            "has_next": .bool(next != nil),
            "cursor": .string(next.map { Cursor.text($0) } ?? ""),
            "proof_token_required": false,
        ])
    }

    /// GET /orders/historical/fills, newest first; there is no `has_next`.
    func fills(_ query: Query, at now: Moment) -> SimResponse {
        let products = query.all("product_ids", "product_id")
        let orders = Set(query.all("order_ids", "order_id"))
        let trades = Set(query.all("trade_ids"))
        let types = query.all("order_types")
        let isSpot = query.all("product_types").allSatisfy { $0 == "SPOT" }
        let start = query["start_sequence_timestamp"].flatMap { Instant($0) }
        let end = query["end_sequence_timestamp"].flatMap { Instant($0) }
        let limit = min(max(Int(query["limit"] ?? "") ?? 100, 1), 1_000)
        var before: Int?
        if let cursor = query["cursor"] {
            guard let place = Cursor.place(cursor) else { return .invalid("cursor: unknown") }
            before = place
        }
        var bodies: [JSON] = []
        var next: Int?
        for row in desk.fills.reversed() {
            let fill = row.fill
            guard row.visibleFrom <= now.real, before.map({ row.number < $0 }) ?? true,
                products.isEmpty || products.contains(fill.product.description),
                orders.isEmpty || orders.contains(row.orderID),
                trades.isEmpty || trades.contains(row.tradeID), isSpot,
                query["order_side"].map({ $0 == (fill.side == .buy ? "BUY" : "SELL") }) ?? true,
                types.isEmpty || types.contains(row.orderType),
                start.map({ row.tradedAt >= $0 }) ?? true,
                end.map({ row.tradedAt <= $0 }) ?? true
            else { continue }
            guard bodies.count < limit else {
                next = row.number + 1
                break
            }
            bodies.append(row.body(names))
        }
        return SimResponse([
            "fills": .array(salted(bodies, .fills, at: now)),
            "cursor": .string(next.map { Cursor.text($0) } ?? ""),
        ])
    }

    /// POST /orders/preview: what an order would cost; refusals are names in `errs`.
    func preview(_ bytes: [UInt8], at now: Moment) -> SimResponse {
        let draft: Draft
        switch drafted(bytes) {
        case .success(let read): draft = read
        case .failure(let answer):
            guard answer.response.status == 200 else { return answer.response }
            let name = answer.refusal?.preview ?? "PREVIEW_INVALID_ORDER_CONFIG"
            return SimResponse(previewBody(nil, [name], at: now))
        }
        var trial = engine
        let request = OrderRequest(
            clientOrderID: ClientOrderID("preview"),
            product: draft.listing.id,
            side: draft.side,
            terms: draft.configuration.terms
        )
        var errors = refusal(of: draft, at: now).map { [$0.preview] } ?? []
        let events = trial.submit(request, at: now.market)
        if case .orderRejected(_, let reason) = events.first {
            let status = engine.products[draft.listing.id]?.status ?? .online
            errors.append(Refusal(reason, draft.configuration, status).preview)
        }
        return SimResponse(previewBody((draft, events), errors, at: now))
    }

    private func previewBody(
        _ trial: (draft: Draft, events: [VenueEvent])?,
        _ errors: [String],
        at now: Moment
    ) -> JSON {
        // What is refused costs nothing, and what cannot be held is refused.
        let cost = errors.isEmpty ? trial.flatMap { try? self.cost(of: $0.draft, $0.events) } : nil
        let ladder = trial.flatMap { market.ladders[$0.draft.listing.id] }
        return [
            "order_total": .string(cost?.total.amount ?? "0"),
            "commission_total": .string(cost?.fees.amount ?? "0"),
            "errs": .array(errors.map { .string($0) }),
            "warning": [],
            "quote_size": .string(cost?.value.amount ?? "0"),
            "base_size": .string(cost?.size.description ?? "0"),
            "best_bid": .string(ladder?.bids.first?.price.description ?? ""),
            "best_ask": .string(ladder?.asks.first?.price.description ?? ""),
            "is_max": false,
            "order_margin_total": "0",
            "leverage": "0", "long_leverage": "0", "short_leverage": "0",
            "slippage": "0",
            "preview_id": .string(names.uuid("preview", desk.created)),
            "current_liquidation_buffer": "0", "projected_liquidation_buffer": "0",
            "max_leverage": "",
            "est_average_filled_price": .string(cost?.average ?? "0"),
        ]
    }

    /// What an order would cost: by the fills it would have at once, or at its limit where it would rest.
    private func cost(
        of draft: Draft,
        _ events: [VenueEvent]
    ) throws -> (value: Money, size: Quantity, fees: Money, total: Money, average: String) {
        let quote = draft.listing.id.quote
        var (value, size, fees) = (Money.zero(quote), Quantity.zero, Money.zero(quote))
        for case .fillReported(let fill) in events {
            value = try value + fill.notional()
            size = try size + fill.quantity
            fees = try fees + fill.fee
        }
        if size.isZero, let quantity = draft.configuration.quantity,
            let price = draft.configuration.limitPrice
        {
            (value, size) = (try price.notional(of: quantity, .up), quantity)
            fees = try value.times(engine.fees.maker, .up)
        }
        let average =
            size.isZero
            ? 0 : try FixedPoint.scaled(value.raw, times: FixedPoint.one, over: size.raw, .down)
        return (
            value, size, fees, draft.side == .sell ? try value - fees : try value + fees,
            DecimalText.format(average)
        )
    }
}

/// Which orders a listing is for.
struct OrderFilter: Sendable {
    var ids: Set<String> = []
    var products: [String] = []
    var statuses: [String] = []
    var timeInForces: [String] = []
    var types: [String] = []
    var side: String?
    var assets: [String] = []
    var isSpot = true
    var start: Instant?
    var end: Instant?
    var before: Int?
    var limit = 1_000

    /// **Source**: OrderExecutionStatus of the official enums.
    private static let knownStatuses: Set = [
        "PENDING", "OPEN", "FILLED", "CANCELLED", "EXPIRED", "FAILED", "UNKNOWN_ORDER_STATUS",
        "QUEUED", "CANCEL_QUEUED", "EDIT_QUEUED",
    ]

    /// Understands a query.
    static func read(_ query: Query) -> Result<OrderFilter, InvalidArgument> {
        var filter = OrderFilter()
        filter.ids = Set(query.all("order_ids"))
        filter.products = query.all("product_ids", "product_id")
        filter.statuses = query.all("order_status")
        filter.timeInForces = query.all("time_in_forces")
        filter.types = query.all("order_types")
        filter.side = query["order_side"]
        filter.limit = min(max(Int(query["limit"] ?? "") ?? 1_000, 1), 1_000)
        // **Source**: OPEN goes with no other status, and dates do not apply to it.
        for status in filter.statuses where !knownStatuses.contains(status) {
            return .failure(InvalidArgument(details: "order_status: unknown value \(status)"))
        }
        filter.isSpot = query.all("product_type").allSatisfy { $0 == "SPOT" }
        filter.assets = query.all("asset_filters")
        let isOpen = filter.statuses.contains("OPEN")
        if isOpen, filter.statuses.count > 1 {
            return .failure(InvalidArgument(details: "order_status: OPEN cannot be combined"))
        }
        if !isOpen {
            filter.start = query["start_date"].flatMap { Instant($0) }
            filter.end = query["end_date"].flatMap { Instant($0) }
        }
        if let cursor = query["cursor"] {
            guard let place = Cursor.place(cursor) else {
                return .failure(InvalidArgument(details: "cursor: unknown"))
            }
            filter.before = place
        }
        return .success(filter)
    }

    /// **Source**: OPEN leaves out PENDING and queued orders, which can still be canceled.
    func admits(_ record: OrderRecord, at now: Instant) -> Bool {
        isSpot && (ids.isEmpty || ids.contains(record.id))
            && (assets.isEmpty || assets.contains(record.product.base.description))
            && (products.isEmpty || products.contains(record.product.description))
            && (statuses.isEmpty || statuses.contains(record.status(at: now).rawValue))
            && (timeInForces.isEmpty
                || timeInForces.contains(record.configuration.kind.timeInForce))
            && (types.isEmpty || types.contains(record.configuration.kind.orderType))
            && (side == nil || side == (record.side == .buy ? "BUY" : "SELL"))
            && (start.map { record.createdAt >= $0 } ?? true)
            && (end.map { record.createdAt < $0 } ?? true)
    }
}
