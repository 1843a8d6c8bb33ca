#!/usr/bin/env python3
"""The market from recordings: candles, LEAN zips, a Pro capture; real ones where they are at hand."""
import gzip
import json
import os
import pathlib
import sys
import tempfile
import unittest
import zipfile
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support.processes import eventually  # noqa: E402
from support.sim import Sim, client_id  # noqa: E402

DATA = pathlib.Path(os.environ.get("VIGIL_MARKET_DATA", ROOT.parent / "shared/data"))


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check(self, *files, product="BTC-USD", candles=True, **named):
        with Sim("--replay", *files, "--no-rate-limit", "--speed", "60", "--cash", "USD=100000", "BTC=10") as sim:
            client = sim.client()
            book = eventually(lambda: (found := client.get_product_book(product, limit=1).pricebook).bids and found.asks and found)
            bid, ask = Decimal(book.bids[0]["price"]), Decimal(book.asks[0]["price"])
            self.assertLess(bid, ask)
            eventually(lambda: client.get_market_trades(product, limit=1).trades, 20)
            if candles:
                import time
                now = int(time.time())
                found = client.get_candles(product, str(now - 3600), str(now + 3600), "ONE_MINUTE").candles
                self.assertTrue(found)
            self.assertTrue(sim.truth()["is_balanced"])
            return bid, ask, client.get_products().products

    def rows(self, count=200):
        return [(60 * number, 100 + number % 7, 103 + number % 7, 98 + number % 7, 101 + number % 7, 5) for number in range(count)]

    def test_candles_plain_and_compressed(self):
        text = "timestamp,open,high,low,close,volume\n" + "".join(
            f"{1_760_000_040 // 60 * 60 + row[0]},{','.join(map(str, row[1:]))}\n" for row in self.rows())
        plain = self.folder / "BTC-USD.csv"
        plain.write_text(text)
        packed = self.folder / "ETH-USD.csv.gz"
        packed.write_bytes(gzip.compress(text.encode()))
        bid, _, products = self.check(plain, packed)
        self.assertTrue(95 < bid < 115)
        self.assertEqual([product.product_id for product in products], ["BTC-USD", "ETH-USD"])

    def test_lean_minutes(self):
        path = self.folder / "20171217_trade.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("20171217_btcusd_minute_trade.csv", "".join(
                f"{row[0] * 1000},{','.join(map(str, row[1:]))}\n" for row in self.rows()))
        bid, _, _ = self.check(path)
        self.assertTrue(95 < bid < 115)

    def test_a_pro_capture(self):
        frames = [
            {"type": "subscriptions", "channels": []},
            {"type": "snapshot", "product_id": "BTC-USD", "bids": [["99.5", "2"], ["99", "3"]], "asks": [["100.5", "1.5"], ["101", "4"]]},
        ]
        for number in range(100):
            frames.append({"type": "l2update", "product_id": "BTC-USD", "changes": [["buy", "99.6", str(number % 3)], ["sell", "100.4", "0"]]})
            frames.append({"type": "match", "product_id": "BTC-USD", "side": "sell", "size": "0.1", "price": "100.5"})
        path = self.folder / "capture.gz"
        path.write_bytes(gzip.compress("".join(
            f"{1_618_677_817 + 0.5 * number}: {json.dumps(frame, separators=(',', ':'))}\n" for number, frame in enumerate(frames)).encode()))
        bid, ask, _ = self.check(path, candles=False)
        self.assertEqual(ask, Decimal("100.5"))

    def test_what_is_no_recording_names_the_place(self):
        path = self.folder / "BTC-USD.csv"
        path.write_text("timestamp,open,high,low,close,volume\n60,1,1,1,1,1\nnothing\n")
        with self.assertRaises(RuntimeError):
            Sim("--replay", path).__enter__()

    @unittest.skipUnless(DATA.exists(), "the recorded markets are not at hand")
    def test_real_recordings(self):
        bid, _, _ = self.check(DATA / "coinbase_BTC-USD_1m_2025-11-23_50000.csv.gz")
        self.assertGreater(bid, 50_000)
        self.check(*sorted((DATA / "coinbase_lean/minute/btcusd").glob("*_trade.zip")),
                   *sorted((DATA / "coinbase_lean/minute/ethusd").glob("*_trade.zip")))
        _, _, products = self.check(DATA / "coinbase_pro_ws_raw/COINBASE.ws.28.0.gz", product="SKL-USD", candles=False)
        self.assertEqual(len(products), 10)


if __name__ == "__main__":
    unittest.main(verbosity=1)
