import Testing
import VigilModel

@testable import VigilExchange

/// What is paid, earned and held where a product of two numbers has more than eighteen places.
@Suite struct VenueRoundingTests {
    private static let third = "0.333333333333333333"
    private static let unit = "0.000000000000000001"

    /// A venue whose grid is the finest there is.
    private static func fine(
        priceIncrement: String = unit,
        quoteMin: String = unit
    ) throws -> MatchingEngine {
        let product = try Product(
            id: VenueFixture.btc,
            baseIncrement: Quantity(unit),
            priceIncrement: Price(priceIncrement, .usd),
            baseMin: Quantity(unit),
            quoteMin: Money(quoteMin, .usd),
            status: .online
        )
        var engine = MatchingEngine(
            products: [product],
            fees: FeeSchedule(maker: try Rate("0.004"), taker: try Rate("0.006"))
        )
        try engine.deposit(Money("100", .usd))
        return engine
    }

    private static func request(_ side: Side, _ terms: OrderTerms) -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID("mine"),
            product: VenueFixture.btc,
            side: side,
            terms: terms
        )
    }

    private static func limit(_ price: String, _ quantity: String) throws -> OrderRequest {
        request(
            .buy,
            .limit(
                price: try Price(price, .usd),
                quantity: try Quantity(quantity),
                timeInForce: .goodTillCanceled,
                postOnly: false
            )
        )
    }

    @Test func `a taker who buys pays the last unit of the price and of the fee`() throws {
        var venue = try VenueFixture()
        _ = try venue.engine.update(VenueFixture.book(asks: [("101.01", Self.third)]))
        let events = try venue.limit(.buy, "101.01", "1", .immediateOrCancel)
        #expect(events.fills == ["101.01×\(Self.third) taker"])
        // 33.66999999999999996633 and 0.6 % of it, each up.
        #expect(try venue.balance("USD").available == "9966.127980000000000033")
    }

    @Test func `a taker who sells gets what is whole, and pays the fee up`() throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("1", #require(Currency("BTC"))))
        _ = try venue.engine.update(VenueFixture.book(bids: [("99.01", Self.third)]))
        let events = try venue.limit(.sell, "99.01", "1", .immediateOrCancel)
        #expect(events.fills == ["99.01×\(Self.third) taker"])
        // 33.0033333333333333003, down to 33.0033333333333333, less 0.198019…9998, up to 0.19802.
        #expect(try venue.balance("USD").available == "10032.8053133333333333")
    }

    @Test func `a maker who buys keeps the rest of its hold, to the last unit`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99.01", "1")
        #expect(try venue.balance("USD").onHold == "99.60406")
        _ = try venue.trade("99.01", Self.third, maker: .buy)
        #expect(try venue.balance("USD") == ("9900.39594", "66.468713333333333365"))
    }

    @Test func `a maker who sells gets what is whole, less a fee that is rounded up`() throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("1", #require(Currency("BTC"))))
        _ = try venue.limit(.sell, "100.99", "1")
        _ = try venue.trade("100.99", Self.third, maker: .sell)
        #expect(try venue.balance("USD").available == "10033.528679999999999965")
        #expect(try venue.balance("BTC") == ("0", "0.666666666666666667"))
    }

    @Test func `what a buy holds is rounded up twice`() throws {
        var engine = try Self.fine()
        let events = engine.submit(
            try Self.limit("1.01", "1.000000000000000001"),
            at: VenueFixture.now
        )
        #expect(events.ending == "open")
        // 1.01000000000000000101 and 0.006060000000000000012, each up.
        #expect(engine.accounts.row(.usd).onHold.amount == "1.016060000000000003")
    }

    @Test(arguments: [
        ("33.333333333333333333", "INVALID_SIZE_TOO_SMALL"), ("33.333333333333333334", "open"),
    ])
    func `an order that is worth a dollar only when rounded up is too small`(
        quantity: String,
        ending: String
    ) throws {
        var engine = try Self.fine(priceIncrement: "0.01", quoteMin: "1")
        let events = engine.submit(try Self.limit("0.03", quantity), at: VenueFixture.now)
        #expect(events.ending == ending)
    }

    /// At a price of one unit the fee of 0.6 % costs a whole one, so that a quantity costs twice its
    /// price; three units are kept back for the rounding.
    ///
    /// | amount | wanted | paid | left | wanted then |
    /// | --- | --- | --- | --- | --- |
    /// | 103 | (103 − 3) / 2 = 50 | 50 + 1 | 52 | 24.5, of 10 that are there |
    /// | 7 | (7 − 3) / 2 = 2 | 2 + 1 | 4 | (4 − 3) / 2 = 0.5, for 1 + 1 |
    /// | 4 | (4 − 3) / 2 = 0.5 | 1 + 1 | 2 | nothing: 2 are not more than 3 |
    /// | 3 | nothing | | | |
    @Test(arguments: [
        (103, ["50 taker", "10 taker"], "canceled", 62),
        (7, ["2 taker", "0.5 taker"], "filled", 5),
        (4, ["0.5 taker"], "filled", 2), (3, [], "canceled", 0),
    ])
    func `a quote-sized buy never spends a unit more than its amount`(
        amount: Int,
        fills: [String],
        ending: String,
        spent: Int
    ) throws {
        var engine = try Self.fine()
        _ = try engine.update(VenueFixture.book(bids: [], asks: [(Self.unit, "60")]))
        let money = Money(raw: Int128(amount), currency: .usd)
        let events = engine.submit(
            Self.request(.buy, .marketQuote(money)),
            at: VenueFixture.now
        )
        #expect(events.fills == fills.map { "\(Self.unit)×\($0)" })
        #expect(events.ending == ending)
        let left = try Money("100", .usd) - Money(raw: Int128(spent), currency: .usd)
        #expect(engine.accounts.row(.usd).available == left)
        #expect(engine.accounts.row(.usd).onHold.isZero)
    }

    /// 100 units buy 99.4 at a price of one and a fee of 0.6 %, which is less than the sixteenth place;
    /// 101 buy 100.4, of which 100 are asked for.
    @Test(arguments: [(103, [], 0), (104, ["1×0.0000000000000001 taker"], 101)])
    func `a quote-sized buy asks for no more than sixteen places`(
        amount: Int,
        fills: [String],
        spent: Int
    ) throws {
        var engine = try Self.fine()
        _ = try engine.update(VenueFixture.book(bids: [], asks: [("1", "60")]))
        let money = Money(raw: Int128(amount), currency: .usd)
        let events = engine.submit(
            Self.request(.buy, .marketQuote(money)),
            at: VenueFixture.now
        )
        #expect(events.fills == fills)
        let left = try Money("100", .usd) - Money(raw: Int128(spent), currency: .usd)
        #expect(engine.accounts.row(.usd).available == left)
    }

    @Test func `an end of a quote-sized buy says what the protected price would have left`() throws
    {
        var venue = try VenueFixture()
        _ = venue.engine.takeChanges()
        _ = try venue.engine.update(VenueFixture.book(asks: [("101", "1")]))
        let events = venue.submit(.buy, .marketQuote(try Money("503", .usd)), id: "mine")
        #expect(events.fills == ["101×1 taker"])
        #expect(events.ending == "canceled")
        let order = venue.engine.takeChanges().orders[ClientOrderID("mine")]
        // 503 / 104.03, up, less the 1 that was there.
        #expect(order?.remaining.description == "3.835143708545611843")
    }

    /// 1.000000000000000001 times 1.03 and times 0.97 end in …03 and …97 beyond the last place.
    @Test(arguments: [
        (Side.buy, "1.030000000000000001", 2), (.buy, "1.030000000000000002", 1),
        (.sell, "0.970000000000000001", 2), (.sell, "0.97", 1),
    ])
    func `the protection of a market order is rounded towards the touch`(
        side: Side,
        second: String,
        fills: Int
    ) throws {
        var engine = try Self.fine()
        try engine.deposit(Money("5", #require(Currency("BTC"))))
        let levels = [("1.000000000000000001", "1"), (second, "1")]
        _ = try engine.update(
            VenueFixture.book(
                bids: side == .sell ? levels : [],
                asks: side == .buy ? levels : []
            )
        )
        let events = engine.submit(
            Self.request(side, .marketBase(try Quantity("2"))),
            at: VenueFixture.now
        )
        #expect(events.fills.count == fills)
    }

    @Test(arguments: [
        (Side.buy, "103", 2), (.buy, "103.01", 1), (.sell, "97", 2), (.sell, "96.99", 1),
    ])
    func `a market order runs three percent from the touch and no further`(
        side: Side,
        second: String,
        fills: Int
    ) throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("5", #require(Currency("BTC"))))
        let levels = [("100", "1"), (second, "1")]
        _ = try venue.engine.update(
            VenueFixture.book(
                bids: side == .sell ? levels : [],
                asks: side == .buy ? levels : []
            )
        )
        #expect(venue.submit(side, .marketBase(try Quantity("2"))).fills.count == fills)
    }
}
