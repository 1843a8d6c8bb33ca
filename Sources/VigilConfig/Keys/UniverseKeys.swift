internal import VigilCore
internal import VigilModel

/// Which products may be traded.
struct UniverseKeys: KeyGroup {
    let tiers: [any KeyGroup] = Tier.allCases.map(TierKeys.init)
    let volumeMin = Key(
        "universe:liquidity.min_24h_volume_usd",
        .number(0...1e12),
        "0",
        "The least notional traded in 24 hours, whatever the tier."
    ) { draft, value in draft.demand { $0.volumeMin = max($0.volumeMin, value) } }
    let spreadMax = Key(
        "universe:liquidity.max_spread_bps",
        .number(0.1...10_000),
        "1000",
        "The widest spread, whatever the tier, in basis points."
    ) { draft, value in
        draft.risk.breakers.spreadMaxBPS = value
        draft.demand { $0.spreadMaxBPS = min($0.spreadMaxBPS, value) }
    }
    let depthMin = Key(
        "universe:liquidity.min_depth_20bps_usd",
        .number(0...1e10),
        "0",
        "The least notional within 20 basis points of the middle, whatever the tier."
    ) { draft, value in draft.demand { $0.depthMin = max($0.depthMin, value) } }
    let neverTrade = Key(
        "universe:exclusions.never_trade",
        .products,
        "",
        "Products that are never entered, whatever tier lists them."
    ) { $0.universe.neverTrade = Set($1) }
    let graceReadings = Key(
        "universe:universe.grace_readings",
        .integer(1...100),
        "3",
        "How many bad readings of volume, spread or depth in a row drop an eligible product.",
        fills: \.universe.graceReadings
    )
    let sizeMax = Key(
        "universe:universe.max_universe_size",
        .integer(1...1_000),
        "30",
        "How many products may be listed in all tiers together.",
        decides: false,
        use: .checks
    )
    let clustersEnabled = Key(
        "universe:clusters.enabled",
        .flag,
        "true",
        "Whether the caps of themes are applied.",
        fills: \.themesAreCapped
    )
    let themes = Key(
        "universe:clusters.definitions.*",
        .products,
        "The products of a theme."
    ) { draft, theme, products in
        for product in products {
            draft.risk.themesByProduct[product, default: []].append(theme)
        }
    }

    /// What a tier lists and demands.
    func tier(_ tier: Tier) -> TierKeys { TierKeys(tier) }
}

/// What one tier lists and demands; what is demanded of all is demanded of each, and the stricter number counts.
struct TierKeys: KeyGroup {
    /// Its name in the file.
    let name: String
    let products: Key<[ProductID]>
    let volumeMin: Key<Double>
    let spreadMax: Key<Double>
    let depthMin: Key<Double>

    init(_ tier: Tier) {
        let (name, listed, volume, spread, depth) =
            switch tier {
            case .core:
                ("tier_1_core", "BTC-USD ETH-USD SOL-USD", "50000000", "20", "20000")
            case .rotational:
                (
                    "tier_2_rotational", "XRP-USD ADA-USD DOGE-USD AVAX-USD LINK-USD", "5000000",
                    "35", "5000"
                )
            case .eventDriven: ("tier_3_event_driven", "", "2000000", "60", "2000")
            }
        self.name = name
        let path = "universe:tiers.\(name)"
        products = Key("\(path).symbols", .products, listed, "The products of the tier.") {
            $0.universe.tiers[tier]?.products = $1
        }
        volumeMin = Key(
            "\(path).constraints.min_24h_volume_usd",
            .number(0...1e12),
            volume,
            "The least notional traded in 24 hours."
        ) { draft, value in draft.demand(of: tier) { $0.volumeMin = max($0.volumeMin, value) } }
        spreadMax = Key(
            "\(path).constraints.max_spread_bps",
            .number(0.1...1_000),
            spread,
            "The widest spread, in basis points."
        ) { draft, value in draft.demand(of: tier) { $0.spreadMaxBPS = min($0.spreadMaxBPS, value) }
        }
        depthMin = Key(
            "\(path).constraints.min_depth_20bps_usd",
            .number(0...1e10),
            depth,
            "The least notional within 20 basis points of the middle."
        ) { draft, value in draft.demand(of: tier) { $0.depthMin = max($0.depthMin, value) } }
    }
}
