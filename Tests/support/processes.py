"""Processes of a test: whatever becomes of the test, they end before it does."""
import atexit
import os
import signal
import subprocess
import time

from . import VIGIL

started = []


def begin(command, **options):
    """A process in a group of its own, so that it can be ended together with what it started."""
    process = subprocess.Popen([str(part) for part in command], start_new_session=True, **options)
    started.append(process)
    return process


def end(process):
    """Kills a process and its group, and waits until it is gone."""
    # Only once: the number may belong to somebody else afterwards.
    if process not in started:
        return
    started.remove(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@atexit.register
def end_all():
    """No process outlives its test, even where the test ends in the middle."""
    for process in list(started):
        end(process)


def vigil(*arguments, timeout=600, **options):
    """A short run of `vigil`."""
    return subprocess.run([VIGIL, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)


def eventually(look, seconds=30):
    """The first answer that is not empty; what depends on another process is looked for, never slept for."""
    limit = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > limit:
            raise AssertionError("did not happen")
        time.sleep(0.02)
