import Testing
import VigilModel

@testable import VigilCore

/// Which position gives way to a better one, and when none does.
@Suite struct RotationTests {
    private static let (one, two) = (CareEdgeTests.ids[0], CareEdgeTests.ids[1])
    private let scene = CareEdgeTests()

    private func care(isTrimmed: Bool = false) throws -> PortfolioCare {
        var policy = CarePolicy()
        policy.rotation = .init(lossMin: Rate(basisPoints: 500), convictionMin: 0.7)
        if isTrimmed {
            policy.trim = .init(
                tolerance: .zero,
                buffer: .zero,
                valueMin: try Money("1", .usd),
                positionsMax: 1,
                failuresMax: 3
            )
        }
        return PortfolioCare(policy: policy, risk: RiskTests.policy)
    }

    private func check(_ code: RiskCode, _ outcome: RiskCheck.Outcome) -> RiskCheck {
        RiskCheck(code, outcome, .count, limit: 1, current: 1, requested: 1)
    }

    private func denied(_ conviction: Double, _ checks: RiskCheck...) throws -> RiskVerdict {
        let wish = try RiskTests().proposal("0.02")
        let proposal = Proposal(
            product: wish.product,
            tier: wish.tier,
            size: wish.size,
            conviction: conviction,
            trigger: wish.trigger,
            exits: wish.exits,
            strategy: wish.strategy
        )
        return .denied(proposal, checks: checks)
    }

    private func full(_ conviction: Double) throws -> RiskVerdict {
        try denied(conviction, check(.hourlyCount, .passed), check(.openPositions, .denied))
    }

    /// What is given up of two positions that cost 100 a coin.
    private func look(
        _ care: inout PortfolioCare,
        bids: [ProductID: String],
        worth: (String?, String?) = ("100", "200")
    ) throws -> [String] {
        let held = try scene.books((Self.one, "1", "100", worth.0), (Self.two, "2", "200", worth.1))
        let universe = UniverseSnapshot(eligible: [], excluded: [:])
        let found = try care.look(held, universe, scene.quotes(bids), at: Sample.now)
        return found.reductions.map { "\($0.product.base) \($0.quantity) \($0.reason)" }
    }

    @Test(
        arguments: [
            (0.1, "95", ["BBB 2 rotation"]), (0.1, "95.000000000000000001", []),
            (0.7, "99.9999999999999999", ["BBB 2 rotation"]), (0.699, "95.1", []),
            (1, "100", []), (1, "101", []), (0.699, "94", ["BBB 2 rotation"]),
        ] as [(Double, String, [String])]
    )
    func
        `a loss at its limit gives way to any wish, a smaller one to a strong wish, a gain to none`(
            conviction: Double,
            bid: String,
            expected: [String]
        ) throws
    {
        var care = try care()
        care.note([try full(conviction)])
        #expect(try look(&care, bids: [Self.one: "120", Self.two: bid]) == expected)
    }

    @Test func `the worst gives way, and of two equals the first by name`() throws {
        var care = try care()
        care.note([try full(0.9)])
        #expect(try look(&care, bids: [Self.one: "80", Self.two: "90"]) == ["AAA 1 rotation"])
        #expect(try look(&care, bids: [Self.one: "90", Self.two: "80"]) == ["BBB 2 rotation"])
        #expect(try look(&care, bids: [Self.one: "80", Self.two: "80"]) == ["AAA 1 rotation"])
    }

    @Test func `what has no quote or is dust is given up for nobody`() throws {
        var care = try care()
        care.note([try full(0.9)])
        let low = [Self.one: "50", Self.two: "80"]
        #expect(try look(&care, bids: [Self.two: "80"]) == ["BBB 2 rotation"])
        #expect(try look(&care, bids: low, worth: (nil, "200")) == ["BBB 2 rotation"])
        #expect(try look(&care, bids: low, worth: (nil, nil)).isEmpty)
        #expect(try look(&care, bids: [:]).isEmpty)
    }

    @Test func `only a wish that found no place is one, the strongest counts, and for one cycle`()
        throws
    {
        var care = try care()
        let little = [Self.one: "99", Self.two: "120"]
        func sold(_ verdicts: RiskVerdict...) throws -> Bool {
            care.note(verdicts)
            return try !look(&care, bids: little).isEmpty
        }
        #expect(try sold(full(0.7)))
        #expect(try sold(full(0.2), full(0.8), full(0.3)))
        #expect(try !sold(full(0.2), full(0.6)))
        #expect(try !sold(), "what was noted before is forgotten")
        let other = try denied(0.9, check(.openPositions, .passed), check(.cash, .denied))
        #expect(try !sold(other))
        #expect(try !sold(.approved(RiskTests().approved("0.02"), checks: [])))
    }

    @Test func `where something is cut already nothing is given up besides`() throws {
        var care = try care(isTrimmed: true)
        care.note([try full(0.9)])
        let low = [Self.one: "80", Self.two: "80"]
        #expect(try look(&care, bids: low) == ["AAA 1 rotation"])
        // 3,000 held of 2,500 allowed.
        let cut = try look(&care, bids: low, worth: ("1000", "2000"))
        #expect(cut == ["BBB 0.5 trim"])
    }
}
