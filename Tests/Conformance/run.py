#!/usr/bin/env python3
"""Runs the conformance suites side by side; most of their time is waiting for a venue's clock."""
import concurrent.futures
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(suite):
    done = subprocess.run([sys.executable, "-W", "ignore", suite], cwd=HERE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return suite.name, done.returncode, done.stdout


with concurrent.futures.ThreadPoolExecutor(3) as pool:
    failed = 0
    for name, code, said in pool.map(run, sorted(HERE.glob("test_*.py"))):
        print(f"== {name}\n{said}", flush=True)
        failed += code != 0
sys.exit(1 if failed else 0)
