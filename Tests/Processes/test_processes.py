#!/usr/bin/env python3
"""The release binary as its owner meets it: processes, signals, exit codes, full disks.

Needs nothing but Python's standard library. Tests that need root say so when they skip.
"""
import concurrent.futures
import csv
import decimal
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT  # noqa: E402
from support.books import books  # noqa: E402
from support.configs import busy_config, variant  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import end_all, vigil  # noqa: E402

PROMTOOL = ROOT / "var/debian/usr/bin/promtool"
AS_ROOT = os.geteuid() == 0


def rehearse(state, *arguments, env=None, hours=3):
    return vigil(
        "rehearse", "--accelerated", "--duration", f"{hours}h", "--state", str(state), "--config",
        str(ROOT / "config"), "--format", "json", *arguments, env=env,
    )


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-"))
        self.addCleanup(end_all)

    def path(self, name):
        return pathlib.Path(self.folder) / name


class Rehearsal(Base):
    def test_one_seed_gives_one_hash_in_every_process_and_on_older_processors(self):
        plain = [json.loads(rehearse(self.path(f"a{n}"), "--seed", "7").stdout) for n in range(3)]
        env = dict(os.environ, GLIBC_TUNABLES="glibc.cpu.hwcaps=-FMA,-AVX2")
        old = json.loads(rehearse(self.path("old"), "--seed", "7", env=env).stdout)
        other = json.loads(rehearse(self.path("other"), "--seed", "8").stdout)
        self.assertEqual(len({card["decision_hash"] for card in [*plain, old]}), 1)
        self.assertNotEqual(other["decision_hash"], plain[0]["decision_hash"])
        recomputed = vigil("audit", "hash", "--state", str(self.path("old"))).stdout
        self.assertEqual(recomputed.split(" ")[0], old["decision_hash"])

    def test_the_scorecard_has_what_is_promised(self):
        card = json.loads(rehearse(self.path("a")).stdout)
        promised = (
            "cycles executed no_trade aborted proposals orders fills maker_share fees realised_pnl "
            "unrealised_pnl max_drawdown exits alerts decision_hash config_hash peak_rss_bytes "
            "cpu_seconds paths"
        )
        self.assertLessEqual(set(promised.split()), set(card))
        self.assertEqual(card["cycles"], 180)
        for path in card["paths"].values():
            self.assertTrue(os.path.exists(path), path)

    def test_promtool_accepts_the_metrics(self):
        if not PROMTOOL.exists():
            self.skipTest("promtool is not unpacked; run ./dev test")
        rehearse(self.path("a"))
        text = self.path("a").joinpath("vigil.prom").read_bytes()
        result = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))

    def test_a_recording_drives_the_market(self):
        rows = ["timestamp,open,high,low,close,volume"]
        price = 80_000.0
        for minute in range(6_000):
            price *= 1.0004 if minute % 7 else 0.9985
            rows.append(f"{1767571200 + 60 * minute},{price},{price * 1.001},{price * 0.999},{price},5")
        recording = self.path("BTC-USD.csv")
        recording.write_text("\n".join(rows) + "\n")
        card = json.loads(
            vigil("rehearse", "--accelerated", "--market", str(recording), "--state",
                  str(self.path("a")), "--config", str(ROOT / "config"), "--format", "json").stdout
        )
        self.assertEqual(card["cycles"], 6_000 - 1_440)


class Why(Base):
    def test_why_tells_numbers_that_add_up_and_what_became_of_orders(self):
        state = pathlib.Path(self.folder) / "state"
        # Asked again in every cycle, so that much is refused.
        config = variant(pathlib.Path(self.folder) / "config", {
            "signals:triggers.repeat_after_minutes": 0, "policy:risk.min_seconds_between_trades": 0,
            "policy:execution.post_only_ttl_seconds": 3, "policy:execution.maker_first_min_ttl_sec": 3,
            "policy:execution.maker_retry_min_ttl_sec": 3,
            "strategies:strategies.rules_engine.risk_budgets.max_at_risk_pct": 4, "policy:risk.allow_pyramiding": "true",
            "policy:position_sizing.allow_pyramiding": "true", "policy:position_sizing.max_pyramid_positions": 1})
        self.assertEqual(rehearse(state, "--config", config, hours=12).returncode, 0)
        with sqlite3.connect(state / "ledger.sqlite") as ledger:
            cycles = [row[0] for row in ledger.execute("SELECT cycle FROM cycles WHERE reason IS NULL OR reason = 'all_denied'")]
            orders = [row[0] for row in ledger.execute("SELECT client_order_id FROM intents WHERE parent_id IS NOT NULL")]
        seen = set()
        for cycle in cycles[::max(len(cycles) // 60, 1)]:
            told = json.loads(vigil("why", str(cycle), "--state", str(state), "--format", "json").stdout)
            self.assertEqual(told["cycle"], cycle)
            for proposal in told["proposals"]:
                checks = proposal["checks"]
                self.assertEqual([check["outcome"] == "denied" for check in checks[:-1]], [False] * (len(checks) - 1))
                self.assertEqual(checks[-1]["outcome"] == "denied", proposal.get("denial") == checks[-1]["code"])
                seen.add(proposal.get("denial"))
                for check in checks:
                    limit, current, allowed = (decimal.Decimal(check[name]) for name in ("limit", "current", "allowed"))
                    self.assertEqual(allowed, max(limit - current, 0), check)
                    if check["unit"] == "usd" and check["code"] != "BELOW_MINIMUM":
                        fits = decimal.Decimal(check["requested"]) <= allowed
                        self.assertEqual(fits, check["outcome"] == "passed", check)
        self.assertGreater(len(seen), 2, seen)
        chain = json.loads(vigil("why", orders[0], "--state", str(state), "--format", "json").stdout)["orders"]
        self.assertIn(orders[0], [order["id"] for order in chain])
        self.assertGreater(len(chain), 1)
        human = vigil("why", "BTC-USD", "--state", str(state))
        self.assertIn("BTC-USD", human.stdout)

    def test_lots_add_up_to_the_fills_and_the_curve_to_the_cycles(self):
        state = pathlib.Path(self.folder) / "state"
        self.assertEqual(rehearse(state, hours=24).returncode, 0)
        with sqlite3.connect(state / "ledger.sqlite") as ledger:
            bought = sum(decimal.Decimal(row[0]) for row in ledger.execute("SELECT quantity FROM fills WHERE side = 'buy'"))
            cycles = ledger.execute("SELECT COUNT(*) FROM cycles WHERE nlv IS NOT NULL").fetchone()[0]
        lots = list(csv.DictReader(vigil("ledger", "export", "--lots", "--state", str(state)).stdout.splitlines()))
        self.assertEqual(sum(decimal.Decimal(lot["quantity"]) for lot in lots), bought)
        sold = [lot for lot in lots if lot["sold_at"]]
        self.assertTrue(sold)
        for lot in sold:
            gain = decimal.Decimal(lot["proceeds"]) - decimal.Decimal(lot["cost"])
            self.assertEqual(decimal.Decimal(lot["gain"]), gain)
        curve = vigil("ledger", "export", "--equity", "--state", str(state)).stdout.splitlines()
        self.assertEqual(len(curve), cycles + 1)

    def test_every_breaker_holds_its_drill(self):
        names = [row["name"] for row in json.loads(vigil("drill", "--list", "--format", "json").stdout)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = pool.map(lambda name: vigil("drill", name, "--format", "json", "--config", str(ROOT / "config"),
                                               timeout=600), names)
            for name, told in zip(names, runs):
                report = json.loads(told.stdout)
                broken = [row for row in report["findings"] if not row["holds"]]
                self.assertEqual((told.returncode, len(report["findings"]), broken), (0, 7, []), name)

    def test_a_drill_shows_its_evidence(self):
        names = {row["name"] for row in json.loads(vigil("drill", "--list", "--format", "json").stdout)}
        self.assertGreater(len(names), 24)
        told = vigil("drill", "spread", "--format", "json", "--config", str(ROOT / "config"))
        self.assertEqual(told.returncode, 0, told.stdout)
        report = json.loads(told.stdout)
        self.assertTrue(report["passed"])
        self.assertEqual(len(report["findings"]), 7)
        self.assertEqual(vigil("drill", "nothing").returncode, 64)

    def test_a_directory_without_a_ledger(self):
        for question in (["why", "BTC-USD"], ["ledger", "export", "--lots"]):
            asked = vigil(*question, "--state", str(pathlib.Path(self.folder) / "nowhere"))
            self.assertNotEqual(asked.returncode, 0)
            self.assertIn("there is no ledger in", asked.stderr)


class BadInput(Base):
    def expect(self, result, code, *words):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertLess(len(result.stderr.splitlines()), 25, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def config(self, name, text):
        shutil.copytree(ROOT / "config", self.path("config"))
        self.path("config").joinpath(name).write_text(text)
        return str(self.path("config"))

    def test_defect_1_every_command_is_there_and_starts(self):
        """What the predecessor's main file did not: it could not be loaded at all."""
        seen, waiting = [], [[]]
        while waiting:
            path = waiting.pop()
            told = vigil(*path, "--help")
            self.assertEqual((told.returncode, told.stderr), (0, ""), path)
            seen.append(path)
            _, _, commands = told.stdout.partition("SUBCOMMANDS:\n")
            waiting += [[*path, name] for name in re.findall(r"^  ([a-z][a-z-]*)", commands, re.M)]
        self.assertGreater(len(seen), 25)

    def test_a_missing_configuration(self):
        self.expect(vigil("check", "/nowhere"), 78, "V0001", "/nowhere/policy.yaml")

    def test_a_malformed_configuration(self):
        self.expect(vigil("check", self.config("policy.yaml", "risk: [\n")), 78, "V0002", "policy.yaml:2")

    def test_an_unknown_key(self):
        text = "risk:\n  max_open_position: 3\n"
        self.expect(vigil("check", self.config("policy.yaml", text)), 78, "V0003", "did you mean")

    def test_a_missing_recording(self):
        self.expect(rehearse(self.path("a"), "--market", "/nowhere/BTC-USD.csv"), 64, "cannot be opened")

    def test_a_negative_volume(self):
        bad = self.path("BTC-USD.csv")
        bad.write_text("timestamp,open,high,low,close,volume\n60,1,1,1,1,1\n120,1,1,1,1,-5\n")
        self.expect(rehearse(self.path("a"), "--market", str(bad)), 64, "BTC-USD.csv:3", "negative")

    def test_a_recording_of_a_product_that_is_not_listed(self):
        bad = self.path("PEPE-USD.csv")
        bad.write_text("timestamp,open,high,low,close,volume\n60,1,1,1,1,1\n120,1,1,1,1,5\n")
        self.expect(rehearse(self.path("a"), "--market", str(bad)), 64, "PEPE-USD", "universe.yaml")

    def test_a_ledger_that_exists_is_never_rehearsed_over(self):
        rehearse(self.path("a"), hours=1)
        self.expect(rehearse(self.path("a"), hours=1), 64, "holds a ledger already")

    def test_an_unwritable_directory(self):
        self.expect(rehearse("/proc/vigil"), 73, "/proc/vigil")

    def test_a_mode_that_is_not_the_configured_one(self):
        result = vigil("run", "--mode", "dry-run", "--config", str(ROOT / "config"), "--state", str(self.path("a")))
        self.expect(result, 64, "app.yaml")

    def test_no_engine_to_talk_to(self):
        self.expect(vigil("status", "--state", str(self.path("a"))), 1, "is it running")

    @unittest.skipUnless(AS_ROOT, "needs root to mount a small disk")
    def test_a_full_disk(self):
        disk = self.path("disk")
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
        try:
            self.expect(rehearse(disk / "a"), 73, "full")
        finally:
            subprocess.run(["umount", "-l", disk], check=True)

    def test_a_changed_audit_line_is_named(self):
        rehearse(self.path("a"), hours=1)
        log = next(self.path("a").joinpath("audit").glob("*.jsonl"))
        lines = log.read_text().splitlines()
        lines[10] = lines[10].replace('"cycle":', '"cycle":1')
        log.write_text("\n".join(lines) + "\n")
        self.expect(vigil("audit", "verify", "--state", str(self.path("a"))), 3, ":11: changed")


class Service(Base):
    def test_ready_watchdog_and_an_orderly_end(self):
        daemon = Engine.embedded(self.folder, str(ROOT / "config"), watchdog=6_000_000)
        self.assertIsNotNone(daemon.heard("READY=1"))
        self.assertIsNotNone(daemon.heard("WATCHDOG=1"))
        second = vigil("run", "--mode", "paper", "--config", str(ROOT / "config"), "--state", daemon.state)
        self.assertEqual(second.returncode, 75)
        self.assertIn(str(daemon.process.pid), second.stderr)
        self.assertEqual(daemon.stop(), 0)
        with sqlite3.connect(f"{daemon.state}/ledger.sqlite") as ledger:
            self.assertEqual(ledger.execute("SELECT COUNT(*) FROM runs WHERE ended_at IS NULL").fetchone(), (0,))

    def test_the_watchdog_falls_silent_when_a_loop_awaits_for_ever(self):
        daemon = Engine.embedded(self.folder, str(ROOT / "config"), "--hang", "portfolio", watchdog=3_000_000)
        self.assertIsNotNone(daemon.heard("WATCHDOG=1"))
        end = time.monotonic() + 30
        last = time.monotonic()
        while time.monotonic() < end and time.monotonic() - last < 6:
            if daemon.heard("WATCHDOG=1", 0.5) is not None:
                last = time.monotonic()
        self.assertGreaterEqual(time.monotonic() - last, 6, "the watchdog went on")
        daemon.stop(signal.SIGKILL)

    def test_kill_nine_in_mid_run_loses_and_doubles_nothing(self):
        config = busy_config(self.folder, patient=False)
        for round_ in range(6):
            daemon = Engine.embedded(self.folder, config)
            self.assertIsNotNone(daemon.heard("READY=1"))
            daemon.until(lambda s: s["cycle"] >= 1 or s["open_entries_at_venue"] > 0)
            time.sleep(0.4 * round_)
            self.assertEqual(daemon.stop(signal.SIGKILL), -signal.SIGKILL)
        daemon = Engine.embedded(self.folder, config)
        self.assertIsNotNone(daemon.heard("READY=1"))
        daemon.until(lambda s: s["cycle"] >= 2)
        status = daemon.status()
        self.assertNotIn("mismatch", [halt["reason"] for halt in status["halts"]])
        self.assertEqual(daemon.stop(), 0)
        ours, theirs, unfinished, resting = books(daemon.state)
        self.assertGreater(len(theirs), 0)
        self.assertEqual(sorted(ours), sorted(theirs))
        self.assertEqual((unfinished, resting), (0, 0))
        verified = vigil("audit", "verify", "--state", daemon.state)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    def killed(self, *arguments, state=None, before=lambda daemon: None):
        daemon = Engine.embedded(self.folder, busy_config(self.folder), *arguments, state=state)
        self.assertIsNotNone(daemon.heard("READY=1"))
        daemon.until(lambda s: s["open_entries_at_venue"] > 0)
        before(daemon)
        daemon.send(signal.SIGUSR1)
        daemon.until(lambda s: s["killed"] and s["open_entries_at_venue"] == 0)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            self.assertEqual(daemon.status()["open_entries_at_venue"], 0)
            time.sleep(0.2)
        return daemon

    def test_sigusr1_leaves_no_open_entry(self):
        daemon = self.killed()
        self.assertEqual(daemon.stop(), 0)
        again = Engine.embedded(self.folder, daemon.config)
        self.assertIsNotNone(again.heard("READY=1"))
        self.assertTrue(again.status()["killed"], "the latch did not outlive the restart")
        self.assertEqual(vigil("resume", "--state", again.state, "--reason", "tested").returncode, 0)
        self.assertFalse(again.status()["killed"])
        again.stop()

    def test_sigusr1_leaves_no_open_entry_while_an_actor_hangs(self):
        # Long enough for an entry to be placed; from then on nobody looks after it.
        for actor in ("execution", "risk"):
            with self.subTest(actor=actor):
                shutil.rmtree(self.path("config"), True)
                shutil.rmtree(self.path("state"), True)
                hang = ("--hang", actor, "--hang-after", "13")
                daemon = self.killed(*hang, before=lambda daemon: time.sleep(15))
                daemon.stop(signal.SIGKILL)

    def small_disk(self):
        disk = self.path("disk")
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)])
        return disk

    def fill(self, disk):
        filler = os.open(disk / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(filler, bytes(4096))
        except OSError:
            os.close(filler)

    @unittest.skipUnless(AS_ROOT, "needs root to mount a small disk")
    def test_a_disk_that_fills_up_stops_entries_and_loses_nothing_when_it_frees(self):
        disk = self.small_disk()
        daemon = Engine.embedded(self.folder, busy_config(self.folder, patient=False), state=disk / "state")
        self.assertIsNotNone(daemon.heard("READY=1"))
        daemon.until(lambda s: s["positions"] and s["cycle"] >= 2)
        for _ in range(3):
            self.fill(disk)
            daemon.until(lambda s: "ledger" in [halt["reason"] for halt in s["halts"]])
            time.sleep(4)
            os.unlink(disk / "filler")
            daemon.until(lambda s: "ledger" not in [halt["reason"] for halt in s["halts"]])
            time.sleep(4)
        cycles = daemon.status()["cycle"]
        self.assertEqual(daemon.stop(), 0)
        ours, theirs, unfinished, resting = books(disk / "state")
        self.assertEqual(sorted(ours), sorted(theirs))
        self.assertEqual((unfinished, resting), (0, 0))
        with sqlite3.connect(disk / "state/ledger.sqlite") as ledger:
            self.assertGreaterEqual(ledger.execute("SELECT COUNT(*) FROM cycles").fetchone()[0], cycles)
        verified = vigil("audit", "verify", "--state", daemon.state)
        self.assertEqual(verified.returncode, 0, verified.stderr)

    @unittest.skipUnless(AS_ROOT, "needs root to mount a small disk")
    def test_an_audit_log_without_room_stops_entries_and_is_completed_later(self):
        audit = self.path("state") / "audit"
        audit.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", audit], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(audit)])
        card = json.loads(rehearse(self.path("state"), hours=6).stdout)
        self.assertGreater(card["no_trade_reasons"]["halted"], 200)
        self.assertGreater(card["alerts"], 0)
        # What is committed and waits for its file belongs to the log; what is in neither does not pass.
        state = self.path("state")
        held = vigil("audit", "verify", "--state", state)
        self.assertEqual(held.returncode, 0, held.stderr)
        self.assertRegex(held.stdout, r", [1-9]\d* of them wait for their file")
        cut = pathlib.Path(self.folder) / "cut"
        shutil.copytree(state, cut)
        with sqlite3.connect(cut / "ledger.sqlite") as ledger:
            ledger.execute("DELETE FROM audit_outbox")
        self.assertEqual(vigil("audit", "verify", "--state", cut).returncode, 3, "what is not there must not pass")
        subprocess.run(["mount", "-o", "remount,size=10m", audit], check=True)
        daemon = Engine.embedded(self.folder, str(ROOT / "config"))
        self.assertIsNotNone(daemon.heard("READY=1"))
        self.assertEqual(daemon.stop(), 0)
        whole = vigil("audit", "verify", "--state", str(self.path("state")))
        self.assertEqual(whole.returncode, 0, whole.stderr)

    @unittest.skipUnless(AS_ROOT, "needs root to mount a small disk")
    def test_sigusr1_leaves_no_open_entry_on_a_full_disk_and_latches(self):
        disk = self.small_disk()
        daemon = self.killed(state=disk / "state", before=lambda _: self.fill(disk))
        daemon.stop(signal.SIGKILL)
        os.unlink(disk / "filler")
        again = Engine.embedded(self.folder, daemon.config, state=disk / "state")
        self.assertIsNotNone(again.heard("READY=1"))
        self.assertTrue(again.status()["killed"], "the latch did not survive the full disk")
        self.assertEqual(again.stop(), 0)
        ours, theirs, unfinished, resting = books(disk / "state")
        self.assertEqual(sorted(ours), sorted(theirs))

    def test_the_kill_file_stops_entries_and_keeps_them_stopped(self):
        daemon = Engine.embedded(self.folder, str(ROOT / "config"))
        self.assertIsNotNone(daemon.heard("READY=1"))
        def checked():
            said = vigil("status", "--check", "--state", daemon.state)
            return said.returncode, said.stdout.split(" - ")[0]

        # A product that halts stops no other.
        daemon.until(lambda s: not [halt for halt in s["halts"] if not halt.get("product")])
        self.assertEqual(checked(), (0, "VIGIL OK"))
        pathlib.Path(daemon.state, "KILL_SWITCH").touch()
        daemon.until(lambda s: s["killed"])
        self.assertEqual(checked(), (2, "VIGIL CRITICAL"))
        self.assertEqual(vigil("resume", "--state", daemon.state, "--reason", " ").returncode, 64)
        refused = vigil("resume", "--state", daemon.state, "--reason", "tested")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("KILL_SWITCH", refused.stderr)
        daemon.stop()
        self.assertEqual(checked(), (2, "VIGIL CRITICAL"), "nobody answers")

    def test_files_deleted_underneath(self):
        daemon = Engine.embedded(self.folder, str(ROOT / "config"))
        self.assertIsNotNone(daemon.heard("READY=1"))
        os.unlink(pathlib.Path(daemon.state, "kill.latch"))
        os.unlink(pathlib.Path(daemon.state, "instance.pid"))
        second = vigil("run", "--mode", "paper", "--config", str(ROOT / "config"), "--state", daemon.state)
        self.assertEqual(second.returncode, 75, second.stderr)
        daemon.send(signal.SIGUSR1)
        daemon.until(lambda s: s["killed"])
        daemon.stop(signal.SIGKILL)
        again = Engine.embedded(self.folder, str(ROOT / "config"))
        self.assertIsNotNone(again.heard("READY=1"))
        self.assertTrue(again.status()["killed"], "the kill was forgotten")
        self.assertEqual(again.stop(), 0)

    def test_a_damaged_store_is_unsafe_to_trade(self):
        rehearse(self.path("state"), hours=1)
        for name in ("paper.sqlite", "ledger.sqlite"):
            self.path("state").joinpath(name).write_bytes(b"garbage" * 4096)
            for tail in ("-wal", "-shm"):
                self.path("state").joinpath(name + tail).unlink(missing_ok=True)
            result = vigil("run", "--mode", "paper", "--config", str(ROOT / "config"), "--state", str(self.path("state")))
            self.assertEqual(result.returncode, 4, result.stderr)
            self.assertIn("damaged", result.stderr)

    def test_once_ends_after_one_cycle(self):
        daemon = Engine.embedded(self.folder, busy_config(self.folder), "--once")
        daemon.process.wait(60)
        self.assertEqual(daemon.stop(), 0)
        with sqlite3.connect(f"{daemon.state}/ledger.sqlite") as ledger:
            self.assertGreaterEqual(ledger.execute("SELECT COUNT(*) FROM cycles").fetchone()[0], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
