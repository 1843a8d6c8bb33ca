import VigilExchange
import VigilModel

extension SimVenue {
    func time(at now: Moment) -> SimResponse {
        let stamp = stamp(now)
        let whole = Instant(seconds: stamp.nanoseconds / 1_000_000_000)
        return SimResponse([
            "iso": .text(whole),
            "epochSeconds": .text(stamp.nanoseconds / 1_000_000_000),
            "epochMillis": .text(stamp.nanoseconds / 1_000_000),
        ])
    }

    func products(_ query: Query, at now: Moment) throws(InvalidArgument) -> SimResponse {
        var ids = market.products
        let named = query.all("product_ids")
        if !named.isEmpty {
            ids = ids.filter { named.contains($0.description) }
        }
        let types = try query.choices("product_type", of: KnownValues.productTypes)
        if types.contains(where: { $0 != "SPOT" && $0 != "UNKNOWN_PRODUCT_TYPE" }) {
            ids = []
        }
        let offset = try query.count("offset", else: 0, max: ids.count)
        let asked = try query.count("limit", else: ids.count, max: ids.count)
        let limit = min(asked, ids.count - offset)
        let bodies = ids[offset..<(offset + limit)].compactMap { productBody($0, at: now) }
        return SimResponse([
            "products": .array(bodies), "num_products": .integer(Int64(bodies.count)),
        ])
    }

    func product(_ name: String, at now: Moment) -> SimResponse {
        guard let id = ProductID(name), let body = productBody(id, at: now) else {
            return .noProduct(name)
        }
        return SimResponse(body)
    }

    func statusText(_ id: ProductID, at now: Instant) -> String {
        state(of: id, at: now) == .delisted ? "delisted" : "online"
    }

    private func productBody(_ id: ProductID, at now: Moment) -> JSON? {
        guard let listing = market.listings[id], let rules = engine.products[id] else { return nil }
        let figures = dayFigures(id)
        let status = rules.status
        let isDelisted = state(of: id, at: now.real) == .delisted
        let rulesPart: JSON = [
            "product_id": .text(id),
            "price": staleTickers[id]?["price"] ?? .string(market.lastPrice(id)?.description ?? ""),
            "price_percentage_change_24h": .string(figures.change),
            "volume_24h": .string(figures.volume),
            "volume_percentage_change_24h": "0",
            "base_increment": .text(rules.baseIncrement),
            "quote_increment": .string(rules.quoteIncrement.amount),
            "quote_min_size": .string(rules.quoteMin.amount),
            "quote_max_size": .string(listing.quoteMax.amount),
            "base_min_size": .string(listing.baseMinText),
            "base_max_size": .text(listing.baseMax),
            "base_name": .string(Listing.name(of: id.base)),
            "quote_name": .string(Listing.name(of: id.quote)),
        ]
        let statePart: JSON = [
            "watched": false,
            "is_disabled": .bool(isDelisted),
            "new": false,
            "status": .string(statusText(id, at: now.real)),
            "cancel_only": .bool(status == .cancelOnly),
            "limit_only": .bool(status == .limitOnly),
            "post_only": .bool(status == .postOnly),
            "trading_disabled": .bool(status == .disabled),
            "auction_mode": false,
            "product_type": "SPOT",
            "quote_currency_id": .text(id.quote),
            "base_currency_id": .text(id.base),
            "fcm_trading_session_details": nil,
            "mid_market_price": "",
            "alias": "",
            "alias_to": [],
            "base_display_symbol": .text(id.base),
            "quote_display_symbol": .text(id.quote),
        ]
        let tail: JSON = [
            "view_only": false,
            "price_increment": .text(rules.priceIncrement),
            "display_name": .text(id),
            "product_venue": "CBE",
            "approximate_quote_24h_volume": .string(figures.quoteVolume),
            "new_at": "2023-01-01T00:00:00Z",
            "market_cap": "", "base_cbrn": "", "quote_cbrn": "", "product_cbrn": "",
            "icon_color": "", "icon_url": "", "display_name_overwrite": "",
            "is_alpha_testing": false,
            "about_description": "", "best_bid_price": "", "best_ask_price": "",
        ]
        return .joined([rulesPart, statePart, tail])
    }

    func candles(
        _ name: String,
        _ query: Query,
        at now: Moment
    ) throws(InvalidArgument) -> SimResponse {
        guard let id = ProductID(name), let tape = market.tapes[id] else { return .noProduct(name) }
        guard let seconds = Self.granularities[query["granularity"] ?? ""] else {
            return .invalid("granularity argument is invalid")
        }
        let span = Duration.seconds(seconds)
        let end = try query.seconds("end") ?? now.market
        let start = try query.seconds("start") ?? end - span * 300
        // **Source**: 350 buckets are answered, 351 are not; the blank at the end is the venue's.
        guard end >= start, (end - start).nanoseconds / span.nanoseconds < 350 else {
            return .invalid(
                "start and end argument is invalid - number of candles requested should be less "
                    + "than 350 "
            )
        }
        let limit = try query.count("limit", else: 350, max: 350)
        let bodies = tape.buckets(span, from: start, through: end).prefix(limit)
            .map { candleBody($0, id) }
        return SimResponse(["candles": .array(Array(bodies))])
    }

    /// **Source**: a week works live and is in no document.
    private static let granularities: [String: Int64] = [
        "ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "THIRTY_MINUTE": 1_800,
        "ONE_HOUR": 3_600, "TWO_HOUR": 7_200, "FOUR_HOUR": 14_400, "SIX_HOUR": 21_600,
        "ONE_DAY": 86_400, "ONE_WEEK": 604_800,
    ]

    func trades(
        _ name: String,
        _ query: Query,
        at now: Moment
    ) throws(InvalidArgument) -> SimResponse {
        guard let id = ProductID(name), let tape = market.tapes[id] else { return .noProduct(name) }
        guard let limit = query["limit"].flatMap({ Int($0) }), limit > 0 else {
            return .invalid("limit argument is invalid")
        }
        // **Source**: at most 100 are answered; above 1,000 the venue breaks.
        guard limit <= 1_000 else { return .internalError }
        var prints = tape.prints[...]
        if let start = try query.seconds("start") {
            prints = prints.drop { $0.trade.occurredAt < start }
        }
        if let end = try query.seconds("end") {
            prints = prints.prefix { $0.trade.occurredAt <= end }
        }
        let skew = skew(now)
        let bodies: [JSON] = prints.suffix(min(limit, 100)).reversed().map { print in
            [
                "trade_id": .text(print.number),
                "product_id": .text(id),
                "price": .text(print.trade.price),
                "size": .text(print.trade.quantity),
                "time": .text(print.trade.occurredAt + skew),
                "side": .string(print.trade.makerSide == .buy ? "BUY" : "SELL"),
                "bid": "",
                "ask": "",
                "exchange": "coinbase",
            ]
        }
        let ladder = market.ladders[id]
        return SimResponse([
            "trades": .array(bodies),
            "best_bid": .string(ladder?.bids.first?.price.description ?? ""),
            "best_ask": .string(ladder?.asks.first?.price.description ?? ""),
        ])
    }

    func book(_ query: Query, at now: Moment) throws(InvalidArgument) -> SimResponse {
        let name = query["product_id"] ?? ""
        guard let id = ProductID(name), market.ladders[id] != nil else { return .noProduct(name) }
        // **Source**: at most about a thousand levels a side.
        let limit = try query.count("limit", else: 1_000, max: 1_000)
        var body: JSON = ["pricebook": priceBook(id, limit, at: now)]
        let last = market.lastPrice(id)?.description ?? ""
        if let ladder = market.ladders[id], let bid = ladder.bids.first?.price,
            let ask = ladder.asks.first?.price,
            let middle = try? Price(raw: (bid.raw + ask.raw) / 2, currency: id.quote)
        {
            let spread = Money(raw: ask.raw - bid.raw, currency: id.quote)
            let points = Rate(indicator: Double(spread.raw) / Double(max(middle.raw, 1)) * 10_000)
            body = body.with([
                "last": .string(last),
                "mid_market": .text(middle),
                "spread_bps": .text(points),
                "spread_absolute": .string(spread.amount),
            ])
        }
        return SimResponse(body)
    }

    private func priceBook(_ id: ProductID, _ limit: Int, at now: Moment) -> JSON {
        func levels(_ side: Side) -> JSON {
            let levels = market.ladders[id]?.levels(side) ?? []
            return .array(
                levels.prefix(limit).map { ["price": .text($0.price), "size": .text($0.quantity)] }
            )
        }
        return [
            "product_id": .text(id),
            "bids": levels(.buy),
            "asks": levels(.sell),
            "time": .text(stamp(now)),
        ]
    }

    func bestBidAsk(_ query: Query, at now: Moment) -> SimResponse {
        let named = query.all("product_ids")
        let ids = market.products.filter { named.isEmpty || named.contains($0.description) }
        return SimResponse(["pricebooks": .array(ids.map { priceBook($0, 1, at: now) })])
    }
}
