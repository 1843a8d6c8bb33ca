import VigilExchange
import VigilModel

/// A venue with one product and a book that can be read at a glance.
struct VenueFixture {
    static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    static let now = Instant(seconds: 1_767_571_200)

    var engine: MatchingEngine
    private var count = 0

    /// Fees of 0.4 % and 0.6 %, 10,000 USD, a book of three levels a side around 100.
    init(status: TradingStatus = .online) throws {
        let product = try Product(
            id: Self.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: status
        )
        engine = MatchingEngine(
            products: [product],
            fees: FeeSchedule(maker: try Rate("0.004"), taker: try Rate("0.006"))
        )
        try engine.deposit(Money("10000", .usd))
        _ = try engine.update(Self.book())
    }

    static func book(
        bids: [(String, String)] = [("99", "5"), ("98", "10"), ("97", "20")],
        asks: [(String, String)] = [("101", "5"), ("102", "10"), ("103", "20")]
    ) throws -> OrderBook {
        OrderBook(
            product: btc,
            bids: try bids.map {
                BookLevel(price: try Price($0.0, .usd), quantity: try Quantity($0.1))
            },
            asks: try asks.map {
                BookLevel(price: try Price($0.0, .usd), quantity: try Quantity($0.1))
            },
            occurredAt: now
        )
    }

    mutating func submit(_ side: Side, _ terms: OrderTerms, id: String? = nil) -> [VenueEvent] {
        count += 1
        let request = OrderRequest(
            clientOrderID: ClientOrderID(id ?? "o\(count)"),
            product: Self.btc,
            side: side,
            terms: terms
        )
        return engine.submit(request, at: Self.now)
    }

    mutating func limit(
        _ side: Side,
        _ price: String,
        _ quantity: String,
        _ timeInForce: TimeInForce = .goodTillCanceled,
        postOnly: Bool = false,
        id: String? = nil
    ) throws -> [VenueEvent] {
        submit(
            side,
            .limit(
                price: try Price(price, .usd),
                quantity: try Quantity(quantity),
                timeInForce: timeInForce,
                postOnly: postOnly
            ),
            id: id
        )
    }

    mutating func trade(_ price: String, _ quantity: String, maker: Side) throws -> [VenueEvent] {
        try engine.trade(
            Trade(
                product: Self.btc,
                price: Price(price, .usd),
                quantity: Quantity(quantity),
                makerSide: maker,
                occurredAt: Self.now
            )
        )
    }

    mutating func amend(
        _ id: String,
        _ price: String,
        _ quantity: String
    ) throws -> Result<[VenueEvent], MatchingEngine.Refused> {
        try engine.amend(
            ClientOrderID(id),
            of: Self.btc,
            price: Price(price, .usd),
            quantity: Quantity(quantity),
            at: Self.now
        )
    }

    func balance(_ code: String) throws -> (available: String, onHold: String) {
        let row = engine.accounts.row(Currency(code) ?? .usd)
        return (row.available.amount, row.onHold.amount)
    }
}

extension [VenueEvent] {
    /// `price×quantity role` of every fill.
    var fills: [String] {
        compactMap { event in
            guard case .fillReported(let fill) = event else { return nil }
            return "\(fill.price)×\(fill.quantity) \(fill.role.rawValue)"
        }
    }

    /// The last status that was reported, or the reason of a rejection.
    var ending: String? {
        for event in reversed() {
            switch event {
            case .orderUpdated(let order), .orderAccepted(let order): return order.status.rawValue
            case .orderRejected(_, let reason): return reason.rawValue
            case .fillReported: continue
            }
        }
        return nil
    }
}
