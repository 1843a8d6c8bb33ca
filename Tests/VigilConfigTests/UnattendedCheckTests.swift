import Testing

@testable import VigilConfig

/// What the checks say of what goes wrong while nobody looks, each at its edge.
@Suite struct UnattendedCheckTests {
    private static let quiet: [(String, String, String, [String])] = [
        (
            "V0192", "app",
            "monitoring: {alerts_enabled: true}",
            [
                "error: alerts are on but have no address",
                "alerts_enabled: switched on",
                "app.yaml: no address",
            ]
        ),
        (
            "V0192", "app",
            "monitoring: {alerts_enabled: true, alerts: {webhook_credential: alerts}}", []
        ),
        (
            "V0194", "policy",
            "governance: {kill_switch_file: /tmp/KILL}",
            [
                "warning: `/tmp/KILL` is not a safe place for the kill file",
                "kill_switch_file: open to anyone, or cleared at boot",
            ]
        ),
        (
            "V0194", "policy",
            "governance: {kill_switch_file: /var/tmp/KILL}",
            [
                "warning: `/var/tmp/KILL` is not a safe place for the kill file",
                "kill_switch_file: open to anyone, or cleared at boot",
            ]
        ),
        (
            "V0194", "policy",
            "governance: {kill_switch_file: /dev/shm/KILL}",
            [
                "warning: `/dev/shm/KILL` is not a safe place for the kill file",
                "kill_switch_file: open to anyone, or cleared at boot",
            ]
        ),
        (
            "V0194", "policy",
            "governance: {kill_switch_file: /run/KILL}",
            [
                "warning: `/run/KILL` is not a safe place for the kill file",
                "kill_switch_file: open to anyone, or cleared at boot",
            ]
        ),
        ("V0194", "policy", "governance: {kill_switch_file: /tmpfile/KILL}", []),
        ("V0194", "policy", "governance: {kill_switch_file: a/tmp/KILL}", []),
        (
            "V0195", "policy",
            "governance: {kill_switch_file: a/../../KILL}",
            [
                "error: the kill file's path leads outside",
                "kill_switch_file: `..`",
            ]
        ),
        ("V0195", "policy", "governance: {kill_switch_file: a..b/KILL}", []),
        ("V0198", "app", "exchange: {clock_tolerance_ms: 119999}", []),
        (
            "V0198", "app",
            "exchange: {clock_tolerance_ms: 120000}",
            [
                "error: a clock within this tolerance signs tokens that have already expired",
                "clock_tolerance_ms: a token lives 120000 ms",
            ]
        ),
        (
            "V0199", "app",
            "state: {backup_interval_hours: 48, backup_retention_days: 3}",
            [
                "error: a backup is kept 72 hours, the next one comes after 48",
                "backup_retention_days: 3 days",
                "backup_interval_hours: 48 hours",
            ]
        ),
        ("V0199", "app", "state: {backup_interval_hours: 48, backup_retention_days: 4}", []),
        (
            "V0199", "app",
            "state: {backup_interval_hours: 37, backup_retention_days: 3}",
            [
                "error: a backup is kept 72 hours, the next one comes after 37",
                "backup_retention_days: 3 days",
                "backup_interval_hours: 37 hours",
            ]
        ),
        ("V0199", "app", "state: {backup_interval_hours: 36, backup_retention_days: 3}", []),
    ]

    @Test(arguments: quiet)
    func `what fails while nobody looks is told`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
