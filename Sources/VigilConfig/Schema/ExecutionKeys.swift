extension ConfigSchema {
    static let execution: [KeySpec] =
        fees + resting + taking + routing + [
            KeySpec(
                "policy:microstructure.max_quote_age_seconds",
                .seconds(1...60),
                "15",
                "How old a quote may be to be traded on."
            ),
            KeySpec(
                "policy:data.max_age_s",
                .seconds(1...3_600),
                "120",
                "How long ago a product's newest candle may have ended for it to trigger anything."
            ),
        ]

    private static let fees: [KeySpec] = [
        KeySpec(
            "policy:execution.maker_fee_bps",
            .basisPoints(0...1_000),
            "60",
            "The maker fee that is assumed: the worst public tier."
        ),
        KeySpec(
            "policy:execution.taker_fee_bps",
            .basisPoints(0...1_000),
            "120",
            "The taker fee that is assumed: the worst public tier."
        ),
    ]

    private static let resting: [KeySpec] = [
        KeySpec(
            "policy:execution.post_only_ttl_seconds",
            .seconds(1...600),
            "30",
            "How long a post-only order rests before it is repriced."
        ),
        KeySpec(
            "policy:execution.maker_max_reprices",
            .integer(0...20),
            "2",
            "How often it is repriced."
        ),
        KeySpec(
            "policy:execution.maker_reprice_decay",
            .fraction(0.1...1),
            "0.7",
            "What each reprice leaves of the time to live."
        ),
        KeySpec(
            "policy:execution.resting_order_lifetime_seconds",
            .seconds(10...86_400),
            "120",
            "The venue's own end for a resting order: a dead host leaves no orphan."
        ),
    ]

    private static let taking: [KeySpec] =
        [
            KeySpec(
                "policy:execution.taker_fallback",
                .flag,
                "true",
                "Whether a remainder may be taken from the book, inside the slippage budget."
            ),
            KeySpec(
                "policy:execution.max_slippage_bps",
                .basisPoints(0...10_000),
                "100",
                "How far above the price it was decided at an entry may take, whatever the budget allows."
            ),
            KeySpec(
                "policy:execution.min_notional_usd",
                .dollars(0...1_000_000),
                "10",
                "A remainder of an entry that is worth less is left alone."
            ),
        ]
        + zip(1...3, ["140", "155", "180"]).map { tier, budget in
            KeySpec(
                "policy:execution.slippage_budget_t\(tier)_bps",
                .basisPoints(1...2_000),
                budget,
                "What a tier \(tier) entry may cost against its decision price, taker fee included."
            )
        }

    private static func routed(
        _ key: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String
    ) -> KeySpec {
        KeySpec("policy:execution.\(key)", kind, standard, meaning)
    }

    private static let routing: [KeySpec] = [
        routed(
            "maker_max_ttl_sec",
            .seconds(1...600),
            "30",
            "The longest a post-only order rests, where the spread decides."
        ),
        routed(
            "maker_first_min_ttl_sec",
            .seconds(1...600),
            "20",
            "The shortest the first one rests."
        ),
        routed(
            "maker_retry_min_ttl_sec",
            .seconds(1...600),
            "15",
            "The shortest a repriced one rests."
        ),
        routed(
            "small_order_market_threshold_usd",
            .dollars(0...1_000_000),
            "0",
            "Orders below this are taken at once, where taking is allowed."
        ),
        routed(
            "cancel_after_seconds",
            .seconds(1...86_400),
            "60",
            "The age at which maintenance cancels a resting order."
        ),
        routed(
            "failed_order_cooldown_seconds",
            .seconds(0...86_400),
            "0",
            "After a refused order, before its product is tried again."
        ),
        routed(
            "post_trade_reconcile_wait_seconds",
            .number(0...60),
            "1",
            "How long after a trade its fills are asked for."
        ),
    ]

    static let exits: [KeySpec] = [
        KeySpec(
            "policy:exits.exit_slippage_tolerance_bps",
            .basisPoints(1...2_000),
            "100",
            "How far below the bid an exit may reach."
        ),
        KeySpec(
            "policy:exits.rest_first",
            .flag,
            "true",
            "Whether profit-taking and time exits rest at the ask before they take; stops never do."
        ),
        KeySpec(
            "policy:exits.outlive_stop",
            .flag,
            "false",
            "Whether a resting sale stays at the venue over a stop; an entry never does."
        ),
        KeySpec(
            "policy:exits.use_trailing_stop",
            .flag,
            "false",
            "Whether a stop follows the price up.",
            waitsFor: "the exits beyond the spine",
            meanwhile: "false"
        ),
        KeySpec(
            "policy:exits.trailing_stop_pct",
            .percent(0...100),
            "5",
            "How far behind the highest price it follows.",
            waitsFor: "the exits beyond the spine"
        ),
        KeySpec(
            "policy:governance.kill_switch_file",
            .path,
            "KILL_SWITCH",
            "Entries are stopped, as on SIGUSR1, when this file appears; relative to the state directory.",
            decides: false
        ),
        KeySpec(
            "policy:governance.live_trading_enabled",
            .flag,
            "true",
            "Whether `LIVE` may enter at all.",
            decides: false,
            waitsFor: "the LIVE gate",
            meanwhile: "true"
        ),
    ]

    private static func caring(
        _ key: String,
        _ kind: ValueKind,
        _ standard: String,
        _ meaning: String
    ) -> KeySpec {
        KeySpec(
            "policy:portfolio_management.\(key)",
            kind,
            standard,
            meaning
        )
    }

    static let care: [KeySpec] = [
        caring(
            "auto_trim_to_risk_cap",
            .flag,
            "false",
            "Whether positions are cut back when they outgrow the total."
        ),
        caring(
            "trim_tolerance_pct",
            .percent(0...100),
            "0.25",
            "How far beyond the total they may grow first."
        ),
        caring(
            "trim_target_buffer_pct",
            .percent(0...100),
            "10",
            "How far below the total they are cut back."
        ),
        caring(
            "trim_min_value_usd",
            .dollars(0...1_000_000),
            "10",
            "The smallest position that is cut."
        ),
        caring(
            "trim_max_liquidations",
            .integer(1...100),
            "5",
            "Positions that one cut may touch."
        ),
        caring(
            "max_trim_failures_before_alert",
            .integer(1...100),
            "3",
            "Cuts in a row that found nothing, before an alert."
        ),
        caring(
            "auto_liquidate_ineligible",
            .flag,
            "false",
            "Whether our position in a product that is no longer eligible is sold."
        ),
        caring(
            "min_liquidation_value_usd",
            .dollars(0...1_000_000),
            "10",
            "The smallest position that is sold so."
        ),
        caring(
            "max_liquidations_per_cycle",
            .integer(1...100),
            "2",
            "Positions that one cycle sells so."
        ),
        caring(
            "purge_grace_minutes",
            .minutes(0...10_080),
            "60",
            "How long a product must have been ineligible, without a break, before it is sold."
        ),
        caring(
            "purge_slice_usd",
            .dollars(1...1_000_000),
            "100",
            "What is sold of such a position at a time."
        ),
        caring(
            "rotate_for_capacity",
            .flag,
            "false",
            "Whether the worst position is sold where a proposal finds no place."
        ),
        caring(
            "rotate_min_loss_pct",
            .percent(0...100),
            "5",
            "The loss that makes a position worth giving up."
        ),
        caring(
            "rotate_min_conviction",
            .fraction(0...1),
            "0.7",
            "The conviction that makes any losing position worth giving up."
        ),
    ]
}
