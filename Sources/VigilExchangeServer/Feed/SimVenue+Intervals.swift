import VigilModel

extension SimVenue {
    /// Says what is said at intervals, all of them in real time.
    ///
    /// **Source**: heartbeats and candles each second, trades in batches of 250 ms, `ticker_batch` every
    /// five seconds, tickers with each match.
    mutating func publishAtIntervals(at now: Moment) {
        let live = market.products.filter { !isFrozen($0, at: now.real) }
        publishTickers(live, at: now)
        if now.real - clocks.trades >= .milliseconds(250) {
            clocks.trades = now.real
            publishTrades(live, at: now)
            repeatStale(live, at: now)
        }
        if now.real - clocks.tickers >= .seconds(5) {
            clocks.tickers = now.real
            for product in live where !hub.listeners(.tickerBatch, product).isEmpty {
                let events = tickerEvents("update", product, withBook: false)
                publish(.tickerBatch, product, at: now) { events.bytes }
            }
        }
        if now.real - clocks.second >= .seconds(1) {
            clocks.second = now.real
            for product in live where !hub.listeners(.candles, product).isEmpty {
                let events = candleEvents("update", product, count: 1, at: now)
                publish(.candles, product, at: now) { events.bytes }
            }
            beat(at: now)
        }
    }

    private mutating func publishTickers(_ products: [ProductID], at now: Moment) {
        for product in products where !hub.listeners(.ticker, product).isEmpty {
            let last = market.tapes[product]?.lastNumber ?? 0
            guard staleTickers[product] == nil, clocks.tickerPrints[product] != last else {
                continue
            }
            clocks.tickerPrints[product] = last
            let events = tickerEvents("update", product, withBook: true)
            publish(.ticker, product, at: now) { events.bytes }
        }
    }

    /// A stale feed repeats itself: the old ticker, the old touch, the time of now.
    private mutating func repeatStale(_ products: [ProductID], at now: Moment) {
        for product in products where staleTickers[product] != nil {
            let ticker = tickerEvents("update", product, withBook: true)
            publish(.ticker, product, at: now) { ticker.bytes }
            guard let touch = market.ladders[product]?.touch else { continue }
            let levels = [(Side.buy, touch.bid), (.sell, touch.ask)].map { side, level in
                Ladder.Change(side: side, price: level.price, quantity: level.quantity)
            }
            publish(levels, of: product, at: now)
        }
    }

    private mutating func publishTrades(_ products: [ProductID], at now: Moment) {
        for product in products {
            guard let tape = market.tapes[product] else { continue }
            let prints = tape.prints(after: clocks.tradePrints[product] ?? tape.lastNumber)
            clocks.tradePrints[product] = tape.lastNumber
            guard !prints.isEmpty, !hub.listeners(.marketTrades, product).isEmpty else { continue }
            let events = tradeEvents("update", prints, at: now)
            publish(.marketTrades, product, at: now) { events.bytes }
        }
    }

    /// **Source**: the counter is a number, `current_time` is Go's own form.
    private mutating func beat(at now: Moment) {
        clocks.heartbeats += 1
        let receivers = hub.connections.keys.sorted().filter {
            hub.connections[$0]?.subscriptions[.heartbeats] != nil
        }
        guard !receivers.isEmpty else { return }
        let time = stamp(now).description.dropLast().split(separator: "T").joined(separator: " ")
        let events: JSON = [
            [
                "current_time": .string("\(time) +0000 UTC m=+\(clocks.heartbeats).000000000"),
                "heartbeat_counter": .integer(Int64(clocks.heartbeats)),
            ]
        ]
        hub.publish(
            ("heartbeats", events.bytes, stamp(now)),
            to: receivers,
            at: now.real,
            &faults
        )
    }

    /// **Source**: no subscription within five seconds, or nothing to send for a minute or so, ends a
    /// connection.
    mutating func watchConnections(at now: Moment) {
        let ended =
            faults.standing(.maintenance, at: now.real) != nil
            || (!hub.connections.isEmpty && faults.strikesFeed(.closeSockets, at: now.real))
        for (id, connection) in hub.connections where !connection.isClosing {
            let isMute = !connection.hasSubscribed && now.real - connection.openedAt > .seconds(5)
            let isIdle =
                now.real - connection.lastSentAt > .seconds(75)
                && faults.standing(.silentFeed, at: now.real) == nil
            if ended || isMute || isIdle {
                hub.hangUp(id)
            }
        }
    }
}
