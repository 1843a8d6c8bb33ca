#!/usr/bin/env python3
"""What the command line says to words that it does not know, and that it hears those it was given."""
import fcntl
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED, VIGIL  # noqa: E402
from support import processes  # noqa: E402
from support.clock import preload  # noqa: E402
from support.configs import busy_config  # noqa: E402
from support.processes import eventually, vigil  # noqa: E402
from support.sim import Sim  # noqa: E402


class Words(unittest.TestCase):
    def test_a_command_that_is_none_is_told_with_what_was_meant(self):
        for words, meant in ((["statsu"], "did you mean `vigil status`?"), (["audit", "verfy"], "did you mean `vigil audit verify`?"),
                             (["ledger", "bakup"], "did you mean `vigil ledger backup`?"), (["frobnicate"], "`vigil` has no command `frobnicate`\n")):
            said = vigil(*words)
            self.assertEqual(said.returncode, 64, said.stderr)
            self.assertIn(meant, said.stderr)
            self.assertIn("its commands are", said.stderr)
        for words in (["help", "run"], ["--help"], ["status", "--help"], ["help"]):
            self.assertEqual(vigil(*words).returncode, 0, words)

    def test_a_library_that_moves_the_environment_takes_no_argument_away(self):
        with tempfile.TemporaryDirectory() as folder:
            library = preload("environ", folder)
            if library is None:
                self.skipTest("no compiler here")
            said = subprocess.run([VIGIL, "check", SHIPPED, "--format", "json"], capture_output=True, text=True, timeout=60,
                                  env={**os.environ, "LD_PRELOAD": str(library)})
            self.assertEqual((said.returncode, said.stderr), (0, ""))
            self.assertTrue(said.stdout.startswith("{"), said.stdout[:200])
            empty = subprocess.run([VIGIL, "why", "", "--state", folder], capture_output=True, text=True, timeout=60,
                                   env={**os.environ, "LD_PRELOAD": str(library)})
            self.assertIn("`` is no product", empty.stderr)

    def test_a_full_pipe_holds_up_nothing(self):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        self.nobody_reads(reading, writing)

    def test_a_terminal_that_nobody_reads_holds_up_nothing(self):
        # It may say that there is room while there is none for a line.
        self.nobody_reads(*pty.openpty())

    def nobody_reads(self, reading, writing):
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 50)
        except BlockingIOError:
            os.set_blocking(writing, True)
        with tempfile.TemporaryDirectory() as folder:
            state = pathlib.Path(folder) / "state"
            engine = processes.begin([VIGIL, "run", "--mode", "paper", "--venue", "embedded", "--seed", "2", "--config", busy_config(folder),
                                      "--state", state], stdout=subprocess.DEVNULL, stderr=writing)
            try:
                def cycle():
                    said = vigil("status", "--state", state, "--format", "json")
                    return json.loads(said.stdout).get("cycle") or 0 if said.returncode == 0 else 0

                eventually(lambda: cycle() >= 2, 60)
                self.assertEqual(vigil("kill", "--reason", "a test", "--state", state).returncode, 0)
                engine.terminate()
                self.assertEqual(engine.wait(30), 0)
            finally:
                processes.end(engine)
                os.close(reading)
                os.close(writing)

    def test_a_venue_that_goes_faster_is_checked_in_its_own_time(self):
        with Sim("--products", "2", "--speed", "120") as sim:
            there = ["venue", "check", "--endpoint", f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca]
            # It begins in our time, and is ahead by two seconds after a sixtieth of one.
            told = vigil(*there, "--speed", "120")
            self.assertEqual(told.returncode, 0, told.stdout)
            wrong = vigil(*there)
            self.assertIn("the clocks differ", wrong.stdout + wrong.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
