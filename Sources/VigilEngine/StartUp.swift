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
    /// Orders that still rested at the venue: canceled, or being canceled.
    package var ordersCanceled = 0
    /// Orders that may be on their way: their fate is not known yet.
    package var ordersUnknown = 0
    /// Orders of ours that the ledger did not know.
    package var ordersAdopted = 0
    /// What is to become of each position that an adopted order may have opened, in words.
    package var adoptions: [String] = []
    /// Fills the ledger had missed.
    package var fillsRecovered = 0
    /// Rows of the venue that cannot be of their orders.
    package var fillsKeptApart = 0
    /// A torn audit line that was put aside.
    package var tornAuditLine: String?
    /// Files of the audit log that a wrong clock had dated later than now, and what they are called now.
    package var redatedAudit: [String] = []
    /// Why the kill switch is latched, where it is.
    package var latched: String?

    /// The report in one paragraph.
    package var summary: String {
        let torn = tornAuditLine.map { ", a torn audit line put aside in \($0)" } ?? ""
        let redated = redatedAudit.map {
            ", an audit file that a wrong clock had dated is renamed (\($0))"
        }.joined()
        let kill = latched.map { ", the kill switch is latched (\($0))" } ?? ""
        let apart = fillsKeptApart == 0 ? "" : ", \(fillsKeptApart) absurd fills kept apart"
        let unknown =
            ordersUnknown == 0 ? "" : ", \(ordersUnknown) orders whose fate is being settled"
        let adopted =
            ordersAdopted == 0 ? "" : ", \(ordersAdopted) orders of ours adopted from the venue"
        return (endedCleanly ? "clean start" : "the last run did not end in order")
            + ": \(ordersSettled) orders settled, \(ordersCanceled) resting orders canceled, "
            + "\(fillsRecovered) missed fills recorded\(apart)\(adopted)\(unknown)\(torn)\(redated)\(kill)"
    }
}

/// Start-up is crash recovery: it makes the ledger equal the venue's facts before anything trades.
struct StartUp {
    let truth: VenueTruth
    let configuration: Configuration
    let latched: String?
    /// Why entries are not permitted; nil where they are, or where no permit is needed.
    let unpermitted: String?
    /// What an order was for that the ledger does not know, where something else does.
    var known: (ClientOrderID) -> OrderPurpose? = { _ in nil }

    func recover(
        _ store: inout LedgerStore,
        _ state: LedgerState,
        at now: Instant
    ) throws -> (LedgerState, RecoveryReport, open: [OrderRecord]) {
        var state = state
        var report = RecoveryReport()
        report.endedCleanly = state.endedCleanly
        report.tornAuditLine = state.tornAuditLine
        report.redatedAudit = state.redatedAudit
        report.latched = latched
        let wanted = Set(truth.fills.map(\.clientOrderID)).union(truth.orders.keys)
        let strange = try store.unknown(wanted)
        // An order of ours that cannot be read has no row that its fills could stand on; what it traded
        // shows as a mismatch, which must not keep the engine from protecting the rest.
        let unreadable = Set(strange.filter { truth.orders[$0] == nil })
        let readable = truth.fills.filter { !unreadable.contains($0.clientOrderID) }
        let adopted = strange.compactMap { truth.orders[$0] }.map { order in
            let purpose = known(order.request.clientOrderID)
            let intent = Intent(
                adopting: order,
                plan: configuration.policy.adoptionPlan,
                purpose: purpose
            )
            report.adoptions += Self.told(intent, isKnown: purpose != nil)
            return OrderRecord(intent: intent, state: .intended, filled: .zero)
        }
        let judged = FillJudge(orders: try store.orders(wanted) + adopted).judge(readable)
        let recovery = try Recovery(
            unfinished: state.unfinished + adopted,
            reports: truth.orders,
            rows: Self.rows(judged.sound),
            doubted: try store.quarantined().union(judged.doubted.map(\.fill.clientOrderID)),
            isExhaustive: truth.isExhaustive,
            at: now
        )
        let records = try records(state, adopted.map(\.intent), recovery, judged, at: now)
        Torture.point("start.truth")
        if !records.isEmpty {
            let answers = try store.write(records, at: now)
            report.fillsRecovered = answers.count {
                if case .fillRecorded = $0 { true } else { false }
            }
            report.fillsKeptApart = answers.count {
                if case .fillQuarantined = $0 { true } else { false }
            }
            state = try store.load()
        }
        Torture.point("start.recovered")
        let found = try found(state)
        if !found.isEmpty {
            _ = try store.write(found, at: now)
            state = try store.load()
        }
        report.ordersUnknown = recovery.open.count { $0.state == .unknown }
        report.ordersAdopted = adopted.count
        report.ordersCanceled = truth.canceled + recovery.open.count - report.ordersUnknown
        report.ordersSettled = Set(recovery.transitions.filter(\.to.isFinal).map(\.id)).count
        return (state, report, recovery.open)
    }

    /// How what an adopted purchase bought is left; nothing for a sale.
    private static func told(_ intent: Intent, isKnown: Bool) -> [String] {
        guard case .entry(let plan) = intent.purpose else { return [] }
        let (id, product) = (intent.request.clientOrderID, intent.request.product)
        let exits =
            "stop \(plan.stopLoss), target \(plan.takeProfit) (ratios of the price), at most "
            + "\(plan.holdMax.nanoseconds / 3_600_000_000_000) h"
        return [
            isKnown
                ? "\(product): what order \(id) bought keeps its own exits, by the ledger that was replaced: \(exits)"
                : "\(product): the ledger does not know order \(id), nor its exits; what it bought gets the tightest "
                    + "of the configured ones: \(exits)"
        ]
    }

    private static func rows(_ fills: [Fill]) -> [ClientOrderID: [EntryID: Quantity]] {
        var rows: [ClientOrderID: [EntryID: Quantity]] = [:]
        for fill in fills where fill.kind == .fill {
            rows[fill.clientOrderID, default: [:]][fill.entryID] = fill.quantity
        }
        return rows
    }

    /// Everything that the ledger has missed, for one commit.
    private func records(
        _ state: LedgerState,
        _ adopted: [Intent],
        _ recovery: Recovery,
        _ judged: FillJudge.Judged,
        at now: Instant
    ) throws -> [LedgerRecord] {
        var records: [LedgerRecord] = try funding(state)
        if !adopted.isEmpty {
            records.append(.intents(adopted))
        }
        records += recovery.transitions.map {
            .transition($0, truth.orders[$0.id]?.venueOrderID)
        }
        records += judged.doubted.map { .quarantinedFill($0) }
        records += judged.sound.map { .fill($0) }
        if let latched, !state.isKilled {
            records.append(.halt(ActiveHalt(Halt(.kill), detail: latched, raisedAt: now)))
        }
        let isUnpermitted = state.halts.contains { $0.halt.reason == .permit }
        if let unpermitted, !isUnpermitted {
            records.append(.halt(ActiveHalt(Halt(.permit), detail: unpermitted, raisedAt: now)))
        } else if unpermitted == nil, isUnpermitted {
            records.append(.haltCleared(Halt(.permit), reason: HaltReason.permit.clearing))
        }
        return records
    }

    /// A paper account's cash is its deposits, also where a crash came between them and their row.
    private func funding(_ state: LedgerState) throws -> [LedgerRecord] {
        guard let deposited = truth.deposited else { return [] }
        let missing = try deposited - (state.replay.books.flows[.usd] ?? .zero(.usd))
        return missing.isZero ? [] : [.flow(missing, reason: "paper account funded")]
    }

    /// What the account holds beside what our own flows and fills come to, when it is seen for the first
    /// time.
    ///
    /// In an account of the owner's the cash is what Vigil trades with. Everything else belongs to the
    /// owner: it is never counted as ours and never sold.
    private func found(_ state: LedgerState) throws -> [LedgerRecord] {
        guard state.hasNoPast, state.externals.isEmpty else { return [] }
        let ours = state.replay.books.holdings
        var records: [LedgerRecord] = []
        var externals: [Money] = []
        for balance in truth.balances {
            let total = try balance.total()
            let rest = try total - (ours[total.currency] ?? .zero(total.currency))
            if rest.isZero { continue }
            if truth.deposited == nil, PortfolioCore.cashCurrencies.contains(total.currency) {
                records.append(.flow(rest, reason: "opening balance"))
            } else {
                externals.append(rest)
            }
        }
        return externals.isEmpty ? records : records + [.externals(externals)]
    }
}
