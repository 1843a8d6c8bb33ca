package import VigilCore
package import VigilLedger
package import VigilModel

/// The owner of the database and the audit log: one commit for all that waits, answers after it.
///
/// When the disk refuses, entries are refused with it; exits go on, because protection outlives
/// permission, and what happened is kept and written as soon as the disk allows.
package actor LedgerActor {
    private var store: any LedgerWriter
    private let inbox: Mailbox<LedgerRecord>
    private let router: LedgerRouter
    private let isDead: @Sendable () -> Bool
    private let clock: any EngineClock
    private let executor: any SerialExecutor
    private var backlog: [LedgerRecord] = []
    private var answered: Set<EntryID> = []
    /// Products of which a fill is kept that nobody has heard of.
    private var untold: Set<ProductID> = []
    private var unwritable = false
    private var nextTry = Instant.epoch
    private var headHour: Instant?
    /// Whether a halt was raised for each; not known at first, as one may have outlived a restart.
    private var halted: [HaltReason: Bool] = [:]
    /// Intents that were refused: what is said of their orders has no row to stand on.
    private var refused: Set<ClientOrderID> = []

    private var memory: OrderMemory
    private let run: RunID

    /// How long a lock of somebody else's is waited for: a moment, as exits wait behind it.
    private static let lockPatience = Duration.milliseconds(250)
    /// And when nothing waits any more.
    private static let lastPatience = Duration.seconds(10)

    /// What is kept for a disk that refuses; beyond it what only tells a story is given up, never orders or money.
    static let backlogMax = 100_000

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Takes a ledger over; `origins` is what the orders that are not ended are for.
    package init(
        store: any LedgerWriter,
        run: RunID,
        origins: [ClientOrderID: FillOrigin] = [:],
        plumbing: Plumbing,
        clock: any EngineClock,
        executor: any SerialExecutor
    ) {
        self.store = store
        self.run = run
        memory = OrderMemory(origins)
        inbox = plumbing.ledger
        router = plumbing.ledgerRouter
        isDead = { plumbing.isDead }
        self.clock = clock
        self.executor = executor
    }

    /// Writes until the mailbox is closed.
    package func run() async {
        // Where that fails SQLite's own patience counts, which is longer.
        try? store.wait(forLocks: Self.lockPatience)
        for await records in inbox {
            guard !isDead() else { return }
            write(records)
        }
    }

    /// Ends the run in order.
    ///
    /// - Throws: SQLite's error: the next start will find an unclean end.
    package func end() throws -> (decisionHash: String, head: (sequence: Int64, hash: String)) {
        let hash = store.decisionHash
        guard !isDead() else { return (hash, store.auditPosition) }
        try store.wait(forLocks: Self.lastPatience)
        if !backlog.isEmpty {
            do {
                _ = try store.write(backlog, at: clock.now)
            } catch  where !StorageFailure.isOne(error) {
                // One that contradicts must not keep the others out, here as little as before.
                salvage(backlog)
                // What is still kept was refused again: this is no end in order.
                _ = try store.write(backlog, at: clock.now)
            }
        }
        Torture.point("ledger.end")
        try store.endRun(at: clock.now)
        return (hash, try store.auditHead())
    }

    private func write(_ records: [LedgerRecord]) {
        for case .intents(let intents) in records {
            memory.remember(intents, of: run)
        }
        if unwritable, clock.now < nextTry {
            // A disk that refuses is asked once a second, not with every record.
            return records.forEach(keep)
        }
        let batch = (backlog + records).filter { !isAboutRefused($0) }
        do {
            Torture.point("ledger.before")
            let answers = try store.write(batch, at: clock.now)
            Torture.point("ledger.after")
            (backlog, untold) = ([], [])
            unwritable = false
            for answer in answers where !answer.isAnswered(answered) {
                deliver(answer)
            }
            answered = []
            publishHead()
            halt(.ledger, for: nil)
            halt(.audit, for: store.auditFailure.map { "the audit log cannot be written: \($0)" })
        } catch  where StorageFailure.isOne(error) {
            refuse(records, error)
        } catch {
            salvage(batch)
        }
    }

    private func isAboutRefused(_ record: LedgerRecord) -> Bool {
        guard case .transition(let transition, _) = record else { return false }
        return refused.contains(transition.id)
    }

    /// Writes a batch record by record: one that contradicts the ledger must not keep the others out.
    private func salvage(_ batch: [LedgerRecord]) {
        (backlog, untold) = ([], [])
        for (place, record) in batch.enumerated() {
            do {
                let answers = try store.write([record], at: clock.now)
                for answer in answers where !answer.isAnswered(answered) {
                    deliver(answer)
                }
            } catch  where StorageFailure.isOne(error) {
                // What is behind it stays behind it.
                return refuse(Array(batch[place...]), error)
            } catch {
                if case .intents(let intents) = record {
                    deliver(.intentsRefused(intents.map(\.request.clientOrderID)))
                }
                // What is left out shows at the next comparison with the venue, which halts then.
                halt(.ledger, for: Notice.recordLeftOut("\(error)").text)
                post(.leftOut(detail: "\(error)"))
            }
        }
        answered = []
    }

    /// Stops entries while there is trouble with the ledger or the audit log, and says so once.
    private func halt(_ reason: HaltReason, for trouble: String?) {
        guard halted[reason] != (trouble != nil) else { return }
        halted[reason] = trouble != nil
        post(trouble.map { .troubled(reason, detail: $0) } ?? .relieved(reason))
    }

    /// The chain's head goes to the journal once an hour.
    private func publishHead() {
        let hour = clock.now.floor(to: .seconds(3_600))
        guard headHour != hour else { return }
        headHour = hour
        // A start that must add up more takes longer, and that is all.
        try? store.renewCheckpoint()
        let head = store.auditPosition
        post(.hourBegan(sequence: head.sequence, hash: head.hash))
    }

    private func deliver(_ answer: LedgerAnswer) {
        if case .fillRecorded(let fill, _) = answer { memory.tell(fill) }
        post(.answered(answer))
    }

    private func post(_ news: LedgerNews) {
        router.posts(for: news).forEach(router.deliver)
    }

    private func refuse(_ records: [LedgerRecord], _ error: any Error) {
        unwritable = true
        halt(.ledger, for: "the ledger cannot be written: \(error)")
        tellHeld()
        for record in records {
            keep(record)
        }
        if backlog.count > Self.backlogMax {
            backlog.removeAll(where: \.isStory)
        }
        nextTry = clock.now + .seconds(1)
        clock.schedule(at: nextTry) { [inbox] in
            // An empty batch writes nothing but what is kept.
            inbox.post(.intents([]))
        }
    }

    /// What a fill's order was for; nil where nothing can be read.
    private func origin(of fill: Fill) -> FillOrigin? {
        // What cannot be read now is asked for again before the fill is told.
        memory.origin(of: fill.clientOrderID) ?? (try? store.origin(of: fill.clientOrderID))
    }

    /// Whether a fill was told or recorded before; nil where nothing can be read.
    private func isKnown(_ fill: Fill) -> Bool? {
        // As above: nil is neither yes nor no.
        memory.isTold(fill) ?? (try? store.isRecorded(fill.entryID))
    }

    /// Tries again to tell what could not be read, which may be readable while nothing can be written.
    private func tellHeld() {
        guard !untold.isEmpty else { return }
        untold = []
        let held = backlog
        backlog = []
        held.forEach(keep)
    }

    /// Keeps a record for later; answers at once what protection needs.
    private func keep(_ record: LedgerRecord) {
        switch record {
        case .intents(let intents):
            let entries = intents.filter { $0.purpose.isEntry }.map(\.request.clientOrderID)
            let exits = intents.filter { !$0.purpose.isEntry }
            if !entries.isEmpty {
                refused.formUnion(entries)
                deliver(.intentsRefused(entries))
            }
            guard !exits.isEmpty else { return }
            backlog.append(.intents(exits))
            deliver(.intentsRecorded(exits.map(\.request.clientOrderID)))
        case .fill(let fill):
            backlog.append(record)
            guard !answered.contains(fill.entryID) else { return }
            // Whether it is news, and what it was for, is not guessed: books and protection hang on it.
            guard !untold.contains(fill.product), let isKnown = isKnown(fill),
                let origin = origin(of: fill)
            else {
                untold.insert(fill.product)
                return
            }
            guard !isKnown else { return }
            answered.insert(fill.entryID)
            deliver(.fillRecorded(fill, origin))
        case .exitEnded(let product):
            // Never before a fill of its own.
            if untold.contains(product) {
                backlog.append(record)
            } else {
                deliver(.exitEnded(product))
            }
        case .transition:
            if !isAboutRefused(record) {
                backlog.append(record)
            }
        case .flow, .externals, .lookUp, .quarantinedFill, .decision, .halt, .haltCleared, .alert,
            .references:
            backlog.append(record)
        }
    }
}

extension LedgerAnswer {
    /// True where the answer was given while the disk refused.
    fileprivate func isAnswered(_ entries: Set<EntryID>) -> Bool {
        switch self {
        case .fillRecorded(let fill, _): entries.contains(fill.entryID)
        case .intentsRecorded(let ids): ids.isEmpty
        case .intentsRefused, .fillQuarantined, .exitEnded, .flowRecorded: false
        }
    }
}

extension LedgerRecord {
    /// True for what tells how it went: without it no order and no money is lost.
    fileprivate var isStory: Bool {
        switch self {
        case .decision, .lookUp, .references, .alert: true
        case .intents, .transition, .fill, .quarantinedFill, .exitEnded, .flow, .externals, .halt,
            .haltCleared:
            false
        }
    }
}
