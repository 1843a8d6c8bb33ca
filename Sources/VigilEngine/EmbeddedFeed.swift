internal import VigilCore
internal import VigilExchange
internal import VigilModel

/// Moves a market in this process on, and tells the venue and MarketData what it does, as a feed would.
actor EmbeddedFeed: MarketFeed {
    private let market: EmbeddedMarket
    private let venue: any Venue
    private let report: VenueSink
    private let plumbing: Plumbing
    private let executor: any SerialExecutor
    /// Whether the market is heard; not known at first.
    private var isConnected: Bool?
    private var gap: ProductID?
    /// Rules that have changed at the venue and were not read yet.
    private var unread: [ProductID: Product] = [:]
    /// How often a venue's rules are read anew, as those of a venue far away.
    private static let ruleSpan = Duration.seconds(60)

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(
        market: EmbeddedMarket,
        venue: any Venue,
        report: @escaping VenueSink,
        plumbing: Plumbing,
        executor: any SerialExecutor
    ) {
        self.market = market
        self.venue = venue
        self.report = report
        self.plumbing = plumbing
        self.executor = executor
    }

    /// Carries out commands until the mailbox is closed.
    func run() async {
        for await commands in plumbing.feeds {
            for command in commands where !plumbing.isDead {
                switch command {
                case .begin:
                    await step()
                    unread = market.changedRules
                    readRules()
                case .step: await step()
                case .look: readRules()
                // It has no connections, and its past is whole.
                case .distrust, .readCandles, .renew: break
                }
            }
        }
    }

    private func step() async {
        let now = plumbing.clock.now
        let interval = market.interval
        let moves = moves(at: now.floor(to: interval))
        // The venue first, and also where nothing moved: what traded is known before the quotes that it traded at,
        // and what has ended ends.
        if let work = venue.take(.observe(moves), at: now.floor(to: interval), report) {
            await work()
        }
        for move in moves {
            if let rules = move.rules { unread[move.product] = rules }
        }
        if now.floor(to: interval) == now.floor(to: Self.ruleSpan) { readRules() }
        complain()
        for move in moves where isConnected != false && move.product != gap {
            await plumbing.market.send(
                .marketMoved(
                    move.product,
                    move.status,
                    book: move.book,
                    trades: move.trades
                )
            )
        }
        // On the grid, whatever this step took; steps that were slept through are not made up for.
        let next = now.floor(to: interval) + interval
        guard market.end.map({ next < $0 }) ?? true else { return plumbing.marketEnded() }
        plumbing.clock.schedule(at: next) { [plumbing] in
            plumbing.post(.step, to: plumbing.feeds)
        }
    }

    private func readRules() {
        for product in unread.keys.sorted() {
            guard let rules = unread[product] else { continue }
            plumbing.post(.feedReported(.rulesChanged(rules)), to: plumbing.market)
        }
        unread = [:]
    }

    private func moves(at now: Instant) -> [MarketDataCore.MarketMove] {
        do throws(MoneyError) {
            return try market.step(at: now).map(\.move)
        } catch {
            plumbing.raise(.arithmetic, "the venue's market: \(error)")
            return []
        }
    }

    /// What a feed would say: that it is lost, or that a product's messages are missing.
    private func complain() {
        let outage = market.outage
        let isReached = outage != .disconnected
        if isReached != isConnected {
            isConnected = isReached
            if isReached {
                plumbing.clear(.connectivity)
            } else {
                plumbing.raise(.connectivity, "the venue's market is not heard")
                plumbing.post(
                    .feedReported(.booksLost(market.products.map(\.id), .disconnected)),
                    to: plumbing.market
                )
            }
        }
        var missing: ProductID?
        if case .gap(let product) = outage { missing = product }
        guard missing != gap else { return }
        gap = missing
        if let missing {
            plumbing.post(.feedReported(.booksLost([missing], .gap)), to: plumbing.market)
        }
    }
}
