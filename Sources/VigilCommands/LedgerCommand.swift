internal import ArgumentParser
internal import Foundation
internal import VigilEngine
internal import VigilLedger
internal import VigilModel

/// `vigil ledger`: what the ledger holds.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Export, back up, restore and maintain the ledger.",
        subcommands: [
            ExportCommand.self, BackupCommand.self, RestoreCommand.self, VacuumCommand.self,
            LatencyCommand.self,
        ]
    )
}

/// `vigil ledger export`: rows for a spreadsheet.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Export tax lots (first in, first out) or the equity curve as CSV."
    )

    @Flag(help: "Every part of a purchase with what it cost and brought, fees included.")
    var lots = false

    @Flag(help: "What the books were worth after each cycle.")
    var equity = false

    @OptionGroup var location: LocationOptions

    func validate() throws {
        guard lots != equity else {
            throw ValidationError("ask for one of --lots and --equity")
        }
    }

    func run() async throws {
        try await reporting {
            let path = try location.existingPaths().ledger
            let table = try lots ? LedgerExport.lots(path: path) : LedgerExport.equity(path: path)
            // No value of ours needs quoting: numbers, times, codes and ids.
            let lines = ([table.header] + table.rows).map { $0.joined(separator: ",") }
            Output.result(lines.joined(separator: "\n") + "\n")
        }
    }
}

/// `vigil ledger backup`: a copy, whole as of one moment.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract:
            "Back up the ledger. Safe while the engine runs; the engine also makes scheduled backups."
    )

    @Option(help: "The folder of the copy (default: backups, beside the ledger).")
    var to: String?

    @OptionGroup var location: LocationOptions

    func run() async throws {
        try await reporting {
            let path = try location.existingPaths().ledger
            let folder = to ?? location.stateDirectory + "/backups"
            let now = MachineClock().now
            let copy = try LedgerMaintenance.backup(path: path, into: folder, at: now)
            Output.result(copy + "\n")
        }
    }
}

/// `vigil ledger restore`: the way back from a copy.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore the ledger from a backup; the engine must not be running."
    )

    @Argument(help: "The copy.")
    var copy: String

    @Flag(help: "Take the copy of another installation, as on a new machine.")
    var fromAnotherInstallation = false

    @OptionGroup var location: LocationOptions

    func run() async throws {
        try await reporting {
            // Opened before root becomes the directory's owner, who may not read it.
            let source = DirectoryOwner.openTrusted(copy).map {
                FileHandle(fileDescriptor: $0, closeOnDealloc: true)
            }
            try location.becomeOwner()
            let lock = try InstanceLock(directory: location.stateDirectory)
            defer { withExtendedLifetime(lock) {} }
            let paths = location.paths
            let (from, isBrought) = try brought(source)
            // What stays of it lies in the state directory, under the name of what it is.
            defer { if isBrought { try? FileManager.default.removeItem(atPath: from) } }
            let old = try LedgerMaintenance.restore(
                from,
                to: paths.ledger,
                auditDirectory: paths.audit,
                foreign: fromAnotherInstallation,
                at: MachineClock().now
            )
            let undo = old.map {
                " The ledger that was there is `\($0)`; `vigil ledger restore \($0) --state "
                    + "\(location.stateDirectory)` undoes this."
            }
            Output.result(
                "restored. The next start reads from the venue what happened since the copy, before it "
                    + "trades. The audit log in `\(paths.audit)` keeps every line.\(undo ?? "")\n"
            )
        }
    }
}

extension RestoreCommand {
    /// The copy, or where it was brought to for an owner who may not read it where it lies.
    private func brought(_ source: FileHandle?) throws -> (path: String, isBrought: Bool) {
        guard let source, !FileManager.default.isReadableFile(atPath: copy) else {
            return (copy, false)
        }
        // What is no ledger is not shown to the owner, not even for a moment.
        var part = try source.read(upToCount: 1 << 20) ?? Data()
        guard part.starts(with: Data("SQLite format 3\0".utf8)) else { return (copy, false) }
        let name = URL(fileURLWithPath: copy).lastPathComponent
        let path = location.stateDirectory + "/brought-" + name
        do {
            try Data().write(to: URL(fileURLWithPath: path))
            let target = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            while !part.isEmpty {
                try target.write(contentsOf: part)
                part = try source.read(upToCount: 1 << 20) ?? Data()
            }
            try target.close()
        } catch {
            // Half a copy is of no use; what stays of it is named for what it is.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        return (path, true)
    }
}

/// `vigil ledger vacuum`: gives back what deleted rows left.
struct VacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum",
        abstract: "Compact the ledger file; the engine must not be running."
    )

    @OptionGroup var location: LocationOptions

    func run() async throws {
        try await reporting {
            let path = try location.existingPaths().ledger
            let lock = try InstanceLock(directory: location.stateDirectory)
            defer { withExtendedLifetime(lock) {} }
            try LedgerMaintenance.vacuum(path)
            Output.result("done\n")
        }
    }
}

/// `vigil ledger latency`: how long fills took to be seen, and what that says of the configuration.
struct LatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Show how long fills took to reach the ledger, and which wait to configure."
    )

    @OptionGroup var location: LocationOptions

    func run() async throws {
        try await reporting {
            let found = try FillLatency(path: location.existingPaths().ledger)
            guard let median = found.share(0.5), let most = found.share(0.95),
                let worst = found.share(0.99)
            else { return Output.result("no fill has been recorded yet\n") }
            func show(_ span: Duration) -> String { "\(span / .milliseconds(1)) ms" }
            Output.result(
                """
                fills      \(found.spans.count), from the venue's time of the trade to the ledger
                p50        \(show(median))
                p95        \(show(most))
                p99        \(show(worst))
                fits       execution.post_trade_reconcile_wait_seconds: \(found.recommendation)
                because    half of the rows were there after \(show(median)); asking sooner asks in vain

                """
            )
        }
    }
}
