internal import VigilCore
internal import VigilModel

/// How orders are worked.
struct ExecutionKeys: KeyGroup {
    let makerFee = Key(
        "policy:execution.maker_fee_bps",
        .basisPoints(0...1_000),
        "60",
        "The maker fee that is assumed: the worst public tier.",
        fills: \.execution.fees.maker
    )
    let takerFee = Key(
        "policy:execution.taker_fee_bps",
        .basisPoints(0...1_000),
        "120",
        "The taker fee that is assumed: the worst public tier.",
        fills: \.execution.fees.taker
    )
    let postOnlyTTL = Key(
        "policy:execution.post_only_ttl_seconds",
        .seconds(1...600),
        "30",
        "How long a post-only order rests before it is repriced.",
        fills: \.execution.postOnlyTTL
    )
    let repricesMax = Key(
        "policy:execution.maker_max_reprices",
        .integer(0...20),
        "2",
        "How many times a post-only order is repriced.",
        fills: \.execution.repricesMax
    )
    let repriceDecay = Key(
        "policy:execution.maker_reprice_decay",
        .fraction(0.1...1),
        "0.7",
        "How much of the time to live is left after each reprice, as a ratio.",
        fills: \.execution.repriceDecay
    )
    let restingOrderLifetime = Key(
        "policy:execution.resting_order_lifetime_seconds",
        .seconds(10...86_400),
        "120",
        "The expiry a resting order has at the venue, so that a dead host leaves no orphan.",
        fills: \.execution.restingOrderLifetime
    )
    let takerFallback = Key(
        "policy:execution.taker_fallback",
        .flag,
        "true",
        "Whether a remainder may be taken from the book, inside the slippage budget.",
        fills: \.execution.takerFallback
    )
    let slippageMax = Key(
        "policy:execution.max_slippage_bps",
        .basisPoints(0...10_000),
        "100",
        "How far above its decision price an entry may take, whatever the budget allows.",
        fills: \.execution.slippageMax
    )
    let notionalMin = Key(
        "policy:execution.min_notional_usd",
        .dollars(0...1_000_000),
        "10",
        "The remainder of an entry is not worked further below this value.",
        fills: \.execution.notionalMin
    )
    let budgets: [any KeyGroup] = Tier.allCases.map(SlippageKeys.init)
    let postOnlyTTLMax = Key(
        "policy:execution.maker_max_ttl_sec",
        .seconds(1...600),
        "30",
        "The longest a post-only order rests when the spread decides.",
        fills: \.execution.postOnlyTTLMax
    )
    let firstTTLMin = Key(
        "policy:execution.maker_first_min_ttl_sec",
        .seconds(1...600),
        "20",
        "The shortest the first post-only order rests.",
        fills: \.execution.firstTTLMin
    )
    let retryTTLMin = Key(
        "policy:execution.maker_retry_min_ttl_sec",
        .seconds(1...600),
        "15",
        "The shortest a repriced order rests.",
        fills: \.execution.retryTTLMin
    )
    let takenBelow = Key(
        "policy:execution.small_order_market_threshold_usd",
        .dollars(0...1_000_000),
        "0",
        "Orders below this are taken at once, where taking is allowed.",
        fills: \.execution.takenBelow
    )
    let cancelAfter = Key(
        "policy:execution.cancel_after_seconds",
        .seconds(1...86_400),
        "60",
        "The age at which maintenance cancels a resting order.",
        fills: \.execution.cancelAfter
    )
    let refusalCooldown = Key(
        "policy:execution.failed_order_cooldown_seconds",
        .seconds(0...86_400),
        "0",
        "How long after a rejected order before its product is tried again.",
        fills: \.execution.refusalCooldown
    )
    let fillWait = Key(
        "policy:execution.post_trade_reconcile_wait_seconds",
        .fractionalSeconds(0...60),
        "1",
        "How long after a trade its fills are requested.",
        fills: \.execution.fillWait
    )
    let quoteAgeMax = Key(
        "policy:microstructure.max_quote_age_seconds",
        .seconds(1...60),
        "15",
        "How old a quote may be to be traded on.",
        fills: \.execution.quoteAgeMax
    )
    let dataAgeMax = Key(
        "policy:data.max_age_s",
        .seconds(1...3_600),
        "120",
        "How long ago a product's newest candle may have ended for it to trigger anything.",
        fills: \.triggers.candleAgeMax
    )

    /// What an entry of a tier may cost.
    func budget(_ tier: Tier) -> Key<Rate> { SlippageKeys(tier).budget }
}

/// What an entry of one tier may cost.
struct SlippageKeys: KeyGroup {
    let budget: Key<Rate>

    init(_ tier: Tier) {
        let standard =
            switch tier {
            case .core: "140"
            case .rotational: "155"
            case .eventDriven: "180"
            }
        budget = Key(
            "policy:execution.slippage_budget_t\(tier.rawValue)_bps",
            .basisPoints(1...2_000),
            standard,
            "What a tier \(tier.rawValue) entry may cost against its decision price, taker fee included."
        ) { $0.execution.slippageBudget[tier] = $1 }
    }
}

/// How positions are left, and what stops everything.
struct ExitKeys: KeyGroup {
    let slippageTolerance = Key(
        "policy:exits.exit_slippage_tolerance_bps",
        .basisPoints(1...2_000),
        "100",
        "How far below the bid an exit may reach.",
        fills: \.execution.exitSlippageTolerance
    )
    let restFirst = Key(
        "policy:exits.rest_first",
        .flag,
        "true",
        "Whether profit-taking and time exits rest at the ask before they take; stops never do.",
        fills: \.execution.exitsRestFirst
    )
    let outliveStop = Key(
        "policy:exits.outlive_stop",
        .flag,
        "false",
        "Whether a resting sell order stays open at the venue when the engine shuts down; an entry never does.",
        fills: \.execution.exitsOutliveStop
    )
    let trails = Key(
        "policy:exits.use_trailing_stop",
        .flag,
        "false",
        "Whether a stop follows the price up.",
        use: .waits(for: "the exits beyond the spine", meanwhile: "false")
    )
    let trailing = Key(
        "policy:exits.trailing_stop_pct",
        .percent(0...100),
        "5",
        "How far behind the highest price it follows.",
        use: .waits(for: "the exits beyond the spine")
    )
    let killSwitchFile = Key(
        "policy:governance.kill_switch_file",
        .path,
        "KILL_SWITCH",
        "Creating this file stops all entries and cancels open entry orders, like SIGUSR1; exits go on. Relative to the state directory.",
        decides: false,
        fills: \.killSwitchFile
    )
    let liveEnabled = Key(
        "policy:governance.live_trading_enabled",
        .flag,
        "true",
        "Whether `LIVE` may enter at all.",
        decides: false,
        use: .waits(for: "the LIVE gate", meanwhile: "true")
    )
}
