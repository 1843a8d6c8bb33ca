import Foundation
import Testing
import VigilExchange
import VigilModel
import VigilTestSupport

@Suite struct ConservationProperties {
    private static func terms(_ random: inout SeededRandom) throws -> OrderTerms {
        let price = try Price("\(random.integer(in: 95...105))", .usd)
        let quantity = try Quantity(
            raw: Int128(random.integer(in: 1...9_000)) * FixedPoint.one / 1_000
        )
        let ends = VenueFixture.now + .seconds(random.integer(in: 1...50))
        switch random.integer(in: 0...7) {
        case 0: return .marketBase(quantity)
        case 1: return .marketQuote(try Money("\(random.integer(in: 1...900)).17", .usd))
        case 2:
            return .stopLimit(stop: price, limit: price, quantity: quantity, direction: .rising)
        case 3:
            return .limit(
                price: price,
                quantity: quantity,
                timeInForce: .immediateOrCancel,
                postOnly: false
            )
        case 4:
            return .limit(
                price: price,
                quantity: quantity,
                timeInForce: .fillOrKill,
                postOnly: false
            )
        case 5:
            return .limit(
                price: price,
                quantity: quantity,
                timeInForce: .goodTillTime(ends),
                postOnly: true
            )
        default:
            return .limit(
                price: price,
                quantity: quantity,
                timeInForce: .goodTillCanceled,
                postOnly: false
            )
        }
    }

    /// Nothing appears or vanishes, and nothing is below zero.
    private static func check(_ engine: MatchingEngine, _ step: Int) throws {
        for (currency, row) in engine.accounts.rows {
            let imbalance = try engine.accounts.imbalance(currency)
            #expect(imbalance.isZero, "step \(step): \(imbalance) out of nowhere")
            #expect(!row.available.isNegative && !row.onHold.isNegative, "step \(step): below zero")
        }
    }

    @Test(arguments: 1...20)
    func `cash and coins are conserved to the last unit after every event`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var venue = try VenueFixture()
        for step in 0..<400 {
            let middle = random.integer(in: 97...103)
            switch random.integer(in: 0...4) {
            case 0:
                let bids = (1...3).map { ("\(middle - $0)", "\(random.integer(in: 1...20))") }
                let asks = (1...3).map { ("\(middle + $0)", "\(random.integer(in: 1...20))") }
                _ = try venue.engine.update(VenueFixture.book(bids: bids, asks: asks))
            case 1:
                let side: Side = random.unit() < 0.5 ? .buy : .sell
                _ = try venue.trade("\(middle)", "\(random.integer(in: 1...9)).123", maker: side)
            case 2:
                if let order = venue.engine.openOrders.randomElement(using: &random) {
                    _ = try venue.engine.cancel(order.request.clientOrderID)
                }
            case 3:
                let later = VenueFixture.now + .seconds(random.integer(in: 1...50))
                _ = try venue.engine.expire(at: later)
            default:
                let side: Side = random.unit() < 0.5 ? .buy : .sell
                _ = venue.submit(side, try Self.terms(&random))
            }
            try Self.check(venue.engine, step)
        }
    }

    @Test func `a venue that is reopened is the venue that was closed`() throws {
        let folder = try ScratchFolder()
        let path = folder.file("paper.sqlite")
        var venue = try VenueFixture()
        _ = try venue.limit(.buy, "102", "3")
        _ = try venue.limit(.buy, "99", "2", id: "rests")
        _ = try venue.trade("99", "6", maker: .buy)
        let store = try PaperStore(path: path)
        try store.save(venue.engine, venue.engine.takeChanges())

        var reopened = MatchingEngine(
            products: Array(venue.engine.products.values),
            fees: venue.engine.fees
        )
        try PaperStore(path: path).load(into: &reopened)
        #expect(reopened.accounts == venue.engine.accounts)
        #expect(reopened.openOrders == venue.engine.openOrders)
        #expect(try store.fills(from: 1).fills.count == 2)
        #expect(try store.order(ClientOrderID("o1"))?.status == .filled)
    }
}
