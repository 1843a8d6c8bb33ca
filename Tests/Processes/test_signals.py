#!/usr/bin/env python3
"""Signals reach a program whatever whoever started it had blocked: a service manager, a thread of a pool, a test."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import COINBASE_SIM, SHIPPED, VIGIL  # noqa: E402
from support import processes  # noqa: E402
from support.clock import preload  # noqa: E402
from support.engine import Engine  # noqa: E402


def block_everything():
    """Between fork and exec: the mask is inherited, and so is what a shell ignores in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


class Blocked(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-signals-")))
        self.addCleanup(processes.end_all)

    def test_coinbase_sim_ends_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                sim = processes.begin(
                    [COINBASE_SIM, "--tls-dir", self.folder / "tls", "--port", "0", "--plain-port", "0", "--products", "1"],
                    stdout=subprocess.PIPE, text=True, preexec_fn=block_everything)
                while not (line := sim.stdout.readline()).startswith("ready"):
                    self.assertTrue(line, "it ended before it was ready")
                sim.send_signal(number)
                said, _ = sim.communicate(timeout=60)
                self.assertEqual(sim.returncode, 0)
                self.assertIn("books balanced", said)

    def test_vigil_is_killed_resumed_told_and_stopped(self):
        engine = Engine.embedded(self.folder, SHIPPED, preexec_fn=block_everything)
        self.assertIsNotNone(engine.heard("READY=1"), engine.said())
        engine.send(signal.SIGUSR1)
        engine.until(lambda status: status["killed"])
        self.assertEqual(processes.vigil("resume", "--state", engine.state, "--reason", "tested").returncode, 0)
        engine.until(lambda status: not status["killed"])
        engine.send(signal.SIGHUP)
        engine.wait_for("CONFIG")
        self.assertEqual(engine.stop(), 0)

    def test_a_kill_passes_a_reload_that_takes_long(self):
        config = self.folder / "config"
        shutil.copytree(SHIPPED, config)
        engine = Engine.embedded(self.folder, config)
        self.assertIsNotNone(engine.heard("READY=1"), engine.said())
        # The most that a file may have, and the slowest to be told wrong.
        (config / "policy.yaml").write_text("risk:\n" + "".join(f"  k{i}: 1\n" for i in range(60_000)))
        engine.send(signal.SIGHUP)
        engine.send(signal.SIGUSR1)
        engine.wait_for(" CONFIG_CHECKED ")
        # Had the thread of the kill done both, it would have done them in the order of the signals.
        self.assertRegex(engine.said(), r"(?s) KILL .* CONFIG_CHECKED ")
        self.assertEqual(engine.stop(), 0)

    def test_kills_and_an_end_pass_a_configuration_that_hangs(self):
        library, hangs = preload("hang", self.folder), self.folder / "hangs"
        config = self.folder / "config"
        shutil.copytree(SHIPPED, config)
        for way in ["signal", "file", "socket"]:
            with self.subTest(way):
                folder = self.folder / way
                folder.mkdir()
                engine = Engine.embedded(
                    folder, config,
                    environment={"LD_PRELOAD": str(library), "HANG_NAME": "policy.yaml", "HANG_WHILE": str(hangs)})
                self.addCleanup(engine.kill)
                self.assertIsNotNone(engine.heard("READY=1"), engine.said())
                hangs.touch()
                engine.send(signal.SIGHUP)
                self.assertIsNotNone(engine.heard("RELOADING=1"))
                if way == "signal":
                    engine.send(signal.SIGUSR1)
                elif way == "file":
                    (engine.state / "KILL_SWITCH").touch()
                else:
                    self.assertTrue(engine.ask("kill at night")["ok"])
                engine.wait_for(" KILL ", 20)
                self.assertEqual(engine.stop(), 0, engine.said()[-2000:])
                self.assertNotIn(" CONFIG_CHECKED ", engine.said())
                hangs.unlink()

    def test_a_command_that_takes_long_can_be_ended(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                long = processes.begin(
                    [VIGIL, "rehearse", "--accelerated", "--duration", "9000h", "--config", SHIPPED, "--state",
                     self.folder / f"state-{number.name}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    preexec_fn=block_everything)
                # It is under way when its ledger is there.
                processes.eventually((self.folder / f"state-{number.name}/ledger.sqlite").exists)
                long.send_signal(number)
                self.assertEqual(long.wait(60), -number)


if __name__ == "__main__":
    unittest.main(verbosity=2)
