extension ConfigSchema {
    static let app: [KeySpec] =
        [
            KeySpec(
                "app:app.mode",
                .choice(["DRY_RUN", "PAPER", "LIVE"]),
                "DRY_RUN",
                "What may happen: `DRY_RUN` proposes only, `PAPER` trades on the paper venue, `LIVE` "
                    + "with money.",
                decides: false
            ),
            KeySpec(
                "app:app.name",
                .text,
                "vigil",
                "What you call this installation; only for people.",
                decides: false
            ),
            KeySpec(
                "app:acknowledged",
                .codes,
                "",
                "Warnings that you have read and accept, by code: `LIVE` needs each one listed here.",
                decides: false
            ),
            KeySpec(
                "app:paper.initial_cash_usd",
                .dollars(1...1_000_000_000),
                "10000",
                "The cash a new paper account begins with."
            ),
            KeySpec(
                "app:live.capital_ramp_usd",
                .ramp,
                "",
                "The capital that `LIVE` may use, rung by rung, one clean period each.",
                waitsFor: "the LIVE gate"
            ),
            KeySpec(
                "app:exchange.read_only",
                .flag,
                "false",
                "Whether nothing may be sent to the exchange, whatever the mode.",
                decides: false,
                waitsFor: "the LIVE gate",
                meanwhile: "false"
            ),
            KeySpec(
                "app:exchange.rate_limit.public",
                .integer(1...10),
                "8",
                "Requests a second without a key; the exchange allows 10 per address.",
                decides: false
            ),
            KeySpec(
                "app:exchange.rate_limit.private",
                .integer(1...30),
                "10",
                "Requests a second with a key; the exchange allows 30 per user.",
                decides: false
            ),
            KeySpec(
                "app:exchange.clock_tolerance_ms",
                .integer(1...600_000),
                "200",
                "How far our clock and the exchange's may differ, in milliseconds.",
                decides: false
            ),
        ] + monitoring + state

    private static let monitoring: [KeySpec] = [
        KeySpec(
            "app:monitoring.alerts_enabled",
            .flag,
            "false",
            "Whether alerts are sent out, besides the journal, the ledger and the metrics.",
            decides: false,
            waitsFor: "alert delivery",
            meanwhile: "false"
        ),
        KeySpec(
            "app:monitoring.alerts.webhook_credential",
            .name,
            "",
            "The systemd credential that holds the address alerts are sent to.",
            decides: false,
            waitsFor: "alert delivery"
        ),
        KeySpec(
            "app:monitoring.alerts.min_severity",
            .choice(["info", "warning", "critical"]),
            "warning",
            "The least severity that is sent out.",
            decides: false,
            waitsFor: "alert delivery"
        ),
        KeySpec(
            "app:monitoring.alerts.timeout_seconds",
            .seconds(1...60),
            "5",
            "How long one delivery may take.",
            decides: false,
            waitsFor: "alert delivery"
        ),
        KeySpec(
            "app:monitoring.alerts.dedupe_seconds",
            .seconds(1...86_400),
            "60",
            "Repeats of an alert within this span are only counted.",
            decides: false
        ),
        KeySpec(
            "app:monitoring.alerts.escalation_seconds",
            .seconds(1...86_400),
            "120",
            "An alert that is unresolved for this long is raised to critical, once.",
            decides: false
        ),
    ]

    private static let state: [KeySpec] = [
        KeySpec(
            "app:state.backup_interval_hours",
            .hours(1...8_760),
            "24",
            "From one backup of the ledger to the next.",
            decides: false
        ),
        KeySpec(
            "app:state.backup_retention_days",
            .integer(1...3_650),
            "14",
            "How many days a backup is kept.",
            decides: false
        ),
    ]
}
