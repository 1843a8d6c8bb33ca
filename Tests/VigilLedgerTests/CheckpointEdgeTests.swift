import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// When a checkpoint is written, and in which order flows and fills are added up.
@Suite struct CheckpointEdgeTests {
    private typealias Fixture = LedgerFixture

    /// Books so many fills of one order in one batch.
    private func fill(_ store: inout LedgerStore, _ numbers: Range<Int>) throws {
        _ = try store.write(
            numbers.map { .fill(try Fixture.trade("e\($0)", of: "a", Fixture.btc, "1")) },
            at: Fixture.at(numbers.lowerBound)
        )
    }

    @Test func `five hundred fills more are worth a checkpoint, one less is not`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        func reached() throws -> [[String]] {
            try store.renewCheckpoint()
            return try fixture.rows("SELECT id, fill_id, flow_id FROM checkpoints")
        }
        #expect(try reached().isEmpty)
        _ = try store.write(
            [.intents([Fixture.order("a")]), .flow(Money("10", .usd), reason: "")],
            at: Fixture.now
        )
        try fill(&store, 0..<499)
        #expect(try reached().isEmpty)
        try fill(&store, 499..<500)
        #expect(try reached() == [["1", "500", "1"]])
        _ = try store.write([.flow(Money("30", .usd), reason: "")], at: Fixture.at(500))
        try fill(&store, 500..<999)
        #expect(try reached() == [["1", "500", "1"]])
        try fill(&store, 999..<1_000)
        #expect(try reached() == [["1", "1000", "2"]])
        // What is in it is not added up once more.
        let state = try store.load()
        #expect(state.fillCount == 1_000)
        #expect(state.replay.books.flows[.usd]?.amount == "40")
        #expect(state.replay.books.positions[Fixture.btc]?.quantity.description == "1000")
    }

    private func bought(_ records: [(seconds: Int, [LedgerRecord])]) throws -> PortfolioBooks {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([Fixture.order("a")])], at: Fixture.now)
        for (seconds, batch) in records {
            _ = try store.write(batch, at: Fixture.at(seconds))
        }
        let books = try store.load().replay.books
        #expect(try fixture.verdict().isIntact)
        return books
    }

    private static func buy(_ entry: String, at price: String) throws -> LedgerRecord {
        .fill(try Fixture.trade(entry, of: "a", Fixture.btc, "1", price: price))
    }

    private static func gone(_ amount: String) throws -> LedgerRecord {
        .flow(try Money(amount, Fixture.btc.base), reason: "sent away")
    }

    @Test func `coins that went between two purchases went at the cost of the first`() throws {
        let books = try bought([
            (10, [Self.buy("1", at: "100")]), (20, [Self.gone("-0.5")]),
            (30, [Self.buy("2", at: "200")]),
        ])
        let position = try #require(books.positions[Fixture.btc])
        #expect(position.quantity.description == "1.5")
        #expect(position.cost.amount == "250")
    }

    @Test func `coins that went after the last purchase went at the cost of all`() throws {
        let books = try bought([
            (10, [Self.buy("1", at: "100")]), (30, [Self.buy("2", at: "200")]),
            (40, [Self.gone("-0.5")]), (50, [Self.gone("-0.5")]),
        ])
        let position = try #require(books.positions[Fixture.btc])
        #expect(position.quantity.description == "1")
        #expect(position.cost.amount == "150")
        #expect(books.flows[Fixture.btc.base]?.amount == "-1")
    }

    @Test func `coins that went just before a purchase of the same moment were not of it`() throws {
        let books = try bought([(10, [Self.gone("-0.5"), Self.buy("1", at: "100")])])
        let position = try #require(books.positions[Fixture.btc])
        #expect(position.quantity.description == "1")
        #expect(position.cost.amount == "100")
        #expect(books.cash[Fixture.btc.base]?.amount == "-0.5")
    }

    @Test func `the end of a run writes a checkpoint where it is worth one`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([Fixture.order("a")])], at: Fixture.now)
        try fill(&store, 0..<500)
        try store.endRun(at: Fixture.at(600))
        #expect(try fixture.rows("SELECT fill_id FROM checkpoints") == [["500"]])
    }

    @Test func `flows of one commit are taken in before its fills, now and at the next start`()
        throws
    {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        _ = try store.write([.intents([Fixture.order("a")])], at: Fixture.now)
        let answers = try store.write(
            [Self.buy("1", at: "100"), Self.gone("-0.5")],
            at: Fixture.at(1)
        )
        var books = PortfolioBooks()
        for answer in answers {
            switch answer {
            case .flowRecorded(let amount): try books.record(flow: amount)
            case .fillRecorded(let fill, let origin): _ = try books.record(fill, origin)
            default: break
            }
        }
        #expect(books.holdings[Fixture.btc.base]?.amount == "0.5")
        #expect(try store.load().replay.books == books)
    }

    @Test func `a sell that was recorded before its buy is taken in behind it`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        let sale = try Fixture.order("b", side: .sell, exit: .stopLoss)
        _ = try store.write([.intents([Fixture.order("a"), sale])], at: Fixture.now)
        let sold = try Fixture.trade("2", of: "b", Fixture.btc, side: .sell, "1", price: "90")
        _ = try store.write([.fill(sold)], at: Fixture.at(1))
        // A start goes on without it, and hands it over: it must not keep what else is held unprotected.
        #expect(try store.load().owedFills.map(\.fill) == [sold])
        _ = try store.write([Self.buy("1", at: "100")], at: Fixture.at(2))
        let state = try store.load()
        let books = state.replay.books
        #expect(books.positions.isEmpty && state.owedFills.isEmpty)
        #expect(books.realised[.usd]?.amount == "-10")
    }
}
