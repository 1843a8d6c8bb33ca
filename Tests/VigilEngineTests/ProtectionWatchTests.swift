import Testing
import VigilCore
import VigilExchange
import VigilModel

@testable import VigilRehearsal

/// What `vigil simulate` takes for a stop that did not fire.
@Suite struct ProtectionWatchTests {
    private static let btc = ProductID(base: Currency("BTC") ?? .usd, quote: .usd)
    private static let start = Instant(seconds: 1_767_571_200)

    /// Positions after a purchase of one at 100, with a stop at 90, and after each sell of it.
    private static func held(sold: [String] = []) throws -> [Position] {
        var core = PortfolioCore(takerFee: .zero)
        let plan = ExitPlan(
            stopLoss: Rate(basisPoints: 1_000),
            takeProfit: Rate(basisPoints: 1_000),
            holdMax: .seconds(86_400)
        )
        for (number, quantity) in (["1"] + sold).enumerated() {
            let fill = Fill(
                entryID: EntryID("\(number)"),
                tradeID: TradeID("\(number)"),
                clientOrderID: ClientOrderID("o\(number)"),
                product: btc,
                side: number == 0 ? .buy : .sell,
                price: try Price("100", .usd),
                quantity: try Quantity(quantity),
                fee: .zero(.usd),
                role: .taker,
                kind: .fill,
                occurredAt: start
            )
            let origin = FillOrigin(number == 0 ? .entry(plan) : .exit(.stopLoss))
            _ = try core.handle(.fillRecorded(fill, origin), at: start)
        }
        for case .reply(_, let snapshot) in try core.handle(.markRequested(cycle: 1), at: start) {
            return snapshot.positions
        }
        return []
    }

    private static func rules() throws -> Product {
        try Product(
            id: btc,
            baseIncrement: Quantity("0.001"),
            priceIncrement: Price("0.01", .usd),
            baseMin: Quantity("0.01"),
            quoteMin: Money("1", .usd),
            status: .online
        )
    }

    /// How many violations each look finds, looks being a span after the start with a bid and what was sold by then.
    private static func found(
        _ looks: [(seconds: Int64, bid: String, sold: [String])]
    ) throws -> [Int] {
        let watch = ProtectionWatch()
        return try looks.map { look in
            let (bid, rules) = (try Price(look.bid, .usd), try rules())
            let held = try held(sold: look.sold)
            return watch.look(held, at: start + .seconds(look.seconds)) { _ in (bid, rules) }.count
        }
    }

    @Test func `a stop that is due for longer than weather lasts is a violation, and once`() throws
    {
        #expect(
            try Self.found([(0, "90", []), (240, "90", []), (241, "89", []), (260, "89", [])])
                == [0, 0, 1, 0]
        )
    }

    @Test func `one that is due no more, or of which something was sold, begins anew`() throws {
        #expect(
            try Self.found([(0, "89", []), (200, "91", []), (250, "89", []), (400, "89", [])])
                == [0, 0, 0, 0]
        )
        #expect(
            try Self.found([
                (0, "89", []), (200, "89", ["0.5"]), (250, "89", ["0.5"]), (441, "89", ["0.5"]),
            ]) == [0, 0, 0, 1]
        )
    }

    @Test func `a crumb that no venue takes is none`() throws {
        #expect(try Self.found([(0, "89", ["0.995"]), (900, "89", ["0.995"])]) == [0, 0])
    }
}
