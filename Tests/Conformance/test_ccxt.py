#!/usr/bin/env python3
"""ccxt's coinbase class over plain HTTP, and ccxt.pro's watch calls over plain WebSocket."""
import asyncio
import pathlib
import sys
import unittest

import ccxt
import ccxt.pro

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.processes import eventually  # noqa: E402
from support.sim import Sim  # noqa: E402


def options(sim):
    name, secret = sim.key()
    return {
        "apiKey": name, "secret": secret,
        "urls": {"api": {"rest": f"http://127.0.0.1:{sim.plain}", "ws": f"ws://127.0.0.1:{sim.plain}"}},
        "options": {"fetchBalance": "v3PrivateGetBrokerageAccounts", "fetchTime": "v3PublicGetBrokerageTime",
                    "createMarketBuyOrderRequiresPrice": False},
    }


class Ccxt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--products", "4", "--cash", "USD=100000", "BTC=1", "--visibility-lag", "0", "--pending", "0").__enter__()
        cls.venue = ccxt.coinbase(options(cls.sim))
        cls.venue.session.trust_env = False
        cls.venue.has["fetchCurrencies"] = False
        cls.venue.load_markets()

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__()

    def test_markets_tickers_books_candles_trades(self):
        self.assertEqual(len(self.venue.markets), 4)
        self.assertEqual(self.venue.market("BTC/USD")["precision"]["price"], 0.01)
        before = self.venue.milliseconds()
        # Its clock is the machine's as well, told to the second.
        self.assertTrue(before - 1_000 <= self.venue.fetch_time() <= self.venue.milliseconds())
        ticker = self.venue.fetch_ticker("BTC/USD")
        self.assertLess(ticker["bid"], ticker["ask"])
        self.assertEqual(set(self.venue.fetch_tickers(["BTC/USD", "ETH/USD"])), {"BTC/USD", "ETH/USD"})
        candles = self.venue.fetch_ohlcv("BTC/USD", "1m", limit=50)
        self.assertEqual([row[0] for row in candles], sorted(row[0] for row in candles))
        self.assertGreaterEqual(len(candles), 49)
        book = self.venue.fetch_order_book("BTC/USD", limit=10)
        self.assertLess(book["bids"][0][0], book["asks"][0][0])
        self.assertTrue(eventually(lambda: self.venue.fetch_trades("BTC/USD", limit=5)))

    def test_balance_fees_and_an_orders_life(self):
        self.assertEqual(self.venue.fetch_balance()["BTC"]["free"] >= 1, True)
        self.assertEqual(self.venue.fetch_trading_fees()["BTC/USD"]["maker"], 0.005)
        price = self.venue.fetch_ticker("BTC/USD")["bid"]
        placed = self.venue.create_limit_buy_order("BTC/USD", 0.01, round(price * 0.8, 2))
        self.assertEqual(self.venue.fetch_order(placed["id"])["status"], "open")
        self.assertIn(placed["id"], [order["id"] for order in eventually(lambda: self.venue.fetch_open_orders("BTC/USD"))])
        edited = self.venue.edit_order(placed["id"], "BTC/USD", "limit", "buy", 0.008, round(price * 0.8, 2))
        self.assertTrue(edited)
        self.venue.cancel_order(placed["id"], "BTC/USD")
        self.assertEqual(self.venue.fetch_order(placed["id"])["status"], "canceled")
        self.assertIn(placed["id"], [order["id"] for order in self.venue.fetch_canceled_orders("BTC/USD")])
        bought = self.venue.create_market_buy_order("BTC/USD", 500)
        order = self.venue.fetch_order(bought["id"])
        self.assertEqual(order["status"], "closed")
        self.assertAlmostEqual(order["cost"] + float(order["fee"]["cost"]), 500, places=6)
        sold = self.venue.create_market_sell_order("BTC/USD", 0.002)
        self.assertEqual(self.venue.fetch_order(sold["id"])["filled"], 0.002)
        self.assertGreaterEqual(len(self.venue.fetch_my_trades("BTC/USD")), 2)
        self.assertIn(sold["id"], [order["id"] for order in self.venue.fetch_closed_orders("BTC/USD")])

    def test_refusals_become_ccxts_own_errors(self):
        with self.assertRaises(ccxt.InsufficientFunds):
            self.venue.create_market_buy_order("BTC/USD", 9_000_000)
        with self.assertRaises(ccxt.ExchangeError):
            self.venue.fetch_order("nothing-like-it", "BTC/USD")
        wrong = ccxt.coinbase({**options(self.sim), "apiKey": "organizations/x/apiKeys/y"})
        wrong.session.trust_env = False
        wrong.has["fetchCurrencies"] = False
        with self.assertRaises(ccxt.AuthenticationError):
            wrong.fetch_balance()

    def test_pro_watches(self):
        async def run():
            venue = ccxt.pro.coinbase(options(self.sim))
            venue.has["fetchCurrencies"] = False
            try:
                ticker = await venue.watch_ticker("BTC/USD")
                book = await venue.watch_order_book("BTC/USD")
                trades = await venue.watch_trades("BTC/USD")
                return ticker["symbol"], book["bids"][0][0] < book["asks"][0][0], len(trades)
            finally:
                await venue.close()
        symbol, is_sane, count = asyncio.run(asyncio.wait_for(run(), 60))
        self.assertEqual((symbol, is_sane), ("BTC/USD", True))
        self.assertGreater(count, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
