"""Configurations of tests, made out of the shipped one."""
import pathlib
import re
import shutil

from . import SHIPPED


def busy_config(folder, patient=True):
    """The shipped configuration, made to enter all the time; an impatient one takes after a second."""
    target = pathlib.Path(folder) / "config"
    shutil.copytree(SHIPPED, target)
    changes = {
        "policy.yaml": [
            ("interval_seconds: 60", "interval_seconds: 5"), ("jitter_pct: 5", "jitter_pct: 0"),
            ("stage_timeout_seconds: 10", "stage_timeout_seconds: 2"),
            ("min_seconds_between_trades: 180", "min_seconds_between_trades: 0"),
            ("trade_spacing_seconds: 900", "trade_spacing_seconds: 0"),
            ("max_new_trades_per_hour: 3", "max_new_trades_per_hour: 1000"),
            ("max_trades_per_day: 15", "max_trades_per_day: 10000"),
            ("cooldown_after_stop: 120", "cooldown_after_stop: 0"),
            ("cooldown_minutes: 30", "cooldown_minutes: 0"),
            ("max_new_positions_per_cycle: 1", "max_new_positions_per_cycle: 5"),
            ("min_conviction_to_propose: 0.3", "min_conviction_to_propose: 0"),
            ("cooldown_after_loss_trades: 3", "cooldown_after_loss_trades: 0"),
            # Small disks and wild markets are what other tests are about.
            ("min_eligible_assets: 1", "min_eligible_assets: 1\n  min_free_disk_mb: 1\n  max_realized_volatility_pct: 1000"),
            ("  crash:\n    position_size_multiplier: 0", "  crash:\n    position_size_multiplier: 1"),
            ("max_positions: 0", "max_positions: 5"), ("max_positions: 2", "max_positions: 5"),
        ],
        "signals.yaml": [
            ("pct_change_15m: 1.3", "pct_change_15m: 0.01"), ("pct_change_60m: 2.7", "pct_change_60m: 0.01"),
            ("pct_change_15m: 3.5", "pct_change_15m: 0.01"), ("pct_change_15m: 3\n", "pct_change_15m: 0.01\n"),
            ("pct_change_60m: 7", "pct_change_60m: 0.01"),
            ("momentum_pct_24h: 2", "momentum_pct_24h: 0.1"),
            ("min_trigger_score: 0.2", "min_trigger_score: 0"),
            ("max_triggers_per_cycle: 5", "max_triggers_per_cycle: 100"),
        ],
        "strategies.yaml": [
            ("stop_loss_pct: 3", "stop_loss_pct: 0.5"), ("stop_loss_pct: 4", "stop_loss_pct: 0.5"),
        ],
    }
    if not patient:
        changes["policy.yaml"] += [
            ("post_only_ttl_seconds: 30",
             "post_only_ttl_seconds: 1\n  maker_first_min_ttl_sec: 1\n  maker_retry_min_ttl_sec: 1"),
            ("maker_max_reprices: 2", "maker_max_reprices: 0"),
            ("rest_first: true", "rest_first: false"),
        ]
    for name, pairs in changes.items():
        text = (target / name).read_text()
        for old, new in pairs:
            assert old in text, f"{name}: {old}"
            text = text.replace(old, new)
        (target / name).write_text(text)
    return str(target)


# How fast its market runs.
HECTIC_SPEED = 10


def hectic_config(folder):
    """Enters and leaves all the time, in small sizes."""
    target = pathlib.Path(busy_config(folder, patient=False))
    changes = {
        "app.yaml": [
            ("mode: PAPER", "mode: LIVE"),
            (r"\Z", "\nacknowledged: [V0193, V0176]\nexchange:\n  rate_limit:\n    private: 30\n    public: 10\n"),
        ],
        "policy.yaml": [
            ("maker_fee_bps: 60", "maker_fee_bps: 1"), ("taker_fee_bps: 120", "taker_fee_bps: 2"),
            ("min_position_size_pct: .*", "min_position_size_pct: 0.01"),
            ("max_order_usd: .*", "max_order_usd: 60\n  allow_pyramiding: true\n  max_pyramid_positions: 100"),
            ("max_open_positions: .*", "max_open_positions: 8\n  allow_pyramiding: true\n  pyramid_cooldown_seconds: 0\n  max_adds_per_asset_per_day: 100"),
            ("rest_first: false", "rest_first: true"), ("stage_timeout_seconds: .*", "stage_timeout_seconds: 4"),
        ],
        "strategies.yaml": [("take_profit_pct: .*", "take_profit_pct: 0.5"), ("stop_loss_pct: .*", "stop_loss_pct: 0.4")],
    }
    for name, pairs in changes.items():
        file = target / name
        text = file.read_text()
        for old, new in pairs:
            assert re.search(old, text), f"{name}: {old}"
            text = re.sub(old, new, text)
        file.write_text(text)
    return target
