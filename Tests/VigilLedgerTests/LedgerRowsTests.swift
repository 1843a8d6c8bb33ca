import Testing
import VigilCore
import VigilLedger
import VigilModel

/// Which row each record becomes, column by column.
@Suite struct LedgerRowsTests {
    private typealias Fixture = LedgerFixture

    private static func nanoseconds(_ seconds: Int) -> String {
        "\(Fixture.at(seconds).nanoseconds)"
    }

    private func written(_ records: [LedgerRecord]...) throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for (number, batch) in records.enumerated() {
            _ = try store.write(batch, at: Fixture.at(900 + number))
        }
        return fixture
    }

    @Test func `an entry keeps its plan and its cycle, an exit its reason`() throws {
        let fixture = try written([
            .intents([
                Fixture.order("a", Fixture.eth, cycle: 7, strategy: "rules", at: 1),
                Fixture.order("b", side: .sell, exit: .trim, parent: "a", at: 2),
            ])
        ])
        let columns = """
            client_order_id, run_id, cycle, product, side, exit_reason, stop_loss, take_profit,
            hold_max_ns, parent_id, created_at, strategy
            """
        #expect(
            try fixture.rows("SELECT \(columns) FROM intents ORDER BY client_order_id") == [
                [
                    "a", "run1", "7", "ETH-USD", "buy", "-", "0.03", "0.05", "3600000000000", "-",
                    Self.nanoseconds(1), "rules",
                ],
                [
                    "b", "run1", "-", "BTC-USD", "sell", "trim", "-", "-", "-", "a",
                    Self.nanoseconds(2), "",
                ],
            ]
        )
        #expect(
            try fixture.rows("SELECT * FROM orders ORDER BY client_order_id") == [
                ["a", "-", "intended", Self.nanoseconds(1)],
                ["b", "-", "intended", Self.nanoseconds(2)],
            ]
        )
    }

    @Test func `a step moves its order, whose venue's name stays once it is known`() throws {
        let proven = Transition(
            Fixture.asked("a"),
            from: .unknown,
            to: .canceled,
            fact: .provenAbsent,
            at: Fixture.at(7),
            evidence: "look-ups 3 and 4"
        )
        let fixture = try written([
            .intents([Fixture.order("a"), Fixture.order("b", at: 1)]),
            Fixture.step("a", .submitting, .accepted, .open, venue: "venue-1", at: 5),
            Fixture.step("a", .open, .outcomeLost, .unknown, at: 6), .transition(proven, nil),
        ])
        #expect(
            try fixture.rows("SELECT * FROM orders ORDER BY client_order_id") == [
                ["a", "venue-1", "canceled", Self.nanoseconds(7)],
                ["b", "-", "intended", Self.nanoseconds(1)],
            ]
        )
        let columns = "client_order_id, from_state, to_state, fact, at, evidence"
        #expect(
            try fixture.rows("SELECT \(columns) FROM transitions ORDER BY id") == [
                ["a", "submitting", "open", "accepted", Self.nanoseconds(5), ""],
                ["a", "open", "unknown", "outcome_lost", Self.nanoseconds(6), ""],
                [
                    "a", "unknown", "canceled", "proven_absent", Self.nanoseconds(7),
                    "look-ups 3 and 4",
                ],
            ]
        )
    }

    @Test func `a look keeps what was found of each order, or that nothing could be read`() throws {
        let intent = try Fixture.order("a")
        let order = VenueOrder(
            venueOrderID: VenueOrderID("venue-1"),
            request: intent.request,
            status: .filled,
            filledQuantity: .zero,
            createdAt: Fixture.now
        )
        func look(_ number: Int, _ found: [ClientOrderID: VenueOrder]?) -> LedgerRecord {
            .lookUp(
                LookUp(
                    number: number,
                    at: Fixture.at(60),
                    since: Fixture.at(10),
                    asked: [ClientOrderID("a"), ClientOrderID("b")],
                    found: found,
                    detail: "look \(number)"
                )
            )
        }
        let fixture = try written([
            .intents([intent, Fixture.order("b")]),
            look(1, [ClientOrderID("a"): order]), look(2, nil),
        ])
        let (at, since) = (Self.nanoseconds(60), Self.nanoseconds(10))
        #expect(
            try fixture.rows("SELECT * FROM look_ups ORDER BY number, client_order_id") == [
                ["run1", "1", "a", at, since, "filled", "look 1"],
                ["run1", "1", "b", at, since, "absent", "look 1"],
                ["run1", "2", "a", at, since, "unreadable", "look 2"],
                ["run1", "2", "b", at, since, "unreadable", "look 2"],
            ]
        )
    }

    @Test func `a fill keeps all that the venue said of it, and when it was recorded`() throws {
        let fixture = try written([
            .intents([Fixture.order("a")]),
            .fill(
                Fixture.trade(
                    "e1",
                    of: "a",
                    side: .sell,
                    price: "99.5",
                    fee: "0.125",
                    role: .taker,
                    kind: .correction,
                    at: 3
                )
            ),
        ])
        #expect(
            try fixture.rows("SELECT * FROM fills") == [
                [
                    "1", "e1", "trade-e1", "a", "BTC-USD", "sell", "99.5", "0.25", "0.125 USD",
                    "taker", "correction", Self.nanoseconds(3), Self.nanoseconds(900),
                ]
            ]
        )
    }

    @Test func `flows, holdings of others and alerts are kept with their time`() throws {
        let btc = Fixture.btc.base
        let fixture = try written(
            [
                .flow(try Money("-0.5", btc), reason: "sent away"),
                .externals([try Money("7", .usd), try Money("3", btc)]),
            ],
            [.externals([try Money("4", btc)]), Fixture.alert(.halt, .critical, "kill: by hand")]
        )
        #expect(
            try fixture.rows("SELECT * FROM flows") == [
                ["1", "BTC", "-0.5", "sent away", Self.nanoseconds(900)]
            ]
        )
        #expect(
            try fixture.rows("SELECT * FROM externals ORDER BY currency") == [
                ["BTC", "4", Self.nanoseconds(901)], ["USD", "7", Self.nanoseconds(900)],
            ]
        )
        #expect(
            try fixture.rows("SELECT * FROM alerts") == [
                [
                    "1", "halt", "critical", "kill: by hand", "3", "1", Self.nanoseconds(0),
                    Self.nanoseconds(901),
                ]
            ]
        )
    }

    @Test func `a decision keeps what the books were worth, and all of its stages' time`() throws {
        let fixture = try written([
            .decision(
                try Fixture.decision(4, worth: "10000.5", at: 240),
                latencies: [(.risk, 5), (.execution, 70), (.risk, 600)]
            ),
            .decision(try Fixture.decision(5, "no_trade", "no_triggers", at: 300), latencies: []),
        ])
        #expect(
            try fixture.rows("SELECT * FROM cycles ORDER BY cycle") == [
                [
                    "run1", "4", Self.nanoseconds(240), "executed", "-", "675", "10000.5", "250",
                    "0.0125",
                ],
                [
                    "run1", "5", Self.nanoseconds(300), "no_trade", "no_triggers", "0", "-", "-",
                    "-",
                ],
            ]
        )
    }
}
