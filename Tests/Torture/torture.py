#!/usr/bin/env python3
"""Kills a LIVE engine at every moment it can be killed at, breaks its venue, and compares the books after it.

One venue (coinbase-sim) and one ledger live through all of it. A round is a few kills, each with its own way to die
and perhaps a fault of the venue; then the engine is let settle, ends in order, and the venue's truth is compared with
the ledger: orders, fills, positions and cash, to the last unit. The last line is what it comes to.
"""
import argparse
import collections
import contextlib
import fcntl
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VIGIL_TORTURE_BUILD", ROOT / ".build/torture/release")).resolve()
os.environ.setdefault("VIGIL", str(BUILD / "vigil"))
os.environ.setdefault("COINBASE_SIM", str(BUILD / "coinbase-sim"))
sys.path.insert(0, str(ROOT / "Tests"))
from support.books import Ledger, compare  # noqa: E402
from support.clock import Clock  # noqa: E402
from support.configs import HECTIC_SPEED, hectic_config  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402

POINTS = ["any"] * 6 + [
    "effect", "ledger.before", "ledger.commit", "ledger.after", "audit.before", "submit.before", "submit.after",
    "cancel.before", "cancel.after", "list.after", "lookup.after", "report", "start.begun", "start.truth",
    "start.recovered",
]
SYSCALLS = ["fdatasync", "fsync", "pwrite64", "write", "sendto", "recvfrom", "poll", "connect", "openat", "rename"]
FAULTS = [
    {"kind": "server_error", "endpoint": "POST /orders", "status": 502, "probability": 0.3},
    {"kind": "server_error", "endpoint": "POST /orders", "status": 503, "executed": True, "probability": 0.3},
    {"kind": "server_error", "endpoint": "POST /orders/batch_cancel", "status": 500, "probability": 0.4},
    {"kind": "drop_before", "endpoint": "POST /orders", "probability": 0.3},
    {"kind": "drop_after", "endpoint": "POST /orders", "probability": 0.4},
    {"kind": "drop_mid_body", "endpoint": "POST /orders", "probability": 0.3},
    {"kind": "drop_after", "endpoint": "POST /orders/batch_cancel", "probability": 0.4},
    {"kind": "drop_after", "endpoint": "/orders/*", "probability": 0.2},
    {"kind": "drop_mid_body", "endpoint": "/orders/*", "probability": 0.2},
    {"kind": "latency", "endpoint": "POST /orders", "ms": 300, "jitter_ms": 300},
    {"kind": "rate_limited", "endpoint": "POST /orders", "probability": 0.3},
    {"kind": "rate_limited", "endpoint": "/orders/*", "probability": 0.2},
    {"kind": "fill_lag", "ms": 700},
    {"kind": "fail_after_accept", "probability": 0.3, "count": 3, "ms": 50},
    {"kind": "cancel_fills", "probability": 0.5, "count": 3},
    {"kind": "cancel_refused", "probability": 0.5, "count": 5},
    {"kind": "odd_rows"},
    {"kind": "odd_rows"},
    {"kind": "ws_close", "count": 1},
    {"kind": "ws_missing", "probability": 0.1, "count": 5},
    {"kind": "ws_reorder", "probability": 0.2, "count": 5},
    {"kind": "ws_duplicate", "probability": 0.3},
    {"kind": "maintenance", "for_s": 1},
    {"kind": "clock_skew", "ms": 9000},
]


class Disk:
    """A small disk of its own for the state directory, whose power can be cut and that can be filled."""

    # EXT4_IOC_SHUTDOWN, without writing the journal out: what is not on the disk by now never gets there.
    SHUTDOWN, NO_FLUSH = 0x8004587D, 2

    def __init__(self, folder):
        self.image, self.path = folder / "disk.img", folder / "disk"
        self.path.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(256 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True, capture_output=True)
        self.mount()
        (self.path / "state").mkdir()
        (folder / "state").symlink_to(self.path / "state")

    @staticmethod
    def of(folder):
        """The disk, where this machine lets us have one."""
        try:
            return Disk(folder) if os.geteuid() == 0 else None
        except (OSError, subprocess.CalledProcessError):
            return None

    def mount(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.path], check=True, capture_output=True)

    def cut(self):
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, self.SHUTDOWN, struct.pack("I", self.NO_FLUSH))
        finally:
            os.close(handle)

    def restore(self):
        self.end()
        self.mount()

    def end(self):
        for _ in range(100):
            if subprocess.run(["umount", self.path], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.path} is still in use")

    def fill(self):
        room = os.statvfs(self.path)
        try:
            with open(self.path / "balloon", "wb") as balloon:
                os.posix_fallocate(balloon.fileno(), 0, room.f_bavail * room.f_frsize)
                while True:
                    balloon.write(b"x" * 4096)
                    balloon.flush()
        except OSError:
            pass

    def drain(self):
        (self.path / "balloon").unlink(missing_ok=True)


class Network:
    """The way to the venue, which can be broken: rules on the loopback of a network of our own."""

    WAYS = ["loss", "hole", "reset", "stall", "cut"]

    @staticmethod
    def of():
        """The network, where this machine lets us have one."""
        if os.environ.get("VIGIL_TORTURE_NET") != "own":
            return None
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        works = subprocess.run(["iptables", "-L"], capture_output=True).returncode == 0
        return Network() if works else None

    @staticmethod
    def enter():
        """Begins anew in a network of our own, where that can be had; the kernel forgets it with us."""
        if "VIGIL_TORTURE_NET" in os.environ or os.geteuid() != 0:
            return
        can = shutil.which("iptables") and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
        os.environ["VIGIL_TORTURE_NET"] = "own" if can else "none"
        if can:
            os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])

    def spoil(self, port, way):
        def rule(chain, side, *rest):
            subprocess.run(["iptables", "-A", chain, "-i" if chain == "INPUT" else "-o", "lo", "-p", "tcp", side, str(port),
                            *rest], check=True, capture_output=True)
        if way == "loss":
            rule("INPUT", "--sport", "-m", "statistic", "--mode", "random", "--probability", "0.2", "-j", "DROP")
        if way in ("hole", "cut"):
            rule("INPUT", "--dport", "-j", "DROP")
        if way == "cut":  # what the venue does is done; what it says of it is not heard
            rule("INPUT", "--sport", "-j", "DROP")
        if way == "reset":
            rule("OUTPUT", "--dport", "-j", "REJECT", "--reject-with", "tcp-reset")
        if way == "stall":
            rule("INPUT", "--sport", "-m", "connbytes", "--connbytes", "20000:", "--connbytes-dir", "both",
                 "--connbytes-mode", "bytes", "-j", "DROP")

    def mend(self):
        subprocess.run(["iptables", "-F"], check=True)


def start(sim, folder, config, point=None, syscall=None, environment=None):
    """A LIVE engine that dies at a point, or at a call of the system."""
    # A kill must not be softened by a tracer that outlives it, so strace itself is told to kill.
    wrap = []
    if syscall:
        name, count = syscall
        wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}",
                "-e", f"inject={name}:signal=SIGKILL:when={count}"]
    return Engine.at_venue("live", sim, folder, config, "--speed", HECTIC_SPEED, wrap=wrap,
                           environment={**({"VIGIL_TORTURE": point} if point else {}), **(environment or {})})


class Torture:
    def __init__(self, kills, seed):
        self.kills, self.random = kills, random.Random(seed)
        self.done, self.starts, self.disk, self.clock = 0, [], None, None
        self.network = Network.of()
        self.ways, self.world, self.wrong = collections.Counter(), collections.Counter(), []

    def run(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="vigil-torture-"))
        config = hectic_config(folder)
        self.disk, self.clock = Disk.of(folder), Clock.of(folder)
        with Sim("--products", "10", "--speed", HECTIC_SPEED, "--depth", "20", "--no-rate-limit", "--seed",
                 self.random.randrange(1, 1000), "--journal", folder / "sim/journal.jsonl", keep=str(folder / "sim")) as sim:
            while self.done < self.kills and not self.wrong:
                for _ in range(min(self.random.randrange(5, 15), self.kills - self.done)):
                    self.one(sim, folder, config)
                self.settle(sim, folder, config)
        return folder

    def one(self, sim, folder, config):
        """One start and one kill, perhaps with a fault of the venue meanwhile."""
        ways = ["time", "point", "point", "syscall", "pause"] + (["power", "full"] if self.disk else [])
        way = self.random.choice(ways)
        point = f"{self.random.choice(POINTS)}:{self.random.choice([1, 2, 3, 5, 8, 13, 40, 120, 300])}"
        name = self.random.choice(SYSCALLS)
        syscall = (name, self.random.choice([1, 3, 10, 30, 60, 100, 200]))
        fault = self.random.choice(FAULTS) if self.random.random() < 0.5 else None
        if fault:
            sim.control("POST", "faults", fault)
        world = self.random.choice(self.world_ways()) if self.random.random() < 0.3 else None
        offset = self.random.choice([0] + Clock.JUMPS)
        engine = start(sim, folder, config, point if way == "point" else None, syscall if way == "syscall" else None,
                       self.clock.environment(offset) if world == "clock" else {})
        if world:
            self.turn(world, sim, engine)
        if way == "pause":
            engine.run_for(self.random.uniform(0.2, 2))
            if engine.process.poll() is None:
                os.killpg(engine.process.pid, signal.SIGSTOP)
                time.sleep(self.random.uniform(0.5, 3))
                os.killpg(engine.process.pid, signal.SIGCONT)
        engine.run_for(self.random.uniform(0.3, 3))
        if way == "power":
            self.disk.cut()
            engine.run_for(self.random.uniform(0, 0.3))
        if way == "full":
            self.disk.fill()
            engine.run_for(self.random.uniform(0.2, 2))
            if self.random.random() < 0.5:
                self.disk.drain()
                engine.run_for(self.random.uniform(0.2, 2))
        self.ways[way + ("" if engine.process.poll() is None else ", by itself")] += 1
        if engine.ready and not fault and not world and way != "syscall":
            self.starts.append(engine.ready)
        engine.kill()
        if way == "power":
            self.disk.restore()
        if way == "full":
            self.disk.drain()
        if self.network:
            self.network.mend()
        sim.clear()
        self.done += 1

    def world_ways(self):
        return ["exchange", "lock", "lock"] + ["clock"] * bool(self.clock) + (Network.WAYS if self.network else [])

    def turn(self, world, sim, engine):
        """Lets something happen around the engine: the venue crashes, the network fails, the clock jumps."""
        engine.run_for(self.random.uniform(0.2, 2.5))
        if world == "exchange":
            sim.crash(self.random.uniform(0.1, 1.5))
        elif world == "clock":
            self.clock.jump(self.random.choice(Clock.JUMPS))
        elif world == "lock":
            self.lock(engine)
        else:
            self.network.spoil(sim.secure, world)
            engine.run_for(self.random.uniform(0.2, 2.5))
            if self.random.random() < 0.5:
                self.network.mend()
        self.world[world] += 1

    def lock(self, engine):
        """Another program holds the ledger, as a backup tool does: for moments, or for seconds."""
        for _ in range(self.random.randrange(1, 4)):
            try:
                with contextlib.closing(sqlite3.connect(f"file:{engine.state}/ledger.sqlite?mode=rw", uri=True, timeout=0,
                                                        isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    engine.run_for(self.random.choice([0.02, 0.1, 0.4, 2, 5]))
            except sqlite3.OperationalError:
                engine.run_for(0.1)

    def settle(self, sim, folder, config):
        """A start without faults, until nothing is open; an end in order; the comparison."""
        engine = start(sim, folder, config)
        ready = engine.wait_ready()
        self.starts.append(ready or 99)
        ledger, end = Ledger(folder / "state"), time.monotonic() + 20
        while time.monotonic() < end and any(state == "unknown" for _, state in ledger.open_orders()):
            time.sleep(0.1)
        time.sleep(self.random.uniform(0.5, 2))
        code = engine.stop()
        if code != 0 or ready is None:
            self.wrong.append(f"the settling run ended with {code}, ready after {ready}")
        audit = vigil("audit", "verify", "--state", folder / "state")
        if audit.returncode != 0:
            self.wrong.append(f"audit: {audit.stdout}{audit.stderr}")
        self.wrong += compare(sim, folder)

    def report(self, folder):
        ledger = Ledger(folder / "state")
        orders, fills, unknown = (ledger.rows(sql)[0][0] for sql in (
            "SELECT COUNT(*) FROM orders", "SELECT COUNT(*) FROM fills",
            "SELECT COUNT(DISTINCT client_order_id) FROM transitions WHERE to_state = 'unknown'"))
        print(f"{orders} orders, {fills} fills, {unknown} fates unknown for a time")
        print("settled as", dict(ledger.rows(
            "SELECT to_state || CASE evidence WHEN '' THEN '' ELSE ' by look-up' END, COUNT(*) FROM transitions "
            "WHERE from_state = 'unknown' GROUP BY 1")))
        for line in self.wrong:
            print(line)
        count = {kind: sum(line.startswith(kind) for line in self.wrong) for kind in ("duplicate", "lost", "doubled", "drift")}
        other = len(self.wrong) - sum(count.values())
        slow = sum(start > 2 for start in self.starts)
        print(f"ways to die: {dict(self.ways)}")
        print(f"around it: {dict(self.world)}")
        for name, there in [("disk", self.disk), ("network", self.network), ("clock", self.clock)]:
            if not there:
                print(f"without a {name} of its own, which this machine does not give: nothing was tried there")
        print(f"{len(self.starts)} starts at a venue without faults, the slowest ready after {max(self.starts):.2f} s, {slow} above 2 s")
        if other:
            print(f"{other} other findings; everything is kept in {folder}")
        print(f"torture: {self.done} kills, {count['duplicate']} duplicates, {count['lost'] + count['doubled']} lost, "
              f"{count['drift']} drift")
        if self.disk and not self.wrong:
            self.disk.end()
        if not self.wrong:
            shutil.rmtree(folder, True)
        # How long a start takes is the machine's as well as ours: it is told, and judged by `./dev bench`.
        return 1 if self.wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    Network.enter()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 30)
    print(f"seed {seed}")
    torture = Torture(arguments.kills, seed)
    sys.exit(torture.report(torture.run()))
