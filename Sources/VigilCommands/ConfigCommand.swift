internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilLedger
internal import VigilModel

/// `vigil config`: questions about the configuration.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Explain, compare, hash and change the configuration.",
        subcommands: [
            ConfigExplainCommand.self, ConfigSchemaCommand.self, ConfigDiffCommand.self,
            ConfigHashCommand.self, ConfigSetCommand.self, ConfigMigrateCommand.self,
        ]
    )
}

/// `vigil config explain`: what a key or a code means.
struct ConfigExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Explain a key or a check: meaning, unit, range, default, and which checks read it."
    )

    @Argument(help: "A key such as risk.max_open_positions, or a code such as V0106.")
    var name: String

    func run() async throws {
        try await reporting {
            guard let text = ConfigExplanation.text(of: name) else {
                let near = ConfigExplanation.nearest(to: name).map { "; did you mean `\($0)`?" }
                throw UsageError(description: "no key or check is called `\(name)`\(near ?? "")")
            }
            Output.result(text)
        }
    }
}

/// `vigil config schema`: JSON Schema, for editors.
struct ConfigSchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a file's JSON Schema, for completion and checks in an editor."
    )

    @Argument(help: "app, policy, universe, signals or strategies.")
    var file: String

    func run() async throws {
        try await reporting {
            guard let text = try ConfigJSONSchema.text(file: file) else {
                throw UsageError(
                    description: "no file is called `\(file)`; "
                        + "there are \(ConfigSchema.files.joined(separator: ", "))"
                )
            }
            Output.result(text)
        }
    }
}

/// `vigil config diff`: what differs between two directories, or from the running configuration.
struct ConfigDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show the keys whose effective values differ, and what they affect.",
        discussion: "With one directory, compares it with the configuration of the last run."
    )

    @Argument(help: "The first directory, or the only one.")
    var old: String

    @Argument(help: "The second directory.")
    var new: String?

    @OptionGroup var location: StateOptions

    @Option(help: "How the changes are shown.")
    var format = OutputFormat.human

    func run() async throws {
        try await reporting {
            let environment = ProcessInfo.processInfo.environment
            let named = try EffectiveConfig(directory: old, environment: environment)
            let changes: [EffectiveConfig.Change]
            if let new {
                changes = named.changes(
                    to: try EffectiveConfig(directory: new, environment: environment)
                )
            } else {
                changes = try location.last().effective.changes(to: named)
            }
            guard format == .human else { return try Output.json(changes) }
            for change in changes {
                Output.result("\(change.key): \(change.old) → \(change.new)\n")
                Output.result("  \(change.meaning)\(change.decides ? "" : " (no decision)")\n")
            }
            Output.result("\(changes.count) keys differ\n")
        }
    }
}

/// Where a ledger is looked for.
struct StateOptions: ParsableArguments {
    @Option(help: "The state directory (default: $STATE_DIRECTORY, or ./var/state).")
    var state: String?

    private var ledger: String {
        let directory =
            state ?? ProcessInfo.processInfo.environment["STATE_DIRECTORY"] ?? "var/state"
        return directory + "/ledger.sqlite"
    }

    /// The configuration of the last run, if there has been one.
    func lastIfAny() throws -> (effective: EffectiveConfig, from: LastConfiguration)? {
        guard FileManager.default.fileExists(atPath: ledger),
            let last = try LastConfiguration.read(ledger: ledger)
        else { return nil }
        return (try EffectiveConfig(json: last.effective), last)
    }

    /// The configuration of the last run.
    func last() throws -> (effective: EffectiveConfig, from: LastConfiguration) {
        guard let last = try lastIfAny() else {
            throw UsageError(
                description: "`\(ledger)` knows of no run; name its directory with --state, "
                    + "or a second directory to compare with"
            )
        }
        return last
    }
}

/// `vigil config hash`: both hashes, and what changed them.
struct ConfigHashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract:
            "Print both hashes: of the files, and of every setting that affects decisions with the build."
    )

    @Argument(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var directory: String?

    @OptionGroup var location: StateOptions

    func run() async throws {
        try await reporting {
            let folder = LocationOptions.configDirectory(directory)
            let environment = ProcessInfo.processInfo.environment
            let hashes = try Configuration.hashes(directory: folder, environment: environment)
            Output.result("config hash    \(hashes.config)\n")
            Output.result("decision hash  \(hashes.decision)\n")
            if !hashes.passes {
                Output.error(
                    "these files do not pass as they are; `vigil check \(folder)` says why\n"
                )
            }
            let effective = try EffectiveConfig(directory: folder, environment: environment)
            guard let last = try location.lastIfAny() else { return }
            Output.result("since run \(last.from.run) of \(last.from.startedAt)\n")
            let files = last.effective.changedFiles(to: effective)
            let changes = last.effective.changes(to: effective)
            for file in files {
                let hashed = ["policy", "signals", "universe"].contains(file)
                Output.result("  \(file).yaml changed" + (hashed ? ": config hash\n" : "\n"))
            }
            for change in changes {
                let part = change.decides ? ": decision hash" : ": neither hash"
                Output.result("  \(change.key) \(change.old) → \(change.new)\(part)\n")
            }
            if files.isEmpty, changes.isEmpty {
                Output.result("  nothing has changed\n")
            }
        }
    }
}
