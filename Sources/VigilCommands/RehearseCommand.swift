internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilEngine
internal import VigilExchange
internal import VigilLedger
internal import VigilModel
internal import VigilRehearsal

/// Which venue a command trades on.
enum VenueName: String, ExpressibleByArgument, CaseIterable {
    case embedded
}

/// A span such as `24h`, `90m`, `30d` or `45s`; ten years at most.
struct Span: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let last = argument.last, let unit = units[last],
            let count = Int(argument.dropLast()), count > 0, count <= 315_360_000 / unit
        else { return nil }
        duration = .seconds(count * unit)
    }
}

/// `vigil rehearse`: a paper run in virtual time, with a scorecard.
struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Run the whole engine on the embedded exchange in virtual time."
    )

    @Option(help: "The venue.")
    var venue = VenueName.embedded

    @Option(help: "How long, such as 24h (default: 24h, or all of the recorded market).")
    var duration: Span?

    @Flag(help: "Run in virtual time, as fast as the machine can.")
    var accelerated = false

    @Option(help: "Seed of the market and of everything else that is random.")
    var seed: UInt64 = 1

    @Option(
        parsing: .upToNextOption,
        help: "Recorded one-minute candles (CSV, plain or compressed), a file a product."
    )
    var market: [String] = []

    @Option(
        help: "The price's path inside a recorded candle: pessimistic, seeded, ohlc or olhc.",
        transform: { try CandlePath.named($0) }
    )
    var candlePath = CandlePath.pessimistic

    @Option(
        help: "The part of a recorded minute's volume that may fill orders, above 0 and up to 1."
    )
    var volumeShare = 0.1

    @OptionGroup var location: LocationOptions

    @Option(help: "How the scorecard is shown.")
    var format = OutputFormat.human

    func validate() throws {
        guard accelerated else {
            throw ValidationError(
                "a rehearsal in real time is `vigil run --mode paper`; add --accelerated for this one"
            )
        }
        guard volumeShare > 0, volumeShare <= 1 else {
            throw ValidationError("--volume-share: above 0 and up to 1, such as 0.1")
        }
    }

    func run() async throws {
        try await reporting {
            // Nothing but paper is traded here, whatever app.yaml says.
            let configuration = try Configuration.load(
                directory: location.configDirectory,
                mode: .paper,
                environment: ProcessInfo.processInfo.environment
            )
            let state = try freshState()
            let source = try source(configuration)
            let lock = try InstanceLock(directory: state)
            let paths = EnginePaths(state: state)
            let available = source.end.map { $0 - source.start }
            let wanted = duration?.duration ?? available ?? .seconds(86_400)
            let plan = RehearsalRunner.Plan(
                configuration: configuration,
                paths: paths,
                market: source,
                duration: min(wanted, available ?? wanted),
                seed: seed
            )
            let showsProgress = Output.isTerminal && format == .human
            let result = try RehearsalRunner.run(plan) { percent in
                guard showsProgress else { return }
                let bar = String(repeating: "#", count: percent / 2)
                let rest = String(repeating: ".", count: 50 - percent / 2)
                Output.error("\r[\(bar)\(rest)] \(percent) %" + (percent == 100 ? "\n" : ""))
            }
            try withExtendedLifetime(lock) {
                let card = try Scorecard(result, configuration, plan)
                switch format {
                case .human: Output.result(card.text)
                case .json: try Output.json(card)
                }
            }
        }
    }

    private func source(_ configuration: Configuration) throws -> any MarketSource {
        guard !market.isEmpty else {
            return try MarketFactory.generated(configuration, seed: seed)
        }
        return try MarketFactory.recorded(
            configuration,
            files: market,
            seed: seed,
            model: CandleModel(path: candlePath, volumeShare: volumeShare)
        )
    }

    /// A rehearsal begins with empty books; it never touches a ledger that exists.
    private func freshState() throws -> String {
        guard let state = location.state else {
            let stamp = Int(ProcessInfo.processInfo.systemUptime * 1_000)
            return "var/rehearsals/\(stamp)-\(ProcessInfo.processInfo.processIdentifier)"
        }
        guard !FileManager.default.fileExists(atPath: state + "/ledger.sqlite") else {
            throw UsageError(
                description:
                    "`\(state)` holds a ledger already, and a rehearsal begins with an empty "
                    + "one; name a new directory, or go on with `vigil run --state \(state)`"
            )
        }
        return state
    }
}
