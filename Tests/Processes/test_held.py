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
from support.clock import Clock  # noqa: E402
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

    def test_a_held_product_that_takes_no_orders_is_told(self):
        engine = self.start()
        product = self.held()["product"]
        fault = self.sim.inject("product_status", product=product, state="cancel_only")
        eventually(lambda: self.alerts("unsellable"))
        severity, detail = self.alerts("unsellable")[0]
        # A short pause is news; one of a quarter of an hour is critical (AlertingTests).
        self.assertEqual(severity, "info")
        self.assertIn(f"{product} is held, but the venue lists it as `cancel_only`", detail)
        until(self.state, lambda status: [row for row in status["positions"] if row.get("stop_blocked_by")], 60)
        self.assertRegex(vigil("status", "--state", self.state).stdout,
                         rf"position   {product} .* CANNOT FIRE \(the venue lists it as `cancel_only`\), target ")
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
        self.assertRegex(detail, rf"the exit of {product} wants to sell \S+, but the venue has only \S+ available")
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
        # At this speed two comparisons in a row may come before a fill's row does; no such difference stays.
        usual = ("rejection_burst", "mismatch")
        self.assertEqual([halt for halt in engine.status()["halts"] if halt["reason"] not in usual], [])
        until(self.state, lambda status: "mismatch" not in [halt["reason"] for halt in status["halts"]], 60)
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
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-clocks-")))
        self.addCleanup(processes.end_all)
        self.config, self.state = hectic_config(self.folder), self.folder / "state"
        # In real time: beside a faster market its clock is ours.
        self.sim = self.enterContext(Sim("--products", "6", "--depth", "20", "--no-rate-limit", "--seed", "5",
                                         keep=str(self.folder / "sim")))
        self.clock = Clock.of(self.folder)

    def start(self, offset=0):
        engine = Engine.at_venue("live", self.sim, self.folder, self.config, environment=self.clock.environment(offset))
        self.addCleanup(engine.kill)
        return engine

    def until_clear(self):
        """Until nothing of the time keeps entries back; and a cycle later still nothing does."""
        halts = ("permit", "clock_skew", "connectivity", "feed_gap", "quote_stale", "api_errors")
        calm = until(self.state, lambda status: not [halt for halt in status["halts"] if halt["reason"] in halts], 120)
        until(self.state, lambda status: status["cycle"] > calm["cycle"] + 1, 60)

    def end(self, engine):
        self.assertEqual(engine.stop(), 0, engine.said()[-3000:])
        self.assertEqual(compare(self.sim, self.folder), [])

    def test_clocks_that_agree_again_need_no_restart(self):
        engine = self.start()
        until(self.state, lambda status: status["positions"], 120)
        self.assertEqual(engine.stop(), 0)
        fault = self.sim.inject("clock_skew", ms=1500)
        engine = self.start()
        engine.wait_for(r"reduce-only: no entries, exits go on: .*the clocks differ by 1\d\d\d ms", 60)
        self.sim.clear(fault)
        self.until_clear()
        self.assertEqual(engine.stop(), 0)

    def test_a_machine_that_slept_goes_on_as_after_a_restart(self):
        engine = self.start()
        until(self.state, lambda status: status["positions"], 120)
        mark = len(engine.said())
        # Ten minutes go by in the world, and none of them in the process.
        self.sim.inject("clock_skew", ms=600_000)
        self.clock.jump(600, asleep=600)
        engine.wait_for(r" CLOCK this machine slept for .*; all market feeds begin anew", 30, since=mark)
        engine.wait_for("FEED_WHOLE", 60, since=mark)
        self.until_clear()
        mark = len(engine.said())
        engine.wait_for("ORDER .*: submitting → (open|filled)", 120, since=mark)
        self.assertNotIn("refuses our key", engine.said()[mark:])
        self.end(engine)

    def test_a_clock_that_is_set_is_followed(self):
        engine = self.start()
        engine.wait_for("CYCLE", 60)
        for offset, words in [(0.6, "was set forward by"), (0, "was set back by")]:
            mark = len(engine.said())
            self.clock.jump(offset)
            engine.wait_for(f" CLOCK this machine's clock {words}", 30, since=mark)
            if offset:
                engine.wait_for(r" HALT entries halted \(clock_skew\): the venue's clock is [56]\d\d ms behind ours", 90, since=mark)
        self.until_clear()
        self.end(engine)

    def test_a_clock_that_is_set_far_back_ends_the_run_to_be_started_again(self):
        engine = self.start()
        engine.wait_for(" READY ", 60)
        # Nothing is open: with a clock as wrong as that the venue would take no cancel either.
        engine.ask("kill so that nothing is open")
        until(self.state, lambda status: not status["open_orders"])
        self.clock.jump(-900)
        engine.wait_for("stopped in order, to be started again: .* back", 90)
        self.assertEqual(engine.wait(), 1)
        self.clock.jump(0)
        again = self.start()
        self.until_clear()
        self.end(again)


if __name__ == "__main__":
    unittest.main(verbosity=2)
