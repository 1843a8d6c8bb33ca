internal import VigilCore
internal import VigilModel

/// How large an entry is.
struct SizingKeys: KeyGroup {
    let profile = Key(
        "policy:profile",
        .name,
        "",
        "The profile of `profiles` that is active: what it sets wins over the keys it stands for.",
        decides: false,
        use: .profile(nil)
    )
    let profiles = ProfileKeys()
    let newPositionsPerCycleMax = Key(
        "policy:strategy.max_new_positions_per_cycle",
        .integer(1...100),
        "1",
        "How many positions one cycle may open.",
        fills: \.risk.newPositionsPerCycleMax
    )
    let convictionMin = Key(
        "policy:strategy.min_conviction_to_propose",
        .ratio(0...1),
        "0.3",
        "The minimum conviction to propose an entry.",
        fills: \.strategy.convictionMin
    )
    let strengthWeight = Key(
        "policy:strategy.conviction_weights.trigger_strength",
        .ratio(0...1),
        "0.5",
        "The weight of a trigger's strength in the conviction.",
        fills: \.strategy.strengthWeight
    )
    let confidenceWeight = Key(
        "policy:strategy.conviction_weights.trigger_confidence",
        .ratio(0...1),
        "0.3",
        "The weight of a trigger's confidence in the conviction.",
        fills: \.strategy.confidenceWeight
    )
    let coreTierBoost = Key(
        "policy:strategy.conviction_weights.tier1_boost",
        .ratio(0...1),
        "0.02",
        "What tier 1 adds to the conviction.",
        fills: \.strategy.coreTierBoost
    )
    let riskPerTrade = Key(
        "policy:position_sizing.risk_per_trade_pct",
        .percent(0.01...10),
        "0.1",
        "The most a trade may lose at its stop-loss, before fees, as a share of the net liquidation value; "
            + "less where the product moves more than 50 % a year.",
        fills: \.strategy.riskPerTrade
    )
    let orderMin = Key(
        "policy:position_sizing.min_order_usd",
        .dollars(0.01...1_000_000),
        "10",
        "The smallest order that sizing asks for."
    ) { $0.demandNotional($1) }
    let orderMax = Key(
        "policy:position_sizing.max_order_usd",
        .dollars(0.01...1_000_000_000),
        "10000",
        "The largest order; larger ones are cut to it."
    ) { $0.risk.orderMax = $1 }
    let allowsPyramiding = Key(
        "policy:position_sizing.allow_pyramiding",
        .flag,
        "false",
        "Whether sizing proposes to add to a position.",
        fills: \.sizingAllowsPyramiding
    )
    let pyramidPositionsMax = Key(
        "policy:position_sizing.max_pyramid_positions",
        .integer(0...100),
        "0",
        "How many positions may be added to at once.",
        fills: \.pyramid.positionsMax
    )
    let tiers: [any KeyGroup] = Tier.allCases.map(TierSizeKeys.init)

    /// The sizes of a tier.
    func tier(_ tier: Tier) -> TierSizeKeys { TierSizeKeys(tier) }
}

/// The sizes of one tier.
struct TierSizeKeys: KeyGroup {
    let base: Key<Rate>
    let most: Key<Rate>

    init(_ tier: Tier) {
        let standard =
            switch tier {
            case .core: "2.9"
            case .rotational: "1.8"
            case .eventDriven: "0.7"
            }
        base = Key(
            "policy:position_sizing.base_position_pct.tier\(tier.rawValue)",
            .percent(0.01...100),
            standard,
            "The usual position in tier \(tier.rawValue), as a share of the net liquidation value."
        ) { $0.strategy.basePosition[tier] = $1 }
        most = Key(
            "policy:position_sizing.max_position_pct.tier\(tier.rawValue)",
            .percent(0.01...100),
            "",
            "One position in tier \(tier.rawValue), where that is less than "
                + "`risk.max_position_size_pct`.",
            inherits: "policy:risk.max_position_size_pct"
        ) { $0.risk.tierPositionMax[tier] = $1 }
    }
}

/// What a profile sets while it is the active one, in the predecessor's units.
struct ProfileKeys: KeyGroup {
    let convictionMin = Self.key(
        "min_conviction",
        .ratio(0...1),
        "policy:strategy.min_conviction_to_propose"
    )
    let sizes: [any KeyGroup] = Tier.allCases.map(ProfileTierKeys.init)
    let notionalMin = Self.key(
        "min_trade_notional",
        .dollars(0.01...1_000_000),
        "policy:risk.min_trade_notional_usd"
    )

    static func key<Value>(
        _ name: String,
        _ type: ValueType<Value>,
        _ target: String,
        times factor: Int = 1
    ) -> Key<Value> {
        Key(
            "policy:profiles.*.\(name)",
            type,
            "",
            "Sets `\(target)`" + (factor == 100 ? ", as a ratio of one," : "")
                + " while the profile is active.",
            decides: false,
            use: .profile(.init(key: name, target: target, factor: factor))
        )
    }
}

/// What a profile sets of one tier.
struct ProfileTierKeys: KeyGroup {
    let base: Key<Rate>
    let most: Key<Rate>

    init(_ tier: Tier) {
        let number = tier.rawValue
        base = ProfileKeys.key(
            "tier_sizing.T\(number)",
            .fraction(0.0001...1),
            "policy:position_sizing.base_position_pct.tier\(number)",
            times: 100
        )
        most = ProfileKeys.key(
            "max_position_pct.T\(number)",
            .fraction(0.0001...1),
            "policy:position_sizing.max_position_pct.tier\(number)",
            times: 100
        )
    }
}
