internal import VigilCoinbase
internal import VigilCore
internal import VigilEngine
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

/// What is looked at beside the feeds: the venue's clock, its prices and rules, our fees, and what was counted.
extension MarketFeeds {
    /// Looks at the venue's clock, prices and rules beside the feeds, and asks to be called again.
    func look() async {
        let before = clock.now
        let time = await access.client.time()
        let after = clock.now
        if let venue = time.value {
            let trip = after - before
            // What the answer's way may account for is no difference of the clocks.
            tell(clocks.answered(venue - (before + trip / 2), uncertainty: trip / 2))
        }
        let products = await access.client.products(Array(shards.joined()))
        if let listed = products.value {
            for item in listed {
                let product = item.product
                guard let known = rules.updateValue(product, forKey: product.id), known != product
                else { continue }
                router.report(.rulesChanged(product))
                tell(of: product, before: known)
            }
            let prices = Dictionary(
                listed.compactMap { item in item.price.map { (item.product.id, $0) } }
            ) { $1 }
            router.report(.pricesRead(prices))
        }
        tellConnectivity()
        await forgive()
        await readFees()
        await tellOfRequests()
        await tellOfConnections()
        isLooking = false
        // The latest look is the one that is followed by another.
        lookAlarm += 1
        let mine = lookAlarm
        clock.schedule(at: clock.now + Self.lookInterval) { [self] in
            access.transport.perform {
                self.assumeIsolated { feeds in
                    guard feeds.lookAlarm == mine else { return }
                    feeds.router.ask(.look)
                }
            }
        }
    }

    private func tell(of product: Product, before known: Product) {
        let status = product.status
        if status != known.status {
            let priority = status == .online ? Priority.notice : .warning
            router.journal(.venue, priority, "\(product.id) is \(status.rawValue) at the venue")
        }
        let changes = [
            ("price step", "\(known.priceIncrement)", "\(product.priceIncrement)"),
            ("quantity step", "\(known.baseIncrement)", "\(product.baseIncrement)"),
            ("smallest quantity", "\(known.baseMin)", "\(product.baseMin)"),
            ("smallest order", "\(known.quoteMin)", "\(product.quoteMin)"),
        ]
        let words = changes.filter { $1 != $2 }.map { "\($0) \($2) instead of \($1)" }
        guard !words.isEmpty else { return }
        let text = "the venue has other rules for \(product.id): \(words.joined(separator: ", "))"
        router.journal(.venue, .notice, text)
    }

    private func tell(_ estimate: ClockWatch.Estimate) {
        router.compared(estimate.skew, uncertainty: estimate.uncertainty)
    }

    /// A request a minute is little, and a new tier counts from its first minute.
    private func readFees() async {
        guard access.client.hasKey, let tier = await access.client.feeTier().value,
            tier != fees
        else { return }
        let isFirst = fees == nil
        fees = tier
        router.charged(tier.fees)
        let text = "maker \(tier.fees.maker), taker \(tier.fees.taker) (\(tier.name))"
        router.journal(.venue, .notice, "the account's fees are \(isFirst ? "" : "now ")\(text)")
    }

    private func tellOfRequests() async {
        let counters = await access.client.counters
        for (label, count) in [
            ("sent", counters.requests), ("retried", counters.retries),
            ("rate_limited", counters.rateLimited), ("failed", counters.failures),
            ("unknown", counters.unknown),
            ("unreadable", counters.unreadable.values.reduce(0, +)),
            ("unknown_value", counters.unknownValues.values.reduce(0, +)),
        ] {
            router.tell(.total(.requests, label: label, Int(count)))
        }
    }

    private func tellOfConnections() async {
        var sum = FeedSession.Counters()
        for connection in connections {
            sum += await connection.counters
        }
        for (label, count) in [
            ("read", sum.messages), ("repeated", sum.repeats), ("foreign", sum.foreign),
        ] {
            router.tell(.total(.feedMessages, label: label, Int(count)))
        }
        router.tell(.total(.feedConnects, label: "", Int(sum.connects)))
    }

    /// A heartbeat came that the venue dates so far ahead of us.
    func heard(_ ahead: Duration) {
        if let estimate = clocks.heard(ahead) { tell(estimate) }
        if clocks.shouldAsk(at: clock.now) {
            router.ask(.look)
        }
    }
}
