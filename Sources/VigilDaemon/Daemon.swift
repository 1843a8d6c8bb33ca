internal import Foundation
internal import VigilCoinbase
package import VigilConfig
internal import VigilCore
package import VigilEngine
package import VigilExchange
internal import VigilLedger
package import VigilModel
package import VigilTelemetry
internal import VigilTransport

/// The engine in real time: signals, control socket, service manager, journal.
package struct Daemon: Sendable {
    /// What a daemon is told.
    package struct Plan: Sendable {
        /// Where a market comes from.
        package enum Market: Sendable {
            /// Made up, from the last prices of the paper store.
            case embedded(
                @Sendable (Instant, [ProductID: Price]) throws -> any MarketSource
            )
            /// The real one, or one that passes for it.
            case observed(VenueAccess.Plan)
        }

        /// The checked configuration.
        package var configuration: Configuration
        /// Where it came from, to check it again on SIGHUP.
        package var configurationDirectory: String
        /// The state directory.
        package var state: String
        /// The files.
        package var paths: EnginePaths
        /// The control socket.
        package var control: String
        /// Where the market comes from.
        package var market: Market
        /// Ends after one cycle.
        package var once: Bool
        /// Why nothing may be entered; nil where nothing forbids it.
        package var unpermitted: String?
        /// The actor whose loop hangs this long after the start.
        package var hang: (name: MailboxName, after: Duration)?

        /// The file whose appearance stops entries.
        var killFile: String {
            let file = configuration.killSwitchFile
            return file.hasPrefix("/") ? file : state + "/" + file
        }

        /// Joins the parts.
        package init(
            configuration: Configuration,
            configurationDirectory: String,
            state: String,
            paths: EnginePaths,
            control: String,
            market: Market,
            once: Bool,
            unpermitted: String? = nil,
            hang: (name: MailboxName, after: Duration)?
        ) {
            self.configuration = configuration
            self.configurationDirectory = configurationDirectory
            self.state = state
            self.paths = paths
            self.control = control
            self.market = market
            self.once = once
            self.unpermitted = unpermitted
            self.hang = hang
        }
    }

    /// Runs until a signal ends it.
    ///
    /// - Throws: what the start throws: nothing has traded then.
    package static func run(_ plan: Plan) async throws {
        let lock = try InstanceLock(directory: plan.state)
        defer { withExtendedLifetime(lock) {} }
        guard let signals = SignalLoop() else {
            throw ControlError(description: "the signal handlers cannot be installed")
        }
        let journal = Journals.here(ProcessInfo.processInfo.environment)
        let service = ServiceManager()
        let gate = EntryGate(open: true)
        let desk = ControlDesk(plan, gate, journal, service)
        try ControlSocket.serve(path: plan.control) { desk.answer($0, by: $1) }
        listen(signals, desk, plan, service)
        do {
            try await run(plan, desk, gate, journal, service)
        } catch is StartEnded {
            service.stopping()
            service.flush()
            let text = "stopped before the start was complete; this run has traded nothing"
            if let reason = desk.restartReason {
                desk.write(.stopping, .warning, "\(text); to be started again: \(reason)")
                throw ControlError(description: reason)
            }
            guard let left = desk.leftOpen else { return desk.write(.stopping, .notice, text) }
            desk.write(.stopping, .critical, "\(text); \(left)")
            throw ControlError(description: "\(text); \(left)")
        }
    }

    private static func run(
        _ plan: Plan,
        _ desk: ControlDesk,
        _ gate: EntryGate,
        _ journal: any JournalSink,
        _ service: ServiceManager
    ) async throws {
        let opened = try await open(plan, gate, desk)
        let (clock, market, access) = (opened.clock, opened.market, opened.access)
        // However this ends: the process must not end under the network's thread.
        defer { access?.transport.stop() }
        clock.follow { desk.noticed($0) }
        let setup = setUp(plan, opened, gate, journal, service)
        let engine = try await engine(setup, market, access, desk)
        do throws(StartEnded) {
            try desk.attach(engine)
        } catch {
            engine.endUnstarted()
            throw error
        }
        engine.announce()
        service.ready(status: "trading \(engine.context.mode.rawValue)")
        if plan.once {
            watchForOneCycle(engine, clock)
        }
        let ending = try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await judgeAgain(engine, setup, access) }
            defer { group.cancelAll() }
            return try await engine.start()
        }
        service.stopping()
        service.flush()
        guard ending.isDrained else { throw undrained(engine) }
        if let reason = desk.restartReason {
            engine.write(.stopping, .warning, "stopped in order, to be started again: \(reason)")
            throw ControlError(description: reason)
        }
        engine.write(.stopping, .notice, "stopped in order")
    }

    private static func listen(
        _ signals: SignalLoop,
        _ desk: ControlDesk,
        _ plan: Plan,
        _ service: ServiceManager
    ) {
        let path = plan.killFile
        // What reads files or waits is no business of the thread that a kill comes by.
        let chores = ChoreQueue(label: "vigil-chores")
        signals.start { signal in
            switch signal {
            case .kill: desk.kill("SIGUSR1")
            case .stop:
                desk.stop()
                chores.ask("stopping") { service.stopping() }
            case .reload: chores.ask("reload") { recheck(plan, desk, service) }
            }
        }
        SignalLoop.watch(path) { desk.kill("the kill file `\(path)` appeared") }
    }

    /// What to do about orders that may outlive the engine.
    private static func undrained(_ engine: Engine) -> ControlError {
        let text =
            "stopped, and the venue has not confirmed the end of every order: look at your open orders there; "
            + "`vigil run` ends what is left of them at its next start"
        engine.write(.stopping, .critical, text)
        return ControlError(description: text)
    }

    /// SIGHUP checks the files again and says what would happen; a change takes a restart.
    private static func recheck(_ plan: Plan, _ desk: ControlDesk, _ service: ServiceManager) {
        service.reloading()
        let (priority, text): (Priority, String)
        do throws(Configuration.Refusal) {
            let fresh = try Configuration.load(
                directory: plan.configurationDirectory,
                environment: ProcessInfo.processInfo.environment
            )
            let same = fresh.decisionHash == plan.configuration.decisionHash
            priority = .notice
            text =
                "the configuration passes and has "
                + (same ? "not changed" : "changed: restart to use it")
        } catch {
            let first = error.diagnostics.first.map { "\($0.code) \($0.summary)" } ?? ""
            priority = .error
            text =
                "the configuration has \(error.diagnostics.count) errors, the running one stays: "
                + first
        }
        desk.write(.configChecked, priority, text)
        service.ready(status: text)
    }

    private static func watchForOneCycle(_ engine: Engine, _ clock: MachineClock) {
        clock.schedule(at: clock.now + .milliseconds(200)) {
            if engine.status.current.cycles > 0 {
                engine.requestStop()
            } else {
                watchForOneCycle(engine, clock)
            }
        }
    }
}
