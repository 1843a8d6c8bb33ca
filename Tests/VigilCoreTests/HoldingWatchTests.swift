import Testing
import VigilModel

@testable import VigilCore

/// What is held can be sold, and its stop has a price to fire on; and what a clock that may be wrong must not do.
@Suite struct HoldingWatchTests {
    private func text(_ effects: [PortfolioCore.Effect]) -> [String] {
        effects.compactMap { effect in
            switch effect {
            case .reportUnsellable(let product, let status):
                "unsellable \(product) \(status.rawValue)"
            case .reportSellable(let product): "sellable \(product)"
            case .reportUnseen(let product, let since): "unseen \(product) \(since != nil)"
            case .reportSeen(let product): "seen \(product)"
            case .requestExit(let request): "exit \(request.reason.rawValue)"
            case .reply, .replyHoldings, .reportExitUnfilled, .reportUnbooked, .reportUnvalued,
                .recordReferences, .reportPositionOpened, .reportPositionGrown,
                .reportPositionClosed:
                nil
            }
        }
    }

    private func product(_ status: TradingStatus) throws -> Product {
        var product = try Sample.product()
        product.status = status
        return product
    }

    /// A coin bought at 100, quoted at 100.
    private func held() throws -> PortfolioCore {
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(.productChanged(product(.online)), at: Sample.now)
        _ = try core.handle(.restored(PortfolioBooks(), PortfolioReferences()), at: Sample.now)
        let fill = try Sample.fill(.buy, "1", "100", entry: "1")
        _ = try core.handle(.fillRecorded(fill, Sample.origin()), at: Sample.now)
        _ = try core.handle(.quoteChanged(Sample.quote("100", "101")), at: Sample.now)
        return core
    }

    @Test func `a held product that takes no orders is told at once and once, and its end too`()
        throws
    {
        for status in [TradingStatus.postOnly, .cancelOnly, .disabled] {
            var core = try held()
            let effects = try core.handle(.productChanged(product(status)), at: Sample.now)
            #expect(text(effects) == ["unsellable BTC-USD \(status.rawValue)"])
            #expect(try text(core.handle(.markRequested(cycle: 1), at: Sample.now)) == [])
            let open = try core.handle(.productChanged(product(.limitOnly)), at: Sample.now)
            #expect(text(open) == ["sellable BTC-USD"])
        }
    }

    @Test func `the books say which stop cannot fire, and why`() throws {
        func blocked(_ core: inout PortfolioCore, at now: Instant) throws -> String? {
            for case .reply(_, let snapshot) in try core.handle(
                .markRequested(cycle: 1),
                at: now
            ) {
                return snapshot.hindrances[Sample.btc]
            }
            throw MoneyError.overflow
        }
        var core = try held()
        #expect(try blocked(&core, at: Sample.now) == nil)
        #expect(try blocked(&core, at: Sample.now + .seconds(61)) == "no quotes arrive for it")
        let late = Sample.now + .seconds(62)
        _ = try core.handle(.quoteChanged(Sample.quote("100", "101", at: late)), at: late)
        #expect(try blocked(&core, at: late) == nil)
        _ = try core.handle(.productChanged(product(.cancelOnly)), at: late)
        #expect(try blocked(&core, at: late) == "the venue lists it as `cancel_only`")
        var blind = PortfolioCore(takerFee: .zero)
        let fill = try Sample.fill(.buy, "1", "100", entry: "1")
        _ = try blind.handle(.fillRecorded(fill, Sample.origin()), at: Sample.now)
        #expect(try blocked(&blind, at: Sample.now) == "it has no market in this run")
    }

    @Test func `one that is not held is no matter, until it is`() throws {
        var core = PortfolioCore(takerFee: .zero)
        #expect(try text(core.handle(.productChanged(product(.cancelOnly)), at: Sample.now)) == [])
        let fill = try Sample.fill(.buy, "1", "100", entry: "1")
        _ = try core.handle(.fillRecorded(fill, Sample.origin()), at: Sample.now)
        #expect(
            try text(core.handle(.markRequested(cycle: 1), at: Sample.now))
                == ["unsellable BTC-USD cancel_only"]
        )
    }

    @Test func `crumbs that no venue would buy wake nobody`() throws {
        var core = PortfolioCore(takerFee: .zero, dust: try Money("50", .usd))
        let fill = try Sample.fill(.buy, "0.1", "100", entry: "1")
        _ = try core.handle(.productChanged(product(.online)), at: Sample.now)
        _ = try core.handle(.fillRecorded(fill, Sample.origin()), at: Sample.now)
        _ = try core.handle(.quoteChanged(Sample.quote("100", "101")), at: Sample.now)
        #expect(try text(core.handle(.productChanged(product(.cancelOnly)), at: Sample.now)) == [])
        #expect(
            try text(core.handle(.markRequested(cycle: 1), at: Sample.now + .seconds(99))) == []
        )
    }

    @Test func `a minute without a quote of what is held is told, and the quote that ends it`()
        throws
    {
        var core = try held()
        let late = Sample.now + .seconds(61)
        #expect(
            try text(core.handle(.markRequested(cycle: 1), at: Sample.now + .seconds(60))) == []
        )
        #expect(
            try text(core.handle(.markRequested(cycle: 2), at: late)) == ["unseen BTC-USD true"]
        )
        #expect(try text(core.handle(.markRequested(cycle: 3), at: late)) == [])
        let quote = try Sample.quote("100", "101")
        #expect(try text(core.handle(.quoteChanged(quote), at: late)) == ["seen BTC-USD"])
    }

    @Test func `after a start the first quote is waited for as long`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(.productChanged(product(.online)), at: Sample.now)
        var books = PortfolioBooks()
        _ = try books.record(Sample.fill(.buy, "1", "100", entry: "1"), Sample.origin())
        _ = try core.handle(.restored(books, PortfolioReferences()), at: Sample.now)
        #expect(try text(core.handle(.markRequested(cycle: 1), at: Sample.now)) == [])
        #expect(
            try text(core.handle(.markRequested(cycle: 2), at: Sample.now + .seconds(61)))
                == ["unseen BTC-USD false"]
        )
    }

    @Test func `no time limit fires on a clock that may be wrong, and a stop does`() throws {
        var core = try held()
        _ = try core.handle(.timeTrusted(false), at: Sample.now)
        let year = Sample.now + .seconds(365 * 86_400)
        #expect(
            try text(core.handle(.markRequested(cycle: 1), at: year)) == ["unseen BTC-USD true"]
        )
        var trusted = core
        _ = try trusted.handle(.timeTrusted(true), at: year)
        #expect(
            try text(trusted.handle(.markRequested(cycle: 2), at: year)) == ["exit max_hold"]
        )
        let fall = try Sample.quote("50", "51")
        #expect(
            try text(core.handle(.quoteChanged(fall), at: year)) == [
                "seen BTC-USD", "exit stop_loss",
            ]
        )
    }
}
