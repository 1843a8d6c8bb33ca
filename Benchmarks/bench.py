#!/usr/bin/env python3
"""bench.py BINARY [--idle SECONDS] [--build]: Vigil's speed and memory, with the limits they must keep.

Machines differ and are noisy, so every time is also given as a ratio to a yardstick that is measured in
the same run: a fixed piece of Python work, and a bare durable commit of SQLite on the same disk.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ORDERS = 100_000


def yardstick():
    """CPU seconds of a fixed piece of work."""
    start = time.process_time()
    total = 0
    for number in range(5_000_000):
        total += number & 7
    return time.process_time() - start


def bare_commits(folder, count=200):
    """Seconds of durable commits of one row each, in order of their length."""
    database = sqlite3.connect(pathlib.Path(folder) / "bare.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE t (x TEXT)")
    times = []
    for _ in range(count):
        start = time.perf_counter()
        database.execute("INSERT INTO t VALUES ('row')")
        times.append(time.perf_counter() - start)
    database.close()
    return sorted(times)


def rehearsals(binary, folder, count=3):
    cards = []
    for number in range(count):
        state = pathlib.Path(folder) / f"day{number}"
        out = subprocess.run(
            [binary, "rehearse", "--accelerated", "--duration", "24h", "--seed", "1", "--config",
             ROOT / "config", "--state", state, "--format", "json"],
            capture_output=True, check=True, text=True,
        ).stdout
        cards.append(json.loads(out))
        shutil.rmtree(state)
    return cards


def checked(binary):
    """Median seconds of a whole `vigil check`."""
    times = []
    for _ in range(20):
        start = time.perf_counter()
        subprocess.run([binary, "check", ROOT / "config", "--strict"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def filled_state(binary, folder):
    """A ledger and a paper store of 100,000 filled orders that agree with each other."""
    state = pathlib.Path(folder) / "filled"
    subprocess.run(
        [binary, "rehearse", "--accelerated", "--duration", "1m", "--config", ROOT / "config",
         "--state", state], capture_output=True, check=True,
    )
    with sqlite3.connect(state / "ledger.sqlite") as ledger:
        run = ledger.execute("SELECT run_id FROM runs").fetchone()[0]
        terms = json.dumps({"limit": {"postOnly": True, "price": "100 USD", "quantity": "1",
                                      "timeInForce": {"goodTillCanceled": {}}}})
        for number in range(ORDERS):
            buys = number % 2 == 0
            key = f"v-bench-{number}"
            at = 1_700_000_000_000_000_000 + number * 1_000_000_000
            plan = ("0.03", "0.05", 86_400_000_000_000) if buys else (None, None, None)
            ledger.execute(
                "INSERT INTO intents VALUES (?,?,NULL,'BTC-USD',?,?,?,?,?,?,NULL,?)",
                (key, run, "buy" if buys else "sell", terms, None if buys else "max_hold", *plan, at),
            )
            ledger.execute("INSERT INTO orders VALUES (?,?,'filled',?)", (key, f"venue-{number}", at))
            for before, after, fact in (("intended", "submitting", "submitted"),
                                        ("submitting", "filled", "filled")):
                ledger.execute(
                    "INSERT INTO transitions (client_order_id, from_state, to_state, fact, at) "
                    "VALUES (?,?,?,?,?)", (key, before, after, fact, at),
                )
            ledger.execute(
                "INSERT INTO fills VALUES (NULL,?,?,?,'BTC-USD',?,'100','1','0 USD','maker','fill',?)",
                (f"bench-{number}", f"trade-{number}", key, "buy" if buys else "sell", at),
            )
    return state


class Daemon:
    def __init__(self, binary, folder, state):
        path = tempfile.mktemp(dir=folder)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(60)
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "run", "--mode", "paper", "--config", ROOT / "config", "--state", state],
            env=dict(os.environ, NOTIFY_SOCKET=path), stderr=subprocess.DEVNULL,
        )
        while "READY=1" not in self.socket.recv(4096).decode():
            pass
        self.ready = time.perf_counter() - start

    def listen(self, seconds):
        """Reads what the engine says, as a service manager does."""
        end = time.monotonic() + seconds
        self.socket.settimeout(0.5)
        while time.monotonic() < end:
            try:
                self.socket.recv(4096)
            except TimeoutError:
                pass

    def usage(self):
        """CPU seconds used and bytes held so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return cpu, int(fields[21]) * os.sysconf("SC_PAGESIZE")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)
        self.socket.close()


def build_cost(product):
    """CPU minutes of a clean release build."""
    scratch = tempfile.mkdtemp(prefix="vigil-build-")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["swift", "build", "-c", "release", "--scratch-path", scratch]
    subprocess.run(command + (["--product", product] if product else []),
                   cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    shutil.rmtree(scratch)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 60


def row(name, value, unit, limit, ratio=""):
    verdict = "ok" if value <= limit else "OVER"
    print(f"{name:<44} {value:9.2f} {unit:<8} limit {limit:7.2f}  {verdict:<5} {ratio}")
    return value <= limit


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--idle", type=int, default=60, help="seconds of idling that are measured")
    parser.add_argument("--build", action="store_true", help="measure clean builds as well")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    folder = tempfile.mkdtemp(prefix="vigil-bench-")
    good = True
    try:
        stick = yardstick()
        commit = statistics.median(bare_commits(folder))
        print(f"yardsticks: {stick:.2f} CPU-s of Python, {commit * 1e3:.2f} ms a bare durable commit")
        cards = rehearsals(binary, folder)
        cpu = statistics.median(card["cpu_seconds"] for card in cards)
        good &= row("24 h rehearsal, 8 products: CPU", cpu, "s", 5, f"{cpu / stick:.1f} yardsticks")
        peak = max(card["peak_rss_bytes"] for card in cards) / 1e6
        good &= row("24 h rehearsal: peak memory", peak, "MB", 96)
        worst = statistics.median(card["cycle_latency_worst_ms"] for card in cards)
        mean = statistics.median(card["cycle_latency_mean_ms"] for card in cards)
        print(f"{'decision cycle: mean, worst':<44} {mean:9.2f} {worst:.2f} ms  "
              f"{mean / 1e3 / commit:.1f}, {worst / 1e3 / commit:.1f} bare commits")

        check = checked(binary)
        good &= row("vigil check of the shipped files, whole process", check * 1e3, "ms", 20,
                    f"{check / stick:.3f} yardsticks")

        state = filled_state(binary, folder)
        times = []
        for _ in range(3):
            daemon = Daemon(binary, folder, state)
            times.append(daemon.ready)
            daemon.end()
        ready = statistics.median(times)
        good &= row(f"start to READY, {ORDERS} orders in the ledger", ready, "s", 1,
                    f"{ready / stick:.2f} yardsticks")

        daemon = Daemon(binary, folder, pathlib.Path(folder) / "idle")
        daemon.listen(2)
        before = daemon.usage()[0]
        daemon.listen(options.idle)
        after, resident = daemon.usage()
        daemon.end()
        share = (after - before) / options.idle * 100
        good &= row(f"idle daemon for {options.idle} s: CPU", share, "% core", 2)
        good &= row("idle daemon: memory", resident / 1e6, "MB", 64)

        if options.build:
            good &= row("clean release build of vigil", build_cost("vigil"), "CPU-min", 8)
            good &= row("clean release build of everything", build_cost(None), "CPU-min", 16)
    finally:
        shutil.rmtree(folder, True)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
