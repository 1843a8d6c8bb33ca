import Testing
import VigilExchange
import VigilModel

@Suite struct MatchingEngineTests {
    @Test func `a taker walks the book at the makers' prices`() throws {
        var venue = try VenueFixture()
        let events = try venue.limit(.buy, "102", "8")
        #expect(events.fills == ["101×5 taker", "102×3 taker"])
        #expect(events.ending == "filled")
        // 505 + 306 = 811, fee 4.866
        #expect(try venue.balance("USD").available == "9184.134")
        #expect(try venue.balance("BTC").available == "8")
    }

    /// Worked out by hand: 5 rest at 99 before us, we ask for 2 behind them, another of ours for 1.
    ///
    /// | print at 99 | external left | first order | second order |
    /// | --- | --- | --- | --- |
    /// | 3 | 5 − 3 = 2 | 0 of 2 | 0 of 1 |
    /// | 3 | 2 − 2 = 0 | 1 of 2 | 0 of 1 |
    /// | 1.5 | 0 | 2 of 2 | 0.5 of 1 |
    /// | 4 | 0 | done | 1 of 1 |
    @Test func `a maker fills only after the volume ahead of it has traded`() throws {
        var venue = try VenueFixture()
        #expect(try venue.limit(.buy, "99", "2", postOnly: true).ending == "open")
        #expect(try venue.limit(.buy, "99", "1", postOnly: true).ending == "open")
        #expect(try venue.trade("99", "3", maker: .buy).fills.isEmpty)
        #expect(try venue.trade("99", "3", maker: .buy).fills == ["99×1 maker"])
        #expect(try venue.trade("99", "1.5", maker: .buy).fills == ["99×1 maker", "99×0.5 maker"])
        #expect(try venue.trade("99", "4", maker: .buy).fills == ["99×0.5 maker"])
    }

    @Test func `a print through a price fills it without a queue, and the better price first`()
        throws
    {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "98", "2")
        _ = try venue.limit(.buy, "99", "1")
        #expect(
            try venue.trade("97.5", "2.5", maker: .buy).fills == ["99×1 maker", "98×1.5 maker"]
        )
    }

    @Test func `a book that moves onto a resting order fills it at the order's price`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "2", id: "mine")
        let book = try VenueFixture.book(bids: [("97", "5")], asks: [("98", "1.5"), ("99.5", "9")])
        #expect(try venue.engine.update(book).fills == ["99×1.5 maker"])
        #expect(venue.engine.order(ClientOrderID("mine"))?.status == .open)
    }

    @Test func `post-only never takes`() throws {
        var venue = try VenueFixture()
        let events = try venue.limit(.buy, "101", "1", postOnly: true)
        #expect(events.ending == "INVALID_LIMIT_PRICE_POST_ONLY")
        #expect(try venue.balance("USD").onHold == "0")
    }

    @Test func `immediate-or-cancel keeps what it got and cancels the rest`() throws {
        var venue = try VenueFixture()
        let events = try venue.limit(.buy, "101", "7", .immediateOrCancel)
        #expect(events.fills == ["101×5 taker"])
        #expect(events.ending == "canceled")
        #expect(try venue.balance("USD").onHold == "0")
    }

    @Test func `fill-or-kill is all or nothing`() throws {
        var venue = try VenueFixture()
        #expect(try venue.limit(.buy, "101", "7", .fillOrKill).ending == "FOK_NOT_FILLABLE")
        #expect(try venue.limit(.buy, "102", "7", .fillOrKill).ending == "filled")
    }

    @Test func `good-till-time ends at its time`() throws {
        var venue = try VenueFixture()
        let end = VenueFixture.now + .seconds(60)
        _ = try venue.limit(.buy, "99", "1", .goodTillTime(end))
        #expect(try venue.engine.expire(at: end - .seconds(1)).isEmpty)
        #expect(try venue.engine.expire(at: end).ending == "expired")
        #expect(try venue.balance("USD").available == "10000")
        let late = try venue.limit(.buy, "99", "1", .goodTillTime(VenueFixture.now))
        #expect(late.ending == "END_TIME_IS_IN_THE_PAST")
    }

    @Test func `a market buy by quote spends its sum, fee included`() throws {
        var venue = try VenueFixture()
        let events = venue.submit(.buy, .marketQuote(try Money("503", .usd)))
        #expect(events.ending == "filled")
        let spent = try Money("10000", .usd) - venue.engine.accounts.row(.usd).available
        #expect(try !Money("503", .usd).isLess(than: spent))
        #expect(try Money("502.999999999", .usd).isLess(than: spent))
        // 503 / 1.006 = 500 worth at 101
        #expect(events.fills == ["101×4.9504950495049504 taker"])
    }

    @Test func `a market sell by base sells what is held and no more`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "2")
        #expect(venue.submit(.sell, .marketBase(try Quantity("3"))).ending == "INSUFFICIENT_FUND")
        #expect(venue.submit(.sell, .marketBase(try Quantity("2"))).fills == ["99×2 taker"])
    }

    @Test func `a market order stops at the protection from the touch`() throws {
        var venue = try VenueFixture()
        _ = try venue.engine.update(VenueFixture.book(asks: [("101", "1"), ("120", "50")]))
        let events = venue.submit(.buy, .marketBase(try Quantity("3")))
        #expect(events.fills == ["101×1 taker"])
        #expect(events.ending == "canceled")
    }

    @Test func `a stop-limit wakes at its price and not before`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "2")
        _ = try venue.trade("100", "1", maker: .buy)
        let accepted = venue.submit(
            .sell,
            .stopLimit(
                stop: try Price("99", .usd),
                limit: try Price("98", .usd),
                quantity: try Quantity("2"),
                direction: .falling
            )
        )
        #expect(accepted.ending == "open")
        #expect(try venue.trade("99.5", "1", maker: .buy).fills.isEmpty)
        #expect(try venue.trade("99", "1", maker: .buy).fills == ["99×2 taker"])
    }

    @Test func `sizes and prices off the grid are refused, never rounded`() throws {
        var venue = try VenueFixture()
        #expect(try venue.limit(.buy, "99.001", "1").ending == "INVALID_PRICE_PRECISION")
        #expect(try venue.limit(.buy, "99", "1.0001").ending == "INVALID_SIZE_PRECISION")
        #expect(try venue.limit(.buy, "99", "0.001").ending == "INVALID_SIZE_TOO_SMALL")
        #expect(try venue.limit(.buy, "99", "200").ending == "INSUFFICIENT_FUND")
    }

    @Test func `what a product allows is what is accepted`() throws {
        var halted = try VenueFixture(status: .cancelOnly)
        #expect(try halted.limit(.buy, "99", "1").ending == "PRODUCT_NOT_TRADABLE")
        var resting = try VenueFixture(status: .postOnly)
        #expect(try resting.limit(.buy, "99", "1").ending == "PRODUCT_NOT_TRADABLE")
        #expect(try resting.limit(.buy, "99", "1", postOnly: true).ending == "open")
    }

    @Test func `an id that is known creates nothing`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "1", id: "same")
        let again = try venue.limit(.buy, "98", "5", id: "same")
        #expect(venue.engine.openOrders.count == 1)
        #expect(again == [.orderAccepted(venue.engine.openOrders[0])])
    }

    @Test func `two of our own orders never trade with each other`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "2")
        _ = try venue.limit(.sell, "100", "1")
        #expect(try venue.limit(.buy, "100", "1").ending == "SELF_TRADE_PREVENTED")
    }

    @Test func `a cancel gives the hold back and ends the order`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "10", id: "mine")
        // 990 and the taker fee on it
        #expect(try venue.balance("USD").onHold == "995.94")
        #expect(try venue.engine.cancel(ClientOrderID("mine")).ending == "canceled")
        #expect(try venue.balance("USD").onHold == "0")
        #expect(try venue.engine.cancel(ClientOrderID("mine")).isEmpty)
    }
}
