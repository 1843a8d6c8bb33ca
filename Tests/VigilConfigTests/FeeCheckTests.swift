import Testing

@testable import VigilConfig

/// What the checks say of fees and slippage, each at its edge.
@Suite struct FeeCheckTests {
    private static let fees: [(String, String, String, [String])] = [
        (
            "V0150", "policy",
            "execution: {slippage_budget_t1_bps: 120}",
            [
                "warning: the slippage budget of tier 1 is exhausted by the taker fee alone, so "
                    + "the taker fallback could never happen",
                "slippage_budget_t1_bps: all that an entry may cost: 1.2 %",
                "policy.yaml: the fee: 1.2 %",
            ]
        ),
        ("V0150", "policy", "execution: {slippage_budget_t1_bps: 121}", []),
        (
            "V0150", "policy",
            "execution: {slippage_budget_t3_bps: 119, slippage_budget_t2_bps: 120}",
            [
                "warning: the slippage budget of tier 3 is exhausted by the taker fee alone, so "
                    + "the taker fallback could never happen",
                "slippage_budget_t3_bps: all that an entry may cost: 1.19 %",
                "policy.yaml: the fee: 1.2 %",
                "warning: the slippage budget of tier 2 is exhausted by the taker fee alone, so "
                    + "the taker fallback could never happen",
                "slippage_budget_t2_bps: all that an entry may cost: 1.2 %",
                "policy.yaml: the fee: 1.2 %",
            ]
        ),
        ("V0150", "policy", "execution: {slippage_budget_t1_bps: 120, taker_fallback: false}", []),
        ("V0126", "policy", "execution: {maker_fee_bps: 120}", []),
        (
            "V0126", "policy",
            "execution: {maker_fee_bps: 121}",
            [
                "error: the taker fee is below the maker fee",
                "maker_fee_bps: 1.21 %",
                "policy.yaml: 1.2 %",
            ]
        ),
        ("V0160", "policy", "exits: {exit_slippage_tolerance_bps: 500}", []),
        (
            "V0160", "policy",
            "exits: {exit_slippage_tolerance_bps: 501}",
            [
                "warning: an exit may sell 5.01 % below the bid",
                "exit_slippage_tolerance_bps: 5.01 %",
            ]
        ),
        ("V0185", "policy", "execution: {maker_fee_bps: 60, taker_fee_bps: 120}", []),
        (
            "V0185", "policy",
            "execution: {maker_fee_bps: 59, taker_fee_bps: 120}",
            [
                "warning: the fees that are assumed are below the worst public tier",
                "maker_fee_bps: 60 there",
                "taker_fee_bps: 120 there",
            ]
        ),
        (
            "V0185", "policy",
            "execution: {maker_fee_bps: 60, taker_fee_bps: 119}",
            [
                "warning: the fees that are assumed are below the worst public tier",
                "maker_fee_bps: 60 there",
                "taker_fee_bps: 120 there",
            ]
        ),
        (
            "V0185", "policy",
            "execution: {maker_fee_bps: 50, taker_fee_bps: 50}",
            [
                "warning: the fees that are assumed are below the worst public tier",
                "maker_fee_bps: 60 there",
                "taker_fee_bps: 120 there",
            ]
        ),
        ("V0185", "policy", "execution: {maker_fee_bps: 50, taker_fee_bps: 49}", []),
        ("V0186", "universe", "liquidity: {max_spread_bps: 60}", []),
        (
            "V0186", "universe",
            "liquidity: {max_spread_bps: 59.9}",
            [
                "warning: a tier accepts 60 basis points",
                "max_spread_bps: all",
                "universe.yaml: the tier",
            ]
        ),
        (
            "V0186", "universe",
            "liquidity: {max_spread_bps: 34}",
            [
                "warning: a tier accepts 35 basis points",
                "max_spread_bps: all",
                "universe.yaml: the tier",
                "warning: a tier accepts 60 basis points",
                "max_spread_bps: all",
                "universe.yaml: the tier",
            ]
        ),
        ("V0111", "universe", "liquidity: {max_spread_bps: 1000}", []),
        (
            "V0111", "universe",
            "liquidity: {max_spread_bps: 1000.5}",
            [
                "error: a spread of 1000.5 basis points is accepted",
                "max_spread_bps: more than 10 %",
            ]
        ),
        ("V0112", "policy", "execution: {max_slippage_bps: 500}", []),
        (
            "V0112", "policy",
            "execution: {max_slippage_bps: 501}",
            [
                "error: an entry may take 501 basis points above its price",
                "max_slippage_bps: more than 5 %",
            ]
        ),
    ]

    @Test(arguments: fees)
    func `fees, budgets and spreads are judged at their edges`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
