#!/usr/bin/env python3
"""The key that moves money: who may give it, and who may come by it."""
import base64
import json
import os
import pathlib
import pwd
import re
import resource
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED, VIGIL  # noqa: E402
from support.configs import hectic_config  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.hostile import HostileVenue  # noqa: E402
from support.sim import Sim  # noqa: E402

isRoot = os.geteuid() == 0


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = cls.enterClassContext(Sim("--products", "2"))

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-keys-")))
        self.key = self.folder / "coinbase.json"
        self.key.write_text((self.sim.tls / "key.json").read_text())
        self.key.chmod(0o600)

    def check(self, *arguments, **environment):
        return subprocess.run(
            [VIGIL, "venue", "check", "--endpoint", f"https://127.0.0.1:{self.sim.secure}", "--ca-file", self.sim.ca,
             *map(str, arguments)], capture_output=True, text=True, timeout=60, env={**os.environ, **environment})

    def refused(self, said, words):
        self.assertNotEqual(said.returncode, 0)
        self.assertIn(words, said.stdout + said.stderr)

    def test_a_key_of_its_own_is_taken(self):
        self.assertIn("may view", self.check("--credentials", self.key).stdout)
        self.assertIn("may view", self.check(CREDENTIALS_DIRECTORY=str(self.folder)).stdout)

    def test_a_key_that_others_may_read_or_that_is_a_link_or_no_file_is_refused(self):
        self.key.chmod(0o640)
        self.refused(self.check("--credentials", self.key), f"chmod 600 {self.key}")
        self.key.chmod(0o600)
        link, pipe = self.folder / "link", self.folder / "pipe"
        link.symlink_to(self.key)
        os.mkfifo(pipe, 0o600)
        for path in (link, pipe, self.folder):
            self.refused(self.check("--credentials", path), "is not a plain file")

    def test_a_key_that_is_refused_signs_two_questions_without_a_word_of_the_venues_in_them(self):
        config = hectic_config(self.folder)
        for name, said in (("key-transfer.json", "may transfer money out"), ("key-view.json", "may not trade")):
            with HostileVenue(self.sim) as venue:
                answer = subprocess.run(
                    [VIGIL, "run", "--mode", "live", "--venue", "coinbase", "--endpoint", f"https://127.0.0.1:{venue.port}",
                     "--ca-file", self.sim.ca, "--config", config, "--state", self.folder / name, "--credentials",
                     self.sim.tls / name], capture_output=True, text=True, timeout=60)
                self.assertNotEqual(answer.returncode, 0)
                self.assertIn(said, answer.stderr)
                # What it may do, and what it pays: no balance, no order, no name.
                self.assertEqual(set(venue.signed), {f"/api/v3/brokerage/{name}" for name in (
                    "key_permissions", "transaction_summary")})

    def test_credentials_that_cannot_be_looked_for_are_no_absence_of_a_key(self):
        self.refused(self.check(CREDENTIALS_DIRECTORY=str(self.folder / "none")), "cannot be read: No such file")
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertEqual(self.check(CREDENTIALS_DIRECTORY=str(empty)).returncode, 0)

    @unittest.skipUnless(isRoot, "only root may give a file away")
    def test_a_key_of_another_user_is_refused_for_root_too(self):
        other = pwd.getpwnam("nobody")
        os.chown(self.key, other.pw_uid, other.pw_gid)
        self.refused(self.check("--credentials", self.key), f"belongs to user {other.pw_uid}")

    def test_a_running_engine_leaves_no_core_and_writes_no_session_keys(self):
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        trace = self.folder / "tls-keys"
        engine = self.run_engine(environment={"SSLKEYLOGFILE": str(trace)})
        limits = pathlib.Path(f"/proc/{engine.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertFalse(trace.exists(), "the sessions' secrets were written for whoever set a variable")
        # Neither its output nor anything that it keeps has the key.
        body = json.loads(self.key.read_text())["privateKey"].splitlines()[1]
        self.assertEqual(engine.stop(), 0)
        for path in [*engine.state.rglob("*"), self.folder / "log"]:
            if path.is_file():
                self.assertNotIn(body.encode(), path.read_bytes(), path)

    def test_what_a_core_would_hold_has_no_key(self):
        """Cores are allowed by hand here; what is marked not to be dumped is the only place where the key may be."""
        engine = self.run_engine(environment={"VIGIL_ALLOW_CORES": "1"})
        pem = json.loads(self.key.read_text())["privateKey"].splitlines()
        der = base64.b64decode("".join(pem[1:-1]))
        scalar = der[der.index(b"\x02\x01\x01\x04\x20") + 5:][:32]
        wanted = {"scalar": scalar, "reversed": scalar[::-1], "hex": scalar.hex().encode(),
                  **{f"PEM line {at}": pem[at][-32:].encode() for at in (1, 2)}, "DER": der[:39]}
        dumped, guarded = 0, b""
        with open(f"/proc/{engine.process.pid}/mem", "rb", buffering=0) as memory:
            for start, end, flags in self.mappings(engine.process.pid):
                try:
                    memory.seek(start)
                    held = memory.read(end - start)
                except (OSError, ValueError):
                    continue  # the kernel's own pages
                if "dd" in flags:
                    guarded += held
                    continue
                dumped += len(held)
                for name, bytes_ in wanted.items():
                    self.assertFalse(bytes_ in held, f"the key's {name} at {start:x}")
        self.assertGreater(dumped, 20 << 20)
        self.assertTrue(scalar[::-1] in guarded or scalar in guarded, "the key is not where it was looked for")
        self.assertEqual(engine.stop(), 0)

    @staticmethod
    def mappings(pid):
        """Start, end and flags of each part of a process's memory that can be read."""
        found = []
        for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                span, access = line.split()[:2]
                start, end = (int(part, 16) for part in span.split("-"))
            elif line.startswith("VmFlags:") and access.startswith("r"):
                found.append((start, end, line.split()[1:]))
        return found

    @unittest.skipUnless(isRoot, "only root may become somebody else")
    def test_no_process_of_its_user_may_look_into_its_memory(self):
        other = pwd.getpwnam("nobody")
        for path in (self.folder, self.key):
            os.chown(path, other.pw_uid, other.pw_gid)
        public = self.folder / "ca.pem"
        public.write_text(pathlib.Path(self.sim.ca).read_text())
        public.chmod(0o644)
        engine = self.run_engine(ca=public, preexec_fn=lambda: (os.setgid(other.pw_gid), os.setuid(other.pw_uid)))
        # What may be traced by its user belongs to that user in /proc.
        self.assertEqual(os.stat(f"/proc/{engine.process.pid}/mem").st_uid, 0)
        looked = subprocess.run(["cat", f"/proc/{engine.process.pid}/maps"], capture_output=True,
                                preexec_fn=lambda: (os.setgid(other.pw_gid), os.setuid(other.pw_uid)))
        self.assertNotEqual(looked.returncode, 0)
        self.assertEqual(engine.stop(), 0)

    def run_engine(self, ca=None, **options):
        engine = Engine(self.folder, SHIPPED, "--mode", "paper", "--venue", "coinbase", "--endpoint",
                        f"https://127.0.0.1:{self.sim.secure}", "--ca-file", ca or self.sim.ca, "--credentials", self.key,
                        **options)
        self.addCleanup(engine.kill)
        engine.wait_for("FEED_WHOLE", 60)
        return engine


if __name__ == "__main__":
    unittest.main(verbosity=2)
