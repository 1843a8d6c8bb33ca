import VigilExchange
import VigilModel

extension SimVenue {
    /// Brings the displayed book of a product up to date, and tells of what changed.
    mutating func show(_ product: ProductID, at now: Moment) {
        guard !isStale(product, at: now.real), var book = engine.books[product],
            let own = try? engine.displayed(of: product)
        else { return }
        if crosses(product, at: now.real), let ask = book.asks.first, book.asks.count > 2 {
            let level = BookLevel(price: book.asks[2].price, quantity: ask.quantity)
            book.bids.insert(level, at: 0)
        }
        guard isFrozen(product, at: now.real) else {
            return publish(market.show(book, own: own), of: product, at: now)
        }
        // The book goes on; its listeners are told of the difference when they hear again.
        frozenLadders[product] = frozenLadders[product] ?? market.ladders[product]
        _ = market.show(book, own: own)
    }

    /// True while market channels say nothing of a product.
    func isFrozen(_ product: ProductID, at now: Instant) -> Bool {
        faults.standing(.frozenFeed, product: product, at: now) != nil
    }

    /// True while a product's quotes stand still under fresh timestamps.
    func isStale(_ product: ProductID, at now: Instant) -> Bool {
        faults.standing(.staleQuotes, product: product, at: now) != nil
    }

    /// True while the market of a product does not move, and nobody else trades on it.
    func isStill(_ product: ProductID, at now: Instant) -> Bool {
        faults.standing(.stillMarket, product: product, at: now) != nil
    }

    private func crosses(_ product: ProductID, at now: Instant) -> Bool {
        faults.standing(.crossedBook, product: product, at: now) != nil
    }

    /// Books that a fault touches, or has touched until now, are shown even where the market is silent.
    mutating func showDisturbed(at now: Moment) {
        guard !faults.faults.isEmpty || !disturbed.isEmpty || !frozenLadders.isEmpty else {
            return
        }
        let touched = market.products.filter {
            isStale($0, at: now.real) || crosses($0, at: now.real)
        }
        for (product, ladder) in frozenLadders where !isFrozen(product, at: now.real) {
            frozenLadders[product] = nil
            guard let shown = market.ladders[product] else { continue }
            publish(Ladder.changes(from: ladder, to: shown), of: product, at: now)
        }
        for product in disturbed.union(touched) {
            show(product, at: now)
        }
        disturbed = Set(touched)
    }

    /// Keeps what a ticker says when its product goes stale: before the market moves on, so that whoever
    /// subscribes in between hears the same.
    private mutating func keepStaleTickers(at now: Moment) {
        staleTickers = staleTickers.filter { isStale($0.key, at: now.real) }
        for product in market.products
        where isStale(product, at: now.real) && staleTickers[product] == nil {
            staleTickers[product] = tickerBody(product, withBook: true)
        }
    }

    /// Rates and product states follow the faults that are on, and go back when they end.
    mutating func applyStandingFaults(at now: Moment) {
        guard !faults.faults.isEmpty || areFaultsApplied else { return }
        areFaultsApplied = !faults.faults.isEmpty
        let tier = faults.standing(.feeTier, at: now.real)
        if let maker = tier?.maker.flatMap({ try? Rate($0) }),
            let taker = tier?.taker.flatMap({ try? Rate($0) })
        {
            engine.fees = FeeSchedule(maker: maker, taker: taker)
        } else {
            engine.fees = settings.fees
        }
        for product in market.products {
            applyStatus(of: product, at: now)
            applyRules(of: product, at: now)
        }
        keepStaleTickers(at: now)
    }

    /// A product's rules are its own, or those that a fault gives it.
    private mutating func applyRules(of product: ProductID, at now: Moment) {
        guard let listed = market.listings[product]?.product, var rules = engine.products[product]
        else { return }
        let fault = faults.standing(.productRules, product: product, at: now.real)
        let step = fault?.step.flatMap { try? Price($0, product.quote) }
        rules = rules.stepping(by: step ?? listed.priceIncrement)
        if rules != engine.products[product] { engine.setRules(rules) }
    }

    mutating func applyStatus(of product: ProductID, at now: Moment) {
        let state = state(of: product, at: now.real)
        let status = state?.status ?? marketStatus[product] ?? .online
        let isDelisted = state == .delisted
        guard engine.products[product]?.status != status || delisted.contains(product) != isDelisted
        else { return }
        engine.setStatus(status, of: product)
        if isDelisted {
            delisted.insert(product)
        } else {
            delisted.remove(product)
        }
        publishStatus(of: product, at: now)
    }

    /// The state that a fault gives a product; nil where there is no such fault.
    func state(of product: ProductID, at now: Instant) -> ProductState? {
        faults.standing(.productStatus, product: product, at: now)?.state
            .flatMap { ProductState(rawValue: $0) }
    }
}

extension Product {
    /// The same product with another price step.
    fileprivate func stepping(by step: Price) -> Product {
        let other = try? Product(
            id: id,
            baseIncrement: baseIncrement,
            priceIncrement: step,
            baseMin: baseMin,
            quoteMin: quoteMin,
            status: status
        )
        return other ?? self
    }
}
