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
    /// Reading the market.
    case market
    /// Asking whether entries are allowed.
    case breakers
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
        package let product: ProductID
        package let kind: TriggerKind
        package let strength: Rate
        package let confidence: Rate
        package let changePct: Rate
        package let volatilityPct: Rate
    }

    /// A verdict as it is recorded, with every check that led to it.
    package struct VerdictRow: Sendable, Codable, Equatable {
        package let product: ProductID
        package let strategy: String
        package let trigger: TriggerKind
        package let conviction: Rate
        package let sizing: [SizingStep]
        package let checks: [RiskCheck]
        package let approvedNotional: Money?
        package let reference: Price?

        /// The check that refused; nil where none did.
        package var denial: RiskCheck? { approvedNotional == nil ? checks.last : nil }
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
    /// Why the other products of the universe are not.
    package let excluded: [String: Ineligibility]
    /// What happened in them.
    package let triggers: [TriggerRow]
    /// How many proposals there were.
    package let proposals: Int
    /// What Risk said.
    package let verdicts: [VerdictRow]
    /// What care wanted to sell: why, of what, how much.
    package let reductions: [String]
    /// Active halts.
    package let halts: [Halt]
    /// Net liquidation value.
    package let nlv: Money?
    /// Positions at the bid.
    package let exposure: Money?
    /// Realised profit since the ledger began.
    package let realised: Money?
    /// The fall from the peak.
    package let drawdown: Rate?
    /// How many positions are open.
    package let openPositions: Int
}

extension DecisionRecord {
    /// The codes of all denials, in the order of the proposals.
    package var denials: [RiskCode] { verdicts.compactMap(\.denial?.code) }
}

extension DecisionRecord.TriggerRow {
    init(_ trigger: Trigger) {
        self.init(
            product: trigger.product,
            kind: trigger.kind,
            strength: Rate(indicator: trigger.strength),
            confidence: Rate(indicator: trigger.confidence),
            changePct: Rate(indicator: trigger.changePct),
            volatilityPct: Rate(indicator: trigger.volatility)
        )
    }
}

extension DecisionRecord.VerdictRow {
    init(_ verdict: RiskVerdict) {
        switch verdict {
        case .approved(let approval, let checks):
            self.init(approval.subject.proposal, checks, approval.subject)
        case .denied(let proposal, let checks): self.init(proposal, checks, nil)
        }
    }

    private init(_ proposal: Proposal, _ checks: [RiskCheck], _ order: NewOrder?) {
        self.init(
            product: proposal.product,
            strategy: proposal.strategy,
            trigger: proposal.trigger.kind,
            conviction: Rate(indicator: proposal.conviction),
            sizing: proposal.steps,
            checks: checks,
            approvedNotional: order?.notional,
            reference: order?.reference
        )
    }
}

// A decision is written once a minute for years: its steps and checks are one word after the other.

extension RiskCheck: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let words = text.split(separator: " ", maxSplits: 6).map(String.init)
        guard words.count >= 6, let code = RiskCode(rawValue: words[0]),
            let outcome = Outcome(rawValue: words[1]), let unit = Unit(rawValue: words[2])
        else { throw MoneyError.malformed(text) }
        self.init(
            code,
            outcome,
            unit,
            limit: try Rate(words[3]).raw,
            current: try Rate(words[4]).raw,
            requested: try Rate(words[5]).raw,
            subject: words.count > 6 ? words[6] : ""
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let numbers = [limit, current, requested].map { Rate(raw: $0).description }
        let words = [code.rawValue, outcome.rawValue, unit.rawValue] + numbers
        try container.encode((words + (subject.isEmpty ? [] : [subject])).joined(separator: " "))
    }
}

extension SizingStep: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let words = text.split(separator: " ")
        guard words.count == 2 else { throw MoneyError.malformed(text) }
        self.init(name: String(words[0]), size: try Rate(words[1]))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(name) \(size)")
    }
}
