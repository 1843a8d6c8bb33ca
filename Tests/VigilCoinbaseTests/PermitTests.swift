import Foundation
import Synchronization
import Testing
import VigilCoinbase
import VigilCore
import VigilModel
import VigilTransport

@testable import VigilDaemon
@testable import VigilEngine

/// What keeps an entry from leaving for Coinbase: each layer is looked at with all others open.
@Suite(.certificates) struct PermitTests {
    static func order(_ id: String, _ side: Side) throws -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(id),
            product: FeedTrapTests.btc,
            side: side,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
    }

    static func permit() throws -> LivePermit {
        let judged = LivePermit.judge(
            PermitEvidence(
                certificate: .simulatedVenue,
                canTrade: true,
                canTransfer: false,
                skew: .zero,
                skewMax: .seconds(1)
            )
        )
        return try #require(judged.permit)
    }

    /// What a gateway sent of an entry and an exit, and what Execution was told.
    static func sent(
        permit: LivePermit?,
        gate: EntryGate
    ) async throws -> (bodies: [String], refused: [ClientOrderID]) {
        let taken = #"{"success":true,"success_response":{"order_id":"o"}}"#
        let server = try RestTrapTests.wire([
            RestTrapTests.Entry(path: "/api/v3/brokerage/orders", body: taken)
        ])
        defer { server.stop() }
        let key = try AuthTrapTests.key(AuthTrapTests.pkcs8("ed25519"))
        let ca = server.server.folder + "/ca.pem"
        let access = try VenueAccess(
            VenueAccess.Plan(address: server.client.address, authorities: ca, key: key),
            gate: gate
        )
        defer { access.transport.stop() }
        let clock = MachineClock()
        let plumbing = Plumbing(
            clock: clock,
            stopwatch: MonotonicStopwatch(),
            submits: true,
            eligibleMin: 1
        )
        let venue = CoinbaseVenue(
            client: access.client,
            mint: access.mint,
            products: [],
            rowWait: .seconds(1),
            patience: Patience(told: { _ in }, isOver: { true }, pause: { _ in }),
            random: SeededRandom(seed: 1),
            marketTime: { clock.now }
        )
        let gateway = VenueGateway(
            venue: venue,
            start: VenueStart(instance: "instance", unfinished: []),
            right: .live(PermitSlot(permit)),
            plumbing: plumbing,
            executor: BlockingExecutor(label: "venue")
        )
        plumbing.venue.post(.submit(try order("entry", .buy), isEntry: true))
        plumbing.venue.post(.submit(try order("exit", .sell), isEntry: false))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await gateway.run() }
            func bodies() async throws -> [String] {
                try await RestTrapTests.log(server).filter { $0.method == "POST" }.map(\.body)
            }
            // The exit goes out last: once it is there, the entry has gone or never will.
            _ = await eventually(server.transport) {
                let sent = (try? await bodies()) ?? []
                let needed = permit != nil && gate.isOpen ? 2 : 1
                // What became of each order is said before the mailbox is closed.
                return sent.contains { $0.contains("SELL") } && sent.count >= needed
                    && plumbing.execution.depth >= 2
            }
            let found = try await bodies()
            plumbing.venue.close()
            plumbing.execution.close()
            var refused: [ClientOrderID] = []
            while let events = await plumbing.execution.next() {
                for case .venueReported(.orderRejected(let id, .gateClosed)) in events {
                    refused.append(id)
                }
            }
            try await group.waitForAll()
            return (found, refused)
        }
    }

    @Test func `without a permit no entry leaves, though the gate is open, and an exit does`()
        async throws
    {
        let (bodies, refused) = try await Self.sent(permit: nil, gate: EntryGate(open: true))
        #expect(bodies.count == 1 && bodies[0].contains("SELL"))
        #expect(refused == [ClientOrderID("entry")])
    }

    @Test func `behind a closed gate no entry leaves, though there is a permit, and an exit does`()
        async throws
    {
        let (bodies, refused) = try await Self.sent(
            permit: Self.permit(),
            gate: EntryGate(open: false)
        )
        #expect(bodies.count == 1 && bodies[0].contains("SELL"))
        #expect(refused == [ClientOrderID("entry")])
    }

    @Test func `with a permit and an open gate both leave`() async throws {
        let (bodies, refused) = try await Self.sent(
            permit: Self.permit(),
            gate: EntryGate(open: true)
        )
        #expect(bodies.count == 2 && refused.isEmpty)
    }

    @Test func `a permit needs each part of its evidence`() {
        func judge(_ change: (inout PermitEvidence) -> Void) -> (permit: Bool, objections: Int) {
            var evidence = PermitEvidence(
                certificate: .simulatedVenue,
                canTrade: true,
                canTransfer: false,
                skew: .milliseconds(1_000),
                skewMax: .milliseconds(1_000)
            )
            change(&evidence)
            let judged = LivePermit.judge(evidence)
            return (judged.permit != nil, judged.objections.count)
        }
        #expect(judge { _ in } == (true, 0))
        #expect(judge { $0.skew = .milliseconds(-1_000) } == (true, 0))
        #expect(judge { $0.certificate = .missing } == (false, 1))
        #expect(judge { $0.canTrade = false } == (false, 1))
        #expect(judge { $0.canTransfer = true } == (false, 1))
        #expect(judge { $0.skew = .milliseconds(1_001) } == (false, 1))
        #expect(judge { $0.skew = .milliseconds(-1_001) } == (false, 1))
        #expect(
            judge {
                $0.certificate = .missing
                $0.canTransfer = true
            } == (false, 2)
        )
    }

    @Test(arguments: [
        ("127.0.0.1:8443", true), ("localhost", true), ("[::1]:1", true), ("127.0.0.1", true),
        ("127.0.0.1.example.com", false), ("localhost.example.com", false), ("10.0.0.1", false),
        ("api.coinbase.com", false), ("[::2]:1", false), ("coinbase_sim:8443", false),
        ("xn--bcher-kva.example", false), ("LOCALHOST.example", false),
    ])
    func `only a venue on this machine counts as simulated`(_ host: String, _ expected: Bool) throws
    {
        let address = try #require(VenueAddress(endpoint: "https://\(host)"))
        #expect(address.isLoopback == expected)
        #expect(!VenueAddress.production.isLoopback)
    }

    /// Each would be this machine to the permit, or a part of it, and another one to libcurl.
    @Test(arguments: [
        "127.0.0.1%3Ax%40example.com:443", "127.0.0.1%40example.com", "127.0.0.1:x@example.com",
        "127.0.0.1%2Fx", "127.0.0.1%23", "127.0.0.1%3F", "localhost%00.example.com",
        "127.0.0.1#@example.com", "127.0.0.1\\@example.com", "loc%61lhost%20", "[::1%25lo]:1",
        "127.0.0.1 ", "",
    ])
    func `an address that is read in two ways is none`(_ host: String) {
        #expect(VenueAddress(endpoint: "https://\(host)") == nil)
    }
}
