import Foundation
import Testing
import VigilModel

@testable import VigilCoinbase

/// Whatever a venue says in any field, what we sign names exactly the request that it is sent with.
@Suite(.serialized, .certificates) struct SigningPropertyTests {
    private static let words: [String] = {
        var random = SeededRandom(seed: 1_907)
        let signs =
            Array(#"ab09-_./\"'{}[]:;,?#%&=@ +"#) + [
                "\n", "\r", "\t", "\u{0}", "\u{7f}", "\u{2028}", "é", "🂡",
            ]
        return [
            #"x","uris":["POST h/orders"],"z":""#, "../orders", "..%2forders", "x?y=1", "x#y",
            "x HTTP/1.1", "",
            "x\r\nAuthorization: Bearer y", "//other.example/x", "@other.example",
            String(repeating: "a", count: 65),
        ]
            + (0..<120).map { _ in
                String(
                    (0..<random.integer(in: 1...40)).map { _ in
                        signs[random.integer(in: 0...(signs.count - 1))]
                    }
                )
            }
    }()

    /// A body in which every field that is read is one of the words.
    private static func body(_ cursor: String? = nil) throws -> String {
        let rows = words.map { word -> [String: Any] in
            [
                "order_id": word, "client_order_id": word, "product_id": word, "side": "BUY",
                "status": "OPEN",
                "uuid": word, "currency": word, "entry_id": word, "trade_id": word,
                "failure_reason": word,
                "created_time": word, "order_configuration": [word: [word: word]],
            ]
        }
        var body: [String: Any] = [
            "has_next": cursor != nil, "cursor": cursor ?? "", "success": true,
            "success_response": ["order_id": words[0]],
            "order": rows[0], "fee_tier": ["pricing_tier": words[0]], "portfolio_uuid": words[0],
        ]
        for list in ["orders", "fills", "accounts", "products", "results", "trades", "candles"] {
            body[list] = rows
        }
        return String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
    }

    /// Asks for everything that is asked for anywhere, and for each thing that an answer named.
    private static func ask(_ client: CoinbaseClient) async throws {
        let since = Instant(seconds: 1_700_000_000)
        let listed = await client.openOrders().value ?? []
        _ = await (client.orders(since: since), client.fills(since: since))
        _ = await (client.permissions(), client.feeTier(), client.wallets(), client.time())
        let ids = listed.map(\.id) + words.map { VenueOrderID($0) }
        for id in ids {
            _ = await client.order(id)
        }
        _ = await client.cancel(ids)
        for word in words {
            let order = OrderRequest(
                clientOrderID: ClientOrderID(word),
                product: ProductID(word) ?? RestTrapTests.btc,
                side: .buy,
                terms: RestTrapTests.order.terms
            )
            _ = await client.create(order, isEntry: true)
            guard let product = ProductID(word) else { continue }
            _ = await (client.trades(product), client.products([product]))
        }
        _ = await client.products()
    }

    private static func requireHonest(_ line: RestTrapTests.Log.Line, host: String) throws {
        let path = String(line.target.prefix { $0 != "?" })
        let rest = try #require(
            path.hasPrefix("/api/v3/brokerage/") ? path.dropFirst(18) : nil,
            "\(line.target)"
        )
        let known = [
            "orders", "orders/batch_cancel", "orders/historical/batch", "orders/historical/fills",
            "key_permissions",
            "transaction_summary", "accounts", "time", "market/products", "products",
        ]
        let name = rest.hasPrefix("orders/historical/") ? rest.dropFirst(18) : ""
        let isOrder =
            (1...64).contains(name.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
        let isMarket =
            rest.hasPrefix("market/products/")
            && rest.dropFirst(16).split(separator: "/").first.map { ProductID($0) != nil } == true
            && rest.utf8.allSatisfy { $0.isLetterOrDigit || "-_./".utf8.contains($0) }
        #expect(known.contains(String(rest)) || isOrder || isMarket, "\(line.target)")
        guard !line.authorization.isEmpty else { return }
        let token = try AuthTrapTests.decoded(String(line.authorization.dropFirst("Bearer ".count)))
        #expect(token[1]["uri"] as? String == "\(line.method) \(host)\(path)")
        #expect(Set(token[0].keys) == ["alg", "kid", "nonce", "typ"])
        #expect(Set(token[1].keys) == ["exp", "iss", "nbf", "sub", "uri"])
    }

    @Test func `whatever stands in any field, a token names the request that it is sent with`()
        async throws
    {
        let pages = try Self.words.filter { !$0.isEmpty }.prefix(30).map {
            RestTrapTests.Entry(
                path: "/api/v3/brokerage/orders/historical/batch",
                body: try Self.body($0),
                times: 1
            )
        }
        let wire = try RestTrapTests.wire(pages + [.init(body: Self.body())])
        defer { wire.stop() }
        try await Self.ask(wire.client)
        let log = try await RestTrapTests.log(wire)
        #expect(log.filter { !$0.authorization.isEmpty }.count > 150)
        for line in log {
            try Self.requireHonest(line, host: wire.client.address.host)
        }
        // What was sent in a body is the texts that were meant, whatever stood in them.
        for line in log where line.target.hasSuffix("/batch_cancel") {
            let body = try JSONDecoder().decode([String: [String]].self, from: Data(line.body.utf8))
            #expect(body.keys.sorted() == ["order_ids"])
        }
    }
}
