import Foundation
import Testing
import VigilExchange
import VigilModel

@Suite struct AmendTests {
    private let id = ClientOrderID("mine")

    /// An order to buy 1 at 99, behind the 5 of the fixture's book.
    private func resting() throws -> VenueFixture {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "mine")
        return venue
    }

    @Test func `a smaller size at the same price keeps its place`() throws {
        var venue = try resting()
        _ = try venue.amend("mine", "99", "0.4").get()
        #expect(try venue.trade("99", "5.4", maker: .buy).fills == ["99×0.4 maker"])
        #expect(venue.engine.order(id)?.status == .filled)
    }

    @Test(arguments: [("2", "99"), ("0.4", "98.5")])
    func `a larger size or another price loses it`(_ size: String, _ price: String) throws {
        var venue = try resting()
        _ = try venue.trade("99", "4", maker: .buy)
        _ = try venue.engine.update(VenueFixture.book(bids: [("99", "3"), ("98.5", "4")]))
        _ = try venue.amend("mine", price, size).get()
        #expect(try venue.trade(price, "3", maker: .buy).fills.isEmpty)
    }

    @Test func `the hold follows the new terms, and a price that crosses takes`() throws {
        var venue = try resting()
        #expect(try venue.balance("USD").onHold == "99.594")
        _ = try venue.amend("mine", "99", "0.5").get()
        #expect(try venue.balance("USD").onHold == "49.797")
        let events = try venue.amend("mine", "101", "0.5").get()
        #expect(events.fills == ["101×0.5 taker"])
        #expect(try venue.balance("USD").onHold == "0")
        #expect(try venue.engine.accounts.imbalance(.usd).isZero)
    }

    @Test(arguments: [
        ("mine", "99", "1000000"), ("mine", "99.001", "1"), ("mine", "99", "0.0001"),
        ("another", "99", "1"),
    ])
    func `what cannot be is refused and changes nothing`(
        _ name: String,
        _ price: String,
        _ size: String
    ) throws {
        var venue = try resting()
        let before = venue.engine.accounts
        #expect(throws: MatchingEngine.Refused.self) { try venue.amend(name, price, size).get() }
        #expect(venue.engine.accounts == before)
        #expect(venue.engine.openCount(of: VenueFixture.btc) == 1)
    }

    @Test func `a filled part counts, and cannot be edited away`() throws {
        var venue = try resting()
        _ = try venue.trade("99", "5.6", maker: .buy)
        #expect(venue.engine.order(id)?.filledQuantity == (try Quantity("0.6")))
        #expect(throws: MatchingEngine.Refused.self) { try venue.amend("mine", "99", "0.6").get() }
        _ = try venue.amend("mine", "99", "0.8").get()
        #expect(try venue.trade("99", "9", maker: .buy).fills == ["99×0.2 maker"])
        #expect(try venue.engine.accounts.imbalance(.usd).isZero)
    }

    @Test func `a fill that the books cannot hold moves nothing`() throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("170141183460469221000", .usd))
        try venue.engine.deposit(Money("2", Currency("BTC") ?? .usd))
        _ = try venue.limit(.sell, "1000000", "1", id: "mine")
        let before = venue.engine.accounts
        #expect(throws: MoneyError.self) {
            try venue.engine.fillWhole(id, of: VenueFixture.btc, at: VenueFixture.now)
        }
        #expect(venue.engine.accounts == before)
        #expect(venue.engine.order(id)?.status == .open)
    }

    @Test func `an order of an earlier store, without rates of its own, is read`() throws {
        let venue = try resting()
        let order = try #require(venue.engine.working(id, of: VenueFixture.btc))
        let data = try JSONEncoder().encode(order)
        var fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(fields.removeValue(forKey: "rates") != nil)
        let old = try JSONSerialization.data(withJSONObject: fields)
        let read = try JSONDecoder().decode(WorkingOrder.self, from: old)
        #expect(read.report == order.report)
        #expect(read.hold == order.hold)
    }

    @Test func `an order filled whole by order leaves the others where they are`() throws {
        var venue = try resting()
        _ = try venue.limit(.buy, "99", "1", id: "other")
        let events = try venue.engine.fillWhole(
            ClientOrderID("other"),
            of: VenueFixture.btc,
            at: VenueFixture.now
        )
        #expect(events.fills == ["99×1 maker"])
        #expect(venue.engine.order(id)?.filledQuantity.isZero == true)
    }
}
