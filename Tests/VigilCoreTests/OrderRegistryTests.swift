import Testing
import VigilModel

@testable import VigilCore

/// Where an order stands changes in one place, and by evidence alone.
@Suite struct OrderRegistryTests {
    static func record(
        _ id: String,
        _ state: OrderState,
        of product: ProductID = Sample.btc,
        _ side: Side = .buy,
        name: String? = nil
    ) throws -> OrderRecord {
        let request = OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: product,
            side: side,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("2"),
                timeInForce: .goodTillTime(Sample.now + .seconds(120)),
                postOnly: true
            )
        )
        let intent = Intent(
            request: request,
            purpose: side == .buy ? .entry(try Sample.plan()) : .exit(.takeProfit),
            parent: nil,
            cycle: nil,
            createdAt: Sample.now
        )
        var record = OrderRecord(intent: intent, state: state, filled: .zero)
        record.venueOrderID = name.map { VenueOrderID($0) }
        return record
    }

    private let id = ClientOrderID("o1")

    private func registry(_ state: OrderState, name: String? = nil) throws -> OrderRegistry {
        var orders = OrderRegistry()
        orders.add(try Self.record("o1", state, name: name))
        return orders
    }

    private func step(
        _ from: OrderState,
        _ to: OrderState,
        _ fact: OrderFact
    ) throws -> Transition {
        let request = try Self.record("o1", from).intent.request
        return Transition(request, from: from, to: to, fact: fact, at: Sample.now)
    }

    @Test func `a step is told with where it came from, and is kept`() throws {
        var orders = try registry(.submitting)
        let lesson = orders.learn(.accepted, about: id, VenueOrderID("v"), at: Sample.now)
        #expect(try lesson == .stepped(step(.submitting, .open, .accepted)))
        #expect(orders[id]?.state == .open && orders[id]?.venueOrderID == VenueOrderID("v"))
        #expect(orders.learn(.accepted, about: id, nil, at: Sample.now) == .known)
        #expect(orders.open.map(\.id) == [id])
    }

    @Test func `what fits nothing changes nothing`() throws {
        var orders = try registry(.open, name: "v")
        let other = orders.learn(.canceled, about: id, VenueOrderID("w"), at: Sample.now)
        #expect(other == .contradicted(.open))
        #expect(orders.learn(.submitted, about: id, nil, at: Sample.now) == .contradicted(.open))
        #expect(orders[id]?.state == .open)
        let stranger = ClientOrderID("x")
        #expect(orders.learn(.accepted, about: stranger, nil, at: Sample.now) == nil)
        #expect(orders[stranger] == nil)
    }

    @Test func `one that was believed ended rises, one that the venue ended does not`() throws {
        var ours = try registry(.canceled)
        #expect(ours.lesson(ofStanding: id) == .rose(.canceled))
        #expect(ours.learn(.accepted, about: id, nil, at: Sample.now) == .rose(.canceled))
        var theirs = try registry(.canceled, name: "v")
        #expect(theirs.lesson(ofStanding: id) == .known)
        #expect(theirs.learn(.accepted, about: id, nil, at: Sample.now) == .known)
        #expect(try registry(.open).lesson(ofStanding: id) == nil)
        #expect(ours.lesson(ofStanding: ClientOrderID("x")) == nil)
    }

    @Test func `an open order is remembered, however many others end after it`() throws {
        var orders = try registry(.intended)
        _ = orders.learn(.submitted, about: id, nil, at: Sample.now)
        _ = orders.learn(.accepted, about: id, nil, at: Sample.now)
        for number in 0..<2_005 {
            orders.add(try Self.record("old-\(number)", .canceled))
        }
        #expect(orders[id]?.state == .open)
        #expect(orders.count == 2_001)
    }

    @Test func `a row counts once, and one that takes back not at all`() throws {
        var orders = try registry(.open)
        let first = try Sample.fill(.buy, "1.5", "100", entry: "a")
        #expect(orders.count(first) == .counted(isWhole: false))
        #expect(orders.count(first) == .uncounted)
        let back = try Fill(
            entryID: EntryID("b"),
            tradeID: first.tradeID,
            clientOrderID: first.clientOrderID,
            product: first.product,
            side: first.side,
            price: first.price,
            quantity: Quantity("0.5"),
            fee: first.fee,
            role: first.role,
            kind: .reversal,
            occurredAt: first.occurredAt
        )
        #expect(orders.count(back) == .uncounted)
        #expect(
            orders.count(try Sample.fill(.buy, "0.5", "100", entry: "c")) == .counted(isWhole: true)
        )
        #expect(orders[id]?.filled == (try Quantity("2")))
        let stranger = try Sample.fill(.buy, "1", "100", order: "x", entry: "d")
        #expect(orders.count(stranger) == .orphan)
    }

    @Test func `an end waits for the rows of what had traded by then`() throws {
        var orders = try registry(.open)
        let record = try #require(orders[id])
        let ended = try OrderDesk.report(record.intent, .canceled, filled: "0.5")
        #expect(orders.holds(.canceled, of: ended, at: Sample.now) == true)
        #expect(orders.dueEnding(of: id) == nil)
        #expect(
            orders.count(try Sample.fill(.buy, "0.4", "100", entry: "a"))
                == .counted(isWhole: false)
        )
        #expect(orders.dueEnding(of: id) == nil)
        #expect(
            orders.count(try Sample.fill(.buy, "0.1", "100", entry: "b"))
                == .counted(isWhole: false)
        )
        #expect(orders.dueEnding(of: id) == .canceled)
        #expect(orders.holds(.canceled, of: ended, at: Sample.now) == false, "all of it is counted")
        _ = orders.learn(.canceled, about: id, nil, at: Sample.now)
        #expect(orders.dueEnding(of: id) == nil)
    }
}
