"""Servers that differ in whether they may be trusted: FOLDER, then their names.

Each listens on a port of its own and counts what reaches it. Before it is ready it prints `NAME PORT` of each.
  good          the right authority, the right names
  wrong_name    the right authority, for another host
  other_ca      the right names, of an authority that nobody knows
  self_signed   the right names, of no authority at all
  expired       good until 2021
  not_yet       good from 2090 on
  for_clients   the right authority, but not for servers
  old           good, with nothing newer than TLS 1.1
  plain         no TLS at all
  redirects     good, and sends everybody to the target
  target        good
  liar          good, and answers a WebSocket's handshake with a proof of its own invention
  no_switch     good, and proves that it read a WebSocket's handshake, with a status that opens none
  noise         good, and sends frames that nobody should send; others each time, and the same in each run
  late          good, and says nothing of TLS until somebody asks for /release on the good one
The good one answers /log with what reached each: {"NAME": {"connections": 1, "bytes": 0}}.
"""
import base64
import hashlib
import json
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import warnings
from random import Random

FOLDER = pathlib.Path(sys.argv[1])
NAMES = ["good"] + [name for name in sys.argv[2:] if name != "good"]
RIGHT = "subjectAltName=IP:127.0.0.1,DNS:localhost\n"
SETTINGS = """[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.
default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"""
log = {name: {"connections": 0, "bytes": 0} for name in NAMES}
ports = {}
released = threading.Event()
warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is what one of them is for


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=FOLDER, check=True, capture_output=True)


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "30")


def certificate(name):
    extensions, issuer, dates = RIGHT, "ca", ("20200101000000Z", "20900101000000Z")
    if name == "wrong_name":
        extensions = "subjectAltName=IP:127.0.0.2,DNS:other.example\n"
    elif name == "other_ca":
        authority(issuer := "stranger")
    elif name == "expired":
        dates = ("20200101000000Z", "20210101000000Z")
    elif name == "not_yet":
        dates = ("20900101000000Z", "20910101000000Z")
    elif name == "for_clients":
        extensions += "extendedKeyUsage=clientAuth\n"
    elif name == "self_signed":
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", "/CN=127.0.0.1",
                "-days", "30", "-addext", RIGHT.strip())
        return
    (FOLDER / f"{name}.ext").write_text(extensions)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl("ca", "-batch", "-config", "ca.conf", "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key",
            "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext", "-notext",
            "-startdate", dates[0], "-enddate", dates[1])


def context(name):
    chosen = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if name == "old":
        chosen.set_ciphers("ALL:@SECLEVEL=0")
        chosen.minimum_version = ssl.TLSVersion.TLSv1
        chosen.maximum_version = ssl.TLSVersion.TLSv1_1
    chosen.load_cert_chain(FOLDER / f"{name}.pem", FOLDER / f"{name}.key")
    return chosen


def answer(name, head):
    target = head.split(" ", 2)[1]
    lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if name == "redirects":
        return f"HTTP/1.1 302 x\r\nContent-Length: 0\r\nLocation: https://127.0.0.1:{ports['target']}/\r\n\r\n"
    if key := lines.get("Sec-WebSocket-Key"):
        proof = key + ("" if name == "liar" else "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        accept = base64.b64encode(hashlib.sha1(proof.encode()).digest()).decode()
        status = 200 if name == "no_switch" else 101
        return (f"HTTP/1.1 {status} x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Accept: {accept}\r\n\r\n")
    if target == "/release":
        released.set()
    body = json.dumps(log) if target == "/log" else "{}"
    return f"HTTP/1.1 200 x\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def noise(seed):
    """Frames with one thing or another about them, and then bytes that are none; the second half is of bits thrown."""
    random = Random(seed)
    sent = b"\x81\x02{}" * random.randrange(3)
    for _ in range(random.randrange(1, 12)):
        payload = random.randbytes(random.choice((0, 1, 2, 3, 125, 126, 300, 70_000)))
        if random.random() < 0.5:
            payload = json.dumps({"x": "é" * random.randrange(40)}).encode()[:random.randrange(1, 90)]
        head = bytes([random.choice((0x81, 0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x09, 0x82, 0xc1, 0x83, 0x8f))])
        length = len(payload) if random.random() < 0.9 else random.choice((0, 127, 1 << 16, 1 << 31, (1 << 64) - 1))
        form = random.choice((0, 1, 2)) if length < 126 else 1 if length < 1 << 16 else 2
        mask = random.choice((0, 0, 0, 0, 0x80))
        head += [bytes([length & 0x7f | mask]), b"\x7e" + struct.pack(">H", length & 0xffff),
                 b"\x7f" + struct.pack(">Q", length)][form]
        sent += head + payload
    if seed % 2:
        sent = bytearray(sent)
        for _ in range(random.randrange(1, 6)):
            sent[random.randrange(min(len(sent), 40))] ^= 1 << random.randrange(8)
    return bytes(sent)


def serve(connection, name, tls):
    log[name]["connections"] += 1
    if name == "late":
        released.wait()
    try:
        stream = tls.wrap_socket(connection, server_side=True) if tls else connection
        waiting = b""
        while data := stream.recv(65_536):
            if not tls and data[0] == 0x16:
                return  # a greeting in TLS, of which this one knows nothing
            waiting += data
            while b"\r\n\r\n" in waiting:
                head, waiting = waiting.split(b"\r\n\r\n", 1)
                text = head.decode("latin1")
                asks = name == "good" and text.split(" ", 2)[1] in ("/log", "/release")
                log[name]["bytes"] += 0 if asks else len(head)
                stream.sendall(answer(name, text).encode())
                if name == "noise" and "Sec-WebSocket-Key" in text:
                    stream.sendall(noise(log[name]["connections"]))
                    stream.unwrap()
                    return
        log[name]["bytes"] += len(waiting)
    except OSError:
        pass  # a client that does not trust us hangs up, and that is what is looked at
    finally:
        connection.close()


def listen(name):
    listener = socket.create_server(("127.0.0.1", 0))
    ports[name] = listener.getsockname()[1]
    tls = None if name == "plain" else context(name)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, name, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "ca.conf").write_text(SETTINGS)
(FOLDER / "index").write_text("")
(FOLDER / "serial").write_text("01\n")
authority("ca")
for wanted in NAMES:
    if wanted != "plain":
        certificate(wanted)
    listen(wanted)
    print(wanted, ports[wanted])
print("ready", flush=True)
# Who started this holds the other end: a test that crashes leaves nothing behind.
sys.stdin.read()
