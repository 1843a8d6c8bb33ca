import Testing
import VigilModel

@testable import VigilCore

@Suite struct UniverseTests {
    /// A market of one product, in a universe that does or does not list it.
    private func evaluate(
        listed: Bool,
        never: Set<ProductID> = []
    ) throws -> UniverseSnapshot? {
        let demands = UniversePolicy.TierDemands(
            products: listed ? [Sample.btc] : [],
            volumeMin: 0,
            spreadMaxBPS: 1_000,
            depthMin: 0
        )
        var core = UniverseCore(
            policy: UniversePolicy(
                tiers: [.core: demands],
                neverTrade: never,
                graceReadings: 1,
                eligibleMin: 0
            ),
            quoteAgeMax: .seconds(15)
        )
        let view = ProductView(
            product: try Sample.product(),
            quote: try Sample.quote("100", "101"),
            depth20BPS: 1_000,
            candles: []
        )
        let market = MarketSnapshot(at: Sample.now, products: [Sample.btc: view])
        let effects = try core.handle(
            .evaluationRequested(cycle: 1, market),
            at: Sample.now
        )
        guard case .reply(_, let snapshot)? = effects.first else { return nil }
        return snapshot
    }

    @Test func `what is seen only because it is held is not entered, and said to be so`() throws {
        let listed = try #require(try evaluate(listed: true))
        #expect(listed.eligible.map(\.product) == [Sample.btc])
        #expect(listed.excluded.isEmpty)
        let dropped = try #require(try evaluate(listed: false))
        #expect(dropped.eligible.isEmpty)
        #expect(dropped.excluded == [Sample.btc: .notInUniverse])
        let never = try #require(try evaluate(listed: false, never: [Sample.btc]))
        #expect(never.excluded == [Sample.btc: .neverTrade])
    }
}
