#!/usr/bin/env python3
"""Kills a LIVE engine at every moment it can be killed at, breaks its venue, and compares the books after it.

One venue (coinbase-sim) and one ledger live through all of it. A round is a few kills, each with its own way to die
and perhaps a fault of the venue; then the engine is let settle, ends in order, and the venue's truth is compared with
the ledger: orders, fills, positions and cash, to the last unit. The last line is what it comes to.
"""
import argparse
import collections
import contextlib
import decimal
import fcntl
import json
import os
import pathlib
import random
import re
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
os.environ.setdefault("COINBASE_SIM", str(BUILD / "coinbase-sim"))
sys.path[:0] = [str(ROOT / "Tests/Conformance"), str(ROOT / "Tests/Processes")]
from sim import Sim  # noqa: E402
from test_processes import busy_config  # noqa: E402

VIGIL = str(BUILD / "vigil")
SPEED = 10
decimal.getcontext().prec = 60

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
    {"kind": "ws_close", "count": 1},
    {"kind": "ws_missing", "probability": 0.1, "count": 5},
    {"kind": "ws_reorder", "probability": 0.2, "count": 5},
    {"kind": "ws_duplicate", "probability": 0.3},
    {"kind": "maintenance", "for_s": 1},
    {"kind": "clock_skew", "ms": 9000},
]


def configuration(folder):
    """Enters and leaves all the time, in small sizes."""
    target = pathlib.Path(busy_config(folder, patient=False))
    changes = {
        "app.yaml": [
            ("mode: PAPER", "mode: LIVE"),
            (r"\Z", "\nacknowledged: [V0193, V0176]\nexchange:\n  rate_limit:\n    private: 30\n    public: 10\n"),
        ],
        "policy.yaml": [
            ("maker_fee_bps: 60", "maker_fee_bps: 1"), ("taker_fee_bps: 120", "taker_fee_bps: 2"),
            ("min_position_size_pct: .*", "min_position_size_pct: 0.01"),
            ("max_order_usd: .*", "max_order_usd: 60\n  allow_pyramiding: true\n  max_pyramid_positions: 100"),
            ("max_open_positions: .*", "max_open_positions: 8\n  allow_pyramiding: true\n  pyramid_cooldown_seconds: 0\n  max_adds_per_asset_per_day: 100"),
            ("rest_first: false", "rest_first: true"), ("stage_timeout_seconds: .*", "stage_timeout_seconds: 4"),
        ],
        "strategies.yaml": [("take_profit_pct: .*", "take_profit_pct: 0.5"), ("stop_loss_pct: .*", "stop_loss_pct: 0.4")],
    }
    for name, pairs in changes.items():
        file = target / name
        text = file.read_text()
        for old, new in pairs:
            assert re.search(old, text), f"{name}: {old}"
            text = re.sub(old, new, text)
        file.write_text(text)
    return target


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


class Clock:
    """The engine's idea of the time, which can jump; what only counts seconds goes on rightly."""

    JUMPS = [-3600, -60, -9, -1, 1, 9, 60, 3600]

    def __init__(self, folder, library):
        self.file, self.library = folder / "clock", library

    @staticmethod
    def of(folder):
        """The clock, where there is a library for it."""
        found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        return Clock(folder, str(found[0])) if found else None

    def environment(self, offset):
        self.file.write_text(f"{offset:+d}")
        return {"LD_PRELOAD": self.library, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}

    def jump(self, seconds):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}")
        fresh.rename(self.file)


class Engine:
    """One process of `vigil run --mode live`."""

    def __init__(self, sim, folder, config, point=None, syscall=None, clock=None, offset=0):
        self.state, self.began, self.ready = folder / "state", time.monotonic(), None
        self.log = open(folder / "log", "a+")
        self.offset = self.log.seek(0, 2)
        # A kill must not be softened by a tracer that outlives it, so strace itself is told to kill.
        wrap = []
        if syscall:
            name, count = syscall
            wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}",
                    "-e", f"inject={name}:signal=SIGKILL:when={count}"]
        self.process = subprocess.Popen(
            wrap + [VIGIL, "run", "--mode", "live", "--venue", "coinbase", "--endpoint",
                    f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca, "--credentials", str(sim.tls / "key.json"),
                    "--config", str(config), "--state", str(self.state), "--speed", str(SPEED)],
            stdout=self.log, stderr=self.log, env={**os.environ, **({"VIGIL_TORTURE": point} if point else {}),
                                                         **(clock.environment(offset) if clock else {})},
            start_new_session=True)
        self.folder = folder

    def said(self):
        with open(self.folder / "log") as log:
            log.seek(self.offset)
            return log.read()

    def wait_ready(self, seconds=25):
        """Until it is ready or has ended; the seconds that took, or None."""
        self.run_for(seconds, until_ready=True)
        return self.ready

    def run_for(self, seconds, until_ready=False):
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end and not (until_ready and self.ready):
            if self.ready is None and " READY " in self.said():
                self.ready = time.monotonic() - self.began
            time.sleep(0.02)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(40)
        finally:
            self.kill()


class Ledger:
    """The ledger, read between two runs."""

    def __init__(self, state):
        self.path = state / "ledger.sqlite"

    def rows(self, sql):
        # A connection that lingers would keep the disk from being taken away.
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def open_orders(self):
        try:
            return self.rows("SELECT client_order_id, state FROM orders WHERE state NOT IN "
                             "('filled', 'canceled', 'expired', 'rejected', 'denied')")
        except sqlite3.OperationalError:
            return [("?", "the ledger is busy")]


def exact(text):
    return decimal.Decimal(text.split(" ")[0])


def compare(sim, folder):
    """What the venue's truth and the ledger disagree about."""
    wrong = []
    truth, ledger = sim.truth(), Ledger(folder / "state")
    instance = ledger.rows("SELECT value FROM meta WHERE name = 'instance'")[0][0]
    known = {row[0] for row in ledger.rows("SELECT client_order_id FROM orders")}
    seen = collections.Counter(order["client_order_id"] for order in truth["orders"])
    for name, count in seen.items():
        if not name.startswith(f"v-{instance}-") or name not in known:
            wrong.append(f"lost: order {name} is not in the ledger")
        if count > 1:
            wrong.append(f"duplicate: order {name} stands {count} times at the venue")
    # What was wanted of one decision, against everything that was bought or sold for it.
    filled = collections.defaultdict(decimal.Decimal)
    names = {order["order_id"]: order["client_order_id"] for order in truth["orders"]}
    for fill in truth["fills"]:
        filled[names[fill["order_id"]]] += exact(fill["size"])
    parents = dict(ledger.rows("SELECT client_order_id, parent_id FROM intents"))
    wanted = {name: exact(json.loads(terms)["limit"]["quantity"])
              for name, terms in ledger.rows("SELECT client_order_id, terms FROM intents")}
    chains = collections.defaultdict(decimal.Decimal)
    for name, amount in filled.items():
        root = name
        while parents.get(root):
            root = parents[root]
        chains[root] += amount
    for root, amount in chains.items():
        if root in wanted and amount > wanted[root]:
            wrong.append(f"duplicate: {amount} was filled for {root}, which wanted {wanted[root]}")
    venue = collections.Counter(fill["entry_id"] for fill in truth["fills"])
    ours = collections.Counter(row[0] for row in ledger.rows("SELECT entry_id FROM fills"))
    wrong += [f"lost: fill {name}" for name in venue - ours] + [f"doubled: fill {name}" for name in ours - venue]
    wrong += drift(truth, ledger)
    for name, state in ledger.open_orders():
        wrong.append(f"open: {name} is {state} after an end in order")
    for order in truth["orders"]:
        if order["status"] in ("OPEN", "PENDING", "CANCEL_QUEUED"):
            wrong.append(f"open: {order['client_order_id']} is {order['status']} at the venue")
    return wrong


def drift(truth, ledger):
    """Cash and coins by the ledger's own rows, against the venue's balances."""
    held = collections.defaultdict(decimal.Decimal)
    for currency, amount in ledger.rows("SELECT currency, amount FROM flows"):
        held[currency] += exact(amount)
    for currency, amount in ledger.rows("SELECT currency, amount FROM externals"):
        held[currency] += exact(amount)
    for product, side, price, quantity, fee in ledger.rows("SELECT product, side, price, quantity, fee FROM fills"):
        base, quote = product.split("-")
        sign = 1 if side == "buy" else -1
        held[base] += sign * exact(quantity)
        held[quote] -= sign * exact(price) * exact(quantity) + exact(fee)
    wrong = []
    for row in truth["balances"]:
        total = exact(row["available"]) + exact(row["hold"])
        if held.pop(row["currency"], decimal.Decimal(0)) != total:
            wrong.append(f"drift: {row['currency']} differs from the venue's {total}")
    return wrong + [f"drift: {name} {amount} is not at the venue" for name, amount in held.items() if amount]


class Torture:
    def __init__(self, kills, seed):
        self.kills, self.random = kills, random.Random(seed)
        self.done, self.starts, self.disk, self.clock = 0, [], None, None
        self.network = Network.of()
        self.ways, self.world, self.wrong = collections.Counter(), collections.Counter(), []

    def run(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="vigil-torture-"))
        config = configuration(folder)
        self.disk, self.clock = Disk.of(folder), Clock.of(folder)
        with Sim("--products", "10", "--speed", SPEED, "--depth", "20", "--no-rate-limit", "--seed",
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
        engine = Engine(sim, folder, config, point if way == "point" else None, syscall if way == "syscall" else None,
                        self.clock if world == "clock" else None, self.random.choice([0] + Clock.JUMPS))
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
        return ["exchange"] + ["clock"] * bool(self.clock) + (Network.WAYS if self.network else [])

    def turn(self, world, sim, engine):
        """Lets something happen around the engine: the venue crashes, the network fails, the clock jumps."""
        engine.run_for(self.random.uniform(0.2, 2.5))
        if world == "exchange":
            sim.crash(self.random.uniform(0.1, 1.5))
        elif world == "clock":
            self.clock.jump(self.random.choice(Clock.JUMPS))
        else:
            self.network.spoil(sim.secure, world)
            engine.run_for(self.random.uniform(0.2, 2.5))
            if self.random.random() < 0.5:
                self.network.mend()
        self.world[world] += 1

    def settle(self, sim, folder, config):
        """A start without faults, until nothing is open; an end in order; the comparison."""
        engine = Engine(sim, folder, config)
        ready = engine.wait_ready()
        self.starts.append(ready or 99)
        ledger, end = Ledger(folder / "state"), time.monotonic() + 20
        while time.monotonic() < end and any(state == "unknown" for _, state in ledger.open_orders()):
            time.sleep(0.1)
        time.sleep(self.random.uniform(0.5, 2))
        code = engine.stop()
        if code != 0 or ready is None:
            self.wrong.append(f"the settling run ended with {code}, ready after {ready}")
        audit = subprocess.run([VIGIL, "audit", "verify", "--state", str(folder / "state")], capture_output=True, text=True)
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
        return 1 if self.wrong or slow else 0


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
