import Testing
import VigilModel

@testable import VigilCore
@testable import VigilLedger

/// How a decision is told, with its numbers.
@Suite struct WhyDecisionTests {
    private static func trigger(
        _ product: ProductID,
        _ kind: TriggerKind
    ) throws
        -> DecisionRecord.TriggerRow
    {
        DecisionRecord.TriggerRow(
            product: product,
            kind: kind,
            strength: try Rate("0.5"),
            confidence: try Rate("0.25"),
            changePct: try Rate("-1.5"),
            volatilityPct: try Rate("60")
        )
    }

    private static func check(_ code: RiskCode, _ outcome: RiskCheck.Outcome) -> RiskCheck {
        RiskCheck(
            code,
            outcome,
            .usd,
            limit: 400 * FixedPoint.one,
            current: 150 * FixedPoint.one,
            requested: FixedPoint.one / 2,
            subject: "memes and more"
        )
    }

    private static func verdict(
        _ product: ProductID,
        approved: String?,
        _ checks: RiskCheck...
    ) throws -> DecisionRecord.VerdictRow {
        DecisionRecord.VerdictRow(
            product: product,
            strategy: "rules",
            trigger: .volumeSpike,
            conviction: try Rate("0.75"),
            sizing: [
                SizingStep(name: "base", size: try Rate("0.02")),
                SizingStep(name: "regime", size: try Rate("0.015")),
            ],
            checks: checks,
            approvedNotional: try approved.map { try Money($0, .usd) },
            reference: try approved.map { _ in try Price("100.01", .usd) }
        )
    }

    private static func record() throws -> DecisionRecord {
        try LedgerFixture.decision(
            3,
            "no_trade",
            "not_placed",
            excluded: ["SOL-USD": .spread, "DOGE-USD": .volume, "no product": .notListed],
            triggers: [
                trigger(LedgerFixture.btc, .priceMove), trigger(LedgerFixture.eth, .breakout),
            ],
            verdicts: [
                verdict(LedgerFixture.btc, approved: "250.5", check(.theme, .shrunk)),
                verdict(
                    LedgerFixture.eth,
                    approved: nil,
                    check(.cash, .passed),
                    check(.belowMinimum, .denied)
                ),
            ],
            worth: "10000.5",
            at: 180
        )
    }

    @Test func `a decision is told whole where no product is named`() throws {
        let told = WhyAnswer(RunID("run1"), try Self.record(), about: nil)
        #expect(told.run == "run1")
        #expect(told.cycle == 3)
        #expect(told.at == "2026-01-05T00:03:00Z")
        #expect(told.outcome == "no_trade")
        #expect(told.reason == "not_placed")
        #expect(told.regime == "bull")
        #expect(told.nlv == "10000.5")
        #expect(told.eligible == ["BTC-USD", "ETH-USD"])
        #expect(told.excluded == ["SOL-USD": "SPREAD_WIDE", "DOGE-USD": "VOLUME_LOW"])
        #expect(told.reductions == ["trim BTC-USD 0.1", "purge ETH-USD 2"])
        #expect(told.halts == ["kill", "spread ETH-USD", "volatility BTC-USD"])
        #expect(told.triggers.map(\.product) == ["BTC-USD", "ETH-USD"])
        #expect(told.proposals.map(\.product) == ["BTC-USD", "ETH-USD"])
        #expect(told.orders.isEmpty)
    }

    @Test func `about one product only what concerns it is told, and what stops all`() throws {
        let told = WhyAnswer(RunID("run1"), try Self.record(), about: LedgerFixture.eth)
        #expect(told.cycle == 3)
        #expect(told.eligible == ["ETH-USD"])
        #expect(told.excluded.isEmpty)
        #expect(told.reductions == ["purge ETH-USD 2"])
        #expect(told.halts == ["kill", "spread ETH-USD"])
        #expect(told.triggers.map(\.kind) == ["breakout"])
        #expect(told.proposals.map(\.product) == ["ETH-USD"])
        let other = WhyAnswer(RunID("run1"), try Self.record(), about: LedgerFixture.sol)
        #expect(other.excluded == ["SOL-USD": "SPREAD_WIDE"])
        #expect(other.eligible.isEmpty && other.triggers.isEmpty && other.proposals.isEmpty)
        #expect(other.halts == ["kill"])
    }

    @Test func `a trigger is told with its kind and its numbers, each in its place`() throws {
        let told = WhyAnswer(RunID("run1"), try Self.record(), about: LedgerFixture.btc)
        let trigger = try #require(told.triggers.first)
        #expect(told.triggers.count == 1)
        #expect(trigger.product == "BTC-USD")
        #expect(trigger.kind == "price_move")
        #expect(trigger.strength == "0.5")
        #expect(trigger.confidence == "0.25")
        #expect(trigger.changePct == "-1.5")
        #expect(trigger.volatilityPct == "60")
    }

    @Test func `what Risk allowed is told with its sum, its price and the way of its size`() throws
    {
        let told = WhyAnswer(RunID("run1"), try Self.record(), about: LedgerFixture.btc)
        let proposal = try #require(told.proposals.first)
        #expect(proposal.strategy == "rules")
        #expect(proposal.trigger == "volume_spike")
        #expect(proposal.conviction == "0.75")
        #expect(proposal.sizing.map(\.step) == ["base", "regime"])
        #expect(proposal.sizing.map(\.sizeOfNlv) == ["0.02", "0.015"])
        #expect(proposal.approved == "250.5 USD")
        #expect(proposal.reference == "100.01")
        #expect(proposal.denial == nil)
        let check = try #require(proposal.checks.first)
        #expect(proposal.checks.count == 1)
        #expect(check.code == "THEME")
        #expect(check.outcome == "shrunk")
        #expect(check.unit == "usd")
        #expect(check.limit == "400")
        #expect(check.current == "150")
        #expect(check.requested == "0.5")
        #expect(check.allowed == "250")
        #expect(check.subject == "memes and more")
    }

    @Test func `what Risk refused is told with the check that refused it`() throws {
        let told = WhyAnswer(RunID("run1"), try Self.record(), about: LedgerFixture.eth)
        let proposal = try #require(told.proposals.first)
        #expect(proposal.approved == nil)
        #expect(proposal.reference == nil)
        #expect(proposal.denial == "BELOW_MINIMUM")
        #expect(proposal.checks.map(\.code) == ["CASH", "BELOW_MINIMUM"])
        #expect(proposal.checks.map(\.outcome) == ["passed", "denied"])
    }
}
