import Testing
import VigilExchange
import VigilMarkets
import VigilModel
import VigilTestSupport

/// A random day at the venue: the simulator's market with random orders in it, told line by line to the
/// oracle, and with what the venue answered to each line.
struct VenueStory {
    private(set) var lines: [String] = []
    private(set) var answers: [String] = []
    private var engine: MatchingEngine
    private var market: MarketGenerator
    private var random: SeededRandom
    private var now = VenueFixture.now
    private var count = 0
    private let products: [Product]

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        let specs = try ["BTC-USD", "DOGE-USD"].map {
            try ProductSpec(try #require(ProductID($0)), tier: 2)
        }
        products = specs.map(\.product)
        market = MarketGenerator(specs, seed: seed, start: now, warmup: 60)
        engine = MatchingEngine(
            products: products,
            fees: FeeSchedule(maker: try Rate("0.004"), taker: try Rate("0.006"))
        )
        for product in products {
            let rules = [
                product.priceIncrement.raw, product.baseIncrement.raw, product.quoteIncrement.raw,
                product.baseMin.raw, product.quoteMin.raw,
            ]
            tell("P \(product.id) \(rules.map(String.init).joined(separator: " "))", [])
        }
        tell("$ \(engine.fees.maker.raw) \(engine.fees.taker.raw)", [])
        tell("N \(now.nanoseconds)", [])
        try deposit("USD", "30000")
        try deposit("BTC", "0.15")
        try deposit("DOGE", "40000.5")
    }

    mutating func play(steps: Int) throws {
        for step in 0..<steps {
            now = now + .seconds(5)
            for event in try market.step(at: now) {
                try take(event)
            }
            for _ in 0..<random.integer(in: 0...3) {
                try act()
            }
            if step == steps / 2 {
                engine.fees = FeeSchedule(maker: try Rate("0.0015"), taker: try Rate("0.0065"))
                tell("$ \(engine.fees.maker.raw) \(engine.fees.taker.raw)", [])
            }
        }
    }

    // MARK: the market

    private mutating func take(_ step: MarketStep) throws {
        if let book = step.book {
            // The market moves little in five seconds: an aggressive one makes more orders trade.
            let moved = try Self.moved(book, by: random.integer(in: -6...6), products)
            let line = "B \(step.product) \(Self.levels(moved.bids)) \(Self.levels(moved.asks))"
            tell(line, try engine.update(moved))
        }
        for trade in step.trades {
            let price = try Self.moved(
                trade.price,
                by: random.integer(in: -3...3),
                step.product,
                products
            )
            let print = Trade(
                product: trade.product,
                price: price,
                quantity: trade.quantity,
                makerSide: trade.makerSide,
                occurredAt: now
            )
            let side = print.makerSide.rawValue
            tell(
                "T \(print.product) \(print.price.raw) \(print.quantity.raw) \(side)",
                try engine.trade(print)
            )
        }
        if random.unit() < 0.03 {
            let status =
                [TradingStatus.online, .postOnly, .limitOnly, .cancelOnly]
                .randomElement(using: &random) ?? .online
            set(status, of: step.product)
        } else if random.unit() < 0.3 {
            set(.online, of: step.product)
        }
    }

    private mutating func set(_ status: TradingStatus, of product: ProductID) {
        engine.setStatus(status, of: product)
        tell("S \(product) \(status.rawValue)", [])
    }

    private static func moved(
        _ book: OrderBook,
        by ticks: Int,
        _ products: [Product]
    ) throws
        -> OrderBook
    {
        func moved(_ levels: [BookLevel]) throws -> [BookLevel] {
            try levels.map {
                BookLevel(
                    price: try Self.moved($0.price, by: ticks, book.product, products),
                    quantity: $0.quantity
                )
            }
        }
        return OrderBook(
            product: book.product,
            bids: try moved(book.bids),
            asks: try moved(book.asks),
            occurredAt: book.occurredAt
        )
    }

    private static func moved(
        _ price: Price,
        by ticks: Int,
        _ id: ProductID,
        _ products: [Product]
    ) throws -> Price {
        let tick = products.first { $0.id == id }?.priceIncrement.raw ?? 1
        let raw = price.raw + Int128(ticks) * tick
        return raw > 0 ? try Price(raw: raw, currency: price.currency) : price
    }

    private static func levels(_ levels: [BookLevel]) -> String {
        levels.isEmpty
            ? "-" : levels.map { "\($0.price.raw):\($0.quantity.raw)" }.joined(separator: ",")
    }

    // MARK: the owner

    private mutating func act() throws {
        let open = engine.openOrders
        let kind = random.integer(in: 0...19)
        switch (kind, open.randomElement(using: &random)) {
        case (0, let order?):
            let id = order.request.clientOrderID
            tell("C \(id)", try engine.cancel(id))
        case (1...3, let order?): try amend(order)
        case (4, _):
            let side: Side = random.unit() < 0.5 ? .buy : .sell
            if random.unit() < 0.2 { tell("X \(side.rawValue)", try engine.cancelAll(side)) }
        case (5, _):
            tell("E \(now.nanoseconds)", try engine.expire(at: now))
        default: try submit()
        }
    }

    private mutating func amend(_ order: VenueOrder) throws {
        guard case .limit(let price, let quantity, _, _) = order.request.terms,
            let product = products.first(where: { $0.id == order.request.product })
        else { return }
        let id = order.request.clientOrderID
        let ticks = random.unit() < 0.4 ? 0 : random.integer(in: -4...4)
        let newPrice = try Self.moved(price, by: ticks, product.id, products)
        let step = product.baseIncrement.raw
        let parts = Int128(random.integer(in: 0...12))
        let newQuantity = try Quantity(raw: quantity.raw / 8 * parts / step * step)
        tell("N \(now.nanoseconds)", [])
        let line = "A \(id) \(newPrice.raw) \(newQuantity.raw)"
        let result = try engine.amend(
            id,
            of: product.id,
            price: newPrice,
            quantity: newQuantity,
            at: now
        )
        switch result {
        case .success(let events): tell(line, events)
        case .failure(let refused): tell(line, [], before: ["N \(id) \(refused.reason.rawValue)"])
        }
    }

    private mutating func submit() throws {
        guard let product = products.randomElement(using: &random),
            let quote = engine.books[product.id]?.quote
        else { return }
        if count == 0 || random.unit() > 0.03 { count += 1 }
        let side: Side = random.unit() < 0.5 ? .buy : .sell
        let (terms, text) = try terms(product, side, quote)
        tell("N \(now.nanoseconds)", [])
        let id = "o\(count)"
        let request = OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: product.id,
            side: side,
            terms: terms
        )
        tell("O \(id) \(product.id) \(side.rawValue) \(text)", engine.submit(request, at: now))
    }

    private mutating func terms(
        _ product: Product,
        _ side: Side,
        _ quote: Quote
    ) throws -> (OrderTerms, String) {
        let touch = random.unit() < 0.5 ? quote.bid : quote.ask
        var price = try Self.moved(touch, by: random.integer(in: -5...5), product.id, products)
        // From dust to more than there is.
        let wanted = [0.3, 20, 300, 2_000, 9_000].cycled(random.next()) * (0.5 + random.unit())
        let steps = Int128(wanted / price.indicator / product.baseIncrement.indicator)
        var quantity = try Quantity(raw: max(steps, 1) * product.baseIncrement.raw)
        if random.unit() < 0.03 { quantity = try Quantity(raw: quantity.raw + 1) }
        if random.unit() < 0.03 { price = try Price(raw: price.raw + 1, currency: .usd) }
        switch random.integer(in: 0...11) {
        case 0: return (.marketBase(quantity), "base quantity=\(quantity.raw)")
        case 1:
            let cents = Int128(random.integer(in: 10...60_000))
            let odd: Int128 = random.unit() < 0.1 ? 1 : 0
            let raw = cents * FixedPoint.one / 100 + odd
            return (.marketQuote(Money(raw: raw, currency: .usd)), "quote amount=\(raw)")
        case 2:
            let stop = try Self.moved(touch, by: random.integer(in: -9...9), product.id, products)
            let direction: StopDirection = random.unit() < 0.5 ? .rising : .falling
            return (
                .stopLimit(stop: stop, limit: price, quantity: quantity, direction: direction),
                "stop stop=\(stop.raw) price=\(price.raw) quantity=\(quantity.raw) "
                    + "direction=\(direction.rawValue)"
            )
        default: return limitTerms(price, quantity)
        }
    }

    private mutating func limitTerms(_ price: Price, _ quantity: Quantity) -> (OrderTerms, String) {
        let end = now + .seconds(random.integer(in: -1...60))
        let (force, name): (TimeInForce, String) =
            switch random.integer(in: 0...6) {
            case 0: (.immediateOrCancel, "ioc")
            case 1: (.fillOrKill, "fok")
            case 2, 3: (.goodTillTime(end), "gtt")
            default: (.goodTillCanceled, "gtc")
            }
        let rests = name == "gtt" || name == "gtc"
        let postOnly = rests && random.unit() < 0.4
        let terms = OrderTerms.limit(
            price: price,
            quantity: quantity,
            timeInForce: force,
            postOnly: postOnly
        )
        return (
            terms,
            "limit price=\(price.raw) quantity=\(quantity.raw) force=\(name) "
                + "end=\(end.nanoseconds) post=\(postOnly ? 1 : 0)"
        )
    }

    // MARK: what is told

    private mutating func deposit(_ code: String, _ amount: String) throws {
        let currency = try #require(Currency(code))
        let money = try Money(amount, currency)
        try engine.deposit(money)
        tell("D \(code) \(money.raw)", [])
    }

    private mutating func tell(_ line: String, _ events: [VenueEvent], before: [String] = []) {
        lines.append(line)
        let told = before + events.map(Self.text)
        let orders = engine.openOrders.compactMap { order -> String? in
            let id = order.request.clientOrderID
            return engine.working(id, of: order.request.product).map {
                "\(id):\(order.filledQuantity.raw):\($0.ahead.raw):\($0.hold.raw)"
            }
        }
        let rows = ["BTC", "DOGE", "USD"].compactMap { code -> String? in
            guard let currency = Currency(code) else { return nil }
            let row = engine.accounts.row(currency)
            let amounts = [row.available.raw, row.onHold.raw, row.market.raw, row.fees.raw]
            guard amounts.contains(where: { $0 != 0 }) else { return nil }
            return code + ":" + amounts.map(String.init).joined(separator: ":")
        }
        answers.append(
            told.joined(separator: "; ") + " | " + orders.joined(separator: " ") + " | "
                + rows.joined(separator: " ")
        )
    }

    private static func text(_ event: VenueEvent) -> String {
        switch event {
        case .orderAccepted(let order):
            "A \(order.request.clientOrderID) \(order.status.rawValue) \(order.filledQuantity.raw)"
        case .orderUpdated(let order):
            "U \(order.request.clientOrderID) \(order.status.rawValue) \(order.filledQuantity.raw)"
        case .orderRejected(let id, let reason): "R \(id) \(reason.rawValue)"
        case .fillReported(let fill):
            "F \(fill.clientOrderID) \(fill.price.raw) \(fill.quantity.raw) \(fill.fee.raw) "
                + fill.role.rawValue
        }
    }
}
