import Testing
import VigilModel

@testable import VigilCore

/// What is so before anybody has said otherwise.
@Suite struct FreshStartTests {
    private func core(halted: Bool?) throws -> ExecutionCore {
        var core = ExecutionCore(
            policy: Sample.execution(),
            ids: OrderIDSource(instance: "instance", run: RunID("running1")),
            adoption: try Sample.plan()
        )
        if let halted {
            _ = try core.handle(.haltChanged(active: halted, products: []), at: Sample.now)
        }
        _ = try core.handle(.productChanged(Sample.product()), at: Sample.now)
        _ = try core.handle(.quoteChanged(Sample.quote("100", "101")), at: Sample.now)
        return core
    }

    /// Orders that leave where an entry is approved and its intent is durable.
    private func sent(_ core: inout ExecutionCore) throws -> Int {
        let approved = try RiskTests().approved("0.02")
        let meant = try core.handle(.entriesApproved(cycle: 1, [approved]), at: Sample.now)
        let ids = Sample.intents(meant).map(\.request.clientOrderID)
        let effects = try core.handle(.intentsRecorded(ids), at: Sample.now)
        return effects.count { effect in
            if case .submit = effect { true } else { false }
        }
    }

    @Test(arguments: [(nil, 0), (true, 0), (false, 1)] as [(Bool?, Int)])
    func `nothing is entered until Risk has said that nothing is halted`(
        halted: Bool?,
        orders: Int
    ) throws {
        var core = try core(halted: halted)
        #expect(try sent(&core) == orders)
    }

    @Test func `the candles of a gap are asked for from the last one that is whole`() throws {
        var core = try MarketDataTests.core()
        let (start, product) = (MarketDataTests.start, MarketDataTests.product)
        _ = try MarketDataTests.book(&core, at: start)
        let candles = [3, 2].map { Candle(start: start - .seconds(60 * $0), price: 100, volume: 1) }
        _ = try core.handle(
            .feedReported(.candlesRead(product, length: .minute, candles)),
            at: start
        )
        let lost = try core.handle(.feedReported(.booksLost([product], .gap)), at: start)
        guard case .readCandles(product, .minute, let since)? = lost.last else {
            Issue.record("they are not asked for")
            return
        }
        #expect(since == start - .seconds(120))
    }
}
