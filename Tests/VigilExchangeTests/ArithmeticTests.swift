import Testing
import VigilExchange
import VigilModel

/// An order whose numbers cannot be held is as if it had never come.
@Suite struct ArithmeticTests {
    /// A venue whose dollars are two thousand below the most that can be held, with some coins.
    private func venue() throws -> VenueFixture {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("170141183460469219700", .usd))
        try venue.engine.deposit(Money("100", VenueFixture.btc.base))
        _ = try venue.limit(.buy, "90", "1", id: "resting")
        _ = venue.engine.takeChanges()
        return venue
    }

    @Test func `an order that overflows after two fills is refused, and nothing is left of it`()
        throws
    {
        var venue = try venue()
        let before = venue.engine
        // The bids bring 495, 980 and 1,940 dollars: the last of them is too much.
        let events = try venue.limit(.sell, "97", "35", .immediateOrCancel, id: "large")
        #expect(events == [.orderRejected(ClientOrderID("large"), .arithmetic)])
        #expect(events.ending == "ARITHMETIC")
        #expect(venue.engine.accounts == before.accounts)
        #expect(venue.engine.openOrders == before.openOrders)
        #expect(venue.engine.openOrders.map(\.request.clientOrderID) == [ClientOrderID("resting")])
        #expect(venue.engine.books == before.books)
        #expect(venue.engine.order(ClientOrderID("large")) == nil)
        #expect(venue.engine.takeChanges().isEmpty)
        #expect(try venue.balance("BTC").onHold == "0")
        for currency in [Currency.usd, VenueFixture.btc.base] {
            let held = try venue.engine.heldByOrders(currency)
            #expect(venue.engine.accounts.row(currency).onHold == held)
            #expect(try venue.engine.accounts.imbalance(currency).isZero)
        }
    }

    @Test func `what came before an order that overflows, and what comes after it, is matched`()
        throws
    {
        var venue = try venue()
        _ = try venue.limit(.sell, "97", "35", .immediateOrCancel, id: "large")
        // The same name is free, and the book is whole.
        let events = try venue.limit(.sell, "97", "6", .immediateOrCancel, id: "large")
        #expect(events.fills == ["99×5 taker", "98×1 taker"])
        #expect(events.ending == "filled")
        #expect(try venue.trade("89", "5", maker: .buy).fills == ["90×1 maker"])
    }
}
