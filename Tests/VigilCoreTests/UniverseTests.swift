import Testing
import VigilModel

@testable import VigilCore

/// Each demand on a product by itself, at its edge.
@Suite struct UniverseTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    /// A product that meets every demand exactly, before it is changed.
    private struct Scene {
        var listed = true
        var never: Set<ProductID> = []
        var isThere = true
        var hasQuote = true
        var status = TradingStatus.online
        var quoteAge: Duration = .zero
        var (bid, ask) = ("99.5", "100.5")
        var depth = 1_000.0
        var (price, volume, minutes) = (100.0, 1.0, 1_440)

        func market(
            _ core: inout UniverseCore,
            at now: Instant = Sample.now
        ) throws -> UniverseSnapshot? {
            var product = try Sample.product()
            product.status = status
            let quote = try Sample.quote(bid, ask, at: now - quoteAge)
            let candles = (0..<minutes).map { minute in
                let start = Sample.now - .seconds(60 * (minutes - minute))
                return Candle(start: start, price: price, volume: volume)
            }
            let view = ProductView(
                product: product,
                quote: hasQuote ? quote : nil,
                depth20BPS: depth,
                candles: candles
            )
            let market = MarketSnapshot(
                at: Sample.now,
                products: isThere ? [Sample.btc: view] : [:]
            )
            let effects = try core.handle(.evaluationRequested(cycle: 1, market), at: now)
            guard case .reply(_, let snapshot)? = effects.first else { return nil }
            return snapshot
        }

        func core(grace: Int = 1) -> UniverseCore {
            let demands = UniversePolicy.TierDemands(
                products: listed ? [Sample.btc] : [],
                volumeMin: 144_000,
                spreadMaxBPS: 100,
                depthMin: 1_000
            )
            return UniverseCore(
                policy: UniversePolicy(
                    tiers: [.core: demands],
                    neverTrade: never,
                    graceReadings: grace,
                    eligibleMin: 0
                ),
                quoteAgeMax: .seconds(15)
            )
        }
    }

    /// Why the product may not be entered; nil where it may.
    private func reason(_ change: (inout Scene) -> Void = { _ in }) throws -> Ineligibility? {
        var scene = Scene()
        change(&scene)
        var core = scene.core()
        let snapshot = try #require(try scene.market(&core))
        let reason = snapshot.excluded[Sample.btc]
        #expect(snapshot.eligible.map(\.product) == (reason == nil ? [Sample.btc] : []))
        return reason
    }

    @Test func `what meets every demand exactly is entered, with its tier`() throws {
        #expect(try reason() == nil)
        let scene = Scene()
        var core = scene.core()
        #expect(try scene.market(&core)?.eligible.map(\.tier) == [.core])
    }

    @Test func `what is seen only because it is held is not entered, and said to be so`() throws {
        #expect(try reason { $0.listed = false } == .notInUniverse)
        #expect(try reason { ($0.listed, $0.never) = (false, [Sample.btc]) } == .neverTrade)
        #expect(try reason { $0.never = [Sample.btc] } == .neverTrade)
        #expect(try reason { $0.never = [Self.eth] } == nil)
    }

    @Test func `what the venue does not list, or does not open, is not entered`() throws {
        #expect(try reason { $0.isThere = false } == .notListed)
        for status in TradingStatus.allCases where status != .online {
            #expect(try reason { $0.status = status } == .notTradable, "\(status)")
        }
    }

    @Test
    func `what the venue does not open to the account is out for six hours, and then tried again`()
        throws
    {
        let scene = Scene()
        var core = scene.core(grace: 3)
        #expect(try scene.market(&core)?.eligible.count == 1)
        _ = try core.handle(.productClosed(Sample.btc), at: Sample.now)
        let closed = try scene.market(&core, at: Sample.now + .seconds(21_599))
        #expect(closed?.excluded[Sample.btc] == .notPermitted && closed?.eligible.isEmpty == true)
        _ = try core.handle(.productClosed(Self.eth), at: Sample.now + .seconds(21_600))
        #expect(try scene.market(&core, at: Sample.now + .seconds(21_600))?.eligible.count == 1)
    }

    @Test func `a quote at its greatest age counts, an older one is none`() throws {
        #expect(try reason { $0.quoteAge = .seconds(15) } == nil)
        #expect(try reason { $0.quoteAge = .nanoseconds(15_000_000_001) } == .noQuote)
        #expect(try reason { $0.hasQuote = false } == .noQuote)
    }

    @Test func `a day's volume is price times quantity of its last 1,440 minutes`() throws {
        #expect(try reason { $0.volume = 0.999 } == .volume)
        #expect(try reason { $0.price = 99.9 } == .volume)
        #expect(try reason { ($0.price, $0.volume) = (50, 2) } == nil)
        #expect(try reason { $0.minutes = 0 } == .volume)
        // A day and a half counts as its last day, and an hour is scaled to a day.
        #expect(try reason { ($0.volume, $0.minutes) = (0.999, 2_160) } == .volume)
        #expect(try reason { $0.minutes = 60 } == nil)
        #expect(try reason { ($0.volume, $0.minutes) = (0.999, 60) } == .volume)
    }

    @Test func `a spread at its limit counts, a wider one does not`() throws {
        #expect(try reason { $0.ask = "100.49" } == nil)
        #expect(try reason { $0.ask = "100.51" } == .spread)
        #expect(try reason { $0.bid = "99.49" } == .spread)
    }

    @Test func `a depth at its least counts, a smaller one does not`() throws {
        #expect(try reason { $0.depth = 999.9 } == .depth)
    }

    @Test(arguments: [Ineligibility.volume, .spread, .depth])
    func `an eligible product is dropped at the last reading of its grace, and not before`(
        demand: Ineligibility
    ) throws {
        let good = Scene()
        var bad = Scene()
        switch demand {
        case .volume: bad.volume = 0.5
        case .spread: bad.ask = "102"
        default: bad.depth = 1
        }
        var core = good.core(grace: 3)
        func isIn(_ scene: Scene) throws -> Bool {
            let snapshot = try #require(try scene.market(&core))
            let isIn = !snapshot.eligible.isEmpty
            #expect(snapshot.excluded == (isIn ? [:] : [Sample.btc: demand]))
            return isIn
        }
        #expect(try isIn(good))
        #expect(try isIn(bad) && isIn(bad))
        #expect(try !isIn(bad))
        // One good reading brings it back, and its grace begins anew.
        #expect(try isIn(good))
        #expect(try isIn(bad) && isIn(bad) && isIn(good) && isIn(bad) && isIn(bad))
        #expect(try !isIn(bad))
    }

    @Test func `the grace is for what was eligible, and for what flickers`() throws {
        var bad = Scene()
        bad.depth = 1
        var core = bad.core(grace: 3)
        #expect(try bad.market(&core)?.eligible.isEmpty == true, "it never was eligible")
        let good = Scene()
        #expect(try good.market(&core)?.eligible.count == 1)
        var closed = Scene()
        closed.status = .cancelOnly
        #expect(try closed.market(&core)?.excluded == [Sample.btc: .notTradable])
        #expect(try bad.market(&core)?.excluded == [Sample.btc: .depth], "nothing is left of it")
    }

    @Test func `products come in the order of their tiers, then as they are configured`() {
        func demands(_ ids: [ProductID]) -> UniversePolicy.TierDemands {
            .init(products: ids, volumeMin: 0, spreadMaxBPS: 0, depthMin: 0)
        }
        let sol = ProductID(base: Currency("SOL") ?? .usd, quote: .usd)
        let policy = UniversePolicy(
            tiers: [.eventDriven: demands([Self.eth]), .core: demands([sol, Sample.btc])],
            neverTrade: [],
            graceReadings: 1,
            eligibleMin: 0
        )
        #expect(policy.products.map(\.product) == [sol, Sample.btc, Self.eth])
        #expect(policy.products.map(\.tier) == [.core, .core, .eventDriven])
    }
}
