/// The best bid and ask of a product at one moment.
package struct Quote: Hashable, Sendable {
    /// The product.
    package let product: ProductID
    /// The highest resting buy.
    package let bid: Price
    /// How much is bid there.
    package let bidQuantity: Quantity
    /// The lowest resting sell.
    package let ask: Price
    /// How much is asked there.
    package let askQuantity: Quantity
    /// The venue's time.
    package let occurredAt: Instant

    /// Joins both sides.
    package init(
        product: ProductID,
        bid: BookLevel,
        ask: BookLevel,
        occurredAt: Instant
    ) {
        self.product = product
        self.bid = bid.price
        bidQuantity = bid.quantity
        self.ask = ask.price
        askQuantity = ask.quantity
        self.occurredAt = occurredAt
    }

    /// The spread in basis points of the middle, as an indicator.
    package var spreadBPS: Double {
        let (low, high) = (bid.indicator, ask.indicator)
        let middle = (low + high) / 2
        return middle > 0 ? (high - low) / middle * 10_000 : 0
    }
}

/// One trade print.
package struct Trade: Hashable, Sendable {
    /// The product.
    package let product: ProductID
    /// The price both sides got.
    package let price: Price
    /// How much changed hands.
    package let quantity: Quantity
    /// The side that rested: `buy` means that a resting bid was hit.
    ///
    /// **Source**: Coinbase reports the maker's side in market trades.
    package let makerSide: Side
    /// The venue's time.
    package let occurredAt: Instant

    /// States a print.
    package init(
        product: ProductID,
        price: Price,
        quantity: Quantity,
        makerSide: Side,
        occurredAt: Instant
    ) {
        self.product = product
        self.price = price
        self.quantity = quantity
        self.makerSide = makerSide
        self.occurredAt = occurredAt
    }
}

/// A price level of a book.
package struct BookLevel: Hashable, Sendable {
    /// The price.
    package let price: Price
    /// How much rests there.
    package var quantity: Quantity

    /// Joins price and quantity.
    package init(price: Price, quantity: Quantity) {
        self.price = price
        self.quantity = quantity
    }
}

/// The visible book of a product: bids from the highest down, asks from the lowest up.
package struct OrderBook: Hashable, Sendable {
    /// The product.
    package let product: ProductID
    /// Resting buys, highest first.
    package var bids: [BookLevel]
    /// Resting sells, lowest first.
    package var asks: [BookLevel]
    /// The venue's time.
    package let occurredAt: Instant

    /// States a book.
    package init(
        product: ProductID,
        bids: [BookLevel],
        asks: [BookLevel],
        occurredAt: Instant
    ) {
        self.product = product
        self.bids = bids
        self.asks = asks
        self.occurredAt = occurredAt
    }

    /// The best bid and ask; nil where a side is empty or the book is crossed.
    package var quote: Quote? {
        guard let bid = bids.first, let ask = asks.first, bid.price < ask.price else { return nil }
        return Quote(product: product, bid: bid, ask: ask, occurredAt: occurredAt)
    }

    /// The notional resting on both sides within a distance of the middle, as an indicator.
    package func depth(withinBPS distance: Double) -> Double {
        guard let bid = bids.first, let ask = asks.first else { return 0 }
        let middle = (bid.price.indicator + ask.price.indicator) / 2
        let reach = middle * distance / 10_000
        var total = 0.0
        for level in bids where level.price.indicator >= middle - reach {
            total += level.price.indicator * level.quantity.indicator
        }
        for level in asks where level.price.indicator <= middle + reach {
            total += level.price.indicator * level.quantity.indicator
        }
        return total
    }
}

/// Open, high, low, close and volume of one span; indicators only, never money.
package struct Candle: Hashable, Sendable {
    /// The beginning of the span.
    package let start: Instant
    /// The first price.
    package let open: Double
    /// The highest price.
    package var high: Double
    /// The lowest price.
    package var low: Double
    /// The last price.
    package var close: Double
    /// The volume in the base currency.
    package var volume: Double

    /// States a candle.
    package init(
        start: Instant,
        open: Double,
        high: Double,
        low: Double,
        close: Double,
        volume: Double
    ) {
        self.start = start
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}

extension Candle {
    /// The same minute of a market whose prices are this many times what they were.
    package func scaled(by factor: Double) -> Candle {
        Candle(
            start: start,
            open: open * factor,
            high: high * factor,
            low: low * factor,
            close: close * factor,
            volume: volume / factor
        )
    }
}
