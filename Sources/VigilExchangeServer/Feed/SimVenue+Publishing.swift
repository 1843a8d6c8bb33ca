import VigilModel

/// When each thing that is said at intervals was said last, in real time.
struct FeedClocks: Sendable {
    var second = Instant.epoch
    var trades = Instant.epoch
    var tickers = Instant.epoch
    /// The last print of each product that has gone out on `ticker`.
    var tickerPrints: [ProductID: Int] = [:]
    /// The last print of each product that has gone out on `market_trades`.
    var tradePrints: [ProductID: Int] = [:]
    var heartbeats = 0
}

extension SimVenue {
    /// Sends the events of a channel to who listens for a product.
    mutating func publish(
        _ channel: FeedChannel,
        _ product: ProductID,
        at now: Moment,
        _ events: () -> [UInt8]
    ) {
        let receivers = hub.listeners(channel, product)
        guard !receivers.isEmpty else { return }
        hub.publish(
            (channel.messageName, events(), stamp(now)),
            to: receivers,
            at: now.real,
            &faults
        )
    }

    /// Tells the owner of an order where it stands.
    mutating func publish(_ record: OrderRecord, as status: OrderStatus, at now: Moment) {
        let receivers = hub.userListeners(record.product)
        guard !receivers.isEmpty else { return }
        let own = record.feedBody(names, as: status)
        let isSalted = faults.standing(.oddRows, at: now.real) != nil
        let events = userEvents("update", isSalted ? Self.oddOrders + [own] : [own])
        hub.publish(("user", events.bytes, stamp(now)), to: receivers, at: now.real, &faults)
    }

    func userEvents(_ type: String, _ orders: [JSON]) -> JSON {
        [
            [
                "type": .string(type),
                "orders": .array(orders),
                "positions": [
                    "perpetual_futures_positions": [], "expiring_futures_positions": [],
                ],
            ]
        ]
    }

    /// Tells of changed levels.
    mutating func publish(_ changes: [Ladder.Change], of product: ProductID, at now: Moment) {
        guard !changes.isEmpty else { return }
        let time = stamp(now)
        publish(.level2, product, at: now) { Self.levelEvents("update", product, changes, time) }
    }

    /// Written straight into bytes: a snapshot may have tens of thousands of levels.
    static func levelEvents(
        _ type: String,
        _ product: ProductID,
        _ changes: [Ladder.Change],
        _ time: Instant
    ) -> [UInt8] {
        var bytes = Array(
            #"[{"type":"\#(type)","product_id":"\#(product)","updates":["#.utf8
        )
        bytes.reserveCapacity(bytes.count + changes.count * 130)
        let middle = #","event_time":"\#(time)","price_level":""#
        for (index, change) in changes.enumerated() {
            bytes += (index > 0 ? #",{"side":""# : #"{"side":""#).utf8
            bytes += (change.side == .buy ? #"bid""# : #"offer""#).utf8
            bytes += middle.utf8
            bytes += change.price.description.utf8
            bytes += #"","new_quantity":""#.utf8
            bytes += change.quantity.description.utf8
            bytes += #""}"#.utf8
        }
        bytes += "]}]".utf8
        return bytes
    }

    func levelSnapshot(of product: ProductID, at now: Moment) -> [UInt8] {
        let ladder = market.ladders[product] ?? Ladder()
        let changes = [Side.sell, .buy].flatMap { side in
            ladder.levels(side).map {
                Ladder.Change(side: side, price: $0.price, quantity: $0.quantity)
            }
        }
        return Self.levelEvents("snapshot", product, changes, stamp(now))
    }

    func tradeEvents(
        _ type: String,
        _ prints: some BidirectionalCollection<Tape.Print>,
        at now: Moment
    ) -> JSON {
        let skew = skew(now)
        let trades: [JSON] = prints.reversed().map { print in
            [
                "trade_id": .text(print.number),
                "product_id": .text(print.trade.product),
                "price": .text(print.trade.price),
                "size": .text(print.trade.quantity),
                "side": .string(print.trade.makerSide == .buy ? "BUY" : "SELL"),
                "time": .text(print.trade.occurredAt + skew),
            ]
        }
        return [["type": .string(type), "trades": .array(trades)]]
    }

    /// A ticker; one that is stale says what it said before.
    func tickerEvents(_ type: String, _ product: ProductID, withBook: Bool) -> JSON {
        let stale = staleTickers[product].map { withBook ? $0 : $0.without(prefix: "best_") }
        let ticker = stale ?? tickerBody(product, withBook: withBook)
        return [["type": .string(type), "tickers": [ticker]]]
    }

    func tickerBody(_ product: ProductID, withBook: Bool) -> JSON {
        let figures = dayFigures(product)
        var ticker: JSON = [
            "type": "ticker",
            "product_id": .text(product),
            "price": .string(market.lastPrice(product)?.description ?? "0"),
            "volume_24_h": .string(figures.volume),
            "low_24_h": .string(figures.low),
            "high_24_h": .string(figures.high),
            "low_52_w": .string(figures.low),
            "high_52_w": .string(figures.high),
            "price_percent_chg_24_h": .string(figures.change),
        ]
        if withBook {
            let bid = market.ladders[product]?.bids.first
            let ask = market.ladders[product]?.asks.first
            ticker = ticker.with([
                "best_bid": .string(bid?.price.description ?? "0"),
                "best_bid_quantity": .string(bid?.quantity.description ?? "0"),
                "best_ask": .string(ask?.price.description ?? "0"),
                "best_ask_quantity": .string(ask?.quantity.description ?? "0"),
            ])
        }
        return ticker
    }

    /// The figures of 24 hours as text on the product's grid.
    func dayFigures(
        _ product: ProductID
    ) -> (volume: String, quoteVolume: String, low: String, high: String, change: String) {
        guard let day = market.tapes[product]?.day, day.high > 0,
            let last = market.lastPrice(product)
        else { return ("0", "0", "0", "0", "0") }
        let change = day.open > 0 ? (last.indicator / day.open - 1) * 100 : 0
        let volume = market.volume(day.volume, product)
        return (
            volume.description,
            (try? last.notional(of: volume, .down).rounded(.down, to: cent(product)).amount) ?? "0",
            market.price(day.low, product)?.description ?? "0",
            market.price(day.high, product)?.description ?? "0",
            Rate(indicator: change).description
        )
    }

    private func cent(_ product: ProductID) -> Money {
        Money(raw: FixedPoint.one / 100, currency: product.quote)
    }

    func candleEvents(_ type: String, _ product: ProductID, count: Int, at now: Moment) -> JSON {
        let span = Duration.seconds(300)
        let from = now.market - span * count
        let candles = market.tapes[product]?.buckets(span, from: from, through: now.market) ?? []
        let bodies = candles.prefix(count).map { candle in
            candleBody(candle, product).with(["product_id": .text(product)])
        }
        return [["type": .string(type), "candles": .array(Array(bodies))]]
    }

    func candleBody(_ candle: Candle, _ product: ProductID) -> JSON {
        func price(_ value: Double) -> JSON {
            .string(market.price(value, product)?.description ?? "0")
        }
        return [
            "start": .text(candle.start.nanoseconds / 1_000_000_000),
            "low": price(candle.low),
            "high": price(candle.high),
            "open": price(candle.open),
            "close": price(candle.close),
            "volume": .text(market.volume(candle.volume, product)),
        ]
    }

    func statusEvents(_ type: String, _ products: [ProductID], at now: Instant) -> JSON {
        let bodies: [JSON] = products.compactMap { id in
            guard let listing = market.listings[id] else { return nil }
            return [
                "product_type": "SPOT",
                "id": .text(id),
                "base_currency": .text(id.base),
                "quote_currency": .text(id.quote),
                "base_increment": .text(listing.product.baseIncrement),
                "quote_increment": .string(listing.product.quoteIncrement.amount),
                "display_name": .string("\(id.base)/\(id.quote)"),
                "status": .string(statusText(id, at: now)),
                "status_message": "",
                "min_market_funds": .string(listing.product.quoteMin.amount),
            ]
        }
        return [["type": .string(type), "products": .array(bodies)]]
    }

    mutating func publishStatus(of product: ProductID, at now: Moment) {
        let events = statusEvents("update", [product], at: now.real)
        publish(.status, product, at: now) { events.bytes }
    }
}
