#!/usr/bin/env python3
"""What the README shows is what the programs print.

    ./dev readme                               # writes the blocks anew
    Tests/Processes/test_readme.py             # fails where a block is not what is printed

Names of runs, times of answers and what the machine takes are written as they came, and not compared. Two blocks
are shown as they once were, since no two runs of them are alike: the torture's, and the status of a running engine,
of which the words are compared.
"""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT, SHIPPED  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402

README = ROOT / "README.md"
# Lines whose numbers are the machine's or the moment's.
MEASURED = re.compile(r" *(cpu|peak memory|cycle latency|venue|clock|market feed|user feed) ")


class Printed:
    """The blocks as the programs print them now; each begins with the line that stands above it in the README."""

    def __init__(self, folder):
        self.folder = folder
        self.demo_ran = None

    def state(self):
        if self.demo_ran is None:
            # As `./dev demo` does it.
            self.demo_ran = vigil("rehearse", "--venue", "embedded", "--duration", "24h", "--accelerated", "--config",
                                  SHIPPED, "--state", self.folder / "state")
            assert self.demo_ran.returncode == 0, self.demo_ran.stderr
        return self.folder / "state"

    def demo(self):
        self.state()
        lines = self.demo_ran.stdout.splitlines()
        first = next(at for at, line in enumerate(lines) if line.startswith("rehearsal "))
        last = next(at for at, line in enumerate(lines) if line.startswith("decision hash"))
        return lines[first:last] + ["decision hash   …"]

    def why(self):
        lines = vigil("why", "80/ETH-USD", "--state", self.state()).stdout.splitlines()
        passed = [at for at, line in enumerate(lines) if line.startswith("  passed")]
        if len(passed) > 3:
            lines[passed[2]:passed[-1] + 1] = ["  …"]
        return lines

    def drill(self):
        return vigil("drill", "daily_stop", "--config", SHIPPED).stdout.splitlines()

    def check(self):
        config = shutil.copytree(SHIPPED, self.folder / "config")
        policy = config / "policy.yaml"
        policy.write_text(policy.read_text().replace("max_position_size_pct: 3\n", "max_position_size_pct: 30\n"))
        found = vigil("check", "config", cwd=self.folder).stderr.splitlines()
        # What else a change leads to is not what is shown.
        ends = [at for at, line in enumerate(found) if not line.strip()]
        return ["    " + line for line in found[:ends[0] if ends else None]]

    def venue(self):
        with Sim("--products", "12") as sim:
            said = vigil("venue", "check", "--endpoint", f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca,
                         "--credentials", sim.tls / "key.json")
        return said.stdout.splitlines()


# The block, and the line of the README that it comes after.
BLOCKS = {
    "demo": "demo ends with a scorecard:",
    "venue": "$ vigil venue check --endpoint",
    "why": "$ vigil why 80/ETH-USD",
    "drill": "$ vigil drill daily_stop",
    "check": "    $ vigil check config",
}


def place(lines, after):
    """Where a block begins and ends in the README."""
    start = next(at for at, line in enumerate(lines) if line.startswith(after)) + 1
    # A block of its own, or the rest of one that shows its command.
    if not after.lstrip().startswith("$"):
        start = lines.index("```", start) + 1
    end = start
    while not lines[end].startswith(("```", "$ ", "    $ ")) and (after[0] != " " or lines[end].strip()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return start, end


def compared(lines):
    """Lines without what no two runs share."""
    return [re.sub(r"\d[\d.,]*", "N", line) if MEASURED.match(line)
            else re.sub(r"\brun [a-z0-9]{8}\b", "run …", line).rstrip() for line in lines]


class Readme(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="vigil-readme-"))
        cls.printed = Printed(pathlib.Path(folder))
        cls.lines = README.read_text().splitlines()

    def test_blocks(self):
        for name, after in BLOCKS.items():
            with self.subTest(name):
                start, end = place(self.lines, after)
                self.assertEqual(compared(self.lines[start:end]), compared(getattr(self.printed, name)()),
                                 "`./dev readme` writes the README's blocks anew")

    def test_the_words_of_a_status(self):
        start, end = place(self.lines, "$ vigil status")
        shown = {line.split()[0] for line in self.lines[start:end] if not line.startswith(" ")}
        with tempfile.TemporaryDirectory(prefix="vigil-readme-") as folder:
            engine = Engine.embedded(folder, SHIPPED)
            self.assertIsNotNone(engine.wait_ready())
            status = vigil("status", "--state", engine.state).stdout
            engine.kill()
        said = {line.split()[0] for line in status.splitlines() if line.strip() and not line.startswith(" ")}
        # A young engine holds nothing, and nothing has stopped it.
        self.assertLessEqual(shown - {"breakers", "cap", "position"}, said)


def write():
    lines = README.read_text().splitlines()
    with tempfile.TemporaryDirectory(prefix="vigil-readme-") as folder:
        printed = Printed(pathlib.Path(folder))
        for name, after in BLOCKS.items():
            start, end = place(lines, after)
            new = getattr(printed, name)()
            # What is alike but for the moment or the machine stays.
            same = {compared([line])[0]: line for line in lines[start:end]}
            lines[start:end] = [same.get(compared([line])[0], line) for line in new]
    README.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main(verbosity=2)
