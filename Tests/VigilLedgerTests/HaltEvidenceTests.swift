import Testing
import VigilCore
import VigilLedger
import VigilModel

/// What the rows say of one halt, beside others of its reason and of its product.
@Suite struct HaltEvidenceTests {
    private typealias Fixture = LedgerFixture
    private static let halt = Halt(.spread, Fixture.btc)

    private func written() throws -> LedgerFixture {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try store.endRun(at: Fixture.at(5))
        store = try fixture.open(run: "run2")
        func raised(_ halt: Halt, _ detail: String, at seconds: Int) -> LedgerRecord {
            .halt(ActiveHalt(halt, detail: detail, raisedAt: Fixture.at(seconds)))
        }
        _ = try store.write(
            [
                raised(Self.halt, "51 of 50 bp", at: 10),
                raised(Halt(.spread, Fixture.eth), "60 of 50 bp", at: 11),
                raised(Halt(.spread), "all", at: 12),
                raised(Halt(.volatility, Fixture.btc), "wild", at: 13),
            ],
            at: Fixture.at(14)
        )
        _ = try store.write([.haltCleared(Self.halt, reason: "49 of 50 bp")], at: Fixture.at(20))
        _ = try store.write([raised(Self.halt, "52 of 50 bp", at: 30)], at: Fixture.at(30))
        _ = try store.write(
            [
                Fixture.alert(.halt, .info, "spread BTC-USD: 51 of 50 bp"),
                Fixture.alert(.halt, .info, "spread ETH-USD: 60 of 50 bp"),
                Fixture.alert(.anomaly, .warning, "spread BTC-USD: of another kind"),
            ],
            at: Fixture.at(31)
        )
        _ = try store.write(
            [
                Fixture.alert(.halt, .critical, "spread BTC-USD: 52 of 50 bp"),
                .intents([
                    Fixture.order("b", Fixture.eth, side: .sell, exit: .purge, at: 41),
                    Fixture.order("a", Fixture.btc, cycle: 2, at: 40),
                ]),
                .decision(Fixture.decision(2, at: 120), latencies: []),
                .decision(Fixture.decision(1, at: 60), latencies: []),
            ],
            at: Fixture.at(32)
        )
        return fixture
    }

    @Test func `the halt's rows are told with their numbers, times and ends, and no other's`()
        throws
    {
        let fixture = try written()
        let rows = try HaltEvidence(path: fixture.path, halt: Self.halt).rows
        #expect(rows.map(\.id) == [1, 5])
        #expect(rows.map(\.detail) == ["51 of 50 bp", "52 of 50 bp"])
        #expect(rows.map(\.raisedAt) == [Fixture.at(10), Fixture.at(30)])
        #expect(rows.map(\.clearedAt) == [Fixture.at(20), nil])
        #expect(rows.map(\.because) == ["49 of 50 bp", nil])
        let all = try HaltEvidence(path: fixture.path, halt: Halt(.spread)).rows
        #expect(all.map(\.detail) == ["all"])
        #expect(all.map(\.clearedAt) == [nil])
        #expect(try HaltEvidence(path: fixture.path, halt: Halt(.kill)).rows.isEmpty)
    }

    @Test func `intents, runs, cycles and alerts are told oldest first`() throws {
        let fixture = try written()
        let found = try HaltEvidence(path: fixture.path, halt: Self.halt)
        #expect(found.intents.map(\.at) == [Fixture.at(40), Fixture.at(41)])
        #expect(found.intents.map(\.product) == [Fixture.btc, Fixture.eth])
        #expect(found.intents.map(\.isEntry) == [true, false])
        #expect(found.runs == [Fixture.now, Fixture.now])
        #expect(found.cycles == [Fixture.at(60), Fixture.at(120)])
        #expect(found.alerts.map(\.at) == [Fixture.at(31), Fixture.at(32)])
        #expect(found.alerts.map(\.severity) == ["info", "critical"])
    }
}
