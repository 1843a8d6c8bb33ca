// vigil-feed-bench measures the Coinbase side: decoding, listening, asking, the way from a tick to an order
// on the wire, and the risk pass on that way. Each mode prints one JSON object; `./dev bench` builds and runs it.
import ArgumentParser
import Foundation
import VigilCoinbase
import VigilCore
import VigilModel
import VigilTransport

@main
struct FeedBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        subcommands: [
            Decode.self, Listen.self, Requests.self, Wire.self, Pass.self, LedgerBench.self,
            FillLedger.self,
        ]
    )
}

/// How a running coinbase-sim is reached.
struct SimOptions: ParsableArguments {
    @Option(help: "The venue's TLS port.")
    var port: Int
    @Option(help: "The venue's directory of certificates and keys.")
    var tlsDir: String

    func client() throws -> (CoinbaseClient, TokenMint) {
        let gate = EntryGate(open: true)
        guard let transport = Transport(gate: gate, authorities: tlsDir + "/ca.pem"),
            let address = VenueAddress(endpoint: "https://127.0.0.1:\(port)"),
            let key = try CredentialFile.key(path: tlsDir + "/key.json", environment: [:])
        else { throw ValidationError("no network, or no key") }
        let mint = TokenMint(key: key) { Int64(Date().timeIntervalSince1970) }
        var limits = RequestBudget.Limits()
        limits.authenticatedPerSecond = 1_000_000
        limits.authenticatedBurst = 1_000_000
        limits.openPerSecond = 1_000_000
        limits.perHour = .max
        return (
            CoinbaseClient(
                transport: transport,
                address: address,
                mint: mint,
                limits: limits,
                random: SeededRandom(seed: 1)
            ), mint
        )
    }
}

enum Figures {
    static func show(_ figures: [String: Double]) throws {
        let data = try JSONSerialization.data(withJSONObject: figures, options: .sortedKeys)
        FileHandle.standardOutput.write(data + Data("\n".utf8))
    }

    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    static var residentMegabytes: Double {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * 4_096 / 1e6
    }

    static func percentile(_ values: [Double], _ part: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]
    }
}

/// Decodes messages in the venue's own form and keeps the book.
struct Decode: ParsableCommand {
    static let product = ProductID("BTC-USD") ?? ProductID(base: .usd, quote: .usd)

    static func level(_ side: String, _ cents: Int, _ quantity: String) -> String {
        #"{"side":"\#(side)","event_time":"2026-09-07T10:00:00.123456Z","price_level":"\#(cents / 100).\#(cents % 100 + 10)","new_quantity":"\#(quantity)"}"#
    }

    static func message(_ kind: String, _ number: Int, _ levels: [String]) -> [UInt8] {
        Array(
            (#"{"channel":"l2_data","client_id":"","timestamp":"2026-09-07T10:00:00.2Z","sequence_num":\#(number),"events":[{"type":"\#(kind)","product_id":"BTC-USD","updates":["#
                + levels.joined(separator: ",") + "]}]}").utf8
        )
    }

    func run() throws {
        let middle = 8_600_000
        var levels: [String] = []
        for step in 0..<21_500 {
            levels.append(Self.level("bid", middle - 100 - step * 100, "0.06317902"))
            levels.append(Self.level("offer", middle + 100 + step * 100, "0.1"))
        }
        let snapshot = Self.message("snapshot", 0, levels)
        var random = SeededRandom(seed: 1)
        let updates = (0..<4_000).map { number -> [UInt8] in
            let levels = (0..<25).map { _ -> String in
                let isBid = random.unit() < 0.5
                let reach = random.unit() < 0.95 ? 50 : 10_000
                let distance = 100 + random.integer(in: 0...reach) * 100
                let quantity = random.unit() < 0.3 ? "0" : "0.\(random.integer(in: 1...99_999_999))"
                return Self.level(
                    isBid ? "bid" : "offer",
                    isBid ? middle - distance : middle + distance,
                    quantity
                )
            }
            return Self.message("update", number + 1, levels)
        }
        let parser = FeedParser()
        var book = LevelBook(product: Self.product)
        var snapshots: [Double] = []
        for _ in 0..<20 {
            let began = MonotonicTime.nanoseconds
            try Self.take(snapshot, parser, &book)
            snapshots.append(Double(MonotonicTime.nanoseconds - began) / 1e6)
        }
        let began = Figures.cpuSeconds
        for _ in 0..<5 {
            for update in updates {
                try Self.take(update, parser, &book)
            }
        }
        let seconds = Figures.cpuSeconds - began
        try Figures.show([
            "updates_per_second": 5 * 4_000 * 25 / seconds,
            "snapshot_ms": Figures.percentile(snapshots, 0.5),
            "snapshot_megabytes": Double(snapshot.count) / 1e6,
        ])
    }

    static func take(
        _ bytes: [UInt8],
        _ parser: borrowing FeedParser,
        _ book: inout LevelBook
    ) throws {
        guard case .books(let changes) = try parser.read(bytes).content else { return }
        for change in changes {
            try book.apply(change)
        }
    }
}

/// Listens to products as the engine does: shards, books, candles.
struct Listen: AsyncParsableCommand {
    @OptionGroup var sim: SimOptions
    @Option var products = 300
    @Option var seconds = 10
    @Flag(help: "Level2 of one connection alone, as the other clients are asked for.")
    var bare = false

    func run() async throws {
        let (client, mint) = try sim.client()
        guard let listed = await client.products().value?.prefix(products) else {
            throw ValidationError("no products")
        }
        let ids = listed.map(\.product.id)
        let market = Market(listed.map(\.product))
        let size = bare ? ids.count : 25
        for (index, start) in stride(from: 0, to: ids.count, by: size).enumerated() {
            let shard = Array(ids[start..<min(start + size, ids.count)])
            let connection = FeedConnection(
                transport: client.transport,
                address: client.address.feed,
                mint: mint,
                channels: bare ? [.heartbeats, .level2] : [.heartbeats, .level2, .marketTrades],
                products: shard,
                random: SeededRandom(seed: UInt64(index)),
                marketTime: { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) },
                report: { market.take($0, shard) }
            )
            await connection.start()
            // The venue takes eight connections a second.
            await client.transport.sleep(for: .milliseconds(150))
        }
        await client.transport.sleep(for: .seconds(3))
        let (cpu, count, memory) = (Figures.cpuSeconds, market.messages, Figures.residentMegabytes)
        await client.transport.sleep(for: .seconds(seconds))
        try Figures.show([
            "messages_per_second": Double(market.messages - count) / Double(seconds),
            "cpu_percent": (Figures.cpuSeconds - cpu) / Double(seconds) * 100,
            "resident_megabytes": Figures.residentMegabytes,
            "growth_megabytes": Figures.residentMegabytes - memory,
            "losses": Double(market.losses),
        ])
    }
}

/// What MarketData would hold, on the network's thread.
final class Market: @unchecked Sendable {
    private var core = MarketDataCore()
    private(set) var messages = 0
    private(set) var losses = 0

    init(_ products: [Product]) {
        _ = try? core.handle(.productsListed(products, history: [:]), at: .epoch)
    }

    func take(_ report: FeedConnection.Report, _ shard: [ProductID]) {
        guard case .content(let content, let receivedAt, _) = report else {
            if case .lost = report { losses += 1 }
            return
        }
        messages += 1
        switch content {
        case .books(let changes):
            for change in changes {
                _ = try? core.handle(
                    .feedReported(.bookChanged(change, receivedAt: receivedAt)),
                    at: receivedAt
                )
            }
        case .trades(let prints):
            _ = try? core.handle(.feedReported(.tradesPrinted(prints)), at: receivedAt)
        case .heartbeat:
            _ = try? core.handle(
                .feedReported(.heartbeat(shard, receivedAt: receivedAt)),
                at: receivedAt
            )
        default: break
        }
    }
}

/// Asks one thing after the other.
struct Requests: AsyncParsableCommand {
    @OptionGroup var sim: SimOptions
    @Option var seconds = 3

    func run() async throws {
        let (client, _) = try sim.client()
        _ = await client.permissions()
        let (cpu, began) = (Figures.cpuSeconds, MonotonicTime.nanoseconds)
        var count = 0
        while MonotonicTime.nanoseconds - began < Int64(seconds) * 1_000_000_000 {
            guard await client.permissions().value != nil else {
                throw ValidationError("no answer")
            }
            count += 1
        }
        try Figures.show([
            "per_second": Double(count) / Double(seconds),
            "cpu_ms_each": (Figures.cpuSeconds - cpu) * 1e3 / Double(count),
        ])
    }
}
