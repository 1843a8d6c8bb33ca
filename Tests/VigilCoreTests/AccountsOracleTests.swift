import Foundation
import Testing
import VigilCore
import VigilModel
import VigilTestSupport

/// Vigil's books against an independent reading in Python, to the last digit.
@Suite struct AccountsOracleTests {
    /// A Monday, 00:00 UTC.
    private static let monday = Instant(seconds: 1_767_571_200)
    private struct Story {
        var core = PortfolioCore(takerFee: Rate(basisPoints: 120))
        var books = PortfolioBooks()
        var counters = RiskCounters()
        var fills: [Fill] = []
        var now = monday

        mutating func take(_ line: [Substring]) throws {
            switch line[0] {
            case "T": now = monday + .seconds(try #require(Int64(line[1])))
            case "M":
                let flow = try Money(line[1], try #require(Currency(line[2])))
                _ = try core.handle(.flowRecorded(flow), at: now)
                try books.record(flow: flow)
            case "Q":
                let product = try #require(ProductID(line[1]))
                let price = try Price(line[2], product.quote)
                let bid = BookLevel(price: price, quantity: try Quantity("1"))
                let quote = Quote(product: product, bid: bid, ask: bid, occurredAt: now)
                _ = try core.handle(.quoteChanged(quote), at: now)
                _ = try core.handle(.markRequested(cycle: 0), at: now)
            default:
                let fill = try fill(line)
                fills.append(fill)
                let plan = try plan(line)
                for effect in try core.handle(.fillRecorded(fill, plan), at: now) {
                    guard case .reportPositionClosed(let product, let result) = effect else {
                        continue
                    }
                    counters.recordClosed(product, result, at: now)
                }
                _ = try books.record(fill, plan)
            }
        }

        private func plan(_ line: [Substring]) throws -> FillOrigin {
            let (stop, target) = (try Rate(line[8]), try Rate(line[9]))
            return FillOrigin(
                .entry(ExitPlan(stopLoss: stop, takeProfit: target, holdMax: .seconds(1 << 30)))
            )
        }

        private func fill(_ line: [Substring]) throws -> Fill {
            let product = try #require(ProductID(line[3]))
            return Fill(
                entryID: EntryID(String(line[7])),
                tradeID: TradeID(String(line[7])),
                clientOrderID: ClientOrderID("o"),
                product: product,
                side: try #require(Side(rawValue: String(line[1]))),
                price: try Price(line[4], product.quote),
                quantity: try Quantity(line[5]),
                fee: try Money(line[6], product.quote),
                role: .taker,
                kind: try #require(FillKind(rawValue: String(line[2]))),
                occurredAt: now
            )
        }

        mutating func summary() throws -> [String] {
            let effects = try core.handle(.markRequested(cycle: 1), at: now)
            for case .reply(_, let snapshot) in effects {
                let positions = books.positions.keys.sorted { "\($0)" < "\($1)" }
                    .compactMap { books.positions[$0].map(Self.text) }
                #expect(snapshot.positions.map(Self.text).sorted() == positions.sorted())
                return [
                    snapshot.realised.amount, snapshot.unrealised.amount, snapshot.fees.amount,
                    snapshot.cash.amount, snapshot.nlv.amount, snapshot.drawdown.description,
                    snapshot.dayChange.description, snapshot.weekChange.description,
                    snapshot.dayPnL.amount, snapshot.weekPnL.amount,
                    "\(counters.lossStreak)",
                ] + positions
            }
            return []
        }

        private static func text(_ position: Position) -> String {
            [
                "\(position.product)", "\(position.quantity)", position.cost.amount,
                position.entryFees.amount, position.realised.amount, "\(position.stopPrice)",
                "\(position.targetPrice)",
                "\((position.openedAt - monday).nanoseconds / 1_000_000_000)",
            ].joined(separator: ":")
        }

        func lots() throws -> [String] {
            let lots = try TaxLots(fills)
            let sold = lots.sales.map { sale in
                "L \(sale.product) \(sale.bought) \(sale.sold) \(sale.quantity) "
                    + "\(sale.cost.amount) \(sale.proceeds.amount)"
            }
            return sold
                + lots.open.keys.sorted { "\($0)" < "\($1)" }.flatMap { id in
                    (lots.open[id] ?? []).map { lot in
                        "O \(lot.product) \(lot.bought) \(lot.quantity) \(lot.cost.amount)"
                    }
                }
        }
    }

    @Test func `1,000 random stories agree with the oracle to the last digit, stops and times too`()
        throws
    {
        var story = Story()
        var (stories, lots) = (0, [String]())
        for text in try Oracle.lines("accounts.py", "247", "1000") {
            let line = text.split(separator: " ")
            switch line[0] {
            case "=":
                let summary = try story.summary()
                #expect(summary == line.dropFirst().map(String.init), "story \(stories)")
                if summary != line.dropFirst().map(String.init) { return }
            case "L", "O": lots.append(String(text))
            case ".":
                let derived = try story.lots()
                #expect(derived == lots, "story \(stories)")
                if derived != lots { return }
                (story, lots) = (Story(), [])
                stories += 1
            default: try story.take(line)
            }
        }
        #expect(stories == 1_000)
    }
}
