import VigilModel

/// What a feed has brought of one product: its book, its longer candles, and how fresh they are.
struct ProductFeed: Sendable {
    private(set) var book: LevelBook
    private var longer: [CandleLength: CandleSeries] = [:]
    private var lastTrade: Int64 = 0
    private var receivedAt = Instant.epoch
    private var snapshotAt = Instant.epoch
    /// How far outside of the book a print is strange, as a ratio.
    private static let slack = 0.001
    /// How many strange prints in a row are too many.
    private static let strangersMax = 10
    private var strangers: (count: Int, since: Instant)?
    /// The price that was last read beside the feed, and when the book had last changed then.
    private var lastLook: (price: Price, receivedAt: Instant)?
    /// The bid that was believed last, and one that has jumped, since when.
    private var bid: Price?
    private var doubted: (bid: Price, since: Instant)?
    /// How many times as much, or as little, a bid may say than the one before; a further jump is believed once
    /// it has stood for a while.
    private static let jumpMax = 10.0
    private static let doubtSpan = Duration.seconds(5)
    /// The latest time at which the book was known to be right.
    private var confirmedAt = Instant.epoch

    init(_ product: ProductID) {
        book = LevelBook(product: product)
        for length in CandleLength.allCases where length != .minute {
            longer[length] = CandleSeries(length)
        }
    }

    /// Takes in a change; the new quote, where there is one.
    mutating func apply(
        _ change: BookChange,
        _ receivedAt: Instant
    ) throws(LevelBook.Fault) -> Quote? {
        try book.apply(change)
        self.receivedAt = receivedAt
        if change.isSnapshot { snapshotAt = receivedAt }
        // A venue's time may be missing, and its clock ahead: what we cannot have seen is not fresh.
        let said = change.occurredAt > .epoch ? min(change.occurredAt, receivedAt) : receivedAt
        confirmedAt = max(confirmedAt, said)
        return believed(book.quote(asOf: confirmedAt), receivedAt)
    }

    /// A quote whose bid can be traded on; a wrong one would sell what nothing threatens.
    private mutating func believed(_ quote: Quote?, _ now: Instant) -> Quote? {
        guard let quote, let old = bid, Self.jumps(from: old, to: quote.bid) else {
            doubted = nil
            bid = quote?.bid ?? bid
            return quote
        }
        guard let known = doubted, !Self.jumps(from: known.bid, to: quote.bid) else {
            doubted = (quote.bid, now)
            return nil
        }
        guard now - known.since >= Self.doubtSpan else { return nil }
        (bid, doubted) = (quote.bid, nil)
        return quote
    }

    private static func jumps(from old: Price, to new: Price) -> Bool {
        let ratio = new.indicator / old.indicator
        return ratio > jumpMax || ratio < 1 / jumpMax
    }

    /// The connection lives, so that no change is missing: an old book is as good as a new one.
    mutating func confirm(_ now: Instant) -> Quote? {
        guard book.isValid else { return nil }
        confirmedAt = max(confirmedAt, now)
        return believed(book.quote(asOf: confirmedAt), now)
    }

    mutating func lose() {
        book.invalidate()
        confirmedAt = .epoch
        lastLook = nil
        strangers = nil
    }

    /// Compares the book with a price that was read beside the feed; why it cannot be right, if so.
    ///
    /// A connection may live, its numbers run on, and yet a book stand still: only another source
    /// can tell that from a quiet market.
    mutating func disagreement(with price: Price) -> String? {
        guard book.isValid else { return nil }
        let before = lastLook
        lastLook = (price, receivedAt)
        guard let before, before.price != price, before.receivedAt == receivedAt else { return nil }
        return "\(book.product) trades at \(price), and its book has not changed"
    }

    /// Why the book cannot be right after these prints: too many in a row lie outside of it.
    ///
    /// A sweep prints outside of a book that is about to follow; half a minute of nothing else is no
    /// sweep.
    mutating func strangeness(of print: PrintedTrade) -> String? {
        // A feed begins with prints of the past, which say nothing of the book as it is now.
        guard let quote = book.quote(asOf: confirmedAt), isPresent(print) else { return nil }
        let price = print.trade.price.indicator
        let isOutside =
            price < quote.bid.indicator * (1 - Self.slack)
            || price > quote.ask.indicator * (1 + Self.slack)
        guard isOutside else {
            strangers = nil
            return nil
        }
        let count = (strangers?.count ?? 0) + 1
        let since = strangers?.since ?? print.trade.occurredAt
        strangers = (count, since)
        guard count >= Self.strangersMax, print.trade.occurredAt - since >= .seconds(30) else {
            return nil
        }
        strangers = nil
        return "\(book.product) trades at \(print.trade.price), the book says "
            + "\(quote.bid) / \(quote.ask)"
    }

    /// True for a print that was made under the book that is held.
    func isPresent(_ print: PrintedTrade) -> Bool {
        book.isValid && print.trade.occurredAt >= snapshotAt
    }

    /// Takes in a print; false for one that was known.
    mutating func record(_ print: PrintedTrade) -> Bool {
        guard print.number > lastTrade else { return false }
        lastTrade = print.number
        for length in longer.keys {
            longer[length]?.record(
                price: print.trade.price.indicator,
                volume: print.trade.quantity.indicator,
                at: print.trade.occurredAt
            )
        }
        return true
    }

    mutating func fill(_ length: CandleLength, _ candles: [Candle], at now: Instant) {
        longer[length]?.fill(candles, at: now)
    }

    func view(_ product: Product, _ minutes: [Candle]) -> ProductView {
        var view = ProductView(
            product: product,
            quote: doubted == nil ? book.quote(asOf: confirmedAt) : nil,
            depth20BPS: book.depth(withinBPS: 20),
            candles: minutes
        )
        view.imbalance = book.imbalance(levels: 10)
        view.microprice = book.microprice
        view.hours = longer[.hour]?.completed ?? []
        view.feedTimes = FeedTimes(venue: book.occurredAt, received: receivedAt)
        return view
    }
}
