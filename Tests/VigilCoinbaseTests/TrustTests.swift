import Foundation
import Testing
import VigilCoinbase
import VigilModel
import VigilTransport

/// To whom the network speaks at all: every server here counts the bytes that reach it behind TLS.
@Suite(.serialized) struct TrustTests {
    /// Servers that no byte of a request may reach.
    static let untrusted = [
        "wrong_name", "other_ca", "self_signed", "expired", "not_yet", "for_clients", "old",
    ]

    static func withUntrusted(_ body: (Strangers) async throws -> Void) async throws {
        try await Strangers.with(
            "wrong_name",
            "other_ca",
            "self_signed",
            "expired",
            "not_yet",
            "for_clients",
            "old",
            body: body
        )
    }

    /// Every one of them was called, and got nothing.
    static func nothingArrived(_ strangers: Strangers, _ names: [String]) async throws {
        let log = try await strangers.log()
        for name in names {
            let count = try #require(log[name])
            #expect(count.connections > 0, "\(name) was never called")
            #expect(count.bytes == 0, "\(name) got \(count.bytes) bytes")
        }
    }

    @Test func `no byte of a request reaches a server that is not trusted`() async throws {
        try await Self.withUntrusted { strangers in
            for name in Self.untrusted {
                let answer = await strangers.send(name)
                #expect(answer.fate == .notSent, "\(name): \(answer.detail)")
                #expect(answer.sentAtNanoseconds == 0, "\(name)")
            }
            try await Self.nothingArrived(strangers, Self.untrusted)
        }
    }

    @Test func `no byte of a handshake reaches a feed that is not trusted`() async throws {
        try await Self.withUntrusted { strangers in
            for name in Self.untrusted {
                #expect(await strangers.open(name) != .opened, "\(name)")
            }
            try await Self.nothingArrived(strangers, Self.untrusted)
        }
    }

    @Test func `the right authority and the right name are trusted, by address and by name`()
        async throws
    {
        try await Strangers.with { strangers in
            for host in ["127.0.0.1", "localhost"] {
                #expect(await strangers.send("good", as: host).fate == .answered)
                #expect(await strangers.open("good", as: host) == .opened)
            }
        }
    }

    @Test func `an order to a venue that is not trusted is refused as not sent`() async throws {
        try await Strangers.with("wrong_name", "other_ca") { strangers in
            let key = try AuthTrapTests.key(AuthTrapTests.pkcs8("ed25519"))
            for name in ["wrong_name", "other_ca"] {
                let endpoint = "https://\(strangers.host(name))"
                let client = CoinbaseClient(
                    transport: strangers.transport,
                    address: try #require(VenueAddress(endpoint: endpoint)),
                    mint: TokenMint(key: key) { 1_700_000_000 },
                    limits: .wide,
                    random: SeededRandom(seed: 1)
                )
                guard
                    case .refused(let refusal) = await client.create(
                        RestTrapTests.order,
                        isEntry: true
                    )
                else {
                    Issue.record("\(name): not refused")
                    continue
                }
                #expect(refusal.kind == .notSent)
            }
            try await Self.nothingArrived(strangers, ["wrong_name", "other_ca"])
        }
    }

    @Test func `nothing is sent without TLS`() async throws {
        try await Strangers.with("plain") { strangers in
            #expect(await strangers.send("plain", scheme: "http").fate == .notSent)
            let log = try await strangers.log()
            #expect(log["plain"] == Strangers.Count(connections: 0, bytes: 0))
            // TLS spoken to a server that has none: it hears a greeting, and no request.
            #expect(await strangers.send("plain").fate == .notSent)
            #expect(await strangers.open("plain") != .opened)
        }
        for endpoint in ["http://127.0.0.1:80", "ftp://127.0.0.1", "127.0.0.1", "http://coinbase"] {
            #expect(VenueAddress(endpoint: endpoint) == nil, "\(endpoint)")
        }
    }

    @Test func `a redirect is an answer, and is followed by nobody`() async throws {
        try await Strangers.with("redirects", "target") { strangers in
            for method in ["GET", "POST"] {
                let answer = await strangers.send("redirects", method: method)
                #expect(answer.fate == .answered && answer.status == 302)
            }
            #expect(await strangers.open("redirects") != .opened)
            let log = try await strangers.log()
            #expect(log["target"] == Strangers.Count(connections: 0, bytes: 0))
            #expect((log["redirects"]?.bytes ?? 0) > 0)
        }
    }

    @Test func `a feed that cannot prove that it read the handshake is not opened`() async throws {
        try await Strangers.with("liar", "no_switch") { strangers in
            let said = "the handshake was answered by something that is no WebSocket server"
            #expect(await strangers.open("liar") == .closed(said))
            // With the right proof, and a status that opens nothing.
            let status = "the handshake was answered with `HTTP/1.1 200 x`"
            #expect(await strangers.open("no_switch") == .closed(status))
        }
    }

    @Test func `whatever frames come, they are whole texts or the end of the feed`() async throws {
        try await Strangers.with("noise") { strangers in
            var (messages, reasons) = (0, Set<String>())
            for round in 1...120 {
                let heard = try #require(
                    await strangers.listen(to: "noise"),
                    "round \(round) never ended"
                )
                for message in heard.messages {
                    #expect(String(validating: message, as: UTF8.self) != nil, "round \(round)")
                }
                #expect(!heard.reason.isEmpty && heard.reason == heard.reason.printable(max: 200))
                messages += heard.messages.count
                reasons.insert(heard.reason)
            }
            // Both kinds came about, or nothing was looked at.
            #expect(messages > 20 && reasons.count > 2, "\(messages) messages, \(reasons)")
        }
    }

    @Test func `a gate that closes while an entry's connection is made lets no byte of it out`()
        async throws
    {
        try await Strangers.with("late") { strangers in
            async let entry = strangers.send("late", isEntry: true)
            async let exit = strangers.send("late", isEntry: false)
            #expect(
                await eventually(strangers.transport) {
                    (try? await strangers.log()["late"]?.connections) == 2
                }
            )
            strangers.gate.close()
            _ = await strangers.send("good", method: "GET", path: "/release")
            #expect(await entry.fate == .gated)
            #expect(await exit.fate == .answered)
        }
    }

    @Test func `behind a closed gate not even an entry's connection is begun`() async throws {
        try await Strangers.with("target") { strangers in
            strangers.gate.close()
            #expect(await strangers.send("target", isEntry: true).fate == .gated)
            let log = try await strangers.log()
            #expect(log["target"] == Strangers.Count(connections: 0, bytes: 0))
            #expect(await strangers.send("target", isEntry: false).fate == .answered)
            strangers.gate.reopen()
            #expect(await strangers.send("target", isEntry: true).fate == .answered)
        }
    }

    @Test func `a gate that closes stops entries on connections that are kept as well`()
        async throws
    {
        try await Strangers.with("target") { strangers in
            #expect(await strangers.send("target", isEntry: true).fate == .answered)
            let before = try await strangers.log()["target"]
            strangers.gate.close()
            #expect(await strangers.send("target", isEntry: true).fate == .gated)
            let after = try await strangers.log()["target"]
            #expect(after == before)
        }
    }
}
