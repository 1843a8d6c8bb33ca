internal import VigilConfig
internal import VigilCore
internal import VigilLedger
internal import VigilModel

/// What a start found and did, in numbers.
package struct RecoveryReport: Sendable, Equatable {
    /// False where the last run was killed.
    package var endedCleanly = true
    /// Orders whose end the ledger had missed.
    package var ordersSettled = 0
    /// Orders that still rested at the venue and were canceled.
    package var ordersCanceled = 0
    /// Fills the ledger had missed.
    package var fillsRecovered = 0
    /// A torn audit line that was put aside.
    package var tornAuditLine: String?
    /// Why the kill switch is latched, where it is.
    package var latched: String?

    /// The report in one sentence.
    package var summary: String {
        let torn = tornAuditLine.map { ", a torn audit line put aside in \($0)" } ?? ""
        let kill = latched.map { ", the kill switch is latched (\($0))" } ?? ""
        return (endedCleanly ? "clean start" : "the last run did not end in order")
            + ": \(ordersSettled) orders settled, \(ordersCanceled) resting orders canceled, "
            + "\(fillsRecovered) missed fills recorded\(torn)\(kill)"
    }
}

/// Start-up is crash recovery: it makes the ledger equal the venue's facts before anything trades.
struct StartUp {
    let venue: EmbeddedVenue
    let configuration: Configuration

    /// How far back of the ledger's own count the venue's fills are read again.
    private static let fillOverlap: Int64 = 1_000

    func recover(
        _ store: inout LedgerStore,
        latched: String?,
        at now: Instant
    ) throws -> (LedgerState, RecoveryReport) {
        var state = try store.load()
        var report = RecoveryReport()
        report.endedCleanly = state.endedCleanly
        report.tornAuditLine = state.tornAuditLine
        report.latched = latched
        let resting = venue.list().openOrders
        report.ordersCanceled = resting.count
        _ = venue.cancelEverything()
        var records: [LedgerRecord] = try funding(state)
        var reports: [ClientOrderID: VenueOrder] = [:]
        for order in state.unfinished {
            reports[order.id] = try venue.order(order.id)
        }
        let from = max(1, state.fillCount - Self.fillOverlap)
        let fills = try venue.fills(from: from)
        let adopted = try adopt(store.unknown(Set(fills.map(\.clientOrderID))), &reports)
        if !adopted.isEmpty {
            records.append(.intents(adopted.map(\.intent)))
        }
        let recovery = Recovery(unfinished: state.unfinished + adopted, reports: reports, at: now)
        records += recovery.transitions.map { .transition($0, reports[$0.id]?.venueOrderID) }
        report.ordersSettled = state.unfinished.count + adopted.count
        records += fills.map { .fill($0) }
        if let latched, !state.isKilled {
            records.append(.halt(ActiveHalt(Halt(.kill), detail: latched, raisedAt: now)))
        }
        if !records.isEmpty {
            let answers = try store.write(records, at: now)
            report.fillsRecovered = answers.count {
                if case .fillRecorded = $0 { true } else { false }
            }
            state = try store.load()
        }
        if state.hasNoPast, state.externals.isEmpty {
            let found = try externals(state)
            state.externals = Dictionary(found.map { ($0.currency, $0) }) { $1 }
            _ = try store.write([.externals(found)], at: now)
        }
        return (state, report)
    }

    /// Orders that traded at the venue while the ledger could not be written.
    ///
    /// What they were for is gone with the process: a sale was an exit, and a purchase is left by the
    /// tightest of the configured plans.
    private func adopt(
        _ ids: [ClientOrderID],
        _ reports: inout [ClientOrderID: VenueOrder]
    ) throws -> [OrderRecord] {
        let plans = configuration.policy.strategy.rules.values.map(\.exits)
        let tightest = plans.min { $0.stopLoss < $1.stopLoss }
        var adopted: [OrderRecord] = []
        for id in ids {
            guard let order = try venue.order(id) else { continue }
            reports[id] = order
            let entry = tightest.map { OrderPurpose.entry($0) } ?? .exit(.stopLoss)
            let intent = Intent(
                request: order.request,
                purpose: order.request.side == .buy ? entry : .exit(.stopLoss),
                parent: nil,
                cycle: nil,
                createdAt: order.createdAt
            )
            adopted.append(OrderRecord(intent: intent, state: .intended, filled: .zero))
        }
        return adopted
    }

    /// What the account holds beside what our own flows and fills come to, when it is seen for the first
    /// time: it belongs to its owner, is never counted as ours and never sold.
    private func externals(_ state: LedgerState) throws -> [Money] {
        let ours = state.replay.books.holdings
        var found: [Money] = []
        for balance in venue.list().balances {
            let total = try balance.total()
            let rest = try total - (ours[total.currency] ?? .zero(total.currency))
            if !rest.isZero {
                found.append(rest)
            }
        }
        return found
    }

    /// A new paper account is given its cash, and the ledger told; also where a crash came in between.
    private func funding(_ state: LedgerState) throws -> [LedgerRecord] {
        if venue.deposited.isZero {
            try venue.deposit(configuration.initialCash)
        }
        let booked = state.replay.books.flows[.usd] ?? .zero(.usd)
        let missing = try venue.deposited - booked
        return missing.isZero ? [] : [.flow(missing, reason: "paper account funded")]
    }
}
