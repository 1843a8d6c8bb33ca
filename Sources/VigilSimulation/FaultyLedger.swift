internal import Synchronization
package import VigilCore
package import VigilLedger
package import VigilModel

/// Makes a ledger's storage fail from outside, at a time of one's choosing, or at random from a seed.
package final class LedgerFaultSwitch: Sendable {
    private struct State {
        var fault: StorageFailure?
        var readsFail = false
        var weather: Weather?
    }

    /// Failures of a random kind for random times.
    private struct Weather {
        var random: SeededRandom
        let calmFrom: Instant
        var until = Instant.epoch
        /// How likely a write meets the beginning of one.
        static let chance = 0.03

        mutating func fault(at now: Instant, _ current: StorageFailure?) -> (StorageFailure?, Bool)
        {
            guard now < calmFrom else { return (nil, false) }
            if now < until { return (current, random.unit() < 0.5) }
            guard random.unit() < Self.chance else { return (nil, false) }
            // Mostly moments, now and then most of a minute.
            let isLong = random.unit() < 0.2
            until = now + .milliseconds(random.integer(in: isLong ? 1_000...45_000 : 1...500))
            let kinds = StorageFailure.allCases
            return (kinds[random.integer(in: 0...kinds.count - 1)], random.unit() < 0.5)
        }
    }

    private let state = Lock(State())

    /// Begins with sound storage.
    package init() {}

    /// Begins with weather from a seed; from `calmFrom` on all is well.
    package init(seed: UInt64, calmFrom: Instant) {
        let random = SeededRandom(seed: seed)
        state.withLock { $0.weather = Weather(random: random, calmFrom: calmFrom) }
    }

    /// Makes every write fail from now on, and reads too where that is said, or ends that.
    package func set(_ fault: StorageFailure?, readsFail: Bool = false) {
        state.withLock { ($0.fault, $0.readsFail) = (fault, readsFail) }
    }

    fileprivate func write(at now: Instant) -> StorageFailure? {
        state.withLock { state in
            guard var weather = state.weather else { return state.fault }
            (state.fault, state.readsFail) = weather.fault(at: now, state.fault)
            state.weather = weather
            return state.fault
        }
    }

    fileprivate var read: StorageFailure? {
        state.withLock { $0.readsFail ? $0.fault : nil }
    }
}

/// A ledger before which storage fails: nothing of a batch is recorded then, as SQLite promises.
package struct FaultyLedger: LedgerWriter {
    private var base: any LedgerWriter
    private let faults: LedgerFaultSwitch

    /// Stands before a ledger.
    package init(_ base: any LedgerWriter, faults: LedgerFaultSwitch) {
        self.base = base
        self.faults = faults
    }

    /// Writes, or fails as storage does.
    package mutating func write(
        _ records: [LedgerRecord],
        at now: Instant
    ) throws -> [LedgerAnswer] {
        if let fault = faults.write(at: now) { throw fault.error }
        return try base.write(records, at: now)
    }

    /// Reads, or fails as storage does.
    package func origin(of id: ClientOrderID) throws -> FillOrigin {
        if let fault = faults.read { throw fault.error }
        return try base.origin(of: id)
    }

    /// Reads, or fails as storage does.
    package func isRecorded(_ row: EntryID) throws -> Bool {
        if let fault = faults.read { throw fault.error }
        return try base.isRecorded(row)
    }

    /// As the ledger does.
    package func renewCheckpoint() throws { try base.renewCheckpoint() }

    /// Ends the run, or fails as storage does.
    package mutating func endRun(at now: Instant) throws {
        if let fault = faults.write(at: now) { throw fault.error }
        try base.endRun(at: now)
    }

    /// As the ledger does.
    package func wait(forLocks span: Duration) throws { try base.wait(forLocks: span) }

    /// As the ledger says.
    package func auditHead() throws -> (sequence: Int64, hash: String) { try base.auditHead() }

    /// As the ledger says.
    package var auditPosition: (sequence: Int64, hash: String) { base.auditPosition }

    /// As the ledger says.
    package var auditFailure: String? { base.auditFailure }

    /// As the ledger says.
    package var decisionHash: String { base.decisionHash }
}
