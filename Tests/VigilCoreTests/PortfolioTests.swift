import Testing
import VigilCore
import VigilModel

@Suite struct PortfolioTests {
    /// The golden numbers of the predecessor's own tests (its section 5.1).
    @Test(arguments: [("52000", "0", nil), ("48000", "-40", "0")] as [(String, String, String?)])
    func `profit counts both fees`(exit: String, expected: String, unused: String?) throws {
        var books = PortfolioBooks()
        let plan = try Sample.plan()
        _ = try books.record(
            Sample.fill(.buy, "0.01", "50000", fee: "10", entry: "1"),
            FillOrigin(.entry(plan))
        )
        let booking = try books.record(
            Sample.fill(.sell, "0.01", exit, fee: "10", entry: "2"),
            FillOrigin(.entry(plan))
        )
        #expect(booking.realised.amount == expected)
        #expect(booking.closed?.amount == expected)
        #expect(books.positions.isEmpty)
    }

    @Test func `coins that left behind our back are gone from the position, at their cost`() throws
    {
        var books = PortfolioBooks()
        try books.record(flow: Money("1000", .usd))
        _ = try books.record(Sample.fill(.buy, "2", "100", fee: "4", entry: "1"), Sample.origin())
        let coin = Sample.btc.base
        try books.record(flow: Money("-0.5", coin))
        #expect(books.positions[Sample.btc]?.quantity == (try Quantity("1.5")))
        #expect(books.positions[Sample.btc]?.cost == (try Money("150", .usd)))
        #expect(books.positions[Sample.btc]?.entryFees == (try Money("3", .usd)))
        #expect(books.holdings[coin] == (try Money("1.5", coin)))
        try books.record(flow: Money("-2", coin))
        #expect(books.positions[Sample.btc] == nil)
        #expect(books.holdings[coin] == (try Money("-0.5", coin)))
        try books.record(flow: Money("0.5", coin))
        #expect(books.holdings[coin]?.isZero == true)
    }

    @Test func `a part that is sold takes its share of the entry fee`() throws {
        var books = PortfolioBooks()
        let plan = try Sample.plan()
        _ = try books.record(
            Sample.fill(.buy, "0.02", "50000", fee: "20", entry: "1"),
            FillOrigin(.entry(plan))
        )
        let booking = try books.record(
            Sample.fill(.sell, "0.01", "51000", fee: "10", entry: "2"),
            FillOrigin(.entry(plan))
        )
        #expect(booking.realised.amount == "-10")
        let rest = try #require(books.positions[Sample.btc])
        #expect(rest.quantity.description == "0.01")
        #expect(try rest.averagePrice().description == "50000")
    }

    @Test func `a reversed sale puts the position back as it was`() throws {
        var books = PortfolioBooks()
        let plan = try Sample.plan()
        _ = try books.record(
            Sample.fill(.buy, "0.02", "50000", fee: "20", entry: "1"),
            FillOrigin(.entry(plan))
        )
        let before = books
        let sale = try Sample.fill(.sell, "0.02", "51000", fee: "10", entry: "2")
        _ = try books.record(sale, FillOrigin(.entry(plan)))
        let undone = Fill(
            entryID: EntryID("3"),
            tradeID: sale.tradeID,
            clientOrderID: sale.clientOrderID,
            product: sale.product,
            side: .sell,
            price: sale.price,
            quantity: sale.quantity,
            fee: sale.fee,
            role: sale.role,
            kind: .reversal,
            occurredAt: sale.occurredAt
        )
        _ = try books.record(undone, FillOrigin(.entry(plan)))
        #expect(books == before)
    }

    @Test func `selling more than is held is refused and changes nothing`() throws {
        var books = PortfolioBooks()
        let plan = try Sample.plan()
        _ = try books.record(Sample.fill(.buy, "1", "100", entry: "1"), FillOrigin(.entry(plan)))
        let before = books
        #expect(throws: MoneyError.self) {
            try books.record(Sample.fill(.sell, "2", "100", entry: "2"), FillOrigin(.entry(plan)))
        }
        #expect(books == before)
    }

    private func held() throws -> PortfolioCore {
        var core = PortfolioCore(takerFee: Rate(basisPoints: 120))
        let fill = try Sample.fill(.buy, "1", "100", entry: "1")
        _ = try core.handle(.fillRecorded(fill, Sample.origin()), at: Sample.now)
        return core
    }

    private func reasons(_ effects: [PortfolioCore.Effect]) -> [ExitReason] {
        effects.compactMap { effect in
            guard case .requestExit(let request) = effect else { return nil }
            return request.reason
        }
    }

    @Test(
        arguments: [
            ("97.01", []), ("97", [.stopLoss]), ("90", [.stopLoss]), ("104.99", []),
            ("105", [.takeProfit]),
        ] as [(String, [ExitReason])]
    )
    func `stops and targets look at the bid`(bid: String, expected: [ExitReason]) throws {
        var core = try held()
        let effects = try core.handle(.quoteChanged(Sample.quote(bid, "200")), at: Sample.now)
        #expect(reasons(effects) == expected)
    }

    @Test func `an exit fires once, and again only after it has ended unfilled`() throws {
        var core = try held()
        let quote = try Sample.quote("90", "91")
        #expect(reasons(try core.handle(.quoteChanged(quote), at: Sample.now)) == [.stopLoss])
        #expect(reasons(try core.handle(.quoteChanged(quote), at: Sample.now)) == [])
        _ = try core.handle(.exitEnded(Sample.btc), at: Sample.now)
        #expect(reasons(try core.handle(.quoteChanged(quote), at: Sample.now)) == [.stopLoss])
    }

    @Test func `a stop takes over from a profit-taking that still rests`() throws {
        var core = try held()
        let high = try core.handle(.quoteChanged(Sample.quote("106", "107")), at: Sample.now)
        let low = try core.handle(.quoteChanged(Sample.quote("96", "97")), at: Sample.now)
        let again = try core.handle(.quoteChanged(Sample.quote("106", "107")), at: Sample.now)
        #expect(reasons(high) == [.takeProfit])
        #expect(reasons(low) == [.stopLoss])
        #expect(reasons(again) == [])
    }

    @Test func `an exit that never fills is told to the operator`() throws {
        var core = try held()
        var told = 0
        for _ in 0..<3 {
            for effect in try core.handle(.quoteChanged(Sample.quote("90", "91")), at: Sample.now) {
                if case .reportExitUnfilled = effect {
                    told += 1
                }
            }
            _ = try core.handle(.exitEnded(Sample.btc), at: Sample.now)
        }
        #expect(told == 1)
    }

    @Test func `the longest holding time ends a position even without a quote`() throws {
        var core = try held()
        let late = Sample.now + .seconds(86_400)
        #expect(reasons(try core.handle(.markRequested(cycle: 1), at: late)) == [.maxHold])
    }

    @Test func `what is too small to sell asks for no exit and takes no place`() throws {
        var core = PortfolioCore(takerFee: .zero)
        let product = try Product(
            id: Sample.btc,
            baseIncrement: Quantity("0.00000001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.00000001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
        _ = try core.handle(.productChanged(product), at: Sample.now)
        let crumb = try Sample.fill(.buy, "0.004", "100", entry: "1")
        _ = try core.handle(.fillRecorded(crumb, Sample.origin()), at: Sample.now)
        #expect(
            reasons(try core.handle(.quoteChanged(Sample.quote("90", "91")), at: Sample.now)) == []
        )
        let effects = try core.handle(.markRequested(cycle: 1), at: Sample.now + .seconds(1 << 20))
        #expect(reasons(effects) == [])
        guard case .reply(_, let snapshot)? = effects.last else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.exposures.isEmpty && snapshot.openPositions == 0)
        #expect(snapshot.exposure.amount == "0.36")
    }

    @Test func `a deposit is no profit and a withdrawal no drawdown`() throws {
        var core = PortfolioCore(takerFee: .zero)
        func look() throws -> PortfolioSnapshot {
            let effects = try core.handle(.markRequested(cycle: 1), at: Sample.now)
            for case .reply(_, let snapshot) in effects { return snapshot }
            throw MoneyError.overflow
        }
        _ = try core.handle(.flowRecorded(Money("1000", .usd)), at: Sample.now)
        _ = try look()
        _ = try core.handle(.flowRecorded(Money("9000", .usd)), at: Sample.now)
        #expect(try look().dayChange == .zero)
        _ = try core.handle(.flowRecorded(Money("-9500", .usd)), at: Sample.now)
        #expect(try look().drawdown == .zero)
    }
}
