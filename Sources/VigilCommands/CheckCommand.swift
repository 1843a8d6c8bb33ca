internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilCore
internal import VigilModel

/// How findings are shown.
enum CheckFormat: String, ExpressibleByArgument, CaseIterable {
    case human
    case json
    case sarif
}

/// The mode that a configuration is judged for.
enum CheckMode: String, ExpressibleByArgument, CaseIterable {
    case paper
    case live

    var mode: TradingMode { self == .paper ? .paper : .live }
}

/// `vigil check`: says whether a configuration is right.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Check a configuration; every mistake is shown with its location and how to fix it."
    )

    @Argument(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var directory: String?

    @Option(help: "Check for this mode (default: the one in app.yaml).")
    var mode: CheckMode?

    @Flag(help: "Treat every warning as an error.")
    var strict = false

    @Option(help: "How the findings are shown.")
    var format = CheckFormat.human

    func run() async throws {
        try await reporting {
            let folder = LocationOptions.configDirectory(directory)
            var findings: [Diagnostic]
            var passed: Configuration?
            do throws(Configuration.Refusal) {
                let configuration = try Configuration.load(
                    directory: folder,
                    mode: mode?.mode,
                    environment: ProcessInfo.processInfo.environment
                )
                findings = configuration.warnings
                passed = configuration
            } catch {
                findings = error.diagnostics
            }
            if strict {
                findings = findings.map { $0.hardened }
            }
            let failed = findings.contains { $0.severity == .error }
            switch format {
            case .json: try Output.json(CheckReport(findings))
            case .sarif: try Output.json(SarifLog(findings, directory: folder), keys: .asWritten)
            case .human:
                Output.error(CheckView.text(findings))
                if !failed, let passed {
                    Output.result(CheckView.summary(passed, folder))
                }
            }
            if failed { throw ExitCode(ExitStatus.configuration.rawValue) }
        }
    }
}

/// Findings as a person reads them.
enum CheckView {
    static func text(_ diagnostics: [Diagnostic]) -> String {
        guard !diagnostics.isEmpty else { return "" }
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        return diagnostics.map { $0.rendered(colour: Output.usesColour) + "\n" }.joined()
            + "\(count(errors, "error")), \(count(warnings, "warning"))\n"
    }

    private static func count(_ number: Int, _ word: String) -> String {
        "\(number) \(word)\(number == 1 ? "" : "s")"
    }

    static func summary(_ configuration: Configuration, _ folder: String) -> String {
        "\(folder) passes: mode \(configuration.mode.rawValue), "
            + "config hash \(configuration.configHash), "
            + "decision hash \(configuration.decisionHash.prefix(16))\n"
            + breakEven(configuration)
    }

    /// How often each rule must win to lose nothing; nothing where no rule is set.
    private static func breakEven(_ configuration: Configuration) -> String {
        let policy = configuration.policy
        let tiers = Set(policy.universe.products.map(\.tier))
        let widest = tiers.compactMap { policy.universe.tiers[$0]?.spreadMaxBPS }.max() ?? 0
        let spread = Rate(indicator: widest / 10_000)
        let rules = TriggerKind.allCases.compactMap { kind -> String? in
            guard let plan = policy.rules.rules[kind]?.exits,
                let chance = try? BreakEven(plan, policy.execution.fees)
            else { return nil }
            let worst = try? BreakEven(taking: plan, policy.execution.fees, spread: spread)
            let shares = [chance, worst ?? chance].map { Rate(indicator: $0.winRate).shortPercent }
            return "\(kind.rawValue) \(shares[0]) to \(shares[1]) "
                + "(wins \(chance.win.shortPercent), loses \(chance.loss.shortPercent))"
        }
        guard !rules.isEmpty else { return "" }
        return
            "to lose nothing after fees, a rule must win this share of its trades, from entries that rest to "
            + "entries that take, with a stop that slips by a spread of \(spread.shortPercent): "
            + rules.joined(separator: ", ") + "\n"
    }
}
