import Testing

@testable import VigilConfig

/// What the checks say where it takes two files to be wrong, each at its edge.
@Suite struct CrossFileCheckTests {
    private static let themes = [
        "universe": "clusters: {definitions: {LAYER1: [BTC-USD], MEME: [DOGE-USD]}}\n"
    ]

    @Test(arguments: [
        ("risk: {max_per_theme_pct: {LAYER1: 15, MEME: 10}}", [String]()),
        (
            "risk: {max_per_theme_pct: {MEME: 10.01, LAYER1: 15}}",
            [
                "warning: the themes may hold 25.01 % together", "LAYER1: 15 %", "MEME: 10.01 %",
                "policy.yaml: 25 %",
            ]
        ),
    ])
    func `themes may hold together as much as all may`(text: String, said: [String]) {
        #expect(Said.by("V0120", of: text, others: Self.themes) == said)
    }

    @Test func `an asset may hold as much as its theme`() {
        let text = "risk: {max_per_theme_pct: {LAYER1: 3, MEME: 2.99}, max_per_asset_pct: 3}"
        #expect(
            Said.by("V0121", of: text, others: Self.themes) == [
                "warning: one asset may hold more than all of `MEME`", "MEME: 2.99 %",
                "max_per_asset_pct: 3 %",
            ]
        )
    }

    @Test func `a theme whose products are listed may be capped`() {
        let text = "risk: {max_per_theme_pct: {LAYER1: 15, MEME: 10}}"
        #expect(Said.by("V0137", of: text, others: Self.themes).isEmpty)
        let one = ["universe": "clusters: {definitions: {MEME: [DOGE-USD]}}\n"]
        #expect(
            Said.by("V0137", of: text, others: one) == [
                "warning: `LAYER1` has a cap but no products", "LAYER1: caps nothing",
            ]
        )
    }

    @Test func `what is never traded is not counted among the products, and nothing else`() {
        let text = "circuit_breakers: {min_eligible_assets: 8}"
        for (never, listed) in [
            ("[PEPE-USD]", 8), ("[XRP-USD, PEPE-USD]", 7), ("[XRP-USD, BTC-USD]", 6),
        ] {
            let others = ["universe": "exclusions: {never_trade: \(never)}\n"]
            let said = Said.by("V0152", of: text, others: others)
            let expected = [
                "error: \(listed) products may be traded, 8 must be eligible: entries would never be "
                    + "allowed", "min_eligible_assets: required",
            ]
            #expect(said == (listed < 8 ? expected : []))
        }
    }

    /// Capital, what a policy makes of it, and what is said of the usual size in a sideways market.
    @Test(arguments: [
        // Two percent, half of it in chop, of 1,000 are the smallest trade, and of 999.99 are not.
        (
            "1000",
            "position_sizing: {base_position_pct: {tier1: 2, tier2: 2}}\n"
                + "regime: {chop: {position_size_multiplier: 0.5}}\n",
            [String]()
        ),
        (
            "999.99",
            "position_sizing: {base_position_pct: {tier1: 2.5, tier2: 2}}\n"
                + "regime: {chop: {position_size_multiplier: 0.5}}\n",
            [
                "warning: in a sideways market tier 2 is entered with 9.9999 USD",
                "initial_cash_usd: of this much", "tier2: 2 %",
                "policy.yaml: at least 10 USD",
            ]
        ),
        // Where the largest position is just large enough, and where another check says that it is not.
        (
            "500", "risk: {max_position_size_pct: 2}\n",
            [
                "warning: in a sideways market tier 2 is entered with 7.2 USD",
                "initial_cash_usd: of this much", "policy.yaml: 1.8 %",
                "policy.yaml: at least 10 USD",
            ]
        ),
        ("499.99", "risk: {max_position_size_pct: 2}\n", []),
        ("600", "regime: {chop: {position_size_multiplier: 0}}\n", []),
    ])
    func `a usual size is as large as the smallest trade`(
        cash: String,
        policy: String,
        said: [String]
    ) {
        let app = "paper: {initial_cash_usd: \(cash)}"
        #expect(Said.by("V0180", of: app, in: "app", others: ["policy": policy]) == said)
    }

    @Test func `a rung counts where a position on it can be traded`() {
        let policy = ["policy": "risk: {max_position_size_pct: 2}\n"]
        for (rung, isTradable) in [("500", true), ("499.99", false)] {
            let app = "live: {capital_ramp_usd: [\(rung)]}"
            let differs = Said.by("V0182", of: app, in: "app", others: policy)
            #expect(!differs.isEmpty == isTradable)
            let tooSmall = Said.by("V0181", of: app, in: "app", others: policy)
            #expect(tooSmall.isEmpty == isTradable)
        }
    }

    /// Half a percent of 10,000.0000000000000001 is half a unit more than 50 dollars.
    @Test(arguments: [
        (
            "10000.0000000000000001", "max_order_usd: 50",
            ["max_order_usd: 50", "policy.yaml: at least 50.000000000000000001 USD"]
        ),
        ("10000", "max_order_usd: 50", [String]()),
        (
            "10000.0000000000000001", "max_position_pct: {tier1: 0.5, tier2: 0.5}",
            ["tier1: 0.5", "tier2: 0.5", "policy.yaml: at least 50.000000000000000001 USD"]
        ),
        ("10000.0000000000000002", "max_position_pct: {tier1: 0.5, tier2: 0.5}", []),
    ])
    func `the smallest position is rounded up, and the largest entry down`(
        cash: String,
        sizing: String,
        parts: [String]
    ) {
        let said = Said.by(
            "V0201",
            of: "paper: {initial_cash_usd: \(cash)}",
            in: "app",
            others: ["policy": "position_sizing: {\(sizing)}\n"]
        )
        let expected = ["error: an entry is worth 50 USD at most"] + parts
        #expect(said == (parts.isEmpty ? [] : expected))
    }
}
