import Testing

@testable import VigilConfig

/// What the checks say of products, tiers, themes and profiles, each at its edge.
@Suite struct ProductCheckTests {
    private static let products: [(String, String, String, [String])] = [
        (
            "V0137", "policy",
            "risk: {max_per_theme_pct: {MEME: 5, DEFI: 5}}",
            [
                "warning: `MEME` has a cap but no products",
                "MEME: caps nothing",
                "warning: `DEFI` has a cap but no products",
                "DEFI: caps nothing",
            ]
        ),
        (
            "V0138", "universe",
            "exclusions: {never_trade: [SHIB-USD]}\n"
                + "clusters: {definitions: {B: [XRP-USD, SHIB-USD], A: [SHIB-USD]}}",
            [
                "warning: `SHIB-USD` is in `B`, and never traded",
                "B: listed",
                "never_trade: excluded",
                "warning: `SHIB-USD` is in `A`, and never traded",
                "A: listed",
                "never_trade: excluded",
            ]
        ),
        (
            "V0183", "universe",
            "clusters: {definitions: {B: [SOL-USD, XRP-USD], C: [SOL-USD], A: [SOL-USD]}}",
            [
                "warning: `SOL-USD` belongs to two themes",
                "B: here",
                "A: and here",
                "warning: `SOL-USD` belongs to two themes",
                "C: here",
                "A: and here",
            ]
        ),
        (
            "V0151", "universe",
            "tiers: {tier_2_rotational: {symbols: [BTC-USD, XRP-USD]}}",
            [
                "error: `BTC-USD` is in two tiers",
                "symbols: here",
                "universe.yaml: and here",
            ]
        ),
        (
            "V0151", "universe",
            "tiers: {tier_3_event_driven: {symbols: [XRP-USD, DOT-USD]}}",
            [
                "error: `XRP-USD` is in two tiers",
                "symbols: here",
                "universe.yaml: and here",
            ]
        ),
        ("V0152", "policy", "circuit_breakers: {min_eligible_assets: 8}", []),
        (
            "V0152", "policy",
            "circuit_breakers: {min_eligible_assets: 9}",
            [
                "error: 8 products may be traded, 9 must be eligible: entries would never be allowed",
                "min_eligible_assets: required",
            ]
        ),
        (
            "V0168", "universe",
            "exclusions: {never_trade: [XRP-USD, BTC-USD, PEPE-USD]}",
            [
                "warning: `BTC-USD` is listed, and never traded",
                "never_trade: excluded",
                "universe.yaml: listed",
                "warning: `XRP-USD` is listed, and never traded",
                "never_trade: excluded",
                "universe.yaml: listed",
            ]
        ),
        (
            "V0169", "universe",
            "tiers: {tier_2_rotational: {symbols: [XRP-USD], constraints: {max_spread_bps: 20}}}",
            []
        ),
        (
            "V0169", "universe",
            "tiers: {tier_2_rotational: {symbols: [XRP-USD], constraints: {max_spread_bps: 19.5}}}",
            [
                "warning: tier 2 accepts less spread than tier 1",
                "max_spread_bps: 19.5",
                "universe.yaml: 20.0",
            ]
        ),
        (
            "V0169", "universe",
            "tiers: {tier_3_event_driven: {symbols: [], constraints: {max_spread_bps: 34}}}",
            [
                "warning: tier 3 accepts less spread than tier 2",
                "max_spread_bps: 34.0",
                "universe.yaml: 35.0",
            ]
        ),
        (
            "V0140", "universe",
            "tiers: {tier_1_core: {constraints: {min_24h_volume_usd: 1, max_spread_bps: 15}}}",
            [
                "warning: tier 1 sets requirements but lists no products",
                "min_24h_volume_usd: of which products?",
            ]
        ),
        (
            "V0140", "universe",
            "tiers: {tier_1_core: {constraints: {min_depth_20bps_usd: 1}}}",
            [
                "warning: tier 1 sets requirements but lists no products",
                "min_depth_20bps_usd: of which products?",
            ]
        ),
        (
            "V0140", "universe",
            "tiers: {tier_1_core: {symbols: [BTC-USD, ETH-USD], constraints: {max_spread_bps: 15}}}",
            []
        ),
        (
            "V0141", "universe",
            "tiers: {tier_2_rotational: {constraints: {max_spread_bps: 30}}}",
            [
                "warning: tier 2 sets requirements but lists no products",
                "max_spread_bps: of which products?",
            ]
        ),
        (
            "V0142", "universe",
            "tiers: {tier_3_event_driven: {constraints: {min_24h_volume_usd: 1}}}",
            [
                "warning: tier 3 sets requirements but lists no products",
                "min_24h_volume_usd: of which products?",
            ]
        ),
        (
            "V0142", "universe",
            "tiers: {tier_3_event_driven: {symbols: [], constraints: {min_24h_volume_usd: 1}}}",
            []
        ),
        ("V0143", "universe", "universe: {max_universe_size: 8}", []),
        (
            "V0143", "universe",
            "universe: {max_universe_size: 7}",
            [
                "error: 8 products are listed, 7 may be",
                "max_universe_size: at most",
            ]
        ),
    ]

    @Test(arguments: products)
    func `products, themes and tiers that contradict each other are told by their names`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }

    private static let profiles: [(String, String, String, [String])] = [
        (
            "V0131", "policy",
            "profile: bold",
            [
                "error: there is no profile `bold`",
                "profile: not found",
            ]
        ),
        (
            "V0131", "policy",
            "profile: bold\nprofiles: {bolder: {min_conviction: 0.4}}",
            [
                "error: there is no profile `bold`",
                "profile: not found",
            ]
        ),
        ("V0131", "policy", "profile: bold\nprofiles: {bold: {min_conviction: 0.4}}", []),
        (
            "V0132", "policy",
            "profiles: {bold: {tier_sizing: {T1: 0.04}, max_position_pct: {T1: 0.04}}}", []
        ),
        (
            "V0132", "policy",
            "profiles: {b: {tier_sizing: {T1: 0.041}, max_position_pct: {T1: 0.04}}, a: "
                + "{tier_sizing: {T1: 0.05, T3: 0.02}, max_position_pct: {T1: 0.04, T3: 0.01}}}",
            [
                "warning: in `b` the usual size of T1 is above its largest",
                "T1: 4.1 %",
                "T1: 4 %",
                "warning: in `a` the usual size of T1 is above its largest",
                "T1: 5 %",
                "T1: 4 %",
                "warning: in `a` the usual size of T3 is above its largest",
                "T3: 2 %",
                "T3: 1 %",
            ]
        ),
        ("V0132", "policy", "profiles: {bold: {tier_sizing: {T2: 0.5}}}", []),
    ]

    @Test(arguments: profiles)
    func `a profile is told by its name, and its sizes as percent`(
        code: String,
        file: String,
        text: String,
        said: [String]
    ) {
        #expect(Said.by(code, of: text, in: file) == said)
    }
}
