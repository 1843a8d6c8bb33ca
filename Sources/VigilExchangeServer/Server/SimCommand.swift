internal import ArgumentParser
internal import CVigil
internal import Foundation
internal import NIOSSL
internal import VigilExchange
import VigilModel

/// The program.
public enum SimProgram {
    /// Parses the command line, serves until SIGTERM, and leaves with an exit code.
    public static func run() {
        vigil_signals_unblock()
        SimCommand.main()
    }
}

struct SimCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coinbase-sim",
        abstract: "A Coinbase Advanced Trade on loopback that can be broken on purpose."
    )

    @Option(help: "How many products there are.")
    var products = 12
    @Option(help: "The seed of market, names and chances.")
    var seed: UInt64 = 1
    @Option(help: "Where certificates, keys and the control token are.")
    var tlsDir = "var/sim-tls"
    @Option(help: "The TLS port; 0 for any.")
    var port = 19_443
    @Option(help: "The plain port; 0 for any.")
    var plainPort = 19_080
    @Flag(name: .customLong("ed25519"), help: "Make an Ed25519 key too.")
    var withEd25519 = false
    @Option(
        parsing: .upToNextOption,
        help: "Recorded markets: minute candles (CSV, LEAN zip) or a Pro WebSocket capture."
    )
    var replay: [String] = []
    @Option(
        help: "The price's path inside a recorded candle: pessimistic, seeded, ohlc or olhc.",
        transform: { try CandlePath.named($0) }
    )
    var candlePath = CandlePath.pessimistic
    @Option(help: "The part of a recorded minute's volume that may fill orders, such as 0.1.")
    var volumeShare = 0.1
    @Option(help: "How many times faster than real time the market runs, 1 to 600.")
    var speed = 1
    @Option(parsing: .upToNextOption, help: "What the account begins with, such as USD=1000 BTC=1.")
    var cash: [String] = ["USD=100000"]
    @Option(help: "The account's maker fee rate.")
    var maker = "0.005"
    @Option(help: "The account's taker fee rate.")
    var taker = "0.009"
    @Option(help: "Price levels a side behind each touch.")
    var depth = 100
    @Option(help: "Minutes of candles before the start.")
    var history = 1_500
    @Option(help: "Milliseconds for which a new order answers 404.")
    var visibilityLag: Int64 = 100
    @Option(help: "Milliseconds for which an order is PENDING, and a cancel CANCEL_QUEUED.")
    var pending: Int64 = 50
    @Option(help: "Milliseconds after which a fill row appears.")
    var fillLag: Int64 = 0
    @Flag(help: "Answer a repeated client order id with DUPLICATE_CLIENT_ORDER_ID.")
    var refuseDuplicates = false
    @Flag(help: "No rate limits.")
    var noRateLimit = false
    @Option(help: "Write a journal of the session, from which it can be had again.")
    var journal: String?
    @Flag(help: "Go on where the journal ends, as a venue does that comes back after a crash.")
    var resume = false
    @Option(help: "Play a journal again, compare its end, and leave.")
    var verify: String?

    func validate() throws {
        guard (1...1_000).contains(products) else {
            throw ValidationError("--products: 1 to 1,000")
        }
        guard (1...600).contains(speed) else { throw ValidationError("--speed: 1 to 600") }
        guard volumeShare > 0, volumeShare <= 1 else {
            throw ValidationError("--volume-share: above 0 and up to 1, such as 0.1")
        }
        guard (0...20_000).contains(depth) else { throw ValidationError("--depth: 0 to 20,000") }
        guard (1...100_000).contains(history) else {
            throw ValidationError("--history: 1 to 100,000")
        }
        for port in [port, plainPort] where !(0...65_535).contains(port) {
            throw ValidationError("--port, --plain-port: 0 to 65535")
        }
        for lag in [visibilityLag, pending, fillLag] where !(0...600_000).contains(lag) {
            throw ValidationError("--visibility-lag, --pending, --fill-lag: 0 to 600,000")
        }
    }

    private var options: SimOptions {
        SimOptions(
            products: products,
            seed: seed,
            speed: speed,
            replay: replay,
            candleModel: CandleModel(path: candlePath, volumeShare: volumeShare),
            cash: cash,
            maker: maker,
            taker: taker,
            depth: depth,
            historyMinutes: history,
            visibilityLagMS: visibilityLag,
            pendingMS: pending,
            fillLagMS: fillLag,
            refusesDuplicates: refuseDuplicates,
            isLimited: !noRateLimit
        )
    }

    func run() throws {
        if let verify { return try compare(verify) }
        let signals = vigil_signals_open()
        guard signals >= 0 else { throw OptionError("signals cannot be caught") }
        RealTime.raiseDescriptorLimit()
        let files = try ServerFiles(directory: tlsDir, withEd25519: withEd25519)
        let server = try resume ? resumed(files) : begun(files)
        let secure = try listen(server, port, Self.context(files))
        let plain = try listen(server, plainPort, nil)
        server.start()
        say(secure, plain, files)
        RealTime.waitForEnd(signals)
        let last = server.stop()
        Self.write(
            "ended: hash \(last.truthHash), books \(last.isBalanced ? "balanced" : "BROKEN")"
        )
        if !last.isBalanced { throw ExitCode(1) }
    }

    private func begun(_ files: ServerFiles) throws -> SimServer {
        let start = RealTime.now
        let now = Moment(real: start, market: start)
        let venue = try SimVenue(
            options.market(from: start),
            options.settings(),
            keys: KeyRing(files.keys, hosts: [SimSettings().productionHost]),
            at: now
        )
        return SimServer(
            venue,
            clock: SimServer.Clock(start: start, speed: speed),
            control: files.controlToken,
            journal: try journal.map { try Journal(path: $0, opening(files, now)) }
        )
    }

    private func resumed(_ files: ServerFiles) throws -> SimServer {
        guard let journal else { throw OptionError("--resume goes on with a --journal") }
        var session = try JournalReplay.play(path: journal)
        guard session.options == options else {
            throw OptionError("--resume: the journal's session had other options; give the same")
        }
        session.venue.keys = KeyRing(files.keys, hosts: [SimSettings().productionHost])
        return SimServer(
            session.venue,
            clock: SimServer.Clock(start: session.began.real, speed: speed),
            control: files.controlToken,
            journal: try Journal(goingOn: journal, at: session.bytes)
        )
    }

    private func opening(_ files: ServerFiles, _ now: Moment) -> JournalLine {
        .opened(
            options,
            real: now.real.nanoseconds,
            market: now.market.nanoseconds,
            keys: files.keys.map {
                JournalKey(name: $0.name, canTrade: $0.canTrade, canTransfer: $0.canTransfer)
            }
        )
    }

    private func listen(_ server: SimServer, _ port: Int, _ tls: NIOSSLContext?) throws -> Int {
        do {
            return try server.listen(port: port, tls: tls)
        } catch {
            throw OptionError("port \(port) cannot be had: \(error); name another, or 0 for any")
        }
    }

    private static func context(_ files: ServerFiles) throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(files.certificate.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(files.certificateKey.utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw OptionError(
                "\(files.directory)/server.pem: \(error); delete it, and a new one is made"
            )
        }
    }

    private func say(_ secure: Int, _ plain: Int, _ files: ServerFiles) {
        Self.write(
            """
            rest     https://127.0.0.1:\(secure)\(SimVenue.prefix)
                     http://127.0.0.1:\(plain)\(SimVenue.prefix)
            feed     wss://127.0.0.1:\(secure)  ws://127.0.0.1:\(plain)  (user host: /user)
            ca       \(files.directory)/ca.pem
            key      \(files.directory)/key.json  (key-view.json, key-transfer.json\(withEd25519 ? ", key-ed25519.json" : ""))
            control  http://127.0.0.1:\(plain)/_sim  token in \(files.directory)/control.token
            ready    \(replay.isEmpty ? "\(products) products, seed \(seed)" : "recorded"), speed \(speed)
            """
        )
    }

    private func compare(_ path: String) throws {
        let session = try JournalReplay.play(path: path)
        let hash = session.venue.truthHash
        Self.write("played   \(session.lines) lines, hash \(hash)")
        guard session.venue.isBalanced else {
            Self.write("broken   the books do not balance")
            throw ExitCode(1)
        }
        switch session.recorded {
        case hash: Self.write("same     the session ended with this hash")
        case let other?:
            Self.write("differs  the session ended with hash \(other)")
            throw ExitCode(1)
        case nil: Self.write("open     the session did not end in order; nothing to compare")
        }
    }

    private static func write(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
