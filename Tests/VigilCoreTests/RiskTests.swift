import Testing
import VigilModel
import VigilTestSupport

@testable import VigilCore

@Suite struct RiskTests {
    static let policy: RiskPolicy = {
        var policy = RiskPolicy(
            totalAtRiskMax: Rate(basisPoints: 2_500),
            positionMax: Rate(basisPoints: 300),
            positionMin: Rate(basisPoints: 50),
            openPositionsMax: 5,
            dailyStop: Rate(basisPoints: 300),
            weeklyStop: Rate(basisPoints: 700),
            drawdownMax: Rate(basisPoints: 1_000),
            tradesPerDayMax: 15,
            tradesPerHourMax: 3,
            tradeSpacing: .seconds(180),
            productSpacing: .seconds(900),
            productCooldown: .seconds(1_800),
            stopCooldown: .seconds(7_200),
            lossStreakMax: 3,
            lossCooldown: .seconds(3_600),
            notionalMin: Money(raw: 10 * FixedPoint.one, currency: .usd),
            newPositionsPerCycleMax: 2
        )
        policy.breakers = .usual
        return policy
    }()

    static let execution = Sample.execution { $0.quoteAgeMax = .seconds(15) }

    private static let market = MarketSnapshot(at: Sample.now, products: [:])

    func core(_ change: (inout RiskPolicy) -> Void = { _ in }) throws -> RiskCore {
        var policy = Self.policy
        change(&policy)
        var core = RiskCore(policy: policy, execution: Self.execution)
        _ = try core.handle(.haltCleared(Halt(.recovering)), at: Sample.now)
        return core
    }

    func proposal(_ size: String, _ product: ProductID = Sample.btc) throws -> Proposal {
        let trigger = Trigger(
            product: product,
            tier: .core,
            kind: .breakout,
            strength: 0.7,
            confidence: 0.8,
            changePct: 2,
            volatility: 60
        )
        return Proposal(
            product: product,
            tier: .core,
            size: try Rate(size),
            conviction: 0.6,
            trigger: trigger,
            exits: try Sample.plan(),
            strategy: "test"
        )
    }

    func snapshot(
        nlv: String = "10000",
        exposure: String = "0",
        cash: String = "10000",
        drawdown: String = "0",
        day: String = "0",
        week: String = "0",
        held: [ProductID] = [],
        rates: [Currency: Rate] = [.usd: .one]
    ) throws -> PortfolioSnapshot {
        let zero = Money.zero(.usd)
        let share = try Money(exposure, .usd)
        return PortfolioSnapshot(
            at: Sample.now,
            nlv: try Money(nlv, .usd),
            exposure: share,
            exposures: Dictionary(held.map { ($0, share) }) { first, _ in first },
            cash: try Money(cash, .usd),
            realised: zero,
            unrealised: zero,
            fees: zero,
            drawdown: try Rate(drawdown),
            dayChange: try Rate(day),
            weekChange: try Rate(week),
            openPositions: held.count,
            holdings: Dictionary(
                try rates.keys.map { ($0, try Money(cash, $0)) },
                uniquingKeysWith: { first, _ in first }
            ),
            rates: rates,
            strategies: [:]
        )
    }

    func input(
        _ portfolio: PortfolioSnapshot,
        working: [WorkingEntry] = [],
        products ids: [ProductID] = [Sample.btc]
    ) throws -> RiskInput {
        var quotes: [ProductID: Quote] = [:]
        var products: [ProductID: Product] = [:]
        for id in ids {
            quotes[id] = try Sample.quote("99", "100")
            products[id] = try Product(
                id: id,
                baseIncrement: Quantity("0.001"),
                priceIncrement: Price("0.01", id.quote),
                baseMin: Quantity("0.001"),
                quoteMin: Money("1", id.quote),
                status: .online
            )
        }
        return RiskInput(
            portfolio: portfolio,
            working: working,
            quotes: quotes,
            products: products,
            regime: .chop
        )
    }

    func verdict(
        _ core: inout RiskCore,
        _ proposal: Proposal,
        _ input: RiskInput,
        at now: Instant = Sample.now
    ) throws -> String {
        let effects = try core.handle(.proposed(cycle: 1, [proposal], input), at: now)
        guard case .replyVerdicts(_, let verdicts, _)? = effects.first else { return "nothing" }
        return verdicts.map(\.text).joined()
    }

    /// An entry that Risk allows.
    func approved(_ size: String) throws -> RiskApproved<NewOrder> {
        var core = try core()
        let event = RiskCore.Event.proposed(
            cycle: 1,
            [try proposal(size)],
            try input(snapshot())
        )
        guard
            case .replyVerdicts(_, let verdicts, _)? = try core.handle(event, at: Sample.now).first,
            case .approved(let approval, _)? = verdicts.first
        else { throw MoneyError.overflow }
        return approval
    }

    @Test func `a proposal within all limits is approved at its size`() throws {
        var core = try core()
        #expect(try verdict(&core, proposal("0.02"), input(snapshot())) == "approved 200")
    }

    @Test func `a size over the cap shrinks to what fits, fee included`() throws {
        var core = try core()
        // 3 % of 10,000 is 300 at worst: 300 / (1.002 · 1.012), slip and fee
        let text = try verdict(&core, proposal("0.10"), input(snapshot()))
        #expect(text == "approved 295.850985775484603914")
    }

    @Test func `what is worked counts as an entry of now, and among those of the hour and the day`()
        throws
    {
        let working = try ["ETH", "SOL"].map {
            WorkingEntry(
                product: ProductID(base: try #require(Currency($0)), quote: .usd),
                worst: try Money("20", .usd),
                strategy: "test"
            )
        }
        func said(_ change: (inout RiskPolicy) -> Void) throws -> String {
            var core = try core(change)
            return try verdict(&core, proposal("0.02"), input(snapshot(), working: working))
        }
        #expect(
            try said { _ in } == "TRADE_SPACING seconds limit 180 current 0 requested 0 allowed 180"
        )
        func spaced(_ change: (inout RiskPolicy) -> Void) throws -> String {
            try said {
                $0.tradeSpacing = .zero
                change(&$0)
            }
        }
        #expect(
            try spaced { $0.tradesPerHourMax = 2 }.hasPrefix("HOURLY_COUNT count limit 2 current 2")
        )
        #expect(
            try spaced { $0.tradesAndExitsPerHourMax = 2 }.hasPrefix(
                "HOURLY_TRADES count limit 2 current 2"
            )
        )
        #expect(
            try spaced { $0.tradesPerDayMax = 2 }.hasPrefix("DAILY_COUNT count limit 2 current 2")
        )
        #expect(
            try spaced { ($0.tradesPerHourMax, $0.tradesPerDayMax) = (3, 3) }.hasPrefix("approved")
        )
    }

    @Test func `working entries count at their worst case`() throws {
        var core = try core { $0.tradeSpacing = .zero }
        let other = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)
        let working = WorkingEntry(product: other, worst: try Money("2460", .usd), strategy: "test")
        let text = try verdict(&core, proposal("0.02"), input(snapshot(), working: [working]))
        // Of 2,500 at risk 40 are left, which is below half a percent of the net value.
        #expect(text == "TOTAL_AT_RISK usd limit 2500 current 2460 requested 202.8048 allowed 40")
    }

    @Test func `no more is spent than there is`() throws {
        var core = try core()
        let text = try verdict(&core, proposal("0.02"), input(snapshot(cash: "20")))
        #expect(text.hasPrefix("CASH"))
    }

    @Test func `what is held is not added to`() throws {
        var core = try core()
        let text = try verdict(
            &core,
            proposal("0.02"),
            input(snapshot(exposure: "100", held: [Sample.btc]))
        )
        #expect(text.hasPrefix("ALREADY_HELD"))
    }

    @Test func `a stale quote is no quote`() throws {
        var core = try core()
        let late = Sample.now + .seconds(16)
        #expect(
            try verdict(&core, proposal("0.02"), input(snapshot()), at: late).hasPrefix("NO_QUOTE")
        )
    }

    @Test func `one refusal takes nothing from the others`() throws {
        var core = try core()
        let ids = ["AAA", "BBB", "CCC"].map { ProductID(base: Currency($0) ?? .usd, quote: .usd) }
        let proposals = try [
            proposal("0.0001", ids[0]), proposal("0.02", ids[1]), proposal("0.02", ids[2]),
        ]
        let effects = try core.handle(
            .proposed(cycle: 1, proposals, input(snapshot(), products: ids)),
            at: Sample.now
        )
        guard case .replyVerdicts(_, let verdicts, _)? = effects.first else {
            Issue.record("no verdicts")
            return
        }
        #expect(
            verdicts.map(\.text) == [
                "BELOW_MINIMUM usd limit 50 current 1 requested 0 allowed 49", "approved 200",
                "approved 200",
            ]
        )
    }

    @Test(arguments: [
        ("-0.03", "0", "0", HaltReason.dailyStop), ("0", "-0.07", "0", .weeklyStop),
        ("0", "0", "0.1", .drawdown),
    ])
    func `each loss limit stops entries`(
        day: String,
        week: String,
        drawdown: String,
        reason: HaltReason
    ) throws {
        var core = try core()
        let worse = try snapshot(drawdown: drawdown, day: day, week: week)
        let effects = try core.handle(
            .breakersRequested(cycle: 1, worse, Self.market),
            at: Sample.now
        )
        #expect(effects.last?.halts == [Halt(reason)])
        #expect(
            try verdict(&core, proposal("0.02"), input(worse)).hasPrefix(
                reason.rawValue.uppercased()
            )
        )
        // A better price lifts a drawdown, but not a stop: that holds to the end of its day or week.
        let soon = try core.handle(
            .breakersRequested(cycle: 2, snapshot(), Self.market),
            at: Sample.now
        )
        #expect(soon.last?.halts == (reason == .drawdown ? [] : [Halt(reason)]))
        let later = Sample.now + .seconds(7 * 86_400)
        let next = try core.handle(.breakersRequested(cycle: 3, snapshot(), Self.market), at: later)
        #expect(next.last?.halts == [])
    }

    @Test func `a resume accepts the fall from the peak`() throws {
        var core = try core()
        let fallen = try snapshot(drawdown: "0.2")
        _ = try core.handle(.breakersRequested(cycle: 1, fallen, Self.market), at: Sample.now)
        let effects = try core.handle(.resumed(reason: "tested"), at: Sample.now)
        #expect(effects.first == .resetPeak)
    }

    @Test func `losses in a row pause entries for their cooldown`() throws {
        var core = try core()
        for _ in 0..<3 {
            _ = try core.handle(.positionClosed(Sample.btc, Money("-1", .usd)), at: Sample.now)
        }
        let paused = try core.handle(
            .breakersRequested(cycle: 1, snapshot(), Self.market),
            at: Sample.now
        )
        #expect(paused.last?.halts == [Halt(.lossStreak)])
        let later = Sample.now + .seconds(3_600)
        let over = try core.handle(.breakersRequested(cycle: 2, snapshot(), Self.market), at: later)
        #expect(over.last?.halts == [])
    }

    @Test func `entries are spaced, per product and after a stop`() throws {
        var core = try core()
        _ = try core.handle(.positionGrown(Sample.btc, nil), at: Sample.now)
        let soon = try verdict(&core, proposal("0.02"), input(snapshot()))
        #expect(soon == "TRADE_SPACING seconds limit 180 current 0 requested 0 allowed 180")
        _ = try core.handle(.exitStarted(Sample.btc, .stopLoss), at: Sample.now)
        let later = Sample.now + .seconds(1_900)
        var fresh = try input(snapshot())
        fresh = RiskInput(
            portfolio: fresh.portfolio,
            working: [],
            quotes: [Sample.btc: try Sample.quote("99", "100", at: later)],
            products: fresh.products,
            regime: .chop
        )
        let text = try verdict(&core, proposal("0.02"), fresh, at: later)
        #expect(text == "PRODUCT_COOLDOWN seconds limit 7200 current 1900 requested 0 allowed 5300")
    }

    @Test func `only a resume lifts a kill`() throws {
        var core = try core()
        _ = try core.handle(.haltRaised(Halt(.kill), detail: "test"), at: Sample.now)
        let clean = try core.handle(
            .breakersRequested(cycle: 1, snapshot(), Self.market),
            at: Sample.now
        )
        #expect(clean.count == 1 && clean.last?.halts == [Halt(.kill)])
        let effects = try core.handle(.resumed(reason: "tested"), at: Sample.now)
        #expect(effects.contains(.reportCleared(Halt(.kill), reason: "tested")))
    }
}

extension RiskVerdict {
    /// One line for comparisons.
    var text: String {
        switch self {
        case .approved(let approval, _): "approved \(approval.subject.notional.amount)"
        case .denied:
            denial.map { check in
                let numbers = [check.limit, check.current, check.requested, check.allowed]
                    .map { Rate(raw: $0).description }
                return "\(check.code.rawValue) \(check.unit.rawValue) limit \(numbers[0]) "
                    + "current \(numbers[1]) requested \(numbers[2]) allowed \(numbers[3])"
            } ?? "denied"
        }
    }
}

extension RiskCore.Effect {
    /// The halts in an answer to the conductor.
    var halts: [Halt]? {
        guard case .replyBreakers(_, let halts, _) = self else { return nil }
        return halts
    }
}
