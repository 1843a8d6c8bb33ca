#!/usr/bin/env python3
"""Clients that mean no good: the venue goes on serving the others."""
import logging
import os
import pathlib
import sys
import random
import resource
import socket
import ssl
import struct
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.processes import eventually  # noqa: E402
from support.sim import Sim  # noqa: E402

logging.disable(logging.CRITICAL)
LIMIT = resource.getrlimit(resource.RLIMIT_NOFILE)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT[1], LIMIT[1]))
        cls.sim = Sim("--products", "2", "--no-rate-limit").__enter__()
        cls.client = cls.sim.client()

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__()

    def tearDown(self):
        self.assertTrue(self.client.get_accounts().accounts, "others are served")
        self.assertLess(self.memory(), 400 << 20)

    def memory(self):
        with open(f"/proc/{self.sim.process.pid}/statm") as file:
            fields = file.read().split()
        return int(fields[1]) * os.sysconf("SC_PAGESIZE")

    def open(self, secure=False):
        plain = socket.create_connection(("127.0.0.1", self.sim.secure if secure else self.sim.plain), timeout=30)
        if not secure:
            return plain
        context = ssl.create_default_context(cafile=self.sim.ca)
        return context.wrap_socket(plain, server_hostname="localhost")

    def ended(self, connection, seconds=30):
        """Everything until the other side closes."""
        connection.settimeout(seconds)
        said = b""
        try:
            while chunk := connection.recv(65536):
                said += chunk
        except (ConnectionError, ssl.SSLError):
            pass
        connection.close()
        return said

    def test_a_request_of_64_mib(self):
        for secure in (False, True):
            connection = self.open(secure)
            head = b"POST /api/v3/brokerage/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n"
            try:
                connection.sendall(head)
                for _ in range(64):
                    connection.sendall(b"x" * (1 << 20))
            except (ConnectionError, ssl.SSLError, socket.timeout):
                pass
            said = self.ended(connection)
            self.assertTrue(said == b"" or b" 413 " in said.split(b"\r\n")[0], said[:100])

    def test_a_head_without_end(self):
        connection = self.open()
        try:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            for number in range(4000):
                connection.sendall(f"x-{number}: {'y' * 100}\r\n".encode())
        except ConnectionError:
            pass
        self.ended(connection)

    def test_slow_loris(self):
        connections = [self.open() for _ in range(20)]
        stop = threading.Event()

        def drip():
            for connection in connections:
                connection.sendall(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: x\r\nx-a: ")
            while not stop.is_set():
                for connection in connections:
                    try:
                        connection.sendall(b"b")
                    except OSError:
                        pass
                time.sleep(0.3)
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            self.client.get_accounts()  # the client gives up after its own time-out
            for connection in connections:
                self.assertEqual(self.ended(connection), b"")
        finally:
            stop.set()
            thread.join()

    def test_two_thousand_idle_connections(self):
        connections = [self.open() for _ in range(2000)]
        self.assertTrue(self.client.get_products().products)
        for connection in connections[:5]:
            connection.sendall(b"GET /api/v3/brokerage/time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            self.assertIn(b" 200 ", self.ended(connection).split(b"\r\n")[0])
        for connection in connections[5:]:
            connection.close()

    def test_garbage(self):
        chance = random.Random(1)
        for number in range(300):
            connection = self.open()
            data = chance.choice([
                bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400))),
                b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n",
                b"POST /api/v3/brokerage/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"GET %ff%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 50,
                b"GET /?" + b"a=%" * 100 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            ])
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.ended(connection)
            if number % 50 == 0:
                tls = socket.create_connection(("127.0.0.1", self.sim.secure))
                tls.sendall(data)
                tls.shutdown(socket.SHUT_WR)
                self.ended(tls)

    def upgraded(self):
        connection = self.open()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
        self.assertIn(b" 101 ", connection.recv(4096))
        return connection

    def test_frames_that_are_none(self):
        chance = random.Random(2)
        for number in range(60):
            connection = self.upgraded()
            frame = [
                bytes(chance.randrange(256) for _ in range(chance.randrange(1, 300))),
                b"\x81\xff" + struct.pack(">Q", 1 << 40) + b"abcd",
                b"\x81\x05hello", b"\x01\x80abcd" * 200, b"\x83\x80abcd", b"\x89\xfe\xff\xffabcd",
            ][number % 6]
            try:
                connection.sendall(frame)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.ended(connection)

    def test_a_listener_that_never_reads(self):
        connection = self.upgraded()
        message = b'{"type":"subscribe","channel":"level2","product_ids":["BTC-USD","ETH-USD"]}'
        mask = b"\0\0\0\0"
        for _ in range(2000):
            try:
                connection.sendall(b"\x81" + bytes([0x80 | len(message)]) + mask + message)
            except OSError:
                break
        self.assertTrue(self.client.get_products().products)
        connection.close()
        eventually(lambda: self.memory() < 400 << 20)

    def test_numbers_at_the_ends_of_their_range(self):
        huge = ("9223372036854775807", "-9223372036854775808", "-9223372036", "9223372036", "0", "-5", "x", "1e9", "%00")
        paths = [f"market/products/BTC-USD/candles?granularity={span}&start={start}&end={end}"
                 for span in ("ONE_MINUTE", "ONE_DAY", "ONE_WEEK") for start in huge for end in ("9223372036", *huge[:2])]
        paths += [f"market/products/BTC-USD/candles?granularity=ONE_DAY&start={start}&limit={start}" for start in huge]
        paths += [f"market/products/BTC-USD/ticker?limit={limit}&start={start}&end={start}" for start in huge for limit in ("1", start)]
        paths += [f"market/products?limit={number}&offset={number}" for number in huge]
        paths += [f"market/product_book?product_id=BTC-USD&limit={number}" for number in huge]
        for path in paths:
            self.assertIn(self.sim.raw(f"/api/v3/brokerage/{path}")[0], (200, 400, 500), path)
        from requests.exceptions import HTTPError
        for date in ("9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T23:59:60.999999999Z", "-1"):
            for query in ({"start_date": date}, {"end_date": date}, {"cursor": date}, {"limit": "-9"}):
                try:
                    self.client.get("/api/v3/brokerage/orders/historical/batch", params=query)
                    self.client.get("/api/v3/brokerage/orders/historical/fills", params={
                        "start_sequence_timestamp": date, "end_sequence_timestamp": date, **query})
                except HTTPError as error:
                    self.assertEqual(error.response.status_code, 400)
            self.client.limit_order_gtd_buy("gtd" + date, "BTC-USD", "0.01", "40000", date) if "T" in date else None

    def test_amounts_at_the_ends_of_their_range(self):
        for arguments in (("--cash", "USD=170141183460469231731"), ("--maker", "1"), ("--products", "0"), ("--speed", "601"), ("--cash", "USD=1e9")):
            with self.assertRaises(RuntimeError):
                Sim(*arguments).__enter__()
        with Sim("--products", "1", "--cash", "USD=1000000000000", "BTC=1000000000000", "--no-rate-limit") as sim:
            client = sim.client()
            for number, size in enumerate(("10000000", "9999999.99999999", "170141183460469231731", "0.00000001")):
                for price in ("0.01", "99999999999999", "86000"):
                    client.limit_order_gtc_sell(f"s{number}{price}", "BTC-USD", size, price)
                    client.limit_order_gtc_buy(f"b{number}{price}", "BTC-USD", size, price)
                    client.preview_limit_order_gtc_buy("BTC-USD", size, price)
                    client.preview_limit_order_gtc_sell("BTC-USD", size, price)
                client.market_order_sell(f"m{number}", "BTC-USD", base_size=size)
            client.preview_limit_order_gtc_buy("BTC-USD", "1695000000", "100000000000")
            self.assertTrue(sim.truth()["is_balanced"])

    def test_a_damaged_file_is_named_and_not_written_over(self):
        for file in ("key.json", "ca-key.pem", "server-key.pem", "control.token"):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "tls" / file
                path.parent.mkdir()
                path.write_bytes(b"\xff\xfe damaged")
                with self.assertRaises(RuntimeError):
                    Sim("--products", "1", keep=folder).__enter__()
                self.assertEqual(path.read_bytes(), b"\xff\xfe damaged")

    def test_one_product_named_a_thousand_times(self):
        connection = self.upgraded()
        message = ('{"type":"subscribe","channel":"level2","product_ids":[' + ",".join(['"BTC-USD"'] * 4000) + "]}").encode()
        connection.sendall(b"\x81" + bytes([0x80 | 126]) + struct.pack(">H", len(message)) + b"\0\0\0\0" + message)
        self.client.get_accounts()  # the client gives up after its own time-out
        connection.close()

    def test_idle_connections_keep_no_bodies(self):
        before = self.memory()
        connections = [self.open() for _ in range(100)]
        for connection in connections:
            connection.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
            self.assertIn(b" 404 ", connection.recv(4096))
        self.assertLess(self.memory() - before, 60 << 20)
        for connection in connections:
            connection.close()

    def test_bodies_that_are_no_orders(self):
        chance = random.Random(3)
        seeds = ['{"client_order_id":"a","product_id":"BTC-USD","side":"BUY","order_configuration":{"limit_limit_gtc":'
                 '{"base_size":"1","limit_price":"1"}}}', '{"order_ids":["a"]}', '[]', '{"order_id":"x","size":"1","price":"1"}']
        from requests.exceptions import HTTPError
        for number in range(400):
            text = list(chance.choice(seeds))
            for _ in range(chance.randrange(1, 6)):
                text[chance.randrange(len(text))] = chance.choice('{}[]":,0123456789eE+-.\\ \u0000\u00e9')
            path = chance.choice(["orders", "orders/batch_cancel", "orders/edit", "orders/preview", "orders/edit_preview"])
            answer = self.client.session.request(
                "POST", f"https://127.0.0.1:{self.sim.secure}/api/v3/brokerage/{path}", data="".join(text).encode(),
                headers=self.client.set_headers("POST", f"/api/v3/brokerage/{path}"), timeout=10)
            self.assertIn(answer.status_code, (200, 400))


if __name__ == "__main__":
    unittest.main(verbosity=1)
