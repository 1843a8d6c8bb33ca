import Testing
import VigilModel

@testable import VigilCore

/// Where a position's stop, target and time stand after several fills.
@Suite struct PositionTests {
    private func fill(
        _ side: Side,
        _ quantity: String,
        _ price: String,
        entry: String,
        kind: FillKind = .fill,
        hours: Int = 0
    ) throws -> Fill {
        let made = try Sample.fill(side, quantity, price, entry: entry)
        return Fill(
            entryID: EntryID(kind == .reversal ? "undo-\(entry)" : entry),
            tradeID: made.tradeID,
            clientOrderID: made.clientOrderID,
            product: made.product,
            side: side,
            price: made.price,
            quantity: made.quantity,
            fee: made.fee,
            role: made.role,
            kind: kind,
            occurredAt: Sample.now + .seconds(3_600 * hours)
        )
    }

    private func books(_ fills: Fill...) throws -> PortfolioBooks {
        var books = PortfolioBooks()
        for fill in fills {
            _ = try books.record(fill, Sample.origin())
        }
        return books
    }

    /// Quantity, cost, stop and target.
    private func text(_ books: PortfolioBooks) -> String {
        books.positions[Sample.btc].map {
            "\($0.quantity) for \($0.cost.amount) stop \($0.stopPrice) target \($0.targetPrice)"
        } ?? "none"
    }

    @Test func `stop and target stand by the average price, not by that of the last fill`() throws {
        let up = try books(fill(.buy, "1", "100", entry: "1"), fill(.buy, "1", "120", entry: "2"))
        #expect(text(up) == "2 for 220 stop 106.7 target 115.5")
        let down = try books(fill(.buy, "1", "120", entry: "1"), fill(.buy, "3", "100", entry: "2"))
        #expect(text(down) == "4 for 420 stop 101.85 target 110.25")
    }

    @Test func `a part that is sold moves neither stop nor target nor time`() throws {
        let rest = try books(
            fill(.buy, "1", "100", entry: "1"),
            fill(.buy, "1", "120", entry: "2", hours: 1),
            fill(.sell, "0.5", "130", entry: "3", hours: 2)
        )
        #expect(text(rest) == "1.5 for 165 stop 106.7 target 115.5")
        #expect(rest.positions[Sample.btc]?.openedAt == Sample.now)
    }

    @Test func `a position is as old as its first fill, whatever was added since`() throws {
        var core = PortfolioCore(takerFee: .zero)
        for (entry, hours) in [("1", 0), ("2", 10), ("3", 23)] {
            let bought = try fill(.buy, "1", "100", entry: entry, hours: hours)
            _ = try core.handle(.fillRecorded(bought, Sample.origin()), at: bought.occurredAt)
        }
        func reasons(_ seconds: Int) throws -> [ExitReason] {
            let now = Sample.now + .seconds(seconds)
            return try core.handle(.markRequested(cycle: 1), at: now).compactMap { effect in
                guard case .requestExit(let request) = effect else { return nil }
                return request.reason
            }
        }
        #expect(try reasons(86_399).isEmpty)
        #expect(try reasons(86_400) == [.maxHold])
    }

    @Test func `what was closed and bought again is a new position`() throws {
        let again = try books(
            fill(.buy, "1", "100", entry: "1"),
            fill(.sell, "1", "110", entry: "2", hours: 1),
            fill(.buy, "1", "200", entry: "3", hours: 2)
        )
        #expect(text(again) == "1 for 200 stop 194 target 210")
        #expect(again.positions[Sample.btc]?.openedAt == Sample.now + .seconds(7_200))
        #expect(again.positions[Sample.btc]?.realised.isZero == true)
    }

    @Test func `the plan of the last entry is the one that a position is left by`() throws {
        var books = try books(fill(.buy, "1", "100", entry: "1"))
        let tighter = FillOrigin(.entry(try Sample.plan("0.01", "0.02")), strategy: "second")
        _ = try books.record(fill(.buy, "1", "120", entry: "2"), tighter)
        #expect(text(books) == "2 for 220 stop 108.9 target 112.2")
        #expect(books.positions[Sample.btc]?.strategy.isEmpty == true, "it is the first one's")
    }

    @Test func `a purchase that is taken back takes its price out of stop and target`() throws {
        let undone = try books(
            fill(.buy, "1", "100", entry: "1"),
            fill(.buy, "1", "120", entry: "2"),
            fill(.buy, "1", "120", entry: "2", kind: .reversal)
        )
        #expect(text(undone) == "1 for 100 stop 97 target 105")
    }

    @Test func `a purchase dearer than all that is left leaves the stop where it was`() throws {
        let undone = try books(
            fill(.buy, "1", "100", entry: "1"),
            fill(.buy, "1", "1000", entry: "2"),
            fill(.sell, "0.5", "1000", entry: "3"),
            fill(.buy, "1", "1000", entry: "2", kind: .reversal)
        )
        #expect(text(undone) == "0.5 for -175 stop 533.5 target 577.5")
    }

    @Test func `a sale that is taken back leaves stop and target by the new average`() throws {
        let undone = try books(
            fill(.buy, "1", "100", entry: "1"),
            fill(.sell, "0.5", "110", entry: "2"),
            fill(.buy, "1", "120", entry: "3"),
            fill(.sell, "0.5", "110", entry: "2", kind: .reversal)
        )
        #expect(text(undone) == "2 for 220 stop 106.7 target 115.5")
    }

    @Test func `of two sales that is taken back which is, and not what the other sold`() throws {
        let sold = try [
            fill(.buy, "2", "100", entry: "1"), fill(.sell, "1", "110", entry: "2"),
            fill(.sell, "1", "130", entry: "3"),
        ]
        var first = try books(sold[0], sold[1], sold[2])
        _ = try first.record(
            fill(.sell, "1", "110", entry: "2", kind: .reversal),
            Sample.origin()
        )
        #expect(text(first) == "1 for 100 stop 97 target 105")
        #expect(first.positions[Sample.btc]?.realised.amount == "30")
        _ = try first.record(
            fill(.sell, "1", "130", entry: "3", kind: .reversal),
            Sample.origin()
        )
        #expect(text(first) == "2 for 200 stop 97 target 105")
        #expect(first.positions[Sample.btc]?.realised.amount == "0")
        #expect(first.cash[.usd]?.amount == "-200")
        #expect(first.realised[.usd]?.isZero == true)
    }

    @Test func `a closing sale that is taken back goes on as one trade with what was bought since`()
        throws
    {
        var books = try books(
            fill(.buy, "2", "100", entry: "1"),
            fill(.sell, "1", "110", entry: "2"),
            fill(.sell, "1", "130", entry: "3"),
            fill(.buy, "1", "120", entry: "4", hours: 5)
        )
        _ = try books.record(
            fill(.sell, "1", "130", entry: "3", kind: .reversal),
            Sample.origin()
        )
        #expect(text(books) == "2 for 220 stop 106.7 target 115.5")
        let merged = try #require(books.positions[Sample.btc])
        #expect(merged.realised.amount == "10")
        #expect(merged.openedAt == Sample.now)
        let end = try books.record(fill(.sell, "2", "110", entry: "5"), Sample.origin())
        #expect(end.closed?.amount == "10")
    }
}
