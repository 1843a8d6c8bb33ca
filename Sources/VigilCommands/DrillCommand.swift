internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilModel
internal import VigilRehearsal

/// `vigil drill`: trips a breaker of the real engine, and shows what the ledger says of it.
struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract:
            "Inject a fault, and show that the right breaker trips and clears."
    )

    @Argument(help: "The drill, as `--list` names it.")
    var name: String?

    @Flag(help: "List the drills.")
    var list = false

    @Option(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var config: String?

    @Option(help: "How the result is shown.")
    var format = OutputFormat.human

    func validate() throws {
        guard list != (name != nil) else {
            throw ValidationError("name one drill, or ask for --list")
        }
        if let name, !Drill.all.contains(where: { $0.name == name }) {
            throw ValidationError("there is no drill `\(name)`; `vigil drill --list` names them")
        }
    }

    func run() async throws {
        try await reporting {
            guard let drill = Drill.all.first(where: { $0.name == name }) else {
                return try show(Drill.all.map(Row.init))
            }
            let configuration = try Configuration.load(
                directory: LocationOptions.configDirectory(config),
                mode: .paper,
                environment: ProcessInfo.processInfo.environment
            )
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("vigil-drill-\(UUID().uuidString)")
            // What stays of it lies in the folder for temporary files.
            defer { try? FileManager.default.removeItem(at: folder) }
            let report = try DrillRunner.run(drill, configuration, folder: folder.path)
            try show(report)
            if !report.passed { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    private struct Row: Encodable {
        let name: String
        let summary: String
        let clears: String

        init(_ drill: Drill) {
            name = drill.name
            summary = drill.summary
            clears = drill.clearing
        }
    }

    private struct Verdict: Encodable {
        let name: String
        let passed: Bool
        let findings: [DrillReport.Finding]
    }

    private func show(_ rows: [Row]) throws {
        guard format == .human else { return try Output.json(rows) }
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            let name = row.name.padding(toLength: width, withPad: " ", startingAt: 0)
            Output.result("\(name)  when \(row.summary); clears with \(row.clears)\n")
        }
    }

    private func show(_ report: DrillReport) throws {
        let drill = report.drill
        guard format == .human else {
            return try Output.json(
                Verdict(name: drill.name, passed: report.passed, findings: report.findings)
            )
        }
        Output.result("drill      \(drill.name): \(drill.summary)\n")
        for finding in report.findings {
            Output.result("\(finding.holds ? "ok  " : "FAIL") \(finding.claim)\n")
            Output.result("       \(finding.evidence)\n")
        }
        Output.result(report.passed ? "passed\n" : "FAILED\n")
    }
}
