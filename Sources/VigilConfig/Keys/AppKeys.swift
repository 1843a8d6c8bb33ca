internal import VigilCore
internal import VigilModel

/// What may happen, and what the process is told besides trading.
struct AppKeys: KeyGroup {
    let mode = Key(
        "app:app.mode",
        .mode,
        "DRY_RUN",
        "What may happen: `DRY_RUN` proposes only, `PAPER` trades on the paper venue, `LIVE` "
            + "with money.",
        decides: false,
        fills: \.mode
    )
    let label = Key(
        "app:app.name",
        .text,
        "vigil",
        "Your name for this installation; shown to people only.",
        decides: false,
        use: .people
    )
    let acknowledged = Key(
        "app:acknowledged",
        .codes,
        "",
        "Warnings that you have read and accept, by code: `LIVE` needs each one listed here.",
        decides: false,
        use: .checks
    )
    let initialCash = Key(
        "app:paper.initial_cash_usd",
        .dollars(1...1_000_000_000),
        "10000",
        "The cash a new paper account begins with.",
        fills: \.initialCash
    )
    let capitalRamp = Key(
        "app:live.capital_ramp_usd",
        .ramp,
        "",
        "The capital that `LIVE` may use, rung by rung, one clean period each.",
        use: .waits(for: "the LIVE gate")
    )
    let readOnly = Key(
        "app:exchange.read_only",
        .flag,
        "false",
        "Whether nothing may be sent to the exchange, whatever the mode.",
        decides: false,
        use: .waits(for: "the LIVE gate", meanwhile: "false")
    )
    let publicRate = Key(
        "app:exchange.rate_limit.public",
        .integer(1...10),
        "8",
        "Requests a second without a key; the exchange allows 10 per address.",
        decides: false,
        fills: \.rateLimits.open
    )
    let privateRate = Key(
        "app:exchange.rate_limit.private",
        .integer(1...30),
        "10",
        "Requests a second with a key; the exchange allows 30 per user.",
        decides: false,
        fills: \.rateLimits.authenticated
    )
    let clockTolerance = Key(
        "app:exchange.clock_tolerance_ms",
        .milliseconds(1...600_000),
        "200",
        "How far our clock and the exchange's may differ, in milliseconds.",
        decides: false,
        fills: \.risk.breakers.clockTolerance
    )
    let monitoring = MonitoringKeys()
    let backupInterval = Key(
        "app:state.backup_interval_hours",
        .hours(1...8_760),
        "24",
        "Time between two backups of the ledger.",
        decides: false,
        fills: \.backupInterval
    )
    let backupRetentionDays = Key(
        "app:state.backup_retention_days",
        .integer(1...3_650),
        "14",
        "How many days a backup is kept.",
        decides: false,
        fills: \.backupRetentionDays
    )
}

/// What is told, and how often.
struct MonitoringKeys: KeyGroup {
    let alertsEnabled = Key(
        "app:monitoring.alerts_enabled",
        .flag,
        "false",
        "Whether alerts are sent out, besides the journal, the ledger and the metrics.",
        decides: false,
        use: .waits(for: "alert delivery", meanwhile: "false")
    )
    let webhookCredential = Key(
        "app:monitoring.alerts.webhook_credential",
        .name,
        "",
        "The systemd credential that holds the address alerts are sent to.",
        decides: false,
        use: .waits(for: "alert delivery")
    )
    let severityMin = Key(
        "app:monitoring.alerts.min_severity",
        .choice(["info", "warning", "critical"]),
        "warning",
        "The least severity that is sent out.",
        decides: false,
        use: .waits(for: "alert delivery")
    )
    let timeout = Key(
        "app:monitoring.alerts.timeout_seconds",
        .seconds(1...60),
        "5",
        "How long one delivery may take.",
        decides: false,
        use: .waits(for: "alert delivery")
    )
    let dedupe = Key(
        "app:monitoring.alerts.dedupe_seconds",
        .seconds(1...86_400),
        "60",
        "Repeats of an alert within this time are counted instead of sent.",
        decides: false,
        fills: \.alertDedupe
    )
    let escalation = Key(
        "app:monitoring.alerts.escalation_seconds",
        .seconds(1...86_400),
        "120",
        "An alert that is unresolved for this long is raised to critical, once.",
        decides: false,
        fills: \.alertEscalation
    )
}
