internal import ArgumentParser
internal import Foundation
internal import VigilCoinbase
internal import VigilDaemon
internal import VigilModel
internal import VigilTransport

/// `vigil venue`: looks at the venue.
struct VenueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "venue",
        abstract: "Check the venue, or show a product's order book.",
        subcommands: [VenueCheckCommand.self, VenueBookCommand.self]
    )
}

/// How the venue is reached, shared by the commands.
struct VenueOptions: ParsableArguments {
    @Option(
        help: "Connect here instead of to Coinbase, for example to coinbase-sim: https://HOST:PORT"
    )
    var endpoint: String?

    @Option(help: "Trust the certificate authorities in this PEM file instead of the system's.")
    var caFile: String?

    @Option(
        help: """
            The Coinbase API key file, mode 0600 (default: the systemd credential coinbase.json; \
            without a key only public data is used).
            """
    )
    var credentials: String?

    func plan(speed: Int = 1) throws -> VenueAccess.Plan {
        let address = try address()
        guard speed == 1 || (speed > 1 && address.isLoopback) else {
            throw UsageError(
                description: "--speed is for a venue on this machine, such as coinbase-sim; "
                    + "the real market goes at its own"
            )
        }
        return try VenueAccess.Plan(
            address: address,
            authorities: authorities(),
            key: key(),
            speed: speed
        )
    }

    private func address() throws -> VenueAddress {
        guard let endpoint else { return .production }
        guard let address = VenueAddress(endpoint: endpoint) else {
            throw UsageError(
                description: "`\(endpoint)` is not the address of a venue; write it as "
                    + "https://127.0.0.1:19443"
            )
        }
        return address
    }

    private func key() throws -> APIKey? {
        try CredentialFile.key(
            path: credentials,
            environment: ProcessInfo.processInfo.environment
        )
    }

    private func authorities() throws -> String? {
        guard let caFile else { return nil }
        guard FileManager.default.isReadableFile(atPath: caFile) else {
            throw UsageError(description: "the CA file `\(caFile)` cannot be read")
        }
        return caFile
    }
}

/// `vigil venue check`: a read-only report on a venue's health.
struct VenueCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check clock, key, fees, products and feeds. Changes nothing at the venue."
    )

    @OptionGroup var venue: VenueOptions

    @Option(help: "Speed of a venue on this machine, as a multiple of real time.")
    var speed = 1

    @Option(help: "The product whose book is read.")
    var product = "BTC-USD"

    @Option(help: "How the report is shown.")
    var format = OutputFormat.human

    func run() async throws {
        try await reporting {
            guard let product = ProductID(product) else {
                throw UsageError(description: "`\(product)` is not a product such as BTC-USD")
            }
            let report = try await VenueAccess.check(venue.plan(speed: speed), product: product)
            switch format {
            case .json: try Output.json(report)
            case .human: Output.result(VenueView.text(report))
            }
            if !report.problems.isEmpty {
                throw ExitCode(ExitStatus.notPassed.rawValue)
            }
        }
    }
}

/// The report as a person reads it.
enum VenueView {
    static func text(_ report: VenueCheck.Report) -> String {
        var rows = [("venue", report.host)]
        if let skew = report.skewMilliseconds, let trip = report.roundTripMilliseconds {
            // What lies within half of the way there and back is no difference that anyone could see.
            let seen = abs(skew) * 2 > trip + 2
            let difference =
                seen
                ? "\(abs(skew)) ms \(skew > 0 ? "ahead of" : "behind") ours" : "agrees with ours"
            rows.append(("clock", "\(difference), answers in \(trip) ms"))
        }
        let rights = report.permissions.map { $0.joined(separator: ", ") } ?? "not known"
        rows.append(
            ("key", report.key.map { "\($0); may \(rights)" } ?? "none; the public part only")
        )
        let owner = report.feesAreOurs ? "the account's" : "assumed"
        rows.append(
            (
                "fees",
                "maker \(report.makerFee), taker \(report.takerFee) (\(report.feeTier), \(owner))"
            )
        )
        if let products = report.products, let tradable = report.tradable {
            rows.append(("products", "\(products) spot, \(tradable) of them tradable"))
        }
        rows.append(("market feed", feed(report.marketFeed, report.product)))
        if let user = report.userFeed {
            rows.append(("user feed", feed(user, nil)))
        }
        let width = rows.map(\.0.count).max() ?? 0
        let table = rows.map { name, value in
            name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value + "\n"
        }
        let problems = report.problems.map { "problem: \($0)\n" }
        return (table + problems).joined() + (problems.isEmpty ? "all well\n" : "")
    }

    private static func feed(_ view: VenueCheck.FeedView, _ product: String?) -> String {
        let troubles = view.troubles.map { "; " + $0 }.joined()
        guard view.isWhole else { return "not whole after \(view.milliseconds) ms" + troubles }
        let book = product.map { name in
            ", \(name) with \(view.levels) levels, "
                + "\(view.bid ?? "no bid") / \(view.ask ?? "no ask")"
        }
        return "whole after \(view.milliseconds) ms" + (book ?? "") + troubles
    }
}

/// `vigil venue book`: a book as the running engine holds it.
struct VenueBookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "book",
        abstract: "Show a product's order book as the running engine sees it."
    )

    @Argument(help: "The product, such as BTC-USD.")
    var product: String

    @OptionGroup var location: LocationOptions

    @Option(help: "How many levels a side are shown; JSON has all.")
    var levels = 10

    @Option(help: "How the book is shown.")
    var format = OutputFormat.human

    func run() async throws {
        try await reporting {
            let reply = try ControlSocket.ask(path: location.controlSocket, "book \(product)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            guard let book = try? decoder.decode(BookAnswer.self, from: Data(reply.utf8)) else {
                Output.error("error: \(reply)")
                throw ExitCode(ExitStatus.failed.rawValue)
            }
            guard format == .human else { return Output.result(reply) }
            func rows(_ side: [[String]]) -> [String] {
                side.prefix(levels).map { "  " + $0.joined(separator: "  ") }
            }
            let lines =
                ["\(book.product) at \(book.occurredAt)"] + rows(book.asks).reversed()
                + ["  ------"] + rows(book.bids)
            Output.result(lines.joined(separator: "\n") + "\n")
        }
    }
}
