#!/usr/bin/env python3
"""Mutants derived from the syntax: woven into a copy of the tree, built together, run one at a time.

    ./dev mutants --auto [PATH ...] [--sample N] [--seed S] [--named] [--within SECONDS]

Each mutant is run against the suites that reach it, the quickest first, until one fails. What no suite
notices is a survivor: it is printed with its file, line and change. Known equivalents stand in
Tests/Mutants/equivalents.txt, each with the reason why no test can notice it.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/support"))
import cleanly  # noqa: E402
FOLDER = ROOT / ".build-mutants"
TREE = FOLDER / "tree"
# The sources as they were when the run began: what is edited meanwhile does not move the draw.
ORIGINAL = FOLDER / "original"
TOOL = ROOT / "Tools/mutate"
PATHS = [f"Sources/{name}" for name in (
    "VigilCore", "VigilModel", "VigilExchange", "VigilLedger", "VigilConfig/Checks", "VigilCoinbase",
    "VigilTransport", "VigilTelemetry", "VigilEngine", "VigilDaemon")]
PURE = PATHS[:5]
# What a score must be, by target; the others need not reach more than the last.
ASKED = {"VigilCore": 85, "VigilModel": 85, "VigilExchange": 85, "VigilLedger": 85, "VigilConfig": 85}
ASKED_ELSEWHERE = 70
RELEASE = ["-c", "release", "-Xswiftc", "-enable-testing"]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


# The copy

def copy_tree(options):
    """Copies what is tracked, without the parts that need a server's packages."""
    shutil.rmtree(ORIGINAL, ignore_errors=True)
    shutil.copytree(ROOT / "Sources", ORIGINAL / "Sources")
    listed = run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True)
    wanted = {name for name in listed.stdout.splitlines()
              if not re.match(r"(Tools|Sources/VigilExchangeServer|Sources/coinbase-sim"
                              r"|Tests/VigilExchangeServerTests|Tests/TidyTests)/", name)}
    for name in sorted(wanted):
        source, target = ROOT / name, TREE / name
        # What is woven is written by the tool, and only where it differs: then little is compiled again.
        if not source.is_file() or (name.endswith(".swift") and name.startswith(tuple(options.paths))
                                    and target.is_file()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == "Package.swift":
            content = package(source.read_text(), options.pure).encode()
        else:
            content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)
    for folder in ("Sources", "Tests"):
        for path in (TREE / folder).rglob("*.swift"):
            name = str(path.relative_to(TREE))
            if name not in wanted and path.name != "MutantSwitch.swift":
                path.unlink()
    shutil.copytree(TOOL / "Switch", TREE / "Sources/CVigilMutant", dirs_exist_ok=True)


def place_server():
    """Puts the venue where suites look for it; behind the build, which makes that folder anew."""
    server = ROOT / ".build/debug/coinbase-sim"
    if server.exists():
        # One that still runs keeps its file, and this is another one.
        (TREE / ".build/debug/coinbase-sim").unlink(missing_ok=True)
        shutil.copy2(server, TREE / ".build/debug/coinbase-sim")


def package(text, pure):
    """The manifest with the switch in every target, and without what only coinbase-sim needs.

    A pure one has what decides and what keeps, and neither network nor engine.
    """
    def change(pattern, replacement):
        nonlocal text
        text, count = re.subn(pattern, replacement, text, flags=re.S)
        if count == 0:
            sys.exit(f"Package.swift has changed: {pattern!r} is not in it")
    change(r"    \.treatAllWarnings\(as: \.error\),\n", "")
    change(r"    \.strictMemorySafety\(\),\n", "")
    change(r'        \.package\(url: "https://github.com/apple/swift-nio[^\n]*\n', "")
    change(r"let nio: .*?\n\n", "let nio: [Target.Dependency] = []\n\n")
    change(r'        \.executable\(name: "coinbase-sim"[^\n]*\n', "")
    change(r'        target\(\s*"VigilExchangeServer".*?\n        \),\n', "")
    change(r'        \.executableTarget\(\s*name: "coinbase-sim".*?\n        \),\n', "")
    change(r'        tests\(\s*"VigilExchangeServerTests".*?\n        \),\n', "")
    change(r'        tests\("TidyTests".*?\),\n', "")
    change(r"dependencies: dependencies,\n        swiftSettings: strict \+ \(runsDays",
           'dependencies: dependencies + ["CVigilMutant"],\n        swiftSettings: strict + (runsDays')
    change(r'\.target\(name: "CVigil"\),', '.target(name: "CVigil"), .target(name: "CVigilMutant"),')
    change(r'(name: "CVigilTransport",)', r'\1 dependencies: ["CVigilMutant"],')
    if pure:
        change(r'        \.executable\(name: "vigil"[^\n]*\n', "")
        change(r'        \.executableTarget\(\s*name: "vigil".*?\n        \),\n', "")
        for name in ("VigilCoinbase", "VigilEngine", "VigilRehearsal", "VigilDaemon",
                     "VigilCommands"):
            change(rf'        target\(\s*"{name}".*?\n        \),\n', "")
        for name in ("VigilCoinbaseTests", "VigilEngineTests", "VigilDaemonTests"):
            change(rf'        tests\(\s*"{name}".*?\n        \),\n', "")
    return text


def switch_files(files, helper):
    """Each woven target asks the switch through a function of its own."""
    for target in {name.split("/")[1] for name in files if name.endswith(".swift")}:
        path = TREE / "Sources" / target / "MutantSwitch.swift"
        if not path.exists():
            path.write_text(helper + "internal import CVigilMutant\n\n@usableFromInline func _vm(_ id: Int32) "
                            "-> Bool { vigil_mutant(id) }\n")


# The build

def weave(options, left, more=(), helper=""):
    without = FOLDER / "without.txt"
    without.write_text("".join(f"{key}\n" for key in sorted(left)))
    command = [str(TOOL / ".build/debug/mutate"), "--root", str(ORIGINAL), "--out", str(TREE), "--seed",
               str(options.seed), "--without", str(without), *more]
    # Some of what is drawn does not compile; the first N that do are the sample.
    if options.sample is not None:
        command += ["--sample", str(int(options.sample * 1.5) + 10 if options.sample else 0)]
    for path in sorted((ROOT / "Tests/Mutants/named").glob("*.txt")) if options.named else []:
        command += ["--named", str(path)]
    woven = run(command + options.paths, cwd=ROOT)
    if woven.returncode:
        sys.exit(woven.stdout + woven.stderr)
    print(woven.stdout.strip(), file=sys.stderr)
    mutants = [{"name": None, **mutant} for mutant in json.loads((TREE / "mutants.json").read_text())]
    switch_files({mutant["file"] for mutant in mutants}, helper)
    return mutants


def at_fault(output, mutants):
    """The mutants that the compiler's errors stand in."""
    spans = collections.defaultdict(list)
    for mutant in mutants:
        if mutant.get("span"):
            spans[mutant["file"]].append(mutant)
    found = set()
    for name, line, column, message in set(
            re.findall(r"^(\S+?):(\d+):(\d+): error: (.*)$", output, re.M)):
        file = os.path.relpath(name, TREE)
        content = (TREE / file).read_bytes()
        begins = [0] + [match.end() for match in re.finditer(b"\n", content)]
        first = begins[int(line) - 1]
        offset = first + int(column) - 1
        inside = [m for m in spans[file] if m["span"]["mutated"][0] <= offset < m["span"]["mutated"][1]]
        around = [m for m in spans[file] if m["span"]["whole"][0] <= offset < m["span"]["whole"][1]]
        if inside:
            found.add(min(inside, key=lambda m: m["span"]["mutated"][1] - m["span"]["mutated"][0])["id"])
            continue
        # One that somebody wrote down compiles by itself: what was drawn beside it goes first.
        around = [m for m in around if not m["name"]] or around
        after = begins[min(int(line) + 14, len(begins) - 1)]
        near = [m for m in spans[file] if first <= m["span"]["whole"][0] < after]
        near = [m for m in near if not m["name"]] or near
        if around and "reasonable time" not in message:
            found.add(min(around, key=lambda m: m["span"]["whole"][1] - m["span"]["whole"][0])["id"])
        elif near:
            last = min(m["span"]["whole"][0] for m in near)
            found |= {m["id"] for m in near
                      if "reasonable time" in message or m["span"]["whole"][0] == last}
        elif earlier := [m for m in spans[file] if m["span"]["whole"][0] < first]:
            # What a function leaves undone is told where it ends.
            found.add(max(earlier, key=lambda m: m["span"]["whole"][0])["id"])
        elif beside := [m for m in mutants if file.startswith(os.path.dirname(m["file"]).split("/System")[0])]:
            # It is felt in another file of the target: none of them stays.
            found |= {m["id"] for m in beside}
        else:
            sys.exit(f"the copy does not compile, and no mutant is near: {name}:{line}: {message}")
    return found


def build(options):
    """Weaves and builds until all that is left compiles.

    A build without optimization is quick to say what does not compile; the optimized one runs the suites.
    """
    plain = ["swift", "build", "-Xswiftc", "-gnone", "-Xswiftc", "-continue-building-after-errors"]
    tests = [*plain, "--build-tests", *([] if options.debug else RELEASE)]
    # What did not compile the last time is known.
    known = FOLDER / "left.json"
    left = set(json.loads(known.read_text())) if known.exists() else set()
    for _ in range(60):
        known.write_text(json.dumps(sorted(left)))
        mutants = weave(options, left)
        built = run(plain, cwd=TREE)
        if built.returncode == 0:
            built = run(tests, cwd=TREE)
        if built.returncode == 0:
            return mutants
        fault = at_fault(built.stdout + built.stderr, mutants)
        if not fault:
            sys.exit(f"the copy does not build:\n{(built.stdout + built.stderr)[-4000:]}")
        named = [m["name"] for m in mutants if m["id"] in fault and m["name"]]
        if named:
            print(f"do not compile: {', '.join(named)}", file=sys.stderr)
        print(f"{len(fault)} of {len(mutants)} do not compile", file=sys.stderr)
        left |= {m["key"] for m in mutants if m["id"] in fault}
    sys.exit("the copy does not build after 60 attempts")


# The runs

def suite(binary, name, number, limit, trace=None):
    """True when the suite passes; a suite that does not end in time has noticed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # What another user may not do is tested where that user could get in.
        os.chmod(folder, 0o755)
        environment = {**os.environ, "VIGIL_MUTANT": str(number), "SWIFT_BACKTRACE": "enable=no",
                       "TMPDIR": folder}
        if trace:
            environment["VIGIL_MUTANT_TRACE"] = str(trace)
        process = subprocess.Popen(
            [binary, "--testing-library", "swift-testing", "--filter", f"^{re.escape(name)}/"],
            cwd=TREE, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            # A server of the suite may have a group of its own.
            for number in [process.pid, *cleanly.processes(folder)]:
                try:
                    os.kill(number, 9)
                except ProcessLookupError:
                    pass
            process.wait()


def measured(binary, within):
    """What each suite takes and which mutants it reaches, without any mutant."""
    listed = run([binary, "--testing-library", "swift-testing", "--list-tests"], cwd=TREE, check=True)
    names = sorted({line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line})
    suites = []
    for name in names:
        trace = FOLDER / f"trace-{name}"
        trace.unlink(missing_ok=True)
        start = time.monotonic()
        passed = suite(binary, name, -1, within, trace)
        seconds = time.monotonic() - start
        if not passed:
            why = f"takes longer than {within} s" if seconds >= within else "fails without any mutant"
            print(f"left out: {name} {why}", flush=True)
            continue
        reached = set(map(int, trace.read_text().split())) if trace.exists() else set()
        suites.append((seconds, name, reached))
    return sorted(suites, key=lambda entry: entry[:2])


def judge(binary, mutant, suites):
    """The first suite that notices, or None."""
    reaching = [(seconds, name) for seconds, name, reached in suites
                if mutant["id"] in reached or mutant["file"].endswith(".c")]
    by = mutant.get("by") or ""
    reaching.sort(key=lambda entry: (not (by and by in entry[1]), entry[0]))
    for seconds, name in reaching:
        if not suite(binary, name, mutant["id"], 10 + 8 * seconds):
            return name
    return None


def equivalents():
    path = ROOT / "Tests/Mutants/equivalents.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split()[0]: line for line in lines if line and not line.startswith("#")}


def shown(mutant):
    change = "nothing" if mutant["kind"] == "removal" else f"`{flat(mutant['mutated'])}`"
    return (f"{mutant['key']}  {mutant['file']}:{mutant['line']}: {mutant['kind']}: "
            f"`{flat(mutant['original'])}` -> {change}")


def flat(text):
    text = " ".join(text.split())
    return text if len(text) <= 110 else text[:107] + "..."


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--auto", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sample", type=int, default=1000, help="how many to draw; 0 for named ones alone")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 100_000))
    parser.add_argument("--named", action="store_true", help="with those of Tests/Mutants/named")
    parser.add_argument("--within", type=float, default=60, help="leave out suites that take longer")
    parser.add_argument("--debug", action="store_true", help="a build that is quicker made, and slower")
    parser.add_argument("--pure", action="store_true", help="only what decides and keeps, without network and engine")
    parser.add_argument("--least", type=float, help="fail below this score, in percent")
    parser.add_argument("--out", help="write the results to this file, as JSON")
    options = parser.parse_args()
    options.paths = options.paths or (PURE if options.pure else PATHS)
    FOLDER.mkdir(exist_ok=True)
    TREE.mkdir(exist_ok=True)
    print(f"seed {options.seed}, sample {options.sample}", flush=True)
    subprocess.run(["swift", "build", "--package-path", TOOL], check=True, stdout=sys.stderr)
    copy_tree(options)
    mutants = build(options)
    place_server()
    known = equivalents()
    drawn = [m for m in mutants if not m["name"]]
    mutants = [m for m in mutants if m["name"]] + [
        m for m in drawn if m["key"] not in known][:options.sample]
    configuration = "debug" if options.debug else "release"
    binary = TREE / f".build/{configuration}/vigilPackageTests.xctest"
    suites = measured(binary, options.within)
    score = collections.Counter()
    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, by in zip(mutants, pool.map(lambda m: judge(binary, m, suites), mutants)):
            target = mutant["file"].split("/")[1]
            group = "named" if mutant["name"] else target
            score[group, by is not None] += 1
            reached = any(mutant["id"] in entry[2] for entry in suites)
            results.append({**mutant, "noticed": by, "reached": reached})
            if mutant["name"] and by:
                print(f"noticed  {mutant['name']}: {by}", flush=True)
            elif not by:
                where = "" if reached else " (no suite comes here)"
                name = f"{mutant['name']}: {mutant['what']}: " if mutant["name"] else ""
                print(f"SURVIVED {name}{shown(mutant)}{where}", flush=True)
            if options.out:
                pathlib.Path(options.out).write_text(json.dumps(results, indent=1))
    report(score, options)


def report(score, options):
    print("\n| target | noticed | of | score | asked |\n| --- | --- | --- | --- | --- |")
    for group in sorted({group for group, _ in score}):
        noticed, missed = score[group, True], score[group, False]
        asked = 100 if group == "named" else ASKED.get(group, ASKED_ELSEWHERE)
        print(f"| {group} | {noticed} | {noticed + missed} | {100 * noticed / (noticed + missed):.0f} % "
              f"| {asked} % |")
    noticed = sum(count for (group, seen), count in score.items() if seen and group != "named")
    total = sum(count for (group, _), count in score.items() if group != "named")
    if total:
        print(f"\n{noticed} of {total} noticed: {100 * noticed / total:.1f} %, seed {options.seed}")
    if options.least is not None and total and 100 * noticed / total < options.least:
        sys.exit(1)
    if score["named", False]:
        sys.exit(1)


if __name__ == "__main__":
    main()
