#!/usr/bin/env python3
"""Each fault happens as described, and clearing it restores service."""
import asyncio
import json
import logging
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from decimal import Decimal

import requests
import websockets
from coinbase import jwt_generator
from requests.exceptions import HTTPError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import COINBASE_SIM  # noqa: E402
from support.processes import eventually  # noqa: E402
from support.sim import Sim, SimCase, client_id  # noqa: E402

logging.disable(logging.CRITICAL)


class Broken(SimCase):
    arguments = ("--products", "3", "--visibility-lag", "0", "--pending", "0", "--cash", "USD=1000000", "BTC=5")
    options = {"timeout": 5}

    def tearDown(self):
        self.sim.clear()
        self.assertTrue(self.client.get_accounts().accounts, "clearing restores service")

    def status(self, call, *arguments, **named):
        try:
            call(*arguments, **named)
            return 200
        except HTTPError as error:
            return error.response.status_code

    def rest(self, price="40000", size="0.01", product="BTC-USD", name=None):
        return self.client.limit_order_gtc_buy(name or client_id(), product, size, price).success_response["order_id"]

    def order(self, order_id):
        return self.client.get_order(order_id).order


class Transport(Broken):
    def test_latency_and_jitter(self):
        self.sim.inject("latency", ms=300, jitter_ms=100, endpoint="GET /accounts")
        began = time.monotonic()
        self.client.get_accounts()
        self.assertGreaterEqual(time.monotonic() - began, 0.3)
        self.sim.inject("latency", ms=6000, endpoint="GET /key_permissions", count=1)
        with self.assertRaises(requests.exceptions.Timeout):
            self.client.get_api_key_permissions()
        self.client.get_api_key_permissions()

    def test_dropped_before_the_request_is_looked_at(self):
        self.sim.inject("drop_before", endpoint="POST /orders", count=1)
        name = client_id()
        with self.assertRaises(requests.exceptions.ConnectionError):
            self.rest(name=name)
        self.assertNotIn(name, [order["client_order_id"] for order in self.sim.truth()["orders"]])
        self.rest(name=name)

    def test_accepted_and_never_answered(self):
        self.sim.inject("drop_after", endpoint="POST /orders", count=1)
        name = client_id()
        with self.assertRaises(requests.exceptions.ConnectionError):
            self.rest(name=name)
        found = [order for order in self.client.list_orders().orders if order["client_order_id"] == name]
        self.assertEqual(len(found), 1, "the order exists, and its owner was not told")
        self.assertEqual(self.rest(name=name), found[0]["order_id"], "the same id asks for the same order")

    def test_dropped_in_mid_body(self):
        self.sim.inject("drop_mid_body", endpoint="GET /products", count=1)
        with self.assertRaises(requests.exceptions.RequestException):
            self.client.get_products()
        self.assertEqual(len(self.client.get_products().products), 3)

    def test_a_storm_of_429(self):
        for html in (False, True):
            fault = self.sim.inject("rate_limited", html=html, for_s=60)
            with self.assertRaises(HTTPError) as caught:
                self.client.get_accounts()
            self.assertEqual(caught.exception.response.status_code, 429)
            self.assertEqual("html" in caught.exception.response.headers["content-type"], html)
            self.sim.clear(fault)
            self.client.get_accounts()

    def test_servers_that_fail_before_and_after(self):
        for status in (500, 502, 503):
            for executed in (False, True):
                self.sim.inject("server_error", status=status, executed=executed, endpoint="POST /orders", count=1)
                name = client_id()
                with self.assertRaises(HTTPError) as caught:
                    self.rest(name=name)
                self.assertEqual(caught.exception.response.status_code, status)
                self.assertIn("<html>", caught.exception.response.text)
                exists = name in [order["client_order_id"] for order in self.sim.truth()["orders"]]
                self.assertEqual(exists, executed)

    def test_401_flaps(self):
        self.sim.inject("unauthorized", probability=0.5)
        seen = {self.status(self.client.get_accounts) for _ in range(40)}
        self.assertEqual(seen, {200, 401})

    def test_by_time_and_by_count(self):
        self.sim.inject("rate_limited", after_s=2, for_s=2)
        self.assertEqual(self.status(self.client.get_accounts), 200)
        eventually(lambda: self.status(self.client.get_accounts) == 429)
        eventually(lambda: self.status(self.client.get_accounts) == 200)
        self.sim.inject("rate_limited", count=2)
        self.assertEqual([self.status(self.client.get_accounts) for _ in range(3)], [429, 429, 200])

    def test_faults_add_up(self):
        self.sim.inject("latency", ms=200)
        self.sim.inject("server_error", status=503)
        began = time.monotonic()
        self.assertEqual(self.status(self.client.get_accounts), 503)
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_maintenance(self):
        self.sim.inject("maintenance")
        self.assertEqual(self.status(self.client.get_accounts), 503)
        async def run():
            with self.assertRaises(websockets.InvalidStatusCode) as caught:
                await websockets.connect(f"ws://127.0.0.1:{self.sim.plain}")
            self.assertEqual(caught.exception.status_code, 503)
        asyncio.run(asyncio.wait_for(run(), 10))

    def test_the_venues_clock_is_wrong(self):
        fault = self.sim.inject("clock_skew", ms=90_000)
        before = time.time()
        answer = json.loads(self.sim.raw("/api/v3/brokerage/time")[2])
        self.assertGreaterEqual(int(answer["epochSeconds"]), int(before + 89))
        self.assertEqual(self.status(self.client.get_accounts), 200, "a token of two minutes outlives a minute and a half")
        self.sim.inject("clock_skew", ms=-600_000, for_s=0.001)
        self.sim.clear(fault)
        late = self.sim.inject("clock_skew", ms=600_000)
        self.assertEqual(self.status(self.client.get_accounts), 401)
        self.sim.clear(late)
        before = int(time.time()) - 1
        self.assertTrue(before <= int(self.client.get_unix_time().epoch_seconds) <= time.time())


class Venue(Broken):
    def test_fill_rows_come_late(self):
        self.sim.inject("fill_lag", ms=2500)
        order_id = self.client.market_order_buy(client_id(), "BTC-USD", base_size="0.001").success_response["order_id"]
        self.assertEqual(self.order(order_id).status, "FILLED")
        self.assertEqual(self.client.get_fills(order_ids=[order_id]).fills, [])
        self.assertTrue(eventually(lambda: self.client.get_fills(order_ids=[order_id]).fills))

    def test_accepted_then_failed(self):
        self.sim.inject("fail_after_accept", ms=2000, count=1)
        order_id = self.rest()
        self.assertEqual(self.order(order_id).status, "PENDING")
        failed = eventually(lambda: (order := self.order(order_id)).status == "FAILED" and order)
        self.assertEqual((failed.reject_reason, failed.outstanding_hold_amount), ("HOLD_FAILURE", "0"))
        eventually(lambda: self.order(self.rest()).status == "OPEN")
        self.sim.inject("fail_after_accept", ms=80_000_000)
        poor = self.client.limit_order_gtc_buy(client_id(), "BTC-USD", "1000", "80000")
        self.assertEqual(poor.error_response["error"], "INSUFFICIENT_FUND", "what is refused at once stays refused")
        waiting, canceled = self.rest(), self.rest()
        self.assertTrue(self.client.cancel_orders([canceled]).results[0]["success"])
        self.assertEqual(self.order(canceled).status, "CANCELLED")
        self.sim.clear()
        eventually(lambda: self.order(waiting).status == "FAILED")

    def test_cancel_accepted_and_filled_meanwhile(self):
        self.sim.inject("cancel_fills", count=1)
        order_id = self.rest()
        self.assertTrue(self.client.cancel_orders([order_id]).results[0]["success"])
        order = self.order(order_id)
        self.assertEqual((order.status, Decimal(order.filled_size)), ("FILLED", Decimal("0.01")))
        other = self.rest()
        self.client.cancel_orders([other])
        self.assertEqual(self.order(other).status, "CANCELLED")
        quiet = self.rest()
        self.sim.inject("product_status", product="BTC-USD", state="disabled")
        self.sim.inject("cancel_fills")
        self.client.cancel_orders([quiet])
        self.assertEqual(self.order(quiet).status, "CANCELLED", "nothing trades in a disabled product")

    def test_a_product_halts_in_mid_session(self):
        for state, flag in (("cancel_only", "cancel_only"), ("limit_only", "limit_only"), ("post_only", "post_only"),
                            ("disabled", "trading_disabled"), ("delisted", "is_disabled")):
            resting = self.rest(product="ETH-USD", price="1000")
            fault = self.sim.inject("product_status", product="ETH-USD", state=state)
            product = self.client.get_product("ETH-USD")
            self.assertTrue(product.to_dict()[flag], state)
            self.assertEqual(product.status, "delisted" if state == "delisted" else "online")
            answer = self.client.market_order_buy(client_id(), "ETH-USD", base_size="0.01")
            self.assertFalse(answer.success, state)
            self.assertTrue(self.client.market_order_buy(client_id(), "BTC-USD", base_size="0.001").success)
            self.assertTrue(self.client.cancel_orders([resting]).results[0]["success"], "cancels go on")
            if state in ("cancel_only", "disabled", "delisted"):
                last = lambda: self.client.get_market_trades("ETH-USD", limit=1).trades[0]["trade_id"]
                before = last()
                moved = self.client.get_market_trades("BTC-USD", limit=1).trades[0]["trade_id"]
                eventually(lambda: self.client.get_market_trades("BTC-USD", limit=1).trades[0]["trade_id"] != moved)
                self.assertEqual(last(), before, f"nothing trades while {state}")
            self.sim.clear(fault)
            eventually(lambda: self.client.market_order_buy(client_id(), "ETH-USD", base_size="0.01").success)

    def test_money_moves_from_outside(self):
        before = self.balance()
        self.sim.control("POST", "balance", {"currency": "USD", "amount": "-250.5"})
        self.assertEqual(before - self.balance(), Decimal("250.5"))
        self.sim.control("POST", "balance", {"currency": "USD", "amount": "250.5"})
        self.assertEqual(before, self.balance())
        with self.assertRaises(Exception):
            self.sim.control("POST", "balance", {"currency": "USD", "amount": "-99999999"})
        self.assertTrue(self.sim.truth()["is_balanced"])

    def balance(self):
        return [Decimal(account["available_balance"]["value"]) for account in self.client.get_accounts().accounts
                if account["currency"] == "USD"][0]

    def test_the_fee_tier_changes(self):
        fault = self.sim.inject("fee_tier", maker="0.001", taker="0.002")
        self.assertEqual(self.client.get_transaction_summary().fee_tier["taker_fee_rate"], "0.002")
        order_id = self.client.market_order_buy(client_id(), "BTC-USD", base_size="0.01").success_response["order_id"]
        order = self.order(order_id)
        self.assertAlmostEqual(Decimal(order.total_fees) / Decimal(order.filled_value), Decimal("0.002"), places=9)
        self.sim.clear(fault)
        self.assertEqual(self.client.get_transaction_summary().fee_tier["taker_fee_rate"], "0.009")

    def test_a_dearer_tier_leaves_resting_orders_with_what_they_hold(self):
        with Sim("--products", "1", "--cash", "USD=1000", "--pending", "0", "--visibility-lag", "0") as sim:
            client = sim.client()
            size = str((Decimal("990") / 40000).quantize(Decimal("0.00000001")))
            order_id = client.limit_order_gtc_buy(client_id(), "BTC-USD", size, "40000", post_only=True).success_response["order_id"]
            sim.inject("fee_tier", maker="0.5", taker="0.6")
            sim.inject("cancel_fills")
            client.cancel_orders([order_id])
            self.assertEqual(client.get_order(order_id).order.status, "FILLED")
            self.assertTrue(sim.truth()["is_balanced"])


class Frames(Broken):
    async def heard(self, channels, until, fault=None, product="BTC-USD", private=False):
        """Frames until a condition on them holds; the fault comes after the first frames."""
        frames = []
        async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}", max_size=1 << 26) as socket:
            for channel in channels:
                message = {"type": "subscribe", "channel": channel, "product_ids": [product]}
                if private:
                    message["jwt"] = jwt_generator.build_ws_jwt(*self.sim.key())
                await socket.send(json.dumps(message))
            injected = False
            while True:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 15))
                frames.append(frame)
                if not injected and sum(f.get("channel") == "subscriptions" for f in frames) == len(channels):
                    injected = True
                    if fault:
                        await asyncio.to_thread(self.sim.inject, fault[0], **fault[1])
                if injected and until(frames):
                    return frames

    def frames(self, *arguments, **options):
        return asyncio.run(asyncio.wait_for(self.heard(*arguments, **options), 40))

    def numbers(self, frames):
        return [frame["sequence_num"] for frame in frames]

    def test_without_a_fault_nothing_is_missing(self):
        numbers = self.numbers(self.frames(["level2"], lambda frames: len(frames) > 10))
        self.assertEqual(numbers, list(range(len(numbers))))

    def test_duplicates(self):
        twice = lambda frames: len(set(self.numbers(frames))) < len(frames)
        frames = self.frames(["level2"], twice, ("ws_duplicate", {"count": 1}))
        self.assertEqual(frames[-1], frames[-2])

    def test_reordered(self):
        turned = lambda frames: self.numbers(frames) != sorted(self.numbers(frames))
        numbers = self.numbers(self.frames(["level2"], turned, ("ws_reorder", {"count": 1})))
        self.assertEqual(sorted(numbers), list(range(len(numbers))), "turned round, and nothing lost")

    def test_missing(self):
        gap = lambda frames: self.numbers(frames)[-1] >= len(frames)
        numbers = self.numbers(self.frames(["level2"], gap, ("ws_missing", {"count": 1})))
        self.assertEqual(numbers[-1], len(numbers))

    def test_a_gap_in_the_numbers(self):
        gap = lambda frames: self.numbers(frames)[-1] >= len(frames)
        numbers = self.numbers(self.frames(["level2"], gap, ("ws_gap", {"count": 1})))
        self.assertEqual(numbers[-1] - numbers[-2], 4)

    def test_frames_of_one_channel_only(self):
        self.sim.inject("ws_missing", channel="heartbeats")
        frames = self.frames(["heartbeats", "level2"], lambda frames: len(frames) > 20)
        self.assertNotIn("heartbeats", [frame["channel"] for frame in frames])

    def test_frozen_with_heartbeats_alive(self):
        beats = lambda frames: [f["channel"] for f in frames].count("heartbeats") >= 3
        self.sim.inject("frozen_feed")
        frames = self.frames(["heartbeats", "level2", "ticker", "market_trades"], beats)
        updates = [f for f in frames if f["channel"] in ("l2_data", "ticker", "market_trades") and f["events"][0]["type"] == "update"]
        self.assertEqual(updates, [])
        touch = lambda: self.client.get_product_book("BTC-USD", limit=1).pricebook.bids[0]
        before = touch().to_dict() if hasattr(touch(), "to_dict") else dict(touch().__dict__)
        eventually(lambda: dict(touch().__dict__) != before)
        self.sim.inject("stale_quotes", product="BTC-USD")
        frames = self.frames(["heartbeats", "level2", "ticker"], beats)
        self.assertEqual([f for f in frames if f["channel"] in ("l2_data", "ticker") and f["events"][0]["type"] == "update"], [])
        self.sim.clear()
        self.frames(["level2"], lambda frames: frames[-1]["channel"] == "l2_data" and frames[-1]["events"][0]["type"] == "update")

    def test_a_still_market_takes_orders_and_moves_by_nothing_else(self):
        touch = lambda product: dict(self.client.get_product_book(product, limit=1).pricebook.bids[0].__dict__)
        self.sim.inject("still_market", product="BTC-USD")
        still, other = touch("BTC-USD"), touch("ETH-USD")
        eventually(lambda: touch("ETH-USD") != other)
        self.assertEqual(touch("BTC-USD"), still)
        taken = self.client.market_order_buy(client_id(), "BTC-USD", base_size="0.001").success_response["order_id"]
        eventually(lambda: self.client.get_order(taken).order.status == "FILLED")
        self.sim.clear()
        eventually(lambda: touch("BTC-USD") != still)

    def test_silent_with_the_connection_open(self):
        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}") as socket:
                await socket.send(json.dumps({"type": "subscribe", "channel": "heartbeats"}))
                await socket.recv()
                await asyncio.to_thread(self.sim.inject, "ws_silent")
                while True:
                    try:
                        await asyncio.wait_for(socket.recv(), 2.5)
                    except asyncio.TimeoutError:
                        break
                await (await socket.ping())
                await asyncio.to_thread(self.sim.clear)
                frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
                self.assertGreaterEqual(frame["sequence_num"], 3, "what was not sent is missing from the numbers")
        asyncio.run(asyncio.wait_for(run(), 30))

    def test_sockets_are_closed(self):
        with self.assertRaises(websockets.ConnectionClosed):
            self.frames(["heartbeats"], lambda frames: False, ("ws_close", {"count": 1}))
        self.frames(["heartbeats"], lambda frames: len(frames) > 1)

    def test_stale_quotes_under_fresh_timestamps(self):
        self.sim.inject("stale_quotes", product="BTC-USD")
        frames = self.frames(["ticker"], lambda frames: len(frames) > 20)
        tickers = [f["events"][0]["tickers"][0] for f in frames if f["channel"] == "ticker"]
        self.assertEqual(len({(t["price"], t["best_bid"]) for t in tickers}), 1)
        self.assertGreater(len({f["timestamp"] for f in frames}), 10)
        self.sim.clear()
        moved = lambda frames: len({f["events"][0]["tickers"][0]["best_bid"] for f in frames if f["channel"] == "ticker"}) > 1
        self.frames(["ticker"], moved)

    def test_a_crossed_book(self):
        def crossed(product):
            book = self.client.get_product_book(product).pricebook
            return Decimal(book.bids[0]["price"]) >= Decimal(book.asks[0]["price"])
        self.sim.inject("crossed_book", product="BTC-USD")
        eventually(lambda: crossed("BTC-USD"))
        self.assertFalse(crossed("ETH-USD"))
        self.sim.clear()
        eventually(lambda: not crossed("BTC-USD"))

    def test_a_status_subscriber_hears_of_a_halt(self):
        def said(frames, status):
            return any(p["status"] == status for f in frames if f["channel"] == "status" and f["events"][0]["type"] == "update"
                       for p in f["events"][0]["products"])
        self.frames(["status"], lambda frames: said(frames, "delisted"),
                    ("product_status", {"product": "BTC-USD", "state": "delisted"}))
        async def run():
            hearing = asyncio.create_task(self.heard(["status"], lambda frames: said(frames, "online")))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(self.sim.clear)
            await hearing
        asyncio.run(asyncio.wait_for(run(), 20))

    def test_books_are_whole_again_after_each_feed_fault(self):
        """A listener that starts anew, as one must after a gap, has the venue's own book."""
        for kind in ("ws_silent", "ws_reorder", "ws_duplicate", "frozen_feed", "stale_quotes", "crossed_book"):
            own = self.rest(price="50000", size="0.01234567")
            fault = self.sim.inject(kind)
            self.client.cancel_orders([own])
            seen = lambda: self.sim.control("GET", "truth/book/BTC-USD")[0]["updates"]
            time.sleep(0.6)
            self.sim.clear(fault)
            eventually(lambda: not [u for u in seen() if u["new_quantity"] == "0.01234567"])
            sides = {}

            def same(frames):
                sides.clear()
                for frame in frames:
                    for event in frame["events"] if frame["channel"] == "l2_data" else []:
                        for update in event["updates"]:
                            sides[update["side"], update["price_level"]] = update["new_quantity"]
                truth = {(u["side"], u["price_level"]): u["new_quantity"] for u in seen()}
                return {key: value for key, value in sides.items() if value != "0"} == truth
            self.frames(["level2"], same)

    def test_a_frame_held_back_comes_with_the_next_one(self):
        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}", max_size=1 << 26) as socket:
                await socket.send(json.dumps({"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"]}))
                numbers = [json.loads(await socket.recv())["sequence_num"] for _ in range(3)]
                fault = await asyncio.to_thread(self.sim.inject, "ws_reorder")
                numbers += [json.loads(await socket.recv())["sequence_num"] for _ in range(3)]
                await asyncio.to_thread(self.sim.clear, fault)
                numbers += [json.loads(await socket.recv())["sequence_num"] for _ in range(12)]
                self.assertFalse(set(range(max(numbers) - 3)) - set(numbers), numbers)
        asyncio.run(asyncio.wait_for(run(), 30))

    def test_the_owner_hears_of_late_failures(self):
        self.sim.inject("fail_after_accept", ms=100)
        def order_failed(frames):
            return any(order["status"] == "FAILED" for f in frames if f["channel"] == "user"
                       for event in f["events"] for order in event["orders"])
        async def run():
            hearing = asyncio.create_task(self.heard(["user"], order_failed, private=True))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(self.rest)
            return await hearing
        asyncio.run(asyncio.wait_for(run(), 30))


class Control(Broken):
    def test_only_with_the_token(self):
        self.assertEqual(self.sim.raw("/_sim/truth")[0], 401)
        name, secret = self.sim.key()
        self.assertEqual(self.sim.raw("/_sim/truth", headers={"Authorization": "Bearer " + secret[:20]})[0], 401)

    def test_orders_that_make_no_sense_are_refused_with_the_mend(self):
        for body in ({"kind": "nothing"}, {}, {"kind": "latency"}, {"kind": "latency", "ms": -1}, {"kind": "latency", "ms": 1, "count": 0},
                     {"kind": "rate_limited", "probability": 2}, {"kind": "product_status", "product": "BTC-USD", "state": "gone"},
                     {"kind": "fee_tier", "maker": "2", "taker": "x"}, {"kind": "server_error", "status": 404},
                     {"kind": "crossed_book", "product": "NOPE-USD"}, {"kind": "clock_skew", "ms": 10 ** 15},
                     {"kind": "ws_missing", "channel": "nonsense"}, {"kind": "latency", "ms": 1, "endpoint": "POST /order"},
                     {"kind": "latency", "ms": 1, "endpoint": "post /orders"}, {"kind": "latency", "ms": 1, "endpoint": "WS /level2"},
                     {"kind": "maintenance", "count": 1}, {"kind": "ws_missing", "product": "BTC-USD"},
                     {"kind": "rate_limited", "for": 3}, {"kind": "fill_lag", "ms": 5, "endpoint": "GET /fills"}):
            with self.assertRaises(Exception, msg=str(body)) as caught:
                self.sim.control("POST", "faults", body)
            self.assertIn(caught.exception.code, (400, 404))

    def test_endpoints_and_channels_that_are_taken(self):
        for endpoint in ("GET", "POST /orders", "/orders", "/orders/*", "GET /orders/historical/*", "/accounts/*",
                         "POST /api/v3/brokerage/orders/batch_cancel", "GET /market/products/BTC-USD/candles"):
            self.sim.inject("latency", ms=0, endpoint=endpoint)
        for channel in ("level2", "l2_data", "user", "subscriptions"):
            self.sim.inject("ws_gap", channel=channel, count=1)
        self.sim.inject("unauthorized", endpoint="WS /level2", count=1)

    def test_of_two_that_last_the_later_counts_and_latencies_add_up(self):
        self.sim.inject("product_status", product="ETH-USD", state="post_only")
        self.sim.inject("product_status", product="ETH-USD", state="disabled")
        self.assertTrue(self.client.get_product("ETH-USD").trading_disabled)
        self.sim.inject("latency", ms=300, endpoint="GET /accounts")
        self.sim.inject("latency", ms=400, endpoint="GET /accounts")
        began = time.monotonic()
        self.client.get_accounts()
        self.assertGreaterEqual(time.monotonic() - began, 0.7)

    def test_hits_are_counted(self):
        fault = self.sim.inject("rate_limited", count=3)
        self.status(self.client.get_accounts)
        listed = [each for each in self.sim.control("GET", "faults")["faults"] if each["id"] == fault][0]
        self.assertEqual((listed["hits"], listed["left"], listed["on"]), (1, 2, True))


class Journal(unittest.TestCase):
    def listen(self, sim, stop):
        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{sim.plain}", max_size=1 << 26) as socket:
                await socket.send(json.dumps({"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"]}))
                while not stop.is_set():
                    await asyncio.wait_for(socket.recv(), 10)
        asyncio.run(run())

    def test_a_session_can_be_had_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "journal.jsonl"
            with Sim("--products", "3", "--seed", "9", "--speed", "60", "--no-rate-limit", "--journal", path) as sim:
                client = sim.client()
                ids = [client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", str(85000 + 100 * number)).success_response["order_id"]
                       for number in range(20)]
                sim.inject("cancel_fills", probability=0.5)
                # Who listens, and what they miss, changes nothing of what orders meet.
                sim.inject("ws_missing", probability=0.5)
                stop = threading.Event()
                listener = threading.Thread(target=self.listen, args=(sim, stop))
                listener.start()
                sim.raw("/api/v3/brokerage/orders", "POST", body=b'{"client_order_id":"\xff\xfe"}')
                sim.inject("server_error", status=502, executed=True, probability=0.3)
                for number in range(30):
                    try:
                        client.cancel_orders([ids[number % 20]])
                        client.market_order_buy(client_id(), "ETH-USD", quote_size="100")
                    except HTTPError:
                        pass
                sim.control("POST", "balance", {"currency": "BTC", "amount": "1"})
                client.market_order_sell(client_id(), "BTC-USD", base_size="0.1") if not sim.clear() else None
                stop.set()
                listener.join()
                self.assertIn("ended: hash", said := sim.stop())
            again = subprocess.run([COINBASE_SIM, "--verify", str(path)], capture_output=True, text=True)
            self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
            self.assertIn(said.split()[2].rstrip(","), again.stdout)
            self.assertIn("same", again.stdout)
            self.assertNotIn("Bearer", path.read_text())
            # A line that is changed shows.
            lines = path.read_text().splitlines()
            place = next(index for index, line in enumerate(lines) if "market_market_ioc" in line)
            lines[place] = lines[place].replace('\\"100\\"', '\\"101\\"')
            path.write_text("\n".join(lines))
            self.assertEqual(subprocess.run([COINBASE_SIM, "--verify", str(path)], capture_output=True).returncode, 1)


    def test_a_venue_that_crashes_comes_back_with_its_orders(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "journal.jsonl"
            with Sim("--products", "3", "--no-rate-limit", "--cash", "USD=50000", "BTC=1", "--journal", path) as sim:
                client = sim.client()
                resting = client.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "50000").success_response["order_id"]
                client.market_order_buy(client_id(), "ETH-USD", quote_size="100")
                before = sim.truth()
                with open(path, "a") as journal:
                    journal.write('{"asked": torn by the cra')
                sim.crash()
                after = sim.truth()
                for part in ["orders", "fills", "balances"]:
                    self.assertEqual(after[part], before[part])
                client = sim.client()
                self.assertTrue(client.cancel_orders([resting]).results[0].success)
                eventually(lambda: client.get_order(resting).order.status == "CANCELLED")
                sim.crash()
                self.assertEqual(sim.client().get_order(resting).order.status, "CANCELLED")
                self.assertIn("balanced", sim.stop())
            self.assertIn("same", subprocess.run([COINBASE_SIM, "--verify", str(path)], capture_output=True, text=True).stdout)

    def test_a_capture_with_a_quiet_stretch_can_be_had_again(self):
        frames = [(0, {"type": "subscriptions"}), (0, {"type": "snapshot", "product_id": "BTC-USD", "bids": [["99.5", "500"]], "asks": [["100.5", "500"]]})]
        frames += [(400 + number, {"type": "l2update", "product_id": "BTC-USD", "changes": [["buy", "99.5", str(400 + number % 7)]]}) for number in range(300)]
        with tempfile.TemporaryDirectory() as folder:
            capture, path = pathlib.Path(folder) / "capture", pathlib.Path(folder) / "journal.jsonl"
            capture.write_text("".join(f"{1_618_677_817 + at}: {json.dumps(frame, separators=(',', ':'))}\n" for at, frame in frames))
            with Sim("--replay", capture, "--speed", "60", "--no-rate-limit", "--pending", "300", "--journal", path) as sim:
                client = sim.client()
                for number in range(40):
                    client.market_order_buy(client_id(), "BTC-USD", quote_size="100")
                    order = client.limit_order_gtc_buy(client_id(), "BTC-USD", "1", "90").success_response["order_id"]
                    client.cancel_orders([order])
                    time.sleep(0.2)
                sim.stop()
            again = subprocess.run([COINBASE_SIM, "--verify", str(path)], capture_output=True, text=True)
            self.assertIn("same", again.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
