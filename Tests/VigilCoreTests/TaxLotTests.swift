import Testing
import VigilModel

@testable import VigilCore

/// What was bought and sold, lot by lot, with the times that a tax office asks for.
@Suite struct TaxLotTests {
    private static let eth = ProductID(base: Currency("ETH") ?? .usd, quote: .usd)

    private func at(_ days: Int) -> Instant { Sample.now + .seconds(86_400 * days) }

    private func fill(
        _ side: Side,
        _ quantity: String,
        _ price: String,
        _ name: String,
        day: Int,
        fee: String = "0",
        of product: ProductID = Sample.btc,
        kind: FillKind = .fill
    ) throws -> Fill {
        Fill(
            entryID: EntryID("entry-\(name)"),
            tradeID: TradeID(name),
            clientOrderID: ClientOrderID("o"),
            product: product,
            side: side,
            price: try Price(price, .usd),
            quantity: try Quantity(quantity),
            fee: try Money(fee, .usd),
            role: .taker,
            kind: kind,
            occurredAt: at(day)
        )
    }

    private func lot(_ name: String, _ quantity: String, _ cost: String, day: Int) throws -> TaxLot
    {
        TaxLot(
            product: Sample.btc,
            acquiredAt: at(day),
            bought: EntryID("entry-\(name)"),
            quantity: try Quantity(quantity),
            cost: try Money(cost, .usd)
        )
    }

    private func sale(
        _ bought: String,
        _ sold: String,
        _ quantity: String,
        cost: String,
        proceeds: String,
        days: (Int, Int)
    ) throws -> TaxSale {
        TaxSale(
            product: Sample.btc,
            acquiredAt: at(days.0),
            soldAt: at(days.1),
            bought: EntryID("entry-\(bought)"),
            sold: EntryID("entry-\(sold)"),
            quantity: try Quantity(quantity),
            cost: try Money(cost, .usd),
            proceeds: try Money(proceeds, .usd)
        )
    }

    @Test func `a sale uses up the oldest lots, each with its own time and its share of the fees`()
        throws
    {
        let lots = try TaxLots([
            fill(.buy, "1", "100", "a", day: 0, fee: "1"),
            fill(.buy, "3", "200", "b", day: 5, fee: "3"),
            fill(.sell, "2", "300", "c", day: 9, fee: "6"),
        ])
        #expect(
            lots.sales == [
                try sale("a", "c", "1", cost: "101", proceeds: "297", days: (0, 9)),
                try sale("b", "c", "1", cost: "201", proceeds: "297", days: (5, 9)),
            ]
        )
        #expect(lots.open == [Sample.btc: [try lot("b", "2", "402", day: 5)]])
    }

    @Test func `shares are rounded down, and the last part takes what is left`() throws {
        let lots = try TaxLots([
            fill(.buy, "1", "1", "a", day: 0), fill(.buy, "2", "1", "b", day: 1),
            fill(.sell, "3", "0.333333333333333333", "c", day: 2, fee: "0.000000000000000001"),
        ])
        // 0.999999999999999998 in three parts: the first is a third of it, rounded down.
        #expect(
            lots.sales.map(\.proceeds.amount) == ["0.333333333333333332", "0.666666666666666666"]
        )
        #expect(lots.open.isEmpty)
        let parts = try TaxLots([
            fill(.buy, "3", "1", "a", day: 0, fee: "0.000000000000000002"),
            fill(.sell, "1", "1", "b", day: 1), fill(.sell, "2", "1", "c", day: 2),
        ])
        #expect(parts.sales.map(\.cost.amount) == ["1", "2.000000000000000002"])
        #expect(parts.sales.map(\.quantity.description) == ["1", "2"])
        #expect(parts.open.isEmpty)
    }

    @Test func `a reversal takes out its own trade and side, and what came after is matched anew`()
        throws
    {
        let first = try fill(.buy, "1", "100", "a", day: 0)
        let second = try fill(.buy, "1", "200", "b", day: 1)
        let sold = try fill(.sell, "1", "300", "c", day: 2)
        let undone = try fill(.buy, "1", "100", "a", day: 3, kind: .reversal)
        let lots = try TaxLots([first, second, sold, undone])
        #expect(
            lots.sales == [
                try sale("b", "c", "1", cost: "200", proceeds: "300", days: (1, 2))
            ]
        )
        #expect(lots.open.isEmpty)
        let back = try fill(.sell, "1", "300", "c", day: 3, kind: .reversal)
        let held = try TaxLots([first, second, sold, back])
        #expect(held.sales.isEmpty)
        #expect(held.open[Sample.btc]?.count == 2)
        // One of a trade or a side that is not there takes nothing out.
        let none = try fill(.sell, "1", "100", "a", day: 3, kind: .reversal)
        #expect(try TaxLots([first, second, sold, none]) == TaxLots([first, second, sold]))
    }

    @Test func `lots are kept by product, and more sold than there is is refused`() throws {
        let fills = try [
            fill(.buy, "1", "100", "a", day: 0),
            fill(.buy, "1", "10", "b", day: 1, of: Self.eth),
        ]
        #expect(try TaxLots(fills).open.mapValues(\.count) == [Sample.btc: 1, Self.eth: 1])
        #expect(throws: MoneyError.negative("-0.5 BTC")) {
            try TaxLots(fills + [fill(.sell, "1.5", "100", "c", day: 2)])
        }
    }
}
