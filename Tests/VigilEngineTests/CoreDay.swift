import Foundation
import Testing
import VigilCore
import VigilExchange
import VigilModel
import VigilTestSupport

/// One day: five-minute steps of a random market, under a random policy, with flows, halts and restarts.
struct CoreDay {
    private static let start = Instant(seconds: 1_767_571_200)
    static let products = ["AAA", "BBB", "CCC", "DDD", "EEE"].map {
        ProductID(base: Currency($0) ?? .usd, quote: .usd)
    }

    var violations: [String] = []
    private(set) var fills: [Fill] = []
    private(set) var haltCount = 0
    private(set) var restarts = 0
    private var random: SeededRandom
    let policy: RiskPolicy
    private let execution: ExecutionPolicy
    var portfolio: PortfolioCore
    private var risk: RiskCore
    private var orders: ExecutionCore
    var venue: MatchingEngine
    var replay = LedgerReplay()
    private var references = PortfolioReferences()
    private var origins: [ClientOrderID: FillOrigin] = [:]
    var active: [ActiveHalt] = []
    private var quotes: [ProductID: Quote] = [:]
    private var prices: [ProductID: Double] = [:]
    var snapshot: PortfolioSnapshot?
    private var working: ExecutionSnapshot?
    private var runs = 0
    private var cycle = 0
    var now = CoreDay.start

    init(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        policy = Self.policy(&random)
        execution = Self.execution(&random)
        portfolio = PortfolioCore(takerFee: execution.fees.taker)
        risk = RiskCore(policy: policy, execution: execution)
        orders = ExecutionCore(
            policy: execution,
            ids: OrderIDSource(instance: "days0000", run: RunID("run00000"))
        )
        venue = MatchingEngine(products: try Self.products.map(Self.rules), fees: execution.fees)
        self.random = random
        for product in Self.products {
            prices[product] = 50 + 100 * self.random.unit()
        }
        try flow(Money(raw: 10_000 * FixedPoint.one, currency: .usd))
        try begin()
    }

    private static func rules(_ id: ProductID) throws -> Product {
        try Product(
            id: id,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.001"),
            quoteMin: Money("1", .usd),
            status: .online
        )
    }

    private static func policy(_ random: inout SeededRandom) -> RiskPolicy {
        func rate(_ least: Int, _ most: Int) -> Rate {
            Rate(basisPoints: random.integer(in: least...most))
        }
        func span(_ most: Int) -> Duration { .seconds(random.integer(in: 0...most)) }
        var policy = RiskPolicy(
            totalAtRiskMax: rate(500, 9_000),
            positionMax: rate(100, 3_000),
            positionMin: rate(0, 50),
            openPositionsMax: random.integer(in: 1...5),
            dailyStop: rate(50, 500),
            weeklyStop: rate(100, 900),
            drawdownMax: rate(100, 900),
            tradesPerDayMax: random.integer(in: 5...200),
            tradesPerHourMax: random.integer(in: 1...20),
            tradeSpacing: span(600),
            productSpacing: span(1_200),
            productCooldown: span(1_200),
            stopCooldown: span(3_600),
            lossStreakMax: random.integer(in: 0...5),
            lossCooldown: span(7_200),
            notionalMin: Money(raw: 10 * FixedPoint.one, currency: .usd),
            newPositionsPerCycleMax: random.integer(in: 1...5)
        )
        policy.breakers = .usual
        policy.assetMax = rate(100, 5_000)
        policy.capitalMax = Money(
            raw: Int128(random.integer(in: 1_000...20_000)) * FixedPoint.one,
            currency: .usd
        )
        policy.themeMax = ["x": rate(200, 5_000)]
        policy.themesByProduct = [products[0]: ["x"], products[1]: ["x"]]
        if random.unit() < 0.5 {
            policy.pyramid = PyramidPolicy(
                spacing: span(3_600),
                additionsPerDayMax: random.integer(in: 1...5),
                positionsMax: random.integer(in: 1...5)
            )
        }
        return policy
    }

    private static func execution(_ random: inout SeededRandom) -> ExecutionPolicy {
        let taker = random.integer(in: 0...120)
        return ExecutionPolicy(
            postOnlyTTL: .seconds(random.integer(in: 5...600)),
            repricesMax: random.integer(in: 0...3),
            repriceDecay: Rate(basisPoints: 7_000),
            takerFallback: random.unit() < 0.8,
            slippageBudget: [.core: Rate(basisPoints: taker + random.integer(in: 0...200))],
            exitSlippageTolerance: Rate(basisPoints: random.integer(in: 10...300)),
            exitsRestFirst: random.unit() < 0.5,
            restingOrderLifetime: .seconds(random.integer(in: 600...1_200)),
            fees: FeeSchedule(
                maker: Rate(basisPoints: taker / 2),
                taker: Rate(basisPoints: taker)
            ),
            quoteAgeMax: .seconds(15)
        )
    }

    // MARK: The day

    mutating func run() throws {
        for _ in 0..<288 {
            now = now + .seconds(300)
            try move()
            if random.unit() < 0.01 {
                try flow(
                    Money(
                        raw: Int128(random.integer(in: -300...500)) * FixedPoint.one,
                        currency: .usd
                    )
                )
            }
            if random.unit() < 0.005 { try restart() }
            try disturb()
            try decide()
            check()
        }
        try close()
    }

    /// Cores begin, or begin again with what the ledger knows.
    private mutating func begin() throws {
        try perform(portfolio.handle(.restored(replay.books, references), at: now))
        try perform(risk.handle(.restored(replay.counters, halts: active), at: now))
        try perform(risk.handle(.haltCleared(Halt(.recovering)), at: now))
        for id in Self.products {
            let rules = try Self.rules(id)
            try perform(orders.handle(.productChanged(rules), at: now))
            try perform(portfolio.handle(.productChanged(rules), at: now))
        }
    }

    /// All is forgotten but the ledger: resting orders are canceled first, as a start does.
    private mutating func restart() throws {
        restarts += 1
        runs += 1
        // The process that would hear of it is gone.
        for side in [Side.buy, .sell] {
            _ = try venue.cancelAll(side)
        }
        let before = active
        portfolio = PortfolioCore(takerFee: execution.fees.taker)
        risk = RiskCore(policy: policy, execution: execution)
        orders = ExecutionCore(
            policy: execution,
            ids: OrderIDSource(instance: "days0000", run: RunID("run0000\(runs)"))
        )
        try begin()
        if active.map(\.halt) != before.map(\.halt) {
            violations.append("a restart changed the halts: \(before) → \(active)")
        }
        for quote in quotes.values {
            try perform(portfolio.handle(.quoteChanged(quote), at: now))
            try perform(orders.handle(.quoteChanged(quote), at: now))
        }
    }

    private mutating func flow(_ amount: Money) throws {
        try venue.deposit(amount)
        try replay.apply(flow: amount)
        try perform(portfolio.handle(.flowRecorded(amount), at: now))
    }

    private mutating func move() throws {
        try hear(venue.expire(at: now))
        for id in Self.products {
            let jump = random.unit() < 0.02 ? 6.0 : 1
            let price = (prices[id] ?? 100) * (1 + 0.004 * jump * random.normal())
            prices[id] = price
            let (bid, ask) = (
                Int(price * 100) - 1, Int(price * 100) + 1 + random.integer(in: 0...4)
            )
            let book = OrderBook(
                product: id,
                bids: [try level(bid), try level(bid - 10)],
                asks: [try level(ask), try level(ask + 10)],
                occurredAt: now
            )
            try hear(venue.update(book))
            guard let quote = book.quote else { continue }
            quotes[id] = quote
            try perform(orders.handle(.quoteChanged(quote), at: now))
            try perform(portfolio.handle(.quoteChanged(quote), at: now))
        }
        try perform(orders.handle(.timerFired, at: now))
    }

    private mutating func level(_ cents: Int) throws -> BookLevel {
        BookLevel(
            price: try Price(raw: Int128(max(cents, 1)) * (FixedPoint.one / 100), currency: .usd),
            quantity: try Quantity("\(random.integer(in: 1...200))")
        )
    }

    /// What the layers would report on a bad day.
    private mutating func disturb() throws {
        guard random.unit() < 0.05 else { return }
        let id = Self.products[random.integer(in: 0...4)]
        let event: RiskCore.Event =
            switch random.integer(in: 0...5) {
            case 0: .venueAnswered(.limited("HTTP 429"))
            case 1: .clockCompared(.seconds(random.integer(in: 0...1)), uncertainty: .zero)
            case 2: .haltRaised(Halt(.feedGap, id), detail: "gap")
            case 3: .haltCleared(Halt(.feedGap, id))
            case 4: .haltRaised(Halt(.connectivity), detail: "gone")
            default: .haltCleared(Halt(.connectivity))
            }
        try perform(risk.handle(event, at: now))
    }

    private mutating func decide() throws {
        cycle += 1
        try perform(portfolio.handle(.markRequested(cycle: cycle), at: now))
        guard let snapshot else { return }
        let market = MarketSnapshot(at: now, products: [:])
        try perform(risk.handle(.breakersRequested(cycle: cycle, snapshot, market), at: now))
        try perform(orders.handle(.snapshotRequested(.risk(cycle: cycle)), at: now))
        var proposals: [Proposal] = []
        for id in Self.products where random.unit() < 0.4 {
            proposals.append(proposal(id))
        }
        let rules = try Dictionary(Self.products.map { ($0, try Self.rules($0)) }) { $1 }
        let input = RiskInput(
            portfolio: snapshot,
            working: working?.working ?? [],
            quotes: quotes,
            products: rules,
            regime: .chop
        )
        let effects = try risk.handle(.proposed(cycle: cycle, proposals, input), at: now)
        for case .replyVerdicts(_, let verdicts, _) in effects {
            try enter(verdicts, snapshot)
        }
        try perform(orders.handle(.snapshotRequested(.maintenance(cycle: cycle)), at: now))
    }

    private mutating func proposal(_ id: ProductID) -> Proposal {
        Proposal(
            product: id,
            tier: .core,
            size: Rate(basisPoints: random.integer(in: 10...2_000)),
            conviction: random.unit(),
            trigger: Trigger(
                product: id,
                tier: .core,
                kind: .breakout,
                strength: 1,
                confidence: 1,
                changePct: 1,
                volatility: 50
            ),
            exits: ExitPlan(
                stopLoss: Rate(basisPoints: random.integer(in: 20...300)),
                takeProfit: Rate(basisPoints: random.integer(in: 20...600)),
                holdMax: .seconds(random.integer(in: 600...20_000))
            ),
            strategy: "days"
        )
    }

    private mutating func enter(_ verdicts: [RiskVerdict], _ snapshot: PortfolioSnapshot) throws {
        var approved: [RiskApproved<NewOrder>] = []
        var worst = snapshot.exposure
        for entry in working?.working ?? [] {
            worst = try worst + entry.worst
        }
        for case .approved(let approval, _) in verdicts {
            approved.append(approval)
            let order = approval.subject
            worst = try worst + order.notional + order.notional.times(execution.fees.taker, .up)
            if active.contains(where: { $0.halt.product == nil || $0.halt.product == order.product }
            ) {
                violations.append("allowed while halted: \(order.product)")
            }
        }
        let base = try snapshot.nlv.smaller(policy.capitalMax)
        if !approved.isEmpty, try base.times(policy.totalAtRiskMax, .down).isLess(than: worst) {
            violations.append("more at risk than allowed: \(worst)")
        }
        try perform(orders.handle(.entriesApproved(cycle: cycle, approved), at: now))
    }

    // MARK: Where the effects go

    private mutating func hear(_ events: [VenueEvent]) throws {
        for event in events {
            try perform(orders.handle(.venueReported(event), at: now))
        }
    }

    private mutating func perform(_ effects: [ExecutionCore.Effect]) throws {
        for effect in effects {
            switch effect {
            case .recordIntents(let intents):
                for intent in intents {
                    note(intent)
                }
                let ids = intents.map(\.request.clientOrderID)
                try perform(orders.handle(.intentsRecorded(ids), at: now))
            case .submit(let request, _): try hear(venue.submit(request, at: now))
            case .cancel(let id): try hear(venue.cancel(id))
            case .recordFill(let fill): try record(fill)
            case .quarantine(let doubted): violations.append("of a sound venue, \(doubted.text)")
            case .recordExitEnded(let product):
                try perform(portfolio.handle(.exitEnded(product), at: now))
            case .reply(_, let snapshot): working = snapshot
            case .reportAnomaly(let id, let state, let fact):
                violations.append("\(fact) of \(id), which is \(state)")
            case .lookUp, .recordLookUp, .reportUnsettled, .reportSettled:
                violations.append("an order's fate was unknown, with nothing to lose it")
            case .reportUnplanned(let product, let error):
                violations.append("\(product?.description ?? "all") was given up: \(error)")
            case .readAvailable(let product):
                violations.append("the venue refused to sell \(product) for want of it")
            case .reportShort(let product, let wanted, let available):
                violations.append("\(wanted) of \(product) to sell, and \(available) there")
            case .recordTransition, .wake, .replyPlaced, .reportRemainder, .reportDrained: break
            }
        }
    }

    private mutating func note(_ intent: Intent) {
        let (id, product) = (intent.request.clientOrderID, intent.request.product)
        if origins[id] != nil { violations.append("the id \(id) was used twice") }
        let key = intent.cycle.map { EntryKey(run: RunID("\(runs)"), cycle: $0) }
        origins[id] = FillOrigin(intent.purpose, key: key, strategy: intent.strategy)
        let isStopped = active.contains { $0.halt.product == nil || $0.halt.product == product }
        if intent.purpose.isEntry, isStopped { violations.append("meant while halted: \(id)") }
    }

    private mutating func record(_ fill: Fill) throws {
        guard let origin = origins[fill.clientOrderID] else {
            violations.append("a fill without an intent: \(fill.entryID)")
            return
        }
        if fills.contains(where: { $0.entryID == fill.entryID }) {
            violations.append("a fill came twice: \(fill.entryID)")
            return
        }
        fills.append(fill)
        try replay.apply(fill, origin)
        try perform(portfolio.handle(.fillRecorded(fill, origin), at: now))
    }

    private mutating func perform(_ effects: [PortfolioCore.Effect]) throws {
        for effect in effects {
            switch effect {
            case .reply(_, let answer): snapshot = answer
            case .requestExit(let request):
                let began = RiskCore.Event.exitStarted(request.product, request.reason)
                try perform(risk.handle(began, at: now))
                try perform(orders.handle(.exitRequested(request), at: now))
            case .recordReferences(let levels): references = levels
            case .reportUnvalued(let error): violations.append("no value: \(error)")
            case .reportUnbooked(let fill, let error):
                violations.append("\(fill.entryID) is not booked: \(error)")
            case .reportPositionGrown(let product, let key):
                try perform(risk.handle(.positionGrown(product, key), at: now))
            case .reportPositionClosed(let product, let result):
                try perform(risk.handle(.positionClosed(product, result), at: now))
            case .replyHoldings, .reportExitUnfilled, .reportUnsellable, .reportSellable,
                .reportPositionOpened,
                .reportUnseen, .reportSeen:
                break
            }
        }
    }

    private mutating func perform(_ effects: [RiskCore.Effect]) throws {
        for effect in effects {
            switch effect {
            case .publishHalts(let halts):
                active = halts.filter { $0.halt.reason != .recovering }
                let isActive = halts.contains { $0.halt.product == nil }
                let products = Set(halts.compactMap(\.halt.product))
                let changed = ExecutionCore.Event.haltChanged(active: isActive, products: products)
                try perform(orders.handle(changed, at: now))
            case .reportHalt: haltCount += 1
            case .resetPeak: try perform(portfolio.handle(.peakReset, at: now))
            case .trustTime(let isTrusted):
                try perform(portfolio.handle(.timeTrusted(isTrusted), at: now))
            case .replyBreakers, .replyVerdicts, .reportCleared, .report: break
            }
        }
    }
}
