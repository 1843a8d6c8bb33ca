import Foundation
import Testing
import VigilModel
import VigilTestSupport

@testable import VigilCore

/// The risk pass against an independent reading in Python, check by check and to the last digit.
@Suite struct RiskOracleTests {
    private struct Line: Decodable {
        let `case`: Case
        let expect: [Answer]
    }

    private struct Answer: Decodable, Equatable {
        let checks: [String]
        let notional: String?
        let order: String?
    }

    private struct Case: Decodable {
        struct Policy: Decodable {
            struct Pyramid: Decodable {
                let spacing, perDay, positions: String
            }
            let quoteAge, spacing, productSpacing, perHour, perDay, positions: String
            let newPositions, taker, slip, capital, order, asset, position, total: String
            let takenBelow, workMin, notionalMin, positionMin, dailyStop, weeklyStop, drawdown,
                streak: String
            let bothPerHour: String?
            let cooldown, strategyTrades, budget, strategyBudget, themeMax: [String: String]
            let tierPosition: [String: String]
            let themes: [String: [String]]
            let pyramid: Pyramid?
        }
        struct Books: Decodable {
            let nlv, exposure, day, week, drawdown: String
            let exposures, cash, rates, strategies: [String: String]
        }
        struct Event: Decodable {
            let ago, kind, product, reason, amount: String
            let key: String?
        }
        struct Entry: Decodable {
            let product, worst, strategy: String
        }
        struct Quoted: Decodable {
            let age, bid, ask: String
        }
        struct Rules: Decodable {
            let tick, step, least: String
        }
        struct Wish: Decodable {
            let product, tier, size, strategy: String
            let conviction: Double
        }
        let policy: Policy
        let books: Books
        let events: [Event]
        let halts: [String]
        let working: [Entry]
        let quotes: [String: Quoted]
        let rules: [String: Rules]
        let quoteMin: String
        let proposals: [Wish]
    }

    /// Half past noon, UTC.
    private static let now = Instant(seconds: 1_767_571_200 + 45_000)
    private static let plan = ExitPlan(stopLoss: .one, takeProfit: .one, holdMax: .seconds(1))

    @Test func `10,000 random passes agree with the oracle, and every denial is among them`() throws
    {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var denials: Set<String> = []
        for line in try Oracle.lines("risk.py", "247", "10000") {
            let read = try decoder.decode(Line.self, from: Data(line.utf8))
            let pass = try Self.pass(read.case)
            let answers = try pass.verdicts(read.case.proposals.map(Self.proposal)).map { verdict in
                switch verdict {
                case .approved(let approval, let checks):
                    Answer(
                        checks: checks.map(Self.text),
                        notional: approval.subject.notional.amount,
                        order: try Self.order(approval, pass)
                    )
                case .denied(_, let checks):
                    Answer(checks: checks.map(Self.text), notional: nil, order: nil)
                }
            }
            denials.formUnion(
                answers.compactMap { answer in
                    answer.notional == nil
                        ? answer.checks.last?.split(separator: " ").first.map(String.init) : nil
                }
            )
            #expect(answers == read.expect)
            if answers != read.expect { return }
        }
        #expect(denials == Set(RiskCode.allCases.map(\.rawValue)))
    }

    private static func text(_ check: RiskCheck) -> String {
        let data = (try? JSONEncoder().encode([check])) ?? Data()
        return String(decoding: data, as: UTF8.self).dropFirst(2).dropLast(2).description
    }

    private static func pass(_ read: Case) throws -> RiskPass {
        var products: [ProductID: Product] = [:]
        var quotes: [ProductID: Quote] = [:]
        for wish in read.proposals {
            let id = try product(wish.product)
            let least = Money(raw: try raw(read.quoteMin), currency: id.quote)
            guard let quoted = read.quotes[wish.product], let grid = read.rules[wish.product] else {
                products[id] = try rules(id, least, .init(tick: "1", step: "1", least: "1"))
                continue
            }
            products[id] = try rules(id, least, grid)
            quotes[id] = Quote(
                product: id,
                bid: try level(quoted.bid, id),
                ask: try level(quoted.ask, id),
                occurredAt: now - .nanoseconds(try whole(quoted.age))
            )
        }
        let input = RiskInput(
            portfolio: try snapshot(read.books),
            working: try read.working.map { entry in
                let id = try product(entry.product)
                return WorkingEntry(
                    product: id,
                    worst: Money(raw: try raw(entry.worst), currency: id.quote),
                    strategy: entry.strategy
                )
            },
            quotes: quotes,
            products: products,
            regime: .chop
        )
        return RiskPass(
            policy: try policy(read.policy),
            execution: try execution(read.policy),
            input: input,
            counters: try counters(read.events),
            halts: try read.halts.map { try #require(Halt($0)) },
            now: now
        )
    }

    /// What Execution begins with an approval: price, quantity, how it is worked, and its worst case.
    private static func order(_ approval: RiskApproved<NewOrder>, _ pass: RiskPass) throws -> String
    {
        let id = approval.subject.product
        var core = ExecutionCore(
            policy: pass.execution,
            ids: OrderIDSource(instance: "instance", run: RunID("running1"))
        )
        _ = try core.handle(.haltChanged(active: false, products: []), at: now)
        _ = try core.handle(.productChanged(#require(pass.input.products[id])), at: now)
        _ = try core.handle(.quoteChanged(#require(pass.input.quotes[id])), at: now)
        let effects = try core.handle(.entriesApproved(cycle: 1, [approval]), at: now)
        guard
            case .limit(let price, let quantity, _, let rests)? = Sample.intents(effects).first?
                .request.terms,
            case .reply(_, let snapshot)? = try core.handle(
                .snapshotRequested(.risk(cycle: 1)),
                at: now
            ).last
        else { return "nothing" }
        let worst = snapshot.working.map(\.worst.amount).joined(separator: " ")
        return "\(price) \(quantity) \(rests ? "rests" : "takes") \(worst)"
    }

    // MARK: Reading

    private static func raw(_ text: String) throws -> Int128 { try #require(Int128(text)) }
    private static func rate(_ text: String) throws -> Rate { Rate(raw: try raw(text)) }
    private static func usd(_ text: String) throws -> Money {
        Money(raw: try raw(text), currency: .usd)
    }
    private static func whole(_ text: String) throws -> Int64 { try #require(Int64(text)) }
    private static func count(_ text: String) throws -> Int { try #require(Int(text)) }
    private static func span(_ text: String) throws -> Duration { .nanoseconds(try whole(text)) }
    private static func product(_ text: String) throws -> ProductID {
        try #require(ProductID(text))
    }
    private static func tier(_ text: String) throws -> Tier {
        try #require(Tier(rawValue: try count(text)))
    }

    private static func level(_ text: String, _ id: ProductID) throws -> BookLevel {
        BookLevel(
            price: try Price(raw: raw(text), currency: id.quote),
            quantity: try Quantity("1")
        )
    }

    private static func rules(
        _ id: ProductID,
        _ quoteMin: Money,
        _ grid: Case.Rules
    ) throws -> Product {
        try Product(
            id: id,
            baseIncrement: Quantity(raw: raw(grid.step)),
            priceIncrement: Price(raw: raw(grid.tick), currency: id.quote),
            baseMin: Quantity(raw: raw(grid.least)),
            quoteMin: quoteMin,
            status: .online
        )
    }

    private static func policy(_ read: Case.Policy) throws -> RiskPolicy {
        var policy = RiskPolicy(
            totalAtRiskMax: try rate(read.total),
            positionMax: try rate(read.position),
            positionMin: try rate(read.positionMin),
            openPositionsMax: try count(read.positions),
            dailyStop: try rate(read.dailyStop),
            weeklyStop: try rate(read.weeklyStop),
            drawdownMax: try rate(read.drawdown),
            tradesPerDayMax: try count(read.perDay),
            tradesPerHourMax: try count(read.perHour),
            tradeSpacing: try span(read.spacing),
            productSpacing: try span(read.productSpacing),
            productCooldown: try span(read.cooldown["exit"] ?? "0"),
            stopCooldown: try span(read.cooldown["stop"] ?? "0"),
            lossStreakMax: try count(read.streak),
            lossCooldown: .zero,
            notionalMin: try usd(read.notionalMin),
            newPositionsPerCycleMax: try count(read.newPositions)
        )
        policy.breakers = .usual
        policy.winCooldown = try span(read.cooldown["win"] ?? "0")
        policy.lossExitCooldown = try span(read.cooldown["loss"] ?? "0")
        policy.tradesAndExitsPerHourMax = try read.bothPerHour.map(count)
        policy.strategyTradesMax = try read.strategyTrades.mapValues(count)
        policy.strategyBudget = try read.strategyBudget.mapValues(rate)
        policy.themeMax = try read.themeMax.mapValues(rate)
        for (name, themes) in read.themes {
            policy.themesByProduct[try product(name)] = themes
        }
        for (name, share) in read.tierPosition {
            policy.tierPositionMax[try tier(name)] = try rate(share)
        }
        policy.assetMax = try rate(read.asset)
        policy.capitalMax = try usd(read.capital)
        policy.orderMax = try usd(read.order)
        policy.pyramid = try read.pyramid.map { pyramid in
            PyramidPolicy(
                spacing: try span(pyramid.spacing),
                additionsPerDayMax: try count(pyramid.perDay),
                positionsMax: try count(pyramid.positions)
            )
        }
        return policy
    }

    private static func execution(_ read: Case.Policy) throws -> ExecutionPolicy {
        var budget: [Tier: Rate] = [:]
        for (name, share) in read.budget {
            budget[try tier(name)] = try rate(share)
        }
        var policy = ExecutionPolicy(
            postOnlyTTL: .seconds(1),
            repricesMax: 0,
            repriceDecay: .one,
            takerFallback: true,
            slippageBudget: budget,
            exitSlippageTolerance: .zero,
            exitsRestFirst: true,
            restingOrderLifetime: .seconds(1),
            fees: FeeSchedule(maker: .zero, taker: try rate(read.taker)),
            quoteAgeMax: try span(read.quoteAge)
        )
        policy.slippageMax = try rate(read.slip)
        policy.takenBelow = try usd(read.takenBelow)
        policy.notionalMin = try usd(read.workMin)
        return policy
    }

    private static func snapshot(_ read: Case.Books) throws -> PortfolioSnapshot {
        var exposures: [ProductID: Money] = [:]
        var strategies: [ProductID: String] = [:]
        for (name, value) in read.exposures {
            exposures[try product(name)] = try usd(value)
            strategies[try product(name)] = read.strategies[name]
        }
        var (holdings, rates): ([Currency: Money], [Currency: Rate]) = ([:], [:])
        for (code, amount) in read.cash {
            let currency = try #require(Currency(code))
            holdings[currency] = Money(raw: try raw(amount), currency: currency)
        }
        for (code, worth) in read.rates {
            rates[try #require(Currency(code))] = try rate(worth)
        }
        return PortfolioSnapshot(
            at: now,
            nlv: try usd(read.nlv),
            exposure: try usd(read.exposure),
            exposures: exposures,
            cash: .zero(.usd),
            realised: .zero(.usd),
            unrealised: .zero(.usd),
            fees: .zero(.usd),
            drawdown: try rate(read.drawdown),
            dayChange: try rate(read.day),
            weekChange: try rate(read.week),
            openPositions: exposures.count,
            holdings: holdings,
            rates: rates,
            strategies: strategies
        )
    }

    private static func counters(_ events: [Case.Event]) throws -> RiskCounters {
        var counters = RiskCounters()
        for event in events {
            let (id, at) = (try product(event.product), now - .nanoseconds(try whole(event.ago)))
            switch event.kind {
            case "entry":
                let key = try event.key.map { EntryKey(run: RunID("r"), cycle: try count($0)) }
                counters.recordEntry(id, key, at: at)
            case "exit":
                let reason = try #require(ExitReason(rawValue: event.reason))
                counters.recordExit(id, reason, at: at)
            default: counters.recordClosed(id, try usd(event.amount), at: at)
            }
        }
        return counters
    }

    private static func proposal(_ wish: Case.Wish) throws -> Proposal {
        let (id, tier) = (try product(wish.product), try tier(wish.tier))
        return Proposal(
            product: id,
            tier: tier,
            size: try rate(wish.size),
            conviction: wish.conviction,
            trigger: Trigger(
                product: id,
                tier: tier,
                kind: .breakout,
                strength: 1,
                confidence: 1,
                changePct: 1,
                volatility: 50
            ),
            exits: plan,
            strategy: wish.strategy
        )
    }
}
