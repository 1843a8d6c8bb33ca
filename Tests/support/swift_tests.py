#!/usr/bin/env python3
"""swift_tests.py [--quick] [BINARY]: runs the Swift tests in lanes side by side, and prints the slowest thirty.

Inside a lane one test runs after the other, so that each test's time is its own. A lane is a process; what is in no
other lane is in the last one. `--quick` runs what is pure: no server, no simulated day.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / ".build/debug/vigilPackageTests.xctest"
SHOWN = 30

DAYS = r"^VigilEngineTests\.EngineSimulation/"
# By their names, which halves what they take.
FIRST_DAYS = DAYS + "`?a [a-l]"
ENGINE = ["VigilEngineTests", "VigilDaemonTests"]
SERVERS = ["VigilCoinbaseTests", "VigilExchangeServerTests", "VigilSimulationTests",
           "VigilMarketsTests"]
QUICK = [["VigilCoreTests"], ["VigilModelTests", "VigilCryptoTests", "VigilExchangeTests", "VigilConfigTests",
                              "VigilLedgerTests", "VigilTelemetryTests", "TidyTests"]]


def pattern(targets):
    return rf"^({'|'.join(targets)})\."


def times(stream):
    """Seconds of each test function of an event stream."""
    functions, begun, found = set(), {}, {}
    # Not splitlines(), to which characters within a text end a line as well.
    for line in filter(None, stream.read_text().split("\n")):
        record = json.loads(line)
        payload = record["payload"]
        if record["kind"] == "test" and payload["kind"] == "function":
            functions.add(payload["id"])
        elif record["kind"] == "event" and payload["kind"] == "testStarted":
            begun[payload["testID"]] = payload["instant"]["absolute"]
        elif record["kind"] == "event" and payload["kind"] == "testEnded" and payload["testID"] in functions:
            found[payload["testID"]] = payload["instant"]["absolute"] - begun[payload["testID"]]
    return found


# What became of a lane.
Done = collections.namedtuple("Done", "code said times seconds cpu")


def run(binary, choice, stream):
    began, said = time.monotonic(), stream.with_suffix(".said")
    with open(said, "w") as output:
        process = subprocess.Popen([binary, "--testing-library", "swift-testing", "--no-parallel",
                                    "--event-stream-output-path", stream, "--event-stream-version", "0", *choice],
                                   stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Done(process.returncode, said.read_text(), times(stream) if stream.exists() else {}, time.monotonic() - began,
                usage.ru_utime + usage.ru_stime)


def shown(name):
    """`Target.Suite/‹name›(…)/File.swift:1:1`, for people."""
    target, _, rest = name.partition(".")
    suite, _, test = re.sub(r"/[^/]*\.swift:\d+:\d+$", "", rest).partition("/")
    return f"{target:<24} {suite}: {test.replace('`', '')}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only what is pure")
    parser.add_argument("binary", nargs="?", default=BINARY)
    options = parser.parse_args()
    if options.quick:
        lanes = {" ".join(lane): ["--filter", pattern(lane)] for lane in QUICK}
    else:
        lanes = {"days of the engine": ["--filter", FIRST_DAYS],
                 "more days of the engine": ["--filter", DAYS, "--skip", FIRST_DAYS],
                 "the engine": ["--filter", pattern(ENGINE), "--skip", DAYS], "servers and markets": ["--filter", pattern(SERVERS)],
                 "all others": ["--skip", pattern(ENGINE + SERVERS)]}
    every, failed = {}, False
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        running = {pool.submit(run, options.binary, choice, pathlib.Path(folder) / str(number)): name
                   for number, (name, choice) in enumerate(lanes.items())}
        for done in concurrent.futures.as_completed(running):
            lane = done.result()
            # A lane that ran nothing has not passed.
            good = lane.code == 0 and len(lane.times) > 0
            if not good:
                print(lane.said)
            print(f"{'passed' if good else 'FAILED'}  {len(lane.times):4} tests in {lane.seconds:6.1f} s, {lane.cpu:6.1f} s of CPU: "
                  f"{running[done]}", flush=True)
            failed |= not good
            every.update(lane.times)
    print(f"\nthe slowest of {len(every)} tests")
    for name, seconds in sorted(every.items(), key=lambda row: -row[1])[:SHOWN]:
        print(f"{seconds:7.2f} s  {shown(name)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
