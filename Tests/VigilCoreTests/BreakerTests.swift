import Testing
import VigilModel

@testable import VigilCore

/// What trips a breaker, to the last count, and what does not.
@Suite struct BreakerTests {
    private func core(_ change: (inout BreakerPolicy) -> Void = { _ in }) throws -> RiskCore {
        var policy = RiskTests.policy
        // Times of quotes and candles are the business of other tests.
        policy.breakers.quoteAgeMax = .seconds(9_000)
        policy.breakers.candleAgeMax = .seconds(9_000)
        change(&policy.breakers)
        var core = RiskCore(policy: policy, execution: RiskTests.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: Sample.now)
        return core
    }

    private func at(_ seconds: Int) -> Instant { Sample.now + .seconds(seconds) }

    /// The halts after a look at books and markets in which nothing is wrong.
    private func halts(
        _ core: inout RiskCore,
        _ seconds: Int,
        _ views: [ProductView] = []
    ) throws -> [Halt] {
        let zero = Money.zero(.usd)
        let calm = PortfolioSnapshot(
            at: at(seconds),
            nlv: zero,
            exposure: zero,
            exposures: [:],
            cash: zero,
            realised: zero,
            unrealised: zero,
            fees: zero,
            drawdown: .zero,
            dayChange: .zero,
            weekChange: .zero,
            openPositions: 0,
            holdings: [:],
            rates: [.usd: .one],
            strategies: [:]
        )
        let products = Dictionary(views.map { ($0.product.id, $0) }) { $1 }
        let market = MarketSnapshot(at: at(seconds), products: products)
        let effects = try core.handle(
            .breakersRequested(cycle: 1, calm, market),
            at: at(seconds)
        )
        guard case .replyBreakers(_, let halts, _)? = effects.last else { return [] }
        return halts
    }

    @Test func `failed requests in a row halt, within their window, until one is answered`() throws
    {
        var core = try core {
            ($0.apiErrorsMax, $0.apiErrorWindow) = (2, .seconds(100))
        }
        let failed = RiskCore.Event.venueAnswered(.failed("HTTP 503"))
        _ = try core.handle(failed, at: at(0))
        _ = try core.handle(.venueAnswered(.answered), at: at(1))
        _ = try core.handle(failed, at: at(2))
        #expect(try halts(&core, 3).isEmpty)
        _ = try core.handle(failed, at: at(103))
        #expect(try halts(&core, 104).isEmpty)
        _ = try core.handle(failed, at: at(105))
        #expect(try halts(&core, 106) == [Halt(.apiErrors)])
        _ = try core.handle(.venueAnswered(.answered), at: at(107))
        #expect(try halts(&core, 108).isEmpty)
    }

    @Test func `a refusal for asking too much pauses entries, and each one anew`() throws {
        var core = try core { $0.rateLimitCooldown = .seconds(60) }
        let limited = RiskCore.Event.venueAnswered(.limited("HTTP 429"))
        _ = try core.handle(limited, at: at(0))
        _ = try core.handle(limited, at: at(50))
        _ = try core.handle(.venueAnswered(.answered), at: at(51))
        #expect(try halts(&core, 109) == [Halt(.rateLimited)])
        #expect(try halts(&core, 110).isEmpty)
    }

    @Test func `what the machine has left is compared with what it must have`() throws {
        var core = try core { ($0.diskFreeMin, $0.memoryMax) = (100, 1_000) }
        func look(_ free: Int64?, _ held: Int64) throws -> [Halt] {
            let figures = HostFigures(diskFree: free, resident: held)
            _ = try core.handle(.hostLooked(figures), at: at(0))
            return try halts(&core, 1)
        }
        #expect(try look(100, 1_000).isEmpty)
        #expect(try look(99, 1_000) == [Halt(.diskLow)])
        #expect(try look(nil, 1_000) == [Halt(.diskLow)])
        #expect(try look(100, 1_001) == [Halt(.memory)])
        #expect(try look(100, 1_000).isEmpty)
    }

    @Test func `clocks differ only by what an answer's way cannot account for`() throws {
        var core = try core { $0.clockTolerance = .milliseconds(150) }
        func compare(_ milliseconds: Int, _ sure: Int) throws -> [Halt] {
            let skew = Duration.milliseconds(milliseconds)
            let event = RiskCore.Event.clockCompared(skew, uncertainty: .milliseconds(sure))
            _ = try core.handle(event, at: at(0))
            return try halts(&core, 1)
        }
        #expect(try compare(150, 0).isEmpty)
        #expect(try compare(151, 0) == [Halt(.clockSkew)])
        #expect(try compare(-151, 0) == [Halt(.clockSkew)])
        #expect(try compare(-500, 350).isEmpty)
    }

    @Test func `three rejections in ten minutes halt, and two broken cycles in five`() throws {
        var core = try core()
        for second in [0, 300, 700] {
            _ = try core.handle(.orderRejected(.insufficientFunds), at: at(second))
        }
        #expect(try halts(&core, 701).isEmpty)
        _ = try core.handle(.orderRejected(.insufficientFunds), at: at(800))
        #expect(try halts(&core, 801) == [Halt(.rejectionBurst)])
        #expect(try halts(&core, 1_399) == [Halt(.rejectionBurst)])
        #expect(try halts(&core, 1_400).isEmpty)
        _ = try core.handle(.cycleBroken(.stageTimeout), at: at(2_000))
        _ = try core.handle(.cycleBroken(.stageTimeout), at: at(2_301))
        #expect(try halts(&core, 2_302).isEmpty)
        _ = try core.handle(.cycleBroken(.stageTimeout), at: at(2_400))
        #expect(try halts(&core, 2_401) == [Halt(.exceptionBurst)])
    }

    @Test func `what was active stays so after a restart, for as long as its rule says`() throws {
        var core = try core { $0.rateLimitCooldown = .seconds(60) }
        let before = [Halt(.rateLimited), Halt(.connectivity), Halt(.spread, Sample.btc)]
        let restored = before.map { ActiveHalt($0, detail: "", raisedAt: at(0)) }
        _ = try core.handle(.restored(RiskCounters(), halts: restored), at: at(30))
        let wide = try view("99", "101")
        #expect(try halts(&core, 59, [wide]) == before.sorted())
        #expect(try halts(&core, 60, [wide]) == [Halt(.connectivity), Halt(.spread, Sample.btc)])
        _ = try core.handle(.haltCleared(Halt(.connectivity)), at: at(61))
        #expect(try halts(&core, 62, [view("99.9", "100.1")]).isEmpty)
    }

    /// A product whose last minutes closed at these prices.
    private func view(
        _ bid: String,
        _ ask: String,
        closes: [Double] = [100],
        volumes: [Double] = [],
        status: TradingStatus = .online
    ) throws -> ProductView {
        var candles: [Candle] = []
        for (index, close) in closes.enumerated() {
            candles.append(
                Candle(
                    start: at(60 * (index - closes.count)),
                    open: close,
                    high: close,
                    low: close,
                    close: close,
                    volume: index < volumes.count ? volumes[index] : 1
                )
            )
        }
        let product = try Product(
            id: Sample.btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: status
        )
        let quote = try Sample.quote(bid, ask)
        return ProductView(product: product, quote: quote, depth20BPS: 0, candles: candles)
    }

    @Test func `six deviations in a minute are an outlier, five are none`() throws {
        // A market that moves by 0.2 % up and down, minute after minute.
        let calm = (0..<62).map { $0 % 2 == 0 ? 100.0 : 100.2 }
        var core = try core()
        #expect(try halts(&core, 1, [view("101.18", "101.20", closes: calm)]).isEmpty)
        let wild = try view("101.50", "101.52", closes: calm)
        #expect(try halts(&core, 2, [wild]) == [Halt(.priceOutlier, Sample.btc)])
        let still = try view("100.19", "100.21", closes: calm)
        #expect(try halts(&core, 301, [still]) == [Halt(.priceOutlier, Sample.btc)])
        #expect(try !halts(&core, 302, [still]).contains(Halt(.priceOutlier, Sample.btc)))
    }

    @Test func `a price far off its mean is believed only with volume behind it`() throws {
        let closes = Array(repeating: 100.0, count: 19) + [112]
        let thin = Array(repeating: 1.0, count: 19) + [0.05]
        var core = try core()
        let alone = try view("111.9", "112", closes: closes, volumes: thin)
        #expect(try halts(&core, 1, [alone]) == [Halt(.priceOutlier, Sample.btc)])
        var other = try self.core()
        let traded = try view("111.9", "112", closes: closes)
        #expect(try halts(&other, 1, [traded]).isEmpty)
    }

    @Test func `a product's breaker stops that product and no other`() throws {
        var core = try core()
        _ = try core.handle(.haltRaised(Halt(.feedGap, Sample.btc), detail: "gap"), at: at(0))
        let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let tests = RiskTests()
        let proposals = try [tests.proposal("0.02"), tests.proposal("0.02", eth)]
        let input = try tests.input(tests.snapshot(), products: [Sample.btc, eth])
        let effects = try core.handle(.proposed(cycle: 1, proposals, input), at: at(0))
        guard case .replyVerdicts(_, let verdicts, _)? = effects.first else {
            Issue.record("no verdicts")
            return
        }
        #expect(verdicts.map { $0.denial?.code } == [.breaker, nil])
    }
}
