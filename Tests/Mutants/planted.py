#!/usr/bin/env python3
"""Plants a bug in the path of orders, one at a time, and lets the simulator look for it.

    ./dev planted [NAME ...]
    ./dev planted --list        # only looks whether each still stands in a hook; builds nothing

Each is one line that is wrong while the environment names it, in a copy of the sources that Tests/Mutants/hooks is put
into. A bug counts as found
when a seed ends with a violation; what that took is given in seeds and in CPU-seconds.
"""
import concurrent.futures
import os
import pathlib
import re
import resource
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VIGIL = f"{ROOT}/.build/mutants/release/vigil"
CPU_SECONDS = 200

PLANTED = {
    "order.sent_before_durable": "an order is sent before its intent is durable",
    "order.ids_repeat": "the next run begins with the same ids",
    "order.unknown_is_refused": "a lost answer is taken for a refusal",
    "order.cancel_is_an_end": "a cancel that was asked for is taken for an end",
    "order.found_is_ended": "an order that a look-up finds is taken for ended",
    "order.remainder_stays": "what has filled is bought again",
    "order.part_is_whole": "a part that filled ends the order",
    "order.end_never_comes": "an end that waited for its fills never comes",
    "order.end_is_not_written": "the end of an order is not written down",
    "order.left_at_the_stop": "a stop leaves the orders at the venue",
    "orders.end_before_fills": "an end counts before the fills that came before it",
    "orders.fill_counts_twice": "a fill that is told twice counts twice",
    "unknown.one_listing_is_enough": "one listing without an order proves it absent",
    "unknown.part_is_whole": "a listing that broke off counts as whole",
    "unknown.one_look": "an order of unknown fate is looked for once",
    "start.missing_is_absent": "a start takes what it does not find for absent",
    "start.unfinished_forgotten": "a start forgets the orders of the run before",
    "start.unknown_forgotten": "a start does not look for orders of unknown fate",
    "start.fills_not_read": "a start does not read the venue's fills",
    "start.page_dropped": "a start drops a page of the venue's fills",
    "start.funded_again": "a start books the deposit again",
    "ledger.fill_told_twice": "a fill is applied twice",
    "ledger.fee_dropped": "a fee is not written down",
    "ledger.one_batch_behind": "what is said to be durable is written a batch later",
    "audit.chain_broken": "an audit line does not name the one before",
}


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def find(item):
    name, text = item
    run = subprocess.run(
        [VIGIL, "simulate", "--config", f"{ROOT}/config", "--seeds", "100000"], capture_output=True, text=True,
        env={**os.environ, "VIGIL_MUTANT": name, "SWIFT_BACKTRACE": "enable=no"}, preexec_fn=limit)
    first = re.search(r"^seed (\d+): (.*)$", run.stdout, re.M)
    spent = re.search(r"^([\d.]+) ms a seed", run.stdout, re.M)
    if not first:
        return name, text, None, None, f"exit {run.returncode} {run.stderr[-200:]}"
    return name, text, int(first[1]), float(spent[1]) * int(first[1]) / 1000, first[2][:90]


def listed():
    """Names each bug that is planted; those that no hook knows have rotted."""
    sources = "".join(path.read_text() for path in pathlib.Path(ROOT, "Tests/Mutants/hooks").glob("*.patch"))
    lost = [name for name in PLANTED if f'"{name}"' not in sources]
    for name, text in PLANTED.items():
        print(f"{name:<34} {text}{'   IN NO HOOK' if name in lost else ''}")
    return 1 if lost else 0


def main():
    if sys.argv[1:] == ["--list"]:
        sys.exit(listed())
    wanted = sys.argv[1:]
    chosen = [item for item in PLANTED.items() if not wanted or any(word in item[0] for word in wanted)]
    missed = 0
    print("| planted | what is wrong | found by seed | after | by |\n| --- | --- | --- | --- | --- |")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, text, seed, seconds, what in pool.map(find, chosen):
            missed += seed is None
            found = f"{seed} | {seconds:.1f} s" if seed else "**not found** | -"
            print(f"| `{name}` | {text} | {found} | {what.replace('|', '/')} |", flush=True)
    print(f"\n{len(chosen)} planted, {missed} not found in {CPU_SECONDS} CPU-seconds")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
