internal import Foundation
internal import VigilConfig
package import VigilCore
internal import VigilExchange
package import VigilLedger
internal import VigilModel
internal import VigilTransport

extension Engine {
    /// What is known before the venue is asked: the ledger, opened, with its past.
    package struct Opening {
        let run: RunID
        let latch: KillLatch
        /// The ledger.
        package let store: LedgerStore
        /// What it says.
        package let state: LedgerState

        /// Opens the ledger, and closes the gate where the kill switch is latched.
        ///
        /// - Throws: ``LedgerError`` or ``StateDirectoryError``: do not start.
        package init(_ setup: EngineSetup) throws {
            var random = SeededRandom(seed: setup.seed)
            let fresh = Engine.name(&random)
            run = RunID(Engine.name(&random))
            latch = try KillLatch(path: setup.paths.latch)
            if latch.cause != nil {
                setup.gate.close()
            }
            var store = try LedgerStore(
                path: setup.paths.ledger,
                auditDirectory: setup.paths.audit,
                freshInstance: fresh
            )
            let redated =
                setup.isClockConfirmed ? try store.redateAudit(to: setup.clock.now) : []
            try store.beginRun(
                .init(
                    id: run,
                    mode: setup.configuration.mode,
                    configHash: setup.configuration.configHash,
                    configuration: setup.configuration.effective.json(),
                    sources: setup.configuration.sources,
                    belongings: Self.belongings(setup)
                ),
                at: setup.clock.now
            )
            self.store = store
            Torture.point("start.begun")
            var state = try store.load()
            state.redatedAudit = redated
            self.state = state
        }

        /// The paper venue's books without the ledger's are those of a ledger that was lost.
        ///
        /// - Throws: ``LedgerError`` where there are such, or the store's error: do not start.
        package static func requireNoOrphan(_ paths: EnginePaths) throws {
            let files = FileManager.default
            guard !files.fileExists(atPath: paths.ledger), files.fileExists(atPath: paths.paper),
                try Engine.paperStore(paths.paper).hasAccount()
            else { return }
            throw LedgerError(
                code: .corrupt,
                message:
                    "there is no ledger at `\(paths.ledger)`, and the paper venue beside it has an account in "
                    + "`\(paths.paper)`. No new ledger is started next to it. Bring the ledger back with `vigil ledger "
                    + "restore COPY`, or, to start afresh, move that file aside"
            )
        }

        private static func belongings(
            _ setup: EngineSetup
        ) -> [LedgerStore.RunContext.Belonging: String] {
            var belongings: [LedgerStore.RunContext.Belonging: String] = [:]
            belongings[.market] = setup.market
            if setup.configuration.mode != .live {
                belongings[.initialCash] = setup.configuration.initialCash.description
            }
            return belongings
        }

        /// Why the time of this start cannot be believed; nil where it can.
        func doubt(_ setup: EngineSetup) -> String? {
            setup.isClockConfirmed ? nil : state.clockDoubt(at: setup.clock.now)
        }

        /// What a venue is asked from: the end of what the ledger knows.
        package func past(_ setup: EngineSetup) -> LedgerPast {
            let now = setup.clock.now
            let known =
                [state.lastFillAt ?? state.lastRunAt ?? now]
                + state.unfinished.map(\.intent.createdAt)
            var past = LedgerPast(
                instance: store.instanceName,
                unfinished: state.unfinished,
                fillCount: state.fillCount,
                // What a row dates into the future is no reason to read nothing until then.
                since: min(known.min() ?? now, now),
                at: now,
                missing: store.unknown
            )
            past.isFirst = state.hasNoPast
            past.funding = setup.configuration.initialCash
            past.exitsOutliveStop = setup.configuration.policy.execution.exitsOutliveStop
            return past
        }
    }
}
