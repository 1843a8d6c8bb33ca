#!/usr/bin/env python3
"""cleanly.py COMMAND…: runs a command with a temporary directory of its own; what it leaves there, or running, fails it.

A process belongs to the command where its environment names that directory. What is left is named, then ended and
removed, so that it does not disturb what comes next.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def processes(folder):
    """The processes that were started with this temporary directory, and their commands."""
    found, wanted = {}, f"TMPDIR={folder}".encode()
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if wanted not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            # One that has ended and waits for its parent to look is not running.
            if words:
                found[int(entry.name)] = words
        except OSError:
            pass
    return found


def main():
    folder = tempfile.mkdtemp(prefix="vigil-run-")
    # What another user may not do is tested where that user could get in.
    os.chmod(folder, 0o755)
    code = subprocess.run(sys.argv[1:], env={**os.environ, "TMPDIR": folder}).returncode
    # A process that has been told to end is on its way; ten seconds are enough for all of them.
    limit = time.monotonic() + 10
    while (left := processes(folder)) and time.monotonic() < limit:
        time.sleep(0.1)
    for number, words in left.items():
        print(f"LEFT RUNNING by {' '.join(sys.argv[1:])}: {number} {words}", file=sys.stderr)
        os.kill(number, signal.SIGKILL)
    files = sorted(path.name for path in pathlib.Path(folder).iterdir())
    for name in files:
        print(f"LEFT BEHIND by {' '.join(sys.argv[1:])}: {name}", file=sys.stderr)
    shutil.rmtree(folder, True)
    return code or (1 if left or files else 0)


if __name__ == "__main__":
    sys.exit(main())
