import Testing
import VigilModel

@testable import VigilCore

/// What the policy's shares are worth in dollars, rounded against us, and how much of each cap is used.
@Suite struct RiskLimitTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
    /// A net value whose shares fit into no dollar amount.
    private static let odd = "10000.000000000000000001"

    private func policy(_ change: (inout RiskPolicy) -> Void = { _ in }) -> RiskPolicy {
        var policy = RiskTests.policy
        policy.assetMax = Rate(basisPoints: 500)
        policy.tierPositionMax = [.rotational: Rate(basisPoints: 200), .eventDriven: .one]
        policy.regimePositionsMax = [.bear: 2, .bull: 9]
        change(&policy)
        return policy
    }

    private func limits(
        _ nlv: String = odd,
        _ regime: Regime = .chop,
        _ change: (inout RiskPolicy) -> Void = { _ in }
    ) throws -> RiskLimits {
        let execution = Sample.execution {
            $0.slippageBudget = [
                .core: Rate(basisPoints: 140), .rotational: Rate(basisPoints: 100),
            ]
        }
        return try RiskLimits(policy(change), execution, nlv: Money(nlv, .usd), regime: regime)
    }

    @Test func `caps are rounded down and the least entry up`() throws {
        let limits = try limits()
        #expect(limits.base.amount == Self.odd)
        #expect(limits.totalAtRisk.amount == "2500")
        #expect(limits.asset.amount == "500")
        #expect(limits.entryMin.amount == "50.000000000000000001")
        #expect(limits.of(.core).position.amount == "300")
        #expect(limits.of(.rotational).position.amount == "200")
        #expect(limits.of(.eventDriven).position.amount == "300", "a tier may only be tighter")
        // Below two thousand it is the smallest order, not the share, that an entry must reach.
        #expect(try self.limits("1999").entryMin.amount == "10")
        #expect(try self.limits("2001").entryMin.amount == "10.005")
    }

    @Test func `shares are taken of the capital inside the fence`() throws {
        func base(_ capital: String) throws -> [String] {
            let fence = try Money(capital, .usd)
            let limits = try limits("10000") { $0.capitalMax = fence }
            return [limits.base.amount, limits.asset.amount, limits.of(.core).position.amount]
        }
        #expect(try base("4000") == ["4000", "200", "120"])
        #expect(try base("10000") == ["10000", "500", "300"])
        #expect(try base("40000") == ["10000", "500", "300"])
    }

    @Test(arguments: [(Regime.bear, 2), (.bull, 5), (.chop, 5), (.crash, 5)])
    func `a regime may have fewer places, and never more`(regime: Regime, expected: Int) throws {
        #expect(try limits(Self.odd, regime).positionsMax == expected)
    }

    @Test func `what an entry costs at worst is its slip and then its fee, rounded up`() throws {
        let limits = try limits { $0.orderMax = try? Money("0.000000000000000001", .usd) }
        // 1.4 % less a fee of 1.2 % leave 0.2 %; a budget below the fee leaves no slip.
        #expect(limits.of(.core).factor.description == "1.014024")
        #expect(limits.of(.rotational).factor.description == "1.012")
        #expect(limits.of(.eventDriven).factor.description == "1.012")
        #expect(limits.of(.core).slippageBudget.description == "0.014")
        #expect(limits.of(.rotational).slippageBudget.description == "0.01")
        #expect(limits.of(.eventDriven).slippageBudget == .zero)
        #expect(limits.of(.core).order?.amount == "0.000000000000000002")
        #expect(try self.limits().of(.core).order == nil)
    }

    @Test func `no slip is greater than the greatest, and a factor is rounded up`() throws {
        let capped = Sample.execution { $0.slippageMax = Rate(basisPoints: 5) }
        #expect(try capped.worstFactor(.core).description == "1.012506")
        let tiny = Rate(raw: 1)
        let odd = Sample.execution {
            $0.fees = FeeSchedule(maker: .zero, taker: tiny)
            $0.slippageBudget = [.core: Rate(raw: 2)]
        }
        // (1 + 10^-18)² has a rest, which counts against us.
        #expect(try odd.worstFactor(.core).description == "1.000000000000000003")
    }

    // MARK: Use

    private func books(nlv: String) throws -> PortfolioSnapshot {
        let zero = Money.zero(.usd)
        let held = try Money("100", .usd)
        return PortfolioSnapshot(
            at: Sample.now,
            nlv: try Money(nlv, .usd),
            exposure: held,
            exposures: [Sample.btc: held],
            cash: zero,
            realised: zero,
            unrealised: zero,
            fees: zero,
            drawdown: .zero,
            dayChange: .zero,
            weekChange: .zero,
            openPositions: 1,
            holdings: [.usd: zero],
            rates: [.usd: .one],
            strategies: [Sample.btc: "b"]
        )
    }

    private func used(nlv: String, capital: String? = nil) throws -> [String] {
        let fence = try capital.map { try Money($0, .usd) }
        let policy = policy {
            $0.strategyBudget = ["b": Rate(basisPoints: 1_000), "a": Rate(basisPoints: 800)]
            $0.themeMax = ["meme": Rate(basisPoints: 200), "layer": Rate(basisPoints: 2_000)]
            $0.themesByProduct = [Sample.btc: ["layer"], Self.eth: ["layer", "free"]]
            $0.capitalMax = fence ?? $0.capitalMax
        }
        let entry = WorkingEntry(product: Self.eth, worst: try Money("50", .usd), strategy: "a")
        return try CapUse.all(policy, books(nlv: nlv), working: [entry]).map {
            "\($0.code.rawValue) \($0.subject): \($0.used.amount) of \($0.limit.amount)"
        }
    }

    @Test func `each cap is told with what is held and worked under it, and what may be`() throws {
        #expect(
            try used(nlv: Self.odd) == [
                "STRATEGY_BUDGET a: 50 of 800", "STRATEGY_BUDGET b: 100 of 1000",
                "THEME layer: 150 of 2000", "THEME meme: 0 of 200",
                "ASSET_SIZE BTC-USD: 100 of 500", "ASSET_SIZE ETH-USD: 50 of 500",
                "TOTAL_AT_RISK : 150 of 2500", "CAPITAL_FENCE : 150 of \(Self.odd)",
            ]
        )
    }

    @Test func `inside a capital fence every cap is a share of what it allows`() throws {
        #expect(
            try used(nlv: "10000", capital: "5000") == [
                "STRATEGY_BUDGET a: 50 of 400", "STRATEGY_BUDGET b: 100 of 500",
                "THEME layer: 150 of 1000", "THEME meme: 0 of 100",
                "ASSET_SIZE BTC-USD: 100 of 250", "ASSET_SIZE ETH-USD: 50 of 250",
                "TOTAL_AT_RISK : 150 of 1250", "CAPITAL_FENCE : 150 of 5000",
            ]
        )
    }
}
