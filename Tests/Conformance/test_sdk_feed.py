#!/usr/bin/env python3
"""The official SDK's WSClient and WSUserClient, and a bare client for what the SDK hides."""
import asyncio
import json
import logging
import pathlib
import sys
import threading
import unittest
from decimal import Decimal

import websockets
from coinbase.websocket import WSClient, WSUserClient
from coinbase.websocket.types.websocket_response import WebsocketResponse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.processes import eventually  # noqa: E402
from support.sim import Sim, client_id  # noqa: E402

logging.disable(logging.CRITICAL)
MARKET = ("heartbeats", "candles", "market_trades", "status", "ticker", "ticker_batch", "level2")


class Feed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Sim("--no-rate-limit", "--products", "3", "--cash", "USD=100000", "BTC=2").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__()

    def listen(self, kind, secure, **options):
        """An SDK client, and what it heard, parsed by the SDK itself."""
        heard, lock = [], threading.Lock()

        def on_message(text):
            with lock:
                heard.append(WebsocketResponse(json.loads(text)))

        scheme, port = ("wss", self.sim.secure) if secure else ("ws", self.sim.plain)
        path = "/user" if kind is WSUserClient else ""
        client = kind(base_url=f"{scheme}://127.0.0.1:{port}{path}", on_message=on_message, timeout=10, **options)
        client.open()
        self.addCleanup(client.close)
        return client, heard

    def keys(self, file="key.json"):
        name, secret = self.sim.key(file)
        return {"api_key": name, "api_secret": secret}

    def book(self, heard, product="BTC-USD"):
        """The book that a client would have."""
        sides = {"bid": {}, "offer": {}}
        for message in list(heard):
            if message.channel != "l2_data":
                continue
            for event in message.events:
                if event.product_id != product:
                    continue
                if event.type == "snapshot":
                    sides = {"bid": {}, "offer": {}}
                for update in event.updates:
                    if Decimal(update.new_quantity) == 0:
                        sides[update.side].pop(update.price_level, None)
                    else:
                        sides[update.side][update.price_level] = update.new_quantity
        return sides


class SDK(Feed):
    def test_all_market_channels_over_tls_and_plain(self):
        for secure in (True, False):
            client, heard = self.listen(WSClient, secure, **(self.keys() if secure else {}))
            client.heartbeats()
            for channel in MARKET[1:]:
                getattr(client, channel)(["BTC-USD", "NOPE-USD", "ETH-USD"])
            for channel in MARKET:
                name = "l2_data" if channel == "level2" else channel
                eventually(lambda: [m for m in list(heard) if m.channel == name])
            eventually(lambda: any(m.channel == "l2_data" and m.events[0].type == "update" for m in list(heard)))
            eventually(lambda: any(m.channel == "market_trades" and m.events[0].type == "update" for m in list(heard)), 20)
            numbers = [message.sequence_num for message in list(heard)]
            self.assertEqual(numbers, list(range(len(numbers))), "one sequence for a connection")
            beats = [m.events[0].heartbeat_counter for m in list(heard) if m.channel == "heartbeats"]
            self.assertEqual(beats, list(range(beats[0], beats[0] + len(beats))))
            book = self.book(heard)
            self.assertLess(max(map(Decimal, book["bid"])), min(map(Decimal, book["offer"])))
            self.assertGreater(len(book["bid"]), 100)
            for channel in MARKET[1:]:
                getattr(client, channel + "_unsubscribe")(["BTC-USD", "ETH-USD"])
            client.heartbeats_unsubscribe()
            last = eventually(lambda: [m for m in list(heard) if m.channel == "subscriptions"
                                       and m.events[0].to_dict() == {"subscriptions": {}}])
            self.assertTrue(last)

    def test_snapshot_first_then_the_whole_set_of_subscriptions(self):
        client, heard = self.listen(WSClient, True)
        client.level2(["BTC-USD"])
        client.heartbeats()
        eventually(lambda: sum(m.channel == "subscriptions" for m in list(heard)) == 2)
        order = [m.channel for m in list(heard) if m.channel in ("l2_data", "subscriptions")]
        self.assertEqual(order[:2], ["l2_data", "subscriptions"])
        acks = [m.events[0].to_dict()["subscriptions"] for m in list(heard) if m.channel == "subscriptions"]
        self.assertEqual(acks, [{"level2": ["BTC-USD"]}, {"heartbeats": ["heartbeats"], "level2": ["BTC-USD"]}])

    def test_the_book_of_the_feed_is_the_book_of_the_venue(self):
        client, heard = self.listen(WSClient, False)
        client.level2(["BTC-USD"])
        rest = self.sim.client()
        order = rest.limit_order_gtc_buy(client_id(), "BTC-USD", "0.5", "50000").success_response["order_id"]
        eventually(lambda: self.book(heard)["bid"].get("50000"))
        self.assertGreaterEqual(Decimal(self.book(heard)["bid"]["50000"]), Decimal("0.5"))

        def same():
            before = len(heard)
            truth = {"bid": {}, "offer": {}}
            for update in self.sim.control("GET", "truth/book/BTC-USD")[0]["updates"]:
                truth[update["side"]][update["price_level"]] = update["new_quantity"]
            return self.book(heard) == truth or len(heard) != before and None
        eventually(same)
        rest.cancel_orders([order])
        eventually(lambda: "50000" not in self.book(heard)["bid"])

    def test_the_user_channel_tells_an_orders_life(self):
        rest = self.sim.client()
        resting = rest.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "40000").success_response["order_id"]
        for file in ("key.json", "key-ed25519.json"):
            client, heard = self.listen(WSUserClient, True, **self.keys(file))
            client.user([])
            client.heartbeats()
            ack = eventually(lambda: [m for m in list(heard) if m.channel == "subscriptions"])[0]
            first = [m for m in list(heard) if m.channel == "user" and m.events[0].type == "snapshot"]
            self.assertIn(resting, [order.order_id for message in first for order in message.events[0].orders])
            self.assertEqual(len(ack.events[0].to_dict()["subscriptions"]["user"]), 1)

            def life(order_id):
                return [order for m in list(heard) if m.channel == "user" and m.events[0].type == "update"
                        for order in m.events[0].orders if order.order_id == order_id]

            bought = rest.market_order_buy(client_id(), "BTC-USD", base_size="0.2").success_response["order_id"]
            eventually(lambda: [o for o in life(bought) if o.status == "FILLED"])
            self.assertEqual(life(bought)[0].status, "PENDING")
            done = life(bought)[-1]
            self.assertEqual((Decimal(done.cumulative_quantity), done.leaves_quantity, done.order_type),
                             (Decimal("0.2"), "0", "Market"))
            placed = rest.limit_order_gtc_buy(client_id(), "BTC-USD", "0.01", "45000").success_response["order_id"]
            eventually(lambda: [o for o in life(placed) if o.status == "OPEN"])
            rest.cancel_orders([placed])
            eventually(lambda: [o for o in life(placed) if o.status == "CANCELLED"])
            self.assertEqual([o.status for o in life(placed)], ["PENDING", "OPEN", "CANCEL_QUEUED", "CANCELLED"])
            client.user_unsubscribe([])
            client.futures_balance_summary()
            client.futures_balance_summary_unsubscribe()
            client.heartbeats_unsubscribe()
        rest.cancel_orders([resting])

    def test_the_snapshot_comes_in_batches_of_fifty(self):
        rest = self.sim.client()
        ids = [rest.limit_order_gtc_buy(client_id(), "SOL-USD", "0.1", "50").success_response["order_id"] for _ in range(60)]
        client, heard = self.listen(WSUserClient, False, **self.keys())
        client.user(["SOL-USD"])
        eventually(lambda: [m for m in list(heard) if m.channel == "subscriptions"])
        sizes = [len(m.events[0].orders) for m in list(heard) if m.channel == "user"]
        self.assertEqual(sizes[:2], [50, 10])
        rest.cancel_orders(ids)


    def test_names_that_are_none_change_nothing(self):
        client, heard = self.listen(WSClient, False)
        client.level2(["BTC-USD", "BTC-USD", "BTC-USD"])
        client.ticker(["NOPE-USD"])
        client.level2_unsubscribe(["NOPE-USD"])
        eventually(lambda: sum(m.channel == "subscriptions" for m in list(heard)) == 3)
        acks = [m.events[0].to_dict()["subscriptions"] for m in list(heard) if m.channel == "subscriptions"]
        self.assertEqual(acks, [{"level2": ["BTC-USD"]}] * 3)
        snapshots = [m for m in list(heard) if m.channel == "l2_data" and m.events[0].type == "snapshot"]
        self.assertEqual(len(snapshots), 1, "named three times is one product")


class Bare(Feed):
    def talk(self, script):
        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}", max_size=1 << 26) as socket:
                return await script(socket)
        return asyncio.run(asyncio.wait_for(run(), 30))

    def errors(self, *messages, path=""):
        async def run():
            async with websockets.connect(f"ws://127.0.0.1:{self.sim.plain}{path}") as socket:
                found = []
                for message in messages:
                    await socket.send(message if isinstance(message, str) else json.dumps(message))
                    found.append(json.loads(await socket.recv()))
                return found
        return asyncio.run(asyncio.wait_for(run(), 30))

    def test_errors_have_no_channel_and_no_number(self):
        refused = {"type": "error", "message": "authentication failure"}
        self.assertEqual(self.errors(
            {"type": "subscribe", "channel": "nothing", "product_ids": ["BTC-USD"]},
            {"type": "subscribe", "channel": "user", "product_ids": []},
            {"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"], "jwt": "a.b.c"},
        ), [refused] * 3)
        self.assertEqual(self.errors({"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"]}, path="/user"), [refused])
        self.assertEqual([answer["type"] for answer in self.errors("{", '"x"', '{"type":"subscribe"}')], ["error"] * 3)

    def test_who_subscribes_to_nothing_for_five_seconds_is_let_go(self):
        async def script(socket):
            loop = asyncio.get_running_loop()
            began = loop.time()
            with self.assertRaises(websockets.ConnectionClosed):
                await socket.recv()
            return loop.time() - began
        self.assertGreater(self.talk(script), 4)

    def test_pings_are_answered(self):
        async def script(socket):
            await (await socket.ping())
        self.talk(script)

    def test_unauthenticated_messages_are_limited(self):
        with Sim("--products", "1") as sim:
            async def run():
                async with websockets.connect(f"ws://127.0.0.1:{sim.plain}") as socket:
                    for _ in range(20):
                        await socket.send(json.dumps({"type": "subscribe", "channel": "heartbeats"}))
                    return [json.loads(await socket.recv()) for _ in range(20)]
            said = asyncio.run(asyncio.wait_for(run(), 30))
            self.assertIn({"type": "error", "message": "too many messages"}, said)

            async def garbage():
                async with websockets.connect(f"ws://127.0.0.1:{sim.plain}") as socket:
                    for number in range(40):
                        await socket.send("{" if number % 2 else '{"type":"subscribe","channel":"user","jwt":"a.b.c"}')
                    return [json.loads(await socket.recv())["message"] for _ in range(40)]
            self.assertIn("too many messages", asyncio.run(asyncio.wait_for(garbage(), 30)))

    def test_a_snapshot_of_megabytes(self):
        with Sim("--products", "1", "--depth", "18000") as sim:
            async def run():
                async with websockets.connect(f"ws://127.0.0.1:{sim.plain}", max_size=1 << 26) as socket:
                    await socket.send(json.dumps({"type": "subscribe", "channel": "level2", "product_ids": ["BTC-USD"]}))
                    return await socket.recv()
            text = asyncio.run(asyncio.wait_for(run(), 60))
            self.assertGreater(len(text), 3_500_000)
            updates = json.loads(text)["events"][0]["updates"]
            self.assertGreater(len(updates), 30_000)


if __name__ == "__main__":
    unittest.main(verbosity=1)
