import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// What the ledger answers to a batch, and the lines of the audit log that it becomes.
@Suite struct LedgerAnswersTests {
    private typealias Fixture = LedgerFixture

    private static func text(_ answer: LedgerAnswer) -> String {
        switch answer {
        case .intentsRecorded(let ids): "recorded \(ids)"
        case .intentsRefused(let ids): "refused \(ids)"
        case .fillRecorded(let fill, let origin):
            "fill \(fill.entryID) of \(origin.key.map { "\($0.run)/\($0.cycle)" } ?? "no cycle")"
        case .fillQuarantined(let doubted): "kept apart \(doubted.fill.entryID)"
        case .exitEnded(let product): "left \(product)"
        case .flowRecorded(let amount): "flow \(amount)"
        }
    }

    @Test func `each record is answered in its place, and those that only say so are not`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let answers = try store.write(
            [
                .flow(Money("10", .usd), reason: "in"),
                .intents([Fixture.order("b", cycle: 7), Fixture.order("a", exit: .purge)]),
                Fixture.step("a", .intended, .submitted, .submitting),
                .fill(Fixture.trade("1", of: "b")), .fill(Fixture.trade("2", of: "a")),
                .exitEnded(Fixture.eth), .halt(Fixture.halt("test")),
                .haltCleared(Halt(.overload), reason: "test"),
                Fixture.alert(.anomaly, .info, "test"), .externals([Money("1", .usd)]),
                .decision(Fixture.decision(1), latencies: []),
                .references(PortfolioReferences()), .intents([]),
            ],
            at: Fixture.now
        )
        #expect(
            answers.map(Self.text) == [
                "flow 10 USD", "recorded [b, a]", "fill 1 of run1/7", "fill 2 of no cycle",
                "left ETH-USD", "recorded []",
            ]
        )
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `a fill is answered with what its order was for`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let plan = ExitPlan(
            stopLoss: try Rate("0.03"),
            takeProfit: try Rate("0.05"),
            holdMax: .seconds(3_600)
        )
        _ = try store.write(
            [
                .intents([
                    Fixture.order("entry", cycle: 7, strategy: "rules"),
                    Fixture.order("exit", side: .sell, exit: .rotation),
                    Fixture.order("adopted"),
                ])
            ],
            at: Fixture.now
        )
        let key = EntryKey(run: RunID("run1"), cycle: 7)
        let wanted = [
            "entry": FillOrigin(.entry(plan), key: key, strategy: "rules"),
            "exit": FillOrigin(.exit(.rotation)), "adopted": FillOrigin(.entry(plan)),
        ]
        for (id, origin) in wanted {
            #expect(try store.origin(of: ClientOrderID(id)) == origin)
            let answers = try store.write(
                [.fill(Fixture.trade(id, of: id))],
                at: Fixture.now
            )
            guard case .fillRecorded(let fill, origin)? = answers.first else {
                Issue.record("\(id): \(answers)")
                continue
            }
            #expect(try fill == Fixture.trade(id, of: id))
        }
        let error = #expect(throws: LedgerError.self) {
            try store.origin(of: ClientOrderID("nobody"))
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "order `nobody` has no intent")
        #expect(try fixture.verdict().isIntact)
    }

    private func lines(_ fixture: LedgerFixture) throws -> [AuditLine] {
        try fixture.lines.map { try #require(AuditLine.opened($0)).line }
    }

    @Test func `the audit log tells what happened, in words and figures`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let (record, fill) = (try Fixture.decision(1, at: 60), try Fixture.trade("1", of: "a"))
        let spread = Halt(.spread, Fixture.eth)
        _ = try store.write(
            [
                .intents([Fixture.order("a")]), .fill(fill),
                .decision(record, latencies: [(.risk, 5), (.execution, 7), (.risk, 9)]),
                .halt(ActiveHalt(spread, detail: "51 of 50 bp", raisedAt: Fixture.at(1))),
                .haltCleared(spread, reason: "49 of 50 bp"),
                .flow(Money("10.5", .usd), reason: "deposit"),
                Fixture.alert(.blind, .critical, "no market"),
            ],
            at: Fixture.at(90)
        )
        let hash = store.decisionHash
        try store.endRun(at: Fixture.at(100))
        let found = try lines(fixture)
        #expect(
            found.map(\.kind) == [
                // Of one commit the flow comes first, wherever it stood.
                .runStarted, .flow, .fill, .decision, .halt, .haltCleared, .alert, .runEnded,
            ]
        )
        #expect(found.map(\.seq) == Array(1...8))
        #expect(found.map(\.at.nanoseconds).first == Fixture.now.nanoseconds)
        #expect(found.dropFirst().dropLast().allSatisfy { $0.at == Fixture.at(90) })
        #expect(found.last?.at == Fixture.at(100))
        #expect(found.allSatisfy { $0.run == RunID("run1") })
        #expect(found.allSatisfy { $0.configHash == "0123456789abcdef" })
        #expect(
            found.map(\.note) == [
                ["mode": "PAPER"], ["amount": "10.5 USD", "reason": "deposit"], nil, nil,
                ["reason": "spread ETH-USD", "detail": "51 of 50 bp"],
                ["reason": "spread ETH-USD", "because": "49 of 50 bp"],
                ["kind": "blind", "detail": "no market"], ["decision_hash": hash],
            ]
        )
        #expect(found.map(\.fill) == [nil, nil, fill, nil, nil, nil, nil, nil])
        #expect(found.map(\.decision) == [nil, nil, nil, record, nil, nil, nil, nil])
        let latencies: [String: Int64] = ["risk": 5, "execution": 7]
        #expect(found.map(\.latencies) == [nil, nil, nil, latencies, nil, nil, nil, nil])
        #expect(hash != String(repeating: "0", count: 64))
        #expect(try fixture.verdict().isIntact)
    }
}
