package import VigilModel

/// Why a cycle led to no order; the raw values are stable codes.
package enum NoTradeReason: String, Sendable, Codable, CaseIterable {
    /// Entries are halted.
    case halted
    /// No product is eligible.
    case emptyUniverse = "empty_universe"
    /// Nothing has happened.
    case noTriggers = "no_triggers"
    /// Nothing that happened is worth a position.
    case noProposals = "no_proposals"
    /// Risk refused all.
    case allDenied = "all_denied"
    /// What Risk allowed could not be placed.
    case notPlaced = "not_placed"
    /// The mode proposes and submits nothing.
    case dryRun = "dry_run"
}

/// Why a cycle was broken off; the raw values are stable codes.
package enum AbortReason: String, Sendable, Codable, CaseIterable {
    /// A stage took too long.
    case stageTimeout = "stage_timeout"
    /// The venue could not be read to the end.
    case venueUnreadable = "venue_unreadable"
    /// A number could not be held.
    case arithmetic
}

/// How a cycle ended.
package enum CycleOutcome: Sendable, Hashable {
    /// At least one entry was placed.
    case executed
    /// No entry was called for.
    case noTrade(NoTradeReason)
    /// The cycle was broken off.
    case aborted(AbortReason)

    /// `executed`, `no_trade` or `aborted`.
    package var name: String {
        switch self {
        case .executed: "executed"
        case .noTrade: "no_trade"
        case .aborted: "aborted"
        }
    }

    /// The code of the reason; nil where none is needed.
    package var reason: String? {
        switch self {
        case .executed: nil
        case .noTrade(let reason): reason.rawValue
        case .aborted(let reason): reason.rawValue
        }
    }
}

/// A stage of the cycle.
package enum Stage: String, Sendable, Codable, CaseIterable {
    /// Between two cycles.
    case idle
    /// Comparing with the venue.
    case reconcile
    /// Valuing the books.
    case mark
    /// Asking whether entries are allowed.
    case breakers
    /// Reading the market.
    case market
    /// Judging products, regime, triggers and proposals.
    case universe
    /// Asking what is being worked.
    case working
    /// Sizing and allowing.
    case risk
    /// Placing.
    case execution
    /// What is done whatever happened above.
    case maintenance
}

/// What one cycle decided and on what grounds, without anything that differs between two runs.
package struct DecisionRecord: Sendable, Codable, Equatable {
    /// A trigger as it is recorded.
    package struct TriggerRow: Sendable, Codable, Equatable {
        let product: ProductID
        let kind: TriggerKind
        let score: Rate
        let changePct: Rate
    }

    /// A verdict as it is recorded.
    package struct VerdictRow: Sendable, Codable, Equatable {
        let product: ProductID
        let trigger: TriggerKind
        let conviction: Rate
        let approvedNotional: Money?
        let denial: DenialCode?
        let limit: String?
        let current: String?
    }

    /// The cycle's number in its run.
    package let cycle: Int
    /// When it began.
    package let at: Instant
    /// How it ended.
    package let outcome: String
    /// Why, where it ended without an order.
    package let reason: String?
    /// The regime.
    package let regime: Regime
    /// The eligible products.
    package let eligible: [ProductID]
    /// What happened in them.
    package let triggers: [TriggerRow]
    /// How many proposals there were.
    package let proposals: Int
    /// What Risk said.
    package let verdicts: [VerdictRow]
    /// Active halts.
    package let halts: [HaltReason]
    /// Net liquidation value.
    package let nlv: Money?
    /// Realised profit since the ledger began.
    package let realised: Money?
    /// The fall from the peak.
    package let drawdown: Rate?
    /// How many positions are open.
    package let openPositions: Int
}

extension DecisionRecord {
    /// The codes of all denials, in the order of the proposals.
    package var denials: [DenialCode] { verdicts.compactMap(\.denial) }
}

extension DecisionRecord.TriggerRow {
    init(_ trigger: Trigger) {
        self.init(
            product: trigger.product,
            kind: trigger.kind,
            score: Rate(indicator: trigger.score),
            changePct: Rate(indicator: trigger.changePct)
        )
    }
}

extension DecisionRecord.VerdictRow {
    init(_ verdict: RiskVerdict) {
        switch verdict {
        case .approved(let approval):
            self.init(approval.subject.proposal, approval.subject.notional, nil)
        case .denied(let proposal, let denial):
            self.init(proposal, nil, denial)
        }
    }

    private init(_ proposal: Proposal, _ notional: Money?, _ refusal: Denial?) {
        self.init(
            product: proposal.product,
            trigger: proposal.trigger.kind,
            conviction: Rate(indicator: proposal.conviction),
            approvedNotional: notional,
            denial: refusal?.code,
            limit: refusal?.limit,
            current: refusal?.current
        )
    }
}
