import Foundation
import GRDB
import Testing
import VigilCore
import VigilLedger
import VigilModel

/// What a checkpoint leaves to a start, and that it changes nothing else.
@Suite struct CheckpointTests {
    private static let product = LedgerFixture.btc

    /// Purchases and sales with flows between them, one second apart.
    private func trade(_ store: inout LedgerStore, _ numbers: Range<Int>) throws {
        var random = SeededRandom(seed: UInt64(numbers.lowerBound))
        for number in numbers {
            let now = LedgerFixture.now + .seconds(number)
            let id = ClientOrderID("o\(number)")
            let isBuy = number % 3 != 2
            let quantity = try Quantity("0.00\(random.integer(in: 1...4))")
            let request = OrderRequest(
                clientOrderID: id,
                product: Self.product,
                side: isBuy ? .buy : .sell,
                terms: .marketBase(quantity)
            )
            let plan = ExitPlan(
                stopLoss: Rate(basisPoints: 300),
                takeProfit: Rate(basisPoints: 500),
                holdMax: .seconds(60)
            )
            let intent = Intent(
                request: request,
                purpose: isBuy ? .entry(plan) : .exit(.takeProfit),
                parent: nil,
                cycle: number,
                createdAt: now
            )
            let fill = Fill(
                entryID: EntryID("e\(number)"),
                tradeID: TradeID("t\(number)"),
                clientOrderID: id,
                product: Self.product,
                side: request.side,
                price: try Price("\(90_000 + random.integer(in: 0...999))", .usd),
                quantity: isBuy ? quantity : try Quantity("0.001"),
                fee: try Money("0.1", .usd),
                role: .maker,
                kind: .fill,
                occurredAt: now
            )
            var records: [LedgerRecord] = [.intents([intent]), .fill(fill)]
            if number % 50 == 0 {
                records.append(.flow(try Money("1000", .usd), reason: "test"))
            }
            if number % 70 == 69 {
                records.append(.flow(try Money("-0.0005", Self.product.base), reason: "gone"))
            }
            _ = try store.write(records, at: now)
        }
    }

    private func checkpoints(_ fixture: LedgerFixture, _ sql: String) throws -> Int64? {
        try DatabaseQueue(path: fixture.path).write { database in
            if sql.hasPrefix("SELECT") { return try Int64.fetchOne(database, sql: sql) }
            try database.execute(sql: sql)
            return nil
        }
    }

    @Test func `a start from a checkpoint ends where a start from the first row does`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try trade(&store, 0..<600)
        try store.renewCheckpoint()
        #expect(try checkpoints(fixture, "SELECT fill_id FROM checkpoints") == 600)
        try trade(&store, 600..<900)
        let short = try store.load()
        _ = try checkpoints(fixture, "DELETE FROM checkpoints")
        let long = try store.load()
        #expect(short.replay == long.replay)
        #expect(short.fillCount == 900 && long.fillCount == 900)
        #expect(!long.replay.books.positions.isEmpty)
    }

    @Test func `what is held or worked is protected, read beside the ledger or before it`() throws {
        let fixture = try LedgerFixture()
        #expect(try Protected.products(ledger: fixture.path).isEmpty)
        var store = try fixture.open()
        #expect(try Protected.products(ledger: fixture.path).isEmpty)
        try trade(&store, 0..<510)
        try store.renewCheckpoint()
        #expect(try Protected.products(ledger: fixture.path) == [Self.product])
        _ = try checkpoints(fixture, "DELETE FROM fills")
        _ = try checkpoints(fixture, "DELETE FROM checkpoints")
        // Orders that are only meant are worked still; once they have ended nothing is left.
        #expect(try Protected.products(ledger: fixture.path) == [Self.product])
        _ = try checkpoints(fixture, "UPDATE orders SET state = 'canceled'")
        #expect(try Protected.products(ledger: fixture.path).isEmpty)
        // A ledger from before there were checkpoints: rather too many than one too few.
        try trade(&store, 600..<602)
        _ = try checkpoints(fixture, "UPDATE orders SET state = 'filled'")
        _ = try checkpoints(fixture, "DROP TABLE checkpoints")
        #expect(try Protected.products(ledger: fixture.path) == [Self.product])
    }

    @Test func `one that cannot be read is as good as none`() throws {
        let fixture = try LedgerFixture()
        var store = try fixture.open()
        try trade(&store, 0..<510)
        let before = try store.load().replay
        try store.endRun(at: LedgerFixture.now + .seconds(1_000))
        #expect(try checkpoints(fixture, "SELECT fill_id FROM checkpoints") == 510)
        _ = try checkpoints(fixture, "UPDATE checkpoints SET replay = '{\"books\":7}'")
        #expect(try fixture.open(run: "run2").load().replay == before)
    }
}
