#!/usr/bin/env python3
"""Rehearsals on recorded minutes: no fill that the minutes do not allow, whatever the path inside them."""
import gzip
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from Oracles import candle_fills  # noqa: E402
from support import ROOT  # noqa: E402
from support.configs import BUSY, exits, variant  # noqa: E402
from support.processes import vigil  # noqa: E402

DATA = pathlib.Path(os.environ.get("VIGIL_MARKET_DATA", ROOT.parent / "shared/data"))
BEGIN = 1_767_571_200


def walk(path, seed, price, volume, missing):
    """Half a day of random minutes on a grid of cents, some of them missing, some of them nearly empty."""
    chance = random.Random(seed)
    rows = ["timestamp,open,high,low,close,volume"]
    last = price
    for minute in range(720):
        move = chance.gauss(0, 0.002)
        close = round(last * (1 + move), 2)
        high = round(max(last, close) * (1 + abs(chance.gauss(0, 0.001))), 2)
        low = round(min(last, close) * (1 - abs(chance.gauss(0, 0.001))), 2)
        traded = volume * chance.choice([0.002, 0.1, 1, 1, 3])
        if chance.random() >= missing:
            rows.append(f"{BEGIN + 60 * minute},{last:.2f},{high:.2f},{low:.2f},{close:.2f},{traded:.8f}")
        last = close
    path.write_text("\n".join(rows) + "\n")
    return path


class Candles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def config(self):
        """Enters all the time and leaves soon."""
        return variant(self.folder / "config", {**BUSY, **exits(0.4, 0.45), "policy:execution.post_only_ttl_seconds": 20,
                                                "policy:execution.maker_fee_bps": 1, "policy:execution.taker_fee_bps": 2,
                                                "policy:exits.rest_first": "true"})

    def played(self, config, files, path, *words):
        state = self.folder / f"state-{path}"
        said = vigil("rehearse", "--venue", "embedded", "--accelerated", "--config", config, "--state", state, "--format", "json",
                     "--candle-path", path, *words, "--market", *files)
        self.assertEqual(said.returncode, 0, said.stderr)
        return candle_fills.traded(state / "ledger.sqlite"), json.loads(said.stdout)

    def test_no_fill_that_its_minute_does_not_allow(self):
        files = [walk(self.folder / "BTC-USD.csv", 1, 90_000, 3, 0), walk(self.folder / "LINK-USD.csv", 2, 13, 3_000, 0.2)]
        candles = candle_fills.recorded(files)
        config = self.config()
        ways = {}
        for path in ("pessimistic", "seeded", "ohlc", "olhc"):
            fills, card = self.played(config, files, path)
            with self.subTest(path=path):
                self.assertEqual(candle_fills.findings(fills, candles, path, Decimal("0.1")), [])
                self.assertEqual(card["story"]["candles"], {"path": path, "volume_share": 0.1})
                roles = {(fill[1], fill[4]) for fill in fills}
                self.assertGreater(len(fills), 50)
                self.assertGreaterEqual(len(roles), 3, roles)
                self.assertEqual({fill[0] for fill in fills}, {"BTC-USD", "LINK-USD"})
            ways[path] = fills
        # The share binds in thin minutes, and the paths are not one and the same.
        sums = {}
        for product, _, _, quantity, _, time in ways["pessimistic"]:
            minute = product, time // candle_fills.MINUTE * candle_fills.MINUTE
            sums[minute] = sums.get(minute, 0) + quantity
        self.assertTrue(any(quantity > candles[minute][2] * Decimal("0.09") for minute, quantity in sums.items()))
        self.assertEqual(len({tuple(fills) for fills in ways.values()}), 4)

    def test_the_oracle_sees_what_could_not_be(self):
        path = self.folder / "BTC-USD.csv"
        path.write_text(f"timestamp,open,high,low,close,volume\n{BEGIN},100,110,90,105,10\n")
        candles = candle_fills.recorded([path])
        time = (BEGIN + 40) * 10**9
        sound = ("BTC-USD", "buy", Decimal(95), Decimal(1), "maker", time)
        self.assertEqual(candle_fills.findings([sound], candles, "pessimistic", Decimal("0.1")), [])
        for place, value in ((2, Decimal(89)), (3, Decimal("1.1")), (5, time + candle_fills.MINUTE), (5, time - 20 * 10**9)):
            wrong = sound[:place] + (value,) + sound[place + 1:]
            self.assertEqual(len(candle_fills.findings([wrong], candles, "pessimistic", Decimal("0.1"))), 2 if place == 2 else 1, wrong)
        high = ("BTC-USD", "sell", Decimal(111), Decimal(1), "taker", time)
        self.assertEqual(len(candle_fills.findings([high], candles, "pessimistic", Decimal("0.1"))), 1)

    def test_words_of_the_options(self):
        for words, said in ((["--candle-path", "best"], "there is no candle path `best`; write pessimistic, seeded, ohlc, olhc"),
                            (["--volume-share", "0"], "--volume-share: above 0 and up to 1"), (["--volume-share", "nan"], "--volume-share")):
            result = vigil("rehearse", "--accelerated", *words)
            self.assertEqual(result.returncode, 64, result.stderr)
            self.assertIn(said, result.stderr)

    @unittest.skipUnless(DATA.exists(), "the recorded markets are not at hand")
    def test_two_real_days(self):
        path = self.folder / "BTC-USD.csv"
        path.write_bytes(gzip.decompress((DATA / "coinbase_BTC-USD_1m_2025-11-23_50000.csv.gz").read_bytes()))
        fills, _ = self.played(self.config(), [path], "pessimistic", "--duration", "2d")
        self.assertGreater(len(fills), 20)
        self.assertEqual(candle_fills.findings(fills, candle_fills.recorded([path]), "pessimistic", Decimal("0.1")), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
