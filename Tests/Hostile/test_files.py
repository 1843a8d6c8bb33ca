#!/usr/bin/env python3
"""Neighbours on the same machine, and a careless owner: what they can do to the state directory."""
import fcntl
import os
import pathlib
import pwd
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED, processes  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import vigil  # noqa: E402

isRoot = os.geteuid() == 0


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-files-")))
        self.addCleanup(processes.end_all)
        self.state = self.folder / "state"

    def start(self):
        engine = Engine.embedded(self.folder, SHIPPED)
        self.addCleanup(engine.kill)
        return engine

    def run_once(self):
        engine = self.start()
        engine.wait_ready()
        self.assertEqual(engine.stop(), 0, engine.said())

    def test_what_it_makes_is_closed_to_others_whatever_the_umask(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.run_once()
        backup = vigil("ledger", "backup", "--state", self.state)
        self.assertEqual(backup.returncode, 0, backup.stderr)
        seen = {}
        for folder, _, files in os.walk(self.state):
            for name in [".", *files]:
                path = pathlib.Path(folder) / name
                seen[str(path.relative_to(self.state))] = stat.S_IMODE(path.lstat().st_mode)
        self.assertIn("ledger.sqlite", seen)
        self.assertEqual(seen.pop("vigil.prom"), 0o644)
        self.assertEqual(seen.pop("."), 0o700)
        self.assertEqual({path: oct(mode) for path, mode in seen.items() if mode & 0o077}, {})

    def test_what_was_open_before_is_closed_by_the_next_start(self):
        self.run_once()
        (self.state / "ledger.sqlite").chmod(0o644)
        (self.state / "audit").chmod(0o755)
        self.run_once()
        self.assertEqual(stat.S_IMODE((self.state / "ledger.sqlite").stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE((self.state / "audit").stat().st_mode), 0o700)

    def test_a_directory_that_others_may_write_to_is_refused_with_its_mend(self):
        self.run_once()
        for mode in (0o770, 0o757):
            self.state.chmod(mode)
            engine = self.start()
            self.assertEqual(engine.wait(), 73)
            text = pathlib.Path(self.folder / "log").read_text()
            self.assertIn(f"by everybody (mode {mode:o}); close it first: `chmod go-w {self.state}`", text)
        self.state.chmod(0o750)
        self.run_once()

    def test_a_lock_on_the_directory_stops_no_start(self):
        self.run_once()
        folder = os.open(self.state, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.run_once()

    def test_no_second_engine_comes_beside_the_first_even_without_its_number(self):
        engine = self.start()
        engine.wait_ready()
        (self.state / "instance.pid").unlink()
        second = Engine(self.folder, SHIPPED, "--mode", "paper", "--venue", "embedded", "--state", self.state)
        self.addCleanup(second.kill)
        self.assertEqual(second.wait(), 75)
        self.assertEqual(engine.stop(), 0)

    def test_links_in_the_place_of_its_files_are_not_followed(self):
        self.state.mkdir(mode=0o750)
        victim = self.folder / "victim"
        for name in (".lock", "instance.pid", "vigil.prom.tmp"):
            victim.write_text("mine")
            (self.state / name).unlink(missing_ok=True)
            (self.state / name).symlink_to(victim)
            self.run_once()
            self.assertEqual(victim.read_text(), "mine", name)

    @unittest.skipUnless(isRoot, "only root may become somebody else")
    def test_root_works_on_a_directory_as_its_owner(self):
        self.run_once()
        other = pwd.getpwnam("nobody")
        self.folder.chmod(0o755)
        os.chown(self.state, other.pw_uid, other.pw_gid)
        for folder, _, files in os.walk(self.state):
            for name in [".", *files]:
                os.lchown(pathlib.Path(folder) / name, other.pw_uid, other.pw_gid)
        engine = self.start()
        self.assertEqual(engine.wait(), 73)
        self.assertIn(f"belongs to user {other.pw_uid}, and this process runs as user 0",
                      pathlib.Path(self.folder / "log").read_text())
        said = vigil("ledger", "backup", "--state", self.state)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(f"(as user {other.pw_uid}, the owner of ", said.stderr)
        copy = pathlib.Path(said.stdout.strip())
        for path in (copy, copy.parent):
            self.assertEqual(path.stat().st_uid, other.pw_uid, path)
        for words in (("vacuum",), ("restore", copy)):
            said = vigil("ledger", *words, "--state", self.state)
            self.assertEqual(said.returncode, 0, said.stderr)
        # A copy that root alone can read, as one from another machine.
        away = self.folder / "away"
        away.mkdir(mode=0o700)
        (away / copy.name).write_bytes(copy.read_bytes())
        (away / copy.name).chmod(0o600)
        said = vigil("ledger", "restore", away / copy.name, "--state", self.state)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertEqual([path.name for path in self.state.glob("brought-*")], [])
        for path in self.state.iterdir():
            self.assertEqual(path.lstat().st_uid, other.pw_uid, path)
        # A link in the place of a copy shows nobody what only root may read.
        secret = self.folder / "secret.txt"
        secret.write_text("SQLite format 3\0secret")
        secret.chmod(0o600)
        lure = copy.parent / "lure.sqlite"
        lure.symlink_to(secret)
        said = vigil("ledger", "restore", lure, "--state", self.state)
        self.assertNotEqual(said.returncode, 0)
        self.assertEqual([path.name for path in self.state.glob("brought-*")], [])
        lure.unlink()
        # A link to what is root's alone leads nowhere.
        secret = self.folder / "secret"
        secret.mkdir(mode=0o700)
        copy.unlink()
        copy.parent.rmdir()
        copy.parent.symlink_to(secret)
        said = vigil("ledger", "backup", "--state", self.state)
        self.assertNotEqual(said.returncode, 0)
        self.assertEqual(list(secret.iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
