/// Buy or sell.
package enum Side: String, Sendable, Codable, CaseIterable {
    /// Pays quote for base.
    case buy
    /// Pays base for quote.
    case sell

    /// The other side.
    package var opposite: Side { self == .buy ? .sell : .buy }
}

/// How long a limit order may live.
package enum TimeInForce: Hashable, Sendable, Codable {
    /// Until it is canceled.
    case goodTillCanceled
    /// Until a time, which the venue enforces: a dead host leaves no orphan.
    case goodTillTime(Instant)
    /// What can be had at once, the rest is canceled.
    case immediateOrCancel
    /// All at once or nothing.
    case fillOrKill
}

/// From which side a stop order's price is reached.
package enum StopDirection: String, Sendable, Codable {
    /// Triggers when a trade prints at the stop price or above.
    case rising
    /// Triggers when a trade prints at the stop price or below.
    case falling
}

/// What an order asks for.
package enum OrderTerms: Hashable, Sendable, Codable {
    /// A limit order; a post-only one never takes.
    case limit(price: Price, quantity: Quantity, timeInForce: TimeInForce, postOnly: Bool)
    /// A market order over a quantity of the base.
    case marketBase(Quantity)
    /// A market buy that spends a sum, fees included.
    case marketQuote(Money)
    /// A limit order that wakes up when a trade reaches the stop price.
    case stopLimit(stop: Price, limit: Price, quantity: Quantity, direction: StopDirection)
}

/// An order as it is sent to a venue.
package struct OrderRequest: Hashable, Sendable, Codable {
    /// Our idempotency key.
    package let clientOrderID: ClientOrderID
    /// The product.
    package let product: ProductID
    /// Buy or sell.
    package let side: Side
    /// What it asks for.
    package let terms: OrderTerms

    /// States a request.
    package init(
        clientOrderID: ClientOrderID,
        product: ProductID,
        side: Side,
        terms: OrderTerms
    ) {
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.terms = terms
    }

    /// What is asked for, for people: `buy 0.01 BTC-USD at 86000 USD, post-only`.
    package var inWords: String {
        switch terms {
        case .limit(let price, let quantity, let timeInForce, let postOnly):
            let manner =
                switch timeInForce {
                case .goodTillCanceled: ""
                case .goodTillTime(let end): ", until \(end)"
                case .immediateOrCancel: ", at once or not"
                case .fillOrKill: ", whole at once or not"
                }
            let rests = postOnly ? ", post-only" : ""
            return "\(side) \(quantity) \(product) at \(price) \(product.quote)\(rests)\(manner)"
        case .marketBase(let quantity): return "\(side) \(quantity) \(product) at the market"
        case .marketQuote(let amount): return "\(side) \(product) for \(amount) at the market"
        case .stopLimit(let stop, let limit, let quantity, let direction):
            let way = direction == .falling ? "falls" : "rises"
            return
                "\(side) \(quantity) \(product) at \(limit) \(product.quote) once it \(way) to \(stop)"
        }
    }
}

/// Whether our side of a trade rested or crossed the spread.
package enum LiquidityRole: String, Sendable, Codable {
    /// It rested.
    case maker
    /// It crossed.
    case taker
}

/// What kind of row a fill is.
///
/// **Source**: Coinbase `trade_type` FILL, REVERSAL, CORRECTION.
package enum FillKind: String, Sendable, Codable {
    /// A trade.
    case fill
    /// The undoing of an earlier row: its quantity and fee count negative.
    case reversal
    /// A restatement after a reversal; counts as a trade.
    case correction
}

/// One row of the venue's fill report; recorded once, by its entry id.
package struct Fill: Hashable, Sendable, Codable {
    /// The venue's key of the row.
    package let entryID: EntryID
    /// The venue's trade.
    package let tradeID: TradeID
    /// Our order.
    package let clientOrderID: ClientOrderID
    /// The product.
    package let product: ProductID
    /// Our side.
    package let side: Side
    /// The price, which is the maker's.
    package let price: Price
    /// How much of the base; up to 16 decimal places, not on the increment grid.
    package let quantity: Quantity
    /// What the venue charged, positive, in the quote currency.
    package let fee: Money
    /// Whether we rested or crossed.
    package let role: LiquidityRole
    /// What kind of row it is.
    package let kind: FillKind
    /// The venue's time.
    package let occurredAt: Instant

    /// States a fill.
    package init(
        entryID: EntryID,
        tradeID: TradeID,
        clientOrderID: ClientOrderID,
        product: ProductID,
        side: Side,
        price: Price,
        quantity: Quantity,
        fee: Money,
        role: LiquidityRole,
        kind: FillKind,
        occurredAt: Instant
    ) {
        self.entryID = entryID
        self.tradeID = tradeID
        self.clientOrderID = clientOrderID
        self.product = product
        self.side = side
        self.price = price
        self.quantity = quantity
        self.fee = fee
        self.role = role
        self.kind = kind
        self.occurredAt = occurredAt
    }
}

/// A venue's fee rates for one account.
package struct FeeSchedule: Hashable, Sendable, Codable {
    /// What a resting order pays.
    package var maker: Rate
    /// What a crossing order pays.
    package var taker: Rate

    /// States both rates.
    package init(maker: Rate, taker: Rate) {
        self.maker = maker
        self.taker = taker
    }
}

extension Fill {
    /// Price times quantity in the quote currency, before fees.
    ///
    /// Rounded at 10^-18 against us: up for a buy, down for a sell, the same wherever it is computed.
    ///
    /// - Throws: `overflow`.
    package func notional() throws(MoneyError) -> Money {
        try price.notional(of: quantity, side == .buy ? .up : .down)
    }

    /// What the fill did to the cash balance: negative for a buy; a reversal gives it back.
    ///
    /// - Throws: `overflow` or `currencyMismatch`.
    package func cashChange() throws(MoneyError) -> Money {
        let gross = try notional()
        let change = side == .buy ? try gross.negated - fee : try gross - fee
        return kind == .reversal ? change.negated : change
    }
}
