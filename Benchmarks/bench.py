#!/usr/bin/env python3
"""bench.py BINARY FEED-BENCH [--idle SECONDS] [--build] [--smoke]: Vigil's speed and memory, against yardsticks.

Machines differ and are noisy: a time is judged by its ratio to a yardstick that is measured in the same run. `--smoke`
does everything once, in small, and judges nothing.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests"))
import yardsticks  # noqa: E402


def rehearsals(binary, folder, hours, count):
    cards = []
    for number in range(count):
        state = pathlib.Path(folder) / f"day{number}"
        out = subprocess.run(
            [binary, "rehearse", "--accelerated", "--duration", f"{hours}h", "--seed", "1", "--config",
             ROOT / "config", "--state", state, "--format", "json"],
            capture_output=True, check=True, text=True,
        ).stdout
        cards.append(json.loads(out))
        shutil.rmtree(state)
    return cards


def filled_state(binary, filler, folder, orders):
    """A ledger of so many filled orders, written by the product's own code, and a paper store that agrees with it."""
    state = pathlib.Path(folder) / "filled"
    subprocess.run(
        [binary, "rehearse", "--accelerated", "--duration", "1m", "--config", ROOT / "config", "--state", state],
        capture_output=True, check=True,
    )
    subprocess.run([filler, "fill", "--state", state, "--orders", str(orders)], check=True)
    return state


def start(folder, state):
    from support.engine import Engine

    engine = Engine.embedded(folder, ROOT / "config", state=state)
    ready = engine.heard("READY=1", 120)
    if ready is None:
        raise SystemExit(f"the engine did not start: {engine.said()}")
    return engine, ready


def usage(engine):
    """CPU seconds used and bytes held so far."""
    fields = pathlib.Path(f"/proc/{engine.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return cpu, int(fields[21]) * os.sysconf("SC_PAGESIZE")


def listen(engine, seconds):
    """Reads what the engine says, as a service manager does."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        engine.heard("nothing of the kind", min(0.5, max(0, limit - time.monotonic())))


def build_cost(product):
    """CPU seconds of a clean release build."""
    with tempfile.TemporaryDirectory(prefix="vigil-build-") as scratch:
        command = ["swift", "build", "-c", "release", "--scratch-path", scratch]
        os.chdir(ROOT)
        return yardsticks.cpu_of(command + (["--product", product] if product else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("filler", help="vigil-feed-bench")
    parser.add_argument("--idle", type=int, default=60, help="seconds of idling that are measured")
    parser.add_argument("--build", action="store_true", help="measure clean builds as well")
    parser.add_argument("--smoke", action="store_true", help="everything once, in small, nothing judged")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    os.environ["VIGIL"] = binary
    hours, count, orders, idle = (1, 1, 1_000, 2) if options.smoke else (24, 3, 100_000, options.idle)
    report = yardsticks.Report(not options.smoke)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        stick = yardsticks.work()
        commit = statistics.median(yardsticks.commits(folder))
        bare, memory = yardsticks.interpreter()
        print(f"yardsticks: {stick:.2f} CPU-s of Python work, {commit * 1e3:.2f} ms a bare durable commit, an idle Python "
              f"of {bare * 1e3:.0f} CPU-ms and {memory / 1e6:.1f} MB")
        cards = rehearsals(binary, folder, hours, count)
        cpu = statistics.median(card["cpu_seconds"] for card in cards)
        report.row(f"{hours} h rehearsal, 8 products: CPU", cpu, "s", cpu / stick, "Python works", most=20)
        peak = max(card["peak_rss_bytes"] for card in cards)
        report.row(f"{hours} h rehearsal: peak memory", peak / 1e6, "MB", peak / memory, "idle Pythons", most=8)
        for name in ("mean", "worst"):
            spent = statistics.median(card[f"cycle_latency_{name}_ms"] for card in cards)
            report.row(f"decision cycle, {name}", spent, "ms", spent / 1e3 / commit, "bare commits")
        check = statistics.median(yardsticks.cpu_of([binary, "check", ROOT / "config", "--strict"])
                                  for _ in range(1 if options.smoke else 20))
        report.row("vigil check of the shipped files, whole process", check * 1e3, "CPU-ms", check / bare, "idle Pythons", most=6)

        state = filled_state(binary, options.filler, folder, orders)
        times = []
        for _ in range(count):
            engine, ready = start(folder, state)
            times.append(ready)
            engine.stop()
        ready = statistics.median(times)
        report.row(f"start to READY, {orders:,} orders in the ledger", ready, "s", ready / stick, "Python works", most=5)

        engine, _ = start(folder, pathlib.Path(folder) / "idle")
        listen(engine, 2)
        before = usage(engine)[0]
        listen(engine, idle)
        after, resident = usage(engine)
        engine.stop()
        spent = (after - before) / idle * 60
        report.row(f"idle daemon for {idle} s: CPU a minute", spent, "s", spent / stick, "Python works", most=6)
        report.row("idle daemon: memory", resident / 1e6, "MB", resident / memory, "idle Pythons", most=7)

        if options.build:
            for product in ("vigil", None):
                spent = build_cost(product)
                report.row(f"clean release build of {product or 'everything'}", spent / 60, "CPU-min", spent / stick,
                           "Python works", most=3_000)
    report.end()


if __name__ == "__main__":
    main()
