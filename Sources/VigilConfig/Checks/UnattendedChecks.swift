internal import VigilCore
internal import VigilModel

private let alerts = Keys.app.monitoring.alertsEnabled
private let webhook = Keys.app.monitoring.webhookCredential
private let killFile = Keys.exits.killSwitchFile
private let readOnly = Keys.app.readOnly
private let enabled = Keys.exits.liveEnabled
private let tolerance = Keys.app.clockTolerance

extension ConfigCheck {
    /// What goes wrong while nobody looks.
    static let unattended: [ConfigCheck] = [
        ConfigCheck(
            "V0192",
            .error,
            "alerts are on but have no address",
            prevents: "the predecessor's rehearsal, whose alerts had no address for 24 hours",
            help: "name the systemd credential that holds the address",
            keys: [alerts, webhook],
            file: "app",
            fails: "monitoring: {alerts_enabled: true}",
            passes: "monitoring: {alerts_enabled: true, alerts: {webhook_credential: alerts}}"
        ) { context in
            guard context[alerts], context.text(webhook).isEmpty else { return [] }
            return context.finding(
                "alerts are on but have no address",
                (alerts, "switched on"),
                (webhook, "no address")
            )
        },
        ConfigCheck(
            "V0193",
            .warning,
            "LIVE trades without sending alerts",
            prevents: "a halt at 3 a.m. that is found at noon",
            help: "set `monitoring.alerts_enabled`, or acknowledge that you watch the journal",
            keys: [alerts, readOnly, enabled, Keys.app.mode],
            file: "app",
            fails: "app: {mode: LIVE}",
            passes: "app: {mode: PAPER}"
        ) { context in
            guard context.mode == .live, !context[alerts], !context[readOnly],
                context[enabled]
            else { return [] }
            return context.finding(
                "LIVE trades without sending alerts",
                (Keys.app.mode, "with money"),
                (alerts, "switched off")
            )
        },
        ConfigCheck(
            "V0194",
            .warning,
            "anyone may create the kill file, or a reboot removes it",
            prevents: "a kill by a stranger, or one that a reboot forgets",
            help: "leave it in the state directory",
            keys: [killFile],
            fails: "governance: {kill_switch_file: /tmp/KILL}",
            passes: "governance: {kill_switch_file: STOP}"
        ) { context in
            let path = context.text(killFile)
            guard ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/"].contains(where: path.hasPrefix)
            else {
                return []
            }
            return context.finding(
                "`\(path)` is not a safe place for the kill file",
                (killFile, "open to anyone, or cleared at boot")
            )
        },
        ConfigCheck(
            "V0195",
            .error,
            "the kill file is outside what the service can see",
            prevents: "a file that is created in an emergency and watched by nobody",
            help: "name a file of the state directory, without `..`",
            keys: [killFile],
            fails: "governance: {kill_switch_file: ../KILL}",
            passes: "governance: {kill_switch_file: halt/KILL}"
        ) { context in
            guard context.text(killFile).split(separator: "/").contains("..") else { return [] }
            return context.finding("the kill file's path leads outside", (killFile, "`..`"))
        },
        ConfigCheck(
            "V0196",
            .error,
            "LIVE is not allowed to send orders",
            prevents: "a week of LIVE without an order and without a reason",
            help: "set `exchange.read_only` to `false`, or the mode to `PAPER`",
            keys: [readOnly, Keys.app.mode],
            file: "app",
            fails: "app: {mode: LIVE}\nexchange: {read_only: true}",
            passes: "exchange: {read_only: true}"
        ) { context in
            guard context.mode == .live, context[readOnly] else { return [] }
            return context.finding(
                "LIVE is not allowed to send orders",
                (readOnly, "read only"),
                (Keys.app.mode, "with money")
            )
        },
        ConfigCheck(
            "V0197",
            .error,
            "LIVE is switched off by another key",
            prevents: "two switches for one thing, the wrong one being trusted",
            help: "set `governance.live_trading_enabled` to `true`, or the mode to `PAPER`",
            keys: [enabled, Keys.app.mode],
            fails: "governance: {live_trading_enabled: false}\nrisk: {capital_max_usd: 5000}",
            passes: "governance: {live_trading_enabled: true, kill_switch_file: STOP}",
            mode: .live
        ) { context in
            guard context.mode == .live, !context[enabled] else { return [] }
            return context.finding(
                "LIVE may not enter",
                (enabled, "switched off"),
                (Keys.app.mode, "with money")
            )
        },
        ConfigCheck(
            "V0204",
            .error,
            "LIVE has no limit on its capital",
            prevents: "sizes that are shares of whatever the venue says that the account holds",
            help:
                "set `risk.capital_max_usd` to what you are ready to lose; more in the account stays unused",
            keys: [Keys.risk.capitalMax, Keys.app.mode],
            file: "app",
            fails: "app: {mode: LIVE}",
            passes: "app: {mode: PAPER}",
            others: ["policy": "risk: {max_open_positions: 5}\n"]
        ) { context in
            guard context.mode == .live, !context.isStated(Keys.risk.capitalMax) else { return [] }
            return context.finding(
                "LIVE has no limit on its capital",
                (Keys.app.mode, "with money"),
                (Keys.risk.capitalMax, "not stated")
            )
        },
        ConfigCheck(
            "V0198",
            .error,
            "the clock tolerance is as long as a token's lifetime, or longer",
            prevents: "every request refused with HTTP 401, with no hint why",
            help: "a token lives two minutes; keep the tolerance far below",
            keys: [tolerance],
            file: "app",
            fails: "exchange: {clock_tolerance_ms: 120000}",
            passes: "exchange: {clock_tolerance_ms: 500}"
        ) { context in
            guard context[tolerance] >= .milliseconds(120_000) else { return [] }
            return context.finding(
                "a clock within this tolerance signs tokens that have already expired",
                (tolerance, "a token lives 120000 ms")
            )
        },
        ConfigCheck(
            "V0199",
            .error,
            "backups are kept for less than two intervals",
            prevents: "a disk that fails on the one day without a backup",
            help: "keep backups for at least two intervals",
            keys: [Keys.app.backupInterval, Keys.app.backupRetentionDays],
            file: "app",
            fails: "state: {backup_interval_hours: 48, backup_retention_days: 3}",
            passes: "state: {backup_interval_hours: 48, backup_retention_days: 4}"
        ) { context in
            let interval = context[Keys.app.backupInterval]
            let kept = context[Keys.app.backupRetentionDays]
            guard .seconds(86_400 * kept) < interval * 2 else { return [] }
            let hours = context.text(Keys.app.backupInterval)
            return context.finding(
                "a backup is kept \(kept * 24) hours, the next one comes after \(hours)",
                (Keys.app.backupRetentionDays, "\(kept) days"),
                (Keys.app.backupInterval, "\(hours) hours")
            )
        },
    ]
}
