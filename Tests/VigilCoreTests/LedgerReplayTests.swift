import Testing
import VigilModel

@testable import VigilCore

/// What the ledger's past comes to: the same positions and counts as if one had been there.
@Suite struct LedgerReplayTests {
    private func at(_ seconds: Int) -> Instant { Sample.now + .seconds(seconds) }

    private func fill(
        _ side: Side,
        _ quantity: String,
        _ price: String,
        _ entry: String,
        at seconds: Int
    ) throws -> Fill {
        let made = try Sample.fill(side, quantity, price, fee: "1", entry: entry)
        return Fill(
            entryID: made.entryID,
            tradeID: made.tradeID,
            clientOrderID: made.clientOrderID,
            product: made.product,
            side: side,
            price: made.price,
            quantity: made.quantity,
            fee: made.fee,
            role: made.role,
            kind: .fill,
            occurredAt: at(seconds)
        )
    }

    private func entry(_ cycle: Int) throws -> FillOrigin {
        let key = EntryKey(run: RunID("run"), cycle: cycle)
        return FillOrigin(.entry(try Sample.plan()), key: key, strategy: "test")
    }

    private func bought() throws -> LedgerReplay {
        var replay = LedgerReplay()
        try replay.apply(flow: Money("1000", .usd))
        try replay.apply(fill(.buy, "2", "100", "1", at: 10), entry(1))
        try replay.apply(fill(.buy, "2", "100", "2", at: 11), entry(1))
        return replay
    }

    @Test func `flows and fills make the books, and the fills of one entry are one`() throws {
        let replay = try bought()
        #expect(replay.books.flows == [.usd: try Money("1000", .usd)])
        #expect(replay.books.cash == [.usd: try Money("598", .usd)])
        #expect(replay.books.fees == [.usd: try Money("2", .usd)])
        let position = try #require(replay.books.positions[Sample.btc])
        #expect(position.quantity.description == "4")
        #expect(position.strategy == "test")
        #expect(replay.counters.entries == [at(10)])
        #expect(replay.counters.lastEntries == [Sample.btc: at(10)])
        #expect(replay.counters.exits.isEmpty)
    }

    @Test func `the fills of one exit are one exit, which began with the first of them`() throws {
        var replay = try bought()
        let stop = FillOrigin(.exit(.stopLoss))
        try replay.apply(fill(.sell, "1", "90", "3", at: 20), stop)
        #expect(replay.counters.exits == [at(20)])
        #expect(replay.counters.lastExits[Sample.btc]?.realised == nil)
        #expect(replay.counters.lossStreak == 0)
        try replay.apply(fill(.sell, "3", "90", "4", at: 30), stop)
        #expect(replay.counters.exits == [at(20)])
        // 400 and 2 paid, 358 brought.
        let result = try Money("-44", .usd)
        typealias Departure = RiskCounters.Departure
        let left = Departure(at: at(20), reason: .stopLoss, realised: result)
        #expect(replay.counters.lastExits == [Sample.btc: left])
        #expect(replay.counters.lossStreak == 1)
        #expect(replay.counters.lastLoss == at(30))
        #expect(replay.books.realised == [.usd: result])
        // What is bought again is left again.
        try replay.apply(fill(.buy, "1", "100", "5", at: 40), entry(1))
        try replay.apply(fill(.sell, "1", "120", "6", at: 50), FillOrigin(.exit(.takeProfit)))
        #expect(replay.counters.entries == [at(10), at(40)])
        #expect(replay.counters.exits == [at(20), at(50)])
        #expect(replay.counters.lossStreak == 0)
        #expect(replay.counters.lastExits[Sample.btc]?.reason == .takeProfit)
        #expect(replay.counters.lastExits[Sample.btc]?.realised?.amount == "18")
    }

    @Test func `a cut is no exit, and the exit behind it is one`() throws {
        var replay = try bought()
        try replay.apply(fill(.sell, "1", "100", "3", at: 20), FillOrigin(.exit(.trim)))
        #expect(replay.counters.exits.isEmpty)
        #expect(replay.counters.lastExits.isEmpty)
        try replay.apply(fill(.sell, "1", "100", "4", at: 30), FillOrigin(.exit(.purge)))
        #expect(replay.counters.exits == [at(30)])
        #expect(replay.counters.lastExits[Sample.btc]?.reason == .purge)
    }

    @Test func `an addition is one after a restart too`() throws {
        var replay = try bought()
        try replay.apply(fill(.buy, "1", "100", "3", at: 20), entry(2))
        #expect(replay.counters.additions == [Sample.btc: [at(20)]])
        #expect(replay.counters.pyramids == [Sample.btc])
    }

    @Test func `more sold than there is makes a ledger unusable`() throws {
        var replay = try bought()
        let sale = try fill(.sell, "5", "100", "3", at: 20)
        #expect(throws: MoneyError.negative("-1")) {
            try replay.apply(sale, FillOrigin(.exit(.maxHold)))
        }
    }
}
