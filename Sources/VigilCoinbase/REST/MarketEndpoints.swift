package import VigilCore
package import VigilModel

/// What the venue lists of a product beyond its rules.
package struct ListedProduct: Sendable, Hashable {
    /// Its rules and status.
    package let product: Product
    /// The product whose book it shares: X-USD for X-USDC; nil for its own.
    package let alias: ProductID?
    /// The latest price; nil where it has none.
    package let price: Price?

    /// States a listing.
    package init(product: Product, alias: ProductID?, price: Price?) {
        self.product = product
        self.alias = alias
        self.price = price
    }
}

extension CoinbaseClient {
    /// The venue's time.
    ///
    /// **Source**: contract 2.1; GET /time, milliseconds as text.
    package func time() async -> Outcome<Instant> {
        await call(Call(path: "/time")) { node throws(JSONFault) in
            guard let millis = node["epochMillis"]?.integer else { throw .field("epochMillis") }
            return Instant(nanoseconds: millis &* 1_000_000)
        }
    }

    /// The listed spot products, all or those that are named; ones that cannot be read are left out
    /// and counted.
    ///
    /// **Source**: contract 2.3.
    package func products(_ ids: [ProductID] = []) async -> Outcome<[ListedProduct]> {
        var first = Call(path: "/market/products")
        first.query = [("product_type", "SPOT"), ("limit", "250")]
        first.query += ids.map { ("product_ids", $0.description) }
        var offset = 0
        var found: [ListedProduct] = []
        while true {
            var page = first
            page.query.append(("offset", String(offset)))
            let outcome = await call(page) { node throws(JSONFault) in
                guard let items = node["products"]?.items else { throw .field("products") }
                var broken = 0
                let products = items.compactMap { item -> ListedProduct? in
                    let product = ListedProduct(item)
                    broken += product == nil ? 1 : 0
                    return product
                }
                return (products: products, count: items.count, broken: broken)
            }
            switch outcome {
            case .refused(let refusal): return .refused(refusal)
            case .unknown(let detail): return .unknown(detail)
            case .ok(let page):
                for _ in 0..<page.broken {
                    countUnknown("product")
                }
                let known = Set(found.map(\.product.id))
                let new = page.products.filter { !known.contains($0.product.id) }
                found += new
                offset += page.count
                // A venue that ignores the offset says the same again.
                guard page.count >= 250, !new.isEmpty else { return .ok(found) }
            }
        }
    }

    /// Candles whose starts lie in a span, oldest first; at most 300.
    ///
    /// **Source**: contract 2.5: newest first, both ends included, empty ones absent, 350 at most.
    package func candles(
        _ product: ProductID,
        _ length: CandleLength,
        from start: Instant,
        to end: Instant
    ) async -> Outcome<[Candle]> {
        var call = Call(path: "/market/products/\(product)/candles")
        let earliest = end - length.span * 299
        call.query = [
            ("start", max(start, earliest).wholeSeconds), ("end", end.wholeSeconds),
            ("granularity", length.venueName), ("limit", "300"),
        ]
        return await self.call(call) { node throws(JSONFault) in
            guard let items = node["candles"]?.items else { throw .field("candles") }
            // One that cannot be read is a minute without trades, as the venue leaves such out.
            let candles = items.compactMap { item in try? Candle(item) }
            guard !candles.isEmpty || items.isEmpty else { throw .field("candles") }
            return candles.sorted { $0.start < $1.start }
        }
    }

    /// The latest prints, oldest first; at most 100.
    ///
    /// **Source**: contract 2.6; the side is the maker's.
    package func trades(_ product: ProductID) async -> Outcome<[PrintedTrade]> {
        var call = Call(path: "/market/products/\(product)/ticker")
        call.query = [("limit", "100")]
        return await self.call(call) { node throws(JSONFault) in
            guard let items = node["trades"]?.items else { throw .field("trades") }
            // One that cannot be read says nothing of the others.
            return items.reversed().compactMap { item in try? PrintedTrade(item) }
        }
    }
}

extension CandleLength {
    /// **Source**: contract 2.5.
    fileprivate var venueName: String {
        switch self {
        case .minute: "ONE_MINUTE"
        case .fiveMinutes: "FIVE_MINUTE"
        case .quarterHour: "FIFTEEN_MINUTE"
        case .hour: "ONE_HOUR"
        }
    }
}

extension Instant {
    /// Whole seconds since the epoch, as the venue's queries want them.
    fileprivate var wholeSeconds: String {
        String(floor(to: .seconds(1)).nanoseconds / 1_000_000_000)
    }
}

extension ListedProduct {
    /// Reads a product; nil where it is not one that we could trade.
    package init?(_ node: JSONNode) {
        guard let id = node["product_id"]?.text.flatMap({ ProductID($0) }),
            let product = try? Product(id, node)
        else { return nil }
        self.product = product
        alias = node["alias"]?.text.flatMap { ProductID($0) }
        let raw = (try? node["price"]?.decimal("price")) ?? nil
        price = raw.flatMap { $0 > 0 ? try? Price(raw: $0, currency: id.quote) : nil }
    }
}

extension Product {
    fileprivate init(_ id: ProductID, _ node: JSONNode) throws {
        func amount(_ key: StaticString) throws -> Int128? {
            try node[key]?.decimal(key.description)
        }
        guard let base = try amount("base_increment"), let quote = try amount("quote_increment")
        else { throw JSONFault.field("base_increment") }
        // Old bodies have no price increment.
        let tick = try amount("price_increment") ?? quote
        try self.init(
            id: id,
            baseIncrement: Quantity(raw: base),
            priceIncrement: Price(raw: tick, currency: id.quote),
            baseMin: Quantity(raw: amount("base_min_size") ?? base),
            quoteMin: Money(raw: amount("quote_min_size") ?? 0, currency: id.quote),
            status: TradingStatus(node)
        )
    }
}

extension TradingStatus {
    /// **Source**: contract 2.3: what makes a product tradable.
    init(_ node: JSONNode) {
        func says(_ key: StaticString) -> Bool { node[key]?.bool ?? false }
        if node["status"]?.text != "online" || says("is_disabled") || says("trading_disabled")
            || says("view_only")
        {
            self = .disabled
        } else if says("cancel_only") {
            self = .cancelOnly
        } else if says("post_only") || says("auction_mode") {
            self = .postOnly
        } else {
            self = says("limit_only") ? .limitOnly : .online
        }
    }
}

extension Candle {
    /// Reads a candle of REST or of the feed.
    ///
    /// - Throws: ``JSONFault`` where a part of it is missing or cannot be held.
    package init(_ node: JSONNode) throws(JSONFault) {
        guard let start = node["start"]?.integer else { throw .field("start") }
        func value(_ key: StaticString) throws(JSONFault) -> Double {
            guard let raw = try node[key]?.decimal(key.description), raw >= 0 else {
                throw .field(key.description)
            }
            return FixedPoint.indicator(raw)
        }
        self.init(
            start: Instant(seconds: start),
            open: try value("open"),
            high: try value("high"),
            low: try value("low"),
            close: try value("close"),
            volume: try value("volume")
        )
    }
}

extension PrintedTrade {
    /// Reads a print of REST or of the feed.
    ///
    /// - Throws: ``JSONFault`` where a part of it is missing or cannot be held.
    package init(_ node: JSONNode) throws(JSONFault) {
        guard let number = node["trade_id"]?.integer else { throw .field("trade_id") }
        guard let id = node["product_id"]?.text.flatMap({ ProductID($0) }) else {
            throw .field("product_id")
        }
        guard let price = try node["price"]?.decimal("price"), price > 0,
            let size = try node["size"]?.decimal("size"), size >= 0
        else { throw .field("price") }
        guard let time = try node["time"]?.time("time") else { throw .field("time") }
        let side: Side
        switch node["side"]?.text {
        case "BUY": side = .buy
        case "SELL": side = .sell
        default: throw .field("side")
        }
        do throws(MoneyError) {
            let trade = Trade(
                product: id,
                price: try Price(raw: price, currency: id.quote),
                quantity: try Quantity(raw: size),
                makerSide: side,
                occurredAt: time
            )
            self.init(number: number, trade: trade)
        } catch {
            throw .number("price")
        }
    }
}
