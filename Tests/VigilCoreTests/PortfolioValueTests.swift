import Testing
import VigilModel

@testable import VigilCore

/// What the books are worth at one look, figure by figure, and what is told of a look.
@Suite struct PortfolioValueTests {
    private static let usdc = ProductID(base: .usdc, quote: .usd)
    private static let paired = ProductID(base: Currency("ETH") ?? .usd, quote: .usdc)
    private let start = Sample.now

    private func quote(_ id: ProductID, _ bid: String, _ ask: String) throws -> Quote {
        Quote(
            product: id,
            bid: BookLevel(price: try Price(bid, id.quote), quantity: try Quantity("1")),
            ask: BookLevel(price: try Price(ask, id.quote), quantity: try Quantity("1")),
            occurredAt: start
        )
    }

    /// Fees of 1 % at leaving, a thousand dollars, and a coin that cost 100 and a fee of 2.
    private func core() throws -> PortfolioCore {
        var core = PortfolioCore(takerFee: Rate(basisPoints: 100))
        _ = try core.handle(.flowRecorded(Money("1000", .usd)), at: start)
        let bought = try Sample.fill(.buy, "1", "100", fee: "2", entry: "1")
        let origin = FillOrigin(.entry(try Sample.plan("0.9", "9")), strategy: "test")
        _ = try core.handle(.fillRecorded(bought, origin), at: start)
        return core
    }

    private func mark(
        _ core: inout PortfolioCore,
        _ seconds: Int = 0
    ) throws -> (snapshot: PortfolioSnapshot, recorded: Int) {
        let effects = try core.handle(.markRequested(cycle: 7), at: start + .seconds(seconds))
        let recorded = effects.count { if case .recordReferences = $0 { true } else { false } }
        guard case .reply(7, let snapshot)? = effects.last else { throw MoneyError.overflow }
        return (snapshot, recorded)
    }

    @Test func `a position is worth its bid less the fee of leaving, and its cost before a quote`()
        throws
    {
        var core = try core()
        let blind = try mark(&core).snapshot
        // 898 in cash, and 100 less 1 for the coin.
        #expect(blind.nlv.amount == "997")
        #expect(blind.exposure.amount == "100")
        _ = try core.handle(.quoteChanged(quote(Sample.btc, "150", "170")), at: start)
        let seen = try mark(&core).snapshot
        #expect(seen.at == start)
        #expect(seen.cash.amount == "898")
        #expect(seen.exposure.amount == "150")
        #expect(seen.exposures == [Sample.btc: try Money("150", .usd)])
        #expect(seen.nlv.amount == "1046.5")
        #expect(seen.unrealised.amount == "46.5")
        #expect(seen.realised.isZero)
        #expect(seen.fees.amount == "2")
        #expect(seen.openPositions == 1)
        #expect(seen.positions.map(\.product) == [Sample.btc])
        #expect(seen.strategies == [Sample.btc: "test"])
        #expect(seen.rates == [.usd: .one])
        #expect(seen.holdings[Sample.btc.base]?.amount == "1")
        #expect(seen.holdings[.usd]?.amount == "898")
    }

    @Test func `other fees change what leaving costs`() throws {
        var core = try core()
        let dear = FeeSchedule(maker: .zero, taker: Rate(basisPoints: 1_000))
        _ = try core.handle(.feesChanged(dear), at: start)
        #expect(try mark(&core).snapshot.nlv.amount == "988")
    }

    @Test func `what is paid in or out is neither a gain nor a loss, in dollars as in ratios`()
        throws
    {
        var core = try core()
        _ = try mark(&core)
        let lost = try quote(Sample.btc, "50", "999")
        for text in ["-500", "1000", "-300"] {
            _ = try core.handle(.flowRecorded(Money(text, .usd)), at: start)
            #expect(try mark(&core).snapshot.dayPnL.isZero, "after \(text)")
        }
        _ = try core.handle(.quoteChanged(lost), at: start)
        let seen = try mark(&core).snapshot
        // 50 of a bid that was 100, at 99 cents each.
        #expect([seen.dayPnL.amount, seen.weekPnL.amount] == ["-49.5", "-49.5"])
        // Also where everything was withdrawn in between, and where the day changed.
        _ = try core.handle(.flowRecorded(Money("-2000", .usd)), at: start)
        _ = try core.handle(.flowRecorded(Money("2000", .usd)), at: start)
        #expect(try mark(&core).snapshot.dayPnL.amount == "-49.5")
        let next = try mark(&core, 86_400).snapshot
        #expect([next.dayPnL.amount, next.weekPnL.amount] == ["0", "-49.5"])
    }

    @Test func `changes and falls are measured from the day, the week and the peak`() throws {
        var core = try core()
        #expect(try mark(&core).recorded == 1)
        #expect(try mark(&core).recorded == 0, "a look that moves no level keeps none")
        func see(_ bid: String, _ hours: Int) throws -> [String] {
            let effects = try core.handle(.quoteChanged(quote(Sample.btc, bid, "999")), at: start)
            #expect(effects.isEmpty)
            let seen = try mark(&core, 3_600 * hours).snapshot
            return [
                seen.nlv.amount, seen.dayPnL.amount, seen.weekPnL.amount,
                seen.dayChange.description, seen.weekChange.description,
                seen.drawdown.description,
            ]
        }
        // Each dollar of the bid is worth 99 cents; 898 lie beside it.
        #expect(
            try see("200", 1) == [
                "1096", "99", "99", "0.099297893681043129", "0.099297893681043129", "0",
            ]
        )
        #expect(
            try see("300", 24) == ["1195", "0", "198", "0", "0.198595787362086258", "0"]
        )
        #expect(
            try see("200", 25) == [
                "1096", "-99", "99", "-0.082845188284518828", "0.099297893681043129",
                "0.082845188284518828",
            ]
        )
        let reset = try core.handle(.peakReset, at: start)
        guard case .recordReferences(let levels)? = reset.first else {
            Issue.record("the levels are not kept")
            return
        }
        #expect(reset.count == 1)
        #expect(levels.peak == nil && levels.dayStart?.amount == "1195")
        #expect(try see("200", 25).last == "0")
        #expect(try see("100", 25).last == "0.090328467153284671")
    }

    @Test func `what was restored is what is valued, and its levels are what it is measured from`()
        throws
    {
        var books = PortfolioBooks()
        try books.record(flow: Money("90", .usd))
        let levels = try PortfolioReferences().advanced(to: Money("100", .usd), at: start)
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(.restored(books, levels), at: start)
        let seen = try mark(&core)
        #expect(seen.snapshot.nlv.amount == "90")
        #expect(seen.snapshot.drawdown.description == "0.1")
        #expect(seen.snapshot.dayChange.description == "-0.1")
        #expect(seen.recorded == 0)
    }

    @Test func `stable coins and what is paid in them are worth their bid in dollars`() throws {
        var core = PortfolioCore(takerFee: .zero)
        _ = try core.handle(.flowRecorded(Money("100", .usdc)), at: start)
        _ = try core.handle(.flowRecorded(Money("7", #require(Currency("EUR")))), at: start)
        #expect(try mark(&core).snapshot.cash.amount == "100", "at a dollar until it is seen")
        _ = try core.handle(.quoteChanged(quote(Self.usdc, "0.5", "0.75")), at: start)
        let seen = try mark(&core).snapshot
        #expect(seen.cash.amount == "50")
        #expect(seen.rates == [.usd: .one, .usdc: try Rate("0.5")])
    }

    @Test func `Reconciliation is told what is held, and what a coin brings in dollars`() throws {
        var core = try core()
        for quote in try [
            quote(Sample.btc, "150", "170"), quote(Self.usdc, "0.98", "1.02"),
            quote(Self.paired, "30", "31"),
        ] {
            _ = try core.handle(.quoteChanged(quote), at: start)
        }
        let effects = try core.handle(.holdingsRequested(cycle: 3), at: start)
        guard case .replyHoldings(3, let holdings, let prices)? = effects.first else {
            Issue.record("no answer")
            return
        }
        #expect(effects.count == 1)
        #expect(holdings == [.usd: try Money("898", .usd), Sample.btc.base: try one()])
        #expect(
            prices == [
                .usd: .one, .usdc: try Rate("0.98"), Sample.btc.base: try Rate("150"),
            ]
        )
    }

    private func one() throws -> Money { try Money("1", Sample.btc.base) }

    @Test func `a fill that grows a position and one that closes it are told, a part is not`()
        throws
    {
        var core = try core()
        let key = EntryKey(run: RunID("run"), cycle: 4)
        let origin = FillOrigin(.entry(try Sample.plan()), key: key)
        let more = try Sample.fill(.buy, "1", "100", fee: "2", entry: "2")
        let grown = try core.handle(.fillRecorded(more, origin), at: start)
        guard case .reportPositionGrown(Sample.btc, key)? = grown.first else {
            Issue.record("a purchase is not told")
            return
        }
        let part = try Sample.fill(.sell, "0.5", "110", fee: "1", entry: "3")
        #expect(try core.handle(.fillRecorded(part, origin), at: start).isEmpty)
        let rest = try Sample.fill(.sell, "1.5", "110", fee: "1", entry: "4")
        let closed = try core.handle(.fillRecorded(rest, origin), at: start)
        guard case .reportPositionClosed(Sample.btc, let result)? = closed.first else {
            Issue.record("an end is not told")
            return
        }
        // 220 less 2 brought, 200 and 4 paid.
        #expect(result.amount == "14")
        #expect(try mark(&core).snapshot.realised.amount == "14")
    }
}
