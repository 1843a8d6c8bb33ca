internal import ArgumentParser
internal import VigilConfig

/// `vigil config`: questions about the configuration.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Explain, compare and hash the configuration.",
        subcommands: [
            ConfigExplainCommand.self, ConfigSchemaCommand.self, ConfigDiffCommand.self,
            ConfigHashCommand.self,
        ]
    )
}

/// `vigil config explain`: what a key or a code means.
struct ConfigExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a key or a check: meaning, unit, range, default, what reads it."
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
        abstract: "Print the JSON Schema of a file, for editors to complete and check with."
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

/// `vigil config diff`: what differs between two directories, defaults included.
struct ConfigDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show the keys whose effective values differ between two directories."
    )

    @Argument(help: "The first directory.")
    var old: String

    @Argument(help: "The second directory.")
    var new: String

    func run() async throws {
        try await reporting {
            let changes = try EffectiveConfig(directory: old)
                .changes(to: EffectiveConfig(directory: new))
            for change in changes {
                let note = change.decides ? "" : "  (no decision)"
                Output.result("\(change.key): \(change.old) → \(change.new)\(note)\n")
            }
            Output.result("\(changes.count) keys differ\n")
        }
    }
}

/// `vigil config hash`: both hashes.
struct ConfigHashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash",
        abstract: "Print both hashes: of the files' bytes, and of everything that decides."
    )

    @Argument(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var directory: String?

    func run() async throws {
        try await reporting {
            let folder = LocationOptions.configDirectory(directory)
            let loaded = try Configuration.load(directory: folder)
            Output.result("config hash    \(loaded.configHash)\n")
            Output.result("decision hash  \(loaded.decisionHash)\n")
        }
    }
}
