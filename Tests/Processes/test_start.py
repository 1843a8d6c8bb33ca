#!/usr/bin/env python3
"""A start whose venue is down, an engine that stands still, clients that say nothing: a kill reaches each of them.

`vigil` is the release binary, the venue is $COINBASE_SIM or the debug build's.
"""
import contextlib
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED  # noqa: E402
from support import processes  # noqa: E402
from support.books import Ledger  # noqa: E402
from support.configs import busy_config  # noqa: E402
from support.engine import Engine, until  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402


class Start(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-start-")))
        self.addCleanup(processes.end_all)
        self.state = self.folder / "state"

    def at_a_venue_that_is_down(self):
        """An engine beside a venue that has just died, and the venue."""
        sim = self.enterContext(Sim("--products", "3", "--seed", "5", "--no-rate-limit", "--journal",
                                    self.folder / "journal", keep=str(self.folder / "sim")))
        sim.process.kill()
        sim.process.wait()
        engine = Engine.at_venue("paper", sim, self.folder, busy_config(self.folder), notify=True)
        self.addCleanup(engine.kill)
        engine.wait_for("waiting for the venue, nothing trades: the venue does not answer: GET ")
        return engine, sim

    def test_while_the_venue_is_down_the_engine_can_be_asked_and_killed_and_trades_when_it_is_back(self):
        engine, sim = self.at_a_venue_that_is_down()
        self.assertIsNotNone(engine.heard("READY=1\nSTATUS=waiting for the venue"))
        self.assertIsNotNone(engine.heard("WATCHDOG=1"), "a service manager would take the wait for a hang")
        self.assertIn("waits for", vigil("status", "--state", self.state).stdout)
        self.assertEqual(engine.status()["killed"], False)
        said = vigil("kill", "--state", self.state, "--reason", "not tonight")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(engine.status()["killed"], True)
        self.assertIn("still starting", vigil("resume", "--state", self.state, "--reason", "x").stderr)
        sim.begin("--port", str(sim.secure), "--plain-port", str(sim.plain), "--resume")
        status = until(self.state, lambda status: status["cycle"] > 1, 90)
        self.assertEqual(status["killed"], True)
        self.assertIn("not tonight", [halt["detail"] for halt in status["halts"] if halt["reason"] == "kill"][0])
        self.assertEqual(engine.stop(), 0)

    def test_a_start_that_waits_ends_at_once_and_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                engine, sim = self.at_a_venue_that_is_down()
                self.assertEqual(engine.stop(number), 0)
                self.assertIn("stopped before the start was complete; this run has traded nothing", engine.said())
                sim.begin("--port", str(sim.secure), "--plain-port", str(sim.plain), "--resume")
                sim.stop()
                self.folder = self.folder / "again"
                self.folder.mkdir()

    def test_an_end_before_the_start_is_complete_says_what_may_be_open(self):
        sim = self.enterContext(Sim("--products", "8", "--seed", "5", "--no-rate-limit", keep=str(self.folder / "sim")))
        config = busy_config(self.folder)

        def start():
            engine = Engine.at_venue("paper", sim, self.folder, config, key=False, notify=True)
            self.addCleanup(engine.kill)
            return engine
        engine = start()
        # Nobody trades: what is bought rests until somebody looks.
        sim.inject("still_market")
        until(self.state, lambda status: [order for order in status["open_orders"]
                                          if order["side"] == "buy" and order["state"] == "open"], 120)
        engine.kill()
        sim.process.kill()
        sim.process.wait()
        left = Ledger(self.state).rows(
            "SELECT client_order_id FROM orders JOIN intents USING (client_order_id) WHERE side = 'buy' "
            "AND state IN ('submitting', 'open', 'partially_filled', 'unknown')")
        self.assertTrue(left)
        engine = start()
        engine.wait_for("waiting for the venue, nothing trades")
        self.assertEqual(engine.status()["open_entries_at_venue"], len(left))
        self.assertEqual(engine.stop(), 1)
        self.assertIn(f"by the ledger these entries may be open at the venue, look there: {left[0][0]}", engine.said())

    def test_paper_books_whose_ledger_is_lost_are_not_begun_anew(self):
        engine = Engine.embedded(self.folder, SHIPPED)
        self.addCleanup(engine.kill)
        self.assertIsNotNone(engine.heard("READY=1"), engine.said())
        self.assertEqual(engine.stop(), 0)
        kept = self.accounts()
        for path in [*self.state.glob("ledger.sqlite*"), *self.state.glob("audit*/*"), *self.state.glob("**/*.jsonl")]:
            path.unlink(missing_ok=True)
        again = Engine.embedded(self.folder, SHIPPED)
        self.assertEqual(again.wait(), 4)
        self.assertRegex(again.said(), "there is no ledger at .* and the paper venue beside it has an account")
        self.assertFalse((self.state / "ledger.sqlite").exists())
        self.assertEqual(self.accounts(), kept)

    def accounts(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/paper.sqlite?mode=ro", uri=True)) as store:
            return store.execute("SELECT * FROM accounts").fetchall()

    def test_usr1_and_the_kill_file_reach_a_start_that_waits(self):
        engine, _ = self.at_a_venue_that_is_down()
        engine.send(signal.SIGUSR1)
        engine.wait_for("entries stopped before the start is complete: SIGUSR1")
        (self.state / "KILL_SWITCH").touch()
        engine.wait_for("entries stopped before the start is complete: the kill file")
        self.assertEqual(engine.stop(), 0)
        self.assertIn("SIGUSR1", (self.state / "kill.latch").read_text())

    def test_an_engine_that_stands_still_is_told_so_and_killed_when_it_goes_on(self):
        engine = Engine.embedded(self.folder, SHIPPED)
        self.assertIsNotNone(engine.heard("READY=1"), engine.said())
        engine.until(lambda status: status["cycle"] > 0, 120)
        engine.send(signal.SIGSTOP)
        self.assertIn("did not answer within 5 s", vigil("status", "--state", self.state).stderr)
        said = vigil("kill", "--state", self.state)
        self.assertNotEqual(said.returncode, 0)
        for words in ("did not answer within 2 s", f"sent to process {engine.process.pid}", "the kill file: written"):
            self.assertIn(words, said.stderr)
        engine.send(signal.SIGCONT)
        engine.until(lambda status: status["killed"])
        self.assertEqual(engine.stop(), 0)

    def test_a_kill_without_an_engine_is_there_at_the_next_start(self):
        said = vigil("kill", "--state", self.state)
        self.assertNotEqual(said.returncode, 0, "there is no state directory")
        self.assertIn("entries are NOT stopped", said.stderr)
        self.state.mkdir()
        said = vigil("kill", "--state", self.state)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("the next start begins with entries stopped", said.stderr)
        engine = Engine.embedded(self.folder, SHIPPED)
        engine.until(lambda status: status["killed"])
        self.assertEqual(engine.stop(), 0)

    def test_a_command_that_holds_the_state_directory_is_not_signaled(self):
        self.state.mkdir()
        # As `vigil ledger restore` does for a while.
        script = "import fcntl, os, sys, time; f = os.open(sys.argv[1] + '/.lock', os.O_RDWR | os.O_CREAT, 0o600); fcntl.flock(f, fcntl.LOCK_EX); " \
                 "open(sys.argv[1] + '/instance.pid', 'w').write(f'{os.getpid()}\\n'); print('held', flush=True); time.sleep(60)"
        holder = processes.begin([sys.executable, "-c", script, self.state], stdout=subprocess.PIPE, text=True)
        self.assertEqual(holder.stdout.readline(), "held\n")
        said = vigil("kill", "--state", self.state)
        self.assertIn("is no engine", said.stderr)
        self.assertIn("the next start begins with entries stopped", said.stderr)
        self.assertIsNone(holder.poll())

    def test_clients_that_say_nothing_keep_no_kill_waiting(self):
        engine = Engine.embedded(self.folder, SHIPPED)
        self.assertIsNotNone(engine.heard("READY=1"), engine.said())
        silent = [self.enterContext(socket.socket(socket.AF_UNIX)) for _ in range(8)]
        for client in silent:
            client.connect(str(self.state / "control"))
        # It waits for two seconds; one after another the silent ones would take sixteen.
        said = vigil("kill", "--state", self.state)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual(engine.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
