package import VigilModel

/// Owns the books, values them, and fires each protective exit once.
package struct PortfolioCore: DecisionCore {
    /// What can happen.
    package enum Event: Sendable {
        /// The ledger's past, replayed at start.
        case restored(PortfolioBooks, PortfolioReferences)
        /// The venue charges other fees from now on.
        case feesChanged(FeeSchedule)
        /// The ledger recorded a new fill.
        case fillRecorded(Fill, FillOrigin)
        /// The ledger recorded a deposit or withdrawal.
        case flowRecorded(Money)
        /// A product has a new best bid.
        case quoteChanged(Quote)
        /// The conductor wants the books valued.
        case markRequested(cycle: Int)
        /// Reconciliation wants to compare.
        case holdingsRequested(cycle: Int)
        /// The operator accepted the fall from the peak.
        case peakReset
        /// A product's rules became known or changed.
        case productChanged(Product)
        /// An exit order has ended; what is still held must be left again.
        case exitEnded(ProductID)
        /// The clock is known to be right, or is not: no time limit fires on one that may be wrong.
        case timeTrusted(Bool)
    }

    /// What is to be done.
    package enum Effect: Sendable {
        /// Answer the conductor.
        case reply(cycle: Int, PortfolioSnapshot)
        /// Answer reconciliation.
        ///
        /// `prices` is what one unit of each coin brings in US dollars, where that is known.
        case replyHoldings(cycle: Int, [Currency: Money], prices: [Currency: Rate])
        /// Leave a position.
        case requestExit(ExitRequest)
        /// An exit has been asked for again and again, and the position is still there.
        case reportExitUnfilled(ProductID, ExitReason)
        /// A fill cannot be booked yet: it is kept, and tried again behind each fill and in each cycle.
        case reportUnbooked(Fill, MoneyError)
        /// What is held cannot be valued: a number cannot be held.
        case reportUnvalued(MoneyError)
        /// Keep the levels that losses are measured from.
        case recordReferences(PortfolioReferences)
        /// What is held cannot be sold at the venue as it is.
        case reportUnsellable(ProductID, TradingStatus)
        /// It can again.
        case reportSellable(ProductID)
        /// No quote has come of what is held since a time; nil where none has come at all.
        case reportUnseen(ProductID, since: Instant?)
        /// Quotes of it come again.
        case reportSeen(ProductID)
        /// A fill opened a position.
        case reportPositionOpened(ProductID, Fill)
        /// A fill opened or grew a position.
        case reportPositionGrown(ProductID, EntryKey?)
        /// A fill closed a position with this result.
        case reportPositionClosed(ProductID, realised: Money)
    }

    private var takerFee: Rate
    private let dust: Money
    private var books = PortfolioBooks()
    private var quotes: [ProductID: Quote] = [:]
    private var products: [ProductID: Product] = [:]
    private var exiting: [ProductID: ExitReason] = [:]
    private var attempts: [ProductID: Int] = [:]
    private var owed = OwedFills()
    private var watch = HoldingWatch()
    private var isTimeTrusted = true

    /// An exit that is asked for this often without having closed its position is told to the operator.
    static let attemptsBeforeAlert = 3
    private var references = PortfolioReferences()

    /// Begins with empty books; `takerFee` is what leaving a position is assumed to cost, and a position
    /// that is worth less than `dust` is left alone.
    package init(takerFee: Rate, dust: Money = .zero(.usd)) {
        self.dust = dust
        self.takerFee = takerFee
    }

    package mutating func handle(
        _ event: Event,
        at now: Instant
    ) throws(MoneyError) -> [Effect] {
        switch event {
        case .feesChanged(let fees):
            takerFee = fees.taker
            return []
        case .restored(let restored, let levels):
            books = restored
            references = levels
            watch.begin(at: now)
            return []
        case .fillRecorded(let fill, let origin): return recorded(fill, origin)
        case .flowRecorded(let flow):
            let before = try valued().nlv
            try books.record(flow: flow)
            references = try references.scaled(from: before, to: valued().nlv)
            return [.recordReferences(references)]
        case .quoteChanged(let quote):
            quotes[quote.product] = quote
            return watch.quoted(quote.product)
                + (books.positions[quote.product].map { exits(of: $0, at: now) } ?? [])
        case .markRequested(let cycle): return mark(cycle, at: now)
        case .holdingsRequested(let cycle):
            return [.replyHoldings(cycle: cycle, books.holdings, prices: prices)]
        case .peakReset:
            references = references.withoutPeak
            return [.recordReferences(references)]
        case .productChanged(let product):
            products[product.id] = product
            return protected.contains(product.id) ? watch.look(at: product) : []
        case .timeTrusted(let isTrusted):
            isTimeTrusted = isTrusted
            return []
        case .exitEnded(let product):
            exiting[product] = nil
            return []
        }
    }

    package static func failureRule(of event: Event) -> FailureRule {
        switch event {
        case .flowRecorded: .repeated
        case .restored, .fillRecorded, .feesChanged, .quoteChanged, .markRequested,
            .holdingsRequested, .peakReset,
            .productChanged, .exitEnded, .timeTrusted:
            .cannotFail
        }
    }

    package func violations(after event: Event, _ effects: [Effect]) -> [String] {
        books.positions.keys.sorted().flatMap { product -> [String] in
            guard let position = books.positions[product] else { return [] }
            return (position.quantity.isZero ? ["a position of no \(product)"] : [])
                + (position.product == product ? [] : ["\(position.product) stands as \(product)"])
                + (position.stopPrice <= position.targetPrice
                    ? [] : ["the stop of \(product) lies over its target"])
        }
    }

    /// Values the books, and looks at every exit before: a value that cannot be held leaves the cycle without
    /// an answer, which breaks it off, and no position without its exits.
    private mutating func mark(_ cycle: Int, at now: Instant) -> [Effect] {
        let late = bookOwed()
        let due =
            late + watch.look(protected, products, quotes, at: now)
            + books.positions.keys.sorted().flatMap { product in
                books.positions[product].map { exits(of: $0, at: now) } ?? []
            }
        do throws(MoneyError) {
            let before = references
            let (snapshot, levels) = try marked(at: now)
            references = levels
            let moved: [Effect] = references == before ? [] : [.recordReferences(references)]
            return due + moved + [.reply(cycle: cycle, snapshot)]
        } catch {
            return due + [.reportUnvalued(error)]
        }
    }

    /// Books a fill, and what waited for it; what cannot be booked yet is kept, and told once.
    private mutating func recorded(_ fill: Fill, _ origin: FillOrigin) -> [Effect] {
        do throws(MoneyError) {
            let effects = try book(fill, origin)
            return effects + bookOwed()
        } catch {
            owed.add(fill, origin)
            return [.reportUnbooked(fill, error)]
        }
    }

    private mutating func bookOwed() -> [Effect] {
        var effects: [Effect] = []
        var waiting = owed
        waiting.settle { fill, origin throws(MoneyError) in
            effects += try book(fill, origin)
        }
        owed = waiting
        return effects
    }

    private mutating func book(
        _ fill: Fill,
        _ origin: FillOrigin
    ) throws(MoneyError) -> [Effect] {
        let isNew = books.positions[fill.product] == nil
        let booking = try books.record(fill, origin)
        guard fill.side == .sell else {
            let opened: [Effect] =
                isNew && fill.kind == .fill ? [.reportPositionOpened(fill.product, fill)] : []
            return [.reportPositionGrown(fill.product, origin.key)] + opened
        }
        guard let result = booking.closed else { return [] }
        exiting[fill.product] = nil
        attempts[fill.product] = nil
        watch.left(fill.product)
        return [.reportPositionClosed(fill.product, realised: result)]
    }

    /// A stop comes before a target, and both before the time limit.
    private mutating func exits(of position: Position, at now: Instant) -> [Effect] {
        // What a fill has taken that is not booked yet would be sold again.
        guard !owed.haveTaken(position.product) else { return [] }
        // What cannot be valued is not known to be too small to be sold.
        guard (try? isDust(position)) != true else { return [] }
        let bid = quotes[position.product]?.bid
        let reason: ExitReason
        if let bid, bid <= position.stopPrice {
            reason = .stopLoss
        } else if let bid, bid >= position.targetPrice {
            reason = .takeProfit
        } else if isTimeTrusted, now - position.openedAt >= position.exits.holdMax {
            reason = .maxHold
        } else {
            return []
        }
        // Once each; only a stop may take over from an exit that rests.
        if let running = exiting[position.product],
            running == .stopLoss || reason != .stopLoss
        {
            return []
        }
        exiting[position.product] = reason
        let attempt = (attempts[position.product] ?? 0) + 1
        attempts[position.product] = attempt
        let stuck = attempt % Self.attemptsBeforeAlert == 0
        return (stuck ? [.reportExitUnfilled(position.product, reason)] : []) + [
            .requestExit(
                ExitRequest(
                    product: position.product,
                    quantity: position.quantity,
                    reason: reason
                )
            )
        ]
    }

    /// What is held and worth being sold.
    private var protected: [ProductID] {
        books.positions.keys.sorted().filter { id in
            books.positions[id].map { (try? isDust($0)) != true } ?? false
        }
    }

    /// True where a position is worth too little, or the venue would refuse to sell it for its size: it
    /// stays in the books and in the net value, asks for no exit, and takes no place of its own.
    private func isDust(_ position: Position) throws(MoneyError) -> Bool {
        guard let product = products[position.product] else { return false }
        let sellable = try position.quantity.rounded(.down, to: product.baseIncrement)
        guard sellable >= product.baseMin, let bid = quotes[position.product]?.bid else {
            return sellable < product.baseMin
        }
        let worth = try bid.notional(of: sellable, .down)
        let dollars = try worth.inUSD(rates[worth.currency] ?? .one, .up)
        let isSmall = try dollars.isLess(than: dust)
        return try isSmall ? true : worth.isLess(than: product.quoteMin)
    }

    /// What the books are worth with the quotes of now; everything in US dollars.
    private struct Value {
        var nlv = Money.zero(PortfolioBooks.currency)
        var cash = Money.zero(PortfolioBooks.currency)
        var exposure = Money.zero(PortfolioBooks.currency)
        var unrealised = Money.zero(PortfolioBooks.currency)
        var exposures: [ProductID: Money] = [:]
        var rates: [Currency: Rate] = [:]
    }

    private func valued() throws(MoneyError) -> Value {
        var value = Value()
        value.rates = rates
        for currency in Self.cashCurrencies {
            guard let held = books.cash[currency] else { continue }
            // Until its market is seen a coin stands at a dollar, as a position does at its cost.
            value.cash = try value.cash + held.inUSD(value.rates[currency] ?? .one, .down)
        }
        value.nlv = value.cash
        for position in books.positions.values {
            let rate = value.rates[position.product.quote] ?? .one
            // Without any quote yet the cost stands in; the first quote replaces it.
            let quote = quotes[position.product]
            let mark = try quote?.bid.notional(of: position.quantity, .down)
            let worth = try (mark ?? position.cost).inUSD(rate, .down)
            if try !isDust(position) {
                value.exposures[position.product] = worth
            }
            value.exposure = try value.exposure + worth
            let left = try worth - worth.times(takerFee, .up)
            value.nlv = try value.nlv + left
            let paid = try (position.cost + position.entryFees).inUSD(rate, .up)
            value.unrealised = try value.unrealised + (left - paid)
        }
        return value
    }

    /// Cash in other currencies is none of ours to spend.
    package static let cashCurrencies: [Currency] = [.usd, .usdc, .usdt]

    private var rates: [Currency: Rate] {
        var rates: [Currency: Rate] = [.usd: .one]
        for coin in Self.cashCurrencies.dropFirst() {
            guard let quote = quotes[ProductID(base: coin, quote: .usd)] else { continue }
            rates[coin] = Rate(raw: quote.bid.raw)
        }
        return rates
    }

    /// What one unit of each currency brings in US dollars, as far as the quotes say.
    private var prices: [Currency: Rate] {
        var prices = rates
        for quote in quotes.values where quote.product.quote == .usd {
            prices[quote.product.base] = Rate(raw: quote.bid.raw)
        }
        return prices
    }

    private func total(
        _ amounts: [Currency: Money],
        _ rates: [Currency: Rate]
    ) throws(MoneyError)
        -> Money
    {
        var total = Money.zero(PortfolioBooks.currency)
        for amount in amounts.values {
            total = try total + amount.inUSD(rates[amount.currency] ?? .one, .down)
        }
        return total
    }

    private func marked(
        at now: Instant
    ) throws(MoneyError) -> (PortfolioSnapshot, PortfolioReferences) {
        let value = try valued()
        let references = try references.advanced(to: value.nlv, at: now)
        var snapshot = PortfolioSnapshot(
            at: now,
            nlv: value.nlv,
            exposure: value.exposure,
            exposures: value.exposures,
            cash: value.cash,
            realised: try total(books.realised, value.rates),
            unrealised: value.unrealised,
            fees: try total(books.fees, value.rates),
            drawdown: try Rate.zero - Self.change(references.peak, value.nlv),
            dayChange: try Self.change(references.dayStart, value.nlv),
            weekChange: try Self.change(references.weekStart, value.nlv),
            openPositions: value.exposures.count,
            holdings: books.holdings,
            rates: value.rates,
            strategies: books.positions.mapValues(\.strategy)
        )
        snapshot.dayPnL = try references.dayProfit(at: value.nlv)
        snapshot.weekPnL = try references.weekProfit(at: value.nlv)
        snapshot.positions = books.positions.keys.sorted().compactMap { books.positions[$0] }
        for position in snapshot.positions {
            snapshot.hindrances[position.product] = watch.hindrance(of: position.product, products)
        }
        return (snapshot, references)
    }

    private static func change(_ start: Money?, _ nlv: Money) throws(MoneyError) -> Rate {
        guard let start, start.isPositive else { return .zero }
        return try (nlv - start).ratio(to: start)
    }
}
