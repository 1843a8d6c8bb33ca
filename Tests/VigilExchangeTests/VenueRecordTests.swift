import Testing
import VigilModel

@testable import VigilExchange

/// What the venue reports and keeps: names, times, roles, ends and what is to be stored.
@Suite struct VenueRecordTests {
    private static let later = VenueFixture.now + .seconds(5)

    private static func fill(
        _ number: Int,
        _ id: String,
        _ price: String,
        _ fee: String,
        _ role: LiquidityRole,
        at time: Instant
    ) throws -> Fill {
        Fill(
            entryID: EntryID("entry-\(number)"),
            tradeID: TradeID("trade-\(number)"),
            clientOrderID: ClientOrderID(id),
            product: VenueFixture.btc,
            side: .buy,
            price: try Price(price, .usd),
            quantity: try Quantity("2"),
            fee: try Money(fee, .usd),
            role: role,
            kind: .fill,
            occurredAt: time
        )
    }

    private static func request(_ id: String, _ price: String) throws -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: VenueFixture.btc,
            side: .buy,
            terms: .limit(
                price: try Price(price, .usd),
                quantity: try Quantity("2"),
                timeInForce: .goodTillCanceled,
                postOnly: false
            )
        )
    }

    @Test func `a taker's order and its fill are reported whole`() throws {
        var venue = try VenueFixture()
        let request = try Self.request("mine", "101")
        var order = VenueOrder(
            venueOrderID: VenueOrderID("venue-1"),
            request: request,
            status: .open,
            filledQuantity: .zero,
            createdAt: Self.later
        )
        let events = venue.engine.submit(request, at: Self.later)
        let accepted = order
        order.status = .filled
        order.filledQuantity = try Quantity("2")
        // 202, and 0.6 % of it.
        let fill = try Self.fill(2, "mine", "101", "1.212", .taker, at: Self.later)
        #expect(events == [.orderAccepted(accepted), .fillReported(fill), .orderUpdated(order)])
        #expect(venue.engine.order(ClientOrderID("mine")) == order)
        let next = venue.engine.submit(try Self.request("next", "99"), at: Self.later)
        guard case .orderAccepted(let second) = next.first else {
            Issue.record("the second order was not accepted")
            return
        }
        #expect(second.venueOrderID == VenueOrderID("venue-3"))
        #expect(next.count == 1)
    }

    @Test func `a maker's fill has the time of the print, of the book, or of the rehearsal`()
        throws
    {
        let time = Self.later
        let price = try Price("99", .usd)
        // 198, and 0.4 % of it.
        let fill = try Self.fill(2, "mine", "99", "0.792", .maker, at: time)
        var printed = try VenueFixture()
        _ = printed.engine.submit(try Self.request("mine", "99"), at: VenueFixture.now)
        let trade = Trade(
            product: VenueFixture.btc,
            price: price,
            quantity: try Quantity("7"),
            makerSide: .buy,
            occurredAt: time
        )
        #expect(try printed.engine.trade(trade).first == .fillReported(fill))
        #expect(printed.engine.lastTrades == [VenueFixture.btc: price])
        var crossed = try VenueFixture()
        _ = crossed.engine.submit(try Self.request("mine", "99"), at: VenueFixture.now)
        let asks = [BookLevel(price: price, quantity: try Quantity("3"))]
        let book = OrderBook(product: VenueFixture.btc, bids: [], asks: asks, occurredAt: time)
        #expect(try crossed.engine.update(book).first == .fillReported(fill))
        var whole = try VenueFixture()
        _ = whole.engine.submit(try Self.request("mine", "99"), at: VenueFixture.now)
        let events = try whole.engine.fillWhole(
            ClientOrderID("mine"),
            of: VenueFixture.btc,
            at: time
        )
        #expect(events.first == .fillReported(fill))
        #expect(events.ending == "filled")
        // 198.792 of 199.188 that were held.
        #expect(try whole.balance("USD") == ("9801.208", "0"))
    }

    @Test func `an order keeps the rates of its arrival`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "2", id: "old")
        venue.engine.fees = FeeSchedule(maker: try Rate("0.01"), taker: try Rate("0.005"))
        _ = try venue.limit(.buy, "98", "2", id: "new")
        // 196 and 1 % of it, which is more than the taker's, and 199.188 of before.
        #expect(try venue.engine.heldByOrders(.usd).amount == "397.148")
        let events = try venue.trade("97", "4", maker: .buy)
        let fees = events.compactMap { event in
            guard case .fillReported(let fill) = event else { return String?.none }
            return fill.fee.amount
        }
        #expect(fees == ["0.792", "1.96"])
        #expect(venue.engine.accounts.row(.usd).fees.amount == "2.752")
        #expect(venue.engine.accounts.row(.usd).market.amount == "394")
        #expect(venue.engine.accounts.row(.usd).deposited.amount == "10000")
    }

    @Test func `a thousand ended orders are kept in memory, and not one more`() throws {
        var venue = try VenueFixture()
        for number in 1...1_001 {
            if number == 1_001 {
                #expect(venue.engine.order(ClientOrderID("o1"))?.status == .canceled)
            }
            _ = try venue.limit(.buy, "99", "1")
            _ = try venue.engine.cancel(ClientOrderID("o\(number)"))
        }
        #expect(venue.engine.order(ClientOrderID("o1")) == nil)
        #expect(venue.engine.order(ClientOrderID("o2"))?.status == .canceled)
        #expect(venue.engine.order(ClientOrderID("o1001"))?.status == .canceled)
    }

    @Test func `orders expire at their time, each in its place, and the first is known`() throws {
        var venue = try VenueFixture()
        let end = VenueFixture.now
        #expect(venue.engine.nextExpiry == nil)
        _ = try venue.limit(.buy, "99", "1", id: "stays")
        #expect(venue.engine.nextExpiry == nil)
        for (id, seconds) in [("a", 60), ("b", 30), ("c", 30), ("d", 31)] {
            _ = try venue.limit(.buy, "99", "1", .goodTillTime(end + .seconds(seconds)), id: id)
        }
        #expect(venue.engine.nextExpiry == end + .seconds(30))
        let expired = try venue.engine.expire(at: end + .seconds(30))
        let names = expired.compactMap { event in
            guard case .orderUpdated(let order) = event, order.status == .expired else {
                return String?.none
            }
            return order.request.clientOrderID.text
        }
        #expect(names == ["b", "c"])
        let left = venue.engine.openOrders.map(\.request.clientOrderID.text)
        #expect(left == ["stays", "a", "d"])
        #expect(venue.engine.nextExpiry == end + .seconds(31))
    }

    @Test func `all orders of a side are canceled, oldest first, and none of the other`() throws {
        var venue = try VenueFixture()
        try venue.engine.deposit(Money("5", #require(Currency("BTC"))))
        for (id, side, price) in [
            ("z", Side.buy, "98"), ("y", .sell, "105"), ("x", .buy, "99"), ("w", .buy, "97"),
        ] {
            _ = try venue.limit(side, price, "1", id: id)
        }
        let names = try venue.engine.cancelAll(.buy).compactMap { event in
            guard case .orderUpdated(let order) = event else { return String?.none }
            return "\(order.request.clientOrderID) \(order.status.rawValue)"
        }
        #expect(names == ["z canceled", "x canceled", "w canceled"])
        #expect(venue.engine.openOrders.map(\.request.clientOrderID.text) == ["y"])
        #expect(try venue.balance("USD") == ("10000", "0"))
    }

    @Test func `what has changed is told once: orders, fills and that balances moved`() throws {
        var venue = try VenueFixture()
        let first = venue.engine.takeChanges()
        #expect(first.accounts && first.orders.isEmpty && first.fills.isEmpty && !first.isEmpty)
        let none = venue.engine.takeChanges()
        #expect(none.isEmpty && !none.accounts)
        _ = try venue.limit(.buy, "99", "2", id: "mine")
        let resting = venue.engine.takeChanges()
        let id = ClientOrderID("mine")
        #expect(resting.orders[id]?.hold.amount == "199.188")
        #expect(resting.orders[id]?.ahead.description == "5")
        #expect(resting.accounts && resting.fills.isEmpty)
        _ = try venue.trade("99", "6", maker: .buy)
        let partly = venue.engine.takeChanges()
        // 99 and 0.4 % of it have been paid.
        #expect(partly.orders[id]?.hold.amount == "99.792")
        #expect(partly.accounts && partly.fills.map(\.entryID) == [EntryID("entry-2")])
        _ = try venue.engine.cancel(id)
        let ended = venue.engine.takeChanges()
        #expect(ended.orders[id]?.hold.amount == "0")
        #expect(ended.orders[id]?.report.status == .canceled)
        #expect(ended.accounts && ended.fills.isEmpty && !ended.isEmpty)
    }

    @Test func `later changes are added to earlier ones, and the latest state counts`() throws {
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "1", id: "a")
        _ = try venue.limit(.buy, "99", "1", id: "b")
        var all = venue.engine.takeChanges()
        _ = try venue.limit(.buy, "101", "1", id: "c")
        _ = try venue.engine.cancel(ClientOrderID("b"))
        all.merge(venue.engine.takeChanges())
        #expect(Set(all.orders.keys.map(\.text)) == ["a", "b", "c"])
        #expect(all.orders[ClientOrderID("b")]?.report.status == .canceled)
        #expect(all.fills.map(\.clientOrderID.text) == ["a", "c"])
        for (before, after) in [(false, false), (false, true), (true, false), (true, true)] {
            var (earlier, later) = (MatchingEngine.Changes(), MatchingEngine.Changes())
            (earlier.accounts, later.accounts) = (before, after)
            earlier.merge(later)
            #expect(earlier.accounts == (before || after))
            #expect(earlier.isEmpty == !(before || after))
        }
        var (orders, fills) = (MatchingEngine.Changes(), MatchingEngine.Changes())
        (orders.orders, fills.fills) = (all.orders, all.fills)
        #expect(!orders.isEmpty && !fills.isEmpty)
    }
}
