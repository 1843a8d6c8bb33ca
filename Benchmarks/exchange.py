#!/usr/bin/env python3
"""exchange.py BUILD-FOLDER [--smoke]: how much coinbase-sim serves, with the client on the same cores.

Figures are judged by their ratio to a yardstick of the same run: requests for the time, which cost sockets, TLS and
HTTP alone. `--smoke` does everything once, in small, and judges nothing.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import yardsticks

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests"))
from support import processes  # noqa: E402


class Venue:
    def __init__(self, build, *arguments, seconds="5"):
        self.seconds = seconds
        self.build = pathlib.Path(build)
        self.folder = tempfile.TemporaryDirectory(prefix="exchange-bench-")
        self.process = processes.begin(
            [self.build / "coinbase-sim", "--tls-dir", self.folder.name, "--port", "0", "--plain-port", "0",
             "--no-rate-limit", "--cash", "USD=1000000", *arguments], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("rest"):
                self.port = line.rsplit(":", 1)[1].split("/")[0]
            if line.startswith("ready"):
                return
        processes.end(self.process)
        raise SystemExit("coinbase-sim did not start")

    def load(self, mode, *arguments):
        said = subprocess.run([self.build / "coinbase-sim-load", mode, "--port", self.port, "--tls-dir",
                               self.folder.name, "--seconds", self.seconds, *arguments], capture_output=True, text=True, check=True).stdout
        result = json.loads(said)
        if result["failed"]:
            raise SystemExit(f"{mode}: {result['failed']} answers were not what was asked for")
        return result["per_second"]

    def resident(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate()[0]
        processes.end(self.process)
        if "books balanced" not in said:
            raise SystemExit(f"the books do not balance: {said}")
        self.folder.cleanup()


def main():
    smoke = "--smoke" in sys.argv[2:]
    report, loaded = yardsticks.Report(not smoke), "1" if smoke else "5"
    many, seconds = ("20", 2) if smoke else ("500", 20)
    memory = yardsticks.interpreter(1)[1]
    venue = Venue(sys.argv[1], "--products", "12", seconds=loaded)
    stick = venue.load("time", "--connections", "16")
    print(f"yardstick: {stick:,.0f} requests for the time a second, 16 connections, TLS, keep-alive")
    rate = venue.load("orders", "--connections", "16")
    report.row("authenticated orders, a token each, 16 connections", rate, "/s", rate / stick, "requests for the time", least=0.2)
    one = venue.load("orders", "--connections", "1")
    report.row("the same on one connection", one, "/s", one / stick, "requests for the time")
    venue.end()
    venue = Venue(sys.argv[1], "--products", "12", seconds=loaded)
    updates = venue.load("level2", "--connections", "100")
    report.row("level updates to 100 listeners, in total", updates, "/s", updates / stick, "requests for the time", least=2)
    venue.end()
    venue = Venue(sys.argv[1], "--products", many, seconds=loaded)
    time.sleep(seconds)
    held = venue.resident()
    report.row(f"memory with {many} products, {seconds} s", held, "MB", held * 1e6 / memory, "idle Pythons", most=16)
    venue.load("level2", "--connections", "10")
    held = venue.resident()
    report.row(f"memory with {many} products, 10 listeners", held, "MB", held * 1e6 / memory, "idle Pythons", most=16)
    venue.end()
    report.end()


main()
