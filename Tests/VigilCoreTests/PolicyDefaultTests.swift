import Testing
import VigilModel

@testable import VigilCore

/// What holds where a configuration says nothing.
@Suite struct PolicyDefaultTests {
    @Test func `what no configuration changes is this`() {
        #expect(BreakerPolicy.rejectionsMax == 3)
        #expect(BreakerPolicy.rejectionWindow == .seconds(600))
        #expect(BreakerPolicy.exceptionsMax == 2)
        #expect(BreakerPolicy.exceptionWindow == .seconds(300))
        #expect(BreakerPolicy.outlierSigmas == 6)
        #expect(BreakerPolicy.sigmaMin == 0.001_5)
        #expect(BreakerPolicy.outlierHold == .seconds(300))
        #expect(BreakerPolicy.volatilityHold == .seconds(900))
        #expect(BreakerPolicy.overloadHold == .seconds(60))
        #expect(BreakerPolicy.depegMax.description == "0.01")
        #expect(PortfolioCore.attemptsBeforeAlert == 3)
        #expect(PortfolioCore.cashCurrencies == [.usd, .usdc, .usdt])
    }

    @Test func `orders are worked by these figures where nothing else is said`() {
        let policy = Sample.execution()
        #expect(!policy.exitsOutliveStop)
        #expect(policy.slippageMax == .one)
        #expect(policy.notionalMin == .zero(.usd))
        #expect(policy.postOnlyTTLMax == .seconds(600))
        #expect(policy.firstTTLMin == .seconds(1))
        #expect(policy.retryTTLMin == .seconds(1))
        #expect(policy.takenBelow == .zero(.usd))
        #expect(policy.cancelAfter == .seconds(86_400))
        #expect(policy.refusalCooldown == .zero)
        #expect(policy.fillWait == .zero)
    }

    @Test func `without a word about them there are no caps beyond those of every policy`() {
        let policy = RiskTests.policy
        #expect(policy.capitalMax.amount == "1000000000")
        #expect(policy.assetMax == .one)
        #expect(policy.orderMax == nil)
        #expect(policy.pyramid == nil)
        #expect(policy.tradesAndExitsPerHourMax == nil)
        #expect(policy.themeMax.isEmpty && policy.strategyBudget.isEmpty)
        #expect(policy.tierPositionMax.isEmpty && policy.regimePositionsMax.isEmpty)
        let care = CarePolicy()
        #expect(care.trim == nil && care.purge == nil && care.rotation == nil)
    }

    @Test func `a strategy judges the market's weather unless it is told not to`() {
        let policy = StrategyPolicy(
            basePosition: [:],
            convictionMin: 0,
            strengthWeight: 1,
            confidenceWeight: 0,
            coreTierBoost: 0,
            riskPerTrade: .one,
            regimeMultipliers: [:]
        )
        #expect(policy.judgesRegime)
    }

    @Test func `products come tier by tier, each tier in its configured order`() {
        let ids = ["BTC", "ETH", "SOL", "ADA"].map {
            ProductID(base: Currency($0) ?? .usd, quote: .usd)
        }
        func demands(_ products: [ProductID]) -> UniversePolicy.TierDemands {
            .init(products: products, volumeMin: 0, spreadMaxBPS: 0, depthMin: 0)
        }
        let policy = UniversePolicy(
            tiers: [.eventDriven: demands([ids[3]]), .core: demands([ids[1], ids[0]])],
            neverTrade: [],
            graceReadings: 1,
            eligibleMin: 1
        )
        #expect(policy.products.map(\.product) == [ids[1], ids[0], ids[3]])
        #expect(policy.products.map(\.tier) == [.core, .core, .eventDriven])
        let tiers = Tier.allCases
        for (left, one) in tiers.enumerated() {
            for (right, other) in tiers.enumerated() {
                #expect((one < other) == (left < right))
            }
        }
    }

    @Test(
        arguments: [
            (ExitReason.stopLoss, true), (.takeProfit, true), (.maxHold, true), (.trim, false),
            (.purge, true), (.rotation, true),
        ]
    )
    func `only a cut leaves a part of a position`(reason: ExitReason, leavesWhole: Bool) {
        #expect(reason.leavesWhole == leavesWhole)
        let none = OrderPurpose.exit(reason).exits
        #expect(none == ExitPlan(stopLoss: .one, takeProfit: .one, holdMax: .zero))
    }

    @Test func `what an entry opens is left by the entry's own plan`() throws {
        let plan = try Sample.plan("0.04", "0.09")
        #expect(OrderPurpose.entry(plan).exits == plan)
    }

    @Test func `a permit is refused with the distance of the clocks in milliseconds`() {
        let evidence = PermitEvidence(
            certificate: .simulatedVenue,
            canTrade: true,
            canTransfer: false,
            skew: .milliseconds(-1_250),
            skewMax: .milliseconds(150)
        )
        let judged = LivePermit.judge(evidence)
        #expect(judged.permit == nil)
        #expect(judged.objections.first?.hasPrefix("the clocks differ by -1250 ms; let") == true)
    }
}
