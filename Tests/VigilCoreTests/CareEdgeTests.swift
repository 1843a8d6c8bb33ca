import Testing
import VigilModel

@testable import VigilCore

/// How positions that have outgrown their total are cut back, each limit at its edge.
@Suite struct CareEdgeTests {
    static let ids = ["AAA", "BBB", "CCC"].map {
        ProductID(base: Currency($0) ?? .usd, quote: .usd)
    }
    static let (one, two, three) = (ids[0], ids[1], ids[2])

    func care(
        capital: String? = nil,
        _ change: (inout CarePolicy) -> Void
    ) throws -> PortfolioCare {
        var risk = RiskTests.policy
        if let capital { risk.capitalMax = try Money(capital, .usd) }
        var policy = CarePolicy()
        change(&policy)
        return PortfolioCare(policy: policy, risk: risk)
    }

    private func trim(
        valueMin: String = "10",
        buffer: Int = 1_000,
        positionsMax: Int = 5
    ) throws -> CarePolicy.Trim {
        CarePolicy.Trim(
            tolerance: Rate(basisPoints: 25),
            buffer: Rate(basisPoints: buffer),
            valueMin: try Money(valueMin, .usd),
            positionsMax: positionsMax,
            failuresMax: 3
        )
    }

    /// Positions with what they cost, and what they are worth now; nil for dust.
    func books(
        nlv: String = "10000",
        exposure: String? = nil,
        _ held: (id: ProductID, quantity: String, cost: String, worth: String?)...
    ) throws -> PortfolioSnapshot {
        let zero = Money.zero(.usd)
        var exposures: [ProductID: Money] = [:]
        var positions: [Position] = []
        for (id, quantity, cost, worth) in held {
            exposures[id] = try worth.map { try Money($0, .usd) }
            let (amount, paid) = (try Quantity(quantity), try Money(cost, .usd))
            positions.append(
                try Position(
                    product: id,
                    quantity: amount,
                    cost: paid,
                    entryFees: zero,
                    realised: zero,
                    openedAt: Sample.now,
                    exits: Sample.plan(),
                    strategy: "",
                    average: Position.average(paid, amount)
                )
            )
        }
        let total = try exposures.values.reduce(zero) { try $0 + $1 }
        var snapshot = PortfolioSnapshot(
            at: Sample.now,
            nlv: try Money(nlv, .usd),
            exposure: try exposure.map { try Money($0, .usd) } ?? total,
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
        snapshot.positions = positions
        return snapshot
    }

    /// Quotes with an ask far above the bid, so that a look at the wrong side shows.
    func quotes(_ bids: [ProductID: String]) throws -> [ProductID: Quote] {
        try bids.reduce(into: [:]) { quotes, bid in
            quotes[bid.key] = Quote(
                product: bid.key,
                bid: BookLevel(price: try Price(bid.value, .usd), quantity: try Quantity("1")),
                ask: BookLevel(price: try Price("9999", .usd), quantity: try Quantity("1")),
                occurredAt: Sample.now
            )
        }
    }

    func look(
        _ care: inout PortfolioCare,
        _ books: PortfolioSnapshot,
        bids: [ProductID: String] = [one: "1", two: "1", three: "1"],
        excluded: [ProductID: Ineligibility] = [:],
        after seconds: Int = 0
    ) throws -> [String] {
        let eligible = Self.ids.filter { excluded[$0] == nil }.map { ($0, Tier.core) }
        let universe = UniverseSnapshot(eligible: eligible, excluded: excluded)
        let now = Sample.now + .seconds(seconds)
        let found = try care.look(books, universe, quotes(bids), at: now)
        return found.reductions.map { "\($0.product.base) \($0.quantity) \($0.reason)" }
            + (found.failures.map { ["\($0) failures"] } ?? [])
    }

    @Test func `a total is over its limit by the smallest unit, and the cut is against us`() throws
    {
        // 25.25 % of the odd net value are 2,525 and a bit, which is rounded down.
        let odd = "10000.000000000000000001"
        var care = try care { $0.trim = try? trim() }
        let edge = try books(nlv: odd, (Self.one, "100000", "1", "2525"))
        #expect(try look(&care, edge).isEmpty)
        let over = try books(nlv: odd, (Self.one, "100000", "1", "2525.000000000000000001"))
        #expect(try look(&care, over) == ["AAA \(Self.cut) trim"])
    }

    /// 100,000 × 1,025.000000000000000001 ÷ 2,525.000000000000000001, rounded up.
    private static let cut = "40594.05940594059405943"

    @Test func `a cut goes from the largest to the smaller ones until enough is sold`() throws {
        var care = try care { $0.trim = try? trim() }
        // 3,000 held and 1,500 wanted: all of the 1,400, and 100 of the two equals that come by name.
        let held = try books(
            (Self.three, "7", "1", "800"),
            (Self.two, "8", "1", "800"),
            (Self.one, "14", "1", "1400")
        )
        #expect(try look(&care, held) == ["AAA 14 trim", "BBB 1 trim"])
        var few = try self.care { $0.trim = try? trim(positionsMax: 1) }
        #expect(try look(&few, held) == ["AAA 14 trim"])
    }

    @Test func `what is smaller than is cut, unseen or worth nothing is passed over`() throws {
        let held = try books(
            exposure: "3000",
            (Self.one, "1", "1", "10"),
            (Self.two, "1", "1", "9.999"),
            (Self.three, "1", "1", "0")
        )
        var care = try care { $0.trim = try? trim() }
        #expect(try look(&care, held) == ["AAA 1 trim"])
        // What is dust has no worth, and stands behind all that has any.
        let crumb = "0.000000000000000001"
        let last = try books(
            exposure: "3000",
            (Self.one, "1", "1", nil),
            (Self.two, "1", "1", crumb)
        )
        var few = try self.care { $0.trim = try? trim(valueMin: "0", positionsMax: 1) }
        #expect(try look(&few, last) == ["BBB 1 trim"])
        var any = try self.care { $0.trim = try? trim(valueMin: "0") }
        #expect(try look(&any, held, bids: [Self.two: "1", Self.three: "1"]) == ["BBB 1 trim"])
    }

    @Test func `a buffer beyond the total sells everything, and a fence lowers the total`() throws {
        var care = try care { $0.trim = try? trim(buffer: 9_000) }
        let held = try books((Self.one, "3", "1", "3000"))
        #expect(try look(&care, held) == ["AAA 3 trim"])
        // A quarter of 4,000 and its tolerance are 1,010; a cut goes down to 600.
        var fenced = try self.care(capital: "4000") { $0.trim = try? trim() }
        #expect(try look(&fenced, books((Self.one, "1010", "1", "1010"))).isEmpty)
        #expect(try look(&fenced, books((Self.one, "1011", "1", "1011"))) == ["AAA 411 trim"])
    }

    @Test func `failures count in a row, and a total that is calm again ends them`() throws {
        var care = try care { $0.trim = try? trim() }
        let (over, calm) = (
            try books((Self.one, "1", "1", "3000")), try books((Self.one, "1", "1", "2000"))
        )
        func failures(_ held: PortfolioSnapshot) throws -> [String] {
            try look(&care, held, bids: [:])
        }
        for held in [over, over, calm, over, over] {
            #expect(try failures(held).isEmpty)
        }
        #expect(try failures(over) == ["3 failures"])
        #expect(try look(&care, over) == ["AAA 0.5 trim"], "one that found something ends them")
        #expect(try failures(over).isEmpty)
    }
}
