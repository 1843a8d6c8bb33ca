#!/usr/bin/env python3
"""Rows of a venue that cannot be: none is booked, none keeps the engine from starting, and one product alone pays."""
import json
import pathlib
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED, processes  # noqa: E402
from support.books import Ledger, compare  # noqa: E402
from support.configs import HECTIC_SPEED, hectic_config  # noqa: E402
from support.engine import Engine, until  # noqa: E402
from support.hostile import HostileVenue  # noqa: E402
from support.processes import eventually, vigil  # noqa: E402
from support.sim import Sim  # noqa: E402


def absurd(data):
    """The fill report, and behind each row of a purchase one that is beyond all bounds."""
    report = json.loads(data)
    for row in [row for row in report["fills"] if row["side"] == "BUY"][:1]:
        for name, change in {"size": {"size": "100000000000000"}, "price": {"price": "999999999999999"},
                             "fee": {"commission": "999999999999999"}}.items():
            twin = {**row, **change, "entry_id": f"{row['entry_id']}-{name}", "trade_id": f"{row['trade_id']}-{name}"}
            report["fills"].insert(0, twin)
    return json.dumps(report).encode()


class Rows(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-rows-")))
        self.addCleanup(processes.end_all)
        self.state = self.folder / "state"

    def test_an_absurd_fill_is_kept_apart_and_stops_entries_of_its_product_alone(self):
        config = hectic_config(self.folder)
        sim = self.enterContext(
            Sim("--products", "10", "--speed", HECTIC_SPEED, "--depth", "20", "--no-rate-limit", "--seed", "5"))
        with HostileVenue(sim, changes={"/orders/historical/fills": absurd}) as venue:
            engine = self.live(sim, venue.port, config)
            odd = eventually(lambda: [halt for halt in self.halts() if halt["reason"] == "odd_fill"], 120)
            product = odd[0]["product"]
            self.assertIn("is not booked: its", odd[0]["detail"])
            # Of the three rows beside a purchase none is in the books.
            kept = eventually(lambda: Ledger(self.state).rows("SELECT entry_id, why FROM quarantined_fills"))
            for entry, why in kept:
                self.assertRegex(entry, "-(size|price|fee)$")
                self.assertRegex(why, "quantity|price|fee|more than can be computed")
            self.assertEqual(self.booked(), [])
            self.assertIsNone(engine.process.poll())
            engine.kill()
            # The same venue tells the same rows to the next start, and more of them: none is booked there either.
            engine = self.live(sim, venue.port, config)
            self.assertIsNotNone(engine.wait_ready(120), engine.said())
            self.assertEqual(self.booked(), [])
            engine.kill()
        # An honest venue: the start ends well, and the halt waits for a person.
        engine = Engine.at_venue("live", sim, self.folder, config, "--speed", HECTIC_SPEED)
        self.addCleanup(engine.kill)
        engine.wait_ready()
        self.assertIn(product, [halt["product"] for halt in self.halts() if halt["reason"] == "odd_fill"])
        resumed = vigil("resume", "--state", self.state, "--reason", "compared with the venue's page")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        until(self.state, lambda status: not [halt for halt in status["halts"] if halt["reason"] == "odd_fill"], 30)
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(compare(sim, self.folder), [])

    def live(self, sim, port, config):
        engine = Engine(self.folder, config, "--mode", "live", "--venue", "coinbase", "--endpoint",
                        f"https://127.0.0.1:{port}", "--ca-file", sim.ca, "--credentials", sim.tls / "key.json",
                        "--speed", HECTIC_SPEED)
        self.addCleanup(engine.kill)
        return engine

    def booked(self):
        """Rows in the books that cannot be."""
        return Ledger(self.state).rows("SELECT entry_id FROM fills WHERE entry_id LIKE '%-size' OR entry_id LIKE '%-price'"
                                       " OR entry_id LIKE '%-fee'")

    def test_a_fill_whose_own_row_is_absurd_ends_its_order_and_shows_in_the_books(self):
        config = hectic_config(self.folder)
        sim = self.enterContext(
            Sim("--products", "10", "--speed", HECTIC_SPEED, "--depth", "20", "--no-rate-limit", "--seed", "5"))

        def replaced(data):
            report = json.loads(data)
            for row in report["fills"]:
                row["commission"] = "999999999"
            return json.dumps(report).encode()

        with HostileVenue(sim, changes={"/orders/historical/fills": replaced}) as venue:
            engine = self.live(sim, venue.port, config)
            eventually(lambda: [halt for halt in self.halts() if halt["reason"] == "odd_fill"], 120)
            self.assertEqual(Ledger(self.state).rows("SELECT entry_id FROM fills"), [])
            # What the account has and no fill explains halts everything, and no order waits for ever.
            until(self.state, lambda status: "mismatch" in {halt["reason"] for halt in status["halts"]}, 90)
            until(self.state, lambda status: not status["open_orders"], 180)
            self.assertEqual(engine.stop(), 0, engine.said())

    def halts(self):
        try:
            return until(self.state, lambda status: True, 60)["halts"]
        except (OSError, AssertionError):
            return []

    def test_a_ledger_that_holds_an_absurd_row_starts_and_enters_nothing(self):
        engine = Engine.embedded(self.folder, SHIPPED)
        self.addCleanup(engine.kill)
        engine.wait_ready()
        self.assertEqual(engine.stop(), 0)
        ledger = sqlite3.connect(self.state / "ledger.sqlite")
        with ledger:
            run = ledger.execute("SELECT run_id FROM runs").fetchone()[0]
            terms = json.dumps({"marketBase": {"_0": "1"}})
            ledger.execute("INSERT INTO intents (client_order_id, run_id, product, side, terms, stop_loss, take_profit,"
                           " hold_max_ns, created_at, strategy) VALUES"
                           " ('odd', ?, 'BTC-USD', 'buy', ?, '0.05', '0.1', 3600000000000, 1, '')", (run, terms))
            ledger.execute("INSERT INTO orders VALUES ('odd', 'v', 'filled', 1)")
            for place, (price, size, fee) in enumerate([("99999999999999999999", "99999999999999999999", "0 USD"),
                                                        ("1", "170141183460469231731", "0 USD"),
                                                        ("1", "170141183460469231731", "0 USD"),
                                                        ("1", "1", "170141183460469231731 USD"), ("0.1", "100000", "0 USD")]):
                ledger.execute("INSERT INTO fills VALUES (NULL, ?, ?, 'odd', 'BTC-USD', 'buy', ?, ?, ?, 'taker', 'fill',"
                               " 1, 1)", (f"row{place}", f"trade{place}", price, size, fee))
        ledger.close()
        engine = Engine.embedded(self.folder, SHIPPED)
        self.addCleanup(engine.kill)
        engine.wait_ready()
        # Nothing enters while the books hold what cannot be computed: for good, not only while it starts.
        until(self.state, lambda status: {"arithmetic", "mismatch"} & {halt["reason"] for halt in status["halts"]}, 60)
        self.assertEqual(engine.stop(), 0, engine.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
