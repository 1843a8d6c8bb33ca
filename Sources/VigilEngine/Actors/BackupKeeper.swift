internal import VigilConfig
internal import VigilCore
internal import VigilLedger
internal import VigilModel
internal import VigilTelemetry

/// How often the ledger is copied, where to, and for how long copies are kept.
package struct BackupPlan: Sendable {
    /// From one copy to the next.
    package var interval: Duration
    /// How many days a copy is kept.
    package var retentionDays: Int
    /// The folder of the copies.
    package var folder: String

    /// Joins the parts.
    package init(interval: Duration, retentionDays: Int, folder: String) {
        self.interval = interval
        self.retentionDays = retentionDays
        self.folder = folder
    }
}

/// Copies the ledger beside its owner, through a connection of its own, so that no order waits for it.
actor BackupKeeper {
    private let plan: BackupPlan
    private let ledger: String
    private let plumbing: Plumbing
    private let clock: any EngineClock
    private let executor: any SerialExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init(
        _ plan: BackupPlan,
        ledger: String,
        plumbing: Plumbing,
        clock: any EngineClock,
        executor: any SerialExecutor
    ) {
        self.plan = plan
        self.ledger = ledger
        self.plumbing = plumbing
        self.clock = clock
        self.executor = executor
    }

    /// Copies whenever it is asked and the last copy is old enough, until the mailbox is closed.
    func run() async {
        LedgerMaintenance.removeDrafts(plan.folder, at: clock.now)
        for await _ in plumbing.backups {
            copy()
        }
    }

    private func copy() {
        let now = clock.now
        do {
            let last = try LedgerMaintenance.lastBackup(in: plan.folder, at: now)
            guard last.map({ now - $0 >= plan.interval }) ?? true else { return }
            let copy = try LedgerMaintenance.backup(path: ledger, into: plan.folder, at: now)
            try LedgerMaintenance.prune(plan.folder, keeping: plan.retentionDays, at: now)
            plumbing.journal(JournalEntry(.backup, .info, "the ledger was copied to `\(copy)`"))
            plumbing.post(.noticed(.backupMade), to: plumbing.alerting)
        } catch {
            let notice = Notice.backupFailed(into: plan.folder, "\(error)")
            plumbing.journal(JournalEntry(.backup, .error, notice.text))
            plumbing.post(.noticed(notice), to: plumbing.alerting)
        }
    }
}

extension Configuration {
    /// The copies of a ledger, in a folder beside it.
    package func backups(beside ledger: String) -> BackupPlan {
        let parent = ledger.lastIndex(of: "/").map { ledger[..<$0] } ?? "."
        return BackupPlan(
            interval: backupInterval,
            retentionDays: backupRetentionDays,
            folder: parent + "/backups"
        )
    }
}
