import Foundation
import Testing
import VigilCore
import VigilLedger
import VigilModel
import VigilTestSupport

/// A ledger in a folder of its own.
struct LedgerFixture {
    private let scratch: ScratchFolder
    var folder: String { scratch.path }
    var path: String { folder + "/ledger.sqlite" }
    var audit: String { folder + "/audit" }
    static let now = Instant(seconds: 1_767_571_200)
    static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)

    static func halt(_ detail: String) -> ActiveHalt {
        ActiveHalt(Halt(.overload), detail: detail, raisedAt: now)
    }

    init() throws {
        scratch = try ScratchFolder()
    }

    func open(run: String = "run1") throws -> LedgerStore {
        var store = try LedgerStore(path: path, auditDirectory: audit, freshInstance: "instance")
        try store.beginRun(
            .init(
                id: RunID(run),
                mode: .paper,
                configHash: "0123456789abcdef",
                configuration: #"{"values":{}}"#
            ),
            at: Self.now
        )
        return store
    }

    func verdict() throws -> AuditVerifier.Verdict {
        try AuditVerifier.verify(directory: audit, head: LedgerStore.readHead(path: path))
    }

    var lines: [String] {
        get throws {
            try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(
                String.init
            )
        }
    }

    var file: String { audit + "/audit-20260105.jsonl" }

    func rewrite(_ lines: [String]) throws {
        try (lines.joined(separator: "\n") + "\n")
            .write(toFile: file, atomically: true, encoding: .utf8)
    }

    static func intent(_ id: String) throws -> Intent {
        Intent(
            request: OrderRequest(
                clientOrderID: ClientOrderID(id),
                product: btc,
                side: .buy,
                terms: .limit(
                    price: try Price("100.01", .usd),
                    quantity: try Quantity("0.5"),
                    timeInForce: .goodTillTime(now + .seconds(60)),
                    postOnly: true
                )
            ),
            purpose: .entry(
                ExitPlan(
                    stopLoss: try Rate("0.03"),
                    takeProfit: try Rate("0.05"),
                    holdMax: .seconds(3_600)
                )
            ),
            parent: nil,
            cycle: 7,
            createdAt: now
        )
    }

    static func fill(_ id: String, order: String) throws -> Fill {
        Fill(
            entryID: EntryID(id),
            tradeID: TradeID("t\(id)"),
            clientOrderID: ClientOrderID(order),
            product: btc,
            side: .buy,
            price: try Price("100.01", .usd),
            quantity: try Quantity("0.25"),
            fee: try Money("0.15001500000000001", .usd),
            role: .maker,
            kind: .fill,
            occurredAt: now
        )
    }
}

@Suite struct LedgerTests {
    @Test func `a fill is recorded once, whatever comes again`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([LedgerFixture.intent("a")])], at: LedgerFixture.now)
        let fill = try LedgerFixture.fill("1", order: "a")
        let first = try store.write([.fill(fill), .fill(fill)], at: LedgerFixture.now)
        #expect(first.count == 1)
        #expect(try store.write([.fill(fill)], at: LedgerFixture.now).isEmpty)
        #expect(try store.fills() == [fill])
    }

    @Test func `a fill of an order that was never meant is refused whole`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let stray = try LedgerFixture.fill("1", order: "nobody")
        #expect(throws: (any Error).self) {
            try store.write(
                [.intents([LedgerFixture.intent("a")]), .fill(stray)],
                at: LedgerFixture.now
            )
        }
        #expect(try store.load().unfinished.isEmpty)
        _ = try store.write([.intents([LedgerFixture.intent("a")])], at: LedgerFixture.now)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `what is read back is what was written`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let intent = try LedgerFixture.intent("a")
        _ = try store.write(
            [
                .flow(Money("10000", .usd), reason: "test"), .intents([intent]),
                .fill(LedgerFixture.fill("1", order: "a")),
                .halt(ActiveHalt(Halt(.mismatch), detail: "test", raisedAt: LedgerFixture.now)),
                .halt(ActiveHalt(Halt(.kill), detail: "test", raisedAt: LedgerFixture.now)),
                .halt(
                    ActiveHalt(
                        Halt(.spread, LedgerFixture.btc),
                        detail: "test",
                        raisedAt: LedgerFixture.now
                    )
                ),
                .haltCleared(Halt(.mismatch), reason: "test"),
            ],
            at: LedgerFixture.now
        )
        let state = try LedgerStore(
            path: fixture.path,
            auditDirectory: fixture.audit,
            freshInstance: "other"
        ).load()
        #expect(state.unfinished.map(\.intent) == [intent])
        #expect(state.halts.map(\.halt) == [Halt(.kill), Halt(.spread, LedgerFixture.btc)])
        #expect(!state.endedCleanly, "the run was not ended")
        let position = try #require(state.replay.books.positions[LedgerFixture.btc])
        #expect(position.cost.amount == "25.0025")
        #expect(position.entryFees.amount == "0.15001500000000001")
        #expect(state.replay.books.cash[.usd]?.amount == "9974.84748499999999999")
    }

    @Test func `a halt that is cleared is cleared alone, and the others outlive a restart`() throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let raised = [
            Halt(.spread, LedgerFixture.btc), Halt(.spread, eth), Halt(.feedGap, eth),
            Halt(.mismatch), Halt(.kill),
        ]
        for halt in raised {
            let active = ActiveHalt(halt, detail: "test", raisedAt: LedgerFixture.now)
            _ = try store.write([.halt(active)], at: LedgerFixture.now)
        }
        func reloaded() throws -> Set<Halt> {
            let again = try LedgerStore(
                path: fixture.path,
                auditDirectory: fixture.audit,
                freshInstance: "x"
            )
            return Set(try again.load().halts.map(\.halt))
        }
        var left = Set(raised)
        #expect(try reloaded() == left)
        for halt in raised {
            _ = try store.write([.haltCleared(halt, reason: "test")], at: LedgerFixture.now)
            left.remove(halt)
            #expect(try reloaded() == left, "after clearing \(halt)")
        }
    }

    @Test func `a halt of one reason for all and for one product are two halts`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        for halt in [Halt(.volatility), Halt(.volatility, LedgerFixture.btc)] {
            let active = ActiveHalt(halt, detail: "test", raisedAt: LedgerFixture.now)
            _ = try store.write([.halt(active)], at: LedgerFixture.now)
        }
        _ = try store.write([.haltCleared(Halt(.volatility), reason: "")], at: LedgerFixture.now)
        #expect(try store.load().halts.map(\.halt) == [Halt(.volatility, LedgerFixture.btc)])
    }

    @Test func `a halt that ended before keeps the time and the reason of its end`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let halt = Halt(.spread, LedgerFixture.btc)
        for round in 0..<2 {
            let at = LedgerFixture.now + .seconds(10 * round)
            _ = try store.write([.halt(ActiveHalt(halt, detail: "", raisedAt: at))], at: at)
            _ = try store.write(
                [.haltCleared(halt, reason: "no. \(round)")],
                at: at + .seconds(5)
            )
        }
        let rows = try HaltEvidence(path: fixture.path, halt: halt).rows
        #expect(rows.map(\.because) == ["no. 0", "no. 1"])
        #expect(
            rows.map(\.clearedAt)
                == [LedgerFixture.now + .seconds(5), LedgerFixture.now + .seconds(15)]
        )
    }

    @Test func `an installation keeps its name`() throws {
        let fixture = try LedgerFixture()
        #expect(try fixture.open().instanceName == "instance")
        let again = try LedgerStore(
            path: fixture.path,
            auditDirectory: fixture.audit,
            freshInstance: "other"
        )
        #expect(again.instanceName == "instance")
    }

    @Test func `a ledger of a newer version is refused`() throws {
        let fixture = try LedgerFixture()
        _ = try fixture.open()
        try fixture.sqlite("INSERT INTO grdb_migrations VALUES ('9-from-the-future')")
        let error = #expect(throws: LedgerError.self) { try fixture.open() }
        #expect(error?.code == .newerSchema)
    }

    @Test func `an unwritable path is an error that names it`() {
        let error = #expect(throws: LedgerError.self) {
            try LedgerStore(
                path: "/proc/nowhere/ledger.sqlite",
                auditDirectory: "/proc/nowhere",
                freshInstance: "x"
            )
        }
        #expect(error?.message.contains("/proc/nowhere/ledger.sqlite") == true)
    }
}

extension LedgerFixture {
    func sqlite(_ sql: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let code =
            "import sqlite3,sys;d=sqlite3.connect(sys.argv[1]);d.execute(sys.argv[2]);d.commit()"
        process.arguments = ["python3", "-c", code, path, sql]
        try process.run()
        process.waitUntilExit()
    }
}

extension AuditVerifier.Verdict {
    var isIntact: Bool {
        switch self {
        case .intact: true
        case .broken: false
        }
    }

    var place: String? {
        switch self {
        case .intact: nil
        case .broken(let place, _): place
        }
    }
}
