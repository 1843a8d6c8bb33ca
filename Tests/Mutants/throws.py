#!/usr/bin/env python3
"""Makes every `try` of the cores refuse now and then, one after the other, while the simulator runs.

    ./dev throws [PATH ...] [--every N] [--seeds N] [--sample N]

A number that cannot be held must leave no core half changed and lose nothing: the simulator compares both books, and
asks each core for its invariants after every event. What ends with a violation, or does not end, is printed.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

import auto

# What is decided while the engine runs.
PATHS = [f"Sources/VigilCore/{name}" for name in (
    "Care", "Cycle", "Market", "Orders", "Portfolio", "Reconciliation", "Risk", "Signals", "Strategies", "Universe")]
# A start that refuses is begun again; and what is read and written as text is no arithmetic.
APART = ("LedgerReplay.swift", "Recovery.swift", "Halt.swift", "DecisionRecord.swift")
# It refuses to the end, so that the halt is there at the end.
EXPECTED = re.compile(r"^halted at the end: arithmetic,")
REFUSAL = ("internal import VigilModel\n\n@usableFromInline func _vt<T>() throws(MoneyError) -> T { throw .overflow }\n\n")


def prepare(options):
    """Weaves and builds until all that is left compiles; the places, and the program."""
    auto.TREE = auto.FOLDER / "throws"
    auto.FOLDER.mkdir(exist_ok=True)
    auto.TREE.mkdir(exist_ok=True)
    subprocess.run(["swift", "build", "--package-path", auto.TOOL], check=True, stdout=sys.stderr)
    auto.copy_tree(options)
    left = set()
    for _ in range(20):
        mutants = auto.weave(options, left, ["--throwing"], REFUSAL)
        built = auto.run(["swift", "build", "-c", "release", "--product", "vigil", "--static-swift-stdlib",
                          "-Xswiftc", "-gnone"], cwd=auto.TREE)
        if built.returncode == 0:
            return mutants, auto.TREE / ".build/release/vigil"
        fault = auto.at_fault(built.stdout + built.stderr, mutants)
        if not fault:
            sys.exit(f"the copy does not build:\n{(built.stdout + built.stderr)[-4000:]}")
        print(f"{len(fault)} of {len(mutants)} do not compile", file=sys.stderr)
        left |= {m["key"] for m in mutants if m["id"] in fault}
    sys.exit("the copy does not build after 20 attempts")


def look(binary, mutant, options):
    """What the simulator found, and how often this place refused."""
    environment = {**os.environ, "VIGIL_MUTANT": str(mutant["id"]), "VIGIL_MUTANT_EVERY": str(options.every),
                   "SWIFT_BACKTRACE": "enable=no"}
    times = 0
    for seed in range(1, options.seeds + 1):
        try:
            ran = subprocess.run([binary, "simulate", "--config", auto.ROOT / "config", "--seed", str(seed)],
                                 env=environment, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            return f"seed {seed} does not end", times
        refused = re.search(r"mutant on (\d+) times", ran.stderr)
        times += int(refused[1]) if refused else 0
        found = [line for line in re.findall(rf"^seed {seed}: (.*)$", ran.stdout, re.M) if not EXPECTED.match(line)]
        if found:
            return f"seed {seed}: {found[0]}", times
        if ran.returncode not in (0, 1):
            return f"seed {seed}: exit {ran.returncode}: {ran.stderr[-200:]}", times
    return "", times


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--every", type=int, default=7, help="each place refuses every N-th time")
    parser.add_argument("--seeds", type=int, default=6, help="half hours of the engine for each place")
    parser.add_argument("--sample", type=int, help="only so many places, drawn")
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    options = parser.parse_args()
    options.paths, options.named, options.pure = options.paths or PATHS, False, False
    mutants, binary = prepare(options)
    mutants = [m for m in mutants if not m["file"].endswith(APART)][:options.sample]
    bad = quiet = times = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, (found, count) in zip(mutants, pool.map(lambda m: look(binary, m, options), mutants)):
            times += count
            quiet += not found and not count
            bad += bool(found)
            if found or not count:
                print(f"{'FOUND' if found else 'not reached'}  {mutant['file']}:{mutant['line']}: "
                      f"{auto.flat(mutant['original'])}{': ' + found if found else ''}", flush=True)
    print(f"{len(mutants)} places refused {times} times in all, {quiet} were not reached; {bad} with a violation")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
