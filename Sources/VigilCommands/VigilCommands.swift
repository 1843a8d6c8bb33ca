// VigilCommands is what the operator types: subcommands, their human and JSON views, their errors.
//
// Results go to standard output, everything else to standard error. Exit codes are `ExitStatus`.
internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilDaemon

/// The command line of Vigil.
struct VigilCommand: AsyncParsableCommand {
    /// What the parser shows.
    static let configuration = CommandConfiguration(
        commandName: "vigil",
        abstract: "A trading engine that runs unattended, and stops before it harms you.",
        version: Configuration.build,
        subcommands: [
            RunCommand.self, RehearseCommand.self, CheckCommand.self, ConfigCommand.self,
            StatusCommand.self, VenueCommand.self, DrillCommand.self, SimulateCommand.self,
            WhyCommand.self, LedgerCommand.self, AccountCommand.self,
            KillCommand.self, ResumeCommand.self, AuditCommand.self, DocumentCommand.self,
        ]
    )
}

/// The way into the program.
public enum VigilProgram {
    /// Parses the command line, runs the subcommand, and exits with its code.
    public static func run() async {
        prepareProcess()
        let words = CommandLineWords.own
        if let complaint = CommandLineWords.complaint(words) {
            Output.error(complaint)
            exit(ExitStatus.usage.rawValue)
        }
        await VigilCommand.main(words)
    }
}
