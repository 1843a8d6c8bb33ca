import Testing
import VigilCore
import VigilLedger
import VigilModel

/// Rows for a spreadsheet, by value.
@Suite struct LedgerExportTests {
    private typealias Fixture = LedgerFixture

    @Test func `lots are told with their gain where they were sold, with their cost where held`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let eth = Fixture.eth
        _ = try store.write(
            [
                .intents([Fixture.order("a"), Fixture.order("b", side: .sell, exit: .trim)]),
                .fill(Fixture.trade("e1", of: "a", eth, "2", price: "100", fee: "1", at: 0)),
                .fill(
                    Fixture.trade("e2", of: "a", Fixture.btc, "1", price: "50", fee: "0.5", at: 1)
                ),
                .fill(Fixture.trade("e3", of: "a", eth, "1", price: "120", fee: "2", at: 2)),
                .fill(
                    Fixture.trade(
                        "e4",
                        of: "b",
                        eth,
                        side: .sell,
                        "2.5",
                        price: "110",
                        fee: "5",
                        at: 60
                    )
                ),
            ],
            at: Fixture.at(100)
        )
        let table = try LedgerExport.lots(path: fixture.path)
        #expect(
            table.header == [
                "product", "quantity", "acquired_at", "sold_at", "cost", "proceeds", "gain",
                "currency", "bought_entry_id", "sold_entry_id",
            ]
        )
        // 275 less 5 were brought by 2.5: 216 by the first two, 54 by the rest.
        #expect(
            table.rows == [
                [
                    "ETH-USD", "2", "2026-01-05T00:00:00Z", "2026-01-05T00:01:00Z", "201", "216",
                    "15", "USD", "e1", "e4",
                ],
                [
                    "ETH-USD", "0.5", "2026-01-05T00:00:02Z", "2026-01-05T00:01:00Z", "61", "54",
                    "-7", "USD", "e3", "e4",
                ],
                [
                    "BTC-USD", "1", "2026-01-05T00:00:01Z", "", "50.5", "", "", "USD", "e2", "",
                ],
                [
                    "ETH-USD", "0.5", "2026-01-05T00:00:02Z", "", "61", "", "", "USD", "e3", "",
                ],
            ]
        )
        #expect(table.rows.allSatisfy { $0.count == table.header.count })
    }

    @Test func `the equity curve is told cycle by cycle, with the dollars that flowed before`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        func decide(_ cycle: Int, _ worth: String?, at seconds: Int) throws {
            let record = try Fixture.decision(cycle, worth: worth, at: seconds)
            _ = try store.write([.decision(record, latencies: [])], at: Fixture.at(seconds))
        }
        func flow(_ amount: String, _ currency: Currency = .usd, at seconds: Int) throws {
            let amount = try Money(amount, currency)
            _ = try store.write([.flow(amount, reason: "test")], at: Fixture.at(seconds))
        }
        try decide(1, "0", at: 60)
        try flow("1000", at: 119)
        try flow("-0.5", Fixture.btc.base, at: 119)
        try flow("200", at: 120)
        try decide(2, "1200.5", at: 120)
        try flow("-50", at: 121)
        try decide(3, nil, at: 180)
        try decide(4, "1151", at: 240)
        try flow("7", at: 241)
        let table = try LedgerExport.equity(path: fixture.path)
        #expect(
            table.header == ["at", "nlv_usd", "exposure_usd", "drawdown", "flows_usd"]
        )
        #expect(
            table.rows == [
                ["2026-01-05T00:01:00Z", "0", "250", "0.0125", "0"],
                ["2026-01-05T00:02:00Z", "1200.5", "250", "0.0125", "1200"],
                ["2026-01-05T00:04:00Z", "1151", "250", "0.0125", "1150"],
            ]
        )
    }

    @Test func `a ledger without a trade or a cycle has a header alone`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.flow(Money("1", .usd), reason: "")], at: Fixture.now)
        #expect(try LedgerExport.lots(path: fixture.path).rows.isEmpty)
        #expect(try LedgerExport.equity(path: fixture.path).rows.isEmpty)
    }
}
