import Foundation
import Synchronization
import VigilTestSupport
import VigilTransport

/// Servers that differ in whether they may be trusted, and a network that knows their authority.
struct Strangers {
    /// What reached one of them, as it counted itself.
    struct Count: Decodable, Equatable {
        let connections: Int
        let bytes: Int
    }

    let server: Server
    let gate: EntryGate
    let transport: Transport

    /// Starts those of these names, runs a body, and leaves neither a process nor a folder behind.
    static func with<Value>(
        _ names: String...,
        body: (Strangers) async throws -> Value
    ) async throws -> Value {
        let folder = try ScratchFolder()
        let path = #filePath.replacingOccurrences(of: "Strangers.swift", with: "trust.py")
        let server = try Server(
            "/usr/bin/env",
            ["python3", path, folder.path] + names,
            in: folder
        )
        defer { server.stop() }
        let gate = EntryGate(open: true)
        guard let transport = Transport(gate: gate, authorities: folder.file("ca.pem")) else {
            throw Server.Unstarted(said: server.said)
        }
        defer { transport.stop() }
        return try await body(Strangers(server: server, gate: gate, transport: transport))
    }

    /// Host and port of one of them.
    func host(_ name: String, as host: String = "127.0.0.1") -> String {
        let line = server.said.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return "\(host):\(line?.split(separator: " ").last ?? "0")"
    }

    /// Sends a request to one of them; an order by default.
    func send(
        _ name: String,
        as host: String = "127.0.0.1",
        scheme: String = "https",
        method: String = "POST",
        path: String = "/api/v3/brokerage/orders",
        isEntry: Bool = false
    ) async -> HTTPAnswer {
        var request = HTTPRequest(
            method: method,
            url: "\(scheme)://\(self.host(name, as: host))\(path)",
            body: method == "POST" ? Array(#"{"side":"BUY"}"#.utf8) : [],
            timeout: .seconds(20)
        )
        request.leavesOnce = method == "POST"
        request.isEntry = isEntry
        return await transport.send(request)
    }

    /// What reached each of them.
    func log() async throws -> [String: Count] {
        let answer = await send("good", method: "GET", path: "/log")
        return try JSONDecoder().decode([String: Count].self, from: Data(answer.body))
    }

    /// Opens a WebSocket to one of them and tells how that ended.
    func open(_ name: String, as host: String = "127.0.0.1") async -> Ending {
        let attempt = Attempt()
        let address = WebSocket.Address(host: self.host(name, as: host), path: "/")
        transport.perform { [transport] in attempt.begin(address, transport) }
        _ = await eventually(transport) { attempt.ending != nil }
        transport.perform { attempt.drop() }
        return attempt.ending ?? .closed("nothing came")
    }

    /// Opens a WebSocket to one of them and tells everything that came until it was over; nil where it never was.
    func listen(to name: String) async -> (messages: [[UInt8]], reason: String)? {
        let attempt = Attempt()
        let address = WebSocket.Address(host: host(name), path: "/")
        transport.perform { [transport] in attempt.begin(address, transport) }
        _ = await eventually(transport) { attempt.closing != nil }
        transport.perform { attempt.drop() }
        return attempt.closing.map { (attempt.messages, $0) }
    }

    /// How an attempt to open a WebSocket ended.
    enum Ending: Equatable {
        case opened
        case closed(String)
    }
}

/// One WebSocket on the network's thread, with how it began or ended and what came in between.
private final class Attempt: Sendable {
    private struct Held {
        var socket: WebSocket?
        var ending: Strangers.Ending?
        var messages: [[UInt8]] = []
        var closing: String?
    }

    private let held = Mutex(Held())

    var ending: Strangers.Ending? { held.withLock { $0.ending } }
    var messages: [[UInt8]] { held.withLock { $0.messages } }
    var closing: String? { held.withLock { $0.closing } }

    func begin(_ address: WebSocket.Address, _ transport: Transport) {
        let socket = WebSocket(address, over: transport) { [self] event in
            held.withLock { held in
                switch event {
                case .opened: held.ending = held.ending ?? .opened
                case .closed(let reason):
                    held.ending = held.ending ?? .closed(reason)
                    held.closing = held.closing ?? reason
                case .received(let message, _): held.messages.append(message)
                }
            }
        }
        held.withLock { $0.socket = socket }
    }

    func drop() { held.withLock { $0.socket }?.drop() }
}
