internal import ArgumentParser
internal import Foundation
internal import VigilConfig
internal import VigilCore
internal import VigilEngine
internal import VigilExchange
internal import VigilMarkets
internal import VigilModel

/// How a result is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case human
    case json
}

/// Where configuration and state are, shared by the commands.
struct LocationOptions: ParsableArguments {
    @Option(help: "The directory of the five YAML files (default: /etc/vigil, or ./config).")
    var config: String?

    @Option(
        help:
            "The state directory (default: $STATE_DIRECTORY, or /var/lib/vigil where it is, or ./var/state)."
    )
    var state: String?

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    var configDirectory: String { Self.configDirectory(config) }

    /// The directory that is named, or the one that a person at this place means.
    static func configDirectory(_ named: String?) -> String {
        if let named { return named }
        let system = "/etc/vigil"
        return FileManager.default.fileExists(atPath: system + "/policy.yaml") ? system : "config"
    }

    /// Where the packaged service keeps its state and its audit log.
    private static let service = (state: "/var/lib/vigil", logs: "/var/log/vigil")

    var stateDirectory: String {
        if let state { return state }
        if let state = environment["STATE_DIRECTORY"] { return state }
        let isInstalled = FileManager.default.fileExists(atPath: Self.service.state)
        return isInstalled ? Self.service.state : "var/state"
    }

    /// The files of the state directory; the audit log is where the service that uses it puts it.
    var paths: EnginePaths {
        EnginePaths(state: stateDirectory, logs: logs, textfiles: textfiles)
    }

    private var logs: String? {
        if let logs = environment["LOGS_DIRECTORY"],
            state == nil || state == environment["STATE_DIRECTORY"]
        {
            return logs
        }
        let isService = stateDirectory == Self.service.state
        let exists = FileManager.default.fileExists(atPath: Self.service.logs)
        return isService && exists ? Self.service.logs : nil
    }

    /// Says which state directory a command found by itself.
    func announce() {
        guard state == nil else { return }
        Output.error(
            "(the state directory is `\(stateDirectory)`; name another one with --state)\n"
        )
    }

    /// The files of a state directory that has a ledger; from here on this process is the directory's owner.
    ///
    /// - Throws: `UsageError` where there is none, and ``StateDirectoryError`` where root cannot become its owner.
    func existingPaths() throws -> EnginePaths {
        announce()
        try becomeOwner()
        guard FileManager.default.fileExists(atPath: paths.ledger) else {
            throw UsageError(
                description: "there is no ledger in `\(stateDirectory)`; name the state directory "
                    + "with --state"
            )
        }
        return paths
    }

    /// Lets root work on a service's directory as the service's user.
    ///
    /// - Throws: ``StateDirectoryError``: do nothing as root then.
    func becomeOwner() throws {
        guard let user = try DirectoryOwner.become(stateDirectory) else { return }
        Output.error("(as user \(user), the owner of `\(stateDirectory)`)\n")
    }

    private var textfiles: String? { environment["VIGIL_TEXTFILE_DIR"] }

    var controlSocket: String {
        guard state == nil, let runtime = environment["RUNTIME_DIRECTORY"] else {
            let fallback = stateDirectory == Self.service.state || stateDirectory == "var/state"
            let system = "/run/vigil/control"
            // A person at the shell of the machine that runs the service finds its socket.
            return fallback && state == nil && FileManager.default.fileExists(atPath: system)
                ? system : stateDirectory + "/control"
        }
        return runtime + "/control"
    }
}

/// Makes the external market of an embedded venue.
enum MarketFactory {
    /// Monday, so that days and weeks begin with the rehearsal.
    static let rehearsalStart = Instant(seconds: 1_767_571_200)

    static func generated(
        _ configuration: Configuration,
        seed: UInt64,
        start: Instant = rehearsalStart,
        marks: [ProductID: Price] = [:]
    ) throws -> any MarketSource {
        let universe = configuration.policy.universe.products
        // What the paper venue traded before keeps its market: it may be held still.
        let dropped = marks.keys.filter { id in !universe.contains { $0.product == id } }
        let specs =
            try universe.map { try ProductSpec($0.product, tier: $0.tier.rawValue) }
            + dropped.sorted().map { try ProductSpec($0, tier: Tier.eventDriven.rawValue) }
        guard !specs.isEmpty else {
            throw UsageError(description: "the universe lists no product; add some to a tier")
        }
        return MarketGenerator(specs, seed: seed, start: start, marks: marks)
    }

    static func recorded(
        _ configuration: Configuration,
        files: [String],
        seed: UInt64,
        model: CandleModel
    ) throws -> any MarketSource {
        let universe = configuration.policy.universe.products
        let recordings = try Recording.read(files) { product, path in
            guard let tier = universe.first(where: { $0.product == product })?.tier else {
                throw UsageError(
                    description: "`\(path)`: `\(product)` is in no tier of universe.yaml; add it"
                )
            }
            return tier.rawValue
        }
        let market = RecordedMarket(recordings, seed: seed, model: model)
        guard market.end.map({ $0 - market.start >= .seconds(3_600) }) == true else {
            throw UsageError(
                description:
                    "the recording is too short: half of it, or its first day, is history, and what is "
                    + "left to be played must be an hour at least"
            )
        }
        return market
    }
}
