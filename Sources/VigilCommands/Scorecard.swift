internal import Foundation
internal import VigilConfig
internal import VigilCore
internal import VigilLedger
internal import VigilModel
internal import VigilRuntime

/// What a rehearsal came to, for people and as one JSON object.
struct Scorecard: Encodable {
    var cycles = 0
    var executed = 0
    var no_trade = 0
    var aborted = 0
    var no_trade_reasons: [String: Int] = [:]
    var proposals = 0
    var orders = 0
    var fills = 0
    var maker_share = "0"
    var fees = "0"
    var realised_pnl = "0"
    var unrealised_pnl = "0"
    var nlv = "0"
    var max_drawdown = "0"
    var exits: [String: Int] = [:]
    var open_positions = 0
    var alerts = 0
    var cycle_latency_worst_ms = 0.0
    var cycle_latency_mean_ms = 0.0
    var decision_hash = ""
    var config_hash = ""
    var seed: UInt64 = 0
    var virtual_seconds: Int64 = 0
    var run_id = ""
    var recovery = ""
    var peak_rss_bytes = 0
    var cpu_seconds = 0.0
    var paths: EnginePaths

    init(
        _ result: RehearsalRunner.Result,
        _ configuration: Configuration,
        _ paths: EnginePaths,
        _ seed: UInt64,
        _ duration: Duration
    ) throws {
        self.paths = paths
        self.seed = seed
        let store = try LedgerStore(
            path: paths.ledger, auditDirectory: paths.audit, freshInstance: ""
        )
        let summary = try store.summary(of: result.run)
        let view = result.ending.view
        cycles = summary.cycles.values.reduce(0, +)
        executed = summary.cycles["executed"] ?? 0
        no_trade = summary.cycles["no_trade"] ?? 0
        aborted = summary.cycles["aborted"] ?? 0
        no_trade_reasons = summary.noTradeReasons
        proposals = view.proposals
        orders = summary.orders
        fills = summary.fills
        maker_share = summary.fills == 0
            ? "0"
            : Rate(indicator: Double(summary.makerFills) / Double(summary.fills)).description
        fees = summary.fees.amount
        if let portfolio = view.portfolio {
            realised_pnl = portfolio.realised.amount
            unrealised_pnl = portfolio.unrealised.amount
            nlv = portfolio.nlv.amount
            open_positions = portfolio.openPositions
        }
        max_drawdown = view.drawdownMax.description
        for reason in ExitReason.allCases {
            exits[reason.rawValue] = summary.exits[reason] ?? 0
        }
        alerts = summary.alerts
        cycle_latency_worst_ms = Double(summary.worstCycle) / 1e6
        cycle_latency_mean_ms = Double(summary.meanCycle) / 1e6
        decision_hash = result.ending.decisionHash
        config_hash = configuration.configHash
        virtual_seconds = duration.nanoseconds / 1_000_000_000
        run_id = result.run.text
        recovery = result.recovery.summary
        let usage = ProcessFigures.usage
        peak_rss_bytes = usage.peakBytes
        cpu_seconds = usage.cpuSeconds
    }

    /// The card as a person reads it.
    var text: String {
        let reasons = no_trade_reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let left = exits.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let hours = String(format: "%.1f", Double(virtual_seconds) / 3_600)
        let rows: [(String, String)] = [
            ("rehearsal", "\(hours) virtual hours, seed \(seed), run \(run_id)"),
            ("cycles", "\(cycles): \(executed) executed, \(no_trade) no trade, \(aborted) aborted"),
            ("no trade", reasons),
            ("proposals", "\(proposals)"),
            ("orders", "\(orders)"),
            ("fills", "\(fills), maker share \(percent(maker_share))"),
            ("fees", usd(fees)),
            ("realised PnL", usd(realised_pnl)),
            ("unrealised PnL", usd(unrealised_pnl) + " in \(open_positions) open positions"),
            ("net value", usd(nlv)),
            ("drawdown", percent(max_drawdown) + " at worst"),
            ("exits", left),
            ("alerts", "\(alerts)"),
            (
                "cycle latency",
                String(
                    format: "%.2f ms mean, %.2f ms worst",
                    cycle_latency_mean_ms, cycle_latency_worst_ms
                )
            ),
            ("cpu", String(format: "%.2f s", cpu_seconds)),
            ("peak memory", String(format: "%.1f MB", Double(peak_rss_bytes) / 1e6)),
            ("decision hash", decision_hash),
            ("config hash", config_hash),
            ("ledger", paths.ledger),
            ("audit log", paths.audit),
            ("metrics", paths.metrics),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, value in
            name + String(repeating: " ", count: width + 2 - name.count) + value + "\n"
        }.joined()
    }

    private func usd(_ text: String) -> String {
        guard let raw = try? DecimalText.parse(text), let cents = try? FixedPoint.snapped(
            raw, to: FixedPoint.one / 100, .halfEven
        ) else { return text }
        return DecimalText.format(cents) + " USD"
    }

    private func percent(_ text: String) -> String {
        guard let rate = try? Rate(text) else { return text }
        return String(format: "%.2f %%", rate.indicator * 100)
    }
}
