#!/usr/bin/env python3
"""A freqtrade bot trades dry against the venue for two minutes; its log has no error.

    freqtrade_dry_run.py PATH-TO-FREQTRADE [SECONDS]
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.sim import Sim  # noqa: E402

STRATEGY = '''
from freqtrade.strategy import IStrategy


class Often(IStrategy):
    """Buys whenever it may and sells a little later, so that orders flow."""

    timeframe = "1m"
    minimal_roi = {"0": 0.0001}
    stoploss = -0.01
    startup_candle_count = 5

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe["exit_long"] = 0
        return dataframe
'''


def configuration(sim):
    name, secret = sim.key()
    return {
        "max_open_trades": 2, "stake_currency": "USD", "stake_amount": 500, "dry_run": True, "dry_run_wallet": 10000,
        "cancel_open_orders_on_exit": True, "trading_mode": "spot", "timeframe": "1m",
        "unfilledtimeout": {"entry": 1, "exit": 1, "unit": "minutes"},
        "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exchange": {
            "name": "coinbase", "key": name, "secret": secret, "enable_ws": False,
            "ccxt_config": {
                "urls": {"api": {"rest": f"http://127.0.0.1:{sim.plain}", "ws": f"ws://127.0.0.1:{sim.plain}"}},
                "has": {"fetchCurrencies": False, "fetchL2OrderBook": True},
                "options": {"fetchBalance": "v3PrivateGetBrokerageAccounts", "fetchTime": "v3PublicGetBrokerageTime",
                            "createMarketBuyOrderRequiresPrice": False},
            },
            "pair_whitelist": ["BTC/USD", "ETH/USD"], "pair_blacklist": [],
        },
        "pairlists": [{"method": "StaticPairList"}], "bot_name": "rehearsal", "initial_state": "running",
        "internals": {"process_throttle_secs": 5},
    }


def main():
    freqtrade, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 120
    with tempfile.TemporaryDirectory() as folder, Sim("--products", "4") as sim:
        folder = pathlib.Path(folder)
        (folder / "strategies").mkdir()
        (folder / "strategies/often.py").write_text(STRATEGY)
        (folder / "config.json").write_text(json.dumps(configuration(sim)))
        environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        bot = subprocess.Popen(
            [freqtrade, "trade", "--config", folder / "config.json", "--strategy", "Often", "--userdir", folder,
             "--strategy-path", folder / "strategies", "--logfile", folder / "log.txt",
             "--db-url", f"sqlite:///{folder}/trades.sqlite"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=folder)
        end = time.monotonic() + seconds
        while time.monotonic() < end and bot.poll() is None:
            time.sleep(0.5)
        alive = bot.poll() is None
        bot.send_signal(signal.SIGINT)
        bot.wait(60)
        log = (folder / "log.txt").read_text()
        bad = [line for line in log.splitlines() if re.search(r" - (ERROR|CRITICAL) - |Traceback", line)]
        entered = len(re.findall(r"Long signal found|Order .* was created|enter_tag", log))
        import sqlite3
        trades = sqlite3.connect(folder / "trades.sqlite").execute("SELECT count(*) FROM orders").fetchone()[0]
    print(f"freqtrade: {seconds} s, alive {alive}, {trades} orders, {len(bad)} errors in its log")
    for line in bad[:20]:
        print("  " + line)
    if not alive:
        print(log[-3000:])
    sys.exit(0 if alive and not bad and trades > 0 else 1)


main()
