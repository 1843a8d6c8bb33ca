internal import Synchronization
internal import VigilCore
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

/// Stops all entries from any thread, with no actor's help: gate first, then cancel, then record.
package final class KillSwitch: Sendable {
    private let gate: EntryGate
    private let venue: any Venue
    private let latch: KillLatch
    private let plumbing: Plumbing
    private let journal: any JournalSink
    private let context: JournalContext
    /// A pull and a resume take turns: half of one must not meet half of the other.
    private let turn = Lock(())

    init(
        gate: EntryGate,
        venue: any Venue,
        latch: KillLatch,
        plumbing: Plumbing,
        journal: any JournalSink,
        context: JournalContext
    ) {
        self.gate = gate
        self.venue = venue
        self.latch = latch
        self.plumbing = plumbing
        self.journal = journal
        self.context = context
    }

    /// True while entries are stopped.
    package var isPulled: Bool { !gate.isOpen }

    /// How many entries rest at the venue, asked of the venue itself.
    package var openEntries: Int { venue.openEntries }

    /// Stops entries: when this returns no entry is open at the venue and none will be sent.
    package func pull(_ cause: String) {
        // Before anything that could wait: a resume may hang in its file, and must not hold up a kill.
        let first = gate.isOpen
        gate.close()
        let early = venue.cancelEntriesNow()
        let (late, latched) = turn.withLock { _ in
            // Once more: a resume that was under way may have opened it since.
            gate.close()
            return (venue.cancelEntriesNow(), latch.set(cause))
        }
        let events = early + late
        for event in events {
            plumbing.post(.venueReported(event), to: plumbing.execution)
        }
        plumbing.raise(.kill, cause)
        guard first else { return }
        // Straight to the journal: telemetry may be the actor that hangs.
        let disk = latched ? "" : "; the latch could not be written and will not outlive a restart"
        journal.write(
            JournalEntry(.kill, .critical, "entries stopped: \(cause)\(disk)"),
            context,
            at: plumbing.clock.now
        )
    }

    /// Lets entries go on; false where the latch could not be taken off, and they stay stopped.
    package func resume(_ reason: String) -> Bool {
        turn.withLock { _ in
            guard latch.clear() else { return false }
            plumbing.post(.resumed(reason: reason), to: plumbing.risk)
            gate.reopen()
            return true
        }
    }
}
