"""An HTTPS server that says what it is told: FOLDER with server.pem and server-key.pem, and a script
as a line of its input.

The script is a JSON list; each request takes the first entry whose "path" its target begins with:
  {"path": "/…", "status": 200, "body": "…", "headers": {…}, "then": "close" | "drop" | …, "times": 1}
"drop" closes without an answer, after the request was read; "reset" does so rudely; "silent" keeps the
connection, and says nothing.
GET /log tells every request that was read, as JSON.
"""
import json
import pathlib
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading

folder, script = pathlib.Path(sys.argv[1]), json.loads(sys.stdin.readline())
log = []


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        connection = id(self)
        while True:
            line = self.rfile.readline().decode("latin1")
            if not line:
                return
            method, target, _ = line.split(" ", 2)
            headers = {}
            while (line := self.rfile.readline().decode("latin1").strip()):
                name, value = line.split(":", 1)
                headers[name.strip().lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0))).decode()
            if target.startswith("/api/v3/brokerage/log"):
                self.answer(200, json.dumps({"log": log}), {})
                continue
            log.append({"method": method, "target": target, "body": body,
                        "connection": connection, "authorization": headers.get("authorization", "")})
            for entry in script:
                if entry.get("times", 1 << 30) > 0 and target.startswith(entry["path"]):
                    entry["times"] = entry.get("times", 1 << 30) - 1
                    break
            else:
                entry = {"status": 404, "body": "{}"}
            if entry.get("then") == "silent":
                self.rfile.read()
            if entry.get("then") == "reset":
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if entry.get("then") in ("drop", "reset", "silent"):
                return
            self.answer(entry.get("status", 200), entry.get("body", ""), entry.get("headers", {}))
            if entry.get("then") == "close":
                return

    def answer(self, status, body, headers):
        data = body.encode("utf-8", "surrogateescape")
        lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
        self.wfile.flush()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        pass  # a client that hangs up is no news


def end_with_the_test():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
with Server(("127.0.0.1", 0), Handler) as server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"rest https://127.0.0.1:{server.server_address[1]}/api/v3/brokerage\nready", flush=True)
    server.serve_forever()
