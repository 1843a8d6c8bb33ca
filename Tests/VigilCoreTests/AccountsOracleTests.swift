import Foundation
import Testing
import VigilCore
import VigilModel

/// Vigil's books against an independent reading in Python, to the last digit.
@Suite struct AccountsOracleTests {
    private static let now = Instant(seconds: 1_767_571_200)
    private static let plan = FillOrigin(
        .entry(ExitPlan(stopLoss: .one, takeProfit: .one, holdMax: .seconds(1 << 40)))
    )

    private struct Day {
        var core = PortfolioCore(takerFee: Rate(basisPoints: 120))
        var books = PortfolioBooks()
        var count = 0

        mutating func take(_ line: [Substring]) throws {
            switch line[0] {
            case "M":
                let flow = try Money(line[1], .usd)
                _ = try core.handle(.flowRecorded(flow), at: now)
                try books.record(flow: flow)
            case "Q":
                let product = try #require(ProductID(line[1]))
                let bid = BookLevel(price: try Price(line[2], .usd), quantity: try Quantity("1"))
                let quote = Quote(product: product, bid: bid, ask: bid, occurredAt: now)
                _ = try core.handle(.quoteChanged(quote), at: now)
                _ = try core.handle(.markRequested(cycle: 0), at: now)
            default:
                let fill = try fill(line)
                _ = try core.handle(.fillRecorded(fill, plan), at: now)
                _ = try books.record(fill, plan)
            }
        }

        private mutating func fill(_ line: [Substring]) throws -> Fill {
            count += 1
            return Fill(
                entryID: EntryID("e\(count)"),
                tradeID: TradeID(String(line[7])),
                clientOrderID: ClientOrderID("o"),
                product: try #require(ProductID(line[3])),
                side: try #require(Side(rawValue: String(line[1]))),
                price: try Price(line[4], .usd),
                quantity: try Quantity(line[5]),
                fee: try Money(line[6], .usd),
                role: .taker,
                kind: try #require(FillKind(rawValue: String(line[2]))),
                occurredAt: now
            )
        }

        mutating func summary() throws -> [String] {
            let effects = try core.handle(.markRequested(cycle: 1), at: now)
            for case .reply(_, let snapshot) in effects {
                let positions = books.positions.keys.sorted { "\($0)" < "\($1)" }.compactMap { id in
                    books.positions[id].map {
                        "\(id):\($0.quantity):\($0.cost.amount):\($0.entryFees.amount)"
                    }
                }
                return [
                    snapshot.realised.amount, snapshot.unrealised.amount, snapshot.fees.amount,
                    snapshot.cash.amount, snapshot.nlv.amount, snapshot.drawdown.description,
                ] + positions
            }
            return []
        }
    }

    @Test func `1,000 random days agree with the oracle to the last digit`() throws {
        var day = Day()
        var days = 0
        for text in try Oracle.lines("accounts.py", "247", "1000") {
            let line = text.split(separator: " ")
            guard line[0] == "=" else {
                try day.take(line)
                continue
            }
            days += 1
            let summary = try day.summary()
            #expect(summary == line.dropFirst().map(String.init), "day \(days)")
            if summary != line.dropFirst().map(String.init) { break }
            day = Day()
        }
        #expect(days == 1_000)
    }
}
