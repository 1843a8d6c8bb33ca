import Testing
import VigilModel

@testable import VigilCore

/// What is said of a product whose feed is not there, not there yet, or gone for good.
@Suite struct FeedSilenceTests {
    private let start = Sample.now
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    private func core() throws -> RiskCore {
        var core = RiskCore(policy: RiskTests.policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: start)
        return core
    }

    private func view(
        quote: Quote?,
        candle: Bool,
        status: TradingStatus = .online,
        at now: Instant
    ) throws -> ProductView {
        var product = try Sample.product()
        product.status = status
        let minute = Candle(start: now - .seconds(60), price: 100, volume: 1)
        return ProductView(
            product: product,
            quote: quote,
            depth20BPS: 0,
            candles: candle ? [minute] : []
        )
    }

    /// The effects of a look at one product, or at an empty market.
    private func look(
        _ core: inout RiskCore,
        _ seconds: Int,
        quote: Bool = true,
        candle: Bool = true,
        spread: (String, String) = ("99.95", "100.05"),
        status: TradingStatus = .online,
        isListed: Bool = true
    ) throws -> [RiskCore.Effect] {
        let now = start + .seconds(seconds)
        let seen = quote ? try Sample.quote(spread.0, spread.1, at: now) : nil
        let view = try view(quote: seen, candle: candle, status: status, at: now)
        let market = MarketSnapshot(at: now, products: isListed ? [Sample.btc: view] : [:])
        return try core.handle(
            .breakersRequested(cycle: 1, RiskTests().snapshot(), market),
            at: now
        )
    }

    private func reasons(_ effects: [RiskCore.Effect]) -> [HaltReason] {
        guard case .replyBreakers(_, let halts, _)? = effects.last else { return [] }
        return halts.map(\.reason)
    }

    private func details(_ effects: [RiskCore.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .reportHalt(let active) = effect else { return nil }
            return active.detail
        }
    }

    @Test(arguments: [(false, false), (true, false), (false, true)])
    func `before quotes and candles have come there is nothing that could be stale`(
        quote: Bool,
        candle: Bool
    ) throws {
        var core = try core()
        #expect(try reasons(look(&core, 0, quote: quote, candle: candle)).isEmpty)
        #expect(try reasons(look(&core, 10, quote: quote, candle: candle)).isEmpty)
    }

    @Test func `what a known product has lost is stale, each by itself, until it is back`() throws {
        var core = try core()
        #expect(try reasons(look(&core, 0)).isEmpty)
        let first = try look(&core, 1, quote: false)
        #expect(reasons(first) == [.quoteStale])
        #expect(details(first) == ["BTC-USD has no quote"])
        let second = try look(&core, 2, candle: false)
        #expect(reasons(second) == [.candleStale])
        #expect(details(second) == ["BTC-USD has no candle"])
        #expect(try reasons(look(&core, 3, quote: false, candle: false)).count == 2)
        #expect(try reasons(look(&core, 4)).isEmpty)
    }

    @Test func `of a feed that is lost no more is said, until a book has come anew`() throws {
        var core = try core()
        _ = try look(&core, 0)
        _ = try core.handle(.haltRaised(Halt(.feedGap, Sample.btc), detail: "gap"), at: start)
        #expect(try reasons(look(&core, 1, quote: false, candle: false)) == [.feedGap])
        let back = try look(&core, 2)
        #expect(reasons(back).isEmpty)
        let gap = Halt(.feedGap, Sample.btc)
        #expect(back.contains(.reportCleared(gap, reason: "a book that came anew")))
    }

    @Test func `a product that cannot be traded is told even before its feed is known`() throws {
        var core = try core()
        let closed = try look(&core, 0, quote: false, candle: false, status: .cancelOnly)
        #expect(reasons(closed) == [.productStatus])
        #expect(details(closed) == ["BTC-USD is cancel_only"])
        let wide = try look(&core, 1, candle: false, spread: ("99", "101"))
        #expect(reasons(wide) == [.spread])
        #expect(details(wide) == ["BTC-USD: 200 bps, limit 80 bps"])
    }

    @Test func `a product that is no longer listed ends its own halts, and nobody else's`() throws {
        var core = try core()
        let (own, all) = (Halt(.feedGap, Self.eth), Halt(.mismatch))
        _ = try core.handle(.haltRaised(own, detail: ""), at: start)
        _ = try core.handle(.haltRaised(all, detail: ""), at: start)
        let effects = try look(&core, 1, candle: false)
        #expect(reasons(effects) == [.mismatch])
        let why = "the product is no longer among those that are traded"
        #expect(effects.contains(.reportCleared(own, reason: why)))
        // One that is listed keeps its halt for as long as its cause is there.
        var other = try self.core()
        _ = try other.handle(.haltRaised(Halt(.feedGap, Sample.btc), detail: ""), at: start)
        #expect(try reasons(look(&other, 1, quote: false)) == [.feedGap])
        #expect(try reasons(look(&other, 2, isListed: false)).isEmpty)
    }

    @Test func `ages are told in seconds beside their limits`() throws {
        var core = try core()
        _ = try look(&core, 0)
        let now = start + .seconds(400)
        let old = try Sample.quote("99.95", "100.05", at: now - .seconds(75))
        let stale = try view(quote: old, candle: true, at: start)
        let market = MarketSnapshot(at: now, products: [Sample.btc: stale])
        let ask = RiskCore.Event.breakersRequested(cycle: 1, try RiskTests().snapshot(), market)
        let effects = try core.handle(ask, at: now)
        #expect(details(effects) == ["BTC-USD: 75 s, limit 60 s", "BTC-USD: 400 s, limit 300 s"])
    }
}
