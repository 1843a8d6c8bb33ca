internal import ArgumentParser
internal import VigilConfig

/// `vigil check`: says whether a configuration is right.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration; every mistake is shown with its place and its mend."
    )

    @Argument(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var directory: String?

    func run() async throws {
        try await reporting {
            var location = LocationOptions()
            location.config = directory
            location.state = nil
            let configuration = try Configuration.load(directory: location.configDirectory)
            Output.result(
                "\(location.configDirectory) passes: mode \(configuration.mode.rawValue), "
                    + "config hash \(configuration.configHash), "
                    + "decision hash \(configuration.decisionHash.prefix(16))\n"
            )
        }
    }
}

/// Findings as a person reads them.
enum CheckView {
    static func text(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        return diagnostics.map { $0.rendered + "\n" }.joined()
            + "\(errors) errors, \(warnings) warnings; nothing was started\n"
    }
}
