package import VigilModel

/// One side of a book: the worst price first and the best last, so that the touch is cheap to change.
private struct Ladder: Sendable {
    let isBid: Bool
    var prices: [Int128] = []
    var quantities: [Int128] = []

    init(isBid: Bool) {
        self.isBid = isBid
    }

    /// True where the first price is the better one.
    func isBetter(_ left: Int128, _ right: Int128) -> Bool {
        isBid ? left > right : left < right
    }

    /// Sets what rests at a price; found from the touch outwards in ever longer steps.
    mutating func set(_ price: Int128, _ quantity: Int128) {
        let place = place(of: price)
        let exists = place < prices.count && prices[place] == price
        if quantity == 0 {
            guard exists else { return }
            prices.remove(at: place)
            quantities.remove(at: place)
        } else if exists {
            quantities[place] = quantity
        } else {
            prices.insert(price, at: place)
            quantities.insert(quantity, at: place)
        }
    }

    /// The first place whose price is not worse.
    private func place(of price: Int128) -> Int {
        var high = prices.count
        var step = 1
        var low = high
        // Invariant: everything from `high` on is better than the price, or equal to it.
        while low > 0 {
            low = max(high - step, 0)
            if isBetter(price, prices[low]) {
                low += 1
                break
            }
            high = low
            step *= 2
        }
        while low < high {
            let middle = (low + high) / 2
            if isBetter(price, prices[middle]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// A product's whole book, kept by a feed's changes; what does not add up makes it not valid.
package struct LevelBook: Sendable {
    /// Why a book is not valid.
    package enum Fault: String, Error, Sendable {
        /// The best bid is not below the best ask.
        case crossed
        /// A price is not positive, or a quantity is negative.
        case negative
        /// A snapshot's levels are not sorted.
        case outOfOrder = "out_of_order"
        /// A price, a quantity or their product is larger than any of a venue is.
        case outOfBounds = "out_of_bounds"
        /// It changed before it was known.
        case unknown
    }

    /// The product.
    package let product: ProductID
    private var bids = Ladder(isBid: true)
    private var asks = Ladder(isBid: false)
    /// False until a snapshot has come, and from a fault to the next snapshot.
    package private(set) var isValid = false
    /// The venue's time of the last change.
    package private(set) var occurredAt = Instant.epoch

    /// Begins with a book that is not known.
    package init(product: ProductID) {
        self.product = product
    }

    /// Forgets the book.
    package mutating func invalidate() {
        self = LevelBook(product: product)
    }

    /// Takes in a change.
    ///
    /// - Throws: ``Fault``: the book is not valid any more, and a snapshot is needed.
    package mutating func apply(_ change: BookChange) throws(Fault) {
        do throws(Fault) {
            if change.isSnapshot {
                invalidate()
                try load(change.levels)
                isValid = true
            } else {
                guard isValid else { throw .unknown }
                for level in change.levels {
                    try Self.check(level)
                    if level.isBid {
                        bids.set(level.price, level.quantity)
                    } else {
                        asks.set(level.price, level.quantity)
                    }
                }
            }
            occurredAt = max(occurredAt, change.occurredAt)
            if let bid = bids.prices.last, let ask = asks.prices.last, bid >= ask {
                throw .crossed
            }
        } catch {
            invalidate()
            throw error
        }
    }

    /// Numbers are bounded where they enter, so that what is computed of them can be held.
    private static func check(_ level: LevelChange) throws(Fault) {
        guard level.price > 0, level.quantity >= 0 else { throw .negative }
        guard FixedPoint.isVenueSized(price: level.price, quantity: level.quantity) else {
            throw .outOfBounds
        }
    }

    /// **Shape**: each side from the touch outwards, in whatever mixture.
    private mutating func load(_ levels: [LevelChange]) throws(Fault) {
        bids.prices.reserveCapacity(levels.count / 2)
        asks.prices.reserveCapacity(levels.count / 2)
        for level in levels {
            try Self.check(level)
            guard level.quantity > 0 else { continue }
            if level.isBid {
                if let last = bids.prices.last, level.price >= last { throw .outOfOrder }
                bids.prices.append(level.price)
                bids.quantities.append(level.quantity)
            } else {
                if let last = asks.prices.last, level.price <= last { throw .outOfOrder }
                asks.prices.append(level.price)
                asks.quantities.append(level.quantity)
            }
        }
        bids.prices.reverse()
        bids.quantities.reverse()
        asks.prices.reverse()
        asks.quantities.reverse()
    }

    /// How many levels both sides have.
    package var levelCount: Int { bids.prices.count + asks.prices.count }

    /// The best bid and ask, as of a time; nil where a side is empty or the book is not valid.
    package func quote(asOf now: Instant) -> Quote? {
        guard isValid, let bid = level(bids, 0), let ask = level(asks, 0) else { return nil }
        return Quote(product: product, bid: bid, ask: ask, occurredAt: now)
    }

    /// The best levels of both sides.
    package func top(_ count: Int) -> OrderBook {
        func best(_ side: Ladder) -> [BookLevel] {
            (0..<min(count, side.prices.count)).compactMap { level(side, $0) }
        }
        return OrderBook(
            product: product,
            bids: best(bids),
            asks: best(asks),
            occurredAt: occurredAt
        )
    }

    /// The level at a distance from the touch.
    private func level(_ side: Ladder, _ distance: Int) -> BookLevel? {
        let place = side.prices.count - 1 - distance
        guard place >= 0,
            let price = try? Price(raw: side.prices[place], currency: product.quote),
            let quantity = try? Quantity(raw: side.quantities[place])
        else { return nil }
        return BookLevel(price: price, quantity: quantity)
    }

    /// The notional on both sides within a distance of the middle, in the quote currency.
    package func depth(withinBPS distance: Double) -> Double {
        guard isValid, let bid = bids.prices.last, let ask = asks.prices.last else { return 0 }
        let middle = (Double(bid) + Double(ask)) / 2
        let reach = middle * distance / 10_000
        return notional(bids) { Double($0) >= middle - reach }
            + notional(asks) { Double($0) <= middle + reach }
    }

    private func notional(_ side: Ladder, while within: (Int128) -> Bool) -> Double {
        var total = 0.0
        var place = side.prices.count - 1
        while place >= 0, within(side.prices[place]) {
            total += Double(side.prices[place]) / 1e18 * (Double(side.quantities[place]) / 1e18)
            place -= 1
        }
        return total
    }

    /// How much more is bid than asked in the best levels: from -1 (all asked) to 1 (all bid).
    package func imbalance(levels count: Int) -> Double {
        let bid = bids.quantities.suffix(count).reduce(0.0) { $0 + Double($1) }
        let ask = asks.quantities.suffix(count).reduce(0.0) { $0 + Double($1) }
        return bid + ask > 0 ? (bid - ask) / (bid + ask) : 0
    }

    /// The middle weighted by the other side's quantity: where the next trade is likelier.
    package var microprice: Double? {
        guard isValid, let bid = bids.prices.last, let ask = asks.prices.last,
            let bidQuantity = bids.quantities.last, let askQuantity = asks.quantities.last
        else { return nil }
        let (left, right) = (Double(bidQuantity), Double(askQuantity))
        return (Double(bid) * right + Double(ask) * left) / (left + right) / 1e18
    }
}
