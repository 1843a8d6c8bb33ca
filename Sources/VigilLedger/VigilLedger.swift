// VigilLedger keeps what must not be lost: runs, cycles, intents, orders, transitions, fills, flows,
// halts and alerts in SQLite, and the hash-chained audit log beside it.
//
// Entry points: `LedgerStore` (write, load), `AuditVerifier` (prove).
// Invariants:
// 1. A batch of records is committed whole or not at all, and answered only after the commit.
// 2. A fill is recorded once, whatever happens: the venue's entry id is the key.
// 3. The audit log is written after the commit from an outbox inside it, so it never says more than
//    the database and a crash loses no line.
