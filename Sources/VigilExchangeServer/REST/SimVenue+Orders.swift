import VigilExchange
import VigilModel

extension SimVenue {
    /// GET /orders/historical/{id}; 404 for a moment after the order was accepted.
    func order(_ id: String, at now: Moment) -> SimResponse {
        guard let record = desk.records[id], record.visibleFrom <= now.real else { return .noOrder }
        return SimResponse(["order": record.body(names, at: now.real)])
    }

    /// GET /orders/historical/batch, newest first.
    func orders(_ query: Query, at now: Moment) throws(InvalidArgument) -> SimResponse {
        let filter = try OrderFilter.read(query)
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
    func fills(_ query: Query, at now: Moment) throws(InvalidArgument) -> SimResponse {
        let products = query.all("product_ids", "product_id")
        let orders = Set(query.all("order_ids", "order_id"))
        let trades = Set(query.all("trade_ids"))
        let types = try query.choices("order_types", of: KnownValues.orderTypes)
        let isSpot = try query.choices("product_types", of: KnownValues.productTypes)
            .allSatisfy { $0 == "SPOT" }
        let sides = try query.choices("order_side", of: KnownValues.sides)
        let start = try query.time("start_sequence_timestamp")
        let end = try query.time("end_sequence_timestamp")
        let limit = try query.count("limit", else: 100, max: 1_000)
        let before = try Cursor.place(in: query)
        var bodies: [JSON] = []
        var next: Int?
        for row in desk.fills.reversed() {
            let fill = row.fill
            guard row.visibleFrom <= now.real, before.map({ row.number < $0 }) ?? true,
                products.isEmpty || products.contains(fill.product.description),
                orders.isEmpty || orders.contains(row.orderID),
                trades.isEmpty || trades.contains(row.tradeID), isSpot,
                sides.isEmpty || sides.contains(fill.side == .buy ? "BUY" : "SELL"),
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

    /// What an order would cost.
    struct Cost {
        let value: Money
        let size: Quantity
        let fees: Money
        let total: Money
        let average: String
    }

    /// What an order would cost: by the fills it would have at once, or at its limit where it would rest.
    func cost(of draft: Draft, _ events: [VenueEvent]) throws -> Cost {
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
        return Cost(
            value: value,
            size: size,
            fees: fees,
            total: draft.side == .sell ? try value - fees : try value + fees,
            average: DecimalText.format(average)
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

    /// Understands a query.
    ///
    /// **Source**: OPEN goes with no other status, and dates do not apply to it.
    static func read(_ query: Query) throws(InvalidArgument) -> OrderFilter {
        var filter = OrderFilter()
        filter.ids = Set(query.all("order_ids"))
        filter.products = query.all("product_ids", "product_id")
        filter.statuses = try query.choices("order_status", of: KnownValues.statuses)
        filter.timeInForces = try query.choices("time_in_forces", of: KnownValues.timeInForces)
        filter.types = try query.choices("order_types", of: KnownValues.orderTypes)
        filter.side = try query.choices("order_side", of: KnownValues.sides).first
        filter.limit = try query.count("limit", else: 1_000, max: 1_000)
        filter.isSpot = try query.choices("product_type", of: KnownValues.productTypes)
            .allSatisfy { $0 == "SPOT" }
        filter.assets = query.all("asset_filters")
        let isOpen = filter.statuses.contains("OPEN")
        if isOpen, filter.statuses.count > 1 {
            throw InvalidArgument(details: "order_status: OPEN cannot be combined")
        }
        let (start, end) = (try query.time("start_date"), try query.time("end_date"))
        if !isOpen { (filter.start, filter.end) = (start, end) }
        filter.before = try Cursor.place(in: query)
        return filter
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
