// VigilTelemetry tells the operator's own tools what happens: journald, systemd's notify socket and
// watchdog, and node-exporter's textfile collector. It may lag, never blocks a decision, and holds no
// evidence: evidence is the ledger's.
//
// Entry points: `Journal`, `ServiceManager`, `MetricsRegistry`.
