internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilDaemon
internal import VigilEngine
internal import VigilLedger
internal import VigilModel
internal import VigilTelemetry

/// The mode as it is typed.
enum ModeName: String, ExpressibleByArgument, CaseIterable {
    case paper
    case dryRun = "dry-run"
    case live

    var mode: TradingMode {
        switch self {
        case .paper: .paper
        case .dryRun: .dryRun
        case .live: .live
        }
    }
}

/// The market as it is typed.
enum MarketName: String, ExpressibleByArgument, CaseIterable {
    case embedded
    case coinbase
}

/// `vigil run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Trade until told to shut down: SIGTERM shuts down cleanly, SIGUSR1 stops all entries."
    )

    @Option(help: "The mode; it must be the one in app.yaml.")
    var mode: ModeName

    @Option(help: "The market: `embedded` is generated, `coinbase` is real.")
    var venue = MarketName.embedded

    @OptionGroup var access: VenueOptions

    @Option(help: "Speed of a venue on this machine, as a multiple of real time.")
    var speed = 1

    @OptionGroup var location: LocationOptions

    @Flag(help: "Exit after one cycle.")
    var once = false

    @Option(help: "Seed of the embedded market (default: random).")
    var seed: UInt64?

    @Option(help: .hidden)
    var hang: String?

    @Option(help: .hidden)
    var hangAfter: Int = 0

    func run() async throws {
        try await reporting {
            let (configuration, unpermitted) = try load()
            guard configuration.mode == mode.mode else {
                throw UsageError(
                    description: "the mode `\(mode.rawValue)` is not the one in app.yaml "
                        + "(`\(configuration.mode.rawValue)`); make them agree: a mode must never be a slip"
                )
            }
            if mode == .live {
                try requireKey()
            }
            let hung = try hang.map { name -> (name: MailboxName, after: Duration) in
                guard let mailbox = MailboxName(rawValue: name) else {
                    throw UsageError(description: "no actor is called `\(name)`")
                }
                return (mailbox, Duration.seconds(hangAfter))
            }
            try await Daemon.run(
                Daemon.Plan(
                    configuration: configuration,
                    configurationDirectory: location.configDirectory,
                    state: location.stateDirectory,
                    paths: location.paths,
                    control: location.controlSocket,
                    market: market(configuration),
                    once: once,
                    unpermitted: unpermitted,
                    hang: hung
                )
            )
        }
    }

    /// The configuration of the files; where they do not pass and the ledger has something to protect, the
    /// last one that did, with the reason for which nothing may be entered then.
    private func load() throws -> (Configuration, unpermitted: String?) {
        let environment = ProcessInfo.processInfo.environment
        do throws(Configuration.Refusal) {
            let directory = location.configDirectory
            return (try Configuration.load(directory: directory, environment: environment), nil)
        } catch {
            // Without a run to read, or where its configuration passes no more, the refusal stands.
            guard let last = try? LastConfiguration.read(ledger: location.paths.ledger),
                last.hasPositions, last.mode == mode.mode,
                let before = try? Configuration.load(
                    files: last.sources.mapValues { Array($0.utf8) },
                    environment: environment,
                    forExitsAlone: true
                )
            else { throw error }
            Output.error(CheckView.text(error.diagnostics))
            let first = error.diagnostics.first { $0.severity == .error }
            let what = first.map { " (\($0.code): \($0.summary))" } ?? ""
            let reason =
                "the configuration does not pass\(what); what is held is looked after by the last one "
                + "that did, of run \(last.run), until `vigil check` passes and the service is restarted"
            return (before, reason)
        }
    }

    private func requireKey() throws {
        guard venue == .coinbase else {
            throw UsageError(description: "LIVE trades at a venue: add --venue coinbase")
        }
        guard try access.plan(speed: speed).key != nil else {
            throw UsageError(
                description:
                    "LIVE needs the venue's key: coinbase.json among systemd's credentials, "
                    + "or --credentials FILE"
            )
        }
    }

    private func market(_ configuration: Configuration) throws -> Daemon.Plan.Market {
        switch venue {
        case .coinbase: return .observed(try access.plan(speed: speed))
        case .embedded:
            let isPlain = [access.endpoint, access.caFile, access.credentials].allSatisfy {
                $0 == nil
            }
            guard isPlain, speed == 1 else {
                throw UsageError(
                    description: "--endpoint, --ca-file, --credentials and --speed go with "
                        + "--venue coinbase"
                )
            }
            return .embedded { now, marks in
                try MarketFactory.generated(
                    configuration,
                    seed: seed ?? UInt64(bitPattern: now.nanoseconds),
                    start: now,
                    marks: marks
                )
            }
        }
    }
}
