import Testing
import VigilModel

@testable import VigilCore

/// What takes a place, a purse or a turn in a risk pass, and what its limits are worth.
@Suite struct RiskPlaceTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
    private let tests = RiskTests()

    private func pass(
        _ input: RiskInput,
        halts: [Halt] = [],
        at now: Instant = Sample.now,
        _ change: (inout RiskPolicy) -> Void = { _ in }
    ) -> RiskPass {
        var policy = RiskTests.policy
        policy.tradeSpacing = .zero
        change(&policy)
        return RiskPass(
            policy: policy,
            execution: RiskTests.execution,
            input: input,
            counters: RiskCounters(),
            halts: halts,
            now: now
        )
    }

    private func checks(_ verdict: RiskVerdict?) -> [RiskCheck] {
        switch verdict {
        case .approved(_, let checks), .denied(_, let checks): checks
        case nil: []
        }
    }

    /// What was already there when a check was made, as a whole number.
    private func current(_ code: RiskCode, _ verdict: RiskVerdict?) -> Int128? {
        checks(verdict).first { $0.code == code }.map { $0.current / FixedPoint.one }
    }

    private func working(_ id: ProductID, _ worst: String) throws -> WorkingEntry {
        WorkingEntry(product: id, worst: try Money(worst, id.quote), strategy: "test")
    }

    @Test func `several entries of one product take one place, and so does one that is held`()
        throws
    {
        let entries = try [working(Self.eth, "20"), working(Self.eth, "30")]
        let alone = try pass(tests.input(tests.snapshot(), working: entries))
        #expect(try current(.openPositions, alone.verdicts([tests.proposal("0.02")]).first) == 1)
        let books = try tests.snapshot(exposure: "100", held: [Self.eth])
        let held = try pass(tests.input(books, working: entries))
        #expect(try current(.openPositions, held.verdicts([tests.proposal("0.02")]).first) == 1)
        let none = try pass(tests.input(tests.snapshot()))
        #expect(try current(.openPositions, none.verdicts([tests.proposal("0.02")]).first) == 0)
    }

    @Test func `what is granted takes its place, its turn and its money from the next`() throws {
        let ids = ["AAA", "BBB", "CCC"].map { ProductID(base: Currency($0) ?? .usd, quote: .usd) }
        let input = try tests.input(tests.snapshot(), products: ids)
        let wishes = try ids.map { try tests.proposal("0.02", $0) }
        let found = try pass(input) { $0.strategyTradesMax = ["test": 9] }.verdicts(wishes)
        for (index, verdict) in found.enumerated() {
            for code in [RiskCode.openPositions, .newPositions, .hourlyCount, .dailyCount] {
                #expect(current(code, verdict) == Int128(index), "\(code) \(index)")
            }
            #expect(current(.strategyTrades, verdict) == Int128(index))
        }
        // Two coins and their slip and fee: 202.8048 dollars at worst.
        let spent = found.prefix(2).map { current(.cash, $0) }
        #expect(spent == [0, 202])
        #expect(found.last?.text == "NEW_POSITIONS count limit 2 current 2 requested 1 allowed 0")
    }

    @Test func `an addition opens nothing, and takes no place of its own`() throws {
        let books = try tests.snapshot(exposure: "100", held: [Self.eth])
        let input = try tests.input(books, products: [Self.eth, Sample.btc])
        let wishes = try [tests.proposal("0.01", Self.eth), tests.proposal("0.01")]
        // Of equal conviction: BTC first, by its name.
        let found = try pass(input) {
            $0.pyramid = PyramidPolicy(spacing: .zero, additionsPerDayMax: 1, positionsMax: 1)
            ($0.newPositionsPerCycleMax, $0.openPositionsMax) = (1, 2)
        }.verdicts([wishes[0], wishes[1]])
        #expect(found.map(\.text) == ["approved 100", "approved 100"])
        #expect(current(.hourlyCount, found[0]) == 1, "it came second")
        let more = try pass(input) {
            $0.pyramid = PyramidPolicy(spacing: .zero, additionsPerDayMax: 1, positionsMax: 1)
            ($0.newPositionsPerCycleMax, $0.openPositionsMax) = (1, 2)
            $0.assetMax = Rate(basisPoints: 100)
        }.verdicts([wishes[0]])
        #expect(more.map { $0.denial?.code } == [.assetSize])
    }

    @Test func `of two equal wishes for one product the first that was brought is granted`() throws
    {
        let input = try tests.input(tests.snapshot())
        let found = try pass(input).verdicts([tests.proposal("0.01"), tests.proposal("0.02")])
        #expect(
            found.map(\.text) == [
                "approved 100", "WORKING_ENTRY count limit 0 current 1 requested 0 allowed 0",
            ]
        )
    }

    @Test(
        arguments: [
            ("0", "NO_RATE ratio limit 0 current 0 requested 0 allowed 0"), (nil, nil),
            ("0.000000000000000001", "CASH"), ("0.99", "approved 202.020202020202020202"),
        ] as [(String?, String?)]
    )
    func `what is paid in a coin without any worth has no rate`(
        rate: String?,
        expected: String?
    ) throws {
        let id = ProductID(base: Sample.btc.base, quote: .usdc)
        var rates: [Currency: Rate] = [.usd: .one]
        rates[.usdc] = try rate.map { try Rate($0) }
        let quoted = try tests.input(tests.snapshot(rates: rates), products: [id])
        let text = try pass(quoted).verdicts([tests.proposal("0.02", id)]).first?.text ?? ""
        let whole = "NO_RATE ratio limit 0 current 0 requested 0 allowed 0"
        #expect(text.hasPrefix(expected ?? whole), "\(text)")
    }

    @Test func `a quote of the next second is as fresh as can be, and one at its age too`() throws {
        let input = try tests.input(tests.snapshot())
        func seen(_ seconds: Int) throws -> RiskCheck? {
            let now = Sample.now + .seconds(seconds)
            let found = try pass(input, at: now).verdicts([tests.proposal("0.02")]).first
            return checks(found).first { $0.code == .noQuote }
        }
        let one = FixedPoint.one
        for (age, current) in [(-5, 0), (0, 0), (15, 15), (16, 16)] as [(Int, Int128)] {
            let expected = RiskCheck(
                .noQuote,
                age > 15 ? .denied : .passed,
                .seconds,
                limit: 15 * one,
                current: current * one,
                requested: 0
            )
            #expect(try seen(age) == expected)
        }
    }

    @Test func `without a quote or without the venue's rules nothing is decided`() throws {
        let whole = try tests.input(tests.snapshot())
        for (quotes, products) in [([:], whole.products), (whole.quotes, [:])] {
            let input = RiskInput(
                portfolio: whole.portfolio,
                working: [],
                quotes: quotes,
                products: products,
                regime: .chop
            )
            let denial = try pass(input).verdicts([tests.proposal("0.02")]).first?.denial
            let expected = RiskCheck(
                .noQuote,
                .denied,
                .seconds,
                limit: 15 * FixedPoint.one,
                current: 15 * FixedPoint.one + 1,
                requested: 0,
                subject: "none"
            )
            #expect(denial == expected)
        }
    }

    @Test func `a halt of all comes before one of the product, and both are named`() throws {
        let input = try tests.input(tests.snapshot())
        func last(_ halts: [Halt]) throws -> RiskCheck? {
            try pass(input, halts: halts).verdicts([tests.proposal("0.02")]).first?.denial
        }
        let own = Halt(.spread, Sample.btc)
        let stopped = try #require(try last([Halt(.kill), Halt(.mismatch), own]))
        #expect(stopped.code == .halted && stopped.subject == "kill" && stopped.allowed == 0)
        let broken = try #require(try last([Halt(.feedGap, Self.eth), own]))
        #expect(broken.code == .breaker && broken.subject == "spread" && broken.allowed == 0)
        #expect(try last([Halt(.feedGap, Self.eth)]) == nil)
    }

    @Test func `what is over its limit leaves nothing, not less than nothing`() {
        let over = RiskCheck(.cash, .denied, .usd, limit: 3, current: 5, requested: 0)
        let under = RiskCheck(.cash, .passed, .usd, limit: 5, current: 3, requested: 0)
        #expect([over.allowed, under.allowed] == [0, 2])
    }

    @Test func `nothing at all is no sale`() throws {
        var books = try tests.snapshot()
        var owned = PortfolioBooks()
        _ = try owned.record(Sample.fill(.buy, "1", "100", entry: "1"), Sample.origin())
        books.positions = Array(owned.positions.values)
        let wishes = try ["0", "0.5", "1", "1.000000000000000001"].map {
            Reduction(product: Sample.btc, quantity: try Quantity($0), reason: .trim)
        }
        let allowed = try pass(tests.input(books)).reductions(wishes)
        #expect(allowed.map(\.subject) == [wishes[1], wishes[2]])
    }
}
