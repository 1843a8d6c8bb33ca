"""A venue that means harm: coinbase-sim behind a TLS server that answers some of its requests itself."""
import base64
import hashlib
import http.client
import os
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
    """`feed` is called with each feed's connection once it stands; `answers` maps the begin of a path to an answer."""

    def __init__(self, sim, feed=None, answers=None):
        self.sim, self.feed, self.answers = sim, feed, answers or {}
        self.attacked = threading.Event()
        self.ending = False

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
        if "Sec-WebSocket-Key" in headers:
            proof = base64.b64encode(hashlib.sha1(headers["Sec-WebSocket-Key"].encode() + GUID).digest())
            secure.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
            self.attacked.set()
            if self.feed:
                self.feed(secure)
            return False
        for begin, answer in self.answers.items():
            if path.startswith("/api/v3/brokerage" + begin):
                self.attacked.set()
                answer(secure)
                return False
        while len(body) < int(headers.get("Content-Length", 0)):
            body += secure.recv(1 << 16)
        there = http.client.HTTPConnection("127.0.0.1", self.sim.plain, timeout=20)
        there.request(method, path, body or None, {name: value for name, value in headers.items() if name != "Host"})
        reply = there.getresponse()
        data = reply.read()
        there.close()
        kept = "".join(f"{name}: {value}\r\n" for name, value in reply.getheaders()
                       if name.lower() not in ("content-length", "transfer-encoding", "connection"))
        secure.sendall(f"HTTP/1.1 {reply.status} {reply.reason}\r\n{kept}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        return True


def peak(process):
    """The most memory that a process has held, in MiB."""
    with open(f"/proc/{process}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError(os.strerror(3))
