internal import ArgumentParser
internal import VigilEngine
internal import VigilLedger

/// `vigil audit`: proofs over the audit log.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify that the audit log is complete, or recompute a run's decision hash.",
        subcommands: [AuditVerifyCommand.self, AuditHashCommand.self]
    )
}

/// `vigil audit verify`: a changed, removed, reordered or cut-off line is found and named.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find the first line that was changed, removed, reordered or cut off.",
        discussion:
            "Then compare what the lines say with the ledger: fills, movements of money, decision hashes."
    )

    @OptionGroup var location: LocationOptions

    func run() async throws {
        try await reporting {
            let paths = try location.existingPaths()
            let evidence = try AuditEvidence(ledger: paths.ledger)
            let verdict = try AuditVerifier.verify(
                directory: paths.audit,
                head: evidence.head,
                waiting: evidence
            )
            switch verdict {
            case .intact(let lines, let hash):
                let differences = try evidence.differences(from: paths.audit)
                guard differences.isEmpty else {
                    Output.error(
                        "error: \(paths.audit): \(lines) lines, whole, but the ledger says otherwise:\n"
                            + differences.map { "  \($0)\n" }.joined()
                    )
                    throw ExitCode(ExitStatus.notPassed.rawValue)
                }
                let held = evidence.waitingCount
                let waiting = held > 0 ? ", \(held) of them wait for their file" : ""
                Output.result(
                    "\(paths.audit): \(lines) lines\(waiting), whole; the last hash is \(hash)\n"
                )
                for restore in try AuditVerifier.restores(directory: paths.audit) {
                    Output.result("  \(restore)\n")
                }
            case .broken(let place, let reason):
                Output.error("error: \(paths.audit)/\(place): \(reason)\n")
                throw ExitCode(ExitStatus.notPassed.rawValue)
            }
        }
    }
}

/// `vigil audit hash`: the decision hash, from the log alone.
struct AuditHashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Recompute a run's decision hash from the audit log."
    )

    @OptionGroup var location: LocationOptions

    @Option(name: .customLong("run"), help: "The run (default: the last one).")
    var runID: String?

    func run() async throws {
        try await reporting {
            let paths = try location.existingPaths()
            let directory = paths.audit
            let evidence = try AuditEvidence(ledger: paths.ledger)
            guard
                let found = try AuditVerifier.decisionHash(
                    directory: directory,
                    run: runID,
                    waiting: evidence
                )
            else {
                throw UsageError(description: "`\(directory)` holds no such run")
            }
            Output.result("\(found.hash)  run \(found.run), \(found.decisions) decisions\n")
            guard let kept = evidence.decisionHash(of: found.run) else {
                return Output.result(
                    "the ledger has no hash of this run: it goes on, or did not end in order\n"
                )
            }
            guard kept != found.hash else { return }
            Output.error("error: the ledger says \(kept): the log was changed, or the ledger\n")
            throw ExitCode(ExitStatus.notPassed.rawValue)
        }
    }
}
