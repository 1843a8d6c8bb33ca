internal import VigilCore
internal import VigilModel

/// When something has happened.
struct SignalKeys: KeyGroup {
    let thresholds: [any KeyGroup] = [Regime.chop, .bull, .bear].map(ThresholdKeys.init)
    let breakoutHours = Key(
        "signals:triggers.breakout_lookback_hours",
        .integer(1...24),
        "24",
        "Hours whose high a breakout must reach.",
        fills: \.triggers.breakoutHours
    )
    let momentum = Key(
        "signals:triggers.momentum_pct_24h",
        .number(0.1...100),
        "2",
        "A move over 24 hours that counts, in percent.",
        fills: \.triggers.momentumPct
    )
    let onlyUpside = Key(
        "signals:triggers.only_upside",
        .flag,
        "false",
        "Whether falling prices trigger nothing.",
        fills: \.triggers.onlyUpside
    )
    let scoreMin = Key(
        "signals:triggers.min_trigger_score",
        .ratio(0...1),
        "0.2",
        "The minimum of strength times confidence.",
        fills: \.triggers.scoreMin
    )
    let perCycleMax = Key(
        "signals:triggers.max_triggers_per_cycle",
        .integer(1...100),
        "5",
        "How many triggers a cycle may act on, the strongest first.",
        fills: \.triggers.perCycleMax
    )
    let repeatAfter = Key(
        "signals:triggers.repeat_after_minutes",
        .minutes(0...10_080),
        "1440",
        "How long a trigger that goes on is no news: it is proposed when it begins, and again after this time; "
            + "0 proposes it in every cycle.",
        fills: \.triggers.repeatAfter
    )

    /// What counts in a regime.
    func thresholds(_ regime: Regime) -> ThresholdKeys { ThresholdKeys(regime) }
}

/// What counts as an event in one regime; a crash has the thresholds of a bear market.
struct ThresholdKeys: KeyGroup {
    let move15m: Key<Double>
    let move60m: Key<Double>
    let volumeRatio: Key<Double>

    init(_ regime: Regime) {
        let (regimes, quarter, hour, volume) =
            switch regime {
            case .chop: ([Regime.chop], "1.3", "2.7", "1.8")
            case .bull: ([.bull], "3.5", "7", "2")
            case .bear, .crash: ([.bear, .crash], "3", "7", "2")
            }
        let path = "signals:triggers.regime_thresholds.\((regimes.first ?? regime).rawValue)"
        func key(
            _ key: String,
            _ range: ClosedRange<Double>,
            _ standard: String,
            _ meaning: String,
            _ field: any WritableKeyPath<TriggerPolicy.Thresholds, Double> & Sendable
        ) -> Key<Double> {
            Key("\(path).\(key)", .number(range), standard, meaning) { draft, value in
                for regime in regimes {
                    draft.triggers.thresholds[regime]?[keyPath: field] = value
                }
            }
        }
        move15m = key(
            "pct_change_15m",
            0.01...100,
            quarter,
            "A move over 15 minutes that counts, in percent.",
            \.move15mPct
        )
        move60m = key(
            "pct_change_60m",
            0.01...100,
            hour,
            "A move over 60 minutes that counts, in percent.",
            \.move60mPct
        )
        volumeRatio = key(
            "volume_ratio_1h",
            1...100,
            volume,
            "The last hour's volume against the usual hour's.",
            \.volumeRatio
        )
    }
}
