import Testing
import VigilModel

@testable import VigilExchange

/// What the paper venue's store gives back, and what it does not invent.
@Suite struct PaperStoreMemoryTests {
    private static func reopened(_ store: PaperStore) throws -> MatchingEngine {
        let new = try VenueFixture().engine
        var engine = MatchingEngine(products: Array(new.products.values), fees: new.fees)
        try store.load(into: &engine)
        return engine
    }

    @Test func `the last price of each product is remembered, and the later one counts`() throws {
        let store = try PaperStore(path: nil)
        #expect(try store.marks().isEmpty)
        let doge = ProductID(base: try #require(Currency("DOGE")), quote: .usd)
        let (first, second) = (try Price("64123.45", .usd), try Price("64000.01", .usd))
        let small = try Price("0.123456789012345678", .usd)
        try store.saveMarks([VenueFixture.btc: first, doge: small])
        #expect(try store.marks() == [VenueFixture.btc: first, doge: small])
        try store.saveMarks([VenueFixture.btc: second])
        #expect(try store.marks() == [VenueFixture.btc: second, doge: small])
    }

    @Test func `open orders come back in their order, ended ones only by their names`() throws {
        let store = try PaperStore(path: nil)
        var venue = try VenueFixture()
        let end = VenueFixture.now + .seconds(60)
        for id in ["z", "a", "m"] {
            _ = try venue.limit(.buy, "99", "1", .goodTillTime(end), id: id)
        }
        _ = try venue.limit(.buy, "101", "1", id: "filled")
        _ = try venue.engine.cancel(ClientOrderID("a"))
        try store.save(venue.engine, venue.engine.takeChanges())
        var engine = try Self.reopened(store)
        #expect(engine.openOrders == venue.engine.openOrders)
        #expect(engine.accounts == venue.engine.accounts)
        #expect(engine.takeChanges().isEmpty)
        #expect(engine.order(ClientOrderID("filled")) == nil)
        #expect(try store.order(ClientOrderID("filled"))?.status == .filled)
        #expect(try store.order(ClientOrderID("a"))?.status == .canceled)
        #expect(try store.order(ClientOrderID("z"))?.status == .open)
        #expect(try store.order(ClientOrderID("unknown")) == nil)
        let names = try engine.expire(at: end).compactMap { event in
            guard case .orderUpdated(let order) = event else { return String?.none }
            return order.request.clientOrderID.text
        }
        #expect(names == ["z", "m"])
    }

    @Test func `an order that comes back has its place, its hold and its rates`() throws {
        let store = try PaperStore(path: nil)
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "99", "2", id: "mine")
        let changes = venue.engine.takeChanges()
        try store.save(venue.engine, changes)
        venue.engine.fees = FeeSchedule(maker: .zero, taker: .zero)
        var engine = try Self.reopened(store)
        let id = ClientOrderID("mine")
        let order = try #require(engine.working(id, of: VenueFixture.btc))
        #expect(order == changes.orders[id])
        #expect(order.hold.amount == "199.188")
        #expect(order.expiresAt == nil && order.stop == nil)
        // The order had 1; the next is 2.
        let request = OrderRequest(
            clientOrderID: ClientOrderID("next"),
            product: VenueFixture.btc,
            side: .buy,
            terms: order.report.request.terms
        )
        guard case .orderAccepted(let next) = engine.submit(request, at: VenueFixture.now).first
        else {
            Issue.record("the next order was not accepted")
            return
        }
        #expect(next.venueOrderID == VenueOrderID("venue-2"))
    }

    @Test func `what is loaded is not to be stored again, whatever was before`() throws {
        let store = try PaperStore(path: nil)
        var engine = try VenueFixture().engine
        try store.load(into: &engine)
        #expect(engine.takeChanges().isEmpty)
    }

    @Test func `where nothing has changed nothing is written`() throws {
        let store = try PaperStore(path: nil)
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "1")
        try store.save(venue.engine, MatchingEngine.Changes())
        let engine = try Self.reopened(store)
        #expect(engine.accounts == Accounts())
        #expect(engine.accounts.balances.isEmpty)
        #expect(try store.fills(from: 1).fills.isEmpty)
    }

    @Test(arguments: [(Int64(1), 3, Int64(4)), (2, 2, 4), (3, 1, 4), (4, 0, 4), (9, 0, 9)])
    func `fills are read from a row on, and the next row is told`(
        from: Int64,
        count: Int,
        next: Int64
    ) throws {
        let store = try PaperStore(path: nil)
        var venue = try VenueFixture()
        for id in ["c", "b", "a"] {
            _ = try venue.limit(.buy, "101", "1", id: id)
            try store.save(venue.engine, venue.engine.takeChanges())
        }
        let read = try store.fills(from: from)
        #expect(read.next == next)
        #expect(read.fills.map(\.clientOrderID.text) == ["c", "b", "a"].suffix(count))
        #expect(read.fills.allSatisfy { $0.fee.amount == "0.606" && $0.role == .taker })
    }

    @Test func `a fill is stored once: a second time is an error, and nothing of it is kept`()
        throws
    {
        let store = try PaperStore(path: nil)
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "101", "1", id: "mine")
        let changes = venue.engine.takeChanges()
        try store.save(venue.engine, changes)
        #expect(throws: (any Error).self) { try store.save(venue.engine, changes) }
        #expect(try store.fills(from: 1).fills.count == 1)
    }

    @Test func `a market shows the touch alone unless it says otherwise`() {
        struct Touch: MarketSource {
            let products: [Product] = []
            let interval = Duration.seconds(1)
            let start = VenueFixture.now
            let end: Instant? = nil
            let history: [ProductID: [Candle]] = [:]
            mutating func step(at now: Instant) throws(MoneyError) -> [MarketStep] { [] }
        }
        #expect(!Touch().hasWholeBooks)
    }
}
