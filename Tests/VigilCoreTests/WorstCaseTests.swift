import Testing
import VigilModel

@testable import VigilCore

/// What an entry may still cost, by value: the worst price, what is left of it, and the fee on top.
@Suite struct WorstCaseTests {
    private let start = Sample.now

    private func working(_ core: inout ExecutionCore) throws -> [String] {
        let answer = try core.handle(.snapshotRequested(.risk(cycle: 2)), at: start)
        guard case .reply(_, let snapshot)? = answer.last else { throw MoneyError.overflow }
        return snapshot.working.map { "\($0.product) \($0.worst) \($0.strategy)" }
    }

    @Test func `an entry counts at its worst price with the taker fee, and less as it fills`()
        throws
    {
        var core = try Sample.executionCore()
        let order = try RiskTests().approved("0.02")
        let effects = try core.handle(.entriesApproved(cycle: 1, [order]), at: start)
        let intent = try #require(Sample.intents(effects).first)
        let id = intent.request.clientOrderID
        // Two coins at 100.2: 100 and what 1.4 % leave beside the fee of 1.2 %.
        #expect(try working(&core) == ["BTC-USD 202.8048 USD test"])
        _ = try core.handle(.intentsRecorded([id]), at: start)
        let part = try Sample.fill(.buy, "0.5", "100", order: id.text, entry: "1")
        _ = try core.handle(.venueReported(.fillReported(part)), at: start)
        #expect(try working(&core) == ["BTC-USD 152.1036 USD test"])
        _ = try core.handle(.outcomeLost(id), at: start)
        #expect(try working(&core) == ["BTC-USD 152.1036 USD test"], "nobody knows its fate")
    }

    private func left(
        _ side: Side,
        _ terms: OrderTerms,
        filled: String = "0"
    ) throws -> OrderRecord {
        let request = OrderRequest(
            clientOrderID: ClientOrderID("left"),
            product: Sample.btc,
            side: side,
            terms: terms
        )
        let intent = Intent(
            request: request,
            purpose: side == .buy ? .entry(try Sample.plan()) : .exit(.takeProfit),
            parent: nil,
            cycle: nil,
            strategy: "before",
            createdAt: start
        )
        return OrderRecord(intent: intent, state: .open, filled: try Quantity(filled))
    }

    private func limit(_ price: String, _ quantity: String) throws -> OrderTerms {
        .limit(
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            timeInForce: .goodTillCanceled,
            postOnly: true
        )
    }

    private func working(_ record: OrderRecord) throws -> [String] {
        var core = try Sample.executionCore(run: "running2")
        _ = try core.handle(.restored([record]), at: start)
        return try working(&core)
    }

    @Test func `an order that an earlier run left counts with its fee, for what is not filled`()
        throws
    {
        #expect(try working(left(.buy, limit("100", "2"))) == ["BTC-USD 202.4 USD before"])
        let part = try left(.buy, limit("100", "2"), filled: "1.5")
        #expect(try working(part) == ["BTC-USD 50.6 USD before"])
        let over = try left(.buy, limit("100", "2"), filled: "2.5")
        #expect(try working(over) == ["BTC-USD 0 USD before"])
        #expect(try working(left(.sell, limit("100", "2"))).isEmpty, "a sale costs nothing")
    }

    @Test func `each kind of order has its own worst case`() throws {
        let stop = OrderTerms.stopLimit(
            stop: try Price("110", .usd),
            limit: try Price("120", .usd),
            quantity: try Quantity("1"),
            direction: .rising
        )
        #expect(try working(left(.buy, stop)) == ["BTC-USD 121.44 USD before"])
        let spent = OrderTerms.marketQuote(try Money("50", .usd))
        #expect(try working(left(.buy, spent)) == ["BTC-USD 50.6 USD before"])
    }

    @Test func `a worst case is rounded against us`() throws {
        // A third of the smallest unit is one of them, and its fee is another.
        let tiny = try left(.buy, limit("0.000000000000000003", "0.1"))
        #expect(try working(tiny) == ["BTC-USD 0.000000000000000002 USD before"])
    }
}
