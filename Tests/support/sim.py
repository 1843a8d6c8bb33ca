"""A coinbase-sim for a test: started on free ports, spoken to, ended; and the SDK's way to it."""
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
import uuid

from . import COINBASE_SIM
from . import processes


class Sim:
    """One running venue; `with Sim("--products", 3) as sim`."""

    def __init__(self, *arguments, keep=None):
        self.scratch = None if keep else tempfile.TemporaryDirectory(prefix="coinbase-sim-")
        self.folder = pathlib.Path(keep or self.scratch.name)
        self.arguments = [str(argument) for argument in arguments]

    def __enter__(self):
        return self.begin("--port", "0", "--plain-port", "0")

    def begin(self, *where):
        self.process = processes.begin(  # what it says on stderr goes where the test's own does
            [COINBASE_SIM, "--tls-dir", self.folder / "tls", *where, "--ed25519", "--history", "400", *self.arguments],
            stdout=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("ready"):
                break
        else:
            processes.end(self.process)
            raise RuntimeError(f"no start: {said}")
        ports = re.findall(r"https?://127\.0\.0\.1:(\d+)/api", said)
        self.secure, self.plain = int(ports[0]), int(ports[1])
        self.tls = self.folder / "tls"
        self.ca = str(self.tls / "ca.pem")
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            if self.scratch:
                self.scratch.cleanup()

    def crash(self, down=0.5):
        """Kills the venue, which comes back on the same ports after some seconds; it wants `--journal`."""
        self.process.kill()
        self.process.communicate()
        processes.end(self.process)
        time.sleep(down)
        self.begin("--port", str(self.secure), "--plain-port", str(self.plain), "--resume")

    def stop(self):
        """Ends the venue in order; its last words."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            said, _ = self.process.communicate(timeout=60)
        finally:
            processes.end(self.process)
        if self.process.returncode not in (0, -signal.SIGKILL):
            raise AssertionError(f"ended with {self.process.returncode}: {said}")
        return said

    def key(self, file="key.json"):
        data = json.loads((self.tls / file).read_text())
        return data["name"], data["privateKey"]

    def client(self, file="key.json", **options):
        """The official REST client, unmodified, over TLS with our CA."""
        from coinbase.rest import RESTClient

        name, secret = self.key(file)
        client = RESTClient(api_key=name, api_secret=secret, base_url=f"127.0.0.1:{self.secure}",
                            timeout=options.pop("timeout", 20), **options)
        client.session.trust_env = False
        client.session.verify = self.ca
        return client

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.plain}/_sim/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + (self.tls / "control.token").read_text()})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.loads(answer.read())

    def inject(self, kind, **options):
        return self.control("POST", "faults", {"kind": kind, **options})["id"]

    def clear(self, fault=None):
        self.control("DELETE", "faults" if fault is None else f"faults/{fault}")

    def truth(self):
        return self.control("GET", "truth")

    def raw(self, path, method="GET", headers=None, body=None):
        """Status, headers and bytes of a plain request."""
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), data


class SimCase(unittest.TestCase):
    """Tests that share one venue, whose books balance at the end."""
    arguments, options = (), {}

    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--no-rate-limit", *cls.arguments).__enter__()
        cls.client = cls.sim.client(**cls.options)

    @classmethod
    def tearDownClass(cls):
        truth = cls.sim.truth()
        cls.sim.__exit__()
        assert truth["is_balanced"], truth["balances"]


def client_id():
    return str(uuid.uuid4())
