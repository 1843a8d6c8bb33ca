import Testing
import VigilExchange
import VigilModel

/// A hold is rounded once and each fill by itself: what is held pays for all of them.
@Suite struct HoldRoundingTests {
    private static let rates = FeeSchedule(
        maker: Rate(basisPoints: 37),
        taker: Rate(basisPoints: 60)
    )

    private func engine() throws -> MatchingEngine {
        let product = try Product(
            id: VenueFixture.btc,
            baseIncrement: Quantity("0.00000001"),
            priceIncrement: Price("0.00000001", .usd),
            baseMin: Quantity("0.00000001"),
            quoteMin: Money("0.00000001", .usd),
            status: .online
        )
        var engine = MatchingEngine(products: [product], fees: Self.rates)
        try engine.deposit(Money("10000", .usd))
        return engine
    }

    /// The fees of an order that only rests and is filled in these parts.
    private func fees(_ price: Price, _ parts: [Quantity]) throws -> Money {
        var engine = try engine()
        let request = OrderRequest(
            clientOrderID: ClientOrderID("rests"),
            product: VenueFixture.btc,
            side: .buy,
            terms: .limit(
                price: price,
                quantity: try parts.reduce(.zero) { try $0 + $1 },
                timeInForce: .goodTillCanceled,
                postOnly: true
            )
        )
        _ = engine.submit(request, at: VenueFixture.now)
        var fees = Money.zero(.usd)
        for part in parts {
            let print = Trade(
                product: VenueFixture.btc,
                price: price,
                quantity: part,
                makerSide: .buy,
                occurredAt: VenueFixture.now
            )
            for case .fillReported(let fill) in try engine.trade(print) {
                fees = try fees + fill.fee
            }
            #expect(!engine.accounts.row(.usd).onHold.isNegative)
        }
        #expect(engine.accounts.row(.usd).onHold.isZero)
        #expect(try engine.accounts.imbalance(.usd).isZero)
        return fees
    }

    @Test func `parts cost what the whole was held for, to the last digit`() throws {
        var random = SeededRandom(seed: 1)
        func digits() -> String { "1.\(random.integer(in: 10_000_000...99_999_999))" }
        var roundedMore = 0
        for _ in 0..<200 {
            let price = try Price(digits(), .usd)
            let parts = try (0..<3).map { _ in try Quantity(digits()) }
            let each = try parts.reduce(Money.zero(.usd)) { sum, part in
                try sum + price.notional(of: part, .up).times(Self.rates.maker, .up)
            }
            let paid = try fees(price, parts)
            #expect(each.raw - paid.raw <= 3 && paid.raw <= each.raw)
            if paid != each { roundedMore += 1 }
        }
        #expect(roundedMore > 20, "no part was rounded more than its share")
    }
}
