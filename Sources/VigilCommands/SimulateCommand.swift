internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilModel
internal import VigilRehearsal
internal import VigilSimulation
internal import VigilTelemetry

/// `vigil simulate`: the whole engine on bad days, seed by seed.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Run the whole engine through random faults and kills, and compare its books with the venue's."
    )

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds, one after the other; the first that finds something ends it.")
    var seeds: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "What goes wrong: all, none, or a list of "
                + VenueWeather.Fault.allCases.map(\.rawValue).joined(separator: ", ") + "."
        )
    )
    var faults = "all"

    @Option(help: "How many virtual minutes each lasts.")
    var minutes = 30

    @Flag(help: "Print what happens as it happens.")
    var trace = false

    @Option(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var config: String?

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds 0 looks at nothing; give 1 or more") }
        _ = try chosen()
        guard (5...10_000).contains(minutes) else {
            throw ValidationError("--minutes goes from 5 to 10000")
        }
    }

    private func chosen() throws -> Set<VenueWeather.Fault> {
        switch faults {
        case "all": return Set(VenueWeather.Fault.allCases)
        case "none": return []
        default:
            return try Set(
                faults.split(separator: ",").map { name in
                    guard let fault = VenueWeather.Fault(rawValue: String(name)) else {
                        throw ValidationError("there is no fault `\(name)`")
                    }
                    return fault
                }
            )
        }
    }

    func run() async throws {
        try await reporting {
            let configuration = try Configuration.load(
                directory: LocationOptions.configDirectory(config),
                mode: .paper,
                environment: ProcessInfo.processInfo.environment
            )
            let began = ContinuousClock.now
            var total = SimulationRunner.Story()
            var count = 0
            for number in seed..<seed + seeds {
                let story = try simulate(configuration, number)
                for violation in story.violations {
                    Output.result("seed \(number): \(violation)\n")
                }
                if !story.violations.isEmpty {
                    Output.result(
                        "replay: vigil simulate --seed \(number) --faults \(faults) --trace\n"
                    )
                }
                total.violations += story.violations
                total.orders += story.orders
                total.fills += story.fills
                total.kills += story.kills
                total.stops += story.stops
                total.unknownSpans += story.unknownSpans
                count += 1
                if !story.violations.isEmpty { break }
            }
            show(total, count, ContinuousClock.now - began)
            if !total.violations.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    private func simulate(
        _ configuration: Configuration,
        _ number: UInt64
    ) throws -> SimulationRunner.Story {
        let memory = "/dev/shm"
        let base =
            FileManager.default.isWritableFile(atPath: memory)
            ? memory : FileManager.default.temporaryDirectory.path
        let folder = "\(base)/vigil-simulate-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What stays of it lies in the folder for temporary files.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plan = SimulationRunner.Plan(
            configuration: configuration,
            seed: number,
            faults: try chosen(),
            duration: .seconds(60 * minutes),
            folder: folder,
            journal: trace ? StandardErrorJournal() : SilentJournal()
        )
        do {
            return try SimulationRunner.run(plan)
        } catch {
            var story = SimulationRunner.Story()
            story.violations = ["\(error)"]
            return story
        }
    }

    private func show(_ total: SimulationRunner.Story, _ count: Int, _ elapsed: Duration) {
        let spans = total.unknownSpans.sorted()
        func span(_ share: Double) -> String {
            guard !spans.isEmpty else { return "-" }
            let index = min(spans.count - 1, Int(Double(spans.count) * share))
            return "\(spans[index] / .milliseconds(1)) ms"
        }
        let late = spans.count { $0 > .seconds(30) }
        Output.result(
            """
            \(count) seeds, \(total.orders) orders, \(total.fills) fills, \(total.kills) kills, \
            \(total.stops) stops and starts, \(spans.count) unknown fates, settled after \
            \(span(0.5)) in the middle, \(span(0.99)) at p99, \(late) after more than 30 s
            \(elapsed / .milliseconds(1) / Double(count)) ms a seed, \(total.violations.count) violations

            """
        )
    }
}
