import Foundation
import Testing
import VigilCore
import VigilExchange
import VigilModel
import VigilTestSupport

extension CoreDay {
    /// What must hold after each step.
    mutating func check() {
        guard let snapshot else { return }
        for balance in venue.accounts.balances {
            guard let total = try? balance.total() else { continue }
            let ours = replay.books.holdings[total.currency] ?? .zero(total.currency)
            if ours != total { violations.append("venue \(total), ledger \(ours)") }
        }
        if snapshot.drawdown < .zero || snapshot.drawdown > .one {
            violations.append("drawdown \(snapshot.drawdown)")
        }
        let reasons = Set(active.map(\.halt.reason))
        func mustHalt(_ reason: HaltReason, _ fell: Bool) {
            if fell, !reasons.contains(reason) {
                violations.append("\(reason.rawValue) did not halt: \(snapshot.dayChange)")
            }
        }
        mustHalt(.dailyStop, -snapshot.dayChange.raw >= policy.dailyStop.raw)
        mustHalt(.weeklyStop, -snapshot.weekChange.raw >= policy.weeklyStop.raw)
        mustHalt(.drawdown, snapshot.drawdown >= policy.drawdownMax)
    }

    /// The day's end: what the portfolio holds is what fills and lots come to.
    mutating func close() throws {
        let lots = try TaxLots(fills)
        for id in Self.products {
            var open = Quantity.zero
            for lot in lots.open[id] ?? [] {
                open = try open + lot.quantity
            }
            let held = replay.books.positions[id]?.quantity ?? .zero
            if open != held { violations.append("\(id): lots \(open), position \(held)") }
        }
        let answer = try portfolio.handle(.holdingsRequested(cycle: 0), at: now)
        for case .replyHoldings(_, let holdings, _) in answer
        where holdings != replay.books.holdings {
            violations.append("portfolio and ledger differ")
        }
        for currency in venue.accounts.rows.keys
        where try !venue.accounts.imbalance(currency).isZero {
            violations.append("\(currency) was made or lost at the venue")
        }
    }
}
