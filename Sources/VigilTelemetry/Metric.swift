internal import VigilCore
internal import VigilModel

/// Every metric there is, declared once: name, kind, unit, labels with their bounded values, help.
package enum Metric: String, Sendable, CaseIterable {
    case buildInfo = "vigil_build_info"
    case cyclesTotal = "vigil_cycles_total"
    case noTradeTotal = "vigil_no_trade_total"
    case cycleSeconds = "vigil_cycle_duration_seconds"
    case lastCycleTime = "vigil_last_cycle_timestamp_seconds"
    case proposalsTotal = "vigil_proposals_total"
    case denialsTotal = "vigil_denials_total"
    case ordersTotal = "vigil_orders_total"
    case fillsTotal = "vigil_fills_total"
    case exitsTotal = "vigil_exits_total"
    case feesUSD = "vigil_fees_usd"
    case nlvUSD = "vigil_nlv_usd"
    case realisedUSD = "vigil_realised_pnl_usd"
    case unrealisedUSD = "vigil_unrealised_pnl_usd"
    case exposureRatio = "vigil_exposure_ratio"
    case drawdownRatio = "vigil_drawdown_ratio"
    case openPositions = "vigil_open_positions"
    case openOrders = "vigil_open_orders"
    case unknownOrders = "vigil_unknown_orders"
    case eligibleProducts = "vigil_eligible_products"
    case halted = "vigil_halted"
    case alertsTotal = "vigil_alerts_total"
    case anomaliesTotal = "vigil_anomalies_total"
    case differences = "vigil_reconcile_differences"
    case mailboxDepth = "vigil_mailbox_depth"
    case telemetryThinned = "vigil_telemetry_thinned_messages_total"
    case residentBytes = "vigil_resident_memory_bytes"
    case allocatedBytes = "vigil_allocated_memory_bytes"
    case feedLosses = "vigil_feed_losses_total"
    case feedsWhole = "vigil_feed_connections_whole"
    case feedAge = "vigil_feed_age_seconds"
    case feedMessages = "vigil_feed_messages_total"
    case feedConnects = "vigil_feed_connects_total"
    case candlesAmended = "vigil_candles_amended_total"
    case clockSkew = "vigil_venue_clock_skew_seconds"
    case requests = "vigil_venue_requests_total"

    /// Prometheus's type of a metric.
    package enum Kind: String, Sendable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by size.
        case histogram
    }

    /// A label with every value it can take.
    package struct Label: Sendable {
        /// Its name.
        package let name: String
        /// All its values.
        package let values: [String]
    }

    /// Upper bounds of the histogram's buckets, in seconds.
    package static let buckets = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5,
    ]

    /// Its type.
    package var kind: Kind {
        switch self {
        case .cyclesTotal, .noTradeTotal, .proposalsTotal, .denialsTotal, .ordersTotal,
            .fillsTotal, .exitsTotal, .alertsTotal, .anomaliesTotal, .feedLosses, .candlesAmended,
            .telemetryThinned, .feedMessages, .feedConnects, .requests:
            .counter
        case .cycleSeconds: .histogram
        case .buildInfo, .lastCycleTime, .feesUSD, .nlvUSD, .realisedUSD, .unrealisedUSD,
            .exposureRatio, .drawdownRatio, .openPositions, .openOrders, .unknownOrders,
            .eligibleProducts, .halted, .differences, .mailboxDepth, .residentBytes,
            .allocatedBytes,
            .feedsWhole, .feedAge, .clockSkew:
            .gauge
        }
    }

    /// Its only label; nil where it has none.
    package var label: Label? {
        switch self {
        case .buildInfo: Label(name: "mode", values: TradingMode.allCases.map(\.rawValue))
        case .cyclesTotal: Label(name: "outcome", values: ["executed", "no_trade", "aborted"])
        case .noTradeTotal:
            Label(name: "reason", values: NoTradeReason.allCases.map(\.rawValue))
        case .denialsTotal: Label(name: "code", values: RiskCode.allCases.map(\.rawValue))
        case .ordersTotal: Label(name: "state", values: OrderState.allCases.map(\.rawValue))
        case .fillsTotal: Label(name: "role", values: ["maker", "taker"])
        case .exitsTotal: Label(name: "reason", values: ExitReason.allCases.map(\.rawValue))
        case .halted: Label(name: "reason", values: HaltReason.allCases.map(\.rawValue))
        case .alertsTotal: Label(name: "severity", values: Severity.allCases.map(\.name))
        case .mailboxDepth: Label(name: "actor", values: MailboxName.allCases.map(\.rawValue))
        case .feedLosses: Label(name: "reason", values: FeedTrouble.allCases.map(\.rawValue))
        case .feedAge: Label(name: "clock", values: ["venue", "receive"])
        case .feedMessages: Label(name: "kind", values: ["read", "repeated", "foreign"])
        case .requests:
            Label(
                name: "outcome",
                values: [
                    "sent", "retried", "rate_limited", "failed", "unknown", "unreadable",
                    "unknown_value",
                ]
            )
        case .cycleSeconds, .lastCycleTime, .proposalsTotal, .feesUSD, .nlvUSD, .realisedUSD,
            .unrealisedUSD, .exposureRatio, .drawdownRatio, .openPositions, .openOrders,
            .unknownOrders, .eligibleProducts, .anomaliesTotal, .differences, .telemetryThinned,
            .residentBytes, .allocatedBytes, .feedsWhole, .feedConnects, .candlesAmended,
            .clockSkew:
            nil
        }
    }

    /// What it means, with its unit.
    package var help: String {
        switch self {
        case .buildInfo: "1 for the mode the engine runs in."
        case .cyclesTotal: "Decision cycles by how they ended."
        case .noTradeTotal: "Cycles that led to no order, by reason."
        case .cycleSeconds: "Time from a cycle's beginning to its end, in seconds."
        case .lastCycleTime: "When the last cycle ended, in seconds since 1970."
        case .proposalsTotal: "Positions that strategies proposed."
        case .denialsTotal: "Proposals that Risk refused, by check."
        case .ordersTotal: "Orders that reached a state, by state."
        case .fillsTotal: "Fills, by whether we rested or crossed."
        case .exitsTotal: "Protective exits that were fired, by reason."
        case .feesUSD: "Fees paid since the ledger began, in US dollars."
        case .nlvUSD: "Net liquidation value, in US dollars."
        case .realisedUSD: "Profit realised since the ledger began, in US dollars."
        case .unrealisedUSD: "Profit of open positions at the bid, in US dollars."
        case .exposureRatio: "Positions at the bid, as a ratio of the net liquidation value."
        case .drawdownRatio: "Fall from the peak, as a ratio of it."
        case .openPositions: "Open positions."
        case .openOrders: "Orders that are not ended."
        case .unknownOrders: "Orders whose fate is not known."
        case .eligibleProducts: "Products that may be entered."
        case .halted: "1 while entries are halted for a reason."
        case .alertsTotal: "Alerts delivered, by severity."
        case .anomaliesTotal: "Reports that were illegal where they came, and were survived."
        case .differences: "Differences between the venue's books and ours at the last look."
        case .mailboxDepth: "Elements waiting in an actor's mailbox."
        case .telemetryThinned: "Messages to telemetry that were left out because it lagged."
        case .residentBytes: "Memory that the process holds, in bytes."
        case .allocatedBytes: "Memory that the process has allocated and not freed, in bytes."
        case .feedLosses: "Times that a connection's books were given up, by reason."
        case .feedsWhole: "Connections of market data on which everything has come."
        case .feedAge: "Age of the oldest book, by the venue's time and by when it came."
        case .feedMessages: "Messages of market data since the start, by what became of them."
        case .feedConnects: "Connections of market data that were made since the start."
        case .candlesAmended: "Completed candles that a late print changed."
        case .clockSkew: "How far the venue's clock is ahead of ours, in seconds."
        case .requests: "Requests to the venue since the start, by what became of them."
        }
    }

    /// The table of all metrics in Markdown, for the reference documentation.
    package static var markdown: String {
        var lines = ["| metric | type | label | meaning |", "| --- | --- | --- | --- |"]
        for metric in allCases {
            let label = metric.label.map { label in
                "`\(label.name)`: " + label.values.map { "`\($0)`" }.joined(separator: ", ")
            }
            lines.append(
                "| `\(metric.rawValue)` | \(metric.kind.rawValue) | \(label ?? "") | \(metric.help) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The actors' mailboxes, by name.
package enum MailboxName: String, Sendable, CaseIterable {
    case venue, market, universe, conductor, risk, execution, portfolio, reconciliation, alerting
    case ledger, telemetry, feeds, backups
}
