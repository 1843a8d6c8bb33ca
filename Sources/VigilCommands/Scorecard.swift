internal import Foundation
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilLedger
internal import VigilModel
internal import VigilRehearsal

/// What a rehearsal came to, for people and as one JSON object.
struct Scorecard: Encodable {
    var cycles = 0
    var executed = 0
    var noTrade = 0
    var aborted = 0
    var noTradeReasons: [String: Int] = [:]
    var proposals = 0
    var orders = 0
    var fills = 0
    var makerShare = "0"
    var fees = "0"
    var realisedPnl = "0"
    var unrealisedPnl = "0"
    var nlv = "0"
    var maxDrawdown = "0"
    var exits: [String: Int] = [:]
    var openPositions = 0
    var alerts = 0
    var cycleLatencyWorstMs = 0.0
    var cycleLatencyMeanMs = 0.0
    var decisionHash = ""
    var configHash = ""
    var seed: UInt64 = 0
    var virtualSeconds: Int64 = 0
    var runId = ""
    var recovery = ""
    var peakRssBytes = 0
    var cpuSeconds = 0.0
    var paths: EnginePaths
    var story: ScorecardStory

    init(
        _ result: RehearsalRunner.Result,
        _ configuration: Configuration,
        _ plan: RehearsalRunner.Plan
    ) throws {
        paths = plan.paths
        seed = plan.seed
        let store = try LedgerStore(
            path: paths.ledger,
            auditDirectory: paths.audit,
            freshInstance: ""
        )
        story = try ScorecardStory(result, configuration, store, plan)
        let summary = try store.summary(of: result.run)
        let view = result.ending.view
        cycles = summary.cycles.values.reduce(0, +)
        executed = summary.cycles["executed"] ?? 0
        noTrade = summary.cycles["no_trade"] ?? 0
        aborted = summary.cycles["aborted"] ?? 0
        noTradeReasons = summary.noTradeReasons
        proposals = view.proposals
        orders = summary.orders
        fills = summary.fills
        makerShare =
            summary.fills == 0
            ? "0"
            : Rate(indicator: Double(summary.makerFills) / Double(summary.fills)).description
        fees = summary.fees.amount
        if let portfolio = view.portfolio {
            realisedPnl = portfolio.realised.amount
            unrealisedPnl = portfolio.unrealised.amount
            nlv = portfolio.nlv.amount
            openPositions = portfolio.openPositions
        }
        maxDrawdown = view.drawdownMax.description
        for reason in ExitReason.allCases {
            exits[reason.rawValue] = summary.exits[reason] ?? 0
        }
        alerts = summary.alerts
        cycleLatencyWorstMs = Double(summary.worstCycle) / 1e6
        cycleLatencyMeanMs = Double(summary.meanCycle) / 1e6
        decisionHash = result.ending.decisionHash
        configHash = configuration.configHash
        virtualSeconds = plan.duration.nanoseconds / 1_000_000_000
        runId = result.run.text
        recovery = result.recovery.summary
        let usage = ProcessFigures.usage
        peakRssBytes = usage.peakBytes
        cpuSeconds = usage.cpuSeconds
    }

    /// The card as a person reads it.
    var text: String {
        let reasons = noTradeReasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let left = exits.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let hours = String(format: "%.1f", Double(virtualSeconds) / 3_600)
        let rows: [(String, String)] = [
            ("rehearsal", "\(hours) virtual hours from \(story.from), seed \(seed), run \(runId)"),
            ("cycles", "\(cycles): \(executed) executed, \(noTrade) no trade, \(aborted) aborted"),
            ("no trade", reasons),
            ("proposals", "\(proposals)"),
            ("orders", "\(orders)"),
            ("fills", "\(fills), maker share \(ScorecardStory.percent(makerShare))"),
            ("fees", "\(ScorecardStory.usd(fees)) for \(ScorecardStory.usd(story.traded)) traded"),
            ("realised PnL", ScorecardStory.usd(realisedPnl)),
            (
                "unrealised PnL",
                ScorecardStory.usd(unrealisedPnl) + " in \(openPositions) open positions"
            ),
            ("net value", ScorecardStory.usd(nlv)),
            ("drawdown", ScorecardStory.percent(maxDrawdown) + " at worst"),
            ("exits", left),
            ("alerts", "\(alerts): " + ScorecardStory.counts(story.alerts)),
            (
                "cycle latency",
                String(
                    format: "%.2f ms mean, %.2f ms worst",
                    cycleLatencyMeanMs,
                    cycleLatencyWorstMs
                )
            ),
            ("cpu", String(format: "%.2f s", cpuSeconds)),
            ("peak memory", String(format: "%.1f MB", Double(peakRssBytes) / 1e6)),
            ("decision hash", decisionHash),
            ("config hash", configHash),
            ("ledger", paths.ledger),
            ("audit log", paths.audit),
            ("metrics", paths.metrics),
        ]
        let shown = rows.prefix(1) + story.rows + rows.dropFirst()
        let width = shown.map(\.0.count).max() ?? 0
        return shown.map { name, value in
            name + String(repeating: " ", count: width + 2 - name.count) + value + "\n"
        }.joined()
    }
}
