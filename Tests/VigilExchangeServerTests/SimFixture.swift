import Foundation
import VigilExchange
import VigilExchangeServer
import VigilMarkets
import VigilModel

/// A venue without sockets, a minute of a fixed day old, and the requests of one key that may trade.
struct SimFixture {
    static let start = Instant(seconds: 1_767_571_200)

    var venue: SimVenue
    var elapsed = Duration.zero
    /// Frames that requests caused, handed over with the next ticks'.
    private var caused: [Delivery] = []
    private static let trader = APIKey(name: "trader", key: nil, canTrade: true)

    init(products: [String] = ["BTC-USD", "ETH-USD"], seed: UInt64 = 1) throws {
        let specs = try products.compactMap { ProductID($0) }.map { try ProductSpec($0, tier: 1) }
        var settings = SimSettings()
        settings.seed = seed
        settings.limits = nil
        settings.deposits = [try Money("100000", .usd)]
        let keys = KeyRing([Self.trader], hosts: [])
        venue = try SimVenue(
            MarketGenerator(specs, seed: seed, start: Self.start, warmup: 60, stepsPerMinute: 240),
            settings,
            keys: keys,
            at: Moment(real: Self.start, market: Self.start)
        )
    }

    var now: Moment { Moment(real: Self.start + elapsed, market: Self.start + elapsed) }

    mutating func pass(_ time: Duration) -> [Delivery] {
        var deliveries = caused
        caused = []
        var left = time
        while left > .zero {
            let step = min(left, .milliseconds(20))
            elapsed += step
            left -= step
            deliveries += venue.tick(at: now)
        }
        return deliveries
    }

    mutating func ask(
        _ method: String,
        _ path: String,
        _ body: String = ""
    ) -> (status: Int, body: [String: Any]) {
        let request = SimRequest(
            method: method,
            target: "/api/v3/brokerage" + path,
            body: Array(body.utf8),
            credential: Credential(replayed: Self.trader)
        )
        let reply = venue.handle(request, at: now)
        caused += reply.deliveries
        return Self.read(reply.response)
    }

    mutating func control(
        _ method: String,
        _ path: String,
        _ body: String = ""
    ) -> (status: Int, body: [String: Any]) {
        let request = SimRequest(method: method, target: "/_sim" + path, body: Array(body.utf8))
        return Self.read(venue.control(request, at: now))
    }

    static func read(_ response: SimResponse) -> (status: Int, body: [String: Any]) {
        let read = try? JSONSerialization.jsonObject(with: Data(response.body))
        return (response.status, read as? [String: Any] ?? [:])
    }

    /// Sends an order; its id where it was accepted, the venue's reasons where not.
    mutating func order(
        _ side: String,
        _ configuration: String,
        product: String = "BTC-USD",
        id: String
    ) -> (id: String?, reasons: [String]) {
        let answer = ask(
            "POST",
            "/orders",
            #"{"client_order_id":"\#(id)","product_id":"\#(product)","side":"\#(side)","#
                + #""order_configuration":{\#(configuration)}}"#
        )
        let success = answer.body["success_response"] as? [String: Any]
        let error = answer.body["error_response"] as? [String: Any]
        let names = ["new_order_failure_reason", "preview_failure_reason"]
        return (success?["order_id"] as? String, names.compactMap { error?[$0] as? String })
    }

    mutating func status(_ id: String) -> String? {
        (ask("GET", "/orders/historical/\(id)").body["order"] as? [String: Any])?["status"]
            as? String
    }
}

extension [Delivery] {
    /// The frames of a connection, read.
    func frames(_ connection: Int) -> [[String: Any]] {
        compactMap { delivery in
            guard delivery.connection == connection, case .frame(let bytes) = delivery.action else {
                return nil
            }
            return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
        }
    }
}
