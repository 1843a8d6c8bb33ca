import Testing
import VigilModel

@testable import VigilCore

/// What is sold that no exit of its own leaves: never more than is ours, never for a passing reason.
@Suite struct PortfolioCareTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    private func policy() throws -> CarePolicy {
        var policy = CarePolicy()
        policy.trim = .init(
            tolerance: Rate(basisPoints: 25),
            buffer: Rate(basisPoints: 1_000),
            valueMin: try Money("10", .usd),
            positionsMax: 5,
            failuresMax: 3
        )
        policy.purge = .init(
            grace: .seconds(3_600),
            valueMin: try Money("10", .usd),
            slice: try Money("100", .usd),
            positionsMax: 2
        )
        policy.rotation = .init(lossMin: Rate(basisPoints: 500), convictionMin: 0.7)
        return policy
    }

    private func care() throws -> PortfolioCare {
        var risk = RiskTests.policy
        risk.totalAtRiskMax = Rate(basisPoints: 2_500)
        return PortfolioCare(policy: try policy(), risk: risk)
    }

    private func position(_ id: ProductID, _ quantity: String, cost: String) throws -> Position {
        var books = PortfolioBooks()
        let price = try FixedPoint.scaled(
            Money(cost, .usd).raw,
            times: FixedPoint.one,
            over: Quantity(quantity).raw,
            .down
        )
        let fill = Fill(
            entryID: EntryID("e"),
            tradeID: TradeID("t"),
            clientOrderID: ClientOrderID("o"),
            product: id,
            side: .buy,
            price: try Price(raw: price, currency: .usd),
            quantity: try Quantity(quantity),
            fee: .zero(.usd),
            role: .maker,
            kind: .fill,
            occurredAt: Sample.now
        )
        _ = try books.record(fill, Sample.origin())
        return try #require(books.positions[id])
    }

    private func snapshot(_ held: [(Position, worth: String)]) throws -> PortfolioSnapshot {
        var exposures: [ProductID: Money] = [:]
        var exposure = Money.zero(.usd)
        for (position, worth) in held {
            exposures[position.product] = try Money(worth, .usd)
            exposure = try exposure + Money(worth, .usd)
        }
        let zero = Money.zero(.usd)
        var snapshot = PortfolioSnapshot(
            at: Sample.now,
            nlv: try Money("10000", .usd),
            exposure: exposure,
            exposures: exposures,
            cash: zero,
            realised: zero,
            unrealised: zero,
            fees: zero,
            drawdown: .zero,
            dayChange: .zero,
            weekChange: .zero,
            openPositions: held.count,
            holdings: [:],
            rates: [.usd: .one],
            strategies: [:]
        )
        snapshot.positions = held.map(\.0)
        return snapshot
    }

    private func quotes(_ bids: [ProductID: String]) throws -> [ProductID: Quote] {
        try bids.reduce(into: [:]) { quotes, bid in
            let level = BookLevel(price: try Price(bid.value, .usd), quantity: try Quantity("9"))
            quotes[bid.key] = Quote(
                product: bid.key,
                bid: level,
                ask: level,
                occurredAt: Sample.now
            )
        }
    }

    private func universe(
        _ eligible: [ProductID],
        _ excluded: [ProductID: Ineligibility] = [:]
    ) -> UniverseSnapshot {
        UniverseSnapshot(eligible: eligible.map { ($0, .core) }, excluded: excluded)
    }

    @Test func `what outgrows the total is cut back below it, the largest first`() throws {
        var care = try care()
        let held = try snapshot([
            (position(Sample.btc, "1", cost: "900"), "1000"),
            (position(Self.eth, "10", cost: "1500"), "1600"),
        ])
        let quotes = try quotes([Sample.btc: "1000", Self.eth: "160"])
        let both = universe([Sample.btc, Self.eth])
        let result = try care.look(held, both, quotes, at: Sample.now)
        // 2,600 held, 2,525 allowed with the tolerance, 1,500 wanted: 1,100 of 1,600 are sold.
        #expect(
            result.reductions == [
                Reduction(product: Self.eth, quantity: try Quantity("6.875"), reason: .trim)
            ]
        )
        let calm = try snapshot([(position(Self.eth, "10", cost: "1500"), "2525")])
        #expect(try care.look(calm, both, quotes, at: Sample.now).reductions.isEmpty)
    }

    @Test func `cuts that find nothing are told after three in a row`() throws {
        var care = try care()
        let held = try snapshot([(position(Sample.btc, "1", cost: "900"), "3000")])
        var failures: [Int?] = []
        for _ in 0..<4 {
            failures.append(
                try care.look(held, universe([Sample.btc]), [:], at: Sample.now).failures
            )
        }
        #expect(failures == [nil, nil, 3, 4])
    }

    @Test func `what is too small, or one too many, is left alone`() throws {
        var tight = try policy()
        tight.trim?.positionsMax = 1
        tight.purge?.positionsMax = 1
        tight.purge?.grace = .zero
        var care = PortfolioCare(policy: tight, risk: RiskTests.policy)
        let quotes = try quotes([Sample.btc: "1000", Self.eth: "160"])
        let large = try snapshot([
            (position(Sample.btc, "1", cost: "900"), "2000"),
            (position(Self.eth, "10", cost: "1500"), "1600"),
        ])
        let both = universe([Sample.btc, Self.eth])
        let cut = try care.look(large, both, quotes, at: Sample.now).reductions
        #expect(cut.map(\.product) == [Sample.btc])
        let small = try snapshot([
            (position(Sample.btc, "1", cost: "9"), "9"),
            (position(Self.eth, "1", cost: "20"), "20"),
        ])
        let gone = universe([], [Sample.btc: .neverTrade, Self.eth: .neverTrade])
        let sold = try care.look(small, gone, quotes, at: Sample.now).reductions
        #expect(sold.map(\.product) == [Self.eth])
        let two = try snapshot([
            (position(Sample.btc, "1", cost: "90"), "90"),
            (position(Self.eth, "1", cost: "20"), "20"),
        ])
        #expect(try care.look(two, gone, quotes, at: Sample.now).reductions.count == 1)
    }

    @Test func `defect 38: a product that is ineligible for a moment is not sold`() throws {
        var care = try care()
        let held = try snapshot([(position(Self.eth, "10", cost: "1500"), "1600")])
        let quotes = try quotes([Self.eth: "160"])
        func look(_ minutes: Int, _ reason: Ineligibility?) throws -> [Reduction] {
            let excluded = reason.map { [Self.eth: $0] } ?? [:]
            let eligible = reason == nil ? [Self.eth] : []
            let now = Sample.now + .seconds(60 * minutes)
            return try care.look(held, universe(eligible, excluded), quotes, at: now).reductions
        }
        #expect(try look(0, .volume).isEmpty)
        #expect(try look(59, .volume).isEmpty)
        // Eligible once, and the hour begins anew; what cannot be seen says nothing.
        #expect(try look(60, nil).isEmpty)
        #expect(try look(61, .depth).isEmpty)
        #expect(try look(90, .noQuote).isEmpty)
        #expect(try look(120, .depth).isEmpty)
        let slice = try Reduction(product: Self.eth, quantity: Quantity("0.625"), reason: .purge)
        #expect(try look(121, .depth) == [slice])
    }

    @Test
    func `defect 43: a purge sells on the product's own market, the rest with the last slice`()
        throws
    {
        var care = try care()
        let held = try snapshot([(position(Self.eth, "10", cost: "105"), "105")])
        let quotes = try quotes([Self.eth: "10.5"])
        let gone = universe([], [Self.eth: .neverTrade])
        _ = try care.look(held, gone, quotes, at: Sample.now)
        let later = Sample.now + .seconds(3_600)
        let whole = try Reduction(product: Self.eth, quantity: Quantity("10"), reason: .purge)
        #expect(try care.look(held, gone, quotes, at: later).reductions == [whole])
    }

    @Test(arguments: [
        (0.3, "141", true), (0.3, "149", false), (0.8, "149", true), (0.8, "151", false),
    ])
    func `defects 40 and 49: the worst by its own result gives way, where Risk itself had no place`(
        conviction: Double,
        bid: String,
        sells: Bool
    ) throws {
        var care = try care()
        let held = try snapshot([
            (position(Sample.btc, "1", cost: "100"), "120"),
            (position(Self.eth, "10", cost: "1500"), "1400"),
        ])
        let quotes = try quotes([Sample.btc: "120", Self.eth: bid])
        let both = universe([Sample.btc, Self.eth])
        #expect(try care.look(held, both, quotes, at: Sample.now).reductions.isEmpty)
        let wish = Proposal(
            product: Sample.btc,
            tier: .core,
            size: .one,
            conviction: conviction,
            trigger: Trigger(
                product: Sample.btc,
                tier: .core,
                kind: .breakout,
                strength: 1,
                confidence: 1,
                changePct: 1,
                volatility: 50
            ),
            exits: try Sample.plan(),
            strategy: "test"
        )
        let full = RiskCheck(.openPositions, .denied, .count, limit: 2, current: 2, requested: 1)
        care.note([.denied(wish, checks: [full])])
        let worst = try Reduction(product: Self.eth, quantity: Quantity("10"), reason: .rotation)
        let found = try care.look(held, both, quotes, at: Sample.now).reductions
        #expect(found == (sells ? [worst] : []))
    }

    @Test func `defect 39: Risk lets nothing be sold that is not ours, nor more than there is`()
        throws
    {
        let held = try snapshot([(position(Self.eth, "10", cost: "1500"), "1600")])
        let pass = RiskPass(
            policy: RiskTests.policy,
            execution: RiskTests.execution,
            input: RiskInput(
                portfolio: held,
                working: [],
                quotes: [:],
                products: [:],
                regime: .chop
            ),
            counters: RiskCounters(),
            halts: [Halt(.kill)],
            now: Sample.now
        )
        let wishes = try [
            Reduction(product: Self.eth, quantity: Quantity("10"), reason: .trim),
            Reduction(product: Self.eth, quantity: Quantity("10.1"), reason: .trim),
            Reduction(product: Sample.btc, quantity: Quantity("1"), reason: .trim),
        ]
        // A halt stops no sale.
        #expect(pass.reductions(wishes).map(\.subject) == [wishes[0]])
    }
}
