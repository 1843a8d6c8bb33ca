#!/usr/bin/env python3
"""A LIVE engine under ThreadSanitizer: busy, killed and resumed, reloaded, asked, its feeds and requests broken.

`vigil` is the build of `./dev sanitize thread`, the venue is $COINBASE_SIM or the debug build's.
"""
import pathlib
import re
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import processes  # noqa: E402
from support.configs import HECTIC_SPEED, hectic_config  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402

FAULTS = [
    {"kind": "ws_close", "count": 2},
    {"kind": "ws_gap", "probability": 0.3, "count": 3},
    {"kind": "drop_after", "probability": 0.3},
    {"kind": "rate_limited", "probability": 0.2},
    {"kind": "latency", "ms": 300, "jitter_ms": 300},
    {"kind": "maintenance"},
]
# The engine runs several times slower than it is.
PATIENCE = 240


class Threads(unittest.TestCase):
    def test_no_two_threads_use_one_thing_at_once(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-threads-")))
        self.addCleanup(processes.end_all)
        sim = self.enterContext(Sim("--products", "10", "--speed", str(HECTIC_SPEED), "--no-rate-limit"))
        # One report must not end what would show the next.
        engine = Engine.at_venue("live", sim, folder, hectic_config(folder), "--speed", str(HECTIC_SPEED),
                                 environment={"TSAN_OPTIONS": "halt_on_error=0 exitcode=66"})
        self.addCleanup(engine.kill)
        self.watch(engine, lambda: engine.wait_for("FILL", PATIENCE))
        for fault in FAULTS:
            self.watch(engine, lambda: self.survive(sim, engine, fault))
        self.watch(engine, lambda: self.command(engine))
        code = engine.stop()
        reports = self.reports(engine)
        self.assertEqual(reports, [], engine.said()[-4000:])
        self.assertIn(code, (0, 1), "what the venue had not confirmed at the end is said, and is no race")

    def survive(self, sim, engine, fault):
        mark = engine.status().get("cycle", 0)
        sim.inject(**fault)
        engine.until(lambda status: status["cycle"] > mark + 2, PATIENCE)
        sim.clear()

    def command(self, engine):
        for request in ("status", "book BTC-USD", "metrics"):
            engine.ask(request)
        engine.send(signal.SIGHUP)
        engine.wait_for("CONFIG", PATIENCE)
        engine.send(signal.SIGUSR1)
        engine.until(lambda status: status["killed"], PATIENCE)
        self.assertEqual(vigil("resume", "--state", engine.state, "--reason", "tested").returncode, 0)
        engine.until(lambda status: not status["killed"], PATIENCE)

    def watch(self, engine, step):
        """A step, and what was reported until its end."""
        step()
        self.assertEqual(self.reports(engine), [])

    @staticmethod
    def reports(engine):
        said = engine.said()
        return [said[found.start():found.start() + 2500] for found in re.finditer("WARNING: ThreadSanitizer", said)][:3]


if __name__ == "__main__":
    unittest.main(verbosity=2)
