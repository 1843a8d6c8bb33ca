import Testing

@testable import VigilConfig

/// What the checks say of regimes and sizes, each at its edge.
@Suite struct WeatherCheckTests {
    private static let regimes: [(String, String, String, [String])] = [
        ("V0171", "policy", "position_sizing: {base_position_pct: {tier1: 3}}", []),
        (
            "V0171", "policy",
            "position_sizing: {base_position_pct: {tier1: 3.01}}",
            [
                "warning: tier 1's usual size is always cut to the cap",
                "tier1: 3.01 %",
                "policy.yaml: 3 %",
            ]
        ),
        (
            "V0171", "policy",
            "position_sizing: {max_position_pct: {tier2: 1.79}}",
            [
                "warning: tier 2's usual size is always cut to the cap",
                "tier2: 1.79 %",
                "policy.yaml: 1.8 %",
            ]
        ),
        (
            "V0171", "policy",
            "position_sizing: {base_position_pct: {tier3: 4}, max_position_pct: {tier3: 3}}",
            [
                "warning: tier 3's usual size is always cut to the cap",
                "tier3: 4 %",
                "policy.yaml: 3 %",
            ]
        ),
        ("V0172", "policy", "regime: {bear: {position_size_multiplier: 0.1725}}", []),
        (
            "V0172", "policy",
            "regime: {bear: {position_size_multiplier: 0.1724}}",
            [
                "warning: in a bear market the largest usual size is below the smallest position",
                "position_size_multiplier: leaves 17.24 %",
                "policy.yaml: 0.5 %",
            ]
        ),
        (
            "V0172", "policy",
            "regime: {bear: {position_size_multiplier: 0.2}}\n"
                + "position_sizing: {base_position_pct: {tier1: 2.5}}",
            []
        ),
        (
            "V0172", "policy",
            "regime: {bear: {position_size_multiplier: 0.17}}\n"
                + "position_sizing: {base_position_pct: {tier3: 3}}",
            [
                "warning: in a bear market the largest usual size is below the smallest position",
                "position_size_multiplier: leaves 17 %",
                "policy.yaml: 0.5 %",
            ]
        ),
        (
            "V0172", "policy",
            "regime: {bear: {position_size_multiplier: 0.17}}\nrisk: {min_position_size_pct: 3}",
            []
        ),
        (
            "V0173", "policy",
            "regime: {bull: {position_size_multiplier: 0}, chop: {position_size_multiplier: 0}, "
                + "bear: {position_size_multiplier: 0}}",
            [
                "error: every regime's multiplier is 0",
                "position_size_multiplier: enters nothing",
                "position_size_multiplier: enters nothing",
                "position_size_multiplier: enters nothing",
                "policy.yaml: enters nothing",
            ]
        ),
        (
            "V0173", "policy",
            "regime: {bull: {position_size_multiplier: 0}, chop: {position_size_multiplier: 0}, "
                + "bear: {position_size_multiplier: 0.01}}",
            []
        ),
        ("V0176", "policy", "regime: {bear: {position_size_multiplier: 0.8}}", []),
        (
            "V0176", "policy",
            "regime: {bear: {position_size_multiplier: 0.81}}",
            [
                "warning: bear gets larger positions than chop",
                "position_size_multiplier: 0.81",
                "policy.yaml: 0.8",
            ]
        ),
        (
            "V0176", "policy",
            "regime: {chop: {position_size_multiplier: 1.21}, crash: {position_size_multiplier: "
                + "0.51}}",
            [
                "warning: chop gets larger positions than bull",
                "position_size_multiplier: 1.21",
                "policy.yaml: 1.2",
                "warning: crash gets larger positions than bear",
                "position_size_multiplier: 0.51",
                "policy.yaml: 0.5",
            ]
        ),
        ("V0177", "policy", "regime: {bear: {max_positions: 1}}", []),
        (
            "V0177", "policy",
            "regime: {bear: {max_positions: 0}}",
            [
                "warning: bear contradicts itself",
                "max_positions: 0 positions",
                "policy.yaml: times 0.5",
            ]
        ),
        (
            "V0177", "policy",
            "regime: {bear: {position_size_multiplier: 0}}",
            [
                "warning: bear contradicts itself",
                "position_size_multiplier: times 0",
                "policy.yaml: 2 positions",
            ]
        ),
        (
            "V0177", "policy",
            "regime: {crash: {position_size_multiplier: 0.01, max_positions: 1}}", []
        ),
        ("V0178", "policy", "regime: {bull: {max_positions: 5}}", []),
        (
            "V0178", "policy",
            "regime: {bull: {max_positions: 6}, crash: {max_positions: 7}}",
            [
                "warning: bull allows more positions than may be open at all",
                "max_positions: 6",
                "policy.yaml: 5",
                "warning: crash allows more positions than may be open at all",
                "max_positions: 7",
                "policy.yaml: 5",
            ]
        ),
        ("V0178", "policy", "risk: {max_open_positions: 4}", []),
    ]

    @Test(arguments: regimes)
    func `sizes and regimes that contradict each other are told with their figures`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
