import Testing
import VigilCore
import VigilLedger
import VigilModel

/// What the rows say of orders, where they are compared with the venue.
@Suite struct OrderEvidenceTests {
    private typealias Fixture = LedgerFixture

    private func evidence(_ records: [LedgerRecord]) throws -> OrderEvidence {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        if !records.isEmpty {
            _ = try store.write(records, at: Fixture.now)
        }
        try store.endRun(at: Fixture.now)
        return try OrderEvidence(path: fixture.path)
    }

    @Test func `a ledger without an order has nothing to say`() throws {
        let found = try evidence([])
        #expect(found.orders == 0)
        #expect(found.fills == 0)
        #expect(found.states.isEmpty)
        #expect(found.adopted.isEmpty && found.absent.isEmpty && found.overfilled.isEmpty)
        #expect(found.unknownSpans.isEmpty && found.contradictions.isEmpty)
    }

    @Test func `orders and fills are counted, and every order's state is told`() throws {
        let found = try evidence([
            .intents([
                Fixture.order("a", cycle: 1), Fixture.order("b", cycle: 1),
                Fixture.order("c", cycle: 1),
            ]),
            Fixture.step("a", .intended, .submitted, .submitting),
            Fixture.step("a", .submitting, .filled, .filled),
            Fixture.step("b", .intended, .outcomeLost, .unknown),
            .fill(Fixture.trade("a1", of: "a")), .fill(Fixture.trade("a2", of: "a")),
            .fill(Fixture.trade("a3", of: "a", kind: .reversal)),
            .fill(Fixture.trade("a4", of: "a", kind: .correction)),
        ])
        #expect(found.orders == 3)
        #expect(found.fills == 2)
        #expect(
            found.states == [
                ClientOrderID("a"): .filled, ClientOrderID("b"): .unknown,
                ClientOrderID("c"): .intended,
            ]
        )
        #expect(found.adopted.isEmpty)
        #expect(found.overfilled.isEmpty)
    }

    @Test func `an order that no cycle, no exit and no earlier attempt explains was adopted`()
        throws
    {
        let found = try evidence([
            .intents([
                Fixture.order("of a cycle", cycle: 0), Fixture.order("z"),
                Fixture.order("of an exit", side: .sell, exit: .maxHold),
                Fixture.order("after another", parent: "z"), Fixture.order("b"),
            ])
        ])
        #expect(found.adopted == [ClientOrderID("b"), ClientOrderID("z")])
        #expect(found.orders == 5)
    }

    @Test func `more than was wanted is told, all attempts at it together`() throws {
        let found = try evidence([
            .intents([
                Fixture.order("first", terms: Fixture.limit("1"), cycle: 1),
                Fixture.order("second", terms: Fixture.limit("0.5"), parent: "first", cycle: 1),
                Fixture.order("third", terms: Fixture.limit("0.25"), parent: "second", cycle: 1),
                Fixture.order("exact", terms: Fixture.limit("0.75"), cycle: 2),
                Fixture.order("excess", terms: Fixture.limit("0.5"), cycle: 2),
                Fixture.order("market", terms: .marketBase(Quantity("0.1")), cycle: 3),
            ]),
            .fill(Fixture.trade("1", of: "first", Fixture.btc, "0.5")),
            .fill(Fixture.trade("2", of: "second", Fixture.btc, "0.25")),
            .fill(Fixture.trade("3", of: "third", Fixture.btc, "0.3")),
            .fill(Fixture.trade("4", of: "exact", Fixture.btc, "0.5")),
            .fill(Fixture.trade("5", of: "exact", Fixture.btc, "0.25")),
            .fill(Fixture.trade("6", of: "excess", Fixture.btc, "0.500000000000000001")),
            .fill(Fixture.trade("7", of: "market", Fixture.btc, "5")),
        ])
        #expect(
            found.overfilled == [
                "0.500000000000000001 was traded for excess, which wanted 0.5",
                "1.05 was traded for first, which wanted 1",
            ]
        )
        #expect(found.fills == 7)
    }

    @Test func `what was taken for absent is told, and how long each fate was unknown`() throws {
        let found = try evidence([
            .intents([
                Fixture.order("a", cycle: 1), Fixture.order("b", cycle: 1),
                Fixture.order("c", cycle: 1),
            ]),
            Fixture.step("a", .submitting, .outcomeLost, .unknown, at: 10),
            Fixture.step("b", .submitting, .outcomeLost, .unknown, at: 11),
            Fixture.step("a", .unknown, .accepted, .open, at: 50),
            Fixture.step("b", .unknown, .provenAbsent, .canceled, at: 18),
            Fixture.step("a", .open, .outcomeLost, .unknown, at: 60),
            Fixture.step("a", .unknown, .filled, .filled, at: 63),
            // Still unknown at the end: no span yet.
            Fixture.step("c", .submitting, .outcomeLost, .unknown, at: 70),
        ])
        #expect(found.absent == [ClientOrderID("b")])
        #expect(found.unknownSpans == [.seconds(3), .seconds(7), .seconds(40)])
    }

    @Test func `what contradicted the ledger is told, and no other alert`() throws {
        let text = "a record contradicts the ledger and was left out: why"
        let found = try evidence([
            Fixture.alert(.anomaly, .warning, "a fill of an order that nobody knows"),
            Fixture.alert(.anomaly, .warning, text),
        ])
        #expect(found.contradictions == [text])
    }
}
