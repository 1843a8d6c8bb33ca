import Testing
import VigilExchangeServer
import VigilModel

@Suite struct FeedTests {
    private func subscribed(_ channels: String...) throws -> (SimFixture, [Delivery]) {
        var sim = try SimFixture()
        _ = sim.venue.connect(1, .market, at: sim.now)
        var deliveries: [Delivery] = []
        for channel in channels {
            let text = #"{"type":"subscribe","channel":"\#(channel)","product_ids":["BTC-USD"]}"#
            deliveries += sim.venue.receive(Array(text.utf8), from: 1, at: sim.now)
        }
        return (sim, deliveries)
    }

    @Test func `numbers run on without a gap over all channels`() throws {
        var (sim, first) = try subscribed("level2", "ticker", "market_trades", "heartbeats")
        let frames = (first + sim.pass(.seconds(8))).frames(1)
        #expect(frames.count > 30)
        #expect(frames.map { $0["sequence_num"] as? Int } == Array(0..<frames.count))
        #expect(Set(frames.compactMap { $0["channel"] as? String }).count == 5)
    }

    @Test func `heartbeats come once a second and count`() throws {
        var (sim, _) = try subscribed("heartbeats")
        let counters = sim.pass(.seconds(5)).frames(1).compactMap { frame in
            (frame["events"] as? [[String: Any]])?.first?["heartbeat_counter"] as? Int
        }
        #expect(counters.count == 5)
        #expect(zip(counters, counters.dropFirst()).allSatisfy { $0 + 1 == $1 })
    }

    @Test func `who hears nothing for a minute and a quarter is let go`() throws {
        var (sim, _) = try subscribed("status")
        #expect(!sim.pass(.seconds(74)).contains { $0.action == .close })
        #expect(sim.pass(.seconds(3)).contains { $0.action == .close })
    }

    @Test func `who subscribes to nothing in five seconds is let go`() throws {
        var sim = try SimFixture()
        _ = sim.venue.connect(1, .market, at: sim.now)
        #expect(!sim.pass(.milliseconds(4_900)).contains { $0.action == .close })
        #expect(sim.pass(.milliseconds(200)).contains { $0.action == .close })
    }

    @Test func `quotes that stand still begin with what a listener is told first`() throws {
        var sim = try SimFixture()
        for round in 1...40 {
            let stale = sim.control(
                "POST",
                "/faults",
                #"{"kind":"stale_quotes","product":"BTC-USD"}"#
            )
            #expect(stale.status == 200)
            _ = sim.venue.connect(round, .market, at: sim.now)
            let text = #"{"type":"subscribe","channel":"ticker","product_ids":["BTC-USD"]}"#
            let first = sim.venue.receive(Array(text.utf8), from: round, at: sim.now)
            let tickers = (first + sim.pass(.milliseconds(600))).frames(round).compactMap { frame in
                ((frame["events"] as? [[String: Any]])?.first?["tickers"] as? [[String: String]])?
                    .first
            }
            #expect(tickers.count > 1)
            #expect(Set(tickers.map { [$0["price"], $0["best_bid"]] }).count == 1)
            _ = sim.control("DELETE", "/faults")
            _ = sim.pass(.milliseconds(310))
        }
    }

    @Test func `the snapshot and its updates are the displayed book, levels and all`() throws {
        var (sim, first) = try subscribed("level2")
        var book: [String: String] = [:]
        var frames = first.frames(1)
        for number in 0..<20 {
            let limit =
                #""limit_limit_gtc":{"base_size":"0.0\#(number + 1)","limit_price":"\#(40_000 + number)"}"#
            _ = sim.order("BUY", limit, id: "o\(number)")
            frames += sim.pass(.milliseconds(700)).frames(1)
        }
        for frame in frames where frame["channel"] as? String == "l2_data" {
            for event in frame["events"] as? [[String: Any]] ?? [] {
                for update in event["updates"] as? [[String: String]] ?? [] {
                    let level = "\(update["side"] ?? "") \(update["price_level"] ?? "")"
                    let quantity = update["new_quantity"]
                    book[level] = quantity == "0" ? nil : quantity
                }
            }
        }
        // The venue's own answer to the same question, at the same moment.
        let request = SimRequest(method: "GET", target: "/_sim/truth/book/BTC-USD")
        let bytes = sim.venue.control(request, at: sim.now).body
        let truth = [
            Delivery(connection: 1, action: .frame(Array("{\"e\":".utf8) + bytes + [0x7d]))
        ]
        var expected: [String: String] = [:]
        for event in truth.frames(1).first?["e"] as? [[String: Any]] ?? [] {
            for update in event["updates"] as? [[String: String]] ?? [] {
                let level = "\(update["side"] ?? "") \(update["price_level"] ?? "")"
                expected[level] = update["new_quantity"]
            }
        }
        let wrong = Set(book.keys).union(expected.keys).filter { book[$0] != expected[$0] }
        #expect(wrong.isEmpty)
        #expect(book["bid 40003"] == "0.04")
    }
}
