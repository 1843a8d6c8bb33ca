import Synchronization
import Testing
import VigilCore
import VigilModel

@testable import VigilCoinbase

/// A 403 about a product is not one about the key.
@Suite(.certificates) struct ClosedProductTests {
    /// What is said of an order that is answered so.
    private func said(_ body: String, _ side: Side = .buy) async throws -> [String] {
        let wire = try RestTrapTests.wire([
            .init(path: "/api/v3/brokerage/orders", status: 403, body: body)
        ])
        defer { wire.stop() }
        let venue = await CoinbaseVenue.begun(wire.client)
        let heard = Mutex<[String]>([])
        let order = OrderRequest(
            clientOrderID: ClientOrderID("v-instance-firstrun-1"),
            product: try #require(ProductID("BTC-USD")),
            side: side,
            terms: .limit(
                price: try Price("100", .usd),
                quantity: try Quantity("1"),
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
        let work = venue.take(.submit(order, isEntry: side == .buy), at: .epoch) { report in
            switch report {
            case .closed(let product, let words):
                heard.withLock { $0.append("\(product): \(words)") }
            case .event(.orderRejected(_, let reason)):
                heard.withLock { $0.append(reason.rawValue) }
            // tidy-ok: default what else a venue says of a call is for the journal and the breakers
            default: break
            }
        }
        await work?()
        return heard.withLock(\.self)
    }

    @Test func `a product that is not open to the account is told with the venue's words`()
        async throws
    {
        let body =
            #"{"error":"PERMISSION_DENIED","message":"product is not available in your region"}"#
        let heard = try await said(body)
        #expect(
            heard == ["BTC-USD: product is not available in your region", "PRODUCT_NOT_TRADABLE"]
        )
    }

    @Test func `a sell that is refused closes nothing: what is held must be sold`() async throws {
        let body =
            #"{"error":"PERMISSION_DENIED","message":"product is not available in your region"}"#
        #expect(try await said(body, .sell) == ["PRODUCT_NOT_TRADABLE"])
    }

    @Test func `a key without its scopes closes no product`() async throws {
        let body = #"{"error":"PERMISSION_DENIED","message":"Missing required scopes"}"#
        #expect(try await said(body) == ["OTHER"])
    }
}
