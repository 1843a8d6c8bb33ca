"""A venue that means harm: coinbase-sim behind a TLS server that answers some of its requests itself."""
import base64
import hashlib
import http.client
import os
import select
import socket
import ssl
import struct
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, payload, fin=True):
    """A frame as a server sends it."""
    head = bytes([(0x80 if fin else 0) | opcode])
    if len(payload) < 126:
        head += bytes([len(payload)])
    elif len(payload) < 1 << 16:
        head += b"\x7e" + struct.pack(">H", len(payload))
    else:
        head += b"\x7f" + struct.pack(">Q", len(payload))
    return head + payload


class HostileVenue:
    """What it is not told to do itself coinbase-sim does.

    `feed` is called with each feed's connection once it stands; `answers` maps the begin of a path to what answers on
    its connection, and `changes` to what makes another body of the venue's.
    """

    def __init__(self, sim, feed=None, answers=None, changes=None):
        self.sim, self.feed, self.answers, self.changes = sim, feed, answers or {}, changes or {}
        self.attacked, self.hungup = threading.Event(), threading.Event()
        self.ending = False
        # The paths of requests that came with a token.
        self.signed = []

    def __enter__(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.sim.tls / "server.pem", self.sim.tls / "server-key.pem")
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as secure:
                while self.answer(secure):
                    pass
        except (OSError, ssl.SSLError, ValueError):
            pass

    def answer(self, secure):
        """Answers one request; false where the connection ends with it."""
        head = b""
        while b"\r\n\r\n" not in head:
            more = secure.recv(1 << 16)
            if not more:
                return False
            head += more
        head, body = head.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        if "Authorization" in headers:
            self.signed.append(path.split("?")[0])
        if "Sec-WebSocket-Key" in headers and not self.feed:
            self.relay(secure, head + b"\r\n\r\n" + body)
            return False
        if "Sec-WebSocket-Key" in headers:
            proof = base64.b64encode(hashlib.sha1(headers["Sec-WebSocket-Key"].encode() + GUID).digest())
            secure.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
            self.attacked.set()
            try:
                self.feed(secure)
            finally:
                self.hungup.set()
            return False
        for begin, answer in self.answers.items():
            if path.startswith("/api/v3/brokerage" + begin):
                self.attacked.set()
                answer(secure)
                return False
        while len(body) < int(headers.get("Content-Length", 0)):
            body += secure.recv(1 << 16)
        there = http.client.HTTPConnection("127.0.0.1", self.sim.plain, timeout=20)
        there.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name != "Accept-Encoding":
                there.putheader(name, value)
        there.endheaders(body or None)
        reply = there.getresponse()
        data = reply.read()
        there.close()
        for begin, change in self.changes.items():
            if path.startswith("/api/v3/brokerage" + begin):
                data = change(data)
        kept = "".join(f"{name}: {value}\r\n" for name, value in reply.getheaders()
                       if name.lower() not in ("content-length", "transfer-encoding", "connection"))
        secure.sendall(f"HTTP/1.1 {reply.status} {reply.reason}\r\n{kept}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return True

    def relay(self, secure, first):
        """A feed as the venue sends it."""
        with socket.create_connection(("127.0.0.1", self.sim.plain)) as there:
            there.sendall(first)
            others = {secure: there, there: secure}
            while not self.ending:
                ready = [secure] if secure.pending() else select.select(list(others), [], [], 1)[0]
                for side in ready:
                    data = side.recv(1 << 16)
                    if not data:
                        return
                    others[side].sendall(data)


def peak(process):
    """The most memory that a process has held, in MiB."""
    with open(f"/proc/{process}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError(os.strerror(3))
