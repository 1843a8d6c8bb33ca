import Foundation
import Testing
import VigilModel

@testable import VigilCoinbase

/// What an order looks like on its way there, and what its answer may look like.
@Suite(.certificates) struct OrderShapeTests {
    @Test(arguments: [
        #"{"success":true,"success_response":{"order_id":"o"}}"#,
        #"{"success":true,"order_id":"o"}"#,
        #"{"success":true,"order_id":"o","success_response":null}"#,
    ])
    func `the venue's name of an order may stand in either place`(_ body: String) async throws {
        let wire = try RestTrapTests.wire([.init(path: "/api/v3/brokerage/orders", body: body)])
        defer { wire.stop() }
        let name = await wire.client.create(RestTrapTests.order, isEntry: false).value
        #expect(name == VenueOrderID("o"))
    }

    @Test(arguments: [
        ("0.0000088", "1"), ("0.000000000000000001", "1000000000000"),
        ("123456789.1", "0.00000001"),
    ])
    func `prices and sizes are sent digit by digit, however small`(
        _ price: String,
        _ size: String
    ) throws {
        let request = OrderRequest(
            clientOrderID: ClientOrderID("v-test-1"),
            product: ProductID(base: Currency("SHIB") ?? .usd, quote: .usd),
            side: .sell,
            terms: .limit(
                price: try Price(price, .usd),
                quantity: try Quantity(size),
                timeInForce: .goodTillCanceled,
                postOnly: false
            )
        )
        #expect(request.body.contains(#""limit_price":"\#(price)""#))
        #expect(request.body.contains(#""base_size":"\#(size)""#))
    }
}
