import Testing
import VigilExchange
import VigilModel

/// What a market of candles leaves for our orders to be filled with.
@Suite struct FillLimitTests {
    private func limit(
        _ quantity: String,
        minute: Int = 0,
        waiting: Side? = nil
    ) throws -> FillLimit {
        FillLimit(
            candle: VenueFixture.now + .seconds(60 * minute),
            quantity: try Quantity(quantity),
            waiting: waiting
        )
    }

    private func filled(_ fixture: VenueFixture, _ id: String) -> String? {
        fixture.engine.order(ClientOrderID(id))?.filledQuantity.description
    }

    @Test func `takers and makers together get no more than the candle's share`() throws {
        var fixture = try VenueFixture()
        fixture.engine.setLimit(try limit("3"), of: VenueFixture.btc)
        _ = fixture.submit(.buy, .marketBase(try Quantity("2")), id: "taker")
        #expect(filled(fixture, "taker") == "2")
        _ = try fixture.limit(.buy, "98.5", "4", id: "maker")
        // The same candle again is no new share.
        fixture.engine.setLimit(try limit("3"), of: VenueFixture.btc)
        _ = try fixture.engine.update(VenueFixture.book(bids: [("96", "1")], asks: [("97", "50")]))
        #expect(filled(fixture, "maker") == "1")
        fixture.engine.setLimit(try limit("2", minute: 1), of: VenueFixture.btc)
        _ = try fixture.trade("97", "50", maker: .buy)
        #expect(filled(fixture, "maker") == "3")
    }

    @Test
    func `where nothing may be filled, a market order ends unfilled and fill-or-kill is refused`()
        throws
    {
        var fixture = try VenueFixture()
        fixture.engine.setLimit(try limit("0"), of: VenueFixture.btc)
        _ = fixture.submit(.buy, .marketBase(try Quantity("1")), id: "market")
        #expect(fixture.engine.order(ClientOrderID("market"))?.status == .canceled)
        #expect(filled(fixture, "market") == "0")
        fixture.engine.setLimit(try limit("0.5", minute: 1), of: VenueFixture.btc)
        let events = try fixture.limit(.buy, "101", "1", .fillOrKill, id: "whole")
        #expect(events == [.orderRejected(ClientOrderID("whole"), .notFillable)])
    }

    @Test
    func
        `a side that waits is filled by no book and no print, and stands in no displayed book that it crosses`()
        throws
    {
        var fixture = try VenueFixture()
        _ = try fixture.limit(.buy, "98.5", "1", id: "waits")
        fixture.engine.setLimit(try limit("10", waiting: .buy), of: VenueFixture.btc)
        #expect(try fixture.engine.displayed(of: VenueFixture.btc)[.buy]?.count == 1)
        _ = try fixture.engine.update(VenueFixture.book(bids: [("96", "5")], asks: [("97", "5")]))
        _ = try fixture.trade("97", "50", maker: .buy)
        #expect(filled(fixture, "waits") == "0")
        #expect(try fixture.engine.displayed(of: VenueFixture.btc)[.buy] == nil)
        fixture.engine.setLimit(try limit("10"), of: VenueFixture.btc)
        _ = try fixture.trade("97", "50", maker: .buy)
        #expect(filled(fixture, "waits") == "1")
    }

    @Test
    func
        `a buy that takes pays the least that is demanded, and none that its limit does not reach`()
        throws
    {
        var fixture = try VenueFixture()
        fixture.engine.setLimit(
            FillLimit(
                candle: VenueFixture.now,
                quantity: try Quantity("10"),
                leastTaken: try Price("101.5", .usd)
            ),
            of: VenueFixture.btc
        )
        let bought = fixture.submit(.buy, .marketBase(try Quantity("6")), id: "market")
        #expect(bought.fills == ["101.5×5 taker", "102×1 taker"])
        #expect(try fixture.limit(.buy, "101.4", "1", .immediateOrCancel).fills == [])
        _ = try fixture.engine.deposit(Money("1", try #require(Currency("BTC"))))
        #expect(fixture.submit(.sell, .marketBase(try Quantity("1"))).fills == ["99×1 taker"])
    }

    @Test func `what is left where nothing is left to fill it is in no displayed book`() throws {
        var fixture = try VenueFixture()
        fixture.engine.setLimit(try limit("1"), of: VenueFixture.btc)
        _ = try fixture.limit(.buy, "101.5", "3", id: "rest")
        #expect(filled(fixture, "rest") == "1")
        #expect(try fixture.engine.displayed(of: VenueFixture.btc)[.buy] == nil)
        // Where the other side goes away from it, it is seen.
        _ = try fixture.engine.update(VenueFixture.book(bids: [("101", "5")], asks: [("102", "5")]))
        #expect(try fixture.engine.displayed(of: VenueFixture.btc)[.buy]?.count == 1)
    }
}
