import GRDB
import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// What a start finds, field by field.
@Suite struct LedgerLoadTests {
    private typealias Fixture = LedgerFixture

    private func run(_ id: String, at seconds: Int, _ fixture: LedgerFixture) throws -> LedgerStore
    {
        var store = try LedgerStore(
            path: fixture.path,
            auditDirectory: fixture.audit,
            freshInstance: "x"
        )
        try store.beginRun(
            .init(id: RunID(id), mode: .paper, configHash: "", configuration: "{}"),
            at: Fixture.at(seconds)
        )
        return store
    }

    @Test func `the first start finds no past, and nothing to go on with`() throws {
        let fixture = try LedgerFixture()
        for state in [try fixture.open().load(), LedgerState()] {
            #expect(state.replay == LedgerReplay())
            #expect(state.unfinished.isEmpty && state.ended.isEmpty && state.halts.isEmpty)
            #expect(!state.isKilled)
            #expect(state.references == PortfolioReferences())
            #expect(state.externals.isEmpty)
            #expect(state.lastFillAt == nil && state.lastRunAt == nil)
            #expect(state.fillCount == 0)
            #expect(state.endedCleanly)
            #expect(state.tornAuditLine == nil)
        }
        #expect(try fixture.open(run: "run2").load().hasNoPast)
        #expect(!LedgerState().hasNoPast)
    }

    @Test func `one decision is a past`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.decision(Fixture.decision(1), latencies: [])], at: Fixture.now)
        #expect(try !store.load().hasNoPast)
        #expect(try fixture.verdict().isIntact)
    }

    @Test
    func `the newest fill is the one that the venue's clock says, in whatever order they came`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write(
            [
                .intents([Fixture.order("a")]),
                .fill(Fixture.trade("1", of: "a", at: 10)),
                .fill(Fixture.trade("2", of: "a", at: 30)),
                .fill(Fixture.trade("3", of: "a", at: 20)),
            ],
            at: Fixture.at(40)
        )
        let state = try store.load()
        #expect(state.lastFillAt == Fixture.at(30))
        #expect(state.fillCount == 3)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the run before this one is known by its beginning, and whether it ended`() throws {
        let fixture = try LedgerFixture()
        var store = try run("run1", at: 10, fixture)
        #expect(try store.load().endedCleanly)
        try store.endRun(at: Fixture.at(20))
        store = try run("run2", at: 30, fixture)
        #expect(try store.load().lastRunAt == Fixture.at(10))
        #expect(try store.load().endedCleanly)
        store = try run("run3", at: 40, fixture)
        #expect(try store.load().lastRunAt == Fixture.at(30))
        #expect(try !store.load().endedCleanly)
        try store.endRun(at: Fixture.at(50))
        #expect(try store.load().lastRunAt == Fixture.at(40))
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `an order comes back with what has traded of it, each row once`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let intents = [
            try Fixture.order("b", Fixture.eth, cycle: 7, strategy: "rules", at: 1),
            try Fixture.order("a", side: .sell, exit: .maxHold, parent: "b", at: 2),
        ]
        _ = try store.write(
            [
                .intents(intents),
                Fixture.step("b", .open, .partiallyFilled, .partiallyFilled, venue: "venue-b"),
                .fill(Fixture.trade("1", of: "b", Fixture.eth, "0.25")),
                .fill(Fixture.trade("2", of: "b", Fixture.eth, "0.5")),
                .fill(Fixture.trade("3", of: "b", Fixture.eth, "0.25", kind: .correction)),
            ],
            at: Fixture.now
        )
        let found = try store.load().unfinished
        #expect(found.map(\.intent) == intents.reversed())
        #expect(found.map(\.state) == [.intended, .partiallyFilled])
        #expect(found.map(\.venueOrderID) == [nil, VenueOrderID("venue-b")])
        #expect(found.map(\.filled) == [.zero, try Quantity("0.75")])
        #expect(found.map(\.rows) == [[], [EntryID("1"), EntryID("2")]])
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `the last five hundred orders that ended come back, oldest first`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        // The ids do not sort as the orders came.
        let ids = (0..<502).map { "o\(($0 * 7) % 502)" }
        _ = try store.write(
            [.intents(ids.map { try Fixture.order($0) })]
                + ids.dropLast().map { Fixture.step($0, .open, .canceled, .canceled) },
            at: Fixture.now
        )
        let state = try store.load()
        #expect(state.ended.count == 500)
        #expect(state.ended.map(\.id.text) == Array(ids.dropFirst().dropLast()))
        #expect(state.unfinished.map(\.id.text) == Array(ids.suffix(1)))
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `an order is unfinished where its state is no end`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let states = OrderState.allCases
        _ = try store.write(
            [.intents(states.map { try Fixture.order($0.rawValue) })]
                + states.map { Fixture.step($0.rawValue, .intended, .submitted, $0) },
            at: Fixture.now
        )
        let found = try store.load()
        #expect(Set(found.unfinished.map(\.state)) == Set(states.filter { !$0.isFinal }))
        #expect(found.ended.map(\.state) == states.filter(\.isFinal))
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `halts come back with their case and their beginning, in their order`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let halts = [
            ActiveHalt(Halt(.spread, Fixture.eth), detail: "wide", raisedAt: Fixture.at(3)),
            ActiveHalt(Halt(.mismatch), detail: "differs", raisedAt: Fixture.at(2)),
            ActiveHalt(Halt(.spread, Fixture.btc), detail: "wider", raisedAt: Fixture.at(1)),
        ]
        _ = try store.write(halts.map { .halt($0) }, at: Fixture.now)
        var state = try store.load()
        #expect(state.halts == [halts[1], halts[2], halts[0]])
        #expect(!state.isKilled)
        let kill = ActiveHalt(Halt(.kill), detail: "by hand", raisedAt: Fixture.at(9))
        _ = try store.write([.halt(kill)], at: Fixture.now)
        state = try store.load()
        #expect(state.halts.first == kill)
        #expect(state.isKilled)
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `levels and what others hold come back as they were last`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let btc = Fixture.btc.base
        let worth = try Money("1000", .usd)
        let first = try PortfolioReferences().advanced(to: worth, at: Fixture.now)
        let last = try first.advanced(to: Money("900", .usd), at: Fixture.at(86_400))
        _ = try store.write(
            [
                .references(first), .externals([Money("7", .usd), Money("3", btc)]),
                .references(last), .externals([Money("4", btc)]),
            ],
            at: Fixture.now
        )
        let state = try store.load()
        #expect(state.references == last)
        #expect(state.externals == [.usd: try Money("7", .usd), btc: try Money("4", btc)])
        #expect(try fixture.verdict().isIntact)
    }

    @Test func `orders that the ledger has no row for are named, sorted`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([Fixture.order("b")])], at: Fixture.now)
        let ids = Set(["c", "b", "a"].map { ClientOrderID($0) })
        #expect(try store.unknown(ids) == [ClientOrderID("a"), ClientOrderID("c")])
        #expect(try store.unknown([]).isEmpty)
        #expect(try fixture.verdict().isIntact)
    }

    /// A table and its column, with what nobody can read and what it holds, and how that is told.
    private static let spoilt = [
        ("halts", "reason", "whim", "overload", "halt: `whim`"),
        ("externals", "currency", "a b", "USD", "currency: `a b`"),
        ("flows", "currency", "c d", "USD", "currency: `c d`"),
        ("intents", "exit_reason", "whim", nil, "exit reason: `whim`"),
        ("intents", "side", "whim", "buy", "order: `a`"),
        ("intents", "product", "whim", "BTC-USD", "order: `a`"),
        ("orders", "state", "whim", "intended", "order: `a`"),
        ("fills", "product", "whim", "BTC-USD", "fill: `e1`"),
        ("fills", "side", "whim", "buy", "fill: `e1`"),
        ("fills", "role", "whim", "maker", "fill: `e1`"),
        ("fills", "kind", "whim", "fill", "fill: `e1`"),
        ("fills", "fee", "0.1USD", "0.1 USD", "fee: `0.1USD`"),
    ]

    @Test func `what cannot be read is no start, and is named`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write(
            [
                .intents([Fixture.order("a")]), .fill(Fixture.trade("e1", of: "a", fee: "0.1")),
                .flow(Money("1", .usd), reason: ""), .externals([Money("1", .usd)]),
                .halt(Fixture.halt("test")),
            ],
            at: Fixture.now
        )
        let before = try store.load().replay
        for (table, column, bad, good, told) in Self.spoilt {
            func set(_ value: String?) throws {
                try store.queue.write { database in
                    try database.execute(
                        sql: "UPDATE \(table) SET \(column) = ?",
                        arguments: [value]
                    )
                }
            }
            try set(bad)
            let error = #expect(throws: LedgerError.self, "\(told)") { try store.load() }
            #expect(error?.code == .corrupt)
            #expect(error?.message == "the ledger holds an unreadable \(told)")
            try set(good)
        }
        #expect(try store.load().replay == before)
        #expect(try fixture.verdict().isIntact)
    }
}
