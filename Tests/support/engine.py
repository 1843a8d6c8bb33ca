"""One way to start `vigil run`, to listen to it, and to end it."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from . import VIGIL
from . import processes


class Engine:
    """One process of `vigil run`, with its state and its log in a folder."""

    def __init__(self, folder, config, *arguments, state=None, environment=None, wrap=(), notify=False, watchdog=0,
                 preexec_fn=None):
        self.folder, self.config = pathlib.Path(folder), config
        self.state = pathlib.Path(state or self.folder / "state")
        self.log = open(self.folder / "log", "a+")
        self.offset = self.log.seek(0, os.SEEK_END)
        self.notify, self.ready = None, None
        environment = {**os.environ, **(environment or {})}
        if notify or watchdog:
            environment["NOTIFY_SOCKET"] = self.listen()
        if watchdog:
            environment["WATCHDOG_USEC"] = str(watchdog)
            environment.pop("WATCHDOG_PID", None)
        self.began = time.monotonic()
        self.process = processes.begin(
            [*wrap, VIGIL, "run", "--config", config, "--state", self.state, *arguments], stdout=self.log,
            stderr=self.log, env=environment, preexec_fn=preexec_fn)

    @staticmethod
    def embedded(folder, config, *arguments, **options):
        """On paper, beside the exchange that is built in, with a service manager to talk to."""
        return Engine(folder, config, "--mode", "paper", "--venue", "embedded", "--seed", "2", *arguments, notify=True,
                      **options)

    @staticmethod
    def at_venue(mode, sim, folder, config, *arguments, key=True, **options):
        """Beside a coinbase-sim."""
        credentials = ["--credentials", sim.tls / "key.json"] if key else []
        return Engine(folder, config, "--mode", mode, "--venue", "coinbase", "--endpoint",
                      f"https://127.0.0.1:{sim.secure}", "--ca-file", sim.ca, *credentials, *arguments, **options)

    def listen(self):
        """Makes the socket of a service manager; its path."""
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        self.notify.settimeout(0.2)
        return str(path)

    def heard(self, word, seconds=30):
        """Seconds until the engine said a word to its service manager; None if it did not."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            try:
                if word in self.notify.recv(4096).decode():
                    return time.monotonic() - self.began
            except TimeoutError:
                if self.process.poll() is not None:
                    return None
        return None

    def said(self):
        """What this process has written so far."""
        with open(self.folder / "log") as log:
            log.seek(self.offset)
            return log.read()

    def wait_for(self, pattern, seconds=60, since=0):
        """Until it has written a line like this."""
        limit = time.monotonic() + seconds
        while not re.search(pattern, self.said()[since:]):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"no line like {pattern}:\n{self.said()[since:][-3000:]}")
            time.sleep(0.05)

    def wait_ready(self, seconds=60):
        """Until it is ready or has ended; the seconds that took, or None."""
        self.run_for(seconds, until_ready=True)
        return self.ready

    def run_for(self, seconds, until_ready=False):
        limit = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < limit and not (until_ready and self.ready):
            if self.ready is None and " READY " in self.said():
                self.ready = time.monotonic() - self.began
            time.sleep(0.02)

    def ask(self, request):
        """An answer of its control socket."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(30)
            control.connect(str(self.state / "control"))
            control.sendall(request.encode() + b"\n")
            answer = b""
            while part := control.recv(1 << 16):
                answer += part
        return json.loads(answer)

    def status(self):
        """What `vigil status` says; nothing while it does not answer."""
        return status(self.state)

    def until(self, condition, seconds=60):
        """Until its status is as it should be; that status."""
        return until(self.state, condition, seconds)

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=60):
        """Until it has ended by itself; its exit code."""
        try:
            return self.process.wait(seconds)
        finally:
            self.kill()

    def stop(self, number=signal.SIGTERM):
        """Ends it; its exit code."""
        if self.process.poll() is None:
            self.send(number)
        return self.wait()

    def kill(self):
        """Ends it at once, whatever it is doing."""
        processes.end(self.process)
        self.log.close()
        if self.notify:
            self.notify.close()


def status(state):
    """What `vigil status` says of the engine with this state; nothing while it does not answer."""
    answer = subprocess.run([VIGIL, "status", "--state", str(state), "--format", "json"], capture_output=True, text=True,
                            timeout=120)
    return json.loads(answer.stdout) if answer.returncode == 0 else {}


def until(state, condition, seconds=60):
    """Until the engine with this state is as it should be; its status."""
    limit = time.monotonic() + seconds
    while True:
        seen = status(state)
        if seen and condition(seen):
            return seen
        if time.monotonic() > limit:
            log = pathlib.Path(state).parent / "log"
            said = log.read_text()[-3000:] if log.exists() else "(no log)"
            raise AssertionError(f"it did not happen in {seconds} s: {seen}\nthe engine said:\n{said}")
        time.sleep(0.05)
