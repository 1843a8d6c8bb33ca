#!/usr/bin/env python3
"""LIVE against coinbase-sim, with something held while the venue changes under it: its rules, its states, what it has of
our coins, how much it streams.

`vigil` is the release binary, the venue is $COINBASE_SIM or the debug build's; both speak TLS.
"""
import pathlib
import re
import sys
import tempfile
import time
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import processes  # noqa: E402
from support.books import Ledger, compare  # noqa: E402
from support.configs import HECTIC_SPEED, hectic_config  # noqa: E402
from support.engine import Engine, until  # noqa: E402
from support.processes import eventually, vigil  # noqa: E402
from support.sim import Sim  # noqa: E402


class Held(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-held-")))
        self.addCleanup(processes.end_all)
        self.config = hectic_config(self.folder)
        self.sim = self.enterContext(
            Sim("--products", "10", "--speed", HECTIC_SPEED, "--depth", "20", "--no-rate-limit", "--seed", "5",
                keep=str(self.folder / "sim")))
        self.state = self.folder / "state"

    def start(self):
        engine = Engine.at_venue("live", self.sim, self.folder, self.config, "--speed", HECTIC_SPEED)
        self.addCleanup(engine.kill)
        return engine

    def held(self):
        return until(self.state, lambda status: status["positions"], 90)["positions"][0]

    def alerts(self, kind):
        return Ledger(self.state).rows(f"SELECT severity, detail FROM alerts WHERE kind = '{kind}'")

    def free(self, product):
        coin = product.split("-")[0]
        rows = [row for row in self.sim.truth()["balances"] if row["currency"] == coin]
        return Decimal(rows[0]["available"]) if rows else Decimal(0)

    def refused(self, product):
        return Ledger(self.state).rows(
            "SELECT COUNT(*) FROM orders JOIN intents USING (client_order_id) WHERE side = 'sell' AND "
            f"state = 'rejected' AND product = '{product}'")[0][0]

    def test_a_held_product_that_takes_no_orders_wakes_its_owner(self):
        engine = self.start()
        product = self.held()["product"]
        fault = self.sim.inject("product_status", product=product, state="cancel_only")
        eventually(lambda: self.alerts("unsellable"))
        severity, detail = self.alerts("unsellable")[0]
        self.assertEqual(severity, "critical")
        self.assertIn(f"{product} is held, and the venue has it `cancel_only`", detail)
        until(self.state, lambda status: [row for row in status["positions"] if row.get("stop_blocked_by")], 60)
        self.assertRegex(vigil("status", "--state", self.state).stdout,
                         rf"position   {product} .* CANNOT FIRE \(the venue has it `cancel_only`\), target ")
        self.sim.clear(fault)
        until(self.state, lambda status: not [halt for halt in status["halts"]
                                              if halt["reason"] == "product_status"], 60)
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(compare(self.sim, self.folder), [])

    def test_what_left_the_account_is_told_and_the_rest_is_sold(self):
        engine = self.start()
        product = self.held()["product"]
        fault = self.sim.inject("still_market")
        eventually(lambda: self.free(product) > 0)
        gone = (self.free(product) * Decimal("0.3")).quantize(Decimal("1e-8"))
        self.sim.control("POST", "balance", {"currency": product.split("-")[0], "amount": f"-{gone}"})
        self.sim.clear(fault)
        eventually(lambda: self.alerts("exit_short"), 90)
        severity, detail = self.alerts("exit_short")[0]
        self.assertEqual(severity, "critical")
        self.assertRegex(detail, rf"the exit of {product} is to sell \S+, and the venue has \S+ free for it")
        # What is there is sold, and what is not is not asked for at every quote.
        eventually(lambda: self.free(product) < gone, 60)
        before = self.refused(product)
        time.sleep(6)
        self.assertLess(self.refused(product) - before, 8)
        self.assertLess(self.refused(product), 20)
        engine.kill()

    def test_rules_that_change_are_followed(self):
        engine = self.start()
        self.held()
        for product in ("BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD"):
            self.sim.inject("product_rules", product=product, step="0.5" if product != "XRP-USD" else "0.005")
        engine.wait_for(r"the venue has other rules for \S+: price step 0\.0?05? instead of", 90)
        time.sleep(10)
        for product in ("BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD"):
            self.assertLess(self.refused(product), 5, product)
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(compare(self.sim, self.folder), [])

    def test_a_venue_that_streams_fewer_products_is_asked_on_more_connections(self):
        self.sim.inject("ws_products_max", most=4)
        engine = self.start()
        engine.wait_for(r"refuses to stream 8 products on one connection \(.*more than 4 products\)", 60)
        self.held()
        until(self.state, lambda status: not [halt for halt in status["halts"] if halt["reason"] == "feed_gap"], 60)
        self.assertEqual(engine.stop(), 0)

    def test_candles_that_are_refused_at_first_are_read_later(self):
        self.sim.inject("server_error", endpoint="GET /market/products/BTC-USD/candles", count=5)
        engine = self.start()
        engine.wait_for(r"candles of \S.* could not be read: .*; what is missing is asked for until it comes", 30)
        engine.wait_for(r"the candles that were missing have come", 60)
        self.assertEqual(engine.stop(), 0)

    def test_rows_that_are_nobodys_business_change_nothing(self):
        self.sim.inject("odd_rows")
        engine = self.start()
        self.held()
        until(self.state, lambda status: status["cycle"] > 8, 60)
        self.assertEqual(self.alerts("anomaly"), [])
        self.assertEqual([halt for halt in engine.status()["halts"] if halt["reason"] != "rejection_burst"], [])
        self.assertNotRegex(engine.said(), "FEED_LOST|aborted venue_unreadable")
        self.assertEqual(engine.stop(), 0)
        # A start and its reconciliation meet them as well.
        again = self.start()
        until(self.state, lambda status: status["cycle"] > 2, 60)
        self.assertEqual(again.stop(), 0)
        self.sim.clear()
        self.assertEqual(compare(self.sim, self.folder), [])

    def test_an_end_that_the_venue_does_not_confirm_is_told_and_is_no_success(self):
        engine = self.start()
        self.sim.inject("still_market")
        self.sim.inject("cancel_refused")
        until(self.state, lambda status: [order for order in status["open_orders"] if order["side"] == "buy"], 60)
        self.assertEqual(engine.stop(), 1)
        self.assertRegex(engine.said(), r"the venue will not cancel the order, which stands: .*UNKNOWN_CANCEL_ORDER")
        self.assertIn("stopped, and the venue has not confirmed the end of every order", engine.said())
        self.sim.clear()
        again = self.start()
        again.wait_for("RECOVERED", 60)
        until(self.state, lambda status: status["cycle"] > 2, 60)
        self.assertEqual(again.stop(), 0)
        self.assertEqual(compare(self.sim, self.folder), [])


class Clocks(unittest.TestCase):
    def test_clocks_that_agree_again_need_no_restart(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-clocks-")))
        self.addCleanup(processes.end_all)
        config, state = hectic_config(folder), folder / "state"
        # In real time: beside a faster market its clock is ours.
        sim = self.enterContext(Sim("--products", "6", "--depth", "20", "--no-rate-limit", "--seed", "5",
                                    keep=str(folder / "sim")))

        def start():
            engine = Engine.at_venue("live", sim, folder, config)
            self.addCleanup(engine.kill)
            return engine
        engine = start()
        until(state, lambda status: status["positions"], 120)
        self.assertEqual(engine.stop(), 0)
        fault = sim.inject("clock_skew", ms=1500)
        engine = start()
        engine.wait_for(r"reduce-only, nothing is entered and exits go on: .*the clocks differ by 1\d\d\d ms", 60)
        sim.clear(fault)
        until(state, lambda status: not [halt for halt in status["halts"] if halt["reason"] in ("permit", "clock_skew")], 90)
        self.assertEqual(engine.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
