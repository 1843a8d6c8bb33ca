#!/usr/bin/env python3
"""LIVE against coinbase-sim: starts that are refused, movements from outside, copies of the ledger, bad configurations.

`vigil` is the release binary, the venue is $COINBASE_SIM or the debug build's; both speak TLS.
"""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support import processes  # noqa: E402
from support.books import Ledger, compare  # noqa: E402
from support.configs import HECTIC_SPEED, hectic_config  # noqa: E402
from support.engine import Engine, until  # noqa: E402
from support.processes import eventually, vigil  # noqa: E402
from support.sim import Sim  # noqa: E402


class FrontEnd:
    """nghttpx before the venue: HTTP/2 to us, as Coinbase's own edge speaks it."""

    BINARY = ROOT / "var/debian/usr/sbin/nghttpx"

    def __init__(self, sim, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.secure = free.getsockname()[1]
        self.sim, self.tls, self.ca, self.access = sim, sim.tls, sim.ca, folder / "access"
        self.process = None
        self.begin()

    def begin(self):
        self.process = processes.begin(
            [self.BINARY, "--conf=/dev/null", f"-f127.0.0.1,{self.secure}", f"-b127.0.0.1,{self.sim.plain}", "--no-ocsp",
             "--no-host-rewrite", "--workers=1", f"--accesslog-file={self.access}", self.tls / "server-key.pem",
             self.tls / "server.pem"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.secure)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("nghttpx does not listen")

    def kill(self):
        processes.end(self.process)


class Live(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-live-")))
        self.addCleanup(processes.end_all)
        self.config = hectic_config(self.folder)
        self.sim = Sim("--products", "10", "--speed", HECTIC_SPEED, "--depth", "20", "--no-rate-limit", "--seed", "5",
                       keep=str(self.folder / "sim"))
        self.enterContext(self.sim)
        self.state = self.folder / "state"

    def start(self, folder=None, config=None):
        return self.live(self.sim, folder or self.folder, config or self.config)

    def live(self, venue, folder, config):
        engine = Engine.at_venue("live", venue, folder, config, "--speed", HECTIC_SPEED)
        self.addCleanup(engine.kill)
        return engine

    def until(self, condition, seconds=90, state=None):
        return until(state or self.state, condition, seconds)

    def end(self, engine):
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(compare(self.sim, self.folder), [])

    @staticmethod
    def halted(status):
        return {halt["reason"]: halt["detail"] for halt in status["halts"]}

    def test_a_key_that_may_transfer_is_refused_and_so_is_no_key(self):
        start = ["run", "--mode", "live", "--config", self.config, "--state", self.state]
        venue = ["--venue", "coinbase", "--endpoint", f"https://127.0.0.1:{self.sim.secure}", "--ca-file", self.sim.ca]
        for arguments, said in (
            (start, "--venue coinbase"), (start + venue, "LIVE needs the venue's key"),
            (start + venue + ["--credentials", self.sim.tls / "key-transfer.json"], "may transfer money out"),
            (start + venue + ["--credentials", self.sim.tls / "key-view.json"], "may not trade"),
        ):
            answer = vigil(*arguments)
            self.assertNotEqual(answer.returncode, 0)
            self.assertIn(said, answer.stderr)
        self.assertEqual(self.sim.truth()["orders"], [])

    def test_what_moved_from_outside_is_a_mismatch_until_it_is_explained(self):
        engine = self.start()
        self.until(lambda status: status["positions"])
        self.sim.control("POST", "balance", {"currency": "USD", "amount": "123.45"})
        # What has just traded may differ as well, for a moment.
        self.until(lambda status: re.search(r"USD: venue \S+, ledger \S+", self.halted(status).get("mismatch", "")))
        def explain(currency, amount="123.45"):
            return vigil("account", "explain", "--currency", currency, "--amount", amount, "--reason", "a gift",
                         "--state", self.state)

        def flows():
            return [row[0] for row in Ledger(self.state).rows("SELECT amount FROM flows ORDER BY id")]

        self.assertIn("write it as USD", explain("usd").stderr)
        before = flows()
        # More than is open, and what goes the other way, explains nothing.
        for amount in ("100000", "-123.45"):
            refused = explain("USD", amount)
            self.assertNotEqual(refused.returncode, 0, refused.stdout)
            self.assertIn("nothing was booked; write at most ", refused.stderr)
        self.assertEqual(flows(), before)
        # What is being traded may be part of the difference for one comparison.
        said = eventually(lambda: (answer := explain("USD")).returncode == 0 and answer, 60)
        self.assertIn("USD: venue ", said.stdout)
        # What is said to be booked is committed.
        self.assertIn("123.45 USD is booked in the ledger", said.stdout)
        self.assertEqual(flows(), before + ["123.45"])
        # Once is enough, whoever asks again before the next comparison.
        self.assertNotEqual(explain("USD").returncode, 0)
        self.until(lambda status: "mismatch" not in self.halted(status))
        # Coins of ours that the owner sold or moved elsewhere are gone from the position as well.
        self.sim.control("POST", "balance", {"currency": "EUR", "amount": "7"})
        self.until(lambda status: "mismatch" in self.halted(status))
        self.assertNotEqual(vigil("account", "explain", "--currency", "EUR", "--amount", "0", "--reason", "x",
                                  "--state", self.state).returncode, 0)
        vigil("account", "explain", "--currency", "EUR", "--amount", "7", "--reason", "holiday", "--state", self.state)
        self.until(lambda status: "mismatch" not in self.halted(status))
        self.end(engine)
        reasons = [row[0] for row in Ledger(self.state).rows("SELECT reason FROM flows ORDER BY id")]
        told = [f"explained by user {os.geteuid()}: {why}" for why in ("a gift", "holiday")]
        self.assertEqual(reasons, ["opening balance", *told])

    def test_another_vigil_on_the_same_key_halts_entries_and_is_named(self):
        other = self.folder / "other"
        other.mkdir()
        first = self.start()
        self.until(lambda status: status["positions"])
        second = self.start(other)
        instance = Ledger(self.state).rows("SELECT value FROM meta WHERE name = 'instance'")[0][0]
        status = self.until(lambda status: f"`{instance}`" in self.halted(status).get("mismatch", ""), 90,
                            other / "state")
        self.assertIn("give each its own key", self.halted(status)["mismatch"])
        second.kill()
        first.kill()

    def test_orders_that_are_not_ours_are_never_touched(self):
        client = self.sim.client()
        client.limit_order_gtc_buy(client_order_id="mine", product_id="BTC-USD", base_size="0.001", limit_price="1000")
        engine = self.start()
        self.until(lambda status: status["positions"])
        self.assertEqual(engine.stop(), 0)
        mine = [order for order in self.sim.truth()["orders"] if order["client_order_id"] == "mine"]
        self.assertEqual([order["status"] for order in mine], ["OPEN"])

    def test_a_restored_ledger_reads_from_the_venue_what_it_missed_and_repeats_no_id(self):
        engine = self.start()
        self.until(lambda status: status["positions"])
        copied = vigil("ledger", "backup", "--state", self.state)
        self.assertEqual(copied.returncode, 0, copied.stderr)
        before = len(Ledger(self.state).rows("SELECT 1 FROM fills"))
        time.sleep(6)
        busy = vigil("ledger", "restore", copied.stdout.strip(), "--state", self.state)
        self.assertIn("is in use by the process", busy.stderr)
        engine.kill()
        after = Ledger(self.state).rows("SELECT client_order_id FROM orders")
        self.assertGreater(len(Ledger(self.state).rows("SELECT 1 FROM fills")), before)
        restored = vigil("ledger", "restore", copied.stdout.strip(), "--state", self.state)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        again = self.start()
        self.assertIsNotNone(again.wait_ready())
        self.assertRegex(again.said(), r"[1-9]\d* missed fills recorded, [1-9]\d* orders of ours adopted")
        time.sleep(3)
        self.end(again)
        new = {row[0] for row in Ledger(self.state).rows("SELECT client_order_id FROM orders")} - {row[0] for row in after}
        runs = {name.split("-")[2] for name in new}
        self.assertEqual(len(runs), 1, "the new run's ids are its own")
        self.assertEqual(vigil("audit", "verify", "--state", self.state).returncode, 0)
        self.assertEqual(vigil("ledger", "vacuum", "--state", self.state).returncode, 0)
        self.assertIn("post_trade_reconcile_wait_seconds", vigil("ledger", "latency", "--state", self.state).stdout)

    def test_a_config_that_no_longer_passes_looks_after_what_is_held(self):
        engine = self.start()
        self.until(lambda status: len(status["positions"]) > 1)
        self.assertEqual(engine.stop(), 0)
        policy = self.config / "policy.yaml"
        good = policy.read_text()
        policy.write_text(good.replace("max_order_usd: 60", "max_order_usd: sixty"))
        reduced = self.start()
        self.assertIsNotNone(reduced.wait_ready(), reduced.said())
        self.assertIn("error[V0005]" if "V0005" in reduced.said() else "error[V0", reduced.said())
        self.assertIn("reduce-only", reduced.said())
        orders = Ledger(self.state).rows("SELECT MAX(rowid) FROM intents")[0][0]
        self.assertIn("permit", self.halted(self.until(lambda status: status["halts"])))
        # Exits go on.
        self.until(lambda status: Ledger(self.state).rows(
            f"SELECT 1 FROM intents WHERE side = 'sell' AND rowid > {orders}"), 90)
        self.assertEqual(reduced.stop(), 0)
        new = Ledger(self.state).rows(f"SELECT side, COUNT(*) FROM intents WHERE rowid > {orders} GROUP BY side")
        self.assertEqual([side for side, _ in new], ["sell"])
        policy.write_text(good)
        mended = self.start()
        self.until(lambda status: "permit" not in self.halted(status))
        self.end(mended)
        self.assertEqual(Ledger(self.state).rows(
            "SELECT COUNT(*) FROM alerts WHERE severity = 'critical' AND escalated = 0 AND detail "
            "LIKE 'reduce-only%'")[0][0], 1)

    def test_the_engine_copies_its_ledger(self):
        engine = self.start()
        self.until(lambda status: status["positions"])
        eventually(lambda: list((self.state / "backups").glob("ledger-*.sqlite")))
        self.end(engine)
        copies = [file.name for file in (self.state / "backups").iterdir()]
        self.assertEqual(len(copies), 1)
        self.assertRegex(copies[0], r"^ledger-\d{8}T\d{6}Z\.sqlite$")

    def test_what_leaves_the_universe_is_seen_and_sold_and_its_sell_order_outlives_a_shutdown(self):
        """A position whose product is taken out of the universe keeps its market: its stops live on it."""
        policy, universe = self.config / "policy.yaml", self.config / "universe.yaml"
        rule = re.sub(r"post_only_ttl_seconds: 1\n", "post_only_ttl_seconds: 40\n  maker_max_ttl_sec: 40\n", policy.read_text())
        rule += ("portfolio_management: {auto_liquidate_ineligible: true, purge_grace_minutes: 0, "
                 "min_liquidation_value_usd: 1, purge_slice_usd: 10000}\n")
        policy.write_text(rule.replace("outlive_stop: false", "outlive_stop: true"))
        anything = universe.read_text()

        def standing(side):
            return [order["client_order_id"] for order in self.sim.truth()["orders"]
                    if order["status"] == "OPEN" and order["side"] == side]
        engine = self.start()
        held = self.until(lambda status: len(status["positions"]) > 2, 60)["positions"]
        self.assertEqual(engine.stop(), 0)
        fewer = anything
        for position in held:
            fewer = re.sub(rf"(symbols: .*?){position['product']}(, )?", r"\1", fewer)
        universe.write_text(fewer)
        # Nothing that rests is filled before anybody has looked.
        self.sim.inject("still_market")
        engine = self.start()
        eventually(lambda: standing("SELL"))
        self.assertNotIn("reduce-only", engine.said())
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(standing("BUY"), [])
        kept = standing("SELL")
        self.assertTrue(kept, "no sale rests over any stop")
        self.sim.clear()
        ours = dict(Ledger(self.state).rows("SELECT client_order_id, state FROM orders"))
        self.assertIn(ours[kept[0]], ("open", "partially_filled"))
        policy.write_text(rule)
        last = self.start()
        gone = {position["product"] for position in held}
        self.until(lambda status: not gone & {position["product"] for position in status["positions"]})
        self.end(last)
        # What the venue tells once more of orders that have ended is no news.
        self.assertNotIn("ANOMALY", last.said())

    @unittest.skipUnless(FrontEnd.BINARY.exists(), "nghttpx is not unpacked; run ./dev test")
    def test_orders_go_over_http_2_and_survive_a_front_end_that_dies(self):
        front = FrontEnd(self.sim, self.folder)
        self.addCleanup(lambda: front.kill())
        engine = self.live(front, self.folder, self.config)
        self.until(lambda status: status["positions"])
        for _ in range(3):
            last = len(engine.said())
            front.kill()
            time.sleep(0.3)
            front.begin()
            time.sleep(2)
        # Each feed comes back by itself, the later the oftener it was lost.
        engine.wait_for("the feed of our orders is whole", since=last)
        engine.wait_for("the market feed of .* is whole", since=last)
        self.until(lambda status: not status["halts"])
        self.end(engine)
        said = front.access.read_text()
        self.assertRegex(said, r"POST /api/v3/brokerage/orders HTTP/2\S* 200")
        self.assertNotRegex(said, r"brokerage/\S* HTTP/1")
        self.assertIn('GET /user HTTP/1.1" 101', said)

    def test_a_damaged_ledger_is_unsafe_to_trade_on(self):
        self.state.mkdir()
        (self.state / "ledger.sqlite").write_bytes(b"not a database at all" * 400)
        engine = self.start()
        self.assertIsNone(engine.wait_ready())
        # No code that a service manager would answer with another start.
        self.assertEqual(engine.wait(), 4)
        self.assertIn("restore a backup", engine.said())

    def test_a_config_that_does_not_pass_and_nothing_held_is_refused(self):
        policy = self.config / "policy.yaml"
        policy.write_text(policy.read_text().replace("max_order_usd: 60", "max_order_usd: sixty"))
        engine = self.start()
        self.assertIsNone(engine.wait_ready())
        self.assertEqual(engine.wait(), 78)


if __name__ == "__main__":
    unittest.main(verbosity=2)
