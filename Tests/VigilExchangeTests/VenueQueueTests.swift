import Testing
import VigilModel

@testable import VigilExchange

/// Queues, stops, own orders and what of them is shown, with each comparison at its edge.
@Suite struct VenueQueueTests {
    private static func rich() throws -> VenueFixture {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("100", #require(Currency("BTC"))))
        return venue
    }

    private static func stop(
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

    private static func ahead(_ venue: VenueFixture, _ id: String = "mine") -> String? {
        venue.engine.working(ClientOrderID(id), of: VenueFixture.btc)?.ahead.description
    }

    /// The book shows 5 at 99, 10 at 98 and 20 at 97, and as much at 101, 102 and 103.
    @Test(arguments: [
        (Side.buy, "100", "0"), (.buy, "99", "5"), (.buy, "98.5", "0"), (.buy, "97", "20"),
        (.buy, "96.99", "20"), (.sell, "100", "0"), (.sell, "101", "5"), (.sell, "102.5", "0"),
        (.sell, "103", "20"), (.sell, "103.01", "20"),
    ])
    func `the volume at a price is ahead, and beyond the last level as much as there`(
        side: Side,
        price: String,
        ahead: String
    ) throws {
        var venue = try Self.rich()
        _ = try venue.limit(side, price, "1", id: "mine")
        #expect(Self.ahead(venue) == ahead)
        _ = try venue.engine.update(VenueFixture.book(bids: [], asks: []))
        _ = try venue.limit(side, price, "1", id: "alone")
        #expect(Self.ahead(venue, "alone") == "0")
    }

    @Test(arguments: [("4.999", "4.999"), ("5", "5"), ("8", "5")])
    func `a book that shows less shortens the queue, and one that shows more does not lengthen it`(
        shown: String,
        ahead: String
    ) throws {
        var venue = try Self.rich()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        _ = try venue.engine.update(VenueFixture.book(bids: [("99", shown)]))
        #expect(Self.ahead(venue) == ahead)
    }

    @Test func `a print below an order's price leaves its queue as it is`() throws {
        var venue = try Self.rich()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        #expect(try venue.trade("98.5", "0.4", maker: .buy).fills == ["99×0.4 maker"])
        #expect(Self.ahead(venue) == "5")
        #expect(try venue.trade("99.01", "9", maker: .buy).fills.isEmpty)
        #expect(try venue.trade("99", "9", maker: .sell).fills.isEmpty)
        #expect(Self.ahead(venue) == "5")
        #expect(try venue.trade("99", "5", maker: .buy).fills.isEmpty)
        #expect(Self.ahead(venue) == "0")
        #expect(try venue.trade("99", "9", maker: .buy).fills == ["99×0.6 maker"])
    }

    @Test(arguments: [("5", "filled"), ("5.001", "FOK_NOT_FILLABLE")])
    func `fill-or-kill takes all that is there within its price`(
        quantity: String,
        ending: String
    )
        throws
    {
        var venue = try Self.rich()
        #expect(try venue.limit(.buy, "101", quantity, .fillOrKill).ending == ending)
        #expect(try venue.limit(.sell, "99", quantity, .fillOrKill).ending == ending)
    }

    @Test(arguments: [("100", "SELF_TRADE_PREVENTED"), ("99.99", "open")])
    func `an order may come as near as one tick to an own one of the other side`(
        price: String,
        ending: String
    ) throws {
        var venue = try Self.rich()
        _ = try venue.limit(.sell, "100", "1")
        #expect(try venue.limit(.buy, price, "1").ending == ending)
        #expect(try venue.balance("USD").onHold == (ending == "open" ? "100.58994" : "0"))
    }

    @Test func `a stop that waits stands in nobody's way, and nobody in its`() throws {
        var venue = try Self.rich()
        #expect(venue.submit(.sell, try Self.stop("95", "94", .falling)).ending == "open")
        #expect(try venue.limit(.buy, "99", "1").ending == "open")
        #expect(venue.submit(.sell, try Self.stop("94", "93", .falling)).ending == "open")
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 3)
    }

    @Test func `a stop that would meet an own order when it wakes is canceled`() throws {
        var venue = try Self.rich()
        _ = try venue.limit(.sell, "101", "1")
        #expect(
            venue.submit(.buy, try Self.stop("102", "103", .rising), id: "mine").ending == "open"
        )
        #expect(try venue.balance("USD").onHold == "103.618")
        let events = try venue.trade("102", "1", maker: .buy)
        #expect(events.fills.isEmpty)
        #expect(events.ending == "canceled")
        #expect(try venue.balance("USD") == ("10000", "0"))
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 1)
    }

    @Test(arguments: [
        (Side.buy, StopDirection.rising, "102", "101.99", "102", "101×1 taker"),
        (.sell, .falling, "98", "98.01", "98", "99×1 taker"),
        (.buy, .rising, "102", "101.99", "102.01", "101×1 taker"),
        (.sell, .falling, "98", "98.01", "97.99", "99×1 taker"),
    ])
    func `a stop wakes at its price and beyond`(
        side: Side,
        direction: StopDirection,
        stop: String,
        before: String,
        at: String,
        fill: String
    ) throws {
        var venue = try Self.rich()
        let terms = try Self.stop(stop, side == .buy ? "103" : "97", direction)
        _ = venue.submit(side, terms, id: "mine")
        let id = ClientOrderID("mine")
        #expect(try venue.trade(before, "1", maker: .buy).isEmpty)
        #expect(venue.engine.working(id, of: VenueFixture.btc)?.isWaiting == true)
        let events = try venue.trade(at, "1", maker: .buy)
        #expect(events.fills == [fill])
        #expect(events.ending == "filled")
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 0)
    }

    @Test func `a stop that wakes and finds nothing rests, and says so`() throws {
        var venue = try Self.rich()
        _ = venue.submit(.buy, try Self.stop("102", "98", .rising), id: "mine")
        #expect(Self.ahead(venue) == "0")
        let events = try venue.trade("102", "1", maker: .sell)
        #expect(events.count == 1)
        #expect(events.ending == "open")
        let order = venue.engine.working(ClientOrderID("mine"), of: VenueFixture.btc)
        #expect(order?.isWaiting == false)
        #expect(order?.ahead.description == "10")
        #expect(try venue.trade("98", "10.25", maker: .buy).fills == ["98×0.25 maker"])
    }

    @Test func `a stop that waits cannot be filled whole, and nor can what is not open`() throws {
        var venue = try Self.rich()
        _ = venue.submit(.buy, try Self.stop("102", "98", .rising), id: "mine")
        for id in ["mine", "unknown"] {
            let events = try venue.engine.fillWhole(
                ClientOrderID(id),
                of: VenueFixture.btc,
                at: VenueFixture.now
            )
            #expect(events.isEmpty)
        }
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 1)
    }

    @Test func `a book that crosses itself fills the best buy first, then the sells`() throws {
        var venue = try Self.rich()
        for (side, price) in [
            (Side.sell, "101.5"), (.sell, "100.5"), (.buy, "98"), (.buy, "99"), (.sell, "101"),
        ] {
            _ = try venue.limit(side, price, "1")
        }
        let book = try VenueFixture.book(bids: [("102", "9")], asks: [("97", "9")])
        #expect(
            try venue.engine.update(book).fills == [
                "99×1 maker", "98×1 maker", "100.5×1 maker", "101×1 maker", "101.5×1 maker",
            ]
        )
        #expect(venue.engine.books[VenueFixture.btc]?.asks.first?.quantity.description == "7")
        #expect(venue.engine.books[VenueFixture.btc]?.bids.first?.quantity.description == "6")
    }

    @Test func `what the own orders show is what is left of those that rest, by side and price`()
        throws
    {
        var venue = try Self.rich()
        for (side, price, quantity) in [
            (Side.buy, "99", "1"), (.buy, "99", "0.5"), (.buy, "98", "2"), (.sell, "105", "3"),
        ] {
            _ = try venue.limit(side, price, quantity)
        }
        _ = venue.submit(.sell, try Self.stop("95", "94", .falling))
        _ = try venue.trade("99", "5.25", maker: .buy)
        let shown = try venue.engine.displayed(of: VenueFixture.btc)
        let expected: [Side: [Price: Quantity]] = [
            .buy: [
                try Price("99", .usd): try Quantity("1.25"),
                try Price("98", .usd): try Quantity("2"),
            ],
            .sell: [try Price("105", .usd): try Quantity("3")],
        ]
        #expect(shown == expected)
        let other = ProductID(base: try #require(Currency("ETH")), quote: .usd)
        #expect(try venue.engine.displayed(of: other).isEmpty)
    }

    @Test func `what the orders hold of a currency is what the account has on hold`() throws {
        var venue = try Self.rich()
        let btc = try #require(Currency("BTC"))
        #expect(try venue.engine.heldByOrders(.usd) == .zero(.usd))
        _ = try venue.limit(.buy, "99", "1")
        _ = try venue.limit(.buy, "98", "2")
        _ = try venue.limit(.sell, "105", "3")
        // 99 and 196, and 0.6 % of each.
        #expect(try venue.engine.heldByOrders(.usd) == Money("296.77", .usd))
        #expect(try venue.engine.heldByOrders(btc) == Money("3", btc))
        #expect(try venue.balance("USD").onHold == "296.77")
        #expect(try venue.balance("BTC") == ("97", "3"))
        let balances = venue.engine.accounts.balances
        #expect(balances.map(\.available.description) == ["97 BTC", "9703.23 USD"])
        #expect(balances.map(\.onHold.description) == ["3 BTC", "296.77 USD"])
    }
}
