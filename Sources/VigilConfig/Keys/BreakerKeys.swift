internal import VigilCore
internal import VigilModel

/// When a breaker trips.
struct BreakerKeys: KeyGroup {
    let eligibleMin = Key(
        "policy:circuit_breakers.min_eligible_assets",
        .integer(1...100),
        "2",
        "Fewer eligible products stop entries.",
        fills: \.universe.eligibleMin
    )
    let quoteAgeMax = Key(
        "policy:circuit_breakers.max_quote_age_seconds",
        .seconds(1...3_600),
        "60",
        "Entries in a product stop while its quote is older than this.",
        fills: \.risk.breakers.quoteAgeMax
    )
    let candleAgeMax = Key(
        "policy:circuit_breakers.max_ohlcv_age_seconds",
        .seconds(60...86_400),
        "300",
        "Entries in a product stop while its newest candle is older than this.",
        fills: \.risk.breakers.candleAgeMax
    )
    let apiErrorsMax = Key(
        "policy:circuit_breakers.max_consecutive_api_errors",
        .integer(1...1_000),
        "3",
        "How many failed requests in a row stop entries.",
        fills: \.risk.breakers.apiErrorsMax
    )
    let apiErrorWindow = Key(
        "policy:circuit_breakers.api_error_window_seconds",
        .seconds(1...86_400),
        "300",
        "The time window in which failed requests are counted.",
        fills: \.risk.breakers.apiErrorWindow
    )
    let rateLimitCooldown = Key(
        "policy:circuit_breakers.rate_limit_cooldown_seconds",
        .seconds(1...86_400),
        "60",
        "How long entries pause after the exchange rate-limited a request.",
        fills: \.risk.breakers.rateLimitCooldown
    )
    let deviationMax = Key(
        "policy:circuit_breakers.max_price_deviation_pct",
        .percentage(0.1...100),
        "10",
        "A price this far from its mean, without volume behind it, is an outlier.",
        fills: \.risk.breakers.deviationMaxPct
    )
    let volumeRatioMin = Key(
        "policy:circuit_breakers.min_volume_ratio",
        .ratio(0...10),
        "0.1",
        "The volume, against the mean, that makes such a price believable.",
        fills: \.risk.breakers.volumeRatioMin
    )
    let outlierLookback = Key(
        "policy:circuit_breakers.outlier_lookback_periods",
        .integer(2...1_440),
        "20",
        "How many candles the mean is taken over.",
        fills: \.risk.breakers.outlierLookback
    )
    let volatilityMax = Key(
        "policy:circuit_breakers.max_realized_volatility_pct",
        .percentage(1...1_000),
        "150",
        "The annualised volatility at which entries stop.",
        fills: \.risk.breakers.volatilityMaxPct
    )
    let volatilityHours = Key(
        "policy:circuit_breakers.volatility_lookback_hours",
        .hourCount(1...168),
        "24",
        "How many hours volatility is measured over.",
        fills: \.risk.breakers.volatilityHours
    )
    let diskFreeMin = Key(
        "policy:circuit_breakers.min_free_disk_mb",
        .mebibytes(1...1_000_000),
        "256",
        "The free space of the state directory's disk below which entries stop.",
        fills: \.risk.breakers.diskFreeMin
    )
    let memoryMax = Key(
        "policy:circuit_breakers.max_memory_mb",
        .mebibytes(32...1_000_000),
        "512",
        "The memory of the process above which entries stop.",
        fills: \.risk.breakers.memoryMax
    )
}

/// What the regime of the market changes.
struct RegimeKeys: KeyGroup {
    let isJudged = Key(
        "policy:regime.enabled",
        .flag,
        "true",
        "Whether the market regime is judged; otherwise it is always `chop`.",
        fills: \.strategy.judgesRegime
    )
    let sizes: [any KeyGroup] = Regime.allCases.map(RegimeSizeKeys.init)

    /// The sizes of a regime.
    subscript(regime: Regime) -> RegimeSizeKeys { RegimeSizeKeys(regime) }
}

/// The sizes of one regime.
struct RegimeSizeKeys: KeyGroup {
    let multiplier: Key<Rate>
    let positionsMax: Key<Int>

    init(_ regime: Regime) {
        let (multiplier, positions, words) =
            switch regime {
            case .bull: ("1.2", "5", "a bull market")
            case .chop: ("0.8", "5", "a sideways market")
            case .bear: ("0.5", "2", "a bear market")
            case .crash: ("0", "0", "a crash")
            }
        self.multiplier = Key(
            "policy:regime.\(regime.rawValue).position_size_multiplier",
            .fraction(0...2),
            multiplier,
            "What \(words) leaves of a size; 0 enters nothing."
        ) { $0.strategy.regimeMultipliers[regime] = $1 }
        positionsMax = Key(
            "policy:regime.\(regime.rawValue).max_positions",
            .integer(0...100),
            positions,
            "Positions that may be open in \(words), if fewer than `risk.max_open_positions`."
        ) { $0.risk.regimePositionsMax[regime] = $1 }
    }
}
