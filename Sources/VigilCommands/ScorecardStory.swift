internal import Foundation
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilLedger
internal import VigilModel
internal import VigilRehearsal

/// What an owner asks of a rehearsal: whether it was good, why, and what stood in the way.
struct ScorecardStory: Encodable {
    /// One product's recorded market.
    struct Market: Encodable {
        let product: String
        let files: [String]
        let first: String
        let last: String
        let minutes: Int
        let missingMinutes: Int
        let longestHoleMinutes: Int
    }

    /// Closed positions of one product, or of one rule.
    struct Group: Encodable {
        var trades = 0
        var result = "0"
    }

    var from = ""
    var to = ""
    /// Empty where the market was generated.
    var markets: [Market] = []
    /// How the recorded candles were played; nil where the market was generated.
    var candles: CandleModel?
    /// False where some recorded product has no minute in common with another.
    var marketsOverlap = true
    var returnRate = "0"
    /// What the products held in equal parts, bought at the start and kept, would have returned; nil without prices.
    var heldReturnRate: String?
    var trades = 0
    var won = 0
    var winRate: String?
    /// How often the trades' own rules must win to lose nothing, weighed by how often each traded.
    var winRateNeeded: String?
    var averageWin: String?
    var averageLoss: String?
    var worstTrade: String?
    var timeInMarket = "0"
    /// Everything that changed hands, in US dollars.
    var traded = "0"
    var byProduct: [String: Group] = [:]
    var byRule: [String: Group] = [:]
    /// Hours, by reason and product.
    var haltedHours: [String: Double] = [:]
    /// Proposals that Risk refused, by check.
    var denials: [String: Int] = [:]
    var alerts: [String: Int] = [:]

    init(
        _ result: RehearsalRunner.Result,
        _ configuration: Configuration,
        _ store: borrowing LedgerStore,
        _ plan: RehearsalRunner.Plan
    ) throws {
        let (start, end) = (plan.market.start, plan.market.start + plan.duration)
        (from, to) = (start.description, end.description)
        let coverage = plan.market.coverage
        markets = coverage.map { market in
            Market(
                product: market.product.description,
                files: market.files,
                first: market.first.description,
                last: market.last.description,
                minutes: market.minutes,
                missingMinutes: market.missing,
                longestHoleMinutes: market.longestHole
            )
        }
        candles = plan.market.candleModel
        marketsOverlap = coverage.allSatisfy { one in
            coverage.allSatisfy { $0.first <= one.last && one.first <= $0.last }
        }
        let initial = configuration.initialCash
        if let nlv = result.ending.view.portfolio?.nlv {
            returnRate = try (nlv - initial).ratio(to: initial).description
        }
        heldReturnRate = Self.held(result.venue, plan)
        let decisions = try AuditReader.decisions(
            directory: plan.paths.audit,
            limit: .max,
            words: ["decision"]
        ) { run, _ in run == result.run }.map(\.record)
        try tell(try store.trades(of: result.run), decisions, configuration, plan, until: end)
        for record in decisions {
            for code in record.denials { denials[code.rawValue, default: 0] += 1 }
        }
        haltedHours = try store.haltSpans(until: end).mapValues {
            (Double($0.nanoseconds) / 3.6e10).rounded() / 100
        }
        alerts = try store.alertsBySeverity()
    }

    /// The mean return of the products from the last close before the start to the last bid.
    private static func held(_ venue: PaperVenue, _ plan: RehearsalRunner.Plan) -> String? {
        let changes = plan.market.products.compactMap { product -> Double? in
            guard let first = plan.market.history[product.id]?.last?.close, first > 0,
                let bid = venue.bid(of: product.id)?.bid
            else { return nil }
            return bid.indicator / first - 1
        }
        guard !changes.isEmpty else { return nil }
        return Rate(indicator: changes.reduce(0, +) / Double(changes.count)).description
    }

    private mutating func tell(
        _ run: RunTrades,
        _ decisions: [DecisionRecord],
        _ configuration: Configuration,
        _ plan: RehearsalRunner.Plan,
        until end: Instant
    ) throws {
        var rules: [String: TriggerKind] = [:]
        for record in decisions {
            for verdict in record.verdicts where verdict.approvedNotional != nil {
                rules["\(record.cycle) \(verdict.product)"] = verdict.trigger
            }
        }
        let plans = configuration.policy.rules.rules.mapValues(\.exits)
        var needed: [Double] = []
        var sums: (byProduct: [String: Money], byRule: [String: Money]) = ([:], [:])
        for trade in run.closed {
            let kind = trade.cycle.flatMap { rules["\($0) \(trade.product)"] }
            let name = kind?.rawValue ?? "other"
            try Self.add(trade.result, trade.product.description, &byProduct, &sums.byProduct)
            try Self.add(trade.result, name, &byRule, &sums.byRule)
            if let exits = kind.flatMap({ plans[$0] }) {
                needed.append(try BreakEven(exits, configuration.policy.execution.fees).winRate)
            }
        }
        traded = run.traded.amount
        let results = run.closed.map(\.result)
        let (wins, losses) = (results.filter(\.isPositive), results.filter { !$0.isPositive })
        (trades, won) = (results.count, wins.count)
        if trades > 0 {
            winRate = Rate(indicator: Double(won) / Double(trades)).description
            worstTrade = results.min { $0.raw < $1.raw }?.amount
        }
        if !needed.isEmpty {
            winRateNeeded = Rate(indicator: needed.reduce(0, +) / Double(needed.count)).description
        }
        averageWin = Self.average(wins)
        averageLoss = Self.average(losses)
        timeInMarket = Self.share(run, from: plan.market.start, until: end)
    }

    private static func add(
        _ result: Money,
        _ name: String,
        _ groups: inout [String: Group],
        _ sums: inout [String: Money]
    ) throws {
        let sum = try (sums[name] ?? .zero(result.currency)) + result
        sums[name] = sum
        groups[name, default: Group()].trades += 1
        groups[name]?.result = sum.amount
    }

    private static func average(_ results: [Money]) -> String? {
        guard !results.isEmpty else { return nil }
        let sum = results.reduce(Int128(0)) { $0 + $1.raw }
        return DecimalText.format(sum / Int128(results.count))
    }

    /// The share of the time in which anything was held.
    private static func share(_ run: RunTrades, from start: Instant, until end: Instant) -> String {
        let spans =
            run.closed.map { ($0.openedAt, $0.closedAt) } + run.open.values.map { ($0, end) }
        var (total, reached) = (Duration.zero, start)
        for (begin, until) in spans.sorted(by: { $0.0 < $1.0 }) where until > reached {
            total += until - max(begin, reached)
            reached = until
        }
        let whole = max((end - start).nanoseconds, 1)
        return Rate(indicator: Double(total.nanoseconds) / Double(whole)).description
    }
}

extension ScorecardStory {
    /// The rows of the card that tell it, each with its name.
    var rows: [(String, String)] {
        var rows: [(String, String)] = []
        for market in markets {
            rows.append(
                (
                    "market",
                    "\(market.product), \(market.first) to \(market.last): \(market.minutes) minutes, "
                        + "\(market.missingMinutes) missing, longest hole \(market.longestHoleMinutes) "
                        + "(\(market.files.joined(separator: ", ")))"
                )
            )
        }
        if let candles {
            let share = String(format: "%.4g", candles.volumeShare * 100)
            let path = "\(candles.path.rawValue) path inside a minute"
            rows.append(("candles", "\(path); fills take at most \(share) % of its volume"))
        }
        if !marketsOverlap {
            rows.append(
                (
                    "",
                    "the recordings do not all overlap: some products have no market at the same time"
                )
            )
        }
        let held = heldReturnRate.map { ", the products held instead \(Self.percent($0))" } ?? ""
        rows.append(("return", "\(Self.percent(returnRate)), cash 0.00 %\(held)"))
        rows.append(("trades", tradesText))
        rows.append(("in the market", "\(Self.percent(timeInMarket)) of the time"))
        for (name, groups) in [("by product", byProduct), ("by rule", byRule)] where !groups.isEmpty
        {
            rows.append((name, Self.text(groups)))
        }
        let halts = haltedHours.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6)
            .map { "\($0.key) \($0.value) h" }.joined(separator: ", ")
        rows.append(("halted", halts.isEmpty ? "never" : halts))
        rows.append(("denied", Self.counts(denials)))
        return rows
    }

    private var tradesText: String {
        guard let winRate else { return "none was closed" }
        let needed = winRateNeeded.map { " (\(Self.percent($0)) needed)" } ?? ""
        let parts = [
            averageWin.map { "average win \(Self.usd($0))" },
            averageLoss.map { "average loss \(Self.usd($0))" },
            worstTrade.map { "worst \(Self.usd($0))" },
        ].compactMap(\.self)
        return "\(trades) closed, \(Self.percent(winRate)) won\(needed), "
            + parts.joined(separator: ", ")
    }

    private static func text(_ groups: [String: Group]) -> String {
        groups.sorted { $0.key < $1.key }
            .map { "\($0.key) \(usd($0.value.result)) in \($0.value.trades)" }
            .joined(separator: ", ")
    }

    /// Counts as text, the most first.
    static func counts(_ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "nothing" }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// An amount to the cent.
    static func usd(_ text: String) -> String {
        guard let raw = try? DecimalText.parse(text),
            let cents = try? FixedPoint.snapped(raw, to: FixedPoint.one / 100, .halfEven)
        else { return text }
        return DecimalText.format(cents) + " USD"
    }

    /// A ratio in percent.
    static func percent(_ text: String) -> String {
        guard let rate = try? Rate(text) else { return text }
        return String(format: "%.2f %%", rate.indicator * 100)
    }
}
