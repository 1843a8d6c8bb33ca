import Testing
import VigilModel

@testable import VigilExchange

/// What an edit is refused for, what it keeps and what it renews.
@Suite struct AmendReasonTests {
    private static let id = ClientOrderID("mine")

    /// An order to buy 1 at 99, behind the 5 of the fixture's book, of which 0.5 have been filled.
    private static func partly() throws -> VenueFixture {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        _ = try venue.trade("99", "5.5", maker: .buy)
        return venue
    }

    @Test(arguments: [
        ("99", "0.5", RejectionReason.tooSmall), ("99.001", "1", .pricePrecision),
        ("99", "1.0005", .quantityPrecision), ("99", "0.001", .tooSmall),
        ("105", "2", .selfTrade), ("99", "200", .insufficientFunds), ("0", "1", .pricePrecision),
    ])
    func `an edit that cannot be is refused with its reason and changes nothing`(
        price: String,
        quantity: String,
        reason: RejectionReason
    ) throws {
        var venue = try Self.partly()
        try venue.engine.deposit(Money("5", #require(Currency("BTC"))))
        _ = try venue.limit(.sell, "104", "1", id: "other")
        _ = venue.engine.takeChanges()
        let before = (
            venue.engine.accounts, venue.engine.working(Self.id, of: VenueFixture.btc)
        )
        let refused = #expect(throws: MatchingEngine.Refused.self) {
            try venue.amend("mine", price, quantity).get()
        }
        #expect(refused?.reason == reason)
        #expect(venue.engine.accounts == before.0)
        #expect(venue.engine.working(Self.id, of: VenueFixture.btc) == before.1)
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 2)
        #expect(venue.engine.takeChanges().isEmpty)
    }

    @Test func `what is not open, not a limit order or not there is not tradable`() throws {
        var venue = try Self.partly()
        let stop = OrderTerms.stopLimit(
            stop: try Price("110", .usd),
            limit: try Price("111", .usd),
            quantity: try Quantity("1"),
            direction: .rising
        )
        _ = venue.submit(.buy, stop, id: "stop")
        for id in ["stop", "unknown"] {
            let refused = #expect(throws: MatchingEngine.Refused.self) {
                try venue.amend(id, "98", "1").get()
            }
            #expect(refused?.reason == .productNotTradable)
        }
        venue.engine.setStatus(.cancelOnly, of: VenueFixture.btc)
        let halted = #expect(throws: MatchingEngine.Refused.self) {
            try venue.amend("mine", "98", "1").get()
        }
        #expect(halted?.reason == .productNotTradable)
    }

    @Test func `an edit keeps post-only and the end time, which it is judged by`() throws {
        var venue = try VenueFixture()
        let end = VenueFixture.now + .seconds(60)
        _ = try venue.limit(.buy, "99", "1", .goodTillTime(end), postOnly: true, id: "mine")
        let crossing = #expect(throws: MatchingEngine.Refused.self) {
            try venue.amend("mine", "101", "1").get()
        }
        #expect(crossing?.reason == .postOnlyWouldCross)
        _ = try venue.amend("mine", "100", "1").get()
        #expect(venue.engine.nextExpiry == end)
        let request = try #require(venue.engine.order(Self.id)).request
        let terms = OrderTerms.limit(
            price: try Price("100", .usd),
            quantity: try Quantity("1"),
            timeInForce: .goodTillTime(end),
            postOnly: true
        )
        #expect(request.terms == terms)
        let late = try venue.engine.amend(
            Self.id,
            of: VenueFixture.btc,
            price: Price("98", .usd),
            quantity: Quantity("1"),
            at: end
        )
        #expect(late == .failure(MatchingEngine.Refused(reason: .endTimeInPast)))
    }

    @Test func `an edit that keeps its place is one report, with all that it keeps`() throws {
        var venue = try Self.partly()
        let old = try #require(venue.engine.order(Self.id))
        let events = try venue.amend("mine", "99", "0.501").get()
        guard case .orderUpdated(let order) = events.first else {
            Issue.record("the edit was not reported")
            return
        }
        #expect(events.count == 1)
        #expect(order == venue.engine.order(Self.id))
        #expect(order.venueOrderID == old.venueOrderID)
        #expect(order.createdAt == old.createdAt)
        #expect(order.filledQuantity.description == "0.5")
        #expect(order.status == .open)
        // 0.001 at 99 and 0.6 % of it.
        #expect(venue.engine.working(Self.id, of: VenueFixture.btc)?.hold.amount == "0.099594")
        #expect(try venue.balance("USD").onHold == "0.099594")
        #expect(try venue.trade("99", "0.5", maker: .buy).fills == ["99×0.001 maker"])
    }

    /// Both wait at 99 behind 5; where the first is edited it stays first, or is behind the second.
    @Test(arguments: [
        ("99", "1", ["mine", "other"]), ("99", "0.9", ["mine", "other"]),
        ("99", "1.001", ["other", "mine"]),
    ])
    func `a size that is not larger keeps the place before a later order`(
        price: String,
        quantity: String,
        order: [String]
    ) throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        _ = try venue.limit(.buy, "99", "1", id: "other")
        let events = try venue.amend("mine", price, quantity).get()
        #expect(events.count == 1)
        #expect(venue.engine.openOrders.map(\.request.clientOrderID.text) == order)
        let fills = try venue.trade("99", "7.5", maker: .buy).compactMap { event in
            guard case .fillReported(let fill) = event else { return String?.none }
            return fill.clientOrderID.text
        }
        #expect(fills == order)
    }

    @Test func `an edit renews the rates, and the hold is of the new ones`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        venue.engine.fees = FeeSchedule(maker: try Rate("0.01"), taker: try Rate("0.02"))
        _ = try venue.amend("mine", "99", "0.5").get()
        #expect(try venue.balance("USD").onHold == "50.49")
        _ = try venue.trade("99", "6", maker: .buy)
        #expect(venue.engine.accounts.row(.usd).fees.amount == "0.495")
        #expect(try venue.balance("USD") == ("9950.005", "0"))
    }

    @Test func `the old hold pays for the new one`() throws {
        var venue = try VenueFixture()
        // 9,940 at 100 and 0.6 % leave 0.36 of 10,000.
        _ = try venue.limit(.buy, "100", "99.4", id: "mine")
        #expect(try venue.balance("USD") == ("0.36", "9999.64"))
        _ = try venue.amend("mine", "100", "99.403").get()
        #expect(try venue.balance("USD") == ("0.0582", "9999.9418"))
        let refused = #expect(throws: MatchingEngine.Refused.self) {
            try venue.amend("mine", "100", "99.404").get()
        }
        #expect(refused?.reason == .insufficientFunds)
        #expect(try venue.balance("USD") == ("0.0582", "9999.9418"))
    }

    @Test func `coins that the books cannot hold move no money either`() throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("170141183460469231731", #require(Currency("BTC"))))
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        let before = venue.engine.accounts
        #expect(throws: MoneyError.self) {
            try venue.engine.fillWhole(Self.id, of: VenueFixture.btc, at: VenueFixture.now)
        }
        #expect(venue.engine.accounts == before)
        #expect(venue.engine.order(Self.id)?.status == .open)
    }

    @Test func `names go on after an edit, and what it changed is to be stored`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        _ = venue.engine.takeChanges()
        _ = try venue.amend("mine", "99", "0.5").get()
        let changes = venue.engine.takeChanges()
        #expect(changes.orders[Self.id]?.hold.amount == "49.797")
        #expect(changes.accounts)
        // One for the order, one for the edit.
        guard case .orderAccepted(let next) = try venue.limit(.buy, "98", "1").first else {
            Issue.record("the next order was not accepted")
            return
        }
        #expect(next.venueOrderID == VenueOrderID("venue-3"))
    }
}
