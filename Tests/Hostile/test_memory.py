#!/usr/bin/env python3
"""A venue that wants all memory gets a connection less: no attack holds more than 200 MiB."""
import gzip
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import SHIPPED  # noqa: E402
from support.engine import Engine  # noqa: E402
from support.hostile import HostileVenue, frame, peak  # noqa: E402
from support.sim import Sim  # noqa: E402

MOST = 200
TEXT, BINARY, PING, CONTINUED = 1, 2, 9, 0
SPAN = 3
# What is within all bounds; every other attack ends its connection.
LEGAL = {"a book as long as is allowed", "an answer as long as is allowed"}


def forever(first, part):
    """Sends one thing, and then another without end, and reads nothing."""
    def attack(connection):
        connection.sendall(first)
        block = part * max(1, (1 << 16) // len(part))
        while True:
            connection.sendall(block)
    return attack


def once(data):
    def attack(connection):
        connection.sendall(data)
        while connection.recv(1 << 16):
            pass
    return attack


def body(data, extra=""):
    def answer(connection):
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(data)}\r\n\r\n"
                           .encode() + data)
    return answer


def headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    line = b"X-More: " + b"a" * 4_000 + b"\r\n"
    while True:
        connection.sendall(line * 16)


NUMBERS = b'{"channel":"l2_data","events":[' + b"1," * 7_000_000 + b"1]}"
LEVEL = b'{"side":"bid","event_time":"2026-01-01T00:00:00Z","price_level":"%d","new_quantity":"1"},'
BOOK = (b'{"channel":"l2_data","timestamp":"2026-01-01T00:00:00Z","sequence_num":0,"events":[{"type":"snapshot",'
        b'"product_id":"BTC-USD","updates":[' + b"".join(LEVEL % price for price in range(1, 170_000)))[:-1] + b"]}]}"

# What is done, and to which request; None is the feed.
ATTACKS = {
    "pings without end, whose answers are never read": (None, forever(b"", frame(PING, b""))),
    "large pings without end": (None, forever(b"", frame(PING, b"x" * 125))),
    "a message in frames of one byte": (None, forever(frame(TEXT, b"{", fin=False), frame(CONTINUED, b" ", fin=False))),
    "a message in empty frames": (None, forever(frame(TEXT, b"{", fin=False), frame(CONTINUED, b"", fin=False))),
    "a message of 60 MB": (None, once(frame(TEXT, b"[" + b"1," * 30_000_000 + b"1]"))),
    "a message as long as is allowed": (None, once(frame(TEXT, NUMBERS))),
    "a book as long as is allowed": (None, once(frame(TEXT, BOOK))),
    "messages of an array without end": (None, forever(b"", frame(TEXT, b"[" * 60_000))),
    "an answer of 64 MB": ("/time", body(b"[" + b"1," * 32_000_000 + b"1]")),
    "an answer of 200 MB, packed": ("/time", body(gzip.compress(b" " * 200_000_000), "Content-Encoding: gzip\r\n")),
    "an answer as long as is allowed": ("/time", body(b"[" + b"1," * 2_000_000 + b"1]")),
    "headers without end": ("/time", headers),
}


class Memory(unittest.TestCase):
    def test_no_attack_takes_all_memory(self):
        assert len(NUMBERS) < 16 << 20 and len(BOOK) < 16 << 20
        with Sim("--products", "2") as sim:
            for name, (path, attack) in ATTACKS.items():
                with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                    feed, answers = (attack, {}) if path is None else (None, {path: attack})
                    with HostileVenue(sim, feed, answers) as venue:
                        engine = Engine(folder, SHIPPED, "--mode", "paper", "--venue", "coinbase", "--endpoint",
                                        f"https://127.0.0.1:{venue.port}", "--ca-file", sim.ca)
                        try:
                            self.assertTrue(venue.attacked.wait(60), engine.said())
                            if name not in LEGAL and path is None:
                                self.assertTrue(venue.hungup.wait(60), f"nobody hung up\n{engine.said()}")
                            most, end = 0, time.monotonic() + SPAN
                            while time.monotonic() < end and engine.process.poll() is None:
                                most = peak(engine.process.pid)
                                time.sleep(0.1)
                            self.assertIsNone(engine.process.poll(), engine.said())
                            print(f"{name:50} {most:7.1f} MiB", flush=True)
                            self.assertLess(most, MOST)
                        finally:
                            self.assertEqual(engine.stop(), 0, engine.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
