extension ConfigSchema {
    static let sizing: [KeySpec] = profiles + proposing + sizes

    /// Keys of a profile, and what they set when it is the active one.
    static let profileKeys: [(key: String, target: String, factor: Int)] =
        [("min_conviction", "policy:strategy.min_conviction_to_propose", 1)]
        + (1...3).flatMap {
            [
                ("tier_sizing.T\($0)", "policy:position_sizing.base_position_pct.tier\($0)", 100),
                (
                    "max_position_pct.T\($0)", "policy:position_sizing.max_position_pct.tier\($0)",
                    100
                ),
            ]
        }
        + [("min_trade_notional", "policy:risk.min_trade_notional_usd", 1)]

    private static let profiles: [KeySpec] =
        [
            KeySpec(
                "policy:profile",
                .name,
                "",
                "The profile of `profiles` that is active: what it sets wins over the keys it stands for.",
                decides: false
            )
        ]
        + profileKeys.map { key, target, factor in
            KeySpec(
                "policy:profiles.*.\(key)",
                factor == 100 ? .fraction(0.0001...1) : kind(of: target),
                "",
                "Sets `\(target)`" + (factor == 100 ? ", as a ratio of one," : "")
                    + " while the profile is active.",
                decides: false
            )
        }

    private static func kind(of target: String) -> ValueKind {
        (proposing + risk).first { $0.name == target }?.kind ?? .text
    }

    private static let proposing: [KeySpec] = [
        KeySpec(
            "policy:strategy.max_new_positions_per_cycle",
            .integer(1...100),
            "1",
            "Positions one cycle may open."
        ),
        KeySpec(
            "policy:strategy.min_conviction_to_propose",
            .fraction(0...1),
            "0.3",
            "The least conviction that is proposed."
        ),
        KeySpec(
            "policy:strategy.conviction_weights.trigger_strength",
            .fraction(0...1),
            "0.5",
            "What a trigger's strength counts for."
        ),
        KeySpec(
            "policy:strategy.conviction_weights.trigger_confidence",
            .fraction(0...1),
            "0.3",
            "What its confidence counts for."
        ),
        KeySpec(
            "policy:strategy.conviction_weights.tier1_boost",
            .fraction(0...1),
            "0.02",
            "What tier 1 adds."
        ),
    ]

    private static let sizes: [KeySpec] =
        [
            KeySpec(
                "policy:position_sizing.risk_per_trade_pct",
                .percent(0.01...10),
                "1",
                "What a trade may lose at its stop, of the net liquidation value."
            ),
            KeySpec(
                "policy:position_sizing.min_order_usd",
                .dollars(0.01...1_000_000),
                "10",
                "The smallest order that sizing asks for."
            ),
            KeySpec(
                "policy:position_sizing.max_order_usd",
                .dollars(0.01...1_000_000_000),
                "10000",
                "The largest order; what is more is cut to it."
            ),
            KeySpec(
                "policy:position_sizing.allow_pyramiding",
                .flag,
                "false",
                "Whether sizing proposes to add to a position."
            ),
            KeySpec(
                "policy:position_sizing.max_pyramid_positions",
                .integer(0...100),
                "0",
                "Positions that may be added to at once."
            ),
        ]
        + zip(1...3, ["2.9", "1.8", "0.7"]).flatMap { tier, size in
            [
                KeySpec(
                    "policy:position_sizing.base_position_pct.tier\(tier)",
                    .percent(0.01...100),
                    size,
                    "The usual position in tier \(tier), of the net liquidation value."
                ),
                KeySpec(
                    "policy:position_sizing.max_position_pct.tier\(tier)",
                    .percent(0.01...100),
                    "",
                    "One position in tier \(tier), where that is less than "
                        + "`risk.max_position_size_pct`.",
                    inherits: "policy:risk.max_position_size_pct"
                ),
            ]
        }
}
