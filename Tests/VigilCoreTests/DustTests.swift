import Testing
import VigilModel

@testable import VigilCore

/// What is too small to be sold, to the last unit, and how often an exit is asked for.
@Suite struct DustTests {
    private let start = Sample.now

    private func product(
        increment: String = "0.001",
        baseMin: String = "0.002",
        quoteMin: String = "1",
        id: ProductID = Sample.btc
    ) throws -> Product {
        try Product(
            id: id,
            baseIncrement: Quantity(increment),
            priceIncrement: Price("0.01", id.quote),
            baseMin: Quantity(baseMin),
            quoteMin: Money(quoteMin, id.quote),
            status: .online
        )
    }

    private func core(
        _ quantity: String,
        dust: String = "0",
        _ product: Product? = nil
    ) throws -> PortfolioCore {
        var core = PortfolioCore(takerFee: .zero, dust: try Money(dust, .usd))
        if let product { _ = try core.handle(.productChanged(product), at: start) }
        let id = product?.id ?? Sample.btc
        let bought = Fill(
            entryID: EntryID("1"),
            tradeID: TradeID("1"),
            clientOrderID: ClientOrderID("o"),
            product: id,
            side: .buy,
            price: try Price("100000", id.quote),
            quantity: try Quantity(quantity),
            fee: .zero(id.quote),
            role: .maker,
            kind: .fill,
            occurredAt: start
        )
        _ = try core.handle(.fillRecorded(bought, Sample.origin()), at: start)
        return core
    }

    private func quote(_ bid: String, _ ask: String, of id: ProductID) throws -> Quote {
        Quote(
            product: id,
            bid: BookLevel(price: try Price(bid, id.quote), quantity: try Quantity("1")),
            ask: BookLevel(price: try Price(ask, id.quote), quantity: try Quantity("1")),
            occurredAt: start
        )
    }

    private func isDust(_ core: inout PortfolioCore) throws -> Bool {
        let effects = try core.handle(.markRequested(cycle: 1), at: start)
        guard case .reply(_, let seen)? = effects.last else { throw MoneyError.overflow }
        #expect(seen.openPositions == seen.exposures.count)
        #expect(seen.positions.count == 1, "it stays in the books")
        return seen.openPositions == 0
    }

    private func isDust(
        _ quantity: String,
        bid: String?,
        dust: String = "0",
        _ product: Product?
    ) throws -> Bool {
        var core = try core(quantity, dust: dust, product)
        if let bid {
            // An ask at which nothing would be too small.
            let seen = try quote(bid, "9999", of: product?.id ?? Sample.btc)
            _ = try core.handle(.quoteChanged(seen), at: start)
        }
        return try isDust(&core)
    }

    @Test func `what the venue would not sell for its size is dust, on whole steps`() throws {
        let rules = try product()
        #expect(try isDust("0.001999", bid: "1000", rules))
        #expect(try !isDust("0.002", bid: "1000", rules))
        // Without a quote only the quantity speaks; without rules nothing does.
        #expect(try isDust("0.001999", bid: nil, rules))
        #expect(try !isDust("0.002", bid: nil, rules))
        #expect(try !isDust("0.001", bid: "1", nil))
    }

    @Test(arguments: [("499.99", true), ("500", false), ("500.01", false)])
    func `what brings less than the venue's least order is dust`(
        bid: String,
        expected: Bool
    ) throws {
        // Of 0.0029 only 0.002 can be sold.
        #expect(try isDust("0.0029", bid: bid, product()) == expected)
    }

    @Test(arguments: [("9.99", true), ("10", false), ("10.01", false)])
    func `what is worth less than dust is not looked after`(bid: String, expected: Bool) throws {
        #expect(try isDust("1", bid: bid, dust: "10", product()) == expected)
    }

    @Test func `a worth is rounded down, and its dollars up`() throws {
        // Half of two and a bit is one and half a bit.
        let half = try product(increment: "0.5", baseMin: "0.5", quoteMin: "1.000000000000000001")
        #expect(try isDust("0.5", bid: "2.000000000000000001", half))
        let least = try product(increment: "0.5", baseMin: "0.5", quoteMin: "1")
        #expect(try !isDust("0.5", bid: "2.000000000000000001", least))
        let id = ProductID(base: Sample.btc.base, quote: .usdc)
        let paired = try product(increment: "1", baseMin: "1", id: id)
        let coin = try quote("0.5", "2", of: ProductID(base: .usdc, quote: .usd))
        for (dust, expected) in [("10.000000000000000001", false), ("10.000000000000000002", true)]
        {
            var core = try core("1", dust: dust, paired)
            _ = try core.handle(.quoteChanged(coin), at: start)
            let bid = try quote("20.000000000000000001", "9999", of: id)
            _ = try core.handle(.quoteChanged(bid), at: start)
            #expect(try isDust(&core) == expected)
        }
        // Before the coin's own market is seen it stands at a dollar.
        #expect(try !isDust("1", bid: "10", dust: "10", paired))
        #expect(try isDust("1", bid: "9.99", dust: "10", paired))
    }

    // MARK: Exits

    private func asked(_ effects: [PortfolioCore.Effect]) -> [String] {
        effects.compactMap { effect in
            switch effect {
            case .requestExit(let request):
                "leave \(request.quantity) \(request.product) \(request.reason)"
            case .reportExitUnfilled(let product, let reason): "\(product) stuck \(reason)"
            default: nil
            }
        }
    }

    private func fall(_ core: inout PortfolioCore, _ times: Int) throws -> [[String]] {
        try (0..<times).map { _ in
            let told = asked(try core.handle(.quoteChanged(Sample.quote("90", "91")), at: start))
            _ = try core.handle(.exitEnded(Sample.btc), at: start)
            return told
        }
    }

    private func trade(_ core: inout PortfolioCore, _ side: Side, _ entry: String) throws {
        let fill = try Sample.fill(side, "1", "100", entry: entry)
        _ = try core.handle(.fillRecorded(fill, Sample.origin()), at: start)
    }

    @Test func `every third attempt is told first, and a position that was closed begins anew`()
        throws
    {
        var core = PortfolioCore(takerFee: .zero)
        try trade(&core, .buy, "1")
        let leave = "leave 1 BTC-USD stopLoss"
        let third = ["BTC-USD stuck stopLoss", leave]
        #expect(
            try fall(&core, 7) == [[leave], [leave], third, [leave], [leave], third, [leave]]
        )
        try trade(&core, .sell, "2")
        #expect(try fall(&core, 1) == [[]], "nothing is held")
        try trade(&core, .buy, "3")
        #expect(try fall(&core, 3) == [[leave], [leave], third])
    }

    @Test func `an exit that still runs when its position closes stands in no later one's way`()
        throws
    {
        var core = PortfolioCore(takerFee: .zero)
        try trade(&core, .buy, "1")
        let low = try Sample.quote("90", "91")
        #expect(asked(try core.handle(.quoteChanged(low), at: start)).count == 1)
        try trade(&core, .sell, "2")
        try trade(&core, .buy, "3")
        #expect(asked(try core.handle(.quoteChanged(low), at: start)).count == 1)
    }

    @Test func `a stop comes before a target and a time, and only a stop takes over`() throws {
        var core = PortfolioCore(takerFee: .zero)
        try trade(&core, .buy, "1")
        let late = start + .seconds(86_400)
        func see(_ bid: String) throws -> [String] {
            asked(try core.handle(.quoteChanged(Sample.quote(bid, "999")), at: late))
        }
        #expect(try see("100") == ["leave 1 BTC-USD maxHold"])
        #expect(try see("105").isEmpty)
        #expect(try see("97") == ["leave 1 BTC-USD stopLoss"])
        #expect(try see("96").isEmpty)
        _ = try core.handle(.exitEnded(Sample.btc), at: late)
        #expect(try see("105") == ["BTC-USD stuck takeProfit", "leave 1 BTC-USD takeProfit"])
    }
}
