#!/usr/bin/env python3
"""Paper trading on a market that breaks in every way coinbase-sim knows, at twenty times its speed.

`vigil` is the release binary, the venue is $COINBASE_SIM or the debug build's; both speak TLS.
"""
import json
import pathlib
import os
import select
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED, VIGIL  # noqa: E402
from support.configs import busy_config  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402

PRODUCTS = ["BTC-USD", "ETH-USD"]

# What is broken, for how many real seconds, and the line by which the operator knows it.
FAULTS = [
    ({"kind": "latency", "endpoint": "GET /market/products", "ms": 2500}, 9, r"the venue is slow: GET /market/products took"),
    ({"kind": "drop_before", "endpoint": "GET /time"}, 7, r"the venue does not answer GET /time"),
    ({"kind": "drop_after", "endpoint": "GET /market/products"}, 7, r"the venue does not answer GET /market/products"),
    ({"kind": "drop_mid_body", "endpoint": "GET /market/products"}, 7, r"the venue does not answer GET /market/products"),
    ({"kind": "rate_limited", "endpoint": "GET /time", "html": True}, 7, r"we ask too much \(GET /time, HTTP 429\)"),
    ({"kind": "server_error", "endpoint": "GET /time", "status": 502}, 7, r"the venue is out of order: GET /time .* HTTP 502"),
    ({"kind": "unauthorized", "endpoint": "GET /transaction_summary"}, 7, r"the venue refuses our key \(GET /transaction_summary, HTTP 401\)"),
    ({"kind": "unauthorized", "endpoint": "WS /level2", "then": "ws_close"}, 5, r"was lost.*refused: authentication failure"),
    ({"kind": "maintenance"}, 5, r"market feed .* was lost.*disconnected"),
    ({"kind": "clock_skew", "ms": 9000}, 7, r"clock_skew\): the venue's clock is -?\d+ ms ahead"),
    ({"kind": "product_status", "product": "ETH-USD", "state": "cancel_only"}, 7, r"ETH-USD is cancel_only at the venue"),
    ({"kind": "fee_tier", "maker": "0.001", "taker": "0.002"}, 7, r"the account's fees are now maker 0.001, taker 0.002"),
    ({"kind": "ws_duplicate", "probability": 0.3}, 3, r"market feed .* repeats messages; each counts once"),
    ({"kind": "ws_reorder", "probability": 0.3, "count": 3}, 5, r"was lost.*gap: number \d+ after \d+"),
    ({"kind": "ws_missing", "probability": 0.3, "count": 3}, 5, r"was lost.*gap: number \d+ after \d+"),
    ({"kind": "ws_gap", "probability": 0.3, "count": 3}, 5, r"was lost.*gap: number \d+ after \d+"),
    ({"kind": "ws_silent"}, 18, r"was lost.*silent: nothing for 15"),
    ({"kind": "ws_close", "count": 1}, 4, r"was lost.*disconnected"),
    ({"kind": "crossed_book", "product": "BTC-USD"}, 4, r"was lost.*bad_book: the book of BTC-USD is crossed"),
    ({"kind": "frozen_feed", "product": "BTC-USD"}, 12, r"was lost.*frozen: BTC-USD trades at"),
    ({"kind": "stale_quotes", "product": "BTC-USD"}, 60, r"was lost.*frozen: BTC-USD trades at"),
]
# What concerns orders at the venue alone; a paper engine sends it none, and says nothing.
QUIET = [
    {"kind": "fill_lag", "ms": 500},
    {"kind": "fail_after_accept", "product": "BTC-USD", "count": 1, "ms": 100},
    {"kind": "cancel_fills", "product": "BTC-USD", "count": 1},
]


def same_book(sim, paper, product, seconds=90):
    """Looks until the engine's book is the venue's, level by level, with the venue standing still meanwhile."""
    def truth():
        sides = {"bid": {}, "offer": {}}
        for update in sim.control("GET", f"truth/book/{product}")[0]["updates"]:
            sides[update["side"]][update["price_level"]] = update["new_quantity"]
        return sides
    end, tries = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        before, held, after = truth(), paper.ask(f"book {product}"), truth()
        tries += before == after
        if "bids" in held and before == after == {"bid": dict(held["bids"]), "offer": dict(held["asks"])}:
            return True
        time.sleep(0.003)
    raise AssertionError(f"{product}: the books differ after {tries} looks at a venue that stood still")


class Proxy(socketserver.BaseRequestHandler):
    """A CONNECT proxy that remembers whom it was to lead where, and leads everyone to this machine."""

    led = []

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(4096)
        target = head.split()[1].decode()
        Proxy.led.append(target)
        _, port = target.rsplit(":", 1)
        host = "127.0.0.1"
        with socket.create_connection((host, int(port))) as there:
            self.request.sendall(b"HTTP/1.1 200 led\r\n\r\n")
            pairs = {self.request: there, there: self.request}
            while True:
                for source in select.select(list(pairs), [], [])[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    pairs[source].sendall(data)


class Feeds(unittest.TestCase):
    def test_every_fault_is_told_and_survived(self):
        with tempfile.TemporaryDirectory() as folder, Sim("--products", "10", "--speed", "20", "--no-rate-limit", "--depth", "20") as sim:
            paper = Engine.at_venue("paper", sim, folder, busy_config(folder), "--speed", "20")
            try:
                paper.wait_for("FEED_WHOLE", 60)
                paper.wait_for(r"the account's fees are maker")
                for fault, seconds, pattern in FAULTS:
                    with self.subTest(fault["kind"]):
                        mark = len(paper.said())
                        then = fault.pop("then", None)
                        held = sim.inject(**fault)
                        if then:
                            sim.inject(then, count=1)
                        paper.wait_for(pattern, seconds + 60, mark)
                        sim.clear()
                        if fault.get("endpoint", "").startswith("GET"):
                            paper.wait_for(r"the venue answers as it should again", 90, mark)
                        for product in PRODUCTS:
                            same_book(sim, paper, product, 90)
                mark = len(paper.said())
                for fault in QUIET:
                    sim.inject(**fault)
                for product in PRODUCTS:
                    self.assertTrue(same_book(sim, paper, product))
                self.assertNotIn("FEED_LOST", paper.said()[mark:])
                sim.clear()
                paper.wait_for(r"ORDER", 60)
            finally:
                code = paper.stop()
            self.assertEqual(code, 0, paper.said()[-2000:])
            metrics = (paper.state / "vigil.prom").read_text()
            for reason in ["gap", "silent", "refused", "disconnected", "bad_book", "frozen"]:
                self.assertRegex(metrics, rf'vigil_feed_losses_total{{reason="{reason}"}} [1-9]')
            self.check_fills(paper.state)

    def check_fills(self, state):
        """The ledger has every fill of the paper venue, once."""
        with sqlite3.connect(state / "paper.sqlite") as venue, sqlite3.connect(state / "ledger.sqlite") as ledger:
            theirs = sorted(row[0] for row in venue.execute("SELECT entry_id FROM fills"))
            ours = sorted(row[0] for row in ledger.execute("SELECT entry_id FROM fills"))
        self.assertEqual(ours, theirs)
        self.assertGreater(len(ours), 0)

    def test_a_venue_whose_clock_is_wrong_halts_entries(self):
        with tempfile.TemporaryDirectory() as folder, Sim("--products", "10") as sim:
            sim.inject("clock_skew", ms=5000)
            paper = Engine.at_venue("paper", sim, folder, SHIPPED, key=False)
            try:
                # A busy machine takes its part of the way there and back: the middle is not where it was asked.
                paper.wait_for(r"HALT .*clock_skew\): the venue's clock is [45]\d\d\d ms ahead of ours")
                halts = [halt["reason"] for halt in paper.ask("status")["halts"]]
                self.assertIn("clock_skew", halts)
            finally:
                self.assertEqual(paper.stop(), 0)

    def test_heartbeats_show_a_clock_that_jumps_before_it_is_asked_for(self):
        with tempfile.TemporaryDirectory() as folder, Sim("--products", "10") as sim:
            paper = Engine.at_venue("paper", sim, folder, SHIPPED, key=False)
            try:
                paper.wait_for("FEED_WHOLE")
                sim.inject("clock_skew", ms=5000)
                # The next look at the venue's clock is up to a minute away.
                paper.wait_for(r"HALT .*clock_skew\): the venue's clock is [45]\d\d\d ms ahead of ours", 45)
                sim.clear()
                paper.wait_for(r"HALT_CLEARED .*clock_skew", 90)
            finally:
                self.assertEqual(paper.stop(), 0)

    def test_a_venue_that_hangs_does_not_keep_the_engine_from_ending(self):
        with tempfile.TemporaryDirectory() as folder, Sim("--products", "10") as sim:
            paper = Engine.at_venue("paper", sim, folder, SHIPPED)
            paper.wait_for("FEED_WHOLE")
            sim.inject("latency", endpoint="GET /market/products/*", ms=60_000)
            os.kill(sim.process.pid, signal.SIGSTOP)
            try:
                self.assertEqual(paper.stop(), 0)  # as systemd, it is waited for 30 s
            finally:
                os.kill(sim.process.pid, signal.SIGCONT)
            self.assertIn("STOPPING stopped in order", paper.said())

    def test_starting_wrong(self):
        with tempfile.TemporaryDirectory() as folder, Sim("--products", "1") as sim:
            def run(*arguments):
                return subprocess.run([VIGIL, *arguments], capture_output=True, text=True, timeout=100)
            there = f"https://127.0.0.1:{sim.secure}"
            start = ["run", "--mode", "paper", "--venue", "coinbase", "--state", folder, "--config", str(SHIPPED)]
            for arguments, code, text in [
                ([*start, "--endpoint", "127.0.0.1"], 64, "write it as https://"),
                ([*start, "--endpoint", there, "--ca-file", "/no/such"], 64, "cannot be read"),
                ([*start, "--endpoint", there, "--credentials", sim.ca], 1, "the key file is not JSON"),
                ([*start, "--speed", "20"], 64, "on this machine"),
                (["run", "--mode", "paper", "--state", folder, "--config", str(SHIPPED), "--credentials", "x"],
                 64, "go with --venue coinbase"),
                ([*start, "--endpoint", "https://example.com", "--speed", "20"], 64, "on this machine"),
                (["venue", "check", "--endpoint", there], 3, "certificate"),
                (["venue", "check", "--endpoint", there, "--ca-file", sim.ca, "--credentials", str(sim.tls / "key-transfer.json")],
                 3, "the key may transfer money out"),
                (["venue", "check", "--endpoint", "https://127.0.0.1:1", "--ca-file", sim.ca], 3, "not_sent"),
            ]:
                result = run(*arguments)
                self.assertEqual(result.returncode, code, result.stdout + result.stderr)
                self.assertIn(text, result.stdout + result.stderr)

    def test_a_check_of_a_venue(self):
        with Sim("--products", "3") as sim:
            there = ["--endpoint", f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca, "--format", "json"]
            def check(*arguments):
                result = subprocess.run([VIGIL, "venue", "check", *there, *arguments], capture_output=True, text=True, timeout=60)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                return json.loads(result.stdout)
            public = check()
            self.assertNotIn("key", public)
            self.assertEqual((public["products"], public["fees_are_ours"]), (3, False))
            self.assertTrue(public["market_feed"]["is_whole"] and public["market_feed"]["levels"] > 100)
            for ms, words in [(0, "agrees with ours"), (5000, r"\d{4} ms ahead of ours"), (-5000, r"\d{4} ms behind ours")]:
                fault = sim.inject("clock_skew", ms=ms)
                told = subprocess.run([VIGIL, "venue", "check", *there[:-2]], capture_output=True, text=True, timeout=60)
                self.assertRegex(told.stdout, rf"clock +{words}, answers in \d+ ms")
                sim.clear(fault)
            for key in ["key.json", "key-ed25519.json"]:
                ours = check("--credentials", str(sim.tls / key))
                self.assertEqual(ours["permissions"], ["view", "trade"])
                self.assertTrue(ours["fees_are_ours"] and ours["user_feed"]["is_whole"])
                self.assertNotIn((sim.tls / key).read_text()[60:100], json.dumps(ours))


    def test_a_proxy_of_the_environment_is_used_for_the_world_and_never_for_this_machine(self):
        with Sim("--products", "1") as sim, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as proxy:
            proxy.daemon_threads = True
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            led = f"http://127.0.0.1:{proxy.server_address[1]}"

            def check(host):
                Proxy.led.clear()
                return subprocess.run(
                    [VIGIL, "venue", "check", "--endpoint", f"https://{host}:{sim.secure}", "--ca-file", sim.ca],
                    capture_output=True, text=True, timeout=120,
                    env={**os.environ, "https_proxy": led, "HTTPS_PROXY": led, "all_proxy": led, "no_proxy": ""})

            # A proxy might lead what looks like this machine anywhere, and `LIVE` would be permitted there.
            for host in ("127.0.0.1", "localhost"):
                result = check(host)
                self.assertEqual((result.returncode, Proxy.led), (0, []), result.stdout + result.stderr)
            # Led to the same venue, whose certificate is not of that name: no request is sent, and no feed begun.
            self.assertEqual(check("venue.test").returncode, 3)
            self.assertEqual(set(Proxy.led), {f"venue.test:{sim.secure}"})
            proxy.shutdown()


if __name__ == "__main__":
    unittest.main(verbosity=2)
