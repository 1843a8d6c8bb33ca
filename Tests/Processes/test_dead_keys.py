#!/usr/bin/env python3
"""No dead keys: each key of the configuration, changed alone, changes what the engine does.

A key that decides must change the decision hash of a simulated day, or the orders and fills behind it;
the others are listed here with the test that shows what they do.
"""
import concurrent.futures
import datetime
import functools
import json
import os
import pathlib
import re
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support.processes import vigil  # noqa: E402

# Keys that decide nothing, and the test that shows their effect.
SHOWN_ELSEWHERE = {
    "app:acknowledged": "ConfigurationTests (LIVE needs each warning acknowledged)",
    "app:app.mode": "BadInput.test_a_mode_that_is_not_the_configured_one",
    "app:exchange.clock_tolerance_ms": "test_feeds (a venue whose clock is wrong halts entries)",
    "app:exchange.rate_limit.private": "RequestBudgetTests (the limits of a configuration)",
    "app:exchange.rate_limit.public": "RequestBudgetTests (the limits of a configuration)",
    "app:monitoring.alerts.dedupe_seconds": "AlertingTests (repeats are counted)",
    "app:monitoring.alerts.escalation_seconds": "AlertingTests (escalates once)",
    "policy:governance.kill_switch_file": "Service.test_the_kill_file_stops_entries_and_keeps_them_stopped",
    "policy:loop.stage_timeout_seconds": "ConductorTests (a stage that gets no answer)",
    "policy:microstructure.max_quote_age_seconds": "RiskTests (a stale quote is no quote)",
    # A simulated day without faults has no failed request, and a machine of its own.
    "policy:circuit_breakers.max_consecutive_api_errors": "BreakerTests (failed requests in a row)",
    "policy:circuit_breakers.api_error_window_seconds": "BreakerTests (failed requests in a row)",
    "policy:circuit_breakers.rate_limit_cooldown_seconds": "BreakerTests (a refusal for asking too much)",
    "policy:circuit_breakers.min_free_disk_mb": "BreakerTests (what the machine has left)",
    "policy:circuit_breakers.max_memory_mb": "BreakerTests (what the machine has left)",
    "policy:exits.outlive_stop": "test_live (what leaves the universe is seen and sold and its sell order outlives a shutdown)",
    # The embedded venue refuses no sound order, tells of a trade with its row, and a rehearsal copies nothing.
    "policy:execution.failed_order_cooldown_seconds": "RoutePlanTests (after a refused order)",
    "policy:execution.post_trade_reconcile_wait_seconds": "OrderTrapTests (a fill's row is not asked for before the wait is over)",
    "app:state.backup_interval_hours": "test_live (the engine copies its ledger)",
    "app:state.backup_retention_days": "LedgerMaintenanceTests (old copies go)",
}
# Care looks after positions that a simulated day of small ones does not have.
for key, test in {
    "auto_trim_to_risk_cap": "CareTests (positions that have outgrown a cap)",
    "trim_tolerance_pct": "PortfolioCareTests (what outgrows the total)",
    "trim_target_buffer_pct": "PortfolioCareTests (what outgrows the total)",
    "trim_min_value_usd": "PortfolioCareTests (what is too small, or one too many)",
    "trim_max_liquidations": "PortfolioCareTests (what is too small, or one too many)",
    "max_trim_failures_before_alert": "PortfolioCareTests (cuts that find nothing)",
    "auto_liquidate_ineligible": "CareTests (a position whose product is excluded)",
    "min_liquidation_value_usd": "PortfolioCareTests (what is too small, or one too many)",
    "max_liquidations_per_cycle": "PortfolioCareTests (what is too small, or one too many)",
    "purge_grace_minutes": "PortfolioCareTests (defect 38)",
    "purge_slice_usd": "PortfolioCareTests (defect 38)",
    "rotate_for_capacity": "PortfolioCareTests (defects 40 and 49)",
    "rotate_min_loss_pct": "PortfolioCareTests (defects 40 and 49)",
    "rotate_min_conviction": "PortfolioCareTests (defects 40 and 49)",
}.items():
    SHOWN_ELSEWHERE[f"policy:portfolio_management.{key}"] = test

# Only for people: nothing reads them but who looks at the file.
DESCRIPTIVE = {"app:app.name", "strategies:strategies.rules_engine.description"}

# Keys whose subsystem is still to come; stating one is a warning. This list only ever shrinks.
WAITING = {
    "alert delivery": 4, "the LIVE gate": 3, "the exits beyond the spine": 2,
}

MAJORS = "[BTC-USD, ETH-USD, SOL-USD, XRP-USD, DOGE-USD]"
PYRAMID_TIMES = {
    "policy:risk.max_per_asset_pct": "6", "policy:risk.pyramid_cooldown_seconds": "0",
    "policy:risk.max_open_positions": "4", "policy:risk.max_trades_per_hour": "9",
}

# A value that is legal with the rest of the shipped configuration, and differs; seeds where one is needed.
CHANGES = {
    "app:paper.initial_cash_usd": "20000",
    "policy:loop.interval_seconds": "120",
    "policy:loop.jitter_pct": "1",
    # Nine positions do not fit under 25 %: the configuration is refused, and under 30 % it is not.
    "policy:risk.max_total_at_risk_pct": ("30", {"policy:risk.max_open_positions": "9"}),
    "policy:risk.max_position_size_pct": "1.5",
    "policy:risk.min_position_size_pct": "1.5",
    "policy:risk.max_open_positions": "2",
    "policy:risk.daily_stop_pnl_pct": "-0.05",
    "policy:risk.weekly_stop_pnl_pct": ("-0.06", {"policy:risk.daily_stop_pnl_pct": "-0.05"}),
    "policy:risk.max_drawdown_pct": "0.1",
    "policy:risk.max_trades_per_day": "3",
    "policy:risk.max_new_trades_per_hour": "1",
    "policy:risk.min_seconds_between_trades": "3000",
    "policy:risk.per_symbol_trade_spacing_seconds": "80000",
    "policy:risk.per_symbol_cooldown_minutes": ("600", {"policy:risk.per_symbol_cooldown_after_stop": "600"}),
    "policy:risk.per_symbol_cooldown_after_stop": "1200",
    "policy:risk.cooldown_after_loss_trades": "1",
    "policy:risk.cooldown_minutes": ("600", {"policy:risk.cooldown_after_loss_trades": "1"}),
    "policy:risk.min_trade_notional_usd": "140",
    "policy:risk.stop_loss_pct": "0.8",
    "policy:risk.take_profit_pct": ("20", {"policy:risk.take_profit_pct": "1.9", "policy:risk.stop_loss_pct": "1.5"}),
    "policy:risk.max_per_asset_pct": "1.5",
    "policy:risk.max_per_theme_pct.*": ("1", {"universe:clusters.definitions.bold": MAJORS}),
    "universe:clusters.definitions.*": (MAJORS, {"policy:risk.max_per_theme_pct.bold": "1"}),
    "universe:clusters.enabled": (
        "false", {"policy:risk.max_per_theme_pct.bold": "1", "universe:clusters.definitions.bold": MAJORS},
    ),
    "policy:risk.capital_max_usd": "2000",
    "policy:risk.max_trades_per_hour": "9",
    "policy:risk.per_symbol_cooldown_enabled": "false",
    "policy:risk.per_symbol_cooldown_win_minutes": ("600", {
        f"strategies:strategies.rules_engine.rules.{kind}.{name}": value
        for kind in ("price_move", "volume_spike", "breakout", "momentum")
        for name, value in (("take_profit_pct", "1.9"), ("stop_loss_pct", "1.5"))
    }),
    # Positions that are held for an hour and left for no stop.
    "policy:risk.per_symbol_cooldown_loss_minutes": ("600", {
        f"strategies:strategies.rules_engine.rules.{kind}.max_hold_hours": "1"
        for kind in ("price_move", "volume_spike", "breakout", "momentum")
    }),
    "policy:risk.allow_pyramiding": (
        "true", {"policy:position_sizing.allow_pyramiding": "true", "policy:position_sizing.max_pyramid_positions": "3"},
    ),
    "policy:position_sizing.allow_pyramiding": ("true", {
        "policy:risk.allow_pyramiding": "true", "policy:position_sizing.max_pyramid_positions": "3", **PYRAMID_TIMES}),
    "policy:position_sizing.max_pyramid_positions": ("1", "pyramid"),
    "policy:risk.pyramid_cooldown_seconds": ("80000", "pyramid"),
    "policy:risk.max_adds_per_asset_per_day": ("3", "pyramid"),
    "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct": "2",
    "strategies:strategies.rules_engine.risk_budgets.max_trades_per_cycle": (
        "1", {"policy:strategy.max_new_positions_per_cycle": "5", "policy:risk.min_seconds_between_trades": "0"},
    ),
    "policy:circuit_breakers.max_quote_age_seconds": "1",
    "policy:circuit_breakers.max_ohlcv_age_seconds": "60",
    "policy:circuit_breakers.max_price_deviation_pct": ("0.1", {"policy:circuit_breakers.min_volume_ratio": "10"}),
    "policy:circuit_breakers.min_volume_ratio": ("10", {"policy:circuit_breakers.max_price_deviation_pct": "0.1"}),
    "policy:circuit_breakers.outlier_lookback_periods": (
        "5", {"policy:circuit_breakers.max_price_deviation_pct": "0.1", "policy:circuit_breakers.min_volume_ratio": "10"},
    ),
    "policy:circuit_breakers.max_realized_volatility_pct": "50",
    "policy:circuit_breakers.volatility_lookback_hours": "12",
    "policy:position_sizing.min_order_usd": "140",
    "policy:position_sizing.max_order_usd": "50",
    "policy:position_sizing.max_position_pct.tier1": "1",
    "policy:position_sizing.max_position_pct.tier2": "1",
    "policy:position_sizing.max_position_pct.tier3": ("1", "tier3"),
    "policy:profile": ("bold", {"policy:profiles.bold.min_conviction": "0.6"}),
    "policy:profiles.*.min_conviction": ("0.6", "bold"),
    "policy:profiles.*.min_trade_notional": ("140", "bold"),
    "policy:profiles.*.tier_sizing.T1": ("0.02", "bold"),
    "policy:profiles.*.tier_sizing.T2": ("0.01", "bold"),
    "policy:profiles.*.tier_sizing.T3": ("0.009", "bold3"),
    "policy:profiles.*.max_position_pct.T1": ("0.01", "bold"),
    "policy:profiles.*.max_position_pct.T2": ("0.01", "bold"),
    "policy:profiles.*.max_position_pct.T3": ("0.01", "bold3"),
    "policy:regime.enabled": ("false", "rising"),
    "policy:regime.bull.max_positions": ("0", "rising"),
    "policy:regime.chop.max_positions": "1",
    "policy:regime.bear.max_positions": ("0", "falling"),
    "policy:regime.crash.max_positions": ("5", "crashing"),
    "policy:execution.max_slippage_bps": ("0", "impatient"),
    "policy:execution.min_notional_usd": ("150000", "large"),
    "policy:data.max_age_s": "1",
    "universe:liquidity.min_24h_volume_usd": "900000000000",
    "universe:liquidity.max_spread_bps": "0.5",
    "universe:liquidity.min_depth_20bps_usd": "90000000",
    "universe:universe.max_universe_size": "7",
    "policy:strategy.max_new_positions_per_cycle": "5",
    "policy:position_sizing.base_position_pct.tier1": "2",
    "policy:position_sizing.base_position_pct.tier2": "1",
    "policy:position_sizing.base_position_pct.tier3": ("0.9", "tier3"),
    "policy:strategy.min_conviction_to_propose": "0.55",
    "policy:strategy.conviction_weights.trigger_strength": "0.9",
    "policy:strategy.conviction_weights.trigger_confidence": "0.1",
    "policy:strategy.conviction_weights.tier1_boost": "0.2",
    "policy:position_sizing.risk_per_trade_pct": "0.02",
    "policy:regime.bull.position_size_multiplier": ("0.5", "rising"),
    "policy:regime.chop.position_size_multiplier": "1",
    "policy:regime.bear.position_size_multiplier": ("0.9", "falling"),
    "policy:regime.crash.position_size_multiplier": "0.7",
    "policy:execution.maker_fee_bps": "10",
    "policy:execution.taker_fee_bps": "80",
    "policy:execution.post_only_ttl_seconds": "5",
    "policy:execution.maker_max_reprices": "0",
    "policy:execution.maker_max_ttl_sec": ("5", {
        "policy:execution.maker_first_min_ttl_sec": "1", "policy:execution.maker_retry_min_ttl_sec": "1"}),
    "policy:execution.maker_first_min_ttl_sec": "29",
    "policy:execution.maker_retry_min_ttl_sec": ("20", {
        "policy:execution.maker_first_min_ttl_sec": "1", "policy:execution.post_only_ttl_seconds": "2",
        "signals:triggers.repeat_after_minutes": "0"}),
    "policy:execution.small_order_market_threshold_usd": "100000",
    "policy:execution.cancel_after_seconds": "1",
    "policy:risk.dust_threshold_usd": "100000",
    "policy:execution.maker_reprice_decay": "0.1",
    "policy:execution.taker_fallback": ("false", "impatient"),
    "policy:execution.slippage_budget_t1_bps": ("121", "impatient"),
    "policy:execution.slippage_budget_t2_bps": ("121", "impatient"),
    "policy:execution.slippage_budget_t3_bps": ("121", "tier3"),
    "policy:execution.resting_order_lifetime_seconds": ("11", {"policy:execution.post_only_ttl_seconds": "10"}),
    "policy:exits.exit_slippage_tolerance_bps": "1",
    "policy:exits.rest_first": "false",
    "universe:tiers.tier_1_core.symbols": "[BTC-USD, ETH-USD]",
    "universe:tiers.tier_2_rotational.symbols": "[XRP-USD, ADA-USD]",
    "universe:tiers.tier_3_event_driven.symbols": "[DOT-USD]",
    "universe:exclusions.never_trade": "[XRP-USD]",
    "universe:universe.grace_readings": "1",
    "policy:circuit_breakers.min_eligible_assets": "8",
    "strategies:strategies.rules_engine.enabled": "false",
    "signals:triggers.regime_thresholds.chop.pct_change_15m": "0.3",
    "signals:triggers.regime_thresholds.chop.pct_change_60m": "0.5",
    "signals:triggers.regime_thresholds.chop.volume_ratio_1h": ("1.05", "quiet"),
    "signals:triggers.breakout_lookback_hours": "2",
    "signals:triggers.momentum_pct_24h": "5",
    "signals:triggers.only_upside": "true",
    "signals:triggers.min_trigger_score": "0.6",
    "signals:triggers.max_triggers_per_cycle": "1",
    "signals:triggers.repeat_after_minutes": "0",
}
for regime, scene in (("bull", "rising"), ("bear", "falling")):
    path = f"signals:triggers.regime_thresholds.{regime}"
    CHANGES[f"{path}.pct_change_15m"] = ("0.5", f"{scene}, quiet")
    CHANGES[f"{path}.pct_change_60m"] = ("0.5", f"{scene}, quiet")
    CHANGES[f"{path}.volume_ratio_1h"] = ("1", f"{scene}, quiet")
for tier, (volume, spread, depth) in {
    "tier_1_core": ("900000000000", "0.5", "90000000"),
    "tier_2_rotational": ("900000000000", "1", "9000000"),
    "tier_3_event_driven": ("900000000000", "1", "9000000"),
}.items():
    scene = "tier3" if tier == "tier_3_event_driven" else None
    for key, value in (("min_24h_volume_usd", volume), ("max_spread_bps", spread), ("min_depth_20bps_usd", depth)):
        CHANGES[f"universe:tiers.{tier}.constraints.{key}"] = (value, scene)
for kind in ("price_move", "volume_spike", "breakout", "momentum"):
    rule = f"strategies:strategies.rules_engine.rules.{kind}"
    CHANGES[f"{rule}.stop_loss_pct"] = "0.8"
    CHANGES[f"{rule}.take_profit_pct"] = ("20", {f"{rule}.take_profit_pct": "1.9", f"{rule}.stop_loss_pct": "1.5"})
    CHANGES[f"{rule}.max_hold_hours"] = "1"
    CHANGES[f"{rule}.size_multiplier"] = "0.7"
# Breakouts alone, with a goal near enough to be reached within the day.
CHANGES["strategies:strategies.rules_engine.rules.breakout.take_profit_pct"] = ("20", "breakouts")

SCENES = {
    None: {},
    # What rises or falls for days begins before the day that is looked at.
    "rising": {"policy:circuit_breakers.min_eligible_assets": "1", "signals:triggers.repeat_after_minutes": "0"},
    "falling": {
        "signals:triggers.repeat_after_minutes": "0",
        "policy:circuit_breakers.min_eligible_assets": "1",
        "signals:triggers.regime_thresholds.bear.pct_change_15m": "0.5",
        "signals:triggers.regime_thresholds.bear.pct_change_60m": "0.5",
    },
    "crashing": {
        "signals:triggers.repeat_after_minutes": "0",
        "policy:circuit_breakers.min_eligible_assets": "1",
        "policy:regime.crash.position_size_multiplier": "0.7",
        "signals:triggers.regime_thresholds.bear.pct_change_15m": "0.5",
        "signals:triggers.regime_thresholds.bear.pct_change_60m": "0.5",
    },
    "large": {
        "app:paper.initial_cash_usd": "10000000", "policy:position_sizing.max_order_usd": "1000000",
        "policy:risk.min_trade_notional_usd": "150000",
    },
    "impatient": {
        "policy:execution.post_only_ttl_seconds": "1", "policy:execution.maker_max_reprices": "0",
    },
    "quiet": {
        "signals:triggers.regime_thresholds.chop.pct_change_15m": "99", "signals:triggers.regime_thresholds.chop.pct_change_60m": "100",
        "signals:triggers.momentum_pct_24h": "100", "signals:triggers.min_trigger_score": "0",
        "policy:strategy.min_conviction_to_propose": "0",
    },
    "breakouts": {
        "signals:triggers.regime_thresholds.chop.pct_change_15m": "99", "signals:triggers.regime_thresholds.chop.pct_change_60m": "100",
        "signals:triggers.momentum_pct_24h": "100", "signals:triggers.regime_thresholds.chop.volume_ratio_1h": "100",
        "strategies:strategies.rules_engine.rules.breakout.take_profit_pct": "1.9",
        "strategies:strategies.rules_engine.rules.breakout.stop_loss_pct": "1.8",
    },
    "tier3": {
        "universe:tiers.tier_3_event_driven.symbols": "[DOT-USD, UNI-USD]",
        "universe:tiers.tier_3_event_driven.constraints.max_spread_bps": "100",
        "universe:tiers.tier_3_event_driven.constraints.min_depth_20bps_usd": "0",
        "universe:tiers.tier_1_core.symbols": "[BTC-USD]",
        "universe:tiers.tier_2_rotational.symbols": "[]",
        "policy:position_sizing.base_position_pct.tier3": "1.5",
    },
}


SCENES["pyramid"] = {
    "policy:risk.allow_pyramiding": "true", "policy:position_sizing.allow_pyramiding": "true",
    "policy:position_sizing.max_pyramid_positions": "3", **PYRAMID_TIMES,
}
SCENES["bold"] = {"policy:profile": "bold", "policy:profiles.bold.min_conviction": "0.3"}
SCENES["bold3"] = {**SCENES["tier3"], **SCENES["bold"]}
for name, regime in (("rising", "bull"), ("falling", "bear")):
    path = f"signals:triggers.regime_thresholds.{regime}"
    SCENES[f"{name}, quiet"] = {
        **SCENES["quiet"], **SCENES[name],
        f"{path}.pct_change_15m": "99", f"{path}.pct_change_60m": "100", f"{path}.volume_ratio_1h": "100",
    }


def write_config(folder, values):
    """Files with these keys alone; the rest is the built-in standard, as the schema states it."""
    values = {"policy:circuit_breakers.min_eligible_assets": "2", **values}
    trees = {name: {} for name in ("app", "policy", "universe", "signals", "strategies")}
    for name, value in values.items():
        file, path = name.split(":")
        node = trees[file]
        *sections, last = path.split(".")
        for section in sections:
            node = node.setdefault(section, {})
        node[last] = value

    def lines(node, indent):
        for key, value in node.items():
            if isinstance(value, dict):
                yield f"{indent}{key}:"
                yield from lines(value, indent + "  ")
            else:
                yield f"{indent}{key}: {value}"

    folder.mkdir()
    for name, tree in trees.items():
        (folder / f"{name}.yaml").write_text("\n".join(lines(tree, "")) + "\n")


def recording(folder, daily):
    """Two days of a market with this trend in percent a day, and a jump of 1.7 % every twelve hours."""
    price, rows = 80_000.0, ["timestamp,open,high,low,close,volume"]
    drift = ((1 + daily / 100) / 1.017**2) ** (1 / 1_410) - 1
    for minute in range(2_880):
        before = price
        price *= 1.017 ** (1 / 15) if minute % 720 >= 705 else 1 + drift
        low, high = min(before, price), max(before, price)
        rows.append(f"{1767571200 + 60 * minute},{before},{high},{low},{price},20")
    path = folder / "BTC-USD.csv"
    path.write_text("\n".join(rows) + "\n")
    return ["--market", str(path)]


REFERENCE = ROOT / "docs/reference/config-effects.md"


@functools.cache
def day(setting, seed, scene, hours):
    """What a simulated day, or half of one, comes to: whether it is refused, its decisions, orders and fills."""
    values = dict(setting)
    with tempfile.TemporaryDirectory(prefix="vigil-key-") as scratch:
        folder = pathlib.Path(scratch)
        write_config(folder / "config", values)
        trend = {"rising": 16, "falling": -6, "crashing": -16}.get(scene.split(",")[0] if scene else None)
        market = recording(folder, trend) if trend else []
        result = vigil(
            "rehearse", "--accelerated", "--duration", f"{hours}h", "--seed", seed, "--config", folder / "config",
            "--state", folder / "state", "--format", "json", *market, timeout=600,
        )
        if result.returncode == 78:
            return "refused", [], [], []
        if result.returncode != 0:
            raise AssertionError(f"{values}: {result.stderr}")
        card = json.loads(result.stdout)
        with sqlite3.connect(folder / "state/ledger.sqlite") as ledger:
            orders = ledger.execute("SELECT product, side, terms FROM intents").fetchall()
            fills = ledger.execute("SELECT product, price, quantity, fee FROM fills").fetchall()
        return "accepted", card["decision_hash"], orders, fills


def schema_keys():
    """Every key of the reference, with the subsystem it waits for, if any."""
    keys, file = {}, None
    for line in (ROOT / "docs/reference/config.md").read_text().splitlines():
        if line.startswith("## "):
            heading = re.match(r"## (\w+)\.yaml", line)
            file = heading and heading[1]
        elif file and (row := re.match(r"\| `([^`]+)`", line)):
            waits = re.search(r"\*Not honoured yet: waits for (.*)\.\*", line)
            keys[f"{file}:{row[1]}"] = waits and waits[1]
    return keys


@functools.cache
def known_seeds():
    """The seed whose day showed the effect of a key the last time: it is tried first."""
    rows = re.findall(r"^\| `([^`]+)` \| `.*` \| .* \| (\d+) \| ", REFERENCE.read_text(), re.M)
    return {key: int(seed) for key, seed in rows}


def effect(key):
    """What a day that a change of this key alone makes different differs in."""
    change = CHANGES[key]
    value, scene = change if isinstance(change, tuple) else (change, None)
    setting = scene if isinstance(scene, dict) else SCENES[scene]
    name = scene if isinstance(scene, str) else None
    changed = {**setting, key.replace("*", "bold"): value}
    # Half a day shows most; what needs more gets it.
    for seed, hours in sorted(((3, 12), (3, 24), (5, 24), (1, 24)), key=lambda day: day[0] != known_seeds().get(key, 3)):
        before = day(tuple(setting.items()), seed, name, hours)
        after = day(tuple(changed.items()), seed, name, hours)
        for what, old, new in zip(("whether it starts", "decisions", "orders", "fills"), before, after):
            if old != new:
                return key, value, name or ("a setting of its own" if setting else "the standard"), seed, what
    return key, value, name, None, None


def turn(keys):
    """The keys that are due: all, or with VIGIL_KEYS_SHARE=3 a third of them, another one each day."""
    share = int(os.environ.get("VIGIL_KEYS_SHARE", 1))
    return [key for number, key in enumerate(keys) if number % share == datetime.date.today().toordinal() % share]


def page(keys, effects):
    """The effect of every key, for the reference; what was not due stays as it is."""
    known = {line.split("`")[1]: line for line in REFERENCE.read_text().splitlines() if line.startswith("| `")}
    rows = [
        "<!-- Generated by WRITE_REFERENCE=1 Tests/Processes/test_dead_keys.py; do not edit. -->",
        "# What each key changes", "",
        "Each key is changed alone in a simulated day; the first thing that differs is named.", "",
        "| key | changed to | scene | seed | changes |", "| --- | --- | --- | --- | --- |",
    ]
    for key, waits in keys.items():
        if key in effects:
            _, value, scene, seed, what = effects[key]
            rows.append(f"| `{key}` | `{value}` | {scene} | {seed} | {what} |")
        elif key in CHANGES:
            rows.append(known.get(key, f"| `{key}` | | | | not shown yet |"))
        elif key in SHOWN_ELSEWHERE:
            rows.append(f"| `{key}` | | | | shown by {SHOWN_ELSEWHERE[key]} |")
        elif key in DESCRIPTIVE:
            rows.append(f"| `{key}` | | | | nothing: only for people |")
        else:
            rows.append(f"| `{key}` | | | | nothing yet: waits for {waits} |")
    return "\n".join(rows) + "\n"


class DeadKeys(unittest.TestCase):
    maxDiff = None

    def test_every_key_changes_something(self):
        keys = schema_keys()
        waiting = {key: name for key, name in keys.items() if name}
        counts = {name: list(waiting.values()).count(name) for name in waiting.values()}
        self.assertEqual(counts, WAITING)
        self.assertEqual(set(keys) - set(waiting), set(CHANGES) | set(SHOWN_ELSEWHERE) | DESCRIPTIVE)
        self.assertLess(len(SHOWN_ELSEWHERE) + len(DESCRIPTIVE), 37)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            effects = {row[0]: row for row in pool.map(effect, turn([key for key in keys if key in CHANGES]))}
        self.assertEqual([key for key, row in effects.items() if row[-1] is None], [])
        if os.environ.get("WRITE_REFERENCE"):
            REFERENCE.write_text(page(keys, effects))
        self.assertEqual(REFERENCE.read_text(), page(keys, effects))


if __name__ == "__main__":
    unittest.main(verbosity=2)
