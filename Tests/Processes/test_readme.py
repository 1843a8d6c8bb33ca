#!/usr/bin/env python3
"""What the README shows is what the programs print: its blocks are run anew and compared, line by line.

`…` stands for anything in a line, and alone in a line for any lines. Names of runs, times of day and what the machine
takes are not compared. The torture and a running engine are shown as they once were: no two runs of them are alike.
"""
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT, SHIPPED  # noqa: E402
from support.processes import vigil  # noqa: E402
from support.sim import Sim  # noqa: E402

README = (ROOT / "README.md").read_text()
# Lines whose numbers are the machine's or the moment's.
MEASURED = re.compile(r"^(cpu|peak memory|cycle latency|venue|clock|market feed|user feed) ")


def block(first):
    """The lines of the block, or of the part of one, that follow a line."""
    lines = README.splitlines()
    start = lines.index(first) + 1
    found = []
    for line in lines[start:]:
        if line.startswith(("```", "$ ", "    $ ")) or (first.startswith("    ") and not line.startswith("    ")):
            break
        found.append(line[4:] if first.startswith("    ") else line)
    while found and not found[-1].strip():
        found.pop()
    return found


def pattern(line):
    """A line as a pattern for what is printed."""
    # Some blocks are indented as the README's other code is.
    text = re.escape(re.sub(r"\brun [a-z0-9]{8}\b", "run …", line))
    if MEASURED.match(line):
        text = re.sub(r"\d+(\\\.\d+)?", r"[\\d.,]+", text)
    return text.replace("…", ".*")


class Readme(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="vigil-readme-")))
        # As `./dev demo` does it.
        cls.demo = vigil("rehearse", "--venue", "embedded", "--duration", "24h", "--accelerated", "--config", SHIPPED,
                         "--state", cls.folder / "state", timeout=600)

    def compare(self, shown, printed):
        """Each line that is shown is printed, one after the other but for those that `…` leaves out."""
        printed, at, gap = printed.splitlines(), 0, True
        for line in shown:
            if line.strip() == "…":
                gap = True
                continue
            wanted = pattern(line)
            while gap and at < len(printed) and not re.fullmatch(wanted, printed[at].rstrip()):
                at += 1
            self.assertLess(at, len(printed), f"not printed: {line}\n" + "\n".join(printed))
            self.assertRegex(printed[at].rstrip(), f"^{wanted}$")
            at, gap = at + 1, False

    def test_the_demo(self):
        self.assertEqual(self.demo.returncode, 0, self.demo.stderr)
        lines = README.splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("rehearsal  "))
        self.compare(lines[start:lines.index("```", start)], self.demo.stdout)

    def test_why(self):
        self.compare(block("$ vigil why BTC-USD"), vigil("why", "BTC-USD", "--state", self.folder / "state").stdout)

    def test_a_drill(self):
        said = vigil("drill", "daily_stop", "--config", SHIPPED, timeout=600)
        self.compare(block("$ vigil drill daily_stop"), said.stdout)

    def test_a_check(self):
        config = self.folder / "config"
        config.mkdir()
        for file in SHIPPED.glob("*.yaml"):
            text = file.read_text().replace("max_position_size_pct: 3\n", "max_position_size_pct: 30\n")
            (config / file.name).write_text(text)
        said = vigil("check", config)
        self.assertEqual(said.returncode, 78)
        self.compare(block("    $ vigil check config"), said.stderr)

    def test_a_check_of_a_venue(self):
        with Sim("--products", "12") as sim:
            said = vigil("venue", "check", "--endpoint", f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca,
                         "--credentials", sim.tls / "key.json")
        first = next(line for line in README.splitlines() if line.startswith("$ vigil venue check"))
        self.compare(block(first), said.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
