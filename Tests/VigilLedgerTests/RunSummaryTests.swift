import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// What a run amounts to, beside another one in the same ledger.
@Suite struct RunSummaryTests {
    private static func cycle(
        _ number: Int,
        _ outcome: CycleOutcome,
        _ latencies: Int64...
    ) throws -> LedgerRecord {
        let stages: [Stage] = [.risk, .execution]
        return .decision(
            try LedgerFixture.decision(number, outcome.name, outcome.reason),
            latencies: zip(stages, latencies).map { ($0, $1) }
        )
    }

    @Test func `a run of which nothing is recorded amounts to nothing`() throws {
        let fixture = try LedgerFixture()
        let store = try fixture.open()
        let summary = try store.summary(of: RunID("nobody"))
        #expect(summary == RunSummary())
        #expect(summary.worstCycle == 0)
        #expect(summary.meanCycle == 0)
        #expect(summary.orders == 0 && summary.fills == 0 && summary.makerFills == 0)
        #expect(summary.alerts == 0)
        #expect(summary.fees == Money.zero(.usd))
    }

    @Test func `cycles are counted by outcome and by reason, those of the run alone`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open(run: "other")
        _ = try store.write([Self.cycle(1, .executed, 5_000)], at: LedgerFixture.now)
        try store.endRun(at: LedgerFixture.now)
        store = try fixture.open(run: "run1")
        _ = try store.write(
            [
                Self.cycle(1, .aborted(.stageTimeout), 60),
                Self.cycle(2, .executed, 600, 300), Self.cycle(3, .executed, 10),
                Self.cycle(4, .noTrade(.allDenied), 50),
                Self.cycle(5, .noTrade(.noTriggers), 7),
                Self.cycle(6, .noTrade(.noTriggers), 8, 2),
            ],
            at: LedgerFixture.now
        )
        let summary = try store.summary(of: RunID("run1"))
        #expect(summary.cycles == ["aborted": 1, "executed": 2, "no_trade": 3])
        #expect(
            summary.noTradeReasons == ["stage_timeout": 1, "all_denied": 1, "no_triggers": 2]
        )
        #expect(summary.worstCycle == 900)
        // 60 + 900 + 10 + 50 + 7 + 10 are 1,037, over six cycles.
        #expect(summary.meanCycle == 172)
        let other = try store.summary(of: RunID("other"))
        #expect(other.cycles == ["executed": 1])
        #expect(other.noTradeReasons.isEmpty)
        #expect(other.worstCycle == 5_000)
        #expect(other.meanCycle == 5_000)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `orders, rows and fees are those of the run, in dollars`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open(run: "other")
        _ = try store.write(
            [
                .intents([LedgerFixture.order("x")]),
                .fill(LedgerFixture.trade("x1", of: "x", fee: "7")),
                LedgerFixture.alert(.halt, .critical, "kill: by hand"),
            ],
            at: LedgerFixture.now
        )
        try store.endRun(at: LedgerFixture.now)
        store = try fixture.open(run: "run1")
        _ = try store.write(
            [
                .intents([LedgerFixture.order("a"), LedgerFixture.order("b")]),
                .intents([LedgerFixture.order("c")]),
                .fill(LedgerFixture.trade("a1", of: "a", fee: "0.25")),
                .fill(LedgerFixture.trade("a2", of: "a", fee: "0.5", role: .taker)),
                .fill(LedgerFixture.trade("b1", of: "b", fee: "1.125")),
                LedgerFixture.alert(.anomaly, .warning, "something illegal"),
            ],
            at: LedgerFixture.now
        )
        let summary = try store.summary(of: RunID("run1"))
        #expect(summary.orders == 3)
        #expect(summary.fills == 3)
        #expect(summary.makerFills == 2)
        #expect(summary.fees.description == "1.875 USD")
        #expect(summary.exits.isEmpty)
        let other = try store.summary(of: RunID("other"))
        #expect(other.orders == 1 && other.fills == 1 && other.makerFills == 1)
        #expect(other.fees.description == "7 USD")
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `a position counts as left once, with the sale that ends it`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open(run: "run1")
        let (btc, eth, sol) = (LedgerFixture.btc, LedgerFixture.eth, LedgerFixture.sol)
        let trades: [(ProductID, String, ExitReason?)] = [
            (btc, "0.5", nil), (eth, "1", nil), (btc, "0.25", nil),
            (btc, "0.5", .takeProfit), (eth, "1", .stopLoss), (btc, "0.25", .takeProfit),
            // Bought anew after it was left.
            (btc, "0.1", nil), (btc, "0.1", .takeProfit),
            // An earlier run had bought it.
            (sol, "2", .maxHold),
            // More than this run had bought, and less.
            (eth, "1", nil), (eth, "1.5", .rotation), (eth, "3", nil), (eth, "2", .trim),
        ]
        for (number, (product, quantity, exit)) in trades.enumerated() {
            let (id, side) = ("o\(number)", exit == nil ? Side.buy : .sell)
            _ = try store.write(
                [
                    .intents([LedgerFixture.order(id, product, side: side, exit: exit)]),
                    .fill(LedgerFixture.trade("e\(number)", of: id, product, side: side, quantity)),
                ],
                at: LedgerFixture.at(number)
            )
        }
        let summary = try store.summary(of: RunID("run1"))
        #expect(summary.exits == [.takeProfit: 2, .stopLoss: 1, .maxHold: 1, .rotation: 1])
        #expect(summary.fills == 13)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `a trade that the venue took back costs nothing and ends nothing`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open(run: "run1")
        let trades: [(FillKind, String, ExitReason?)] = [
            (.fill, "1", nil), (.reversal, "1", nil), (.fill, "1", nil),
            (.fill, "1", .takeProfit), (.reversal, "1", .takeProfit), (.fill, "1", .stopLoss),
        ]
        for (number, (kind, quantity, exit)) in trades.enumerated() {
            let (id, side) = ("o\(number)", exit == nil ? Side.buy : .sell)
            let fill = try LedgerFixture.trade(
                "e\(number)",
                of: id,
                side: side,
                quantity,
                fee: "0.5",
                kind: kind
            )
            _ = try store.write(
                [.intents([LedgerFixture.order(id, side: side, exit: exit)]), .fill(fill)],
                at: LedgerFixture.at(number)
            )
        }
        let summary = try store.summary(of: RunID("run1"))
        #expect(summary.fees.description == "1 USD")
        #expect(summary.exits[.stopLoss] == 1)
        #expect(summary.exits[.takeProfit, default: 0] == 0)
    }
}
