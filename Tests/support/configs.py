"""Configurations of tests: the shipped one with keys set, by `vigil config set`."""
import pathlib

from . import SHIPPED
from .processes import vigil


def variant(target, settings, base=SHIPPED):
    """A copy of a configuration with these keys set."""
    words = [f"{key}={value}" for key, value in settings.items()]
    said = vigil("config", "set", *words, "--config", base, "--to", target)
    if said.returncode != 0:
        raise AssertionError(said.stderr)
    return pathlib.Path(target)


# Enters all the time.
BUSY = {
    "policy:loop.interval_seconds": 5, "policy:loop.jitter_pct": 0, "policy:loop.stage_timeout_seconds": 2,
    "policy:risk.min_seconds_between_trades": 0, "policy:risk.per_symbol_trade_spacing_seconds": 0,
    "policy:risk.max_new_trades_per_hour": 1_000, "policy:risk.max_trades_per_day": 10_000,
    "policy:risk.per_symbol_cooldown_after_stop": 0, "policy:risk.per_symbol_cooldown_minutes": 0,
    "policy:risk.cooldown_after_loss_trades": 0, "policy:strategy.max_new_positions_per_cycle": 5,
    "policy:strategy.min_conviction_to_propose": 0,
    # Small disks and wild markets are what other tests are about.
    "policy:circuit_breakers.min_free_disk_mb": 1, "policy:circuit_breakers.max_realized_volatility_pct": 500,
    "policy:regime.crash.position_size_multiplier": 1, "policy:regime.crash.max_positions": 5,
    "policy:regime.bear.max_positions": 5,
    **{f"signals:triggers.regime_thresholds.{regime}.pct_change_{span}": 0.01
       for regime in ("chop", "bull", "bear") for span in ("15m", "60m")},
    "signals:triggers.momentum_pct_24h": 0.1, "signals:triggers.min_trigger_score": 0,
    "signals:triggers.max_triggers_per_cycle": 100, "signals:triggers.repeat_after_minutes": 0,
}
# Takes after a second.
IMPATIENT = {
    "policy:execution.post_only_ttl_seconds": 1, "policy:execution.maker_first_min_ttl_sec": 1,
    "policy:execution.maker_retry_min_ttl_sec": 1, "policy:execution.maker_max_reprices": 0,
    "policy:exits.rest_first": "false",
}
# Enters and leaves all the time in LIVE, in small sizes.
HECTIC = {
    "app:app.mode": "LIVE", "app:acknowledged": "[V0193, V0176]", "app:exchange.rate_limit.private": 30,
    "app:exchange.rate_limit.public": 10,
    "policy:risk.capital_max_usd": 1_000_000,
    "policy:loop.stage_timeout_seconds": 4, "policy:execution.maker_fee_bps": 1, "policy:execution.taker_fee_bps": 2,
    "policy:risk.min_position_size_pct": 0.01, "policy:position_sizing.max_order_usd": 60,
    "policy:position_sizing.allow_pyramiding": "true", "policy:position_sizing.max_pyramid_positions": 100,
    "policy:risk.max_open_positions": 8, "policy:risk.allow_pyramiding": "true", "policy:risk.pyramid_cooldown_seconds": 0,
    "policy:risk.max_adds_per_asset_per_day": 100, "policy:exits.rest_first": "true",
}
# How fast its market runs.
HECTIC_SPEED = 14


def exits(stop, target=None):
    """The stops, and perhaps the targets, of every rule."""
    names = {"stop_loss_pct": stop, **({"take_profit_pct": target} if target else {})}
    return {f"strategies:strategies.rules_engine.rules.{rule}.{name}": value
            for rule in ("price_move", "volume_spike", "breakout", "momentum") for name, value in names.items()}


def busy_config(folder, patient=True):
    """The shipped configuration, made to enter all the time; an impatient one takes after a second."""
    return variant(pathlib.Path(folder) / "config", {**BUSY, **exits(0.5), **({} if patient else IMPATIENT)})


def hectic_config(folder):
    """Enters and leaves all the time, in small sizes, in LIVE."""
    return variant(pathlib.Path(folder) / "config", {**BUSY, **IMPATIENT, **HECTIC, **exits(0.4, 0.45)})
