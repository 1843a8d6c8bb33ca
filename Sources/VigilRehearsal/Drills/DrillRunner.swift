internal import Foundation
internal import Synchronization
package import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilLedger
internal import VigilMarkets
internal import VigilModel
internal import VigilSimulation

/// Runs drills: the whole engine on the simulator, in a folder of its own.
package final class DrillRunner: Sendable {
    private let configuration: Configuration
    private let folder: String
    private let drill: Drill
    private let market = MarketFaultSwitch()
    private let venue = VenueFaultSwitch()
    private let ledger = LedgerFaultSwitch()
    private let host = DrillHost()
    private let refusal = Lock<String?>(nil)
    private let trouble = Lock<(any Error)?>(nil)

    private var paths: EnginePaths { EnginePaths(state: folder) }

    private init(_ drill: Drill, _ configuration: Configuration, folder: String) {
        var busy = configuration.busy()
        drill.setUp(&busy)
        self.configuration = busy
        self.drill = drill
        self.folder = folder
    }

    /// Runs a drill in a folder that does not exist yet.
    ///
    /// - Throws: what the start of an engine throws, or what kept the fault from being brought about: there is no
    ///   verdict then.
    package static func run(
        _ drill: Drill,
        _ configuration: Configuration,
        folder: String
    ) throws -> DrillReport {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let runner = DrillRunner(drill, configuration, folder: folder)
        try runner.rehearse()
        if let trouble = runner.trouble.withLock({ $0 }) { throw trouble }
        let evidence = try HaltEvidence(path: runner.paths.ledger, halt: drill.halt)
        let judge = DrillJudge(
            drill: drill,
            evidence: evidence,
            refusal: runner.refusal.withLock { $0 }
        )
        return DrillReport(drill: drill, findings: judge.findings)
    }

    private func rehearse() throws {
        let (from, to) = drill.span
        switch drill.restart {
        case .refused:
            try run(from: 0, to: drill.length, [(from, begin), (from + 30, tryStart), (to, end)])
        case .after(let minutes):
            try run(from: 0, to: minutes, [(from, begin)])
            // Prices that were scaled are the ones the market goes on from.
            if case .market(.scaled) = drill.fault { market.reset() }
            let again: [(Int, @Sendable (Engine) -> Void)] =
                drill.lasts ? [] : [(minutes, begin)]
            try run(from: minutes, to: drill.length, again + [(to, end)])
        }
    }

    private func run(
        from first: Int,
        to last: Int,
        _ actions: [(minute: Int, act: @Sendable (Engine) -> Void)]
    ) throws {
        if first > 0, case .market(let fault) = drill.fault, !drill.lasts {
            market.set(fault)
        }
        // A new run comes upon a sound venue, until the fault begins anew.
        venue.set(nil)
        ledger.set(nil)
        let start = drill.start + .seconds(60 * first)
        let specs = try configuration.policy.universe.products.map {
            try ProductSpec($0.product, tier: $0.tier.rawValue)
        }
        let generator = MarketGenerator(
            specs,
            seed: 7,
            start: start,
            marks: try PaperStore(path: paths.paper).marks()
        )
        _ = try RehearsalRunner.run(
            RehearsalRunner.Plan(
                configuration: configuration,
                paths: paths,
                market: FaultyMarket(generator, control: market),
                duration: .seconds(60 * (last - first)),
                seed: UInt64(first + 1),
                host: host,
                faults: venue,
                ledger: ledger,
                interventions: actions.map { action in
                    // A fault that lasts over a restart is there before anything runs; what happens
                    // comes a little after the cycles of its minute.
                    let minutes = action.minute - first
                    let after = Duration.seconds(minutes == 0 ? 0 : 60 * minutes + 20)
                    return .init(after: after, act: action.act)
                }
            )
        )
    }

    // MARK: The faults

    @Sendable private func begin(_ engine: Engine) {
        switch drill.fault {
        case .venue(let fault): venue.set(fault)
        case .market(let fault): market.set(fault)
        case .stray(let amount): engine.paper?.bring(amount)
        case .host(let figures): host.set(figures)
        case .readOnlyLedger: ledger.set(.readOnly)
        case .blockedAudit: replace(paths.audit, withFile: true)
        case .blockedMetrics: replace(paths.metrics, withFile: false)
        }
    }

    @Sendable private func end(_ engine: Engine) {
        switch drill.fault {
        case .venue: venue.set(nil)
        case .market(.scaled(let factor, let products)) where drill.comesBack:
            market.set(.scaled(1 / factor, products))
        case .market: market.set(nil)
        case .stray(let amount): engine.paper?.bring(amount.negated)
        case .host: host.set(nil)
        case .readOnlyLedger: ledger.set(nil)
        case .blockedAudit: restore(paths.audit)
        case .blockedMetrics: restore(paths.metrics)
        }
        if drill.resumes {
            _ = engine.kill.resume("drill")
        }
    }

    /// Tries to open what the fault has taken away, as a start would.
    @Sendable private func tryStart(_ engine: Engine) {
        if case .readOnlyLedger = drill.fault {
            replace(paths.ledger, withFile: false)
        }
        do {
            _ = try LedgerStore(
                path: paths.ledger,
                auditDirectory: paths.audit,
                freshInstance: "drill"
            )
        } catch {
            refusal.withLock { $0 = "\(error)" }
        }
        if case .readOnlyLedger = drill.fault {
            restore(paths.ledger)
        }
    }

    private func replace(_ path: String, withFile isFile: Bool) {
        bringAbout { files in
            // A fault that has outlived a restart is there already.
            guard !files.fileExists(atPath: path + ".aside") else { return }
            if files.fileExists(atPath: path) {
                try files.moveItem(atPath: path, toPath: path + ".aside")
            }
            if isFile {
                try Data().write(to: URL(fileURLWithPath: path))
            } else {
                try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
        }
    }

    private func restore(_ path: String) {
        bringAbout { files in
            try files.removeItem(atPath: path)
            if files.fileExists(atPath: path + ".aside") {
                try files.moveItem(atPath: path + ".aside", toPath: path)
            }
        }
    }

    /// A drill whose fault did not come about has shown nothing.
    private func bringAbout(_ change: (FileManager) throws -> Void) {
        do {
            try change(.default)
        } catch {
            trouble.withLock { $0 = error }
        }
    }
}

extension Drill {
    /// True where the fault outlives a restart by itself: in prices, or in the venue's books.
    fileprivate var lasts: Bool {
        switch fault {
        case .market(.scaled), .stray: true
        case .market, .venue, .host, .readOnlyLedger, .blockedAudit, .blockedMetrics: false
        }
    }
}

/// A machine that has as much left as a drill says.
private final class DrillHost: HostProbe {
    private let figures = Lock<HostFigures?>(nil)

    func set(_ new: HostFigures?) {
        figures.withLock { $0 = new }
    }

    func look() -> HostFigures {
        figures.withLock { $0 } ?? HostFigures(diskFree: 10 << 30, resident: 50 << 20)
    }
}
