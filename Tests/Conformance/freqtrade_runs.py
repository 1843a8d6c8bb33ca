#!/usr/bin/env python3
"""A freqtrade bot trades dry against the venue for two minutes; its log has no error.

    freqtrade_runs.py PATH-TO-FREQTRADE [SECONDS]
"""
import json
import os
import pathlib
import re
import signal
import sqlite3
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
        "max_open_trades": 2, "stake_currency": "USD", "stake_amount": 500, "dry_run_wallet": 10000,
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


class Bot:
    """A freqtrade in a folder of its own, which can be killed and goes on with its database."""

    def __init__(self, freqtrade, folder, sim, live):
        self.folder, self.program = pathlib.Path(folder), freqtrade
        (self.folder / "strategies").mkdir()
        (self.folder / "strategies/often.py").write_text(STRATEGY)
        (self.folder / "config.json").write_text(json.dumps({**configuration(sim), "dry_run": not live}))
        self.begin()

    def begin(self):
        environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        self.process = subprocess.Popen(
            [self.program, "trade", "--config", self.folder / "config.json", "--strategy", "Often", "--userdir", self.folder,
             "--strategy-path", self.folder / "strategies", "--logfile", self.folder / "log.txt",
             "--db-url", f"sqlite:///{self.folder}/trades.sqlite"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=self.folder)

    def live_for(self, seconds):
        """True where it is alive behind that time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.5)
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def errors(self):
        log = (self.folder / "log.txt").read_text()
        return [line for line in log.splitlines() if re.search(r" - (ERROR|CRITICAL) - |Traceback", line)]

    def orders(self):
        """What it believes of its orders: the venue's id, the status, what is filled."""
        books = sqlite3.connect(self.folder / "trades.sqlite")
        return books.execute("SELECT order_id, status, coalesce(filled, 0) FROM orders").fetchall()


def dry(freqtrade, seconds):
    with tempfile.TemporaryDirectory() as folder, Sim("--products", "4") as sim:
        bot = Bot(freqtrade, folder, sim, live=False)
        alive = bot.live_for(seconds)
        bot.stop()
        return alive, bot.errors(), len(bot.orders()), []


def live(freqtrade, seconds):
    """With real orders, killed half-way: what it believes is what the venue did."""
    with tempfile.TemporaryDirectory() as folder, Sim("--products", "4", "--cash", "USD=10000") as sim:
        bot = Bot(freqtrade, folder, sim, live=True)
        alive = bot.live_for(seconds / 2)
        bot.kill()
        bot.begin()
        alive = bot.live_for(seconds / 2) and alive
        bot.stop()
        truth = sim.truth()
        known = {order["order_id"]: order for order in truth["orders"]}
        wrong = [] if truth["is_balanced"] else ["the venue's books do not balance"]
        for name, status, filled in bot.orders():
            order = known.get(name)
            if order is None:
                wrong.append(f"{name}: the venue does not know it")
            elif status == "closed" and abs(float(order["filled_size"]) - filled) > 1e-8:
                wrong.append(f"{name}: {filled} filled, {order['filled_size']} at the venue")
        return alive, bot.errors(), len(bot.orders()), wrong


def main():
    freqtrade, seconds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 120
    failed = False
    for name, run in (("dry", dry), ("LIVE, killed half-way", live)):
        alive, errors, orders, wrong = run(freqtrade, seconds)
        print(f"freqtrade {name}: {seconds} s, alive {alive}, {orders} orders, {len(errors)} errors in its log, {len(wrong)} differences")
        for line in errors[:20] + wrong[:20]:
            print("  " + line)
        failed = failed or not alive or bool(errors) or bool(wrong) or orders == 0
    sys.exit(1 if failed else 0)


main()
