internal import VigilCore
internal import VigilModel

/// Turns effective values into the engine's policy, and checks what spans several keys.
struct ConfigurationBuilder {
    var values: ConfigValues

    /// The configuration, and what the checks say whose keys have no error of their own.
    mutating func configuration(
        configHash: String,
        decisionHash: String,
        mode: Configuration.Mode?,
        retired: [String: DiagnosticSpan],
        unread: Set<Substring>,
        hasBreakers: Bool
    ) -> (Configuration, [Diagnostic]) {
        var built = assembled(configHash, decisionHash)
        built.mode = mode ?? built.mode
        let context = CheckContext(
            configuration: built,
            entries: values.entries,
            retired: retired,
            hasBreakers: hasBreakers
        )
        var diagnostics: [Diagnostic] = []
        for check in ConfigCheck.all where values.refused.isDisjoint(with: check.keys) {
            // What an unreadable file might have said is not known.
            guard !check.keys.contains(where: { unread.contains($0.prefix { $0 != ":" }) }) else {
                continue
            }
            do {
                diagnostics += try check.find(context).flatMap { context.diagnostic(check, $0) }
            } catch {
                // Numbers that cannot be compared are no numbers to trade with.
                let keys = check.keys.filter { context.isStated($0) }.map { (name: $0, label: "") }
                let finding = ConfigCheck.Finding(
                    summary: "too large to compare: \(check.title)",
                    keys: keys
                )
                diagnostics += context.diagnostic(check, finding).map(\.hardened)
            }
        }
        return (built, diagnostics)
    }

    private mutating func assembled(_ configHash: String, _ decisionHash: String) -> Configuration {
        Configuration(
            mode: Configuration.Mode(rawValue: values.string("app:app.mode")) ?? .dryRun,
            policy: policy(),
            initialCash: values.dollars("app:paper.initial_cash_usd"),
            alertDedupe: values.seconds("app:monitoring.alerts.dedupe_seconds"),
            backupInterval: .seconds(3_600 * values.integer("app:state.backup_interval_hours")),
            backupRetentionDays: values.integer("app:state.backup_retention_days"),
            alertEscalation: values.seconds("app:monitoring.alerts.escalation_seconds"),
            rateLimits: (
                authenticated: values.integer("app:exchange.rate_limit.private"),
                open: values.integer("app:exchange.rate_limit.public")
            ),
            killSwitchFile: values.string("policy:governance.kill_switch_file"),
            configHash: configHash,
            decisionHash: decisionHash
        )
    }

    private mutating func policy() -> TradingPolicy {
        var policy = TradingPolicy(
            loop: LoopPolicy(
                interval: values.seconds("policy:loop.interval_seconds"),
                jitter: values.percent("policy:loop.jitter_pct"),
                stageTimeout: values.seconds("policy:loop.stage_timeout_seconds")
            ),
            risk: risk(),
            execution: execution(),
            universe: universe(),
            triggers: triggers(),
            strategy: strategy()
        )
        policy.care = care()
        policy.dust = values.dollars("policy:risk.dust_threshold_usd")
        return policy
    }

    private mutating func care() -> CarePolicy {
        let path = "policy:portfolio_management"
        let trim = CarePolicy.Trim(
            tolerance: values.percent("\(path).trim_tolerance_pct"),
            buffer: values.percent("\(path).trim_target_buffer_pct"),
            valueMin: values.dollars("\(path).trim_min_value_usd"),
            positionsMax: values.integer("\(path).trim_max_liquidations"),
            failuresMax: values.integer("\(path).max_trim_failures_before_alert")
        )
        let purge = CarePolicy.Purge(
            grace: values.minutes("\(path).purge_grace_minutes"),
            valueMin: values.dollars("\(path).min_liquidation_value_usd"),
            slice: values.dollars("\(path).purge_slice_usd"),
            positionsMax: values.integer("\(path).max_liquidations_per_cycle")
        )
        let rotation = CarePolicy.Rotation(
            lossMin: values.percent("\(path).rotate_min_loss_pct"),
            convictionMin: values.fraction("\(path).rotate_min_conviction").indicator
        )
        var policy = CarePolicy()
        policy.trim = values.flag("\(path).auto_trim_to_risk_cap") ? trim : nil
        policy.purge = values.flag("\(path).auto_liquidate_ineligible") ? purge : nil
        policy.rotation = values.flag("\(path).rotate_for_capacity") ? rotation : nil
        return policy
    }

    private mutating func risk() -> RiskPolicy {
        var policy = RiskPolicy(
            totalAtRiskMax: values.percent("policy:risk.max_total_at_risk_pct"),
            positionMax: values.percent("policy:risk.max_position_size_pct"),
            positionMin: values.percent("policy:risk.min_position_size_pct"),
            openPositionsMax: values.integer("policy:risk.max_open_positions"),
            dailyStop: magnitude("policy:risk.daily_stop_pnl_pct"),
            weeklyStop: magnitude("policy:risk.weekly_stop_pnl_pct"),
            drawdownMax: values.percent("policy:risk.max_drawdown_pct"),
            tradesPerDayMax: values.integer("policy:risk.max_trades_per_day"),
            tradesPerHourMax: values.integer("policy:risk.max_new_trades_per_hour"),
            tradeSpacing: values.seconds("policy:risk.min_seconds_between_trades"),
            productSpacing: values.seconds("policy:risk.per_symbol_trade_spacing_seconds"),
            productCooldown: values.minutes("policy:risk.per_symbol_cooldown_minutes"),
            stopCooldown: values.minutes("policy:risk.per_symbol_cooldown_after_stop"),
            lossStreakMax: values.integer("policy:risk.cooldown_after_loss_trades"),
            lossCooldown: values.minutes("policy:risk.cooldown_minutes"),
            notionalMin: entryMin(),
            newPositionsPerCycleMax: values.integer("policy:strategy.max_new_positions_per_cycle")
        )
        policy.orderMax = values.dollars("policy:position_sizing.max_order_usd")
        policy.capitalMax = values.dollars("policy:risk.capital_max_usd")
        policy.assetMax = values.percent("policy:risk.max_per_asset_pct")
        policy.tradesAndExitsPerHourMax = values.integer("policy:risk.max_trades_per_hour")
        policy.breakers = breakers()
        coolDown(&policy)
        pyramid(&policy)
        themes(&policy)
        let strategy = "strategies:strategies.\(RuleEngine.name).risk_budgets"
        policy.strategyBudget[RuleEngine.name] = values.percent("\(strategy).max_at_risk_pct")
        policy.strategyTradesMax[RuleEngine.name] = values.integer(
            "\(strategy).max_trades_per_cycle"
        )
        for tier in Tier.allCases {
            policy.tierPositionMax[tier] = values.percent(
                "policy:position_sizing.max_position_pct.tier\(tier.rawValue)"
            )
        }
        for regime in Regime.allCases {
            policy.regimePositionsMax[regime] = values.integer(
                "policy:regime.\(regime.rawValue).max_positions"
            )
        }
        return policy
    }

    private mutating func coolDown(_ policy: inout RiskPolicy) {
        policy.winCooldown = values.minutes("policy:risk.per_symbol_cooldown_win_minutes")
        policy.lossExitCooldown = values.minutes("policy:risk.per_symbol_cooldown_loss_minutes")
        guard !values.flag("policy:risk.per_symbol_cooldown_enabled") else { return }
        (policy.productCooldown, policy.stopCooldown) = (.zero, .zero)
        (policy.winCooldown, policy.lossExitCooldown) = (.zero, .zero)
    }

    /// Risk and sizing must both allow it.
    private mutating func pyramid(_ policy: inout RiskPolicy) {
        let pyramid = PyramidPolicy(
            spacing: values.seconds("policy:risk.pyramid_cooldown_seconds"),
            additionsPerDayMax: values.integer("policy:risk.max_adds_per_asset_per_day"),
            positionsMax: values.integer("policy:position_sizing.max_pyramid_positions")
        )
        let isAllowed = values.flag("policy:risk.allow_pyramiding")
        policy.pyramid =
            values.flag("policy:position_sizing.allow_pyramiding") && isAllowed ? pyramid : nil
    }

    private mutating func themes(_ policy: inout RiskPolicy) {
        let definitions = "universe:clusters.definitions."
        for name in words(definitions + "*") {
            for product in values.products(definitions + name) {
                policy.themesByProduct[product, default: []].append(name)
            }
        }
        let caps = "policy:risk.max_per_theme_pct."
        let areApplied = values.flag("universe:clusters.enabled")
        for name in words(caps + "*") {
            let most = values.percent(caps + name)
            policy.themeMax[name] = areApplied ? most : nil
        }
    }

    /// What stands for the star of a key, in order.
    private mutating func words(_ star: String) -> [String] {
        let prefix = star.dropLast()
        return values.names(star).map { String($0.dropFirst(prefix.count)) }
    }

    private mutating func breakers() -> BreakerPolicy {
        let path = "policy:circuit_breakers"
        var policy = BreakerPolicy()
        policy.quoteAgeMax = values.seconds("\(path).max_quote_age_seconds")
        policy.candleAgeMax = values.seconds("\(path).max_ohlcv_age_seconds")
        policy.apiErrorsMax = values.integer("\(path).max_consecutive_api_errors")
        policy.apiErrorWindow = values.seconds("\(path).api_error_window_seconds")
        policy.rateLimitCooldown = values.seconds("\(path).rate_limit_cooldown_seconds")
        policy.deviationMaxPct = values.percent("\(path).max_price_deviation_pct").indicator * 100
        policy.volumeRatioMin = values.fraction("\(path).min_volume_ratio").indicator
        policy.outlierLookback = values.integer("\(path).outlier_lookback_periods")
        policy.volatilityMaxPct =
            values.percent("\(path).max_realized_volatility_pct").indicator * 100
        policy.volatilityHours = values.integer("\(path).volatility_lookback_hours")
        policy.diskFreeMin = Int64(values.integer("\(path).min_free_disk_mb")) << 20
        policy.memoryMax = Int64(values.integer("\(path).max_memory_mb")) << 20
        policy.spreadMaxBPS = values.number("universe:liquidity.max_spread_bps")
        policy.clockTolerance = .milliseconds(values.integer("app:exchange.clock_tolerance_ms"))
        return policy
    }

    /// Risk and sizing each have a smallest order; the larger one counts.
    private mutating func entryMin() -> Money {
        let risk = values.dollars("policy:risk.min_trade_notional_usd")
        let sizing = values.dollars("policy:position_sizing.min_order_usd")
        return sizing.raw > risk.raw ? sizing : risk
    }

    /// The files write a loss as a negative number; the engine compares magnitudes.
    private mutating func magnitude(_ name: String) -> Rate {
        Rate(raw: -values.percent(name).raw)
    }

    private mutating func execution() -> ExecutionPolicy {
        var policy = ExecutionPolicy(
            postOnlyTTL: values.seconds("policy:execution.post_only_ttl_seconds"),
            repricesMax: values.integer("policy:execution.maker_max_reprices"),
            repriceDecay: values.fraction("policy:execution.maker_reprice_decay"),
            takerFallback: values.flag("policy:execution.taker_fallback"),
            slippageBudget: [
                .core: values.basisPoints("policy:execution.slippage_budget_t1_bps"),
                .rotational: values.basisPoints("policy:execution.slippage_budget_t2_bps"),
                .eventDriven: values.basisPoints("policy:execution.slippage_budget_t3_bps"),
            ],
            exitSlippageTolerance: values.basisPoints("policy:exits.exit_slippage_tolerance_bps"),
            exitsRestFirst: values.flag("policy:exits.rest_first"),
            restingOrderLifetime: values.seconds("policy:execution.resting_order_lifetime_seconds"),
            fees: FeeSchedule(
                maker: values.basisPoints("policy:execution.maker_fee_bps"),
                taker: values.basisPoints("policy:execution.taker_fee_bps")
            ),
            quoteAgeMax: values.seconds("policy:microstructure.max_quote_age_seconds")
        )
        policy.exitsOutliveStop = values.flag("policy:exits.outlive_stop")
        policy.slippageMax = values.basisPoints("policy:execution.max_slippage_bps")
        policy.notionalMin = values.dollars("policy:execution.min_notional_usd")
        policy.postOnlyTTLMax = values.seconds("policy:execution.maker_max_ttl_sec")
        policy.firstTTLMin = values.seconds("policy:execution.maker_first_min_ttl_sec")
        policy.retryTTLMin = values.seconds("policy:execution.maker_retry_min_ttl_sec")
        policy.takenBelow = values.dollars("policy:execution.small_order_market_threshold_usd")
        policy.cancelAfter = values.seconds("policy:execution.cancel_after_seconds")
        policy.refusalCooldown = values.seconds("policy:execution.failed_order_cooldown_seconds")
        let wait = values.number("policy:execution.post_trade_reconcile_wait_seconds")
        policy.fillWait = .milliseconds(Int64(wait * 1_000))
        return policy
    }

    private static let tiers: [(tier: Tier, name: String)] = [
        (.core, "tier_1_core"), (.rotational, "tier_2_rotational"),
        (.eventDriven, "tier_3_event_driven"),
    ]

    private mutating func universe() -> UniversePolicy {
        // What is demanded of all is demanded of each: the stricter number counts.
        let volume = values.number("universe:liquidity.min_24h_volume_usd")
        let spread = values.number("universe:liquidity.max_spread_bps")
        let depth = values.number("universe:liquidity.min_depth_20bps_usd")
        var tiers: [Tier: UniversePolicy.TierDemands] = [:]
        for (tier, name) in Self.tiers {
            let path = "universe:tiers.\(name)"
            tiers[tier] = UniversePolicy.TierDemands(
                products: values.products("\(path).symbols"),
                volumeMin: max(values.number("\(path).constraints.min_24h_volume_usd"), volume),
                spreadMaxBPS: min(values.number("\(path).constraints.max_spread_bps"), spread),
                depthMin: max(values.number("\(path).constraints.min_depth_20bps_usd"), depth)
            )
        }
        return UniversePolicy(
            tiers: tiers,
            neverTrade: Set(values.products("universe:exclusions.never_trade")),
            graceReadings: values.integer("universe:universe.grace_readings"),
            eligibleMin: values.integer("policy:circuit_breakers.min_eligible_assets")
        )
    }

    private mutating func triggers() -> TriggerPolicy {
        var thresholds: [Regime: TriggerPolicy.Thresholds] = [:]
        for regime in [Regime.chop, .bull, .bear] {
            let path = "signals:triggers.regime_thresholds.\(regime.rawValue)"
            thresholds[regime] = TriggerPolicy.Thresholds(
                move15mPct: values.number("\(path).pct_change_15m"),
                move60mPct: values.number("\(path).pct_change_60m"),
                volumeRatio: values.number("\(path).volume_ratio_1h")
            )
        }
        thresholds[.crash] = thresholds[.bear]
        return TriggerPolicy(
            thresholds: thresholds,
            breakoutHours: values.integer("signals:triggers.breakout_lookback_hours"),
            momentumPct: values.number("signals:triggers.momentum_pct_24h"),
            onlyUpside: values.flag("signals:triggers.only_upside"),
            scoreMin: values.fraction("signals:triggers.min_trigger_score").indicator,
            perCycleMax: values.integer("signals:triggers.max_triggers_per_cycle"),
            candleAgeMax: values.seconds("policy:data.max_age_s")
        )
    }

    private mutating func strategy() -> StrategyPolicy {
        var rules: [TriggerKind: StrategyPolicy.Rule] = [:]
        for kind in TriggerKind.allCases {
            let path = "strategies:strategies.rules_engine.rules.\(kind.rawValue)"
            rules[kind] = StrategyPolicy.Rule(
                exits: ExitPlan(
                    stopLoss: values.percent("\(path).stop_loss_pct"),
                    takeProfit: values.percent("\(path).take_profit_pct"),
                    holdMax: values.hours("\(path).max_hold_hours")
                ),
                sizeMultiplier: values.fraction("\(path).size_multiplier")
            )
        }
        var regimes: [Regime: Rate] = [:]
        for regime in Regime.allCases {
            regimes[regime] = values.fraction(
                "policy:regime.\(regime.rawValue).position_size_multiplier"
            )
        }
        var policy = StrategyPolicy(
            name: RuleEngine.name,
            enabled: values.flag("strategies:strategies.rules_engine.enabled"),
            basePosition: [
                .core: values.percent("policy:position_sizing.base_position_pct.tier1"),
                .rotational: values.percent("policy:position_sizing.base_position_pct.tier2"),
                .eventDriven: values.percent("policy:position_sizing.base_position_pct.tier3"),
            ],
            convictionMin: values.fraction("policy:strategy.min_conviction_to_propose").indicator,
            strengthWeight: values.fraction("policy:strategy.conviction_weights.trigger_strength")
                .indicator,
            confidenceWeight: values.fraction(
                "policy:strategy.conviction_weights.trigger_confidence"
            ).indicator,
            coreTierBoost: values.fraction("policy:strategy.conviction_weights.tier1_boost")
                .indicator,
            riskPerTrade: values.percent("policy:position_sizing.risk_per_trade_pct"),
            regimeMultipliers: regimes,
            rules: rules
        )
        policy.judgesRegime = values.flag("policy:regime.enabled")
        return policy
    }
}
