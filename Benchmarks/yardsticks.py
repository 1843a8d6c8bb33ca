"""What the machine does of things that are not ours: measured in each run, for all figures to be compared with.

A figure alone says as much of the machine as of Vigil. So limits are ratios, and only they can fail a bench.
"""
import pathlib
import resource
import sqlite3
import statistics
import subprocess
import sys
import time


def work():
    """CPU seconds of a fixed piece of Python work; the best of three, as others may be at work here."""
    def once():
        start, total = time.process_time(), 0
        for number in range(5_000_000):
            total += number & 7
        return time.process_time() - start
    return min(once() for _ in range(3))


def commits(folder, count=200):
    """Seconds of durable commits of one row each, in order of their length."""
    database = sqlite3.connect(pathlib.Path(folder) / "bare.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS t (x TEXT)")
    times = []
    for _ in range(count):
        start = time.perf_counter()
        database.execute("INSERT INTO t VALUES ('row')")
        times.append(time.perf_counter() - start)
    database.close()
    return sorted(times)


def cpu_of(command):
    """CPU seconds of a process, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def interpreter(count=11):
    """CPU seconds of a Python process that does nothing, and the bytes it holds."""
    spent = statistics.median(cpu_of([sys.executable, "-c", "pass"]) for _ in range(count))
    pages = subprocess.run([sys.executable, "-c", "print(open('/proc/self/statm').read().split()[1])"], check=True,
                           capture_output=True, text=True).stdout
    return spent, int(pages) * resource.getpagesize()


class Report:
    """The rows of a bench: a figure, how many yardsticks it is, how many it may be at most or at least."""

    def __init__(self, is_judged):
        self.is_judged, self.good = is_judged, True

    def row(self, name, value, unit, ratio, yardstick, most=None, least=None):
        good = (most is None or ratio <= most) and (least is None or ratio >= least)
        bound = f"at most {most:g}" if most is not None else f"at least {least:g}" if least is not None else ""
        verdict = "" if not bound else "not judged" if not self.is_judged else "ok" if good else "MISSED"
        print(f"{name:<50} {value:12,.2f} {unit:<8} = {ratio:9,.3f} {yardstick:<26} {bound:<16} {verdict}", flush=True)
        self.good &= good or not self.is_judged

    def end(self):
        raise SystemExit(0 if self.good else 1)
