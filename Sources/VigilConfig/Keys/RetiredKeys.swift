extension ConfigSchema {
    /// The predecessor's keys that mean nothing here, each with why, and what to use.
    package static let retired: [RetiredKey] =
        retiredApp + retiredRisk + retiredStrategy + retiredExecution + retiredGovernance
        + retiredUniverse + retiredSignals

    private static let retiredApp: [RetiredKey] = [
        RetiredKey("app:app.version", "the program knows its version", "`vigil --version`"),
        RetiredKey("app:exchange.name", "the venue is named at the start", "`vigil run --venue`"),
        RetiredKey("app:exchange.api_key", secret, credential),
        RetiredKey("app:exchange.api_secret", secret, credential),
        RetiredKey(
            "app:loop.skip_weekends",
            "the market does not close, and neither does a stop",
            refused: "true"
        ),
        RetiredKey("app:loop.timezone", "every time is UTC"),
        RetiredKey(
            "app:loop.utilization_autobackoff",
            "cycles keep to their grid; a late one is aborted, not postponed",
            "`loop.stage_timeout_seconds`"
        ),
        RetiredKey(
            "app:loop.universe_cache_seconds",
            "eligibility is judged anew in each cycle",
            "`universe.grace_readings`"
        ),
        RetiredKey(
            "app:auto_tune",
            "an engine that rewrites its own thresholds was never rehearsed with them"
        ),
        RetiredKey("app:ai_trader", "no model decides here"),
        RetiredKey("app:ai_trader.enabled", "no model decides here", refused: "true"),
        RetiredKey("app:ai", "no model decides here"),
        RetiredKey("app:ai.enabled", "no model decides here", refused: "true"),
        RetiredKey("app:logging", "journald keeps the log", "`journalctl -u vigil -p warning`"),
        RetiredKey("app:state.store", "the ledger is SQLite"),
        RetiredKey("app:state.path", "systemd says where state is", "`--state`"),
        RetiredKey(
            "app:state.persist_interval_seconds",
            "everything is durable before it is acted upon"
        ),
        RetiredKey(
            "app:state.backup_enabled",
            "the ledger is always backed up",
            "`state.backup_interval_hours`"
        ),
        RetiredKey(
            "app:monitoring.healthcheck_enabled",
            "systemd's watchdog checks",
            "`vigil status`"
        ),
        RetiredKey("app:monitoring.healthcheck_port", "no port is opened", "`vigil status`"),
        RetiredKey("app:monitoring.metrics_enabled", "metrics are always written"),
        RetiredKey("app:monitoring.metrics_port", noPort, textfile),
        RetiredKey("app:monitoring.prometheus_enabled", "metrics are always written"),
        RetiredKey("app:monitoring.prometheus_port", noPort, textfile),
        RetiredKey("app:monitoring.port", noPort, textfile),
        RetiredKey(
            "app:monitoring.latency",
            "stages have one time-out",
            "`loop.stage_timeout_seconds`"
        ),
        RetiredKey(
            "app:monitoring.alerts.webhook_env",
            "an environment is readable by other processes",
            "`monitoring.alerts.webhook_credential`"
        ),
        RetiredKey(
            "app:monitoring.alerts.dry_run",
            "what is not sent is in the journal all the same",
            "`monitoring.alerts_enabled`"
        ),
        RetiredKey(
            "app:monitoring.alerts.escalation_webhook_url",
            secret,
            "`monitoring.alerts.webhook_credential`"
        ),
        RetiredKey(
            "app:monitoring.alerts.escalation_severity_boost",
            "an unresolved alert becomes critical",
            "`monitoring.alerts.escalation_seconds`"
        ),
    ]

    private static let secret = "a configuration file holds no secrets"
    private static let credential = "the systemd credential `coinbase.json`"
    private static let noPort = "no port is opened"
    private static let textfile = "node-exporter's textfile collector"

    private static let retiredRisk: [RetiredKey] = [
        RetiredKey(
            "policy:risk.max_exposure_pct",
            "the predecessor renamed it",
            "`risk.max_total_at_risk_pct`",
            isChecked: true
        ),
        RetiredKey(
            "policy:risk.count_external_positions",
            "what Vigil did not buy is never counted as its own, and never sold",
            refused: "true"
        ),
        RetiredKey("policy:risk.managed_position_tag", "the ledger knows its own orders"),
        RetiredKey("policy:risk.external_exposure_buffer_pct", "external holdings are not counted"),
        RetiredKey(
            "policy:risk.allow_adds_when_over_cap",
            "no cap is exceeded, whatever is added to",
            refused: "true"
        ),
        RetiredKey(
            "policy:risk.count_open_orders_in_cap",
            "working orders always count, at their worst",
            refused: "false"
        ),
        RetiredKey("policy:exits.enabled", protection, refused: "false"),
        RetiredKey("policy:exits.check_stop_loss", protection, refused: "false"),
        RetiredKey(
            "policy:exits.check_take_profit",
            "a goal that is never reached is a large one",
            "a rule's `take_profit_pct`",
            refused: "false"
        ),
        RetiredKey(
            "policy:exits.check_max_hold",
            "a hold that never ends is a long one",
            "a rule's `max_hold_hours`",
            refused: "false"
        ),
        RetiredKey(
            "policy:exits.exit_order_type",
            "a stop takes, the others may rest",
            "`exits.rest_first`"
        ),
        RetiredKey("policy:exits.tighten_stops_in_crash", "a stop stays where it was promised"),
        RetiredKey("policy:exits.widen_targets_in_bull", "a goal stays where it was promised"),
        RetiredKey(
            "policy:position_sizing.method",
            "a size is bounded by what its stop may cost",
            "`position_sizing.risk_per_trade_pct`"
        ),
        RetiredKey(
            "policy:position_sizing.fixed_size_usd",
            "sizes are ratios of the capital",
            "`position_sizing.max_order_usd`"
        ),
    ]

    private static let protection = "protection is not optional"

    private static let retiredStrategy: [RetiredKey] = [
        RetiredKey(
            "policy:liquidity.require_depth_mult",
            "depth is demanded in dollars",
            "`liquidity.min_depth_20bps_usd`"
        ),
        RetiredKey("policy:liquidity.eligibility_persistence", grace, "`universe.grace_readings`"),
        RetiredKey(
            "policy:triggers.fallback",
            "thresholds are not lowered because nothing happens"
        ),
        RetiredKey("policy:triggers.mean_reversion", noReversion),
        RetiredKey("policy:strategy.momentum_downside_reversal_pct", noReversion),
        RetiredKey("policy:strategy.prefer_add_to_existing", "proposals are ranked by conviction"),
        RetiredKey("policy:strategy.conviction_weights.base", "conviction begins at nothing"),
        RetiredKey(
            "policy:strategy.conviction_weights.quality_boosts",
            noReversion,
            "`strategy.conviction_weights.tier1_boost`"
        ),
        RetiredKey("policy:strategy.reversal_confirmation", noReversion),
        RetiredKey(
            "policy:strategy.canary",
            "a size follows its conviction without a step",
            "`strategy.min_conviction_to_propose`"
        ),
        RetiredKey("policy:circuit_breakers.check_exchange_status", always, refused: "false"),
        RetiredKey("policy:circuit_breakers.check_product_status", always, refused: "false"),
        RetiredKey("policy:circuit_breakers.halt_on_maintenance", always, refused: "false"),
        RetiredKey("policy:circuit_breakers.check_price_outliers", always, refused: "false"),
        RetiredKey("policy:circuit_breakers.pause_on_rate_limit", always, refused: "false"),
        RetiredKey("policy:circuit_breakers.enable_atr_filter", atr),
        RetiredKey("policy:circuit_breakers.atr_lookback_periods", atr),
        RetiredKey("policy:circuit_breakers.atr_min_multiplier", atr),
        RetiredKey(
            "policy:circuit_breaker.rate_limit_threshold",
            "one refusal is enough",
            "`circuit_breakers.rate_limit_cooldown_seconds`"
        ),
        RetiredKey(
            "policy:circuit_breaker.rate_limit_window_minutes",
            "one refusal is enough",
            "`circuit_breakers.rate_limit_cooldown_seconds`"
        ),
    ]

    private static let grace = "hysteresis is counted in readings"
    private static let noReversion = "no rule here buys a fall"
    private static let always = "it is always checked"
    private static let atr = "a quiet market reaches no threshold, so nothing need be filtered"

    private static let retiredExecution: [RetiredKey] =
        [
            (
                "default_order_type", "a route begins by resting at the touch",
                "`execution.taker_fallback`"
            ),
            (
                "maker_first", "a route begins by resting at the touch",
                "`execution.maker_max_reprices`"
            ),
            ("purge_maker_ttl_sec", oneRoute, "`execution.post_only_ttl_seconds`"),
            ("prefer_ioc", "what is taken is always limited and immediate", "nothing"),
            ("taker_max_slippage_bps", "one bound for all tiers", "`execution.max_slippage_bps`"),
            ("auto_convert_preferred_quote", noConversion, "nothing"),
            ("preferred_quote_currencies", noConversion, "nothing"),
            ("clamp_small_trades", "a size is cut to what fits, never raised", "nothing"),
            ("allow_min_bump_in_risk", "a size is cut to what fits, never raised", "nothing"),
            ("hard_max_spread_bps", "a wide spread is not eligible", "`liquidity.max_spread_bps`"),
            (
                "partial_fill_min_pct", "the filled part is always kept",
                "`execution.min_notional_usd`"
            ),
            ("max_order_age_seconds", "the venue itself ends an order", lifetime),
            ("limit_offset_bps", "orders rest at the touch", "nothing"),
            ("limit_timeout_seconds", "one time to live", "`execution.post_only_ttl_seconds`"),
            ("require_fill_confirmation", "only the venue's fills count", "nothing"),
            ("fill_timeout_seconds", "an unknown fate is asked about until it is known", "nothing"),
            ("max_retries", "an order is never sent twice", "nothing"),
            ("retry_delay_seconds", "an order is never sent twice", "nothing"),
            ("cancel_retry_backoff_ms", "a cancel is repeated until the venue answers", "nothing"),
            (
                "promote_to_taker_if_budget_allows", "the budget decides",
                "`execution.taker_fallback`"
            ),
            ("taker_promotion_requirements", "the budget decides", "`execution.taker_fallback`"),
            (
                "high_volatility", "sizes shrink with volatility as they are",
                "`position_sizing.risk_per_trade_pct`"
            ),
        ].map { RetiredKey("policy:execution.\($0.0)", $0.1, $0.2) } + retiredPortfolio

    private static let oneRoute = "a sell order takes the route of every exit"
    private static let noConversion = "only USD products are traded, and nothing is converted"
    private static let lifetime = "`execution.resting_order_lifetime_seconds`"

    private static let retiredPortfolio: [RetiredKey] = [
        RetiredKey("policy:portfolio_management.trim_preferred_quotes", noConversion),
        RetiredKey(
            "policy:portfolio_management.trim_slippage_buffer_pct",
            oneRoute,
            "`exits.exit_slippage_tolerance_bps`"
        ),
        RetiredKey(
            "policy:portfolio_management.auto_rebalance_worst_performer",
            "a position gives way to a better one only where there is no place",
            "`portfolio_management.rotate_for_capacity`"
        ),
        RetiredKey("policy:portfolio_management.purge_execution", oneRoute, "`exits`"),
        RetiredKey("policy:twap", oneRoute, "`exits`"),
        RetiredKey("policy:cooldowns", "nothing bypasses a cooldown; exits need none"),
        RetiredKey(
            "policy:loop.universe_cache_seconds",
            "eligibility is judged anew in each cycle",
            "`universe.grace_readings`"
        ),
        RetiredKey(
            "policy:rate_limits",
            "the exchange has one budget, not one per call",
            "`exchange.rate_limit`"
        ),
        RetiredKey("policy:latency", "stages have one time-out", "`loop.stage_timeout_seconds`"),
    ]

    private static let retiredGovernance: [RetiredKey] = [
        RetiredKey("policy:ai.openai_api_key", secret),
        RetiredKey("policy:ai.enabled", "no model decides here", refused: "true"),
        RetiredKey("policy:ai.ai_can_override_risk", "no model decides here", refused: "true"),
        RetiredKey("policy:ai", "no model decides here"),
        RetiredKey("policy:governance.require_decision_reasoning", why, "`vigil audit`"),
        RetiredKey("policy:governance.min_reasoning_length", why, "`vigil audit`"),
        RetiredKey("policy:governance.log_all_decisions", why, "`vigil audit`", refused: "false"),
        RetiredKey("policy:governance.log_ai_prompts", "no model decides here"),
        RetiredKey("policy:governance.log_ai_responses", "no model decides here"),
        RetiredKey(
            "policy:governance.allow_manual_override",
            "commands are always recorded",
            "`vigil kill`"
        ),
        RetiredKey(
            "policy:governance.require_override_reason",
            "a reason is always required",
            "`vigil resume`"
        ),
        RetiredKey(
            "policy:governance.kill_switch_enabled",
            "the kill switch cannot be switched off",
            "`governance.kill_switch_file`",
            refused: "false"
        ),
        RetiredKey(
            "policy:governance.emergency_slack_webhook",
            secret,
            "`monitoring.alerts.webhook_credential`"
        ),
        RetiredKey(
            "policy:governance.emergency_email",
            "mail is the business of Alertmanager",
            "`monitoring.alerts.webhook_credential`"
        ),
    ]

    private static let why = "every decision is recorded with its numbers"

    private static let retiredUniverse: [RetiredKey] =
        [
            RetiredKey(
                "universe:cache_ttl_seconds",
                noCache,
                "`universe.grace_readings`",
                isChecked: true
            ),
            RetiredKey(
                "universe:universe.cache_ttl_seconds",
                noCache,
                "`universe.grace_readings`",
                isChecked: true
            ),
            RetiredKey("universe:eligibility_hysteresis", grace, "`universe.grace_readings`"),
            RetiredKey(
                "universe:exclusions.red_flags",
                "no news is read",
                "`exclusions.never_trade`"
            ),
            RetiredKey(
                "universe:exclusions.temporary_ban_hours",
                "no news is read",
                "`exclusions.never_trade`"
            ),
            RetiredKey(
                "universe:regime_modifiers",
                "one multiplier for a regime",
                "`regime.*.position_size_multiplier`"
            ),
            RetiredKey(
                "universe:universe.method",
                "what may be traded is what you list",
                "`tiers.*.symbols`"
            ),
            RetiredKey(
                "universe:universe.dynamic_config",
                "what may be traded is what you list",
                "`tiers`"
            ),
            RetiredKey("universe:universe.near_threshold", grace, "`universe.grace_readings`"),
            RetiredKey(
                "universe:universe.refresh_interval_hours",
                noCache,
                "`universe.grace_readings`"
            ),
            RetiredKey("universe:universe.products_cache_minutes", noCache),
        ]
        + ["tier_1_core", "tier_2_rotational", "tier_3_event_driven"].flatMap { tier in
            [
                (
                    "constraints.max_allocation_pct", "one cap for a position",
                    "`position_sizing.max_position_pct`"
                ),
                ("constraints.max_drawdown_pct", "a position has a stop", "`risk.stop_loss_pct`"),
                (
                    "constraints.max_hold_period_hours", "a rule says how long",
                    "a rule's `max_hold_hours`"
                ),
                ("constraints.near_threshold_override", grace, "`universe.grace_readings`"),
                (
                    "constraints.force_eligible_symbols", "no product is exempt from its demands",
                    "nothing"
                ),
                ("refresh", noCache, "`universe.grace_readings`"),
                ("filters", "triggers are the same for all", "`triggers`"),
                ("event_types_allowed", "no news is read", "nothing"),
                ("max_tier_3_symbols", "list as many as you want", "`universe.max_universe_size`"),
                ("min_news_sources", "no news is read", "nothing"),
                ("require_verification", "no news is read", "nothing"),
            ].map { RetiredKey("universe:tiers.\(tier).\($0.0)", $0.1, $0.2) }
        }

    private static let noCache = "eligibility is judged anew in each cycle"

    private static let retiredSignals: [RetiredKey] =
        ["chop", "bull", "bear"].map {
            RetiredKey("signals:triggers.regime_thresholds.\($0).atr_filter_min_mult", atr)
        } + [
            RetiredKey("signals:triggers.reversal_confirm", noReversion),
            RetiredKey("signals:triggers.trend_filter", noReversion),
            RetiredKey("signals:triggers.mean_reversion", noReversion),
            RetiredKey(
                "signals:triggers.volume_spike_min_ratio",
                "each regime has its own",
                "`triggers.regime_thresholds.*.volume_ratio_1h`"
            ),
            RetiredKey(
                "signals:triggers.volume_lookback_periods",
                "the usual hour is that of a day"
            ),
            RetiredKey("signals:triggers.breakout_threshold_pct", "a breakout is a new high"),
            RetiredKey(
                "signals:triggers.min_trigger_confidence",
                "strength and confidence count together",
                "`triggers.min_trigger_score`"
            ),
            RetiredKey(
                "signals:triggers.regime_multipliers",
                "a regime scales the size, not the signal",
                "`regime.*.position_size_multiplier`"
            ),
            RetiredKey(
                "signals:triggers.enabled_signals",
                "a rule is switched off by its size",
                "a rule's `size_multiplier`"
            ),
            RetiredKey(
                "signals:triggers.signals",
                "thresholds are by regime",
                "`triggers.regime_thresholds`"
            ),
            RetiredKey(
                "signals:enabled_signals",
                "a rule is switched off by its size",
                "a rule's `size_multiplier`"
            ),
            RetiredKey(
                "signals:signals",
                "thresholds are by regime",
                "`triggers.regime_thresholds`"
            ),
            RetiredKey("strategies:strategies.rules_engine.type", "there is one type"),
            RetiredKey(
                "strategies:strategies.rules_engine.params",
                "a rule has its own keys",
                "`strategies.rules_engine.rules`"
            ),
            RetiredKey("strategies:global.dedupe_by_symbol", "a product has one trigger a cycle"),
            RetiredKey(
                "strategies:global.max_total_proposals_per_cycle",
                "a trigger makes one proposal",
                "`triggers.max_triggers_per_cycle`"
            ),
            RetiredKey("strategies:global.log_proposal_details", why, "`vigil audit`"),
        ]
        + ["bull", "chop", "bear", "crash"].flatMap { regime in
            ["allowed_signals", "signal_confidence_boost", "signal_confidence_penalty"].map {
                RetiredKey(
                    "policy:regime.\(regime).\($0)",
                    "a regime scales the size, not the signal"
                )
            }
        }
}
