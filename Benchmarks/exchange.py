#!/usr/bin/env python3
"""exchange.py BUILD-FOLDER: how much coinbase-sim serves, with the client on the same cores.

The last column is a ratio to a yardstick of the same run: requests for the time, which cost sockets, TLS
and HTTP alone.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time


class Venue:
    def __init__(self, build, *arguments):
        self.build = pathlib.Path(build)
        self.folder = tempfile.TemporaryDirectory(prefix="exchange-bench-")
        self.process = subprocess.Popen(
            [self.build / "coinbase-sim", "--tls-dir", self.folder.name, "--port", "0", "--plain-port", "0",
             "--no-rate-limit", "--cash", "USD=1000000", *arguments], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("rest"):
                self.port = line.rsplit(":", 1)[1].split("/")[0]
            if line.startswith("ready"):
                return
        raise SystemExit("coinbase-sim did not start")

    def load(self, mode, *arguments):
        said = subprocess.run([self.build / "coinbase-sim-load", mode, "--port", self.port, "--tls-dir",
                               self.folder.name, *arguments], capture_output=True, text=True, check=True).stdout
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
        if "books balanced" not in said:
            raise SystemExit(f"the books do not balance: {said}")
        self.folder.cleanup()


def row(name, value, unit, limit, ratio, least=True):
    good = value >= limit if least else value <= limit
    print(f"{name:<52} {value:10,.0f} {unit:<5} {'least' if least else 'most '} {limit:7,}  "
          f"{'ok' if good else 'MISSED':<6} {ratio}")
    return good


def main():
    venue = Venue(sys.argv[1], "--products", "12")
    stick = venue.load("time", "--connections", "16")
    print(f"yardstick: {stick:,.0f} requests for the time a second, 16 connections, TLS, keep-alive")
    rate = venue.load("orders", "--connections", "16")
    good = row("authenticated orders, a token each, 16 connections", rate, "/s", 5_000, f"{rate / stick:.3f}")
    one = venue.load("orders", "--connections", "1")
    print(f"{'the same on one connection':<52} {one:10,.0f} /s")
    venue.end()
    venue = Venue(sys.argv[1], "--products", "12")
    updates = venue.load("level2", "--connections", "100")
    good &= row("level updates to 100 listeners, in total", updates, "/s", 50_000, f"{updates / stick:.2f}")
    venue.end()
    venue = Venue(sys.argv[1], "--products", "500")
    time.sleep(20)
    good &= row("memory with 500 products, 20 s", venue.resident(), "MB", 150, "", least=False)
    venue.load("level2", "--connections", "10")
    good &= row("memory with 500 products, 10 listeners", venue.resident(), "MB", 150, "", least=False)
    venue.end()
    raise SystemExit(0 if good else 1)


main()
