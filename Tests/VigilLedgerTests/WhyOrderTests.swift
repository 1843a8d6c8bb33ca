import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// How an attempt at an order is told: what it asked for, what became of it, what it traded.
@Suite struct WhyOrderTests {
    private typealias Fixture = LedgerFixture

    private func told(
        _ intent: Intent,
        _ records: [LedgerRecord] = []
    ) throws -> WhyAnswer {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([intent])] + records, at: Fixture.at(100))
        let why = Why(ledger: fixture.path, audit: fixture.audit)
        return try #require(try why.answer(.order(intent.request.clientOrderID)))
    }

    @Test func `an entry is told with the strategy that proposed it and where it stands`() throws {
        let intent = try Fixture.order("v-1", Fixture.eth, strategy: "rules", at: 61)
        let orders = try told(intent).orders
        let order = try #require(orders.first)
        #expect(orders.count == 1)
        #expect(order.id == "v-1")
        #expect(order.product == "ETH-USD")
        #expect(order.side == "buy")
        #expect(order.purpose == "entry of rules")
        #expect(order.state == "intended")
        #expect(order.createdAt == "2026-01-05T00:01:01Z")
        #expect(order.transitions.isEmpty)
        #expect(order.fills.isEmpty)
    }

    @Test func `an exit is told with its reason, and by no cycle`() throws {
        let answer = try told(Fixture.order("v-1", side: .sell, exit: .stopLoss))
        let order = try #require(answer.orders.first)
        #expect(order.product == "BTC-USD")
        #expect(order.side == "sell")
        #expect(order.purpose == "exit, stop_loss")
        #expect(answer.run.isEmpty && answer.at.isEmpty && answer.outcome.isEmpty)
        #expect(answer.cycle == 0)
        #expect(answer.regime.isEmpty && answer.nlv == nil && answer.reason == nil)
    }

    @Test func `what an order asks for is told in words`() throws {
        func terms(_ terms: OrderTerms) throws -> String? {
            try told(Fixture.order("v-1", terms: terms)).orders.first?.terms
        }
        let resting = try Fixture.limit("0.5", at: "100.01", .goodTillCanceled, postOnly: true)
        #expect(try terms(resting) == "0.5 at 100.01, post-only")
        let crossing = try Fixture.limit("0.25", at: "99", .immediateOrCancel)
        #expect(try terms(crossing) == "0.25 at 99, immediateOrCancel")
        #expect(try terms(.marketBase(Quantity("1.5"))) == "marketBase(1.5)")
    }

    @Test func `the steps of an order and its fills are told in their order`() throws {
        let answer = try told(
            Fixture.order("v-1"),
            [
                Fixture.step("v-1", .intended, .submitted, .submitting, at: 1),
                Fixture.step("v-1", .submitting, .accepted, .open, venue: "venue-1", at: 2),
                Fixture.step("v-1", .open, .partiallyFilled, .partiallyFilled, at: 3),
                .fill(
                    Fixture.trade("e1", of: "v-1", price: "99.5", fee: "0.125", at: 3)
                ),
                .fill(
                    Fixture.trade(
                        "e2",
                        of: "v-1",
                        Fixture.btc,
                        "0.75",
                        price: "99.75",
                        fee: "0.5",
                        role: .taker,
                        at: 4
                    )
                ),
            ]
        )
        let order = try #require(answer.orders.first)
        #expect(order.state == "partially_filled")
        #expect(
            order.transitions.map(\.at) == [
                "2026-01-05T00:00:01Z", "2026-01-05T00:00:02Z", "2026-01-05T00:00:03Z",
            ]
        )
        #expect(order.transitions.map(\.from) == ["intended", "submitting", "open"])
        #expect(order.transitions.map(\.to) == ["submitting", "open", "partially_filled"])
        #expect(order.transitions.map(\.fact) == ["submitted", "accepted", "partially_filled"])
        #expect(order.fills.map(\.at) == ["2026-01-05T00:00:03Z", "2026-01-05T00:00:04Z"])
        #expect(order.fills.map(\.price) == ["99.5", "99.75"])
        #expect(order.fills.map(\.quantity) == ["0.25", "0.75"])
        #expect(order.fills.map(\.fee) == ["0.125 USD", "0.5 USD"])
        #expect(order.fills.map(\.role) == ["maker", "taker"])
    }
}
