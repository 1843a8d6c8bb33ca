import Testing
import VigilModel

@testable import VigilCore

/// Defects of 247trader-v2 between a candle and an order's terms, by their number, as things that must
/// not be.
@Suite struct MarketDefectTests {
    private static let start = Sample.now

    // MARK: Triggers

    /// A day of minutes, each a cent from the last in turn, and the last `moved` of them off by a ratio.
    private func day(moved minutes: Int, by ratio: Double) -> [Candle] {
        (0..<1_441).map { minute -> Candle in
            let level = minute.isMultiple(of: 2) ? 100.0 : 100.01
            let price = minute < 1_441 - minutes ? level : level * (1 + ratio)
            let before: Duration = .seconds(60 * (1_441 - minute))
            return Candle(start: Self.start - before, price: price, volume: 1)
        }
    }

    private func scan(_ candles: [Candle], onlyUpside: Bool) throws -> [Trigger] {
        let thresholds = TriggerPolicy.Thresholds(move15mPct: 2, move60mPct: 4, volumeRatio: 9)
        let scanner = TriggerScanner(
            policy: TriggerPolicy(
                thresholds: [.chop: thresholds],
                breakoutHours: 24,
                momentumPct: 90,
                onlyUpside: onlyUpside,
                scoreMin: 0,
                perCycleMax: 5,
                candleAgeMax: .seconds(120)
            )
        )
        let universe = UniverseSnapshot(
            eligible: [(product: Sample.btc, tier: .core)],
            excluded: [:]
        )
        let view = ProductView(
            product: try Sample.product(),
            quote: nil,
            depth20BPS: 0,
            candles: candles
        )
        let market = MarketSnapshot(at: Self.start, products: [Sample.btc: view])
        return scanner.scan(universe, market, regime: .chop, at: Self.start)
    }

    @Test func `defect 17: a fall keeps its sign, and is not bought`() throws {
        #expect(try scan(day(moved: 10, by: -0.03), onlyUpside: true).isEmpty)
        let falls = try scan(day(moved: 10, by: -0.03), onlyUpside: false)
        #expect(falls.map(\.kind) == [.priceMove])
        #expect(try #require(falls.first).changePct < -2.9)
        let strategy = DefectTests().strategy(.one, .priceMove)
        #expect(try strategy.proposals(for: falls, regime: .chop).isEmpty)
        let rises = try scan(day(moved: 10, by: 0.03), onlyUpside: true)
        #expect(try strategy.proposals(for: rises, regime: .chop).count == 1)
    }

    @Test func `defect 18: fifteen minutes are fifteen candles of one, and all of them are over`()
        throws
    {
        #expect(try scan(day(moved: 15, by: 0.03), onlyUpside: true).map(\.strength) == [0.6])
        // A minute earlier it is no move of the last fifteen any more.
        #expect(try scan(day(moved: 17, by: 0.03), onlyUpside: true).isEmpty)
        var series = CandleSeries(.minute, day(moved: 0, by: 0))
        let before = series.completed
        series.record(price: 200, volume: 50, at: Self.start + .seconds(59))
        series.complete(before: Self.start)
        #expect(series.completed == before)
        series.complete(before: Self.start + .seconds(60))
        #expect(series.completed.last?.close == 200)
    }

    // MARK: Terms of an order

    private func price(_ terms: OrderTerms) -> String? {
        guard case .limit(let price, _, _, _) = terms else { return nil }
        return price.description
    }

    private func leave(
        _ reason: ExitReason,
        _ quantity: String,
        _ core: ExecutionCore
    ) throws
        -> OrderTerms
    {
        var core = core
        let wish = ExitRequest(
            product: Sample.btc,
            quantity: try Quantity(quantity),
            reason: reason
        )
        let effects = try core.handle(.exitRequested(wish), at: Self.start)
        return try #require(Sample.intents(effects).first).request.terms
    }

    @Test func `defect 22: a price stands on the product's own tick`() throws {
        let core = try Sample.executionCore(
            product: Sample.product(tick: "0.25"),
            quote: Sample.quote("100.25", "101.5")
        )
        // One percent below the bid is 99.2475: the next tick that gives no more away.
        #expect(price(try leave(.stopLoss, "1", core)) == "99.25")
        #expect(price(try leave(.takeProfit, "1", core)) == "101.5")
    }

    @Test func `defect 23: dollars are never spent as if they were coins`() throws {
        let tests = RiskTests()
        let usdc = ProductID(base: Sample.btc.base, quote: .usdc)
        let inCoins = ProductID(base: Currency("ETH") ?? .usd, quote: Sample.btc.base)
        for (id, expected) in [(usdc, "BTC-USDC"), (inCoins, "NO_RATE ratio limit 0")] {
            var core = try tests.core()
            let rates = [Currency.usd: Rate.one, .usdc: try Rate("0.99")]
            let input = try tests.input(tests.snapshot(rates: rates), products: [id])
            let effects = try core.handle(
                .proposed(cycle: 1, [tests.proposal("0.02", id)], input),
                at: Self.start
            )
            guard case .replyVerdicts(_, let verdicts, _)? = effects.first,
                let verdict = verdicts.first
            else { continue }
            if case .approved(let order, _) = verdict {
                #expect(order.subject.product.description == expected)
                // Two hundred dollars are a little more in what is worth a little less.
                #expect(order.subject.notional.description == "202.020202020202020202 USDC")
            } else {
                #expect(verdict.text.hasPrefix(expected))
            }
        }
    }

    @Test func `defect 24: three tenths are three of a tenth`() throws {
        let step = try Quantity("0.1")
        #expect(try Quantity("0.3").rounded(.down, to: step).description == "0.3")
        #expect(try Quantity("0.29999").rounded(.down, to: step).description == "0.2")
    }

    @Test(arguments: ["1.0009", "1.0001", "1.000999999999999999"])
    func `defect 25: a sale is never rounded up beyond what is there`(held: String) throws {
        for reason in [ExitReason.stopLoss, .takeProfit] {
            let terms = try leave(reason, held, Sample.executionCore())
            guard case .limit(_, let quantity, _, _) = terms else {
                Issue.record("no limit order")
                continue
            }
            #expect(quantity.description == "1")
        }
    }

    // MARK: Books

    @Test func `defect 27: a tenth of a thousandth of a dear coin is a position`() throws {
        var books = PortfolioBooks()
        _ = try books.record(Sample.fill(.buy, "0.0002", "100000", entry: "1"), Sample.origin())
        _ = try books.record(Sample.fill(.sell, "0.0001", "100000", entry: "2"), Sample.origin())
        let rest = try #require(books.positions[Sample.btc])
        #expect(rest.quantity.description == "0.0001")
        #expect(rest.cost == (try Money("10", .usd)))
        #expect(rest.stopPrice.description == "97000")
    }

    @Test(arguments: ["2026-03-08", "2026-11-01", "2026-10-25"])
    func `defect 44: a day is 24 hours of UTC, on days that clocks are changed, too`(
        date: String
    ) throws {
        let midnight = try #require(Instant("\(date)T00:00:00Z"))
        #expect((midnight + .seconds(86_399)).day == midnight.day)
        #expect((midnight + .seconds(86_400)).day != midnight.day)
        #expect((midnight - .nanoseconds(1)).day != midnight.day)
        #expect(midnight.floor(to: .seconds(86_400)) == midnight)
        var levels = try PortfolioReferences().advanced(to: Money("1000", .usd), at: midnight)
        let less = try Money("900", .usd)
        levels = try levels.advanced(to: less, at: midnight + .seconds(86_399))
        #expect(levels.dayStart == (try Money("1000", .usd)))
        levels = try levels.advanced(to: less, at: midnight + .seconds(86_400))
        #expect(levels.dayStart == less)
    }
}
