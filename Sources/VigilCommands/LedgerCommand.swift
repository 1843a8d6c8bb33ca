internal import ArgumentParser
internal import VigilLedger
internal import VigilRuntime

/// `vigil ledger`: what the ledger holds.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Read the ledger; works while the engine runs.",
        subcommands: [ExportCommand.self]
    )
}

/// `vigil ledger export`: rows for a spreadsheet.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write lots (first in, first out, as for taxes) or the equity curve as CSV."
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
