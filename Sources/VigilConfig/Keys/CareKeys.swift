internal import VigilCore
internal import VigilModel

/// What is sold that no exit of its own leaves.
struct CareKeys: KeyGroup {
    let trims = Key(
        "policy:portfolio_management.auto_trim_to_risk_cap",
        .flag,
        "false",
        "Whether positions are trimmed when together they outgrow the total limit.",
        fills: \.trims
    )
    let trimTolerance = Key(
        "policy:portfolio_management.trim_tolerance_pct",
        .percent(0...100),
        "0.25",
        "How far above the total limit they may grow before they are trimmed.",
        fills: \.trim.tolerance
    )
    let trimBuffer = Key(
        "policy:portfolio_management.trim_target_buffer_pct",
        .percent(0...100),
        "10",
        "How far below the total limit they are trimmed.",
        fills: \.trim.buffer
    )
    let trimValueMin = Key(
        "policy:portfolio_management.trim_min_value_usd",
        .dollars(0...1_000_000),
        "10",
        "The smallest position that is trimmed.",
        fills: \.trim.valueMin
    )
    let trimPositionsMax = Key(
        "policy:portfolio_management.trim_max_liquidations",
        .integer(1...100),
        "5",
        "How many positions one trim may touch.",
        fills: \.trim.positionsMax
    )
    let trimFailuresMax = Key(
        "policy:portfolio_management.max_trim_failures_before_alert",
        .integer(1...100),
        "3",
        "How many trims in a row may find nothing to sell before an alert.",
        fills: \.trim.failuresMax
    )
    let purges = Key(
        "policy:portfolio_management.auto_liquidate_ineligible",
        .flag,
        "false",
        "Whether Vigil's position in a product that is no longer eligible is sold.",
        fills: \.purges
    )
    let purgeValueMin = Key(
        "policy:portfolio_management.min_liquidation_value_usd",
        .dollars(0...1_000_000),
        "10",
        "The smallest ineligible position that is sold.",
        fills: \.purge.valueMin
    )
    let purgePositionsMax = Key(
        "policy:portfolio_management.max_liquidations_per_cycle",
        .integer(1...100),
        "2",
        "How many ineligible positions one cycle sells.",
        fills: \.purge.positionsMax
    )
    let purgeGrace = Key(
        "policy:portfolio_management.purge_grace_minutes",
        .minutes(0...10_080),
        "60",
        "How long a product must be ineligible, without a break, before its position is sold.",
        fills: \.purge.grace
    )
    let purgeSlice = Key(
        "policy:portfolio_management.purge_slice_usd",
        .dollars(1...1_000_000),
        "100",
        "How much of an ineligible position is sold at a time.",
        fills: \.purge.slice
    )
    let rotates = Key(
        "policy:portfolio_management.rotate_for_capacity",
        .flag,
        "false",
        "Whether the worst position is sold when a proposal finds no free slot.",
        fills: \.rotates
    )
    let rotationLossMin = Key(
        "policy:portfolio_management.rotate_min_loss_pct",
        .percent(0...100),
        "5",
        "The loss that makes a position worth giving up.",
        fills: \.rotation.lossMin
    )
    let rotationConvictionMin = Key(
        "policy:portfolio_management.rotate_min_conviction",
        .ratio(0...1),
        "0.7",
        "The conviction that makes any losing position worth giving up.",
        fills: \.rotation.convictionMin
    )
}
