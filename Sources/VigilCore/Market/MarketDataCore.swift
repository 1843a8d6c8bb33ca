package import VigilModel

/// What MarketData knows of one product when it is asked.
package struct ProductView: Sendable {
    /// The product and its present status.
    package let product: Product
    /// The best bid and ask; nil where there is no valid book.
    package let quote: Quote?
    /// The notional within 20 basis points of the middle.
    package let depth20BPS: Double
    /// Completed one-minute candles, oldest first.
    package let candles: [Candle]
    /// How much more is bid than asked in the ten best levels, -1 to 1; zero without a whole book.
    package var imbalance = 0.0
    /// The middle weighted by what rests on the other side; nil without a whole book.
    package var microprice: Double?
    /// When the book last changed, by the venue's time and by ours; nil without a feed.
    package var feedTimes: FeedTimes?
    /// Completed one-hour candles, oldest first; empty without a feed.
    package var hours: [Candle] = []

    /// Joins the parts.
    package init(product: Product, quote: Quote?, depth20BPS: Double, candles: [Candle]) {
        self.product = product
        self.quote = quote
        self.depth20BPS = depth20BPS
        self.candles = candles
    }
}

/// When a product's book last changed.
package struct FeedTimes: Sendable, Equatable {
    /// By the venue's time.
    package let venue: Instant
    /// By when it came, on our clock.
    package let received: Instant
}

/// The market at one moment, in the universe's order.
package struct MarketSnapshot: Sendable {
    /// When it was taken.
    package let at: Instant
    /// What is known of each product.
    package let products: [ProductID: ProductView]

    /// Joins the parts.
    package init(at: Instant, products: [ProductID: ProductView]) {
        self.at = at
        self.products = products
    }
}

/// Keeps books, quotes and candles; a book that is not valid gives no quote.
///
/// A book comes whole with each step of an embedded market, or is kept by a feed's changes.
package struct MarketDataCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The venue listed its products, with one-minute candles of the past.
        case productsListed([Product], history: [ProductID: [Candle]])
        /// An embedded market made a step.
        case marketMoved(ProductID, TradingStatus, book: OrderBook?, trades: [Trade])
        /// A feed brought something.
        case feedReported(FeedReport)
        /// Someone wants to see a product's whole book.
        case bookRequested(ProductID, ticket: Int)
        /// The conductor wants the market as it is.
        case snapshotRequested(cycle: Int)
    }

    /// What is to be done.
    package enum Effect: Sendable {
        /// Tell who marks and who trades about a new quote.
        case publishQuote(Quote)
        /// Tell who trades about a product's rules or status.
        case publishProduct(Product)
        /// Answer the conductor.
        case reply(cycle: Int, MarketSnapshot)
        /// A book was crossed or one-sided and was put away.
        case reportInvalidBook(ProductID)
        /// Move the paper venue's market.
        case moveVenue(MarketMove)
        /// Drop the feed of a product: its book does not add up.
        case dropFeed(ProductID, FeedTrouble, detail: String)
        /// Read the venue's candles since a time.
        case readCandles(ProductID, CandleLength, since: Instant)
        /// Show a book to who asked for it; nil where there is no valid one.
        case showBook(ticket: Int, OrderBook?)
        /// A product's feed was lost, and until its book comes anew there is none; nil when it has come.
        case reportFeed(ProductID, lost: FeedTrouble?)
        /// A candle that was complete has been amended by a late print.
        case reportAmended(ProductID, length: CandleLength, Candle)
    }

    /// What a paper venue is told of the real market.
    package struct MarketMove: Sendable {
        /// The product.
        package let product: ProductID
        /// What may be done with it.
        package let status: TradingStatus
        /// All of its rules, where they have changed.
        package let rules: Product?
        /// The best levels, where they have changed.
        package let book: OrderBook?
        /// New prints.
        package let trades: [Trade]
        /// What may be filled of it; nil where the book says all.
        package let limit: FillLimit?

        /// Joins the parts.
        package init(
            product: ProductID,
            status: TradingStatus,
            rules: Product? = nil,
            book: OrderBook?,
            trades: [Trade],
            limit: FillLimit? = nil
        ) {
            self.product = product
            self.status = status
            self.rules = rules
            self.book = book
            self.trades = trades
            self.limit = limit
        }
    }

    /// How many levels a side the paper venue is shown.
    private static let shownLevels = 50
    /// How far ahead of our clock a print may be dated.
    private static let futureMax = Duration.seconds(30)

    private var products: [ProductID: Product] = [:]
    private var books: [ProductID: OrderBook] = [:]
    private var feeds: [ProductID: ProductFeed] = [:]
    private var candles: [ProductID: CandleSeries] = [:]
    /// Products whose book has not come anew since it was lost.
    private var lost: Set<ProductID> = []

    /// Begins with nothing known.
    package init() {}

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .productsListed(let listed, let history):
            for product in listed {
                products[product.id] = product
                candles[product.id] = CandleSeries(.minute, history[product.id] ?? [])
            }
            return listed.map { .publishProduct($0) }
        case .marketMoved(let id, let status, let book, let trades):
            return moved(id, status, book, trades)
        case .feedReported(let report): return fed(report, at: now)
        case .bookRequested(let id, let ticket):
            let kept = feeds[id].map { $0.book.isValid ? $0.book.top(.max) : nil }
            return [.showBook(ticket: ticket, kept ?? books[id])]
        case .snapshotRequested(let cycle):
            return [.reply(cycle: cycle, snapshot(at: now))]
        }
    }

    package static func failureRule(of event: Event) -> FailureRule { .cannotFail }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        effects.flatMap { effect -> [String] in
            guard case .publishQuote(let quote) = effect else { return [] }
            return (quote.bid < quote.ask ? [] : ["the book of \(quote.product) is crossed"])
                + (lost.contains(quote.product) ? ["\(quote.product) is lost and has a quote"] : [])
        }
    }

    private mutating func changeStatus(_ id: ProductID, _ status: TradingStatus) -> [Effect] {
        guard var product = products[id], product.status != status else { return [] }
        product.status = status
        products[id] = product
        return [.publishProduct(product)]
    }

    private mutating func moved(
        _ id: ProductID,
        _ status: TradingStatus,
        _ book: OrderBook?,
        _ trades: [Trade]
    ) -> [Effect] {
        guard products[id] != nil else { return [] }
        let effects = changeStatus(id, status)
        for trade in trades {
            candles[id]?.record(
                price: trade.price.indicator,
                volume: trade.quantity.indicator,
                at: trade.occurredAt
            )
        }
        guard let book else { return effects }
        guard let quote = book.quote else {
            books[id] = nil
            return effects + [.reportInvalidBook(id)]
        }
        // A book that says the same as before is no news, however fresh its time; neither is the first.
        let before = books.updateValue(book, forKey: id)?.quote
        if let before, before.bid != quote.bid || before.ask != quote.ask {
            let middle = (quote.bid.indicator + quote.ask.indicator) / 2
            candles[id]?.record(price: middle, volume: 0, at: quote.occurredAt)
        }
        return effects + found(id) + [.publishQuote(quote)]
    }

    private mutating func fed(_ report: FeedReport, at now: Instant) -> [Effect] {
        switch report {
        case .bookChanged(let change, let receivedAt):
            guard let product = products[change.product] else { return [] }
            var feed = feeds.removeValue(forKey: product.id) ?? ProductFeed(product.id)
            defer { feeds[product.id] = feed }
            do throws(LevelBook.Fault) {
                guard let quote = try feed.apply(change, receivedAt) else { return [] }
                let top = feed.book.top(Self.shownLevels)
                return found(product.id) + [
                    .publishQuote(quote), .moveVenue(.init(product, book: top, trades: [])),
                ]
            } catch {
                // Without a snapshot, updates say nothing new.
                if error == .unknown { return [] }
                let detail = "the book of \(product.id) is \(error.rawValue)"
                return lose(product.id, .badBook) + [
                    .reportInvalidBook(product.id), .dropFeed(product.id, .badBook, detail: detail),
                ]
            }
        case .tradesPrinted(let prints): return printed(prints, at: now)
        case .heartbeat(let ids, let receivedAt):
            return ids.compactMap { id in
                feeds[id]?.confirm(receivedAt).map { .publishQuote($0) }
            }
        case .rulesChanged(let product):
            guard let known = products[product.id], known != product else { return [] }
            products[product.id] = product
            let move = MarketMove(
                product: product.id,
                status: product.status,
                rules: product,
                book: nil,
                trades: []
            )
            return [.publishProduct(product), .moveVenue(move)]
        case .booksLost(let ids, let trouble):
            // What was printed while nobody listened stands in the venue's candles.
            return ids.filter { products[$0] != nil }.flatMap { id -> [Effect] in
                feeds[id]?.lose()
                books[id] = nil
                let last = candles[id]?.completed.last?.start ?? .epoch
                return lose(id, trouble) + [.readCandles(id, .minute, since: last)]
            }
        case .candlesRead(let id, .minute, let read):
            candles[id]?.fill(read, at: now)
            return []
        case .candlesRead(let id, let length, let read):
            feeds[id]?.fill(length, read, at: now)
            return []
        case .pricesRead(let prices):
            return prices.keys.sorted().flatMap { id -> [Effect] in
                let reason = prices[id].flatMap { feeds[id]?.disagreement(with: $0) }
                return reason.map { freeze(id, $0) } ?? []
            }
        }
    }

    /// A book that was found out gives no quote from here on, whether or not its feed can be dropped.
    private mutating func freeze(_ id: ProductID, _ detail: String) -> [Effect] {
        feeds[id]?.lose()
        return lose(id, .frozen) + [.dropFeed(id, .frozen, detail: detail)]
    }

    private mutating func lose(_ id: ProductID, _ trouble: FeedTrouble) -> [Effect] {
        lost.insert(id).inserted ? [.reportFeed(id, lost: trouble)] : []
    }

    private mutating func found(_ id: ProductID) -> [Effect] {
        lost.remove(id) == nil ? [] : [.reportFeed(id, lost: nil)]
    }

    private mutating func printed(_ prints: [PrintedTrade], at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        var fresh: [ProductID: [Trade]] = [:]
        for print in prints {
            let trade = print.trade
            // A candle that begins in the future would never end.
            guard let product = products[trade.product],
                FixedPoint.isVenueSized(price: trade.price.raw, quantity: trade.quantity.raw),
                trade.occurredAt <= now + Self.futureMax
            else { continue }
            let isNew = feeds[product.id, default: ProductFeed(product.id)].record(print)
            guard isNew else { continue }
            // What was printed before we looked must not fill what we have sent since.
            if feeds[product.id]?.isPresent(print) == true {
                fresh[product.id, default: []].append(trade)
            }
            if let strange = feeds[product.id]?.strangeness(of: print) {
                effects += freeze(product.id, strange)
            }
            let amended = candles[product.id]?.record(
                price: trade.price.indicator,
                volume: trade.quantity.indicator,
                at: trade.occurredAt
            )
            if let amended {
                effects.append(.reportAmended(product.id, length: .minute, amended))
            }
        }
        for id in fresh.keys.sorted() {
            guard let product = products[id], let trades = fresh[id] else { continue }
            effects.append(.moveVenue(.init(product, book: nil, trades: trades)))
        }
        return effects
    }

    private mutating func snapshot(at now: Instant) -> MarketSnapshot {
        var views: [ProductID: ProductView] = [:]
        let minute = now.floor(to: .seconds(60))
        for (id, product) in products {
            candles[id]?.complete(before: minute)
            let minutes = candles[id]?.completed ?? []
            if let feed = feeds[id] {
                views[id] = feed.view(product, minutes)
            } else {
                views[id] = ProductView(
                    product: product,
                    quote: books[id]?.quote,
                    depth20BPS: books[id]?.depth(withinBPS: 20) ?? 0,
                    candles: minutes
                )
            }
        }
        return MarketSnapshot(at: now, products: views)
    }
}

extension MarketDataCore.MarketMove {
    fileprivate init(_ product: Product, book: OrderBook?, trades: [Trade]) {
        self.init(product: product.id, status: product.status, book: book, trades: trades)
    }
}
