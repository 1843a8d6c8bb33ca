import Foundation
import Synchronization
import VigilCoinbase
import VigilModel
import VigilTestSupport
import VigilTransport

/// A program of this build or a script, running for as long as a test needs it.
final class Server: Sendable {
    struct Unstarted: Error { let said: String }

    private let process: Mutex<Process>
    private let input: Pipe
    let said: String
    /// Its certificates, keys and token.
    let scratch: ScratchFolder
    var folder: String { scratch.path }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Starts it and reads what it says up to a line that begins with `ready`.
    init(
        _ program: String,
        _ arguments: [String],
        in scratch: ScratchFolder,
        saying line: String = ""
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        // Or a test that crashes would be waited for as long as its servers live.
        process.standardError = FileHandle.nullDevice
        // A script ends when this end of it does, also where a test crashes.
        let input = Pipe()
        process.standardInput = input
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        var said = ""
        while !said.contains("\nready") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else {
                Self.end(process)
                throw Unstarted(said: said)
            }
            said += String(decoding: data, as: UTF8.self)
        }
        self.said = said
        self.scratch = scratch
        self.input = input
        self.process = Mutex(process)
    }

    /// coinbase-sim on free ports.
    static func sim(_ options: String...) throws -> Server { try sim(options: options) }

    static func sim(options: [String]) throws -> Server {
        let scratch = try ScratchFolder()
        let program = root.appendingPathComponent(".build/debug/coinbase-sim").path
        let always = [
            "--tls-dir", scratch.path, "--port", "0", "--plain-port", "0", "--ed25519", "--history",
            "400",
        ]
        return try Server(program, always + options, in: scratch)
    }

    /// A server that says what a script tells it, with the certificate of a simulator.
    static func scripted(_ script: String, certificates: ScratchFolder) throws -> Server {
        let path = #filePath.replacingOccurrences(of: "Servers.swift", with: "scripted.py")
        return try Server(
            "/usr/bin/env",
            ["python3", path, certificates.path],
            in: certificates,
            saying: script
        )
    }

    var endpoint: String {
        let lines = said.split(separator: "\n")
        return lines.first { $0.hasPrefix("rest") }?.split(separator: " ").last.map(String.init)
            ?? ""
    }

    func stop() {
        process.withLock { Self.end($0) }
    }

    /// Ends it, whatever it is doing, and waits until it is gone.
    private static func end(_ process: Process) {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
    }

    func pause() { process.withLock { _ = $0.suspend() } }
    func resume() { process.withLock { _ = $0.resume() } }

    deinit {
        stop()
    }
}

/// A client of a server, with everything that it is made of.
struct Wire {
    let server: Server
    let gate: EntryGate
    let transport: Transport
    let mint: TokenMint?
    let client: CoinbaseClient

    init(_ server: Server, key: String? = "key.json", limits: RequestBudget.Limits = .wide) throws {
        self.server = server
        gate = EntryGate(open: true)
        let ca = server.folder + "/ca.pem"
        guard let transport = Transport(gate: gate, authorities: ca),
            let address = VenueAddress(endpoint: server.endpoint)
        else { throw Server.Unstarted(said: server.said) }
        self.transport = transport
        mint = try key.flatMap { name in
            try CredentialFile.key(path: server.folder + "/" + name, environment: [:])
        }.map { TokenMint(key: $0) { Int64(Date().timeIntervalSince1970) } }
        client = CoinbaseClient(
            transport: transport,
            address: address,
            mint: mint,
            limits: limits,
            random: SeededRandom(seed: 1)
        )
    }

    /// Speaks to the simulator's control endpoint.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String = "") async -> [UInt8] {
        let token =
            (try? String(contentsOfFile: server.folder + "/control.token", encoding: .utf8)) ?? ""
        let answer = await transport.send(
            HTTPRequest(
                method: method,
                url: "https://\(client.address.host)/_sim/\(path)",
                headers: ["Authorization: Bearer \(token)"],
                body: Array(body.utf8),
                timeout: .seconds(10)
            )
        )
        return answer.body
    }

    func inject(_ fault: String) async {
        await control("POST", "faults", fault)
    }

    func stop() {
        transport.stop()
        server.stop()
    }
}

extension RequestBudget.Limits {
    /// So wide that no test waits for it.
    static var wide: RequestBudget.Limits {
        var limits = RequestBudget.Limits()
        limits.authenticatedPerSecond = 10_000
        limits.authenticatedBurst = 10_000
        limits.openPerSecond = 10_000
        return limits
    }
}

/// Looks until something is so; what depends on another process is looked for, never slept for.
func eventually(
    _ transport: Transport,
    seconds: Int = 20,
    _ look: () async -> Bool
) async -> Bool {
    for _ in 0..<(seconds * 50) {
        if await look() { return true }
        await transport.sleep(for: .milliseconds(20))
    }
    return false
}
