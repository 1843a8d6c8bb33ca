import Testing
import VigilModel

@testable import VigilExchange

/// What the venue refuses, with each rule at its edge.
@Suite struct OrderRulesTests {
    /// What can be asked for: resting, resting only, and what trades at once.
    enum Asked: String, CaseIterable, Sendable {
        case limit, postOnly, marketBase, marketQuote, stopLimit

        func terms() throws -> OrderTerms {
            switch self {
            case .limit, .postOnly:
                .limit(
                    price: try Price("99", .usd),
                    quantity: try Quantity("1"),
                    timeInForce: .goodTillCanceled,
                    postOnly: self == .postOnly
                )
            case .marketBase: .marketBase(try Quantity("1"))
            case .marketQuote: .marketQuote(try Money("100", .usd))
            case .stopLimit: try OrderRulesTests.stop("110", "111", .rising)
            }
        }
    }

    static func stop(
        _ stop: String,
        _ limit: String,
        _ direction: StopDirection
    ) throws -> OrderTerms {
        .stopLimit(
            stop: try Price(stop, .usd),
            limit: try Price(limit, .usd),
            quantity: try Quantity("1"),
            direction: direction
        )
    }

    private static func limit(_ price: Price, _ quantity: Quantity) -> OrderTerms {
        .limit(
            price: price,
            quantity: quantity,
            timeInForce: .goodTillCanceled,
            postOnly: false
        )
    }

    private static func rich(_ status: TradingStatus = .online) throws -> VenueFixture {
        var venue = try VenueFixture(status: status)
        try venue.engine.deposit(Money("100", #require(Currency("BTC"))))
        return venue
    }

    @Test(arguments: TradingStatus.allCases, Asked.allCases)
    func `each status admits what it says and nothing else`(
        status: TradingStatus,
        asked: Asked
    ) throws {
        let admitted: [TradingStatus: Set<Asked>] = [
            .online: Set(Asked.allCases), .postOnly: [.postOnly],
            .limitOnly: [.limit, .postOnly, .stopLimit],
        ]
        var venue = try Self.rich(status)
        let isAdmitted = try venue.submit(.buy, asked.terms()).ending != "PRODUCT_NOT_TRADABLE"
        #expect(isAdmitted == (admitted[status] ?? []).contains(asked))
    }

    @Test(arguments: [
        // 1,000 times the smallest size is exactly the smallest worth.
        ("1000", "0.001", "open"), ("999.99", "0.001", "INVALID_SIZE_TOO_SMALL"),
        ("1000", "0", "INVALID_SIZE_TOO_SMALL"), ("0", "1", "INVALID_PRICE_PRECISION"),
        ("1000.005", "1", "INVALID_PRICE_PRECISION"), ("1000", "1.0005", "INVALID_SIZE_PRECISION"),
        ("99", "1", "filled"), ("1000", "100", "open"), ("1000", "100.001", "INSUFFICIENT_FUND"),
    ])
    func `a limit order is on the grid, large enough and paid for`(
        price: String,
        quantity: String,
        ending: String
    ) throws {
        var venue = try Self.rich()
        #expect(try venue.limit(.sell, price, quantity).ending == ending)
    }

    @Test(arguments: [("0.01", "open"), ("0.009", "INVALID_SIZE_TOO_SMALL")])
    func `the smallest size of a product is itself large enough`(
        quantity: String,
        ending: String
    ) throws {
        let product = try Product(
            id: VenueFixture.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.01"),
            quoteMin: Money("0.1", .usd),
            status: .online
        )
        var engine = MatchingEngine(products: [product], fees: try VenueFixture().engine.fees)
        try engine.deposit(Money("100", .usd))
        _ = try engine.update(VenueFixture.book())
        let size = try Quantity(quantity)
        for (id, terms) in [
            ("limit", Self.limit(try Price("99", .usd), size)), ("market", .marketBase(size)),
        ] {
            let request = OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: VenueFixture.btc,
                side: .buy,
                terms: terms
            )
            let events = engine.submit(request, at: VenueFixture.now)
            #expect(events.ending == (id == "market" && ending == "open" ? "filled" : ending))
        }
    }

    @Test(arguments: [
        (Side.buy, "1", "filled"), (.buy, "0.99", "INVALID_SIZE_TOO_SMALL"),
        (.buy, "1.005", "INVALID_SIZE_PRECISION"), (.sell, "100", "PRODUCT_NOT_TRADABLE"),
        (.buy, "10000", "canceled"), (.buy, "10000.01", "INSUFFICIENT_FUND"),
    ])
    func `an amount is on the grid, large enough, for a buy and no more than there is`(
        side: Side,
        amount: String,
        ending: String
    ) throws {
        var venue = try Self.rich()
        #expect(venue.submit(side, .marketQuote(try Money(amount, .usd))).ending == ending)
    }

    @Test(arguments: [("1.0005", "INVALID_SIZE_PRECISION"), ("0.001", "filled"), ("1", "filled")])
    func `a market size is on the grid`(quantity: String, ending: String) throws {
        var venue = try Self.rich()
        #expect(venue.submit(.sell, .marketBase(try Quantity(quantity))).ending == ending)
    }

    @Test(arguments: [
        (Side.buy, "101", false), (.buy, "100.99", true), (.sell, "99", false),
        (.sell, "99.01", true),
    ])
    func `post-only may come as near as one tick to the other side`(
        side: Side,
        price: String,
        rests: Bool
    ) throws {
        var venue = try Self.rich()
        let ending = try venue.limit(side, price, "1", postOnly: true).ending
        #expect(ending == (rests ? "open" : "INVALID_LIMIT_PRICE_POST_ONLY"))
        _ = try venue.engine.update(VenueFixture.book(bids: [], asks: []))
        let alone = try venue.limit(side, price, "1", postOnly: true).ending
        #expect(alone == "open")
    }

    @Test(arguments: [(0, "END_TIME_IS_IN_THE_PAST"), (1, "open"), (-1, "END_TIME_IS_IN_THE_PAST")])
    func `an end time is later than now`(nanoseconds: Int, ending: String) throws {
        var venue = try Self.rich()
        let end = VenueFixture.now + .nanoseconds(nanoseconds)
        #expect(try venue.limit(.buy, "99", "1", .goodTillTime(end)).ending == ending)
    }

    @Test(arguments: [
        ("100", StopDirection.rising, "STOP_PRICE_WRONG_SIDE"), ("100.01", .rising, "open"),
        ("100", .falling, "STOP_PRICE_WRONG_SIDE"), ("99.99", .falling, "open"),
        ("99.995", .falling, "INVALID_PRICE_PRECISION"), ("0", .falling, "INVALID_PRICE_PRECISION"),
    ])
    func `a stop lies beyond the last trade, on the grid`(
        price: String,
        direction: StopDirection,
        ending: String
    ) throws {
        var venue = try Self.rich()
        let terms = try Self.stop(price, "90", direction)
        let early = venue.submit(.sell, terms).ending
        #expect(early == (ending == "STOP_PRICE_WRONG_SIDE" ? "open" : ending))
        var later = try Self.rich()
        _ = try later.trade("100", "1", maker: .buy)
        #expect(later.submit(.sell, terms).ending == ending)
    }

    @Test(arguments: [
        ("0.99", "1", "INVALID_SIZE_TOO_SMALL"), ("1", "1", "open"),
        ("90.005", "1", "INVALID_PRICE_PRECISION"), ("90", "1.0005", "INVALID_SIZE_PRECISION"),
    ])
    func `what a stop sends is itself an order on the grid, and large enough`(
        limit: String,
        quantity: String,
        ending: String
    ) throws {
        var venue = try Self.rich()
        let terms = OrderTerms.stopLimit(
            stop: try Price("95", .usd),
            limit: try Price(limit, .usd),
            quantity: try Quantity(quantity),
            direction: .falling
        )
        #expect(venue.submit(.sell, terms).ending == ending)
    }

    @Test func `numbers at the end of what can be held are refused for their places`() throws {
        let most = Int128.max
        let (price, quantity) = (try Price("99", .usd), try Quantity("1"))
        let huge = (try Price(raw: most, currency: .usd), try Quantity(raw: most))
        let cases: [(OrderTerms, RejectionReason)] = [
            (Self.limit(huge.0, quantity), .pricePrecision),
            (Self.limit(price, huge.1), .quantityPrecision),
            (.marketBase(huge.1), .quantityPrecision),
            (.marketQuote(Money(raw: most, currency: .usd)), .quantityPrecision),
            (
                .stopLimit(stop: huge.0, limit: price, quantity: quantity, direction: .rising),
                .pricePrecision
            ),
        ]
        for (terms, reason) in cases {
            var venue = try Self.rich()
            #expect(venue.submit(.buy, terms).ending == reason.rawValue, "\(terms)")
        }
    }

    @Test func `a worth that cannot be held is refused, and nothing is held for it`() throws {
        var venue = try Self.rich()
        #expect(try venue.limit(.buy, "99", "100000000000000000000").ending == "ARITHMETIC")
        #expect(try venue.balance("USD") == ("10000", "0"))
        #expect(venue.engine.openOrders.isEmpty)
    }

    @Test func `a product that is not listed, and a market without a book, are not tradable`()
        throws
    {
        var venue = try Self.rich()
        let other = OrderRequest(
            clientOrderID: ClientOrderID("other"),
            product: ProductID(base: try #require(Currency("ETH")), quote: .usd),
            side: .buy,
            terms: Self.limit(try Price("99", .usd), try Quantity("1"))
        )
        #expect(venue.engine.submit(other, at: VenueFixture.now).ending == "PRODUCT_NOT_TRADABLE")
        _ = try venue.engine.update(VenueFixture.book(bids: [], asks: []))
        for side in [Side.buy, .sell] {
            let events = venue.submit(side, .marketBase(try Quantity("1")))
            #expect(events.ending == "PRODUCT_NOT_TRADABLE")
        }
        let amount = venue.submit(.buy, .marketQuote(try Money("5", .usd)))
        #expect(amount.ending == "PRODUCT_NOT_TRADABLE")
    }
}
