internal import VigilConfig
internal import VigilCore
internal import VigilExchange
internal import VigilModel
internal import VigilSimulation

extension Drill {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private static let doge = ProductID(base: Currency("DOGE") ?? .usd, quote: .usd)
    private static let usdt = ProductID(base: .usdt, quote: .usd)
    /// Half of the market, so that the other half is still there to be left.
    private static let half = ["BTC", "SOL", "XRP", "AVAX"].map {
        ProductID(base: Currency($0) ?? .usd, quote: .usd)
    }
    /// Two hours before a midnight: that of a Monday to a Tuesday, and of a Sunday to a Monday.
    private static let evening = Instant(seconds: 1_767_571_200 + 22 * 3_600)
    private static let sunday = Instant(seconds: 1_767_571_200 - 2 * 3_600)

    /// All drills, in the order of the breakers.
    package static let all: [Drill] = machine + venue + losses + products

    private static let machine: [Drill] = [
        Drill(
            summary: "the ledger's disk accepts no writes",
            halt: Halt(.ledger),
            fault: .readOnlyLedger,
            restart: .refused
        ),
        Drill(
            summary: "the audit log cannot be written",
            halt: Halt(.audit),
            fault: .blockedAudit,
            start: evening,
            span: (60, 160),
            length: 210,
            restart: .refused
        ),
        Drill(
            summary: "the metrics file cannot be written",
            halt: Halt(.metrics),
            fault: .blockedMetrics
        ),
        Drill(
            summary: "the disk is nearly full",
            halt: Halt(.diskLow),
            fault: .host(HostFigures(diskFree: 1 << 20, resident: 50 << 20))
        ),
        Drill(
            summary: "the process uses too much memory",
            halt: Halt(.memory),
            fault: .host(HostFigures(diskFree: 10 << 30, resident: 2 << 30))
        ),
    ]

    private static let unread = "without the venue's books nothing can be decided or sent"

    private static let venue: [Drill] = [
        Drill(
            summary: "coins arrive in the account that nobody booked",
            halt: Halt(.mismatch),
            fault: .stray(Money(raw: FixedPoint.one, currency: Currency("BTC") ?? .usd))
        ),
        Drill(
            summary: "the venue cannot be reached",
            halt: Halt(.connectivity),
            fault: .venue(.unreachable),
            exits: .cannot(unread)
        ),
        Drill(
            summary: "every request fails",
            halt: Halt(.apiErrors),
            fault: .venue(.failing),
            exits: .cannot("a cycle without the venue's truth values nothing")
        ),
        Drill(
            summary: "the venue answers that requests come too fast",
            halt: Halt(.rateLimited),
            fault: .venue(.limiting),
            exits: .cannot("a cycle without the venue's truth values nothing")
        ),
        Drill(
            summary: "the venue's clock drifts away",
            halt: Halt(.clockSkew),
            fault: .venue(.ahead(.seconds(5)))
        ),
        Drill(
            summary: "the venue refuses every order",
            halt: Halt(.rejectionBurst),
            fault: .venue(.rejecting),
            restart: .after(minutes: 68)
        ),
        Drill(
            summary: "the venue accepts requests and never answers",
            halt: Halt(.exceptionBurst),
            fault: .venue(.silent),
            exits: .cannot("a cycle without the venue's truth values nothing")
        ),
        Drill(
            summary: "a stable coin loses three percent",
            halt: Halt(.depeg),
            fault: .market(.scaled(0.97, [usdt])),
            setUp: { configuration in
                configuration.policy.universe.tiers[.eventDriven]?.products.append(usdt)
                configuration.policy.universe.neverTrade.insert(usdt)
            },
            comesBack: true
        ),
        Drill(
            summary: "too few products are eligible",
            halt: Halt(.universe),
            fault: .market(.mute(btc)),
            setUp: { configuration in
                configuration.policy.universe.eligibleMin =
                    configuration.policy.universe.products.count
            }
        ),
    ]

    private static let fall = MarketFault.scaled(0.85, half)
    private static let most =
        half
        + ["ETH", "LINK", "ADA"].map {
            ProductID(base: Currency($0) ?? .usd, quote: .usd)
        }

    private static let losses: [Drill] = [
        Drill(
            summary: "half of the market shows prices too large to compute with",
            halt: Halt(.arithmetic),
            fault: .market(.absurd(half)),
            resumes: true
        ),
        Drill(
            summary: "the day's loss is too large",
            halt: Halt(.dailyStop),
            fault: .market(fall),
            setUp: { $0.large { $0.dailyStop = Rate(basisPoints: 300) } },
            start: evening,
            length: 170
        ),
        Drill(
            summary: "the week's loss is too large",
            halt: Halt(.weeklyStop),
            fault: .market(fall),
            setUp: { $0.large { $0.weeklyStop = Rate(basisPoints: 300) } },
            start: sunday,
            length: 170
        ),
        Drill(
            summary: "the drawdown from the peak is too deep",
            halt: Halt(.drawdown),
            fault: .market(fall),
            setUp: { $0.large { $0.drawdownMax = Rate(basisPoints: 300) } },
            resumes: true
        ),
        Drill(
            summary: "too many losing trades in a row",
            halt: Halt(.lossStreak),
            fault: .market(.scaled(0.85, most)),
            setUp: {
                $0.large {
                    ($0.lossStreakMax, $0.lossCooldown) = (4, .seconds(2_400))
                }
            }
        ),
    ]

    private static let products: [Drill] = [
        Drill(
            summary: "trading in a product is suspended",
            halt: Halt(.productStatus, btc),
            fault: .market(.closed(btc)),
            exits: .cannot("a product that is closed cannot be sold")
        ),
        Drill(
            summary: "messages of a product are lost",
            halt: Halt(.feedGap, btc),
            fault: .venue(.gap(btc)),
            exits: .cannot("without a book there is no price to leave at")
        ),
        Drill(
            summary: "no message comes for a product",
            halt: Halt(.quoteStale, btc),
            fault: .market(.mute(btc)),
            exits: .cannot("without a fresh book there is no price to leave at")
        ),
        Drill(
            summary: "a product's market is frozen",
            halt: Halt(.candleStale, doge),
            fault: .market(.still(doge)),
            setUp: { $0.policy.risk.breakers.candleAgeMax = .seconds(120) }
        ),
        Drill(
            summary: "a product's price spikes and falls back",
            halt: Halt(.priceOutlier, btc),
            fault: .market(.scaled(1.03, [btc])),
            length: 240,
            restart: .after(minutes: 63),
            exits: .cannot("it is over before a position is due"),
            comesBack: true
        ),
        Drill(
            summary: "a product is too volatile",
            halt: Halt(.volatility, btc),
            fault: .market(.wild(btc)),
            setUp: { configuration in
                configuration.policy.risk.breakers.volatilityHours = 12
                configuration.policy.risk.breakers.volatilityMaxPct = Drill.wildMaxPct
            },
            span: (60, 420),
            length: 1_260,
            restart: .after(minutes: 400),
            exits: .cannot("its own leaps have closed the position by then")
        ),
        Drill(
            summary: "a product's spread is too wide",
            halt: Halt(.spread, btc),
            fault: .market(.wide(btc))
        ),
        Drill(
            summary: "the venue reports fills that cannot be",
            halt: Halt(.oddFill, btc),
            fault: .venue(.absurdFills(btc)),
            exits: .cannot("the row is of the sell that closes the position"),
            resumes: true
        ),
    ]
}

extension Configuration {
    /// A configuration that trades whenever it may, in small positions that are left after half an hour.
    func busy() -> Configuration {
        var busy = self
        busy.mode = .paper
        busy.policy.risk.tradeSpacing = .zero
        busy.policy.risk.productSpacing = .zero
        busy.policy.risk.productCooldown = .zero
        busy.policy.risk.stopCooldown = .zero
        busy.policy.risk.winCooldown = .zero
        busy.policy.risk.lossExitCooldown = .zero
        busy.policy.risk.tradesPerHourMax = 10_000
        busy.policy.risk.tradesAndExitsPerHourMax = nil
        busy.policy.risk.tradesPerDayMax = 10_000
        busy.policy.risk.openPositionsMax = 20
        busy.policy.risk.newPositionsPerCycleMax = 20
        busy.policy.risk.regimePositionsMax = [:]
        busy.policy.risk.strategyTradesMax = [:]
        busy.policy.risk.strategyBudget = [:]
        busy.policy.risk.themeMax = [:]
        busy.policy.risk.totalAtRiskMax = .one
        busy.policy.risk.lossStreakMax = 0
        busy.policy.risk.dailyStop = .one
        busy.policy.risk.weeklyStop = .one
        busy.policy.risk.drawdownMax = .one
        // What a made-up market does by itself must not trip what another fault is to trip.
        busy.policy.risk.breakers.volatilityMaxPct = 1_000
        // Without fees a trade loses only where the market does.
        busy.policy.execution.fees = FeeSchedule(maker: .zero, taker: .zero)
        busy.policy.triggers.scoreMin = 0
        busy.policy.triggers.repeatAfter = .zero
        busy.policy.triggers.onlyUpside = false
        busy.policy.triggers.perCycleMax = 20
        for regime in Regime.allCases {
            busy.policy.triggers.thresholds[regime] = .init(
                move15mPct: 0.01,
                move60mPct: 0.01,
                volumeRatio: 0.1
            )
        }
        busy.policy.strategy.convictionMin = 0
        for kind in TriggerKind.allCases {
            guard var rule = busy.policy.rules.rules[kind] else { continue }
            rule.exits = ExitPlan(
                stopLoss: rule.exits.stopLoss,
                takeProfit: rule.exits.takeProfit,
                holdMax: .seconds(1_800)
            )
            busy.policy.rules.rules[kind] = rule
        }
        busy.policy.strategy.judgesRegime = false
        return busy
    }

    /// Positions that a fall of the market hurts.
    fileprivate mutating func large(_ change: (inout RiskPolicy) -> Void) {
        for tier in Tier.allCases {
            policy.strategy.basePosition[tier] = Rate(basisPoints: 1_000)
            policy.risk.tierPositionMax[tier] = Rate(basisPoints: 1_000)
        }
        policy.strategy.riskPerTrade = Rate(basisPoints: 1_000)
        policy.risk.positionMax = Rate(basisPoints: 1_000)
        policy.risk.assetMax = Rate(basisPoints: 1_000)
        change(&policy.risk)
    }
}
