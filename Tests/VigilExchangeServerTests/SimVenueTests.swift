import Testing
import VigilExchangeServer
import VigilModel

@Suite struct SimVenueTests {
    private let resting = #""limit_limit_gtc":{"base_size":"0.01","limit_price":"50000"}"#

    @Test func `an order is not found, then pending, then open`() throws {
        var sim = try SimFixture()
        let id = try #require(sim.order("BUY", resting, id: "a").id)
        #expect(sim.status(id) == nil)
        _ = sim.pass(.milliseconds(40))
        // Found by nobody yet, and pending besides: the listing says nothing of it either.
        #expect(sim.status(id) == nil)
        _ = sim.pass(.milliseconds(80))
        #expect(sim.status(id) == "OPEN")
    }

    @Test func `good till date ends at its date, stops included`() throws {
        var sim = try SimFixture()
        let end = (SimFixture.start + .seconds(30)).description
        let limit =
            #""limit_limit_gtd":{"base_size":"0.01","limit_price":"50000","end_time":"\#(end)"}"#
        let stop =
            #""stop_limit_stop_limit_gtd":{"base_size":"0.01","limit_price":"150000","#
            + #""stop_price":"140000","stop_direction":"STOP_DIRECTION_STOP_UP","end_time":"\#(end)"}"#
        let first = try #require(sim.order("BUY", limit, id: "a").id)
        let second = try #require(sim.order("BUY", stop, id: "b").id)
        _ = sim.pass(.seconds(29))
        #expect(sim.status(first) == "OPEN")
        #expect(sim.status(second) == "OPEN")
        _ = sim.pass(.seconds(2))
        #expect(sim.status(first) == "EXPIRED")
        #expect(sim.status(second) == "EXPIRED")
        #expect(sim.venue.isBalanced)
    }

    @Test func `nothing fills after its date, however fast the market runs`() throws {
        var sim = try SimFixture()
        var ends: [String: Instant] = [:]
        for number in 0..<40 {
            let price = (sim.ask("GET", "/products/BTC-USD").body["price"] as? String) ?? "0"
            let limit = Int(Double(price) ?? 0) - 10
            let end = sim.now.market + .seconds(3)
            let configuration =
                #""limit_limit_gtd":{"base_size":"0.01","limit_price":"\#(limit)","end_time":"\#(end)"}"#
            _ = sim.order("BUY", configuration, id: "o\(number)")
            ends["o\(number)"] = end
            // Five seconds in one tick: what comes after the third second comes too late.
            sim.elapsed += .seconds(5)
            _ = sim.venue.tick(at: sim.now)
        }
        _ = sim.pass(.seconds(1))
        let body = sim.ask("GET", "/orders/historical/batch").body
        var statuses: Set<String> = []
        for order in body["orders"] as? [[String: Any]] ?? [] {
            statuses.insert(order["status"] as? String ?? "")
            guard let filled = (order["last_fill_time"] as? String).flatMap({ Instant($0) }),
                let end = ends[order["client_order_id"] as? String ?? ""]
            else { continue }
            #expect(filled <= end)
        }
        #expect(statuses == ["FILLED", "EXPIRED"])
        #expect(sim.venue.isBalanced)
    }

    @Test func `a stop wakes up at its price and says so`() throws {
        var sim = try SimFixture()
        let last = try #require(
            (sim.ask("GET", "/products/BTC-USD").body["price"] as? String).flatMap { Double($0) }
        )
        let stop = Int(last) + 1
        let configuration =
            #""stop_limit_stop_limit_gtc":{"base_size":"0.01","limit_price":"\#(stop + 20_000)","#
            + #""stop_price":"\#(stop)","stop_direction":"STOP_DIRECTION_STOP_UP"}"#
        let id = try #require(sim.order("BUY", configuration, id: "a").id)
        for _ in 0..<60 where sim.status(id) != "FILLED" {
            _ = sim.pass(.seconds(10))
        }
        let order = sim.ask("GET", "/orders/historical/\(id)").body["order"] as? [String: Any]
        #expect(order?["status"] as? String == "FILLED")
        #expect(order?["trigger_status"] as? String == "STOP_TRIGGERED")
    }

    @Test func `one journal of inputs gives one truth, in any run`() throws {
        func session() throws -> String {
            var sim = try SimFixture(seed: 5)
            _ = sim.control("POST", "/faults", #"{"kind":"cancel_fills","probability":0.5}"#)
            _ = sim.control("POST", "/faults", #"{"kind":"drop_after","probability":0.3}"#)
            for number in 0..<40 {
                let price = 85_000 + number * 50
                let limit = #""limit_limit_gtc":{"base_size":"0.01","limit_price":"\#(price)"}"#
                let id = sim.order("BUY", limit, id: "order-\(number)").id
                _ = sim.pass(.milliseconds(500))
                if let id, number.isMultiple(of: 3) {
                    _ = sim.ask("POST", "/orders/batch_cancel", #"{"order_ids":["\#(id)"]}"#)
                }
            }
            #expect(sim.venue.isBalanced)
            return sim.venue.truthHash
        }
        let first = try session()
        #expect(try session() == first)
    }

    @Test func `reasons are the venue's, by product state`() throws {
        var sim = try SimFixture()
        let market = #""market_market_ioc":{"quote_size":"100"}"#
        let expected = [
            "post_only": "ORDER_ENTRY_DISABLED", "limit_only": "ORDER_ENTRY_DISABLED",
            "cancel_only": "PRODUCT_TRADING_HALTED", "disabled": "TRADING_DISABLED",
        ]
        for (state, reason) in expected.sorted(by: { $0.key < $1.key }) {
            let order = #"{"kind":"product_status","product":"BTC-USD","state":"\#(state)"}"#
            _ = sim.control("POST", "/faults", order)
            #expect(sim.order("BUY", market, id: state).reasons.first == reason)
            _ = sim.control("DELETE", "/faults")
        }
        #expect(sim.order("BUY", market, id: "after").id != nil)
    }

    @Test func `more open orders than the venue keeps are refused`() throws {
        var sim = try SimFixture()
        for number in 0..<500 {
            let limit = #""limit_limit_gtc":{"base_size":"0.001","limit_price":"1000"}"#
            #expect(sim.order("BUY", limit, id: "o\(number)").id != nil)
        }
        #expect(sim.order("BUY", resting, id: "one more").id == nil)
        let cheap = #""limit_limit_gtc":{"base_size":"0.01","limit_price":"1000"}"#
        #expect(sim.order("BUY", cheap, product: "ETH-USD", id: "elsewhere").id != nil)
    }

    @Test func `a page is not shifted by orders that come meanwhile`() throws {
        var sim = try SimFixture()
        for number in 0..<5 {
            _ = sim.order("BUY", resting, id: "o\(number)")
        }
        _ = sim.pass(.seconds(1))
        func page(_ cursor: String) -> (ids: [String], cursor: String) {
            let body = sim.ask("GET", "/orders/historical/batch?limit=2&cursor=\(cursor)").body
            let orders = body["orders"] as? [[String: Any]] ?? []
            let ids = orders.compactMap { $0["client_order_id"] as? String }
            return (ids, body["cursor"] as? String ?? "")
        }
        let first = page("")
        _ = sim.order("BUY", resting, id: "new")
        _ = sim.pass(.seconds(1))
        let second = page(first.cursor)
        let third = page(second.cursor)
        #expect(first.ids + second.ids + third.ids == ["o4", "o3", "o2", "o1", "o0"])
        #expect(third.cursor.isEmpty)
    }
}
