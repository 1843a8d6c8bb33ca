internal import Foundation
internal import Synchronization
internal import VigilCoinbase
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilLedger
internal import VigilModel
internal import VigilTelemetry
internal import VigilTransport

/// Where signals, the kill file and the control socket come in, from the first moment on: also while the venue does
/// not answer and there is no engine yet.
final class ControlDesk: Sendable {
    private struct State {
        var engine: Engine?
        var isStopping = false
        /// What the start waits for; nil where it does not wait.
        var obstacle: String?
        /// Why the kill switch was pulled before there was an engine.
        var killCause: String?
        var abandon: (@Sendable () -> Void)?
        /// Why the process ends in order, to be started again.
        var restart: String?
    }

    /// A clock that was set back further is not caught up with at half the pace: the next start has the right time.
    private static let setBackMax = Duration.seconds(300)

    private let state = Lock(State())
    private let plan: Daemon.Plan
    private let gate: EntryGate
    private let journal: any JournalSink
    private let service: ServiceManager
    private let books: LastBooks?
    private let clock = MachineClock()

    init(
        _ plan: Daemon.Plan,
        _ gate: EntryGate,
        _ journal: any JournalSink,
        _ service: ServiceManager
    ) {
        self.plan = plan
        self.gate = gate
        self.journal = journal
        self.service = service
        books = LastBooks.read(ledger: plan.paths.ledger)
    }

    // MARK: The start

    /// How the start asks the venue.
    func patience(_ transport: Transport) -> Patience {
        let isLate = state.withLock { state in
            state.abandon = { transport.abandon() }
            return state.isStopping
        }
        if isLate { transport.abandon() }
        return Patience(
            told: { [self] in waits(for: $0) },
            isOver: { [self] in state.withLock(\.isStopping) },
            pause: { [self] span in
                // In small steps, so that an end is noticed soon.
                for _ in 0..<max(Int(span / .milliseconds(250)), 1) {
                    guard !state.withLock(\.isStopping) else { return }
                    await transport.sleep(for: .milliseconds(250))
                }
            }
        )
    }

    private func waits(for obstacle: String) {
        let (isFirst, isNew) = state.withLock { state in
            defer { state.obstacle = obstacle }
            return (state.obstacle == nil, state.obstacle != obstacle)
        }
        guard isNew else { return }
        write(.starting, .warning, "waiting for the venue, nothing trades: \(obstacle)")
        // It waits safely, can be killed and asked: a service manager need not end it.
        service.ready(status: "waiting for the venue: \(obstacle)")
        if isFirst { pulse() }
    }

    /// Feeds the watchdog while the start waits; later the engine's own actors have to.
    private func pulse() {
        guard state.withLock({ $0.engine == nil && !$0.isStopping }) else { return }
        service.watchdog()
        clock.schedule(at: clock.now + .seconds(5)) { [self] in pulse() }
    }

    /// Hands over to an engine.
    ///
    /// - Throws: ``StartEnded`` where the end was asked for meanwhile: the engine must not start.
    func attach(_ engine: Engine) throws(StartEnded) {
        let (cause, isStopping) = state.withLock { state in
            state.engine = engine
            return (state.killCause, state.isStopping)
        }
        guard !isStopping else { throw StartEnded() }
        if let cause { engine.kill.pull(cause) }
    }

    // MARK: Signals

    /// Stops entries; for ever, until somebody resumes.
    func kill(_ cause: String) {
        let engine = state.withLock { state in
            state.killCause = state.killCause ?? cause
            return state.engine
        }
        guard let engine else {
            gate.close()
            let isLatched = KillLatch.set(cause, at: plan.paths.latch)
            let disk =
                isLatched ? "" : "; the latch could not be written and will not outlive a restart"
            return write(
                .kill,
                .critical,
                "entries stopped before the start is complete: \(cause)\(disk)"
            )
        }
        engine.kill.pull(cause)
    }

    /// Ends the engine in order, or the start at once.
    func stop() {
        let (engine, abandon) = state.withLock { state in
            state.isStopping = true
            return (state.engine, state.abandon)
        }
        engine?.requestStop()
        if engine == nil { abandon?() }
    }

    /// The machine's time jumped.
    func noticed(_ jump: MachineClock.Jump) {
        guard case .setBack(let span) = jump, span > Self.setBackMax else {
            state.withLock(\.engine)?.noticed(jump)
            return
        }
        state.withLock {
            $0.restart =
                "this machine's clock was set back by \(span.shown), and a run's time never goes back"
        }
        stop()
    }

    /// Why the process is to be started again; nil where it ends because somebody wants it to.
    var restartReason: String? { state.withLock(\.restart) }

    /// What the ledger says may stand at the venue while there is no engine; nil where nothing does.
    var leftOpen: String? {
        guard let books, !books.entries.isEmpty else { return nil }
        return "by the ledger these entries may be open at the venue, look there: "
            + books.entries.map(\.text).joined(separator: ", ")
    }

    /// Writes a journal entry, with the run where there is one.
    func write(_ kind: EventKind, _ priority: Priority, _ text: String) {
        if let engine = state.withLock(\.engine) { return engine.write(kind, priority, text) }
        let context = JournalContext(
            configHash: plan.configuration.configHash,
            decisionHash: plan.configuration.decisionHash,
            run: RunID("starting"),
            mode: plan.configuration.mode
        )
        journal.write(JournalEntry(kind, priority, text), context, at: clock.now)
    }

    // MARK: Requests

    /// Answers a request of the control socket.
    func answer(_ request: String, by user: UInt32) -> String {
        let (engine, obstacle) = state.withLock { ($0.engine, $0.obstacle) }
        if let engine {
            return ControlAnswers(
                engine: engine,
                killFile: plan.killFile,
                policy: plan.configuration.policy.risk,
                books: books,
                user: user
            ).answer(request)
        }
        let parts = request.split(separator: " ", maxSplits: 1).map(String.init)
        switch parts.first {
        case "status": return ControlReply.encoded(starting(obstacle))
        case "kill":
            kill(
                "vigil kill by user \(user): \(parts.count > 1 ? parts[1].printable() : "the operator")"
            )
            return ControlReply(
                ok: true,
                text: "entries are stopped, also once the start is complete; "
                    + "`vigil resume --reason …` lifts it"
            ).encoded
        default:
            let why = obstacle.map { "it waits: \($0)" } ?? "it takes a moment"
            return ControlReply(
                ok: false,
                text: "the engine is still starting (\(why)); ask again when it trades"
            ).encoded
        }
    }

    private func starting(_ obstacle: String?) -> EngineStatus {
        var row = EngineStatus(
            runId: "",
            mode: plan.configuration.mode,
            killed: !gate.isOpen,
            halts: [],
            stage: "starting",
            cycle: 0,
            lastOutcome: nil,
            lastReason: nil,
            openOrders: [],
            unknownOrders: 0,
            openEntriesAtVenue: books?.entries.count ?? 0
        )
        row.waitsFor = obstacle ?? "the start to be complete"
        row.show(books)
        return row
    }
}
